//! The owner of a deploy lock: readable for people, and with a process id so that a later command
//! on the same machine can tell whether the process has ended.

use std::fs;
use std::process::Command;

use sha2::{Digest, Sha256};

/// `efs-s3 deploy by anna on laptop, process 4711 of 3f2a9c`
pub(crate) fn this_process(command: &str) -> String {
    format!(
        "efs-s3 {command} by {}, process {} of {}",
        person_and_machine(),
        std::process::id(),
        system_id()
    )
}

/// `anna on laptop`
pub(crate) fn person_and_machine() -> String {
    let person = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    format!("{person} on {}", machine_name())
}

/// Whether the owner is a process of this system that has ended. Nothing is known about processes
/// of other systems.
pub(crate) fn has_ended(owner: &str) -> bool {
    process_of(owner, &system_id()).is_some_and(|process| !is_running(process))
}

fn process_of(owner: &str, system: &str) -> Option<u32> {
    if system == UNKNOWN {
        return None;
    }
    let (_, process) = owner.rsplit_once(", process ")?;
    process.strip_suffix(system)?.strip_suffix(" of ")?.parse().ok()
}

/// Whether the process runs. A process without a waiting parent stays listed after its end, as a
/// zombie (`proc_pid_stat(5)`).
fn is_running(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| !['Z', 'X'].contains(&state))
}

fn machine_name() -> String {
    let said = Command::new("uname")
        .arg("-n")
        .output()
        .ok()
        .and_then(|said| String::from_utf8(said.stdout).ok());
    let name = said.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| "an unnamed machine".to_owned())
}

const UNKNOWN: &str = "an unknown system";

/// Returns an id of the system within which process ids are unique: one boot of one kernel, and one
/// process namespace (a container has its own).
fn system_id() -> String {
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
    fn a_process_that_ended_here_has_ended() {
        let mut child = Command::new("true").spawn().unwrap();
        let owner =
            format!("efs-s3 deploy by anna on laptop, process {} of {}", child.id(), system_id());
        child.wait().unwrap();
        assert_eq!(has_ended(&owner), system_id() != UNKNOWN, "{owner}");
    }

    #[test]
    fn processes_of_other_systems_are_unknown() {
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
