//! `iam-policy`: prints the least IAM policy for a person or a CI role. It needs no credentials
//! when the account is given.

pub(crate) mod duties;
mod resources;
pub(crate) mod split;
pub(crate) mod statements;

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Result;
use domain::names::Names;

use duties::Duty;
use split::{LIMIT, NamedPolicy, split_into_policies};

use crate::cli::{Global, IamPolicyArguments};
use crate::context;
use crate::load_config;
use crate::ui::output;

pub(super) async fn run(global: &Global, arguments: &IamPolicyArguments) -> Result<ExitCode> {
    let config = load_config::load_config(&global.config)?;
    let account = match &arguments.account {
        Some(account) => account.clone(),
        None => context::account_of(global, &config).await?,
    };
    let names = Names::new(&config.stack.name, &account, &config.stack.region);
    let (name, duties) = requested_duties(arguments);
    let statements = statements::statements_for_duties(&duties, &config, &names);
    let policies = split_into_policies(statements, &names.within_stack(name), LIMIT);
    announce_several(&policies);
    output::print_data(global.output, &policies, policies_text(&policies)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Tells that the statements do not fit into one policy.
fn announce_several(policies: &[NamedPolicy]) {
    if let [first, _, ..] = policies {
        output::print_progress(format!(
            "A managed policy holds at most {LIMIT} characters: create these {} policies (`{}` \
                and the following) and attach all of them.",
            policies.len(),
            first.name
        ));
    }
}

/// Returns the suffix of the policy name and the requested duties: all of them without an argument.
fn requested_duties(arguments: &IamPolicyArguments) -> (&'static str, Vec<Duty>) {
    match (arguments.deploy, arguments.operate, arguments.read_only) {
        (true, ..) => ("deploy", vec![Duty::Deploy]),
        (_, true, _) => ("operate", vec![Duty::Operate]),
        (.., true) => ("read-only", vec![Duty::ReadOnly]),
        _ => ("everything", vec![Duty::Deploy, Duty::Operate]),
    }
}

/// A single policy is printed alone, so that it can be written to a file; several are each printed
/// under their name.
fn policies_text(policies: &[NamedPolicy]) -> Result<String> {
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
    use crate::cli::{CliArguments, Command};

    fn parse_arguments(arguments: &[&str]) -> (Global, IamPolicyArguments) {
        let cli =
            CliArguments::try_parse_from(["efs-s3", "iam-policy"].iter().chain(arguments)).unwrap();
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
        for option in [&[][..], &["--deploy"], &["--operate"], &["--read-only"]] {
            let (global, arguments) = parse_arguments(
                &[&["--config", config, "--account", "111122223333"], option].concat(),
            );
            run(&global, &arguments).await.unwrap();
        }
    }

    #[test]
    fn one_task_at_a_time_and_without_one_everything() {
        assert!(
            CliArguments::try_parse_from(["efs-s3", "iam-policy", "--deploy", "--operate"])
                .is_err()
        );
        assert!(CliArguments::try_parse_from(["efs-s3", "iam-policy", "--account", "1"]).is_err());
        assert_eq!(
            requested_duties(&parse_arguments(&[]).1),
            ("everything", vec![Duty::Deploy, Duty::Operate])
        );
        assert_eq!(
            requested_duties(&parse_arguments(&["--read-only"]).1),
            ("read-only", vec![Duty::ReadOnly])
        );
    }

    #[test]
    fn one_policy_stands_alone_and_several_under_their_names() {
        let named =
            |name: &str| NamedPolicy { name: name.to_owned(), policy: serde_json::json!({}) };
        assert_eq!(policies_text(&[named("a")]).unwrap(), "{}\n");
        assert_eq!(policies_text(&[named("a"), named("a-2")]).unwrap(), "a:\n{}\na-2:\n{}\n");
    }
}
