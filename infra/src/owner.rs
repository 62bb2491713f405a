//! Who holds the lock of a deploy: in words for people, and so that a later command on the same
//! machine knows when the process is gone.

use std::fs;
use std::process::Command;

use sha2::{Digest, Sha256};

/// `efs-s3 deploy by anna on laptop, process 4711 of 3f2a9c`
pub(crate) fn this_process(command: &str) -> String {
    let person = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    format!(
        "efs-s3 {command} by {person} on {}, process {} of {}",
        machine(),
        std::process::id(),
        system()
    )
}

/// Whether the owner is a process of this very system that has ended. Of another system nobody
/// knows here.
pub(crate) fn has_ended(owner: &str) -> bool {
    process_of(owner, &system()).is_some_and(|process| !runs(process))
}

fn process_of(owner: &str, system: &str) -> Option<u32> {
    if system == UNKNOWN {
        return None;
    }
    let (_, process) = owner.rsplit_once(", process ")?;
    process.strip_suffix(system)?.strip_suffix(" of ")?.parse().ok()
}

/// A process that nobody has waited for stays listed after its end, as a zombie
/// (`proc_pid_stat(5)`).
fn runs(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !['Z', 'X'].contains(&state))
}

fn machine() -> String {
    let said = Command::new("uname")
        .arg("-n")
        .output()
        .ok()
        .and_then(|said| String::from_utf8(said.stdout).ok());
    let name = said.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| "an unnamed machine".to_owned())
}

const UNKNOWN: &str = "an unknown system";

/// Where process numbers mean the same: one boot of one kernel, and one namespace of processes (a
/// container has its own).
fn system() -> String {
    let boot = fs::read("/proc/sys/kernel/random/boot_id");
    let namespace = fs::read_link("/proc/self/ns/pid");
    let (Ok(boot), Ok(namespace)) = (boot, namespace) else { return UNKNOWN.to_owned() };
    let digest = Sha256::new()
        .chain_update(boot)
        .chain_update(namespace.to_string_lossy().as_bytes())
        .finalize();
    hex::encode(&digest[..3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_runs_has_not_ended() {
        let owner = this_process("deploy");
        assert!(owner.starts_with("efs-s3 deploy by "), "{owner}");
        assert!(!has_ended(&owner), "{owner}");
    }

    #[test]
    fn a_process_that_ended_here_is_known_to_have() {
        let mut child = Command::new("true").spawn().unwrap();
        let owner =
            format!("efs-s3 deploy by anna on laptop, process {} of {}", child.id(), system());
        child.wait().unwrap();
        assert_eq!(has_ended(&owner), system() != UNKNOWN, "{owner}");
    }

    #[test]
    fn of_others_nothing_is_known() {
        for owner in [
            "bootstrap-stack 0b8d6f0e",
            "somebody else",
            "efs-s3 deploy by anna on laptop, process 1 of 000000",
            "efs-s3 deploy by anna on laptop, process x of 3f2a9c",
        ] {
            assert_eq!(process_of(owner, "3f2a9c"), None, "{owner}");
        }
        assert!(
            process_of("efs-s3 deploy by anna on laptop, process 7 of 3f2a9c", "3f2a9c").is_some()
        );
        assert_eq!(
            process_of("efs-s3 deploy by anna on laptop, process 7 of an unknown system", UNKNOWN),
            None
        );
    }
}
