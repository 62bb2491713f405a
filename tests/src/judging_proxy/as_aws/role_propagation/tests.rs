use super::super::testing::{body_text, test_call};
use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/a-role";

fn role_propagation(now: Instant) -> RolePropagation {
    let mut roles = RolePropagation::default();
    roles.set_lag(Duration::from_secs(60));
    roles.remember(&test_call("iam", "CreateRole"), b"Action=CreateRole&RoleName=a-role", now);
    let profile = b"Action=CreateInstanceProfile&InstanceProfileName=a-profile";
    roles.remember(&test_call("iam", "CreateInstanceProfile"), profile, now);
    let function = json!({ "FunctionName": "f", "Role": ROLE }).to_string();
    roles.remember(&test_call("lambda", "POST /2015-03-31/functions"), function.as_bytes(), now);
    roles
}

#[tokio::test(start_paused = true)]
async fn each_service_refuses_a_young_role_in_its_own_words_and_an_old_one_never() {
    let now = Instant::now();
    let mut roles = role_propagation(now);
    let function = json!({ "FunctionName": "f", "Role": ROLE }).to_string();
    let location = json!({ "S3Config": { "BucketAccessRoleArn": ROLE } }).to_string();
    let failures =
        json!({ "DestinationConfig": { "OnFailure": { "Destination": "arn:q" } } }).to_string();
    let profile = "IamInstanceProfile.Name=a-profile".to_owned();
    let flow_log = format!("DeliverLogsPermissionArn={ROLE}");
    let calls = [
        ("lambda", "POST /2015-03-31/functions", function.clone(), "cannot be assumed by Lambda"),
        (
            "lambda",
            "PUT /2015-03-31/functions/f/configuration",
            function,
            "cannot be assumed by Lambda",
        ),
        (
            "lambda",
            "PUT /2019-09-25/functions/f/event-invoke-config",
            failures,
            "does not have permissions",
        ),
        ("datasync", "CreateLocationS3", location, "access test failed"),
        ("ec2", "RunInstances", profile, "Invalid IAM Instance Profile"),
        ("ec2", "CreateFlowLogs", flow_log, "Unable to assume given IAM role"),
    ];
    for (service, operation, body, words) in &calls {
        let mut refuse = |after| {
            let now = now + Duration::from_secs(after);
            roles.refuse(&test_call(service, operation), body.as_bytes(), now)
        };
        let refusal = refuse(59).unwrap_or_else(|| panic!("{operation} is let through"));
        assert!(body_text(&refusal).contains(words), "{operation}: {}", body_text(&refusal));
        assert!(refuse(60).is_none(), "{operation}");
    }
    assert_eq!(roles.refused(), calls.len());
}

#[tokio::test(start_paused = true)]
async fn another_policy_does_not_keep_lambda_from_assuming_the_role() {
    let (begun, later) = (Instant::now(), Instant::now() + Duration::from_secs(100));
    let mut roles = role_propagation(begun);
    roles.remember(
        &test_call("iam", "PutRolePolicy"),
        b"Action=PutRolePolicy&RoleName=a-role",
        later,
    );
    let function = json!({ "FunctionName": "f", "Role": ROLE }).to_string();
    let configure = test_call("lambda", "PUT /2015-03-31/functions/f/configuration");
    assert!(roles.refuse(&configure, function.as_bytes(), later).is_none());
    let location = json!({ "S3Config": { "BucketAccessRoleArn": ROLE } }).to_string();
    assert!(
        roles
            .refuse(&test_call("datasync", "CreateLocationS3"), location.as_bytes(), later)
            .is_some()
    );
}
