use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::delete_dashboards::DeleteDashboardsOutput;
use aws_sdk_cloudwatch::operation::get_dashboard::GetDashboardOutput;
use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardOutput;
use aws_sdk_cloudwatch::types::DashboardValidationMessage;
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::diff::changed_fields;
use crate::testing::mocked::{self, client, xml_refusal};

fn stack_names(stack: &str, region: &str) -> Names {
    Names::new(stack, "111122223333", region)
}

fn dashboard_body(mark: &str, region: &str) -> Value {
    json!({"widgets": [
        {"type": "text", "properties": {"markdown": format!("# {mark}\nWhat to do: \
                docs/OPERATIONS.md")}},
        {"type": "metric", "properties": {"region": region}},
    ]})
}

fn desired_dashboard() -> Dashboard {
    let names = stack_names("backup", "eu-central-1");
    Dashboard {
        name: names.dashboard_name(),
        body: dashboard_body(&Dashboard::mark(&names), &names.region),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("dashboard")
}

/// The dashboards of the account, by name.
fn mock_describe(name: &'static str, body: Value) -> Rule {
    mock!(Client::get_dashboard)
        .match_requests(move |get| get.dashboard_name() == Some(name))
        .then_output(move || {
            GetDashboardOutput::builder()
                .dashboard_arn("arn:d")
                .dashboard_body(body.to_string())
                .build()
        })
}

fn mock_empty() -> Rule {
    mock!(Client::get_dashboard).then_http_response(|| xml_refusal(404, "ResourceNotFound"))
}

async fn read_live(rules: [&Rule; 2]) -> Option<LiveResource> {
    let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, rules[0], rules[1]), ..mocked::aws() };
    desired_dashboard().read(&aws, &resource_id()).await.unwrap()
}

#[tokio::test]
async fn whose_it_is_stands_in_it() {
    let found = read_live([
        &mock_describe("backup-runs-eu-central-1", desired_dashboard().body),
        &mock_empty(),
    ])
    .await
    .unwrap();
    assert_eq!((found.state.clone(), found.managed), (json!(desired_dashboard()), true));
    for foreign in [stack_names("another", "eu-central-1"), stack_names("backup", "us-east-1")] {
        let body = dashboard_body(&Dashboard::mark(&foreign), &foreign.region);
        assert!(
            !read_live([&mock_describe("backup-runs-eu-central-1", body), &mock_empty()])
                .await
                .unwrap()
                .managed,
            "{foreign:?}"
        );
    }
}

#[tokio::test]
async fn one_without_the_region_in_its_name_is_replaced_where_it_is_of_this_region() {
    let old = dashboard_body("efs-s3 stack `backup`", "eu-central-1");
    let found = read_live([&mock_describe("backup-runs", old), &mock_empty()]).await.unwrap();
    assert_eq!((found.attribute("name"), found.managed), ("backup-runs", true));
    let changed = changed_fields(&found.state, &json!(desired_dashboard()));
    assert!(
        changed.iter().any(|field| Dashboard::FORCE_NEW.contains(&field.as_str())),
        "{changed:?}"
    );
    for foreign in [
        dashboard_body("efs-s3 stack `backup`", "us-east-1"),
        dashboard_body("efs-s3 stack `another`", "eu-central-1"),
        json!({"widgets": []}),
        Value::Null,
    ] {
        assert_eq!(read_live([&mock_describe("backup-runs", foreign), &mock_empty()]).await, None);
    }
}

#[tokio::test]
async fn the_one_that_was_found_is_deleted() {
    let delete = mock!(Client::delete_dashboards)
        .match_requests(|delete| delete.dashboard_names() == ["backup-runs"])
        .then_output(|| DeleteDashboardsOutput::builder().build());
    let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &delete), ..mocked::aws() };
    let attributes = BTreeMap::from([("name".to_owned(), "backup-runs".to_owned())]);
    desired_dashboard()
        .delete(&aws, &LiveResource { state: Value::Null, attributes, managed: true })
        .await
        .unwrap();
    assert_eq!(delete.num_calls(), 1);
}

#[tokio::test]
async fn what_cloudwatch_does_not_understand_is_an_error() {
    let put = mock!(Client::put_dashboard).then_output(|| {
        let message =
            DashboardValidationMessage::builder().message("widget 1 has no region").build();
        PutDashboardOutput::builder().dashboard_validation_messages(message).build()
    });
    let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &put), ..mocked::aws() };
    let error = desired_dashboard().create(&aws, &resource_id()).await.unwrap_err();
    let text = aws::failure::chain(&error);
    assert_eq!(
        text,
        "writing CloudWatch dashboard `backup-runs-eu-central-1`: widget 1 has no region"
    );
}
