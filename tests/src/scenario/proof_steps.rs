//! The steps in which a proven version is deleted, found missing, and alerted.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::records::keys;
use domain::records::proof::{Defect, Proof, ProvenObject, Verdict};

use super::Reporter;
use super::steps::Scenario;

impl Scenario {
    pub(super) async fn break_one_version(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let (run, proof) = self.last_run().await?;
        let objects = self.read_proven_objects(run.execution.id()).await?;
        let victim = objects
            .into_iter()
            .find(|object| object.path == "/name with spaces.txt")
            .context("no such object")?;
        let delete = self.deployment.s3.delete_object().bucket(&proof.bucket).key(&victim.key);
        delete.version_id(&victim.version_id).send().await?;
        reporter.report_finding(&format!(
            "Deleted version {} of `{}`.",
            victim.version_id, victim.path
        ));
        self.broken = Some(victim);
        Ok(())
    }

    pub(super) async fn verify_run(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let (run, _) = self.last_run().await?;
        let id = run.execution.id();
        self.deployment.command_line.fail(&["verify", id]).await?;
        let audits = self.deployment.records.list(&format!("proofs/{id}/audits/")).await?;
        let key = audits.last().context("verify left no record")?;
        let audit: Proof =
            self.deployment.records.read(key).await?.context("the record of verify is gone")?;
        let broken = self.broken.as_ref().context("nothing was broken")?;
        ensure!(audit.verdict == Verdict::Mismatch, "the verdict is {:?}", audit.verdict);
        let found: Vec<_> =
            audit.findings.iter().map(|finding| (finding.path.as_str(), finding.defect)).collect();
        ensure!(found == [(broken.path.as_str(), Defect::VersionMissing)], "found {found:?}");
        reporter.report_finding("Exactly that version was found missing, and nothing else.");
        Ok(())
    }

    pub(super) async fn receive_alert(&mut self, reporter: &mut dyn Reporter) -> Result<()> {
        let subscriber = self.subscriber.as_ref().context("nobody subscribed")?;
        let alert = subscriber.next(Duration::from_secs(30)).await?;
        let broken = self.broken.as_ref().context("nothing was broken")?;
        reporter.report_finding(&format!("Subject: {}", alert.subject));
        alert.message.lines().for_each(|line| reporter.report_finding(line));
        ensure!(alert.message.contains(&broken.path), "the alert does not name `{}`", broken.path);
        ensure!(subscriber.receive_one().await?.is_none(), "there is a second alert");
        Ok(())
    }

    pub(super) async fn read_proven_objects(
        &self,
        execution_id: &str,
    ) -> Result<Vec<ProvenObject>> {
        let records = &self.deployment.records;
        let proof: Option<Proof> = records.read(&keys::proof_document(execution_id)).await?;
        let mut text = String::new();
        for part in proof.context("there is no proof")?.object_parts {
            let bytes = records.read_bytes(&part.key).await?;
            text.push_str(&String::from_utf8(bytes.context("the proof has no list of objects")?)?);
        }
        text.lines()
            .map(|line| serde_json::from_str(line).context("reading a proven object"))
            .collect()
    }
}
