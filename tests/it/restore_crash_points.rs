//! Whatever call a restore breaks off at: the same command, run again, comes to the same end, and a
//! start whose reply was lost is found rather than repeated. What comes back is one of three syncs,
//! from the bucket of another account.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use aws::records_bucket::RecordsBucket;
use aws_sdk_datasync::Client;
use domain::records::keys;
use domain::records::restore::RestoreTarget;
use domain::sync_name::SyncName;
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::command_line::CommandLine;
use e2e::data_plane::DataPlane;
use e2e::fault_proxy::{FaultProxy, Faults};
use e2e::random_tree::{self, Snapshot, first_difference, read_snapshot};
use e2e::three_syncs::ThreeSyncs;
use serde_json::json;
use tempfile::TempDir;

use crate::crash_points::{self, Undisturbed, disturbed_apply};
use crate::many_syncs::owner_of;

/// One way in which a restore is interrupted at a mutating call.
type Phase = (&'static str, fn(usize) -> Faults);

const PHASES: [Phase; 3] = [
    ("before the call", |at| Faults { outage_at: Some(at), ..Faults::default() }),
    ("its reply is lost", |at| Faults { lost_reply_at: Some(at), ..Faults::default() }),
    ("right after the call", |at| Faults { outage_after: Some(at), ..Faults::default() }),
];
/// The sync whose files come back.
const SYNC: &str = "vault";
/// The command is repeated at most this often: an invocation whose reply was lost still runs.
const AGAIN: usize = 3;

pub(crate) async fn an_interrupted_restore_converges(cloud: &Cloud, account: &str) -> Result<()> {
    let test = RestoreTest::prepare(cloud, account).await?;
    // The first one makes the way back, each later one moves it.
    test.restore_undisturbed("0").await?;
    test.proxy.set_faults(Faults::default());
    test.restore_undisturbed("1").await?;
    let calls = test.proxy.mutating_calls();
    let start = calls
        .iter()
        .position(|call| call.operation == "StartTaskExecution")
        .context("nothing was started")?
        + 1;
    let mut proven = 0;
    for (phase, (name, faults)) in PHASES.iter().enumerate() {
        for at in 1..=calls.len() {
            // Every point in a soak; else each call in one of the ways, and the start in all of
            // them.
            if at != start && !bounds::is_included(at, phase, PHASES.len()) {
                continue;
            }
            let what = format!("call {at} of {}, {}, {name}", calls.len(), calls[at - 1]);
            let to = format!("point {phase}.{at}");
            test.restore_disturbed(&to, faults(at)).await.context(what.clone())?;
            if at == start && phase == 1 {
                ensure!(test.executions_of(&to).await? == 1, "{what}: it was started twice");
            }
            proven += 1;
        }
    }
    measurements::proven("crash points of restore that converge", proven, "points");
    Ok(())
}

/// The restore task, created and moved from directory to directory, interrupted at every call, in
/// each way.
pub(crate) async fn moving_the_restore_target_converges(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    const SECTIONS: &str = "[instance]\nenabled = false";
    /// By one access point, by another, and without any.
    const DIRECTORIES: [&str; 3] = ["a/", "b/", ""];
    let mut plane = DataPlane::prepare(cloud, account, SECTIONS).await?;
    plane.bootstrap_function(SECTIONS).await?;
    plane.apply(1).await?;
    let records = RecordsBucket::new(plane.direct.s3.clone(), plane.direct.names.records_bucket());
    let mut undisturbed = Vec::new();
    // Twice: the first time the way back is made.
    for directory in DIRECTORIES.iter().chain(&DIRECTORIES) {
        point_at(&mut plane, &records, SECTIONS, directory).await?;
        plane.proxy.set_faults(Faults::default());
        let applied = plane
            .apply(1)
            .await
            .with_context(|| format!("an undisturbed move to {directory:?}"))?;
        undisturbed.push((
            *directory,
            plane.proxy.mutating_calls().len(),
            Undisturbed::read(&plane, &applied).await?,
        ));
    }
    let undisturbed = undisturbed.split_off(DIRECTORIES.len());
    let most = undisturbed.iter().map(|(_, mutations, _)| *mutations).max().unwrap_or_default();
    let mut proven = 0_u32;
    for (way, phase) in crash_points::PHASES.into_iter().enumerate() {
        for at in (1..=most).filter(|at| bounds::is_included(*at, way, crash_points::PHASES.len()))
        {
            for (directory, mutations, expected) in &undisturbed {
                point_at(&mut plane, &records, SECTIONS, directory).await?;
                let what =
                    format!("move to {directory:?}, call {at} of {mutations}, {}", phase.name);
                let applied = disturbed_apply(&plane, phase, at, *mutations, &what).await?;
                expected.require_same_end(&plane, &applied, &what).await?;
                proven += u32::from(at <= *mutations);
            }
        }
    }
    plane.destroy(1).await?;
    measurements::proven("crash points of moving a restore that converge", proven, "points");
    Ok(())
}

async fn point_at(
    plane: &mut DataPlane,
    records: &RecordsBucket,
    sections: &str,
    directory: &str,
) -> Result<()> {
    records
        .write(
            &keys::restore(&SyncName::default()),
            &RestoreTarget { directory: directory.to_owned(), existed: false },
        )
        .await?;
    plane.reconfigure(sections).await
}

struct RestoreTest {
    syncs: ThreeSyncs,
    proxy: FaultProxy,
    /// Its calls pass the proxy.
    command_line: CommandLine,
    _folder: TempDir,
    execution: String,
    expected: Snapshot,
}

impl RestoreTest {
    async fn prepare(cloud: &Cloud, account: &str) -> Result<Self> {
        let owner = owner_of(account)?;
        let syncs = ThreeSyncs::prepare(cloud, (account, &owner), "crashing", false).await?;
        syncs.deploy().await?;
        let deployment = &syncs.deployment;
        let root = deployment.efs_directory().await?.join(SYNC);
        random_tree::create_tree(&root.join("tree"), 7, 30)?;
        deployment.command_line.succeed(&["sync", "--sync", SYNC, "--wait"]).await?;
        let execution = deployment.last_run().await?.execution.id().to_owned();
        let expected = read_snapshot(&root)?;
        let proxy = FaultProxy::start(cloud, "cli").await?;
        let folder = tempfile::tempdir()?;
        let command_line =
            command_line_through(&proxy, cloud, &deployment.command_line, folder.path())?;
        Ok(Self { syncs, proxy, command_line, _folder: folder, execution, expected })
    }

    async fn restore_undisturbed(&self, to: &str) -> Result<()> {
        self.command_line.succeed(&self.restore_to(to)).await?;
        self.require_equal(to).await
    }

    fn restore_to<'a>(&'a self, to: &'a str) -> [&'a str; 7] {
        ["restore", "--sync", SYNC, "--execution", &self.execution, "--to", to]
    }

    /// A restore that breaks off, and what people do then: the same command, after `unlock` where
    /// it says so.
    async fn restore_disturbed(&self, to: &str, faults: Faults) -> Result<()> {
        let restore = self.restore_to(to);
        self.proxy.set_faults(faults);
        let first = self.command_line.run(&restore).await?;
        self.proxy.set_faults(Faults::default());
        if first.code == 0 {
            return self.require_equal(to).await;
        }
        for attempt in 1.. {
            let again = self.command_line.run(&restore).await?;
            if again.code == 0 {
                break;
            }
            ensure!(attempt < AGAIN, "it fails again and again: {}{}", again.stdout, again.stderr);
            self.command_line.succeed(&["unlock", "--yes"]).await?;
        }
        self.require_equal(to).await
    }

    async fn require_equal(&self, to: &str) -> Result<()> {
        let root = self.syncs.deployment.efs_directory().await?.join(SYNC).join(to);
        match first_difference(&self.expected, &read_snapshot(&root)?) {
            Some(differs) => bail!("`{to}` differs: {differs}"),
            None => Ok(()),
        }
    }

    /// Counts the executions whose manifest belongs to this directory alone.
    async fn executions_of(&self, to: &str) -> Result<usize> {
        let deployment = &self.syncs.deployment;
        let client = Client::new(&deployment.datasync_config());
        let outputs = deployment.read_outputs_of(SYNC).await?;
        let task = outputs.restore.context("there is no restore task")?;
        ensure!(
            task.directory.trim_end_matches('/') == to,
            "the restore writes to {}",
            task.directory
        );
        let manifests = list_manifests(&client, task.task_arn.as_str()).await?;
        let newest = manifests.last().cloned().context("no execution has a manifest")?;
        let others: BTreeSet<_> = manifests.iter().filter(|one| **one != newest).collect();
        ensure!(!others.is_empty(), "all executions have one manifest");
        Ok(manifests.iter().filter(|one| **one == newest).count())
    }
}

/// The manifests of the task's executions.
async fn list_manifests(client: &Client, task: &str) -> Result<Vec<String>> {
    let mut manifests = Vec::new();
    let listed = client.list_task_executions().task_arn(task).send().await?;
    for one in listed.task_executions() {
        let arn = one.task_execution_arn().unwrap_or_default();
        let described = client.describe_task_execution().task_execution_arn(arn).send().await?;
        let source = described.manifest_config().and_then(|manifest| manifest.source());
        let s3 = source.and_then(|one| one.s3());
        manifests.extend(s3.map(|s3| s3.manifest_object_path().to_owned()));
    }
    Ok(manifests)
}

/// The same command line with a folder of its own, which says that the cloud is where the proxy is.
fn command_line_through(
    proxy: &FaultProxy,
    cloud: &Cloud,
    direct: &CommandLine,
    folder: &Path,
) -> Result<CommandLine> {
    let server = json!({ "pid": std::process::id(), "began": 0, "url": proxy.url });
    let recorded = json!({ "ministack": server, "datasync": server });
    fs::write(folder.join("cloud.json"), recorded.to_string())?;
    std::os::unix::fs::symlink(fs::canonicalize(cloud.folder.join("efs"))?, folder.join("efs"))?;
    let mut command_line = direct.clone();
    let local_dir = command_line.shared.iter().position(|one| one == "--local-dir");
    let local_dir = local_dir.context("no --local-dir")?;
    command_line.shared[local_dir + 1] = folder.display().to_string();
    Ok(command_line)
}
