//! The digests of the built functions, by which a deploy knows whether code has to be uploaded.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use pipeline::function::Function;
use sha2::{Digest, Sha256};
use stack::aws::CargoLambda;

/// SHA-256 of each function's ELF, lower-case hexadecimal.
pub(crate) type Digests = BTreeMap<Function, String>;

/// Digests the four binaries. The zip that is uploaded has times in it, so its digest would never be the same twice.
pub(crate) fn digests(cargo_lambda: &CargoLambda) -> Result<Digests> {
    let digest = |function: Function| {
        let path = cargo_lambda.binary(function.name());
        let digest = sha256(&path).with_context(|| {
            format!("reading the binary of `{function}`, `{}`; build it with `make build`", path.display())
        })?;
        Ok((function, digest))
    };
    Function::ALL.into_iter().map(digest).collect()
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut HashWriter(&mut hasher))?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
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
