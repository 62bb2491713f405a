//! `iam-policy`: the least policy for a person or a CI role. Needs no credentials when the account is given.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;
use pipeline::names::Names;

use crate::access::Duty;
use crate::cli::{Global, IamPolicyArguments};
use crate::people::{self, LIMIT, NamedPolicy};
use crate::{output, place, settings};

pub(super) async fn run(global: &Global, arguments: &IamPolicyArguments) -> Result<ExitCode> {
    let config = settings::read(&global.config)?;
    let account = match &arguments.account {
        Some(account) => account.clone(),
        None => place::account_of(global, &config).await?,
    };
    let names = Names::new(&config.stack.name, &account, &config.stack.region);
    let (name, duties) = duties(arguments);
    let statements = people::statements(&duties, &config, &names);
    let policies = people::split(statements, &names.within_stack(name), LIMIT);
    if let [first, _, ..] = &policies[..] {
        output::progress(format!(
            "One managed policy holds {LIMIT} characters: make {} of these, `{}` and the others, and attach all of them.",
            policies.len(),
            first.name
        ));
    }
    output::data(global.output, &policies, text(&policies)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The end of the policy's name, and what it is for: without an argument everything.
fn duties(arguments: &IamPolicyArguments) -> (&'static str, Vec<Duty>) {
    match (arguments.deploy, arguments.operate, arguments.read_only) {
        (true, ..) => ("deploy", vec![Duty::Deploy]),
        (_, true, _) => ("operate", vec![Duty::Operate]),
        (.., true) => ("read-only", vec![Duty::ReadOnly]),
        _ => ("everything", vec![Duty::Deploy, Duty::Operate]),
    }
}

/// One policy alone, so that it can be sent to a file; several each under its name.
fn text(policies: &[NamedPolicy]) -> Result<String> {
    let mut text = String::new();
    for NamedPolicy { name, policy } in policies {
        if policies.len() > 1 {
            writeln!(text, "{name}:")?;
        }
        writeln!(text, "{}", serde_json::to_string_pretty(policy)?)?;
    }
    Ok(text)
}
