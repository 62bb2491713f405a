//! The state that survives a restart: locations, tasks, executions and tags of each account and
//! region, as plain data.
//!
//! Rule: a change is on disk before it is visible to anybody.

mod clock;
mod counters;
mod execution;
mod ids;
mod location;
mod options;
mod shapes;
mod store;
mod task;

pub use clock::{iso_millis, now_seconds};
pub use counters::{EnhancedCounters, ExecutionCounters, FilesFailed, FoldersFailed, ListedCounts};
pub(crate) use execution::task_arn_of;
pub use execution::{ExecutionStatus, PhaseStatus, ResultDetail, TaskExecution, TaskReportResult};
pub use ids::random_hex17;
pub use location::{EfsLocation, LocationKind, S3Location, StoredLocation};
pub use options::{
    Atime, LogLevel, OnOff, Options, OverwriteMode, OwnerOption, PreserveDeletedFiles,
    PreserveOption, SecurityDescriptors, TransferMode, VerifyMode,
};
pub use shapes::{
    Ec2Config, FilterRule, ManifestConfig, ManifestSource, ObjectVersionIds, OutputType,
    ReportDestination, ReportDestinationS3, ReportLevel, ReportOverride, ReportOverrides, S3Config,
    S3ManifestConfig, Tag, TaskReportConfig,
};
pub(crate) use store::replace_file;
pub use store::{AccountRegion, AccountState, Store, StoreError};
pub use task::StoredTask;
