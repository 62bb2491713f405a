//! The record of a run: every call that differs from those before, in the order of the answers, as
//! JSON lines.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::built;
use super::invocation::Invocation;
use super::judge::Denied;
use super::principal::{Client, Principal};
use super::request::Seen;

#[derive(Debug)]
pub(super) struct Recorder {
    folder: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: BufWriter<File>,
    lines: u64,
    failed: Option<std::io::Error>,
    /// The keys of requests, each with the statuses of its answers.
    seen: HashSet<([u8; 16], StatusCode)>,
    calls: u64,
    judged: u64,
    by_principal: BTreeMap<String, u64>,
    denied: Vec<String>,
    /// Those of the command line, numbered from 1.
    invocations: HashMap<Invocation, usize>,
    /// The programs that the tests run, as they were when the run began.
    built: BTreeMap<String, String>,
}

impl Recorder {
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let path = folder.join("calls.jsonl");
        let file = File::create(&path).with_context(|| format!("making `{}`", path.display()))?;
        let inner = Inner {
            file: BufWriter::new(file),
            lines: 0,
            failed: None,
            seen: HashSet::new(),
            calls: 0,
            judged: 0,
            by_principal: BTreeMap::new(),
            denied: Vec::new(),
            invocations: HashMap::new(),
            built: built::identify_programs()?,
        };
        Ok(Self { folder: folder.to_owned(), inner: Mutex::new(inner) })
    }

    /// The principal of a client. Each invocation of the command line that differs from those
    /// before is recorded.
    pub(super) fn name_client(&self, client: Client) -> Principal {
        let Some(invocation) = client.invocation else { return Principal::from_name(client.name) };
        let mut inner = self.lock_inner();
        let next = inner.invocations.len() + 1;
        let number = *inner.invocations.entry(invocation.clone()).or_insert(next);
        if number == next {
            inner.write(&json!({ "invocation": { "number": number, "made": invocation } }));
        }
        Principal::from_name(format!("{}:{number}", client.name))
    }

    /// Counts a call; whether it is the first of its like that was answered so.
    pub(super) fn count_call(&self, seen: &Seen, status: StatusCode) -> bool {
        let mut inner = self.lock_inner();
        inner.calls += 1;
        inner.judged += u64::from(seen.judged);
        *inner.by_principal.entry(Principal::kind_of(&seen.principal).to_owned()).or_default() += 1;
        inner.seen.insert((seen.record_key, status))
    }

    pub(super) fn record_denial(&self, seen: &Seen, denied: &Denied) {
        self.lock_inner()
            .denied
            .push(format!("{} {}: {}", seen.method, seen.service, denied.message));
    }

    pub(super) fn list_denials(&self) -> Vec<String> {
        let mut denied = self.lock_inner().denied.clone();
        denied.sort();
        denied.dedup();
        denied
    }

    pub(super) fn write(&self, line: &impl Serialize) {
        self.lock_inner().write(line);
    }

    /// Writes the summary, without which a record is that of an interrupted run. `complete` is
    /// whether these were the calls of all tests.
    pub(super) fn write_summary(&self, complete: bool) -> Result<()> {
        let mut inner = self.lock_inner();
        inner.file.flush().context("writing the record")?;
        if let Some(error) = inner.failed.take() {
            return Err(error).context("writing the record");
        }
        let summary = json!({
            "complete": complete,
            "lines": inner.lines,
            "calls": inner.calls,
            "judged": inner.judged,
            "by_principal": inner.by_principal,
            "commit": measurements::commit(),
            "built": inner.built,
        });
        std::fs::write(self.folder.join("summary.json"), summary.to_string())
            .context("writing the summary")
    }

    fn lock_inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn write(&mut self, line: &impl Serialize) {
        let written = serde_json::to_writer(&mut self.file, line).map_err(Into::into);
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        self.lines += 1;
        if let Err(error) = written {
            self.failed = Some(error);
        }
    }
}
