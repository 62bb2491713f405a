//! `restore`: the versions as of a moment back onto the file system, by DataSync, and a look at
//! what came of it.
//!
//! Cut off anywhere, the same command goes on: the manifest's name and the directory follow from
//! what was asked for, so that a running execution is recognised by its manifest and what was
//! restored already is there already.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use aws::lock::LockError;
use bootstrap_stack::Outcome;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::arn::ExecutionArn;
use domain::point_in_time::parse_point_in_time;
use domain::printable::escape_unprintable;
use domain::records::keys;
use domain::records::outputs::{Outputs, RestoreOutputs};
use domain::records::restore::RestoreTarget;
use domain::records::run::RunRecord;
use domain::request::{BootstrapAction, BootstrapRequest};
use sha2::{Digest, Sha256};

use crate::access::Access;
use crate::advice::Advise;
use crate::cli::{Global, RestoreArguments};
use crate::deploy_lock::DeployLock;
use crate::place::Place;
use crate::{bootstrap, follow, output};

mod carry;
mod choose;
mod directories;
mod draft;
mod mounted;
mod restored;
mod seen;
mod target;
mod told;
mod unproven;

use choose::Chosen;
use domain::arn::resource_id;
use restored::Restored;
use target::Target;

/// How many paths a dry run shows.
pub(super) const SHOWN: usize = 10;

pub(crate) const ACCESS: Access = Access {
    records: &["s3:PutObject"],
    destination: &["s3:GetObject", "s3:ListBucket"],
    stack: &[
        "datasync:DescribeTask",
        "datasync:DescribeTaskExecution",
        "datasync:StartTaskExecution",
        "iam:PassRole",
    ],
    ..Access::NONE
};

pub(super) async fn run(global: &Global, arguments: &RestoreArguments) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = super::deployed(&place).await?;
    let moment = moment(&place, arguments).await?;
    let target = Target::of(global, arguments, &place.config, &outputs, moment)?;
    output::progress(format!(
        "looking for the versions as of {} …",
        moment.to_rfc3339_opts(SecondsFormat::Millis, true)
    ));
    let mut chosen = Chosen::look(&place, &outputs, &arguments.prefix, moment).await?;
    if chosen.files == 0 && (chosen.directories == 0 || target.here.is_none()) {
        return Err(nothing(&chosen, moment, arguments))
            .advise("see the runs there were with `efs-s3 status`");
    }
    if arguments.dry_run {
        output::data(
            global.output,
            &chosen,
            chosen.text(&target.directory, place.config.task.preserve_deleted_files),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    refuse_archived(&chosen)?;
    chosen.told().into_iter().for_each(output::progress);
    let id = id(moment, arguments, &target);
    let prepared = match &target.here {
        Some(here) => {
            let prepared = directories::prepare(&place, &id, here, &chosen.tree).await?;
            if !target.made_by_mount {
                prepared.make()?;
            }
            Some(prepared)
        }
        None => None,
    };
    let carried = if chosen.files == 0 {
        None
    } else {
        let execution =
            started(&place, &chosen, &target.directory, &id, arguments.overwrite).await?;
        let ended = follow::to_the_end(&place, &execution).await?;
        let mut settlement =
            carry::settle(&place, &execution, &chosen, arguments.overwrite).await?;
        if let Some(prepared) = &prepared {
            directories::shown(prepared, settlement.first_restored()).await?;
        }
        seen::look_at_open(&place, &outputs, &chosen, target.here.as_ref(), &mut settlement)
            .await?;
        Some((ended, settlement.into_counts()))
    };
    let directories = match prepared {
        Some(prepared) => {
            let tree = std::mem::take(&mut chosen.tree);
            Some(directories::finish(&place, &outputs, prepared, tree, arguments.overwrite).await?)
        }
        None => None,
    };
    let restored = Restored::of(&chosen, target, carried, directories);
    output::data(global.output, &restored, restored.text())?;
    Ok(if restored.complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn moment(place: &Place, arguments: &RestoreArguments) -> Result<DateTime<Utc>> {
    if let Some(at) = &arguments.at {
        return Ok(parse_point_in_time(at, Utc::now())?);
    }
    let id = arguments.execution.as_deref().unwrap_or_default();
    let id = resource_id(id);
    let run: Option<RunRecord> = place.records.read(&keys::run_record(id)).await?;
    let run = run.ok_or_else(|| anyhow!("there is no record of an execution `{id}`"));
    let run = run.advise("see the runs there were with `efs-s3 status`")?;
    Ok(run.ended_at.unwrap_or(run.recorded_at))
}

fn nothing(chosen: &Chosen, moment: DateTime<Utc>, arguments: &RestoreArguments) -> anyhow::Error {
    let at = moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let whose = if arguments.prefix.is_empty() {
        String::new()
    } else {
        format!(" below `{}`", arguments.prefix)
    };
    let told = chosen.told();
    if !told.is_empty() {
        return anyhow!("nothing to restore{whose} as of {at}:\n{}", told.join("\n"));
    }
    match chosen.first_version {
        None => anyhow!("nothing to restore: the bucket has no versions{whose}"),
        Some(first) if first > moment => anyhow!(
            "nothing to restore: the first version{whose} is of {}, after {at}",
            first.to_rfc3339_opts(SecondsFormat::Secs, true)
        ),
        Some(_) => anyhow!("nothing to restore: no file{whose} existed at {at}"),
    }
}

/// DataSync would come to them one by one, and fail at each.
fn refuse_archived(chosen: &Chosen) -> Result<()> {
    let Some(first) = chosen.first_archived.first() else { return Ok(()) };
    let first = escape_unprintable(first);
    let refused = Err(anyhow!(
        "nothing was started: {} of {} files lie in an archive, such as {first}",
        chosen.archived,
        chosen.files
    ));
    refused.advise(
        "have S3 make readable copies first: `aws s3api restore-object` for each, or S3 Batch Operations for many; \
         `--dry-run` lists the first ones, `--prefix` restores a part without them",
    )
}

/// What stays the same for the same request, and differs for any other.
fn id(moment: DateTime<Utc>, arguments: &RestoreArguments, target: &Target) -> String {
    let how = if arguments.overwrite { "overwrite" } else { "keep" };
    let asked =
        [&moment.to_rfc3339(), arguments.prefix.trim_start_matches('/'), &target.directory, how];
    let digest = Sha256::digest(asked.join("\n").as_bytes());
    hex::encode(&digest[..8])
}

/// The execution, started now or found under way. Meanwhile no deploy and no other restore moves
/// the task.
async fn started(
    place: &Place,
    chosen: &Chosen,
    directory: &str,
    id: &str,
    overwrite: bool,
) -> Result<ExecutionArn> {
    let manifest = keys::restore_manifest(id);
    let lock = DeployLock::take(&place.records, "restore").await?;
    let mut lock = lock.ok_or(LockError::Contended)?;
    let started = lock.during(start(place, chosen, directory, &manifest, overwrite)).await;
    lock.give_back().await;
    started
}

async fn start(
    place: &Place,
    chosen: &Chosen,
    directory: &str,
    manifest: &str,
    overwrite: bool,
) -> Result<ExecutionArn> {
    // Another restore may have moved the task since.
    let outputs = super::deployed(place).await?;
    if let Some(task) = &outputs.restore
        && let Some(running) = carry::running(place, &task.task_arn, manifest).await?
    {
        output::progress(format!("{} is under way already", running.id()));
        return Ok(running);
    }
    let task = task(place, &outputs, directory).await?;
    carry::upload(place, manifest, chosen).await?;
    let execution = carry::start(place, &task, manifest, overwrite).await?;
    output::progress(format!("started {}", execution.id()));
    Ok(execution)
}

/// The task, pointed at the directory. It is made for the first restore.
async fn task(place: &Place, outputs: &Outputs, directory: &str) -> Result<RestoreOutputs> {
    let target = RestoreTarget { directory: directory.to_owned() };
    let ready = outputs.restore.clone().filter(|ready| ready.directory == directory);
    if let Some(ready) = ready
        && place.records.read(keys::RESTORE).await? == Some(target.clone())
    {
        return Ok(ready);
    }
    output::progress("preparing the way back, by bootstrap-stack");
    place.records.write(keys::RESTORE, &target).await?;
    let driven = bootstrap::drive(place, &BootstrapRequest::new(BootstrapAction::Apply)).await?;
    let ready = match driven.outcome {
        Outcome::Applied { outputs, .. } => outputs.restore,
        _ => None,
    };
    let ready = ready.filter(|ready| ready.directory == directory);
    let old = || anyhow!("bootstrap-stack made no way back: its code is of an earlier version");
    ready.ok_or_else(old).advise("run `efs-s3 deploy`, then the same restore again")
}
