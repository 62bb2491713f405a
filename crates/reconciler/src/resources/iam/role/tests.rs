use aws_sdk_iam::Client;
use aws_sdk_iam::operation::attach_role_policy::AttachRolePolicyOutput;
use aws_sdk_iam::operation::create_role::CreateRoleOutput;
use aws_sdk_iam::operation::delete_role::DeleteRoleOutput;
use aws_sdk_iam::operation::delete_role_permissions_boundary::DeleteRolePermissionsBoundaryOutput;
use aws_sdk_iam::operation::delete_role_policy::DeleteRolePolicyOutput;
use aws_sdk_iam::operation::detach_role_policy::DetachRolePolicyOutput;
use aws_sdk_iam::operation::get_role::GetRoleOutput;
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyOutput;
use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
use aws_sdk_iam::operation::put_role_permissions_boundary::PutRolePermissionsBoundaryOutput;
use aws_sdk_iam::operation::put_role_policy::PutRolePolicyOutput;
use aws_sdk_iam::operation::update_assume_role_policy::UpdateAssumeRolePolicyOutput;
use aws_sdk_iam::types::{AttachedPermissionsBoundary, AttachedPolicy, Role as Described};
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::diff::changed_fields;
use crate::testing::mocked::{self, client, xml_refusal};

fn desired_role() -> Role {
    let trust = json!({"Statement": [{"Principal": {"Service": "lambda.amazonaws.com"}}]});
    let policy = json!({"Statement": [{"Resource": "arn:aws:s3:::a b/*"}]});
    Role::new("backup-start", trust, policy)
        .with_managed_policies(vec!["arn:z".into(), "arn:a".into()])
}

fn resource_id() -> ResourceId {
    ResourceId::new("start-role")
}

fn encode_document(document: &Value) -> String {
    percent_encoding::utf8_percent_encode(&document.to_string(), percent_encoding::NON_ALPHANUMERIC)
        .to_string()
}

fn sdk_role(stack: &str) -> Described {
    let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
    let role =
        Described::builder().path("/").role_name("backup-start").role_id("AROA").arn("arn:role");
    let role = role.create_date(aws_smithy_types::DateTime::from_secs(0));
    let role = role.tags(tag("efs-s3:stack", stack)).tags(tag("efs-s3:resource", "start-role"));
    role.assume_role_policy_document(encode_document(&desired_role().trust)).build().unwrap()
}

fn mock_role(stack: &'static str) -> Rule {
    mock!(Client::get_role)
        .then_output(move || GetRoleOutput::builder().role(sdk_role(stack)).build())
}

fn mock_policy() -> Rule {
    mock!(Client::get_role_policy).then_output(|| {
        let policy =
            GetRolePolicyOutput::builder().role_name("backup-start").policy_name(POLICY_NAME);
        policy.policy_document(encode_document(&desired_role().policy)).build().unwrap()
    })
}

fn mock_attached(arns: &'static [&'static str]) -> Rule {
    mock!(Client::list_attached_role_policies).then_output(|| {
        let policies =
            arns.iter().map(|arn| AttachedPolicy::builder().policy_arn(*arn).build()).collect();
        ListAttachedRolePoliciesOutput::builder().set_attached_policies(Some(policies)).build()
    })
}

fn mock_inline(names: &'static [&'static str]) -> Rule {
    mock!(Client::list_role_policies).then_output(|| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        ListRolePoliciesOutput::builder().set_policy_names(Some(names)).build().unwrap()
    })
}

fn mock_put() -> Rule {
    mock!(Client::put_role_policy).then_output(|| PutRolePolicyOutput::builder().build())
}

fn mock_attach(arn: &'static str) -> Rule {
    mock!(Client::attach_role_policy)
        .match_requests(move |request| request.policy_arn() == Some(arn))
        .then_output(|| AttachRolePolicyOutput::builder().build())
}

fn mock_detach(arn: &'static str) -> Rule {
    mock!(Client::detach_role_policy)
        .match_requests(move |request| request.policy_arn() == Some(arn))
        .then_output(|| DetachRolePolicyOutput::builder().build())
}

fn mock_take_boundary() -> Rule {
    mock!(Client::delete_role_policy).then_output(|| DeleteRolePolicyOutput::builder().build())
}

async fn read_live(iam: Client) -> Option<LiveResource> {
    desired_role().read(&Aws { iam, ..mocked::aws() }, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn encoded_documents_are_read_as_they_are_desired() {
    let rules = (
        mock_role("backup"),
        mock_policy(),
        mock_attached(&["arn:z", "arn:a"]),
        mock_inline(&[POLICY_NAME]),
    );
    let found =
        read_live(client!(aws_sdk_iam, &rules.0, &rules.1, &rules.2, &rules.3)).await.unwrap();
    assert_eq!((found.state.clone(), found.managed), (json!(desired_role()), true));
    assert_eq!(found.attribute("arn"), "arn:role");
}

#[tokio::test]
async fn a_state_of_an_older_version_still_reads() {
    let older = json!({"name": "a", "trust": {}, "policy": {}});
    assert_eq!(
        serde_json::from_value::<Role>(older).unwrap(),
        Role::new("a", json!({}), json!({}))
    );
}

#[tokio::test]
async fn absent_is_an_answer_and_what_differs_on_it_shows() {
    let gone = mock!(Client::get_role).then_http_response(|| xml_refusal(404, "NoSuchEntity"));
    assert_eq!(read_live(client!(aws_sdk_iam, &gone)).await, None);

    let rules = (mock_role("backup"), mock_attached(&["arn:admin"]), mock_inline(&["sneaked-in"]));
    let found = read_live(client!(aws_sdk_iam, &rules.0, &rules.1, &rules.2)).await.unwrap();
    assert_eq!(found.state["policy"], Value::Null);
    assert_eq!(found.state["managed_policy_arns"], json!(["arn:admin"]));
    assert_eq!(found.state["other_policies"], json!(["sneaked-in"]));
}

#[tokio::test]
async fn a_new_role_gets_all_its_policies() {
    let create = mock!(Client::create_role)
        .then_output(|| CreateRoleOutput::builder().role(sdk_role("backup")).build());
    let (put, a, z) = (mock_put(), mock_attach("arn:a"), mock_attach("arn:z"));
    let aws = Aws { iam: client!(aws_sdk_iam, &create, &put, &a, &z), ..mocked::aws() };
    desired_role().create(&aws, &resource_id()).await.unwrap();
    assert_eq!((put.num_calls(), a.num_calls(), z.num_calls()), (1, 1, 1));

    let bare = Role::new("backup-start", desired_role().trust, Value::Null);
    bare.create(&aws, &resource_id()).await.unwrap();
    assert_eq!(put.num_calls(), 1);
}

#[tokio::test]
async fn an_existing_role_is_completed_only_when_it_is_managed() {
    let exists =
        mock!(Client::create_role).then_http_response(|| xml_refusal(409, "EntityAlreadyExists"));
    let (put, attach, attached, inline) =
        (mock_put(), mock_attach("arn:z"), mock_attached(&["arn:a"]), mock_inline(&[]));
    let managed =
        client!(aws_sdk_iam, &exists, &mock_role("backup"), &attached, &inline, &put, &attach);
    desired_role().create(&Aws { iam: managed, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!((put.num_calls(), attach.num_calls()), (1, 1));

    let foreign = client!(aws_sdk_iam, &exists, &mock_role("another"), &attached, &inline, &put);
    let error = desired_role()
        .create(&Aws { iam: foreign, ..mocked::aws() }, &resource_id())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "creating IAM role `backup-start`");
    assert_eq!(put.num_calls(), 1);
}

#[tokio::test]
async fn each_field_is_changed_by_its_own_call() {
    let rules =
        (mock_role("backup"), mock_attached(&["arn:a", "arn:admin"]), mock_inline(&["sneaked-in"]));
    let found = read_live(client!(aws_sdk_iam, &rules.0, &rules.1, &rules.2)).await.unwrap();
    let trust = mock!(Client::update_assume_role_policy)
        .then_output(|| UpdateAssumeRolePolicyOutput::builder().build());
    let (put, attach, detach, take) =
        (mock_put(), mock_attach("arn:z"), mock_detach("arn:admin"), mock_take_boundary());
    let calls = || [&trust, &put, &attach, &detach, &take].map(Rule::num_calls);
    let aws =
        Aws { iam: client!(aws_sdk_iam, &trust, &put, &attach, &detach, &take), ..mocked::aws() };
    for (field, expected) in [
        ("trust", [1, 0, 0, 0, 0]),
        ("policy", [1, 1, 0, 0, 0]),
        ("managed_policy_arns", [1, 1, 1, 1, 0]),
        ("other_policies", [1, 1, 1, 1, 1]),
    ] {
        desired_role().update(&aws, &resource_id(), &found, &[field.to_owned()]).await.unwrap();
        assert_eq!(calls(), expected, "{field}");
    }
    let bare = Role { policy: Value::Null, ..desired_role() };
    bare.update(&aws, &resource_id(), &found, &["policy".to_owned()]).await.unwrap();
    assert_eq!(calls(), [1, 1, 1, 1, 2], "no policy desired: ours is deleted");
}

#[tokio::test]
async fn delete_takes_every_policy_off_first() {
    let rules = (
        mock_role("backup"),
        mock_policy(),
        mock_attached(&["arn:managed"]),
        mock_inline(&[POLICY_NAME, "other"]),
    );
    let (detach, take) = (mock_detach("arn:managed"), mock_take_boundary());
    let delete = mock!(Client::delete_role).then_output(|| DeleteRoleOutput::builder().build());
    let iam = client!(aws_sdk_iam, &rules.0, &rules.1, &rules.2, &rules.3, &detach, &take, &delete);
    let aws = Aws { iam, ..mocked::aws() };
    let found = desired_role().read(&aws, &resource_id()).await.unwrap().unwrap();
    desired_role().delete(&aws, &found).await.unwrap();
    assert_eq!((detach.num_calls(), take.num_calls(), delete.num_calls()), (1, 2, 1));
}

#[tokio::test]
async fn one_that_is_gone_is_deleted_already() {
    let gone = || xml_refusal(404, "NoSuchEntity");
    let attached = mock!(Client::list_attached_role_policies).then_http_response(gone);
    let inline = mock!(Client::list_role_policies).then_http_response(gone);
    let delete = mock!(Client::delete_role).then_http_response(gone);
    let aws = Aws { iam: client!(aws_sdk_iam, &attached, &inline, &delete), ..mocked::aws() };
    let found =
        LiveResource { state: json!(desired_role()), attributes: BTreeMap::new(), managed: true };
    desired_role().delete(&aws, &found).await.unwrap();
}

const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/boundary";

fn bounded_role() -> Role {
    Role { permissions_boundary_arn: Some(BOUNDARY.to_owned()), ..desired_role() }
}

#[tokio::test]
async fn a_new_role_bears_its_boundary_from_the_beginning() {
    let create = mock!(Client::create_role)
        .match_requests(|request| request.permissions_boundary() == Some(BOUNDARY))
        .then_output(|| CreateRoleOutput::builder().role(sdk_role("backup")).build());
    let (put, a, z) = (mock_put(), mock_attach("arn:a"), mock_attach("arn:z"));
    let aws = Aws { iam: client!(aws_sdk_iam, &create, &put, &a, &z), ..mocked::aws() };
    bounded_role().create(&aws, &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), put.num_calls()), (1, 1));
}

#[tokio::test]
async fn the_boundary_is_read_and_put_before_any_policy_and_taken_off() {
    let boundary =
        || AttachedPermissionsBoundary::builder().permissions_boundary_arn(BOUNDARY).build();
    let get = mock!(Client::get_role).then_output(move || {
        let mut role = sdk_role("backup");
        role.permissions_boundary = Some(boundary());
        GetRoleOutput::builder().role(role).build()
    });
    let rules =
        (get, mock_policy(), mock_attached(&["arn:a", "arn:z"]), mock_inline(&[POLICY_NAME]));
    let found =
        read_live(client!(aws_sdk_iam, &rules.0, &rules.1, &rules.2, &rules.3)).await.unwrap();
    assert_eq!(found.state, json!(bounded_role()));
    assert_eq!(changed_fields(&found.state, &json!(desired_role())), ["permissions_boundary_arn"]);

    let put_boundary = mock!(Client::put_role_permissions_boundary)
        .match_requests(|request| request.permissions_boundary() == Some(BOUNDARY))
        .then_output(|| PutRolePermissionsBoundaryOutput::builder().build());
    let bears_it = put_boundary.clone();
    let put = mock!(Client::put_role_policy)
        .match_requests(move |_| bears_it.num_calls() == 1)
        .then_output(|| PutRolePolicyOutput::builder().build());
    let aws = Aws { iam: client!(aws_sdk_iam, &put_boundary, &put), ..mocked::aws() };
    let changed = ["policy", "permissions_boundary_arn"].map(str::to_owned);
    bounded_role().update(&aws, &resource_id(), &found, &changed).await.unwrap();
    assert_eq!((put_boundary.num_calls(), put.num_calls()), (1, 1));

    let take = mock!(Client::delete_role_permissions_boundary)
        .then_output(|| DeleteRolePermissionsBoundaryOutput::builder().build());
    let aws = Aws { iam: client!(aws_sdk_iam, &take), ..mocked::aws() };
    desired_role()
        .update(&aws, &resource_id(), &found, &["permissions_boundary_arn".to_owned()])
        .await
        .unwrap();
    assert_eq!(take.num_calls(), 1);
}
