//! The syncs of the stack as this function sees them, and the one that a request is about. Pure.

use domain::config::StackConfig;
use domain::limits::Limits;
use domain::records::outputs::Outputs;
use domain::request::StartRequest;
use domain::sync_name::SyncName;

use crate::error::StartError;
use crate::input::{RequestedStart, StartInputError};

/// One deployed sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncToStart {
    pub name: SyncName,
    /// The configuration with the sections of this sync; absent before the first deploy, and for a
    /// sync that is about to be removed.
    pub config: Option<StackConfig>,
    pub limits: Limits,
    pub outputs: Outputs,
}

/// Every deployed sync, in the order of the configuration; never empty.
pub(crate) fn view_syncs(config: Option<&StackConfig>, outputs: &Outputs) -> Vec<SyncToStart> {
    let view = |outputs: &Outputs| {
        let config = config.and_then(|config| config.of_sync(&outputs.sync));
        let limits = config.as_ref().map(|config| Limits::from_config(&config.limits));
        SyncToStart {
            name: outputs.sync.clone(),
            config,
            limits: limits.unwrap_or_default(),
            outputs: outputs.clone(),
        }
    };
    outputs.each_sync().map(view).collect()
}

/// A start, and its sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResolvedStart<'a> {
    /// The request has the slot and the name of the sync.
    Of(&'a SyncToStart, StartRequest),
    /// The stack has no such sync any more: the event or the retry is late.
    Removed(SyncName, StartRequest),
}

/// Resolves the sync of a requested start.
pub(crate) fn resolve_sync<'a>(
    requested: &RequestedStart,
    config: Option<&StackConfig>,
    syncs: &'a [SyncToStart],
) -> Result<ResolvedStart<'a>, StartError> {
    check_head_of_slot(requested, syncs)?;
    let name = requested_name(requested, syncs)?;
    let request = StartRequest {
        slot: name.slot(&requested.request.slot),
        ..requested.request.clone().of_sync(&name)
    };
    if let Some(view) = syncs.iter().find(|view| view.name == name) {
        return Ok(ResolvedStart::Of(view, request));
    }
    if config.is_some_and(|config| config.of_sync(&name).is_some()) {
        return Err(StartError::NotDeployed);
    }
    match requested.is_by_person() {
        true => Err(StartError::UnknownSync { name, syncs: list_names(syncs) }),
        false => Ok(ResolvedStart::Removed(name, request)),
    }
}

/// The name of the sync: that of the rule or of the request, otherwise the only one.
fn requested_name(
    requested: &RequestedStart,
    syncs: &[SyncToStart],
) -> Result<SyncName, StartError> {
    match (&requested.request.sync, syncs) {
        (Some(name), _) => Ok(name.clone()),
        (None, _) if requested.by_schedule => Ok(SyncName::default()),
        (None, [only]) => Ok(only.name.clone()),
        (None, _) => Err(StartError::NoSyncNamed { syncs: list_names(syncs) }),
    }
}

/// Refuses a slot that reads as one of another sync: both would have one record.
fn check_head_of_slot(requested: &RequestedStart, syncs: &[SyncToStart]) -> Result<(), StartError> {
    let slot = &requested.request.slot;
    let Some((head, _)) = slot.split_once('.') else { return Ok(()) };
    match syncs.iter().find(|view| !view.name.is_default() && view.name.as_str() == head) {
        None => Ok(()),
        Some(view) => {
            Err(StartInputError::SlotOfSync { slot: slot.clone(), sync: view.name.clone() }.into())
        }
    }
}

fn list_names(syncs: &[SyncToStart]) -> String {
    let names: Vec<String> = syncs.iter().map(|view| format!("`{}`", view.name)).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
