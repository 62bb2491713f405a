//! An `Aws` without AWS for tests of the kinds: a call that no rule answers makes the test panic.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_mocks::create_mock_http_client;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use domain::names::Names;

use crate::Aws;

/// A client of one SDK crate, whose calls the given rules answer: `client!(aws_sdk_efs, &describe,
/// &create)`.
macro_rules! client {
    ($sdk:ident $(, $rule:expr)* $(,)?) => {{
        let mock = aws_smithy_mocks::MockResponseInterceptor::new()
            .rule_mode(aws_smithy_mocks::RuleMode::MatchAny);
        let mock = mock$(.with_rule($rule))*;
        let config = $sdk::config::Builder::from(&$crate::testing::mocked::sdk_config());
        $sdk::Client::from_conf(config.interceptor(mock).build())
    }};
}
pub(crate) use client;

/// Stack `backup` in an account of documentation; no client reaches anything.
pub(crate) fn aws() -> Aws {
    Aws::new(&sdk_config(), Names::new("backup", "111122223333", "eu-central-1"))
}

pub(crate) fn sdk_config() -> SdkConfig {
    let credentials = Credentials::new("111122223333", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(create_mock_http_client())
        .build()
}

/// A refusal, in the form all AWS JSON protocols share.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> HttpResponse {
    let body = serde_json::json!({ "__type": code, "message": message }).to_string();
    HttpResponse::new(StatusCode::try_from(status).expect("a status of HTTP"), SdkBody::from(body))
}

/// A refusal, in the form of the protocols that speak XML.
pub(crate) fn xml_refusal(status: u16, code: &str) -> HttpResponse {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>refused</Message></Error>\
         </ErrorResponse>"
    );
    HttpResponse::new(StatusCode::try_from(status).expect("a status of HTTP"), SdkBody::from(body))
}
