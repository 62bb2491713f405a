//! The steps, in order. Each keeps what later ones need.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use domain::records::keys;
use domain::records::last_run::LastRun;
use domain::records::proof::{Proof, ProvenObject, Verdict};
use domain::records::run::{RunOutcome, RunRecord};
use domain::sync_name::SyncName;

use super::Reporter;
use super::bucket::{Inventory, read_inventory, require_equal};
use super::planned_counts::require_planned_counts;
use crate::deployment::Deployment;
use crate::owned_bucket::OwnedBucket;
use crate::random_tree::{Snapshot, read_snapshot};
use crate::subscriber::Subscriber;
use crate::tree::{self, Edits};

/// Requires that the second sync copied what was edited.
fn require_copied(copied: &[ProvenObject], edits: &Edits) -> Result<()> {
    let paths: BTreeSet<&str> =
        copied.iter().map(|object| object.path.trim_end_matches('/')).collect();
    let mut expected: BTreeSet<&str> =
        edits.changed.iter().chain(&edits.added).map(String::as_str).collect();
    // A directory changes when an entry of it is added or deleted: its modification time does.
    expected.extend(["/department-0/2018", "/empty/also empty", "/department-2/2020"]);
    ensure!(paths == expected, "the second sync copied {paths:?}, not {expected:?}");
    Ok(())
}

/// The scenario so far.
pub(super) struct Scenario {
    pub(super) deployment: Deployment,
    pub(super) subscriber: Option<Subscriber>,
    pub(super) root: PathBuf,
    /// The first run's id, and what it copied.
    pub(super) first: Option<(String, Snapshot)>,
    before: Inventory,
    edits: Option<Edits>,
    pub(super) broken: Option<ProvenObject>,
    /// The bucket of another account, from the time that a sync writes to it.
    pub(super) vault: Option<OwnedBucket>,
}

impl Scenario {
    pub(super) fn new(deployment: Deployment) -> Self {
        let (root, before) = (PathBuf::new(), Inventory::new());
        Self {
            deployment,
            subscriber: None,
            root,
            first: None,
            before,
            edits: None,
            broken: None,
            vault: None,
        }
    }

    pub(super) async fn show_plan(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let plan = self.deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
        let (code, said) = (plan.code, plan.both_outputs());
        ensure!(code == 2, "a plan with changes exits with 2, not with {code}: {said}");
        let records_bucket = self.deployment.names.records_bucket();
        let exists = self.deployment.s3.head_bucket().bucket(records_bucket).send().await.is_ok();
        ensure!(!exists, "plan made the records bucket: it may only read");
        reporter.report_finding("Nothing was made: plan only reads.");
        Ok(())
    }

    pub(super) async fn deploy_stack(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let deployed = self.deployment.command_line.succeed(&["deploy"]).await?;
        require_planned_counts(&deployed)?;
        let outputs = self.deployment.read_outputs().await?;
        reporter.report_finding(&format!("Task:        {}", outputs.task_arn));
        reporter.report_finding(&format!(
            "Destination: s3://{}/{}",
            outputs.destination_bucket, outputs.destination_prefix
        ));
        self.root = self.deployment.efs_directory().await?;
        self.subscriber = Some(Subscriber::subscribe(&self.deployment).await?);
        Ok(())
    }

    pub(super) async fn deploy_again(&mut self, _reporter: &mut dyn Reporter) -> Result<()> {
        let plan = self.deployment.command_line.run(&["plan", "--detailed-exitcode"]).await?;
        ensure!(
            plan.code == 0,
            "the plan after a deploy is not empty:\n{}{}",
            plan.stdout,
            plan.stderr
        );
        Ok(())
    }

    pub(super) async fn create_files(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        tree::create_tree(&self.root)?;
        reporter.report_finding(&format!(
            "{} files, directories and links in {}",
            tree::ENTRIES,
            self.root.display()
        ));
        Ok(())
    }

    pub(super) async fn first_sync(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        let (run, proof) = self.last_run().await?;
        let expected = u64::try_from(tree::ENTRIES)?;
        let proven = proof.counts.proven;
        ensure!(proven == expected, "{proven} versions proven, not {expected}");
        self.first = Some((run.execution.id().to_owned(), read_snapshot(&self.root)?));
        self.before = read_inventory(&self.deployment).await?;
        let compared = require_equal(&self.deployment, &self.root, &self.before).await?;
        let (files, objects) = (tree::ENTRIES, self.before.len());
        let is_whole = compared == files && objects == compared;
        ensure!(is_whole, "{objects} objects, {compared} files");
        let id = run.execution.id();
        reporter.report_finding(&format!("{id}: {proven} object versions proven."));
        reporter.report_finding(&format!(
            "Compared with S3's own API: {compared} files, {objects} objects."
        ));
        Ok(())
    }

    /// Each unchanged file counts as skipped, as on AWS: no alert, no row in the report, and the
    /// baseline moves on.
    pub(super) async fn sync_unchanged(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        for _ in 0..2 {
            self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
            let (run, _) = self.last_run().await?;
            let (transferred, skipped) =
                (run.counters.files_transferred, run.counters.files_skipped);
            let as_expected = transferred == 0 && usize::try_from(skipped)? == tree::ENTRIES;
            ensure!(
                as_expected,
                "{transferred} transferred and {skipped} skipped of {}",
                tree::ENTRIES
            );
            ensure!(
                run.is_good() && run.problems.is_empty(),
                "{:?}, {:?}",
                run.class,
                run.problems
            );
            let last: Option<LastRun> =
                self.deployment.records.read(&keys::last_run(&SyncName::default())).await?;
            let baseline =
                last.filter(|last| last.execution == run.execution).and_then(|last| last.baseline);
            let baseline = baseline.context("the baseline did not move on")?;
            let listed = Some(i64::try_from(tree::ENTRIES)?);
            ensure!(
                baseline.skipped == 0 && baseline.listed == listed,
                "the baseline is {baseline:?}"
            );
            let report = keys::detailed_reports(run.execution.task().id(), run.execution.id());
            let parts = self.deployment.records.list(&report).await?;
            ensure!(parts.is_empty(), "the report lists what nothing was done with: {parts:?}");
        }
        let subscriber = self.subscriber.as_ref().context("nobody subscribed")?;
        ensure!(subscriber.receive_one().await?.is_none(), "somebody was told");
        reporter.report_finding(&format!(
            "{} files, directories and links unchanged, twice; none is in a report.",
            tree::ENTRIES
        ));
        Ok(())
    }

    pub(super) async fn edit_files(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let edits = tree::edit_tree(&self.root)?;
        for (what, paths) in
            [("changed", &edits.changed), ("added", &edits.added), ("deleted", &edits.deleted)]
        {
            paths.iter().for_each(|path| reporter.report_finding(&format!("{what}: {path}")));
        }
        self.edits = Some(edits);
        Ok(())
    }

    pub(super) async fn second_sync(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        self.deployment.command_line.succeed(&["sync", "--wait"]).await?;
        let (run, _) = self.last_run().await?;
        let copied = self.read_proven_objects(run.execution.id()).await?;
        let edits = self.edits.as_ref().context("nothing was edited")?;
        require_copied(&copied, edits)?;
        let after = read_inventory(&self.deployment).await?;
        require_equal(&self.deployment, &self.root, &after).await?;
        for deleted in &edits.deleted {
            ensure!(
                after.contains_key(&deleted[1..]),
                "`{deleted}` was deleted in S3 though PreserveDeletedFiles is PRESERVE"
            );
        }
        self.compare_versions(&copied, &after, reporter)
    }

    /// Requires a new version of each copied file, and reports how many files keep theirs.
    fn compare_versions(
        &self,
        copied: &[ProvenObject],
        after: &Inventory,
        reporter: &mut dyn Reporter,
    ) -> Result<()> {
        for object in copied {
            let old = self.before.get(&object.key).map_or("(new)", |state| &state.version_id);
            reporter.report_finding(&format!("{}: {old} → {}", object.path, object.version_id));
            ensure!(old != object.version_id, "`{}` has no new version", object.path);
        }
        let untouched =
            self.before.iter().filter(|(key, state)| after.get(*key) == Some(state)).count();
        reporter.report_finding(&format!("{untouched} objects keep their version."));
        Ok(())
    }

    pub(super) async fn show_status(&mut self, _reporter: &mut dyn Reporter) -> Result<()> {
        self.deployment.command_line.succeed(&["status"]).await?;
        Ok(())
    }

    pub(super) async fn last_run(&self) -> Result<(RunRecord, Proof)> {
        let run = self.deployment.last_run().await?;
        ensure!(
            run.outcome == RunOutcome::Succeeded,
            "the run ended as {:?}: {:?}",
            run.outcome,
            run.error_detail
        );
        let proof: Option<Proof> =
            self.deployment.records.read(&keys::proof_document(run.execution.id())).await?;
        let proof = proof.context("the run has no proof")?;
        ensure!(
            proof.verdict == Verdict::Verified,
            "the verdict is {:?}: {:?}",
            proof.verdict,
            proof.findings
        );
        Ok((run, proof))
    }
}
