//! `plan`: what deploy would do, in both planes. Only reads.

use std::process::ExitCode;

use anyhow::Result;
use bootstrap_stack::data_plane;
use serde::Serialize;
use stack::graph::Graph;
use stack::observe::observe;
use stack::plan::{self, Plan};
use stack::{Aws, render};

use super::{desired_control_plane, outputs};
use crate::cli::Global;
use crate::output;
use crate::place::Place;

/// What deploy would do.
#[derive(Debug, Serialize)]
struct Plans {
    control_plane: Plan,
    data_plane: Plan,
}

pub(super) async fn run(global: &Global, detailed_exitcode: bool) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let outputs = outputs(&place).await?;
    let plans = Plans {
        control_plane: of(&place.aws, &desired_control_plane(&place, outputs.as_ref())?).await?,
        data_plane: of(&place.aws, &data_plane(&place.config, place.names())).await?,
    };
    let text = format!(
        "Control plane (made by efs-s3):\n{}\nData plane (made by bootstrap-stack):\n{}",
        render::plan(&plans.control_plane),
        render::plan(&plans.data_plane)
    );
    output::data(global.output, &plans, text)?;
    let blocked = !plans.control_plane.blocked().is_empty() || !plans.data_plane.blocked().is_empty();
    let empty = plans.control_plane.is_empty() && plans.data_plane.is_empty() && outputs.is_some();
    Ok(match (blocked, detailed_exitcode && !empty) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(2),
        (false, false) => ExitCode::SUCCESS,
    })
}

async fn of(aws: &Aws, graph: &Graph) -> Result<Plan> {
    Ok(plan::plan(graph, &observe(aws, graph).await?))
}
