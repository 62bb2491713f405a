//! `destroy`: the data plane through `bootstrap-stack`, then the control plane. Data stays unless asked for twice.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use aws_edge::SdkFailure;
use bootstrap_stack::{Outcome, data_plane};
use pipeline::function::Function;
use pipeline::request::{BootstrapAction, BootstrapRequest};
use serde::Serialize;
use stack::apply::{self, Applied};

use super::{desired_control_plane, outputs};
use crate::cli::{DestroyArguments, Global};
use crate::place::Place;
use crate::progress::Lines;
use crate::{invoke, output};

/// What became of the stack.
#[derive(Debug, Default, Serialize)]
struct Destroyed {
    deleted: Vec<String>,
    /// It holds data, and stays.
    kept: Vec<String>,
}

pub(super) async fn run(global: &Global, arguments: &DestroyArguments) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let name = &place.names().stack;
    confirm(arguments.yes.as_deref(), name, "This removes the stack; its data stays.", "--yes")?;
    if arguments.delete_data {
        let question = "This also deletes the file system, the destination bucket and the records, every version.";
        confirm(arguments.yes_delete_data.as_deref(), name, question, "--yes-delete-data")?;
    }
    let mut destroyed = Destroyed::default();
    // Read now: destroying the data plane removes the outputs, and the rule on the task must go all the same.
    let outputs = outputs(&place).await?;
    output::progress("data plane");
    destroy_data_plane(&place, arguments.delete_data, &mut destroyed).await?;
    output::progress("control plane");
    let graph = desired_control_plane(&place, outputs.as_ref())?;
    destroyed.add(&apply::destroy(&place.aws, &graph, arguments.delete_data, &Lines, None).await?);
    output::data(global.output, &destroyed, text(&destroyed))?;
    Ok(ExitCode::SUCCESS)
}

/// By the function that made it; by ourselves where that is gone already.
async fn destroy_data_plane(place: &Place, delete_data: bool, destroyed: &mut Destroyed) -> Result<()> {
    if !bootstrap_stack_exists(place).await? {
        let graph = data_plane(&place.config, place.names());
        destroyed.add(&apply::destroy(&place.aws, &graph, delete_data, &Lines, None).await?);
        return Ok(());
    }
    let request = BootstrapRequest { action: BootstrapAction::Destroy, delete_data };
    let outcome = invoke::invoke(place, Function::BootstrapStack, &request).await?;
    let Outcome::Destroyed { deleted, kept, log } = outcome else {
        bail!("bootstrap-stack answered another request: {outcome:?}");
    };
    log.iter().for_each(|line| output::progress(format!("  {line}")));
    destroyed.deleted.extend(deleted);
    destroyed.kept.extend(kept);
    Ok(())
}

async fn bootstrap_stack_exists(place: &Place) -> Result<bool> {
    let name = place.names().function(Function::BootstrapStack);
    match place.aws.lambda.get_function_configuration().function_name(&name).send().await {
        Ok(_) => Ok(true),
        Err(error) => {
            let failure = SdkFailure::from(error);
            let absent = failure.is(&["ResourceNotFoundException"]);
            if absent { Ok(false) } else { Err(failure).with_context(|| format!("reading the function `{name}`")) }
        }
    }
}

/// The stack's name, given or typed, is what confirms.
fn confirm(given: Option<&str>, name: &str, question: &str, flag: &str) -> Result<()> {
    let typed = match given {
        Some(given) => given.to_owned(),
        None if io::stdin().is_terminal() => {
            output::progress(format!("{question} Type the stack's name, `{name}`, to go on:"));
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).context("reading the answer")?;
            line.trim().to_owned()
        }
        None => bail!("destroying `{name}` needs a confirmation: type it on a terminal, or give `{flag} {name}`"),
    };
    if typed == name {
        return Ok(());
    }
    bail!("`{typed}` is not the stack's name, `{name}`; nothing was destroyed")
}

impl Destroyed {
    fn add(&mut self, applied: &Applied) {
        self.deleted.extend(applied.plan.deleted());
        self.kept.extend(applied.plan.kept());
    }
}

fn text(destroyed: &Destroyed) -> String {
    let mut text = format!("Destroyed {} resources.\n", destroyed.deleted.len());
    if !destroyed.kept.is_empty() {
        text.push_str("Kept, because it holds data:\n");
        text.extend(destroyed.kept.iter().flat_map(|kept| ["  ", kept, "\n"]));
    }
    text
}
