//! The code of functions in the local cloud: each binary is kept once, a stand-in is uploaded.
//!
//! A binary of `cargo build` has some 40 MB, and packing and unpacking four of them took most of
//! a local deploy. The stand-in names the binary by its digest, so that other code is another
//! package; `infra/src/local/launcher/functions.py` puts the binary in its place when the function
//! starts.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// The bytes of an ELF header from its magic number to `e_version` (System V ABI, "ELF Header"):
/// all that `cargo lambda` reads to learn the architecture.
const IDENTITY: usize = 24;
/// The size of the header of a 64-bit ELF.
const HEADER: usize = 64;

/// Keeps the binary `built` below `kept`, and writes its stand-in to `path`.
pub(crate) fn write_stand_in(
    built: &Path,
    digest: &str,
    kept: &Path,
    path: &Path,
) -> io::Result<()> {
    keep_binary(built, digest, &kept.join(digest))?;
    let mut header = [0; HEADER];
    fs::File::open(built)?.read_exact(&mut header[..IDENTITY])?;
    fs::write(path, [&header[..], format!("efs-s3 function {digest}\n").as_bytes()].concat())
}

/// Copies the binary unless it is there. A hard link would change when the project is built again.
fn keep_binary(built: &Path, digest: &str, folder: &Path) -> io::Result<()> {
    let binary = folder.join("bootstrap");
    if binary.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let copy = tempfile::Builder::new().tempfile_in(folder)?.into_temp_path();
    fs::copy(built, &copy)?;
    let copied = hex::encode(Sha256::digest(fs::read(&copy)?));
    if copied != digest {
        return Err(io::Error::other("it was built again during the deploy; deploy again"));
    }
    copy.persist(&binary).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    /// The SHA-256 of what `build_binary` writes.
    const DIGEST: &str = "4c39b1845b67211ab9bb59eaa940fb818ebddf3f9a74c6e0bd1c3cfbafa88b4b";

    fn build_binary(folder: &TempDir) -> std::path::PathBuf {
        let built = folder.path().join("start-execution");
        fs::write(&built, [b"\x7fELF".as_slice(), &[7; 96]].concat()).unwrap();
        fs::set_permissions(&built, fs::Permissions::from_mode(0o755)).unwrap();
        built
    }

    #[test]
    fn a_binary_is_kept_once_and_its_stand_in_names_it() {
        let folder = TempDir::new().unwrap();
        let (built, kept) = (build_binary(&folder), folder.path().join("functions"));
        let stand_in = folder.path().join("bootstrap");
        write_stand_in(&built, DIGEST, &kept, &stand_in).unwrap();
        let text = fs::read(&stand_in).unwrap();
        assert_eq!(text[..IDENTITY], fs::read(&built).unwrap()[..IDENTITY]);
        assert!(text[HEADER..].ends_with(format!("efs-s3 function {DIGEST}\n").as_bytes()));

        let binary = kept.join(DIGEST).join("bootstrap");
        assert_eq!(fs::metadata(&binary).unwrap().permissions().mode() & 0o777, 0o755);
        fs::write(&built, "another build, which the kept binary survives").unwrap();
        assert_eq!(fs::read(&binary).unwrap().len(), 100);
        write_stand_in(&built, DIGEST, &kept, &stand_in).unwrap();
        assert_eq!(fs::read_dir(kept.join(DIGEST)).unwrap().count(), 1);
    }

    #[test]
    fn a_binary_that_was_built_again_is_not_kept_under_the_old_digest() {
        let folder = TempDir::new().unwrap();
        let (built, kept) = (build_binary(&folder), folder.path().join("functions"));
        let path = folder.path().join("bootstrap");
        let error = write_stand_in(&built, "0123", &kept, &path).unwrap_err();
        assert!(error.to_string().contains("built again"), "{error}");
        assert!(!kept.join("0123/bootstrap").exists() && !path.exists());
    }
}
