//! `plan`: shows the changes that a deploy would make in both planes. Only reads.

use std::process::ExitCode;

use anyhow::Result;

use crate::account_heading::print_heading;
use crate::cli::{Global, PlanArguments};
use crate::context::StackContext;
use crate::deploy::plan::StackPlan;
use crate::ui::output;

pub(super) async fn run(global: &Global, arguments: &PlanArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    print_heading(&context).await;
    let planned = StackPlan::plan_stack(&context, &arguments.replace).await?;
    output::print_data(global.output, &planned, planned.plan_text())?;
    planned.require_applicable()?;
    let changes = arguments.detailed_exitcode && !planned.is_empty();
    Ok(if changes { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
