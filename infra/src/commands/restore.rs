//! `restore`: the versions as of a moment back onto the file system, by DataSync, and a look at what came of it.
//!
//! Cut off anywhere, the same command goes on: the manifest's name and the directory follow from what was asked for, so that
//! a running execution is recognised by its manifest and what was restored already is there already.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use aws_edge::lock::LockError;
use bootstrap_stack::Outcome;
use chrono::{DateTime, SecondsFormat, Utc};
use pipeline::config::{FileSystem, StackConfig};
use pipeline::records::keys;
use pipeline::records::outputs::{Outputs, RestoreOutputs};
use pipeline::records::restore::RestoreTarget;
use pipeline::records::run::RunRecord;
use pipeline::request::{BootstrapAction, BootstrapRequest};
use pipeline::restore::{Settled, parse_moment};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::advice::Advise;
use crate::cli::{Global, RestoreArguments};
use crate::deploy_lock::DeployLock;
use crate::place::Place;
use crate::{bootstrap, follow, output};

mod carry;
mod choose;

use choose::Chosen;

/// How many paths a dry run shows.
pub(super) const SHOWN: usize = 10;

/// What was restored.
#[derive(Debug, Serialize)]
struct Restored {
    as_of: DateTime<Utc>,
    directory: String,
    execution: String,
    /// DataSync's state of the execution: `SUCCESS` or `ERROR`.
    status: String,
    error: Option<String>,
    /// Every file asked for is there as it was.
    complete: bool,
    #[serde(flatten)]
    settled: Settled,
    bytes: u64,
}

pub(super) async fn run(global: &Global, arguments: &RestoreArguments) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = super::deployed(&place).await?;
    let moment = moment(&place, arguments).await?;
    let directory = directory(arguments, moment)?;
    output::progress(format!(
        "looking for the versions as of {} …",
        moment.to_rfc3339_opts(SecondsFormat::Millis, true)
    ));
    let chosen = Chosen::look(&place, &outputs, &arguments.prefix, moment).await?;
    if chosen.files == 0 {
        return Err(nothing(&chosen, moment, arguments)).advise("see the runs there were with `efs-s3 status`");
    }
    if arguments.dry_run {
        output::data(global.output, &chosen, chosen.text(&directory))?;
        return Ok(ExitCode::SUCCESS);
    }
    if global.local {
        make_directory(global, &place.config, &outputs, &directory)?;
    }
    let manifest = keys::restore_manifest(&id(&[&moment.to_rfc3339(), &arguments.prefix, &directory]));
    let lock = DeployLock::take(&place.records, "restore").await?;
    let mut lock = lock.ok_or(LockError::Contended)?;
    let started = lock.during(start(&place, &outputs, &chosen, &directory, &manifest, arguments.overwrite)).await;
    lock.give_back().await;
    let execution = started?;
    let ended = follow::to_the_end(&place, &execution).await?;
    let mut settled = carry::settle(&place, &execution, &chosen).await?;
    if !ended.succeeded() {
        // Then nobody has looked whether they are there.
        settled.failed += std::mem::take(&mut settled.already_there);
    }
    let accounted = settled.failed == 0 && settled.kept == 0;
    let restored = Restored {
        as_of: moment,
        directory,
        execution: execution.id().to_owned(),
        complete: ended.succeeded() && accounted && settled.restored == settled.verified,
        error: [ended.error.code, ended.error.detail]
            .into_iter()
            .flatten()
            .reduce(|code, why| format!("{code}: {why}")),
        status: ended.status,
        settled,
        bytes: chosen.bytes,
    };
    output::data(global.output, &restored, text(&place.config, &restored))?;
    Ok(if restored.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// DataSync mounts the directory, so it has to be there. In the local cloud that is our doing.
fn make_directory(global: &Global, config: &StackConfig, outputs: &Outputs, directory: &str) -> Result<()> {
    let file_system = global.local_dir.join("efs").join(&outputs.file_system_id);
    let folder = file_system.join(config.source.subdirectory.trim_matches('/')).join(directory);
    std::fs::create_dir_all(&folder).with_context(|| format!("making `{}`", folder.display()))
}

async fn moment(place: &Place, arguments: &RestoreArguments) -> Result<DateTime<Utc>> {
    if let Some(at) = &arguments.at {
        return Ok(parse_moment(at, Utc::now())?);
    }
    let id = arguments.execution.as_deref().unwrap_or_default();
    let id = id.rsplit('/').next().unwrap_or_default();
    let run: Option<RunRecord> = place.records.read(&keys::run(id)).await?;
    let run = run.ok_or_else(|| anyhow!("there is no record of an execution `{id}`"));
    let run = run.advise("see the runs there were with `efs-s3 status`")?;
    Ok(run.ended_at.unwrap_or(run.recorded_at))
}

/// Below the source's folder: empty, or with `/` at its end alone.
fn directory(arguments: &RestoreArguments, moment: DateTime<Utc>) -> Result<String> {
    let Some(to) = &arguments.to else { return Ok(format!("restored-{}/", moment.format("%Y-%m-%dT%H%M%SZ"))) };
    let inner = to.trim_matches('/');
    let wrong = |c: &char| !(c.is_ascii_alphanumeric() || " _-+./()".contains(*c));
    if let Some(c) = inner.chars().find(wrong) {
        let refused = Err(anyhow!("`--to` must not hold {c:?}"));
        return refused.advise("DataSync takes A-Z a-z 0-9 _ - + . / ( ) and spaces in the path of a location");
    }
    if !inner.is_empty() && inner.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(anyhow!("`--to` must not hold //, . or ..")).advise("name a directory below the source's folder");
    }
    Ok(if inner.is_empty() { String::new() } else { format!("{inner}/") })
}

fn nothing(chosen: &Chosen, moment: DateTime<Utc>, arguments: &RestoreArguments) -> anyhow::Error {
    let at = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let whose = if arguments.prefix.is_empty() { String::new() } else { format!(" below `{}`", arguments.prefix) };
    match chosen.first_version {
        None => anyhow!("nothing to restore: the bucket has no versions{whose}"),
        Some(first) if first > moment => anyhow!(
            "nothing to restore: the first version{whose} is of {}, after {at}",
            first.to_rfc3339_opts(SecondsFormat::Secs, true)
        ),
        Some(_) => anyhow!("nothing to restore: no file{whose} existed at {at}"),
    }
}

/// What stays the same for the same request.
fn id(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

async fn start(
    place: &Place,
    outputs: &Outputs,
    chosen: &Chosen,
    directory: &str,
    manifest: &str,
    overwrite: bool,
) -> Result<pipeline::arn::ExecutionArn> {
    if let Some(task) = &outputs.restore
        && let Some(running) = carry::running(place, &task.task_arn, manifest).await?
    {
        output::progress(format!("{} is under way already", running.id()));
        return Ok(running);
    }
    let task = task(place, outputs, directory).await?;
    carry::upload(place, manifest, chosen).await?;
    let execution = carry::start(place, &task, manifest, overwrite).await?;
    output::progress(format!("started {}", execution.id()));
    Ok(execution)
}

/// The task, pointed at the directory. It is made for the first restore.
async fn task(place: &Place, outputs: &Outputs, directory: &str) -> Result<RestoreOutputs> {
    if let Some(ready) = outputs.restore.clone().filter(|ready| ready.directory == directory) {
        return Ok(ready);
    }
    output::progress("preparing the way back, by bootstrap-stack");
    place.records.write(keys::RESTORE, &RestoreTarget { directory: directory.to_owned() }).await?;
    let driven = bootstrap::drive(place, &BootstrapRequest::new(BootstrapAction::Apply)).await?;
    let ready = match driven.outcome {
        Outcome::Applied { outputs, .. } => outputs.restore,
        _ => None,
    };
    let ready = ready.filter(|ready| ready.directory == directory);
    let old = || anyhow!("bootstrap-stack made no way back: its code is of an earlier version");
    ready.ok_or_else(old).advise("run `efs-s3 deploy`, then the same restore again")
}

fn text(config: &StackConfig, restored: &Restored) -> String {
    let Settled { asked_for, restored: written, verified, kept, already_there, failed, failures, .. } =
        &restored.settled;
    let folder = format!("{}{}", config.source.subdirectory, restored.directory);
    let verdict = if restored.complete { "RESTORED" } else { "NOT COMPLETE" };
    let size = follow::bytes(i64::try_from(restored.bytes).unwrap_or(i64::MAX));
    let mut text = format!(
        "{} {}: {verdict}: {asked_for} files ({size}) as of {} in `{folder}`\n  {written} restored, {verified} of them read back and equal, {already_there} there already, {kept} kept because they differ, {failed} failed\n",
        restored.execution,
        restored.status,
        restored.as_of.to_rfc3339_opts(SecondsFormat::Secs, true),
    );
    text.extend(restored.error.iter().map(|error| format!("  DataSync: {error}\n")));
    text.extend(failures.iter().take(SHOWN).map(|failure| format!("  {failure}\n")));
    if restored.error.as_ref().is_some_and(|error| error.contains("Mount")) {
        text.push_str(&format!(
            "DataSync mounts `{folder}`: make that directory on the file system, then the same command again\n"
        ));
    }
    if *kept > 0 {
        text.push_str("To replace the files that differ: the same command with --overwrite\n");
    }
    let ours = if matches!(config.file_system, FileSystem::New(_)) { "the" } else { "your" };
    if !restored.directory.is_empty() {
        text.push_str(&format!(
            "The next run copies `{folder}` of {ours} file system to S3 too: move what you need, and delete it before.\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(to: Option<&str>) -> RestoreArguments {
        RestoreArguments {
            at: None,
            execution: None,
            prefix: String::new(),
            to: to.map(str::to_owned),
            overwrite: false,
            dry_run: false,
        }
    }

    #[test]
    fn the_directory_is_fresh_or_the_one_asked_for() {
        let moment = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let of = |to| directory(&arguments(to), moment).ok();
        assert_eq!(of(None).as_deref(), Some("restored-2023-11-14T221320Z/"));
        assert_eq!(of(Some("/")).as_deref(), Some(""));
        assert_eq!(of(Some("a/b c")).as_deref(), Some("a/b c/"));
        for wrong in ["a//b", "..", "a/../b", "ä", "a:b"] {
            assert_eq!(of(Some(wrong)), None, "{wrong}");
        }
    }
}
