//! The syncs that the arguments of a command select. Pure.

use anyhow::{Result, anyhow};
use domain::similar_name::find_similar;
use domain::sync_name::SyncName;

use crate::cli::SyncSelection;
use crate::hint::hinted_error;

/// The number of names that an error lists.
const SHOWN: usize = 20;

/// The selection where a stack has several syncs and the arguments name none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unselected {
    /// All syncs: the command only shows something.
    All,
    /// An error that lists them: the command changes something.
    Refused,
}

/// Returns the selected syncs, in the order of the configuration. `configured` is never empty.
pub(crate) fn select_syncs(
    configured: &[SyncName],
    selection: &SyncSelection,
    unselected: Unselected,
) -> Result<Vec<SyncName>> {
    let unknown = selection.names.iter().find(|name| !is_configured(configured, name));
    if let Some(name) = unknown {
        return Err(unknown_sync(configured, name));
    }
    let is_named = |sync: &&SyncName| selection.names.iter().any(|name| name == sync.as_str());
    match selection.names.is_empty() {
        false => Ok(configured.iter().filter(is_named).cloned().collect()),
        true if selection.all || configured.len() == 1 || unselected == Unselected::All => {
            Ok(configured.to_vec())
        }
        true => Err(none_selected(configured, "with `--sync NAME`, several of them, or `--all`")),
    }
}

/// Returns the named sync, or the only one.
pub(crate) fn select_sync(configured: &[SyncName], name: Option<&str>) -> Result<SyncName> {
    match (name, configured) {
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(none_selected(configured, "with `--sync NAME`")),
        (Some(name), _) => {
            let found = configured.iter().find(|sync| sync.as_str() == name);
            found.cloned().ok_or_else(|| unknown_sync(configured, name))
        }
    }
}

fn is_configured(configured: &[SyncName], name: &str) -> bool {
    configured.iter().any(|sync| sync.as_str() == name)
}

fn none_selected(configured: &[SyncName], how: &str) -> anyhow::Error {
    let (count, names) = (configured.len(), list_names(configured));
    let error = anyhow!("no sync is selected; the stack has {count}: {names}");
    hinted_error(error, format!("select one {how}"))
}

fn unknown_sync(configured: &[SyncName], name: &str) -> anyhow::Error {
    let error = anyhow!("the stack has no sync `{name}`; it has {}", list_names(configured));
    let hint = match find_similar(name, configured.iter().map(SyncName::as_str)) {
        Some(similar) => format!("give `--sync {similar}` if that is meant"),
        None => "correct `--sync`, or add a `[[sync]]` entry of this name to stack.toml and run \
            `efs-s3 deploy`"
            .to_owned(),
    };
    hinted_error(error, hint)
}

fn list_names(configured: &[SyncName]) -> String {
    let shown: Vec<&str> = configured.iter().take(SHOWN).map(SyncName::as_str).collect();
    match configured.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
