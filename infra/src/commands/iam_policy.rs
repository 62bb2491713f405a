//! `iam-policy`: the least policy for a person or a CI role. Needs no credentials when the account
//! is given.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;
use domain::names::Names;

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
            "One managed policy holds {LIMIT} characters: make {} of these, `{}` and the others, \
                and attach all of them.",
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

#[cfg(test)]
mod tests {
    use clap::Parser;
    use domain::config::{TemplateValues, render_template};

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[&str]) -> (Global, IamPolicyArguments) {
        let cli = Cli::try_parse_from(["efs-s3", "iam-policy"].iter().chain(arguments)).unwrap();
        let Command::IamPolicy(arguments) = cli.command else { panic!("{:?}", cli.command) };
        (cli.global, arguments)
    }

    #[tokio::test]
    async fn a_configuration_and_an_account_are_enough() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("stack.toml");
        std::fs::write(
            &path,
            render_template(&TemplateValues { stack_name: "backup", region: "eu-central-1" }),
        )
        .unwrap();
        let config = path.to_str().unwrap();
        for task in [&[][..], &["--deploy"], &["--operate"], &["--read-only"]] {
            let (global, arguments) =
                parsed(&[&["--config", config, "--account", "111122223333"], task].concat());
            run(&global, &arguments).await.unwrap();
        }
    }

    #[test]
    fn one_task_at_a_time_and_without_one_everything() {
        assert!(Cli::try_parse_from(["efs-s3", "iam-policy", "--deploy", "--operate"]).is_err());
        assert!(Cli::try_parse_from(["efs-s3", "iam-policy", "--account", "1"]).is_err());
        assert_eq!(duties(&parsed(&[]).1), ("everything", vec![Duty::Deploy, Duty::Operate]));
        assert_eq!(duties(&parsed(&["--read-only"]).1), ("read-only", vec![Duty::ReadOnly]));
    }

    #[test]
    fn one_policy_stands_alone_and_several_under_their_names() {
        let named =
            |name: &str| NamedPolicy { name: name.to_owned(), policy: serde_json::json!({}) };
        assert_eq!(text(&[named("a")]).unwrap(), "{}\n");
        assert_eq!(text(&[named("a"), named("a-2")]).unwrap(), "a:\n{}\na-2:\n{}\n");
    }
}
