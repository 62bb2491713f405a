//! The checks of a task's two locations: their Regions, their types, and the options between them.

use domain::arn::Arn;

use super::{ApiError, option_rules};
use crate::app::DataSyncApp;
use crate::state::{AccountRegion, LocationKind, Options, StoredLocation, StoredTask};

/// The two locations of a task that exist and may be combined.
pub(super) struct LocationPair {
    source: LocationKind,
    destination: LocationKind,
}

impl LocationPair {
    /// Finds the locations of a task in the Regions of their ARNs.
    pub(super) fn find(
        app: &DataSyncApp,
        account_region: &AccountRegion,
        task: &StoredTask,
    ) -> Result<Self, ApiError> {
        let find = |arn: &str| {
            let found = app.store.find_location(&account_region.account, arn);
            found.ok_or_else(|| ApiError::not_found("Location", arn))
        };
        let pair = [find(&task.source_location_arn)?, find(&task.destination_location_arn)?];
        check_regions(&account_region.region, &pair)?;
        let [source, destination] = pair.map(|location| location.kind);
        Ok(Self { source, destination })
    }

    /// Checks that the engine can run a task between the locations with these options.
    pub(super) fn check_options(&self, options: &Options, task_mode: &str) -> Result<(), ApiError> {
        let storage_class = match (&self.source, &self.destination) {
            (LocationKind::Efs(_), LocationKind::S3(s3)) => s3.storage_class.as_str(),
            (LocationKind::S3(_), LocationKind::Efs(_)) => "STANDARD",
            _ => {
                return Err(ApiError::invalid_request(
                    "Only transfers between EFS and S3 are supported locally.",
                ));
            }
        };
        option_rules::check_options(options, task_mode, storage_class)
    }
}

/// Refuses a task with both locations in other Regions: "one of the two locations must be in the
/// Region where you're using DataSync" (User Guide, "Supported transfers between AWS Regions"). The
/// wording of the refusal is ours.
fn check_regions(task_region: &str, pair: &[StoredLocation; 2]) -> Result<(), ApiError> {
    let region = |location: &StoredLocation| {
        Arn::parse(&location.arn).is_some_and(|arn| arn.region == task_region)
    };
    if pair.iter().any(region) {
        return Ok(());
    }
    Err(ApiError::invalid_request(format!(
        "Locations {} and {} are in other Regions: one of them must be in {task_region}.",
        pair[0].id(),
        pair[1].id()
    )))
}
