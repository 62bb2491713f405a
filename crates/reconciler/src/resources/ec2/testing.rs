//! Responses of EC2 for the tests of its resources.

use aws::SdkFailure;
use aws_sdk_ec2::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::tagging::new_tag;

/// A refusal, in the form of EC2's own protocol.
pub(crate) fn ec2_refusal(code: &str) -> HttpResponse {
    refusal_saying(code, "refused")
}

pub(crate) fn refusal_saying(code: &str, message: &str) -> HttpResponse {
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let body = format!("<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>");
    HttpResponse::new(StatusCode::try_from(400).expect("a status of HTTP"), SdkBody::from(body))
}

/// The tags of a resource of stack `backup`.
pub(crate) fn managed_tags(resource: &str) -> Option<Vec<Tag>> {
    let name = new_tag("Name", format!("backup-{resource}"));
    Some(vec![new_tag("efs-s3:stack", "backup"), new_tag("efs-s3:resource", resource), name])
}

/// A failure with this code, as the SDK reports it.
pub(crate) fn failure_with_code(code: &str) -> SdkFailure {
    let mut failure = SdkFailure::incomplete("id");
    failure.code = Some(code.to_owned());
    failure
}
