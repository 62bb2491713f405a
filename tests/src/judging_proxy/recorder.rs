//! The record of a run: every call that differs from those before, in the order of the answers, as JSON lines.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;

use super::judge::Denied;
use super::request::Seen;

#[derive(Debug)]
pub(super) struct Recorder {
    folder: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: BufWriter<File>,
    failed: Option<std::io::Error>,
    seen: HashSet<[u8; 16]>,
    calls: u64,
    judged: u64,
    by_principal: BTreeMap<String, u64>,
    denied: Vec<String>,
}

impl Recorder {
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let path = folder.join("calls.jsonl");
        let file = File::create(&path).with_context(|| format!("making `{}`", path.display()))?;
        let inner = Inner {
            file: BufWriter::new(file),
            failed: None,
            seen: HashSet::new(),
            calls: 0,
            judged: 0,
            by_principal: BTreeMap::new(),
            denied: Vec::new(),
        };
        Ok(Self { folder: folder.to_owned(), inner: Mutex::new(inner) })
    }

    /// Counts a call; whether it is the first of its like.
    pub(super) fn count(&self, seen: &Seen) -> bool {
        let mut inner = self.inner();
        inner.calls += 1;
        inner.judged += u64::from(seen.judged);
        *inner.by_principal.entry(seen.principal.clone()).or_default() += 1;
        inner.seen.insert(seen.record_key)
    }

    pub(super) fn deny(&self, seen: &Seen, denied: &Denied) {
        self.inner().denied.push(format!("{} {}: {}", seen.method, seen.service, denied.message));
    }

    pub(super) fn denied(&self) -> Vec<String> {
        let mut denied = self.inner().denied.clone();
        denied.sort();
        denied.dedup();
        denied
    }

    pub(super) fn write(&self, line: &impl Serialize) {
        let mut inner = self.inner();
        let written = serde_json::to_writer(&mut inner.file, line).map_err(Into::into);
        let written = written.and_then(|()| inner.file.write_all(b"\n"));
        if let Err(error) = written {
            inner.failed = Some(error);
        }
    }

    /// Writes how many calls there were, and a mark if these were the calls of all tests.
    pub(super) fn finish(&self, complete: bool) -> Result<()> {
        let mut inner = self.inner();
        inner.file.flush().context("writing the record")?;
        if let Some(error) = inner.failed.take() {
            return Err(error).context("writing the record");
        }
        let summary = json!({ "calls": inner.calls, "judged": inner.judged, "by_principal": inner.by_principal });
        std::fs::write(self.folder.join("summary.json"), summary.to_string()).context("writing the summary")?;
        if complete {
            std::fs::write(self.folder.join("complete"), "").context("marking the record as complete")?;
        }
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
