//! Files that come and go while a run is under way, by the real programs: copied again before
//! anybody is told, and no damage.

use std::fs;

use anyhow::{Context, Result, ensure};
use aws_sdk_datasync::types::TaskExecutionStatus;
use domain::records::class::Class;
use domain::records::keys;
use domain::records::proof::{Notice, Proof, Verdict};
use domain::records::run::RunRecord;
use e2e::cloud::Cloud;
use e2e::command_line::Finished;
use e2e::deployment::wait_until_some;
use e2e::faults;

use crate::alert_inbox::AN_ALERT;
use crate::watched_stack::WatchedStack;

const TOLD_BESIDE_DAMAGE: [&str; 4] = [
    "  /file: ",
    "  /comes: ",
    "  /moves: changed between transfer and verification",
    "2 other files were busy",
];

pub(crate) async fn changing_files_are_busy_not_damaged(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let mut test = WatchedStack::prepare(cloud, account, "live", &["file"]).await?;
    test.a_growing_file_is_retried().await?;
    test.a_deleted_file_is_a_warning().await?;
    test.beside_damage().await?;
    ensure!(test.inbox.subscriber.receive_one().await?.is_none(), "something was told twice");
    Ok(())
}

impl WatchedStack {
    /// A run that verifies everything, with a change just before it does.
    async fn sync_with(&self, change: impl FnOnce() -> Result<()>) -> Result<Finished> {
        faults::set_fault(&self.deployment, Some("hold-at-verifying")).await?;
        let changed = async {
            faults::wait_for_status(&self.deployment, TaskExecutionStatus::Verifying).await?;
            change()?;
            faults::set_fault(&self.deployment, None).await
        };
        let sync = ["sync", "--wait", "--verify-mode", "POINT_IN_TIME_CONSISTENT"];
        let (synced, ()) = tokio::try_join!(self.deployment.command_line.run(&sync), changed)?;
        Ok(synced)
    }

    /// Requires that the first run was retried for one file.
    async fn require_retried(&self, repeat: &RunRecord) -> Result<()> {
        let runs = self.deployment.read_runs().await?;
        let first = runs.iter().find(|run| Some(run.execution.id()) == repeat.retry_of.as_deref());
        let first = first.context("the record of the first run")?;
        ensure!(first.class == Some(Class::BusyFile) && first.retries == ["/created"], "{first:?}");
        let included = repeat.filters.includes.as_deref();
        ensure!(repeat.is_good() && included == Some("/created"), "{repeat:?}");
        Ok(())
    }

    /// Nobody is told: one repeat copies it.
    async fn a_growing_file_is_retried(&self) -> Result<()> {
        let synced = self.sync_with(|| Ok(fs::write(self.root.join("created"), "new")?)).await?;
        ensure!(synced.code == 1 && !printed_text(&synced).contains("damage"), "{synced:?}");
        let repeated = async || {
            Ok(self.deployment.read_runs().await?.into_iter().find(|run| run.retry_of.is_some()))
        };
        let repeat = wait_until_some("the run that copies it again", AN_ALERT, repeated).await?;
        self.require_retried(&repeat).await?;
        let bucket = self.deployment.read_outputs().await?.destination_bucket;
        let head = self.deployment.s3.head_object().bucket(bucket).key("created").send().await;
        head.context("the object of the file")?;
        let told = self.inbox.subscriber.receive_one().await?;
        ensure!(told.is_none(), "somebody was told of what passed by itself");
        Ok(())
    }

    /// The version is proven, and that its file went is a warning.
    async fn a_deleted_file_is_a_warning(&self) -> Result<()> {
        let file = self.root.join("gone");
        fs::write(&file, "soon gone")?;
        let synced = self.sync_with(|| Ok(fs::remove_file(&file)?)).await?;
        ensure!(synced.code == 0, "{synced:?}");
        let run = self.deployment.last_run().await?;
        ensure!(run.is_good(), "{run:?}");
        let proof = self.read_proof(&run).await?;
        let warned: Vec<_> =
            proof.warnings.iter().map(|warning| (warning.path.as_str(), warning.notice)).collect();
        ensure!(
            proof.verdict == Verdict::VerifiedWithWarnings
                && warned == [("/gone", Notice::NotCompared)],
            "{proof:?}"
        );
        let told = self.inbox.subscriber.receive_one().await?;
        ensure!(told.is_none(), "somebody was told of a file that went");
        Ok(())
    }

    /// The alert lists damaged files and changing files separately.
    async fn beside_damage(&mut self) -> Result<()> {
        self.damage_object("file").await?;
        fs::write(self.root.join("moves"), "first")?;
        let moved = || {
            fs::write(self.root.join("moves"), "second and longer")?;
            Ok(fs::write(self.root.join("comes"), "new")?)
        };
        let synced = self.sync_with(moved).await?;
        ensure!(synced.code == 1, "{synced:?}");
        self.inbox.next(Class::ChecksumMismatch).await?;
        let told = self.inbox.told.last().context("an alert")?;
        for words in TOLD_BESIDE_DAMAGE {
            ensure!(told.contains(words), "`{words}` is not in\n{told}");
        }
        ensure!(told.find("  /file: ") < told.find("  /comes: "), "the damaged one first:\n{told}");
        Ok(())
    }

    async fn read_proof(&self, run: &RunRecord) -> Result<Proof> {
        let key = keys::proof_document(run.execution.id());
        wait_until_some("the proof", AN_ALERT, async || {
            Ok(self.deployment.records.read::<Proof>(&key).await?)
        })
        .await
    }
}

fn printed_text(finished: &Finished) -> String {
    format!("{}{}", finished.stdout, finished.stderr)
}
