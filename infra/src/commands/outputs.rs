//! `outputs`: prints the ids, names and ARNs of the stack.

mod blocks;

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use domain::records::outputs::Outputs;
use domain::sync_name::SyncName;

use crate::cli::{Global, SyncSelection};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::sync_selection::{Unselected, select_syncs};
use crate::ui::output;

pub(super) async fn run(global: &Global, selection: &SyncSelection) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.read_outputs().await?;
    let nothing = || {
        anyhow!(
            "the stack `{}` has no outputs: it is not deployed, or its first deploy did not \
                complete",
            context.names().stack
        )
    };
    let outputs = outputs.ok_or_else(nothing).with_hint("run `efs-s3 deploy`")?;
    let deployed: Vec<SyncName> = outputs.each_sync().map(|one| one.sync.clone()).collect();
    let selected = select_syncs(&deployed, selection, Unselected::All)?;
    let text = blocks::outputs_text(&outputs, &selected)?;
    match selected.as_slice() {
        [only] if deployed.len() > 1 => {
            let one = outputs.of_sync(only).cloned();
            let one = one.map(|one| Outputs { other_syncs: Vec::new(), ..one });
            output::print_data(global.output, &one, text)?;
        }
        _ => output::print_data(global.output, &outputs, text)?,
    }
    Ok(ExitCode::SUCCESS)
}
