//! One sync as the commands see it: the stack with the sections of this sync alone, its outputs,
//! and its destination bucket.

use anyhow::{Result, anyhow};
use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;

use crate::cli::SyncSelection;
use crate::context::StackContext;
use crate::hint::{WithHint, hinted_error};
use crate::runs::destination_bucket::DestinationBucket;
use crate::sync_selection::{Unselected, select_sync, select_syncs};

/// One sync of a deployed stack.
#[derive(Clone, Debug)]
pub(crate) struct SyncView {
    /// The stack; the sections of its configuration are those of the sync.
    pub context: StackContext,
    /// The outputs of the sync.
    pub outputs: Outputs,
    /// The argument that selects the sync, with a space before it: ` --sync home`. Empty in a stack
    /// with one sync.
    pub argument: String,
}

impl SyncView {
    pub(crate) fn name(&self) -> &SyncName {
        &self.outputs.sync
    }

    /// The sync for a request to a function; `None` in a stack with one sync.
    pub(crate) fn requested_sync(&self) -> Option<SyncName> {
        (!self.argument.is_empty()).then(|| self.name().clone())
    }

    pub(crate) fn destination_bucket(&self) -> DestinationBucket {
        DestinationBucket {
            s3: self.context.s3_of_region(self.outputs.bucket_region()),
            name: self.outputs.destination_bucket.clone(),
            prefix: self.outputs.destination_prefix.clone(),
            owner: self.outputs.destination_account.clone(),
        }
    }
}

/// Returns the argument that selects a sync in this stack, with a space before it.
pub(crate) fn sync_argument(context: &StackContext, sync: &SyncName) -> String {
    match context.config.sync_names().len() {
        1 => String::new(),
        _ => format!(" --sync {sync}"),
    }
}

/// Returns the views of the selected syncs.
///
/// # Errors
/// When the selection is refused, or a selected sync is not deployed.
pub(crate) async fn read_views(
    context: &StackContext,
    selection: &SyncSelection,
    unselected: Unselected,
) -> Result<Vec<SyncView>> {
    let names = select_syncs(&context.config.sync_names(), selection, unselected)?;
    let outputs = context.require_outputs().await?;
    names.iter().map(|name| view_of_sync(context, &outputs, name)).collect()
}

/// Returns the view of the named sync, or of the only one.
///
/// # Errors
/// When there is no such sync, or it is not deployed.
pub(crate) async fn read_view(context: &StackContext, name: Option<&str>) -> Result<SyncView> {
    view_in_outputs(context, &context.require_outputs().await?, name)
}

/// Returns the same by the outputs of the stack.
pub(crate) fn view_in_outputs(
    context: &StackContext,
    outputs: &Outputs,
    name: Option<&str>,
) -> Result<SyncView> {
    view_of_sync(context, outputs, &select_sync(&context.config.sync_names(), name)?)
}

/// Returns the view of a sync by the outputs of the stack.
fn view_of_sync(context: &StackContext, outputs: &Outputs, name: &SyncName) -> Result<SyncView> {
    let config = context.config.of_sync(name);
    let config = config.ok_or_else(|| anyhow!("stack.toml has no sync `{name}`"));
    let config = config.with_hint("its records stay: `efs-s3 runs` lists its executions")?;
    let of_sync = outputs.of_sync(name).ok_or_else(|| not_deployed(name))?;
    Ok(SyncView {
        context: context.with_config(config),
        outputs: Outputs { other_syncs: Vec::new(), ..of_sync.clone() },
        argument: sync_argument(context, name),
    })
}

fn not_deployed(name: &SyncName) -> anyhow::Error {
    let error = anyhow!("the sync `{name}` is in stack.toml, but not deployed yet");
    hinted_error(error, "run `efs-s3 deploy`")
}
