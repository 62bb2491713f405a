//! The ways from a policy that makes roles to the rights of an administrator, which a permissions
//! boundary closes.

use domain::config::{StackConfig, TemplateValues, parse, render_template};
use domain::function::FunctionName;
use domain::names::Names;
use serde_json::{Value, json};

use super::evaluator::{Request, allowed};
use super::of_function;
use crate::access::Duty;
use crate::people;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/teams/storage/permissions-boundary";
const ANOTHER: &str = "arn:aws:iam::111122223333:policy/anything";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const MANAGED: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

fn names() -> Names {
    Names::new("backup", ACCOUNT, REGION)
}

fn config(boundary: Option<&str>) -> StackConfig {
    let mut config =
        parse(&render_template(&TemplateValues { stack_name: "backup", region: REGION })).unwrap();
    config.stack.permissions_boundary_arn = boundary.map(str::to_owned);
    config
}

fn bootstrap_stack(boundary: Option<&str>) -> Value {
    json!({ "permissions": of_function(FunctionName::BootstrapStack, &config(boundary), &names()) })
}

fn deployer(boundary: Option<&str>) -> Value {
    let statements = people::statements(&[Duty::Deploy], &config(boundary), &names());
    json!({ "deploy": { "Version": "2012-10-17", "Statement": statements } })
}

/// The context of a request that sets this boundary, or is about a role that has it.
fn bounded(boundary: &str) -> Value {
    json!({ "iam:PermissionsBoundary": boundary })
}

fn attached(policy: &str, boundary: Option<&str>) -> Value {
    match boundary {
        Some(boundary) => json!({ "iam:PolicyARN": policy, "iam:PermissionsBoundary": boundary }),
        None => json!({ "iam:PolicyARN": policy }),
    }
}

/// The verdicts on rows of action, resource and context.
fn verdicts(policies: &Value, rows: &[(&str, String, Value)]) -> Vec<bool> {
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
    allowed(ACCOUNT, REGION, &requests)
}

/// Requests that give a role more than the boundary lets it.
fn escalations(role: &str) -> Vec<(&'static str, String, Value)> {
    let on = |action, context| (action, role.to_owned(), context);
    let none = || json!({});
    vec![
        on("iam:CreateRole", none()),
        on("iam:CreateRole", bounded(ANOTHER)),
        on("iam:PutRolePolicy", none()),
        on("iam:PutRolePolicy", bounded(ANOTHER)),
        on("iam:PutRolePermissionsBoundary", bounded(ANOTHER)),
        on("iam:DeleteRolePermissionsBoundary", bounded(BOUNDARY)),
        on("iam:UpdateAssumeRolePolicy", none()),
        on("iam:AttachRolePolicy", attached(MANAGED, None)),
        on("iam:AttachRolePolicy", attached(ADMINISTRATOR, Some(BOUNDARY))),
        (
            "iam:CreateRole",
            "arn:aws:iam::111122223333:role/administrator".to_owned(),
            bounded(BOUNDARY),
        ),
        (
            "iam:PutRolePolicy",
            "arn:aws:iam::111122223333:role/administrator".to_owned(),
            bounded(BOUNDARY),
        ),
        ("iam:CreatePolicyVersion", BOUNDARY.to_owned(), none()),
        ("iam:CreateUser", "arn:aws:iam::111122223333:user/another".to_owned(), none()),
        ("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/another".to_owned(), none()),
    ]
}

/// What a stack needs, all within the boundary.
fn needed(role: &str) -> Vec<(&'static str, String, Value)> {
    let actions = [
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
    ];
    actions.map(|action| (action, role.to_owned(), bounded(BOUNDARY))).to_vec()
}

#[test]
fn with_a_boundary_no_policy_leads_to_an_administrator() {
    let mut denied = 0;
    let data_role = names().role_arn("instance");
    let attach = ("iam:AttachRolePolicy", data_role.clone(), attached(MANAGED, Some(BOUNDARY)));
    let cases = [
        (bootstrap_stack(Some(BOUNDARY)), data_role.clone(), Some(attach)),
        (deployer(Some(BOUNDARY)), names().role_arn(FunctionName::BootstrapStack.name()), None),
    ];
    for (policies, role, also) in cases {
        let rows = escalations(&role);
        assert_eq!(verdicts(&policies, &rows), vec![false; rows.len()], "{rows:?}");
        denied += rows.len();
        let rows: Vec<_> = needed(&role).into_iter().chain(also).collect();
        assert_eq!(verdicts(&policies, &rows), vec![true; rows.len()], "{rows:?}");
    }
    measurements::proven("escalations that a permissions boundary denies", denied, "requests");
}

/// It must not write the policy that it runs with, or that of what invokes it.
#[test]
fn bootstrap_stack_changes_no_role_of_a_function() {
    let rows: Vec<_> = FunctionName::ALL
        .iter()
        .flat_map(|function| needed(&names().role_arn(function.name())))
        .collect();
    for boundary in [None, Some(BOUNDARY)] {
        assert_eq!(verdicts(&bootstrap_stack(boundary), &rows), vec![false; rows.len()]);
    }
}

/// So it is the boundary that closes these ways.
#[test]
fn without_a_boundary_roles_are_made_without_one() {
    let role = names().role_arn("instance");
    let rows = ["iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"];
    let rows = rows.map(|action| (action, role.clone(), json!({})));
    assert_eq!(verdicts(&bootstrap_stack(None), &rows), [true; 3]);
    assert_eq!(verdicts(&deployer(None), &rows), [true; 3]);
}

#[test]
fn a_role_does_no_more_than_its_boundary_whatever_policy_it_gets() {
    let allow = |action: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
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
    assert_eq!(allowed(ACCOUNT, REGION, &requests), [true, false]);
}
