//! The report of a MiniStack that was killed, from the files of its launcher
//! (`launcher/saving.py`).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;

/// A file that exists while MiniStack runs, and afterwards only if it did not end by itself.
const RUNNING: &str = "running.json";
/// A file that exists while changes are not saved.
const UNSAVED: &str = "unsaved.json";

#[derive(Debug, Deserialize)]
struct RunningMarker {
    /// The kernel's id of the boot (random(4), `boot_id`).
    boot: String,
}

#[derive(Debug, Default, Deserialize)]
struct UnsavedMarker {
    services: Vec<String>,
    /// Milliseconds since the epoch.
    others_since: Option<i64>,
}

/// Returns the report about the end of the previous MiniStack, whose state is in `folder`, once.
/// Returns `None` if it ended by itself, or there was none.
pub(super) fn take_report(folder: &Path) -> Result<Option<String>> {
    let Some(running) = read_marker::<RunningMarker>(folder, RUNNING) else { return Ok(None) };
    let unsaved = read_marker(folder, UNSAVED).unwrap_or_default();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    for name in [UNSAVED, RUNNING] {
        let path = folder.join(name);
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("removing `{}`", path.display()))?;
        }
    }
    Ok(Some(report_text(&unsaved, boot.trim() == running.boot)))
}

/// Reads a file; `None` if it does not exist, or a crash left it incomplete.
fn read_marker<T: for<'de> Deserialize<'de>>(folder: &Path, name: &str) -> Option<T> {
    serde_json::from_str(&fs::read_to_string(folder.join(name)).ok()?).ok()
}

fn report_text(unsaved: &UnsavedMarker, same_boot: bool) -> String {
    let mut lost = lost_parts(unsaved, same_boot);
    if lost.is_empty() {
        lost.push("nothing is lost".to_owned());
    }
    format!("MiniStack was killed or crashed the last time; {}", lost.join("; "))
}

fn lost_parts(unsaved: &UnsavedMarker, same_boot: bool) -> Vec<String> {
    let mut lost = Vec::new();
    if !unsaved.services.is_empty() {
        let services = unsaved.services.join(", ");
        lost.push(format!(
            "the last changes of {services} may be lost: `efs-s3 --local deploy` applies them again"
        ));
    }
    if let Some(since) = unsaved.others_since.and_then(DateTime::from_timestamp_millis) {
        let since = since.to_rfc3339_opts(SecondsFormat::Millis, true);
        lost.push(format!("log lines, metrics and messages in queues since {since} may be lost"));
    }
    if !same_boot {
        let objects = "this machine was restarted since: objects of the last half minute before \
            that may be missing or truncated; `efs-s3 --local audit` finds them, `efs-s3 --local \
            sync` copies the missing ones";
        lost.push(objects.to_owned());
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unclean_end_is_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        let running = format!(r#"{{"boot": "{}"}}"#, boot.trim());
        assert_eq!(take_report(folder.path()).unwrap(), None, "there was none");
        write(RUNNING, &running);
        let report = take_report(folder.path()).unwrap().unwrap();
        assert_eq!(report, "MiniStack was killed or crashed the last time; nothing is lost");
        assert_eq!(take_report(folder.path()).unwrap(), None, "it is reported once");
        write(RUNNING, &running);
        write(UNSAVED, r#"{"services": ["ec2", "iam"], "others_since": 1795000000250}"#);
        let report = take_report(folder.path()).unwrap().unwrap();
        insta::assert_snapshot!(report,
            @r"
            MiniStack was killed or crashed the last time; the last changes of ec2, iam may be lost: `efs-s3 --local deploy` applies them again; log lines, metrics and messages in queues since 2026-11-18T11:06:40.250Z may be lost
            ");
        write(RUNNING, r#"{"boot": "another"}"#);
        assert!(take_report(folder.path()).unwrap().unwrap().contains("audit"));
    }
}
