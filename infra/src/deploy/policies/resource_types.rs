//! Compares each granted action with its resource types in AWS. AWS ignores a wrong pair: an action
//! without a resource type is denied whatever ARN it is granted on.

mod table;

use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::names::Names;
use reconciler::resources::Resource;
use serde_json::Value;

use self::table::TYPES;
use crate::deploy::deployed_syncs::DeployedSyncs;

/// Returns the actions that a granted one covers, with the resource types of each.
fn types_of(granted: &str) -> Vec<(String, &'static [&'static str])> {
    let matching = |action: &str| match granted.strip_suffix('*') {
        Some(beginning) => action.starts_with(beginning),
        None => action == granted,
    };
    let rows = TYPES.iter().flat_map(|(service, arns, actions)| {
        actions.split_whitespace().map(move |action| (format!("{service}:{action}"), *arns))
    });
    rows.filter(|(action, _)| matching(action)).collect()
}

/// Whether a text matches both patterns: the resource of a policy, where `*` is anything, and the
/// ARN of a type.
fn patterns_overlap(resource: &[u8], arn: &[u8]) -> bool {
    match (resource, arn) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            patterns_overlap(rest, arn)
                || !arn.is_empty() && patterns_overlap(resource, rest_after(arn))
        }
        (_, [b'*', b'*', rest @ ..]) => {
            patterns_overlap(resource, rest)
                || !resource.is_empty() && patterns_overlap(&resource[1..], arn)
        }
        (_, [b'*', rest @ ..]) => {
            let part = resource.first().is_some_and(|byte| !b"/:".contains(byte));
            patterns_overlap(resource, rest) || part && patterns_overlap(&resource[1..], arn)
        }
        ([one, resource @ ..], [other, arn @ ..]) => {
            one == other && patterns_overlap(resource, arn)
        }
        _ => false,
    }
}

/// Returns the pattern after its first character or wildcard.
fn rest_after(arn: &[u8]) -> &[u8] {
    match arn {
        [b'*', b'*', rest @ ..] | [_, rest @ ..] => rest,
        [] => arn,
    }
}

fn is_of(resource: &str, service: &str, arns: &[&str]) -> bool {
    let Some((_, rest)) = resource.strip_prefix("arn:").and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    arns.iter().any(|arn| patterns_overlap(rest.as_bytes(), format!("{service}:{arn}").as_bytes()))
}

fn text_items(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        list => list.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    }
}

/// Returns the wrong pairs of action and resource in a statement.
fn statement_errors(statement: &Value) -> Vec<String> {
    let (actions, resources) =
        (text_items(&statement["Action"]), text_items(&statement["Resource"]));
    let anything = resources == ["*"];
    let mut wrong = Vec::new();
    let mut useful = vec![false; resources.len()];
    for granted in actions {
        let types = types_of(granted);
        if types.is_empty() {
            wrong.push(format!("{granted} is not in the table of resource types"));
        }
        for (action, arns) in types {
            let service = action.split(':').next().unwrap_or_default();
            if arns.is_empty() {
                // A wildcard may cover such an action too, which it then does not grant.
                if !anything && !granted.contains('*') {
                    wrong
                        .push(format!("{action} takes no resource: it must be granted on * alone"));
                }
                continue;
            }
            let verb = |verb: &str| action.contains(&format!(":{verb}"));
            let reads = verb("Describe") || verb("Get") || verb("List");
            if anything && !reads && statement.get("Condition").is_none() {
                wrong.push(format!(
                    "{action} changes what has an ARN: * without a condition is too much"
                ));
            }
            let matches: Vec<bool> =
                resources.iter().map(|resource| is_of(resource, service, arns)).collect();
            if !anything && !matches.contains(&true) {
                wrong.push(format!("{action} is granted on none of {arns:?}"));
            }
            useful.iter_mut().zip(matches).for_each(|(useful, matches)| *useful |= matches);
        }
    }
    let useless = resources.iter().zip(useful).filter(|(_, useful)| !anything && !useful);
    wrong.extend(
        useless.map(|(resource, _)| format!("{resource} is of no type that the actions take")),
    );
    wrong
}

/// Returns the errors of a policy, each with the name of the statement.
pub(crate) fn policy_errors(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    statements
        .flat_map(|statement| {
            statement_errors(statement)
                .into_iter()
                .map(|text| format!("{}: {text}", statement["Sid"]))
        })
        .collect()
}

/// Returns the inline policies of every role of both planes. References stand for ids that AWS
/// chooses.
fn all_policies(config: &StackConfig, names: &Names) -> Vec<(String, Value)> {
    let functions = FunctionName::ALL.into_iter().map(|function| {
        (
            function.name().to_owned(),
            super::function_policy(function, config, names, &DeployedSyncs::default()),
        )
    });
    let data_sources = super::bootstrap_stack::tests::test_data_sources();
    let graph = bootstrap_stack::data_plane(config, names, &data_sources);
    let roles = graph.nodes().filter_map(|node| match &node.resource {
        Resource::Role(role) => Some((role.name.clone(), role.policy.clone())),
        _ => None,
    });
    functions.chain(roles).collect()
}

#[test]
fn every_granted_action_takes_the_resources_it_is_granted_on() {
    let names = Names::new("backup", "111122223333", "eu-central-1");
    for config in [
        super::bootstrap_stack::tests::smallest_config(),
        super::bootstrap_stack::tests::largest_config(),
    ] {
        let policies = all_policies(&config, &names);
        assert!(policies.len() >= 9, "{}", policies.len());
        for (role, policy) in policies {
            let text = policy.to_string();
            // The file system's ARN is known when it is there.
            let known = text.replace("${file-system.arn}", &names.file_system_arn("fs-1"));
            assert_eq!(
                policy_errors(&serde_json::from_str(&known).unwrap()),
                Vec::<String>::new(),
                "{role}"
            );
        }
    }
}

const TASKS: &str = "arn:aws:datasync:eu-central-1:111122223333:task/*";
const BUCKET: &str = "arn:aws:s3:::backup-data";

/// Granted actions with the resource, and the number of errors that they contain.
const PAIRS: [(&str, &str, usize); 12] = [
    ("datasync:ListTaskExecutions", TASKS, 2),
    ("datasync:ListTaskExecutions", "*", 0),
    ("datasync:StartTaskExecution", TASKS, 0),
    (
        "datasync:StartTaskExecution",
        "arn:aws:datasync:eu-central-1:111122223333:task/*/execution/*",
        2,
    ),
    (
        "elasticfilesystem:CreateFileSystem",
        "arn:aws:elasticfilesystem:eu-central-1:111122223333:*",
        2,
    ),
    ("s3:GetObject", BUCKET, 2),
    ("s3:GetObject", "arn:aws:s3:::backup-data/*", 0),
    ("s3:ListBucket", "arn:aws:s3:::backup-data/*", 2),
    ("s3:GetBucket*", BUCKET, 0),
    ("lambda:InvokeFunction", BUCKET, 2),
    ("lambda:DeleteFunction", "*", 1),
    ("iam:Misspelt", "*", 1),
];

#[test]
fn a_wrong_pair_is_found() {
    let found = |action: &str, resource: &str| {
        statement_errors(&serde_json::json!({ "Action": [action], "Resource": [resource] })).len()
    };
    for (action, resource, expected) in PAIRS {
        assert_eq!(found(action, resource), expected, "{action} on {resource}");
    }
}
