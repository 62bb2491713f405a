//! The digests of the built functions. A deploy uploads code only if its digest differs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::config::Architecture;
use domain::function::FunctionName;
use reconciler::clients::CargoLambda;
use sha2::{Digest, Sha256};

/// The SHA-256 of the ELF of each function, in lower-case hexadecimal.
pub(crate) type FunctionDigests = BTreeMap<FunctionName, String>;

/// Returns the digests of the four binaries, which must be built for the configured architecture.
/// The uploaded zip contains times, so its digest differs with each build.
pub(crate) fn digest_functions(
    cargo_lambda: &CargoLambda,
    architecture: Architecture,
) -> Result<FunctionDigests> {
    let digest = |function: FunctionName| {
        let path = cargo_lambda.binary(function.name());
        let digest = sha256_of_file(&path).with_context(|| {
            format!(
                "reading the binary of `{function}`, `{}`; build it with `make build`",
                path.display()
            )
        })?;
        require_built_for(architecture, function, &path)?;
        Ok((function, digest))
    };
    FunctionName::ALL.into_iter().map(digest).collect()
}

fn require_built_for(
    architecture: Architecture,
    function: FunctionName,
    path: &Path,
) -> Result<()> {
    let (wanted, file) = (architecture.as_str(), path.display());
    match read_architecture(path) {
        Some(built_for) if built_for == architecture => Ok(()),
        Some(built_for) => bail!(
            "the binary of `{function}`, `{file}`, is built for {}, and stack.toml has \
                functions.architecture = \"{wanted}\"",
            built_for.as_str(),
        ),
        None => bail!("the binary of `{function}`, `{file}`, is not an ELF file for {wanted}"),
    }
}

/// Returns the architecture that a file is built for; `None` if it cannot be read.
fn read_architecture(path: &Path) -> Option<Architecture> {
    let mut header = [0; ELF_HEADER];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).ok()?;
    architecture_of(&header)
}

/// The number of bytes up to and including the field `e_machine` (System V ABI, "ELF Header").
const ELF_HEADER: usize = 20;

/// `EM_X86_64` is 62, `EM_AARCH64` 183; both are little-endian.
fn architecture_of(header: &[u8; ELF_HEADER]) -> Option<Architecture> {
    if !header.starts_with(b"\x7fELF") {
        return None;
    }
    match u16::from_le_bytes([header[18], header[19]]) {
        62 => Some(Architecture::X8664),
        183 => Some(Architecture::Arm64),
        _ => None,
    }
}

fn sha256_of_file(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut HashWriter(&mut hasher))?;
    Ok(hex::encode(hasher.finalize()))
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use reconciler::clients::Binaries;
    use tempfile::TempDir;

    use super::*;

    fn built_binaries(machine: u16) -> (TempDir, CargoLambda) {
        let folder = TempDir::new().unwrap();
        let mut elf = [0; 64];
        elf[..4].copy_from_slice(b"\x7fELF");
        elf[18..20].copy_from_slice(&machine.to_le_bytes());
        for function in FunctionName::ALL {
            std::fs::write(folder.path().join(function.name()), elf).unwrap();
        }
        let built = folder.path().to_owned();
        let binaries = Binaries::Host { built, kept: folder.path().join("kept") };
        let cargo_lambda = CargoLambda {
            program: "cargo-lambda".into(),
            binaries,
            endpoint_url: None,
            environment: Vec::new(),
        };
        (folder, cargo_lambda)
    }

    #[test]
    fn only_a_binary_for_the_configured_architecture_is_accepted() {
        let for_x86 = "is built for x86_64, and stack.toml has functions.architecture = \"arm64\"";
        let for_arm = "is built for arm64, and stack.toml has functions.architecture = \"x86_64\"";
        for (machine, architecture, refused) in [
            (183, Architecture::Arm64, None),
            (62, Architecture::X8664, None),
            (62, Architecture::Arm64, Some(for_x86)),
            (183, Architecture::X8664, Some(for_arm)),
            (3, Architecture::Arm64, Some("is not an ELF file for arm64")),
        ] {
            let (_folder, cargo_lambda) = built_binaries(machine);
            match (digest_functions(&cargo_lambda, architecture), refused) {
                (Ok(digests), None) => assert_eq!(digests.len(), FunctionName::ALL.len()),
                (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{error}"),
                (answer, _) => panic!("{machine}, {architecture:?}: {answer:?}"),
            }
        }
    }

    #[test]
    fn a_file_that_is_not_elf_is_refused() {
        let (folder, cargo_lambda) = built_binaries(62);
        std::fs::write(folder.path().join("start-execution"), "#!/bin/sh\n").unwrap();
        let error = digest_functions(&cargo_lambda, Architecture::X8664).unwrap_err().to_string();
        assert!(
            error.contains("`start-execution`") && error.contains("is not an ELF file for x86_64"),
            "{error}"
        );
    }

    #[test]
    fn the_local_cloud_runs_the_binaries_of_this_machine() {
        let program = std::env::current_exe().unwrap();
        let mut header = [0; ELF_HEADER];
        File::open(program).unwrap().read_exact(&mut header).unwrap();
        assert_eq!(architecture_of(&header), Some(Architecture::of_this_machine()));
    }
}
