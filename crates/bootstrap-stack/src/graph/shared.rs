//! The resources and inputs that the syncs of a stack share.

use domain::config::StackConfig;
use domain::names::Names;
use domain::records::restored_directory::RestoredDirectory;
use reconciler::graph::ResourceId;
use reconciler::resources::datasync::task::TaskReport;

use super::placement::Placement;

/// The resources and inputs that every sync is built with.
pub(super) struct SharedResources<'a> {
    /// The configuration of the whole stack.
    pub stack: &'a StackConfig,
    pub names: &'a Names,
    pub placement: &'a Placement,
    pub datasync_group: &'a ResourceId,
    /// The resources that mounting the stack's own file system needs.
    pub mountable: &'a [ResourceId],
    pub source_role: ResourceId,
    pub report: TaskReport,
    /// The log group of tasks in Basic mode.
    pub log_group: ResourceId,
    /// The directories of restores, which no task copies.
    pub restored: Vec<RestoredDirectory>,
}
