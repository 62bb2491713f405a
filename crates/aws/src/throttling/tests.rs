use aws_sdk_datasync::Client;
use aws_sdk_datasync::operation::list_tasks::ListTasksOutput;
use aws_smithy_mocks::{MockResponseInterceptor, RuleMode, create_mock_http_client, mock};
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::task::JoinSet;

use super::*;

#[test]
fn only_throttled_calls_are_retried() {
    let context = InterceptorContext::new(Input::erase(()));
    let throttled = RetryAction::retryable_error(ErrorKind::ThrottlingError);
    let decide = |previous: &RetryAction| OnlyThrottled.classify_retry_v2(&context, previous);
    assert_eq!(decide(&throttled), RetryAction::NoActionIndicated);
    for other in [
        RetryAction::NoActionIndicated,
        RetryAction::transient_error(),
        RetryAction::server_error(),
        RetryAction::client_error(),
    ] {
        assert_eq!(decide(&other), RetryAction::RetryForbidden, "{other}");
    }
}

/// More than the 100 retries of the SDK's quota.
const CALLS: usize = 150;

fn throttle_response() -> HttpResponse {
    let body = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
    HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body))
}

/// Makes calls at once, whose first attempts are all throttled, and counts those that fail.
async fn count_failures(quota: RetryPartition) -> usize {
    let answers = mock!(Client::list_tasks).sequence().http_response(throttle_response);
    let answers = answers.times(CALLS).output(|| ListTasksOutput::builder().build());
    let answers = answers.repeatedly().build();
    let mock = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
    let mock = mock.with_rule(&answers);
    let config = crate::clients::local_config("http://127.0.0.1:1", "eu-central-1", "111122223333");
    let config = aws_sdk_datasync::config::Builder::from(&config).retry_partition(quota);
    let config = config.http_client(create_mock_http_client()).interceptor(mock).build();
    let client = Client::from_conf(config);
    let calls: JoinSet<_> = (0..CALLS).map(|_| client.list_tasks().send()).collect();
    calls.join_all().await.into_iter().filter(Result::is_err).count()
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_takes_nothing_of_the_quota() {
    assert_eq!(count_failures(free_throttle_retries()).await, 0);
    let default = RetryPartition::custom("the SDK's").build();
    assert!(count_failures(default).await > 0);
}
