//! What must survive a restart: locations, tasks, executions and tags of each account and region,
//! as plain data.
//!
//! Rule: a change is on disk before anybody is told of it.

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
pub use counters::{Counters, EnhancedCounters, FilesFailed, FoldersFailed, Listed};
pub use execution::{Execution, PhaseStatus, ReportResult, ResultDetail, Status};
pub use ids::hex17;
pub use location::{EfsLocation, Location, LocationKind, S3Location};
pub use options::{
    Atime, Kept, LogLevel, OnOff, Options, OverwriteMode, PreserveDeletedFiles,
    SecurityDescriptors, TransferMode, VerifyMode, Written,
};
pub use shapes::{
    Ec2Config, FilterRule, ManifestConfig, ManifestSource, ObjectVersionIds, OutputType,
    ReportDestination, ReportDestinationS3, ReportLevel, ReportOverride, ReportOverrides, S3Config,
    S3ManifestConfig, Tag, TaskReportConfig,
};
pub(crate) use store::replace_file;
pub use store::{Account, Place, Store, StoreError};
pub use task::Task;
