//! The two locations of a task, found wherever they are.

use domain::arn::Arn;

use crate::engine::failure::ExecutionFailure;
use crate::engine::settings::CopyDirection;
use crate::state::{
    AccountRegion, EfsLocation, LocationKind, S3Location, Store, StoredLocation, StoredTask,
};

/// The two locations of a task. One of them may be in another Region than the task (DataSync User
/// Guide, "Supported transfers between AWS Regions").
#[derive(Clone, Debug)]
pub struct TaskLocations {
    pub(crate) direction: CopyDirection,
    pub(crate) efs: EfsLocation,
    pub(crate) s3: S3Location,
    /// The account, and the Region of the S3 location, in which its bucket is reached.
    pub(crate) s3_region: AccountRegion,
}

impl TaskLocations {
    /// Finds both locations.
    ///
    /// # Errors
    /// [`ExecutionFailure`] when one of them is gone, or the pair is not supported locally.
    pub fn find(
        store: &Store,
        account_region: &AccountRegion,
        task: &StoredTask,
    ) -> Result<Self, ExecutionFailure> {
        let find = |arn: &str| store.find_location(&account_region.account, arn);
        let (source, destination) =
            (find(&task.source_location_arn), find(&task.destination_location_arn));
        match (source, destination) {
            (Some(source), Some(destination)) => Self::of_pair(account_region, source, destination),
            _ => None,
        }
        .ok_or_else(unsupported_pair)
    }

    fn of_pair(
        account_region: &AccountRegion,
        source: StoredLocation,
        destination: StoredLocation,
    ) -> Option<Self> {
        let (direction, efs, s3, s3_arn) = match (source.kind, destination.kind) {
            (LocationKind::Efs(efs), LocationKind::S3(s3)) => {
                (CopyDirection::Backup, efs, s3, destination.arn)
            }
            (LocationKind::S3(s3), LocationKind::Efs(efs)) => {
                (CopyDirection::Restore, efs, s3, source.arn)
            }
            _ => return None,
        };
        let s3_region = account_region.in_region(Arn::parse(&s3_arn)?.region);
        Some(Self { direction, efs, s3, s3_region })
    }
}

fn unsupported_pair() -> ExecutionFailure {
    let detail = "Task execution failed: a location is gone, or the pair is not supported locally.";
    ExecutionFailure { code: "LocationUnsupported", detail: detail.to_owned() }
}
