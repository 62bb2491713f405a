//! Reads the reports of one execution, asks S3 for each version, and tallies what [`judge`] makes of it.

use aws_edge::SdkFailure;
use aws_edge::records_bucket::{RecordsBucket, RecordsError};
use aws_edge::report_parts::{self, ReportParts};
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use pipeline::execution::Execution;
use pipeline::records::outputs::Outputs;
use pipeline::records::proof::{Defect, Finding, Proof, ProvenObject};
use pipeline::report::{DetailedReport, ReportKind, TransferredRow, object_key};

use crate::decide;
use crate::judge::{Evidence, judge, version_to_find};
use crate::object_versions;
use crate::tally::Tally;
use crate::verification::Verifications;

/// Versions asked for at once: some 1,500 a second at S3's usual 20 ms, well below its 5,500 a second per prefix.
const CONCURRENCY: usize = 32;

/// Where one check looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check<'a> {
    pub(crate) records: &'a RecordsBucket,
    pub(crate) outputs: &'a Outputs,
    pub(crate) execution: &'a Execution,
}

/// A proof, and the list of the objects it proves, one JSON document a line.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) proof: Proof,
    pub(crate) objects: Vec<u8>,
}

type Judged = Result<ProvenObject, Vec<Finding>>;

impl Check<'_> {
    pub(crate) async fn run(&self, now: DateTime<Utc>) -> Result<Checked, CheckError> {
        let parts = ReportParts::list(self.records, &self.execution.arn).await?;
        let mut tally = Tally::default();
        let mut verifications = self.verifications(&parts, &mut tally).await?;
        for key in parts.of(ReportKind::Transferred) {
            let Some(part) = self.read(key, &mut tally).await? else { continue };
            part.transferred.iter().for_each(|row| verifications.note_transferred(&row.relative_path));
            self.take_part(&part, &verifications, &mut tally).await?;
        }
        decide::complete(&mut tally, self.execution, &verifications);
        let objects = std::mem::take(&mut tally.objects);
        Ok(Checked { proof: decide::proof(tally, self.execution, &self.outputs.destination_bucket, now), objects })
    }

    async fn verifications(&self, parts: &ReportParts, tally: &mut Tally) -> Result<Verifications, CheckError> {
        let mut verifications = Verifications::default();
        for key in parts.of(ReportKind::Verified) {
            let part = self.read(key, tally).await?;
            part.iter().flat_map(|part| &part.verified).for_each(|row| verifications.add(row));
        }
        Ok(verifications)
    }

    async fn read(&self, key: &str, tally: &mut Tally) -> Result<Option<DetailedReport>, CheckError> {
        match report_parts::read(self.records, key).await? {
            Ok(part) => Ok(Some(part)),
            Err(why) => {
                tally.find_in_report(Defect::ReportMissing, why);
                Ok(None)
            }
        }
    }

    async fn take_part(
        &self,
        part: &DetailedReport,
        verifications: &Verifications,
        tally: &mut Tally,
    ) -> Result<(), CheckError> {
        let rows = part.transferred.iter().map(|row| self.judged(row, verifications));
        let mut judged = stream::iter(rows).buffered(CONCURRENCY);
        while let Some(judged) = judged.next().await {
            tally.take(judged?).map_err(CheckError::Line)?;
        }
        Ok(())
    }

    async fn judged(&self, row: &TransferredRow, verifications: &Verifications) -> Result<Judged, CheckError> {
        let is_directory = row.src_metadata.as_ref().is_some_and(|source| source.is_directory());
        let key = object_key(&self.outputs.destination_prefix, &row.relative_path, is_directory);
        let found = match version_to_find(row) {
            Some(version_id) => {
                let (client, bucket) = (self.records.client(), &self.outputs.destination_bucket);
                let found = object_versions::find(client, bucket, &key, version_id).await;
                found.map_err(|source| CheckError::Head { key: key.clone(), source })?
            }
            None => None,
        };
        Ok(judge(&Evidence {
            row,
            key: &key,
            found: found.as_ref(),
            verification: verifications.of(&row.relative_path),
            verifies: decide::verifies(self.execution),
        }))
    }
}

/// Why a check came to no result.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("looking at a version of `{key}`")]
    Head { key: String, source: SdkFailure },
    #[error("writing a proven object as JSON")]
    Line(#[source] serde_json::Error),
}
