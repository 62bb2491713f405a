//! The report of a task: its location and its level of detail.

use aws::SdkFailure;
use aws_sdk_datasync::types::{
    ObjectVersionIds, ReportDestination, ReportDestinationS3, ReportLevel, ReportOutputType,
    ReportOverride, ReportOverrides, TaskReportConfig,
};
use serde::{Deserialize, Serialize};

const TRANSFERRED: &str = "Transferred";
const VERIFIED: &str = "Verified";
const DELETED: &str = "Deleted";
const SKIPPED: &str = "Skipped";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskReport {
    pub bucket_arn: String,
    pub role_arn: String,
    /// Ends in `/`.
    pub prefix: String,
    /// `STANDARD` (with a line for each object) or `SUMMARY_ONLY`.
    pub output_type: String,
    /// `SUCCESSES_AND_ERRORS` or `ERRORS_ONLY`.
    pub level: String,
    /// Levels that differ from `level`, as `Skipped=ERRORS_ONLY`.
    pub overrides: Vec<String>,
    /// `INCLUDE` or `NONE`.
    pub object_version_ids: String,
}

impl TaskReport {
    /// A report that names each transferred object with its version, which a proof needs.
    ///
    /// Unchanged files are left out: DataSync skips each of them in every execution and would list
    /// them all (User Guide, "Task reports"; API reference, `ReportOverrides`), so that the report
    /// would grow with the source.
    #[must_use]
    pub fn of_every_object(bucket_arn: String, role_arn: String, prefix: &str) -> Self {
        Self {
            bucket_arn,
            role_arn,
            prefix: prefix.to_owned(),
            output_type: ReportOutputType::Standard.as_str().to_owned(),
            level: ReportLevel::SuccessesAndErrors.as_str().to_owned(),
            overrides: vec![format!("{SKIPPED}={}", ReportLevel::ErrorsOnly)],
            object_version_ids: ObjectVersionIds::Include.as_str().to_owned(),
        }
    }

    pub(super) fn to_api(&self) -> Result<TaskReportConfig, SdkFailure> {
        let destination = ReportDestinationS3::builder().s3_bucket_arn(&self.bucket_arn);
        let destination =
            destination.bucket_access_role_arn(&self.role_arn).subdirectory(&self.prefix).build();
        let destination =
            destination.map_err(|error| SdkFailure::incomplete(&error.to_string()))?;
        Ok(TaskReportConfig::builder()
            .destination(ReportDestination::builder().s3(destination).build())
            .output_type(self.output_type.as_str().into())
            .report_level(self.level.as_str().into())
            .object_version_ids(self.object_version_ids.as_str().into())
            .set_overrides(self.report_overrides())
            .build())
    }

    fn report_overrides(&self) -> Option<ReportOverrides> {
        let of = |report: &str| {
            let levels = self.overrides.iter().filter_map(|own| own.split_once('='));
            let level = levels
                .filter(|(of, _)| *of == report)
                .map(|(_, level)| ReportLevel::from(level))
                .next()?;
            Some(ReportOverride::builder().report_level(level).build())
        };
        let overrides = ReportOverrides::builder()
            .set_transferred(of(TRANSFERRED))
            .set_verified(of(VERIFIED))
            .set_deleted(of(DELETED))
            .set_skipped(of(SKIPPED));
        (!self.overrides.is_empty()).then(|| overrides.build())
    }

    pub(super) fn from_api(config: Option<TaskReportConfig>) -> Self {
        let config = config.unwrap_or_else(|| TaskReportConfig::builder().build());
        let level = config.report_level.unwrap_or(ReportLevel::ErrorsOnly);
        let destination = config.destination.and_then(|destination| destination.s3);
        let (bucket_arn, role_arn, prefix) = match destination {
            Some(s3) => {
                (s3.s3_bucket_arn, s3.bucket_access_role_arn, s3.subdirectory.unwrap_or_default())
            }
            None => (String::new(), String::new(), String::new()),
        };
        Self {
            bucket_arn,
            role_arn,
            prefix: as_folder(&prefix),
            output_type: config
                .output_type
                .unwrap_or(ReportOutputType::SummaryOnly)
                .as_str()
                .to_owned(),
            overrides: config
                .overrides
                .map(|overrides| that_differ(&level, overrides))
                .unwrap_or_default(),
            level: level.as_str().to_owned(),
            object_version_ids: config
                .object_version_ids
                .unwrap_or(ObjectVersionIds::None)
                .as_str()
                .to_owned(),
        }
    }
}

/// DataSync gives back the prefix with or without the slashes around it.
fn as_folder(prefix: &str) -> String {
    let folder = prefix.trim_matches('/');
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

/// DataSync drops overrides that are equal to the level, or returns them; both mean the same.
fn that_differ(level: &ReportLevel, overrides: ReportOverrides) -> Vec<String> {
    let all = [
        (TRANSFERRED, overrides.transferred),
        (VERIFIED, overrides.verified),
        (DELETED, overrides.deleted),
        (SKIPPED, overrides.skipped),
    ];
    let levels =
        all.into_iter().filter_map(|(report, own)| Some((report, own.and_then(own_level)?)));
    levels.filter(|(_, own)| own != level).map(|(report, own)| format!("{report}={own}")).collect()
}

fn own_level(own: ReportOverride) -> Option<ReportLevel> {
    own.report_level
}
