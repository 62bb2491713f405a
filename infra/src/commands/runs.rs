//! `runs`: lists the recorded executions, one line each.

use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;
use domain::point_in_time::parse_point_in_time;

use crate::cli::Global;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::runs::recorded;
use crate::ui::output;

/// The number of executions that are shown without `--since`.
const LAST: usize = 20;

pub(super) async fn run(global: &Global, since: Option<&str>) -> Result<ExitCode> {
    let now = Utc::now();
    let since = since
        .map(|text| parse_point_in_time(text, now))
        .transpose()
        .with_hint("give a time such as `--since '2 days ago'`")?;
    let context = StackContext::load_context(global).await?;
    context.require_outputs().await?;
    let found = match since {
        Some(moment) => recorded::runs_since(&context, moment).await?,
        None => recorded::newest_runs(&context, LAST).await?,
    };
    let text = if found.is_empty() {
        "no executions\n".to_owned()
    } else {
        recorded::runs_table(&found, now)?
    };
    output::print_data(global.output, &found, text)?;
    Ok(ExitCode::SUCCESS)
}
