//! Privilege escalations from a policy that creates roles to the rights of an administrator. A
//! permissions boundary denies them.

use domain::config::{StackConfig, TemplateValues, parse, render_template};
use domain::function::FunctionName;
use domain::names::Names;
use serde_json::{Value, json};

use super::evaluator::{Request, evaluate_requests};
use super::function_policy;
use crate::commands::iam_policy::duties::Duty;
use crate::commands::iam_policy::statements;
use crate::deploy::deployed_syncs::DeployedSyncs;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/teams/storage/permissions-boundary";
const ANOTHER: &str = "arn:aws:iam::111122223333:policy/anything";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const MANAGED: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

fn test_names() -> Names {
    Names::new("backup", ACCOUNT, REGION)
}

fn template_config(boundary: Option<&str>) -> StackConfig {
    let mut config =
        parse(&render_template(&TemplateValues { stack_name: "backup", region: REGION })).unwrap();
    config.stack.permissions_boundary_arn = boundary.map(str::to_owned);
    config
}

fn bootstrap_stack(boundary: Option<&str>) -> Value {
    json!({ "permissions": function_policy(FunctionName::BootstrapStack,
        &template_config(boundary), &test_names(), &DeployedSyncs::default()) })
}

fn deployer_policies(boundary: Option<&str>) -> Value {
    let statements = statements::statements_for_duties(
        &[Duty::Deploy],
        &template_config(boundary),
        &test_names(),
    );
    json!({ "deploy": { "Version": "2012-10-17", "Statement": statements } })
}

/// Returns the context of a request that sets this boundary, or concerns a role that has it.
fn boundary_context(boundary: &str) -> Value {
    json!({ "iam:PermissionsBoundary": boundary })
}

fn attach_context(policy: &str, boundary: Option<&str>) -> Value {
    match boundary {
        Some(boundary) => json!({ "iam:PolicyARN": policy, "iam:PermissionsBoundary": boundary }),
        None => json!({ "iam:PolicyARN": policy }),
    }
}

/// Returns the verdicts on rows of action, resource and context.
fn evaluate_rows(policies: &Value, rows: &[(&str, String, Value)]) -> Vec<bool> {
    let requests: Vec<_> = rows
        .iter()
        .map(|(action, resource, context)| Request {
            action,
            resource,
            context: context.clone(),
            policies: policies.clone(),
            boundary: Value::Null,
        })
        .collect();
    evaluate_requests(ACCOUNT, REGION, &requests)
}

const ADMINISTRATOR_ROLE: &str = "arn:aws:iam::111122223333:role/administrator";

/// Returns requests that give a role more than the boundary allows.
fn escalation_requests(role: &str) -> Vec<(&'static str, String, Value)> {
    let on = |action, context| (action, role.to_owned(), context);
    let none = || json!({});
    vec![
        on("iam:CreateRole", none()),
        on("iam:CreateRole", boundary_context(ANOTHER)),
        on("iam:PutRolePolicy", none()),
        on("iam:PutRolePolicy", boundary_context(ANOTHER)),
        on("iam:PutRolePermissionsBoundary", boundary_context(ANOTHER)),
        on("iam:DeleteRolePermissionsBoundary", boundary_context(BOUNDARY)),
        on("iam:UpdateAssumeRolePolicy", none()),
        on("iam:AttachRolePolicy", attach_context(MANAGED, None)),
        on("iam:AttachRolePolicy", attach_context(ADMINISTRATOR, Some(BOUNDARY))),
        ("iam:CreateRole", ADMINISTRATOR_ROLE.to_owned(), boundary_context(BOUNDARY)),
        ("iam:PutRolePolicy", ADMINISTRATOR_ROLE.to_owned(), boundary_context(BOUNDARY)),
        ("iam:CreatePolicyVersion", BOUNDARY.to_owned(), none()),
        ("iam:CreateUser", "arn:aws:iam::111122223333:user/another".to_owned(), none()),
        ("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/another".to_owned(), none()),
    ]
}

/// Returns the requests that a stack needs, all within the boundary.
fn needed_requests(role: &str) -> Vec<(&'static str, String, Value)> {
    let actions = [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
    ];
    actions.map(|action| (action, role.to_owned(), boundary_context(BOUNDARY))).to_vec()
}

#[test]
fn with_a_boundary_no_policy_leads_to_an_administrator() {
    let mut denied = 0;
    let data_role = test_names().role_arn("instance");
    let function_role = test_names().role_arn(FunctionName::BootstrapStack.name());
    let attach =
        ("iam:AttachRolePolicy", data_role.clone(), attach_context(MANAGED, Some(BOUNDARY)));
    let cases = [
        (bootstrap_stack(Some(BOUNDARY)), data_role.clone(), Some(attach)),
        (deployer_policies(Some(BOUNDARY)), function_role, None),
    ];
    for (policies, role, also) in cases {
        let rows = escalation_requests(&role);
        assert_eq!(evaluate_rows(&policies, &rows), vec![false; rows.len()], "{rows:?}");
        denied += rows.len();
        let rows: Vec<_> = needed_requests(&role).into_iter().chain(also).collect();
        assert_eq!(evaluate_rows(&policies, &rows), vec![true; rows.len()], "{rows:?}");
    }
    measurements::proven("escalations that a permissions boundary denies", denied, "requests");
}

/// The function must not change its own policy, or that of the functions that invoke it.
#[test]
fn bootstrap_stack_changes_no_role_of_a_function() {
    let rows: Vec<_> = FunctionName::ALL
        .iter()
        .flat_map(|function| needed_requests(&test_names().role_arn(function.name())))
        .collect();
    for boundary in [None, Some(BOUNDARY)] {
        assert_eq!(evaluate_rows(&bootstrap_stack(boundary), &rows), vec![false; rows.len()]);
    }
}

/// Shows that the boundary is what denies these requests.
#[test]
fn without_a_boundary_roles_are_made_without_one() {
    let role = test_names().role_arn("instance");
    let rows = ["iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"];
    let rows = rows.map(|action| (action, role.clone(), json!({})));
    assert_eq!(evaluate_rows(&bootstrap_stack(None), &rows), [true; 3]);
    assert_eq!(evaluate_rows(&deployer_policies(None), &rows), [true; 3]);
}

#[test]
fn a_role_does_no_more_than_its_boundary_whatever_policy_it_gets() {
    let allow = |action: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Action": action, "Resource": "*" }] })
    };
    let request = |action, resource| Request {
        action,
        resource,
        context: json!({}),
        policies: json!({ "everything": allow("*") }),
        boundary: json!({ BOUNDARY: allow("s3:*") }),
    };
    let requests = [
        request("s3:GetObject", "arn:aws:s3:::backup-data-111122223333-eu-central-1/a"),
        request("iam:CreateUser", "arn:aws:iam::111122223333:user/another"),
    ];
    assert_eq!(evaluate_requests(ACCOUNT, REGION, &requests), [true, false]);
}
