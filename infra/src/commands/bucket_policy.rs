//! `bucket-policy`: prints what the owner of a bucket in another account must allow. It changes
//! nothing, and needs no credentials when the account of the stack is given.

mod document;
mod text;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use domain::config::{ResolvedSync, StackConfig};
use domain::names::Names;
use domain::sync_name::SyncName;

use document::OwnerDuties;
use text::duties_text;

use crate::cli::{BucketPolicyArguments, Global};
use crate::context;
use crate::hint::WithHint;
use crate::load_config;
use crate::ui::output;

pub(super) async fn run(global: &Global, arguments: &BucketPolicyArguments) -> Result<ExitCode> {
    let config = load_config::load_config(&global.config)?;
    let sync = select_sync(&config, arguments.sync.as_ref())?;
    let account = match &arguments.account {
        Some(account) => account.clone(),
        None => context::account_of(global, &config).await?,
    };
    let names = Names::new(&config.stack.name, &account, &config.stack.region);
    let duties = OwnerDuties::of_sync(&config, &sync, &names, &arguments.principal);
    output::print_data(global.output, &duties, duties_text(&duties)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the sync of this name; without a name the only one.
fn select_sync(config: &StackConfig, name: Option<&SyncName>) -> Result<ResolvedSync> {
    let syncs = config.resolve_syncs();
    let all = config.sync_names().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (found, reason) = match name {
        Some(name) => (
            syncs.into_iter().find(|sync| sync.name == *name),
            format!("the stack has no sync `{name}`"),
        ),
        None => {
            let count = syncs.len();
            let only = syncs.into_iter().next().filter(|_| count == 1);
            (only, format!("the stack has {count} syncs, and each may have another bucket"))
        }
    };
    let missing = || anyhow!(reason);
    found.ok_or_else(missing).with_hint(format!("give one with `--sync`: {all}"))
}

#[cfg(test)]
mod tests;
