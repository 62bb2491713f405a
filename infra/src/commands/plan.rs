//! `plan`: shows the changes that a deploy would make in both planes. Only reads.

use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;

use crate::account_heading::print_heading;
use crate::cli::{Global, OutputFormat, PlanArguments};
use crate::context::StackContext;
use crate::deploy::plan::StackPlan;
use crate::deploy::plan_file::PlanFile;
use crate::deploy::plan_text::{Detail, plan_markdown, plan_text};
use crate::ui::output;

pub(super) async fn run(global: &Global, arguments: &PlanArguments) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    print_heading(&context).await;
    let planned = StackPlan::plan_stack(&context, &arguments.replace).await?;
    print_plan(global, arguments, &context, &planned)?;
    planned.require_applicable()?;
    if let Some(path) = &arguments.out {
        let (config, names) = (&context.config, context.names());
        let file = PlanFile::from_plan(&planned, config, names, &arguments.replace, Utc::now())?;
        file.write_file(path)?;
        output::print_progress(format!("The plan is in `{}`.", path.display()));
    }
    let changes = arguments.detailed_exitcode && !planned.is_empty();
    Ok(if changes { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

fn print_plan(
    global: &Global,
    arguments: &PlanArguments,
    context: &StackContext,
    planned: &StackPlan,
) -> Result<()> {
    let detail = if arguments.full { Detail::Fields } else { Detail::Resources };
    let names = context.names();
    let place = || format!("`{}`, account {}, {}", names.stack, names.account, names.region);
    match global.output {
        OutputFormat::Text => output::print_plan(&plan_text(planned, detail)),
        OutputFormat::Json => output::print_data(global.output, planned, ""),
        OutputFormat::Markdown => output::print_text(&plan_markdown(planned, &place())),
    }
}
