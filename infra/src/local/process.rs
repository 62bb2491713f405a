//! Processes by identity: a process id alone may be reused by another process.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

/// The time after which a server is killed if it does not end.
const GRACE: Duration = Duration::from_secs(10);

/// The identity of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProcessIdentity {
    pub pid: u32,
    /// Field 22 of `/proc/<pid>/stat`, `starttime` (proc(5)).
    pub began: u64,
}

/// Returns the process with this id. A zombie has ended and does not count.
pub(crate) fn process_identity(pid: u32) -> Option<ProcessIdentity> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse_start_time(&stat).map(|began| ProcessIdentity { pid, began })
}

/// Parses the start time. The name in parentheses may contain spaces and parentheses, so fields are
/// counted from the last one.
fn parse_start_time(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    if state == "Z" || state == "X" { None } else { fields.nth(18)?.parse().ok() }
}

/// Terminates a process, waits, and kills it if it does not end.
pub(crate) async fn end_process(process: ProcessIdentity, name: &str) -> Result<()> {
    for signal in [Signal::TERM, Signal::KILL] {
        if process_identity(process.pid) != Some(process) {
            return Ok(());
        }
        send_signal(process, signal)
            .with_context(|| format!("ending {name}, process {}", process.pid))?;
        if wait_until_ended(process).await {
            return Ok(());
        }
    }
    bail!("{name}, process {}, does not end", process.pid)
}

fn send_signal(process: ProcessIdentity, signal: Signal) -> Result<()> {
    let pid = i32::try_from(process.pid)
        .ok()
        .and_then(Pid::from_raw)
        .context("its id is not a process id")?;
    match kill_process(pid, signal) {
        Err(error) if error != rustix::io::Errno::SRCH => Err(error.into()),
        _ => Ok(()),
    }
}

async fn wait_until_ended(process: ProcessIdentity) -> bool {
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if process_identity(process.pid) != Some(process) {
            return true;
        }
        sleep(Duration::from_millis(50)).await;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_any_name() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(parse_start_time(&format!("42 (a name) {rest}")), Some(4711));
        assert_eq!(parse_start_time(&format!("42 (evil) S 1 (name) {rest}")), Some(4711));
    }

    #[test]
    fn a_zombie_has_ended() {
        assert_eq!(
            parse_start_time("42 (name) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"),
            None
        );
    }

    #[test]
    fn this_process_runs_and_has_one_identity() {
        let own = process_identity(std::process::id());
        assert!(own.is_some());
        assert_eq!(own, process_identity(std::process::id()));
    }
}
