//! Replies to a start that fails.

use aws_sdk_datasync::operation::start_task_execution::{
    StartTaskExecutionError, StartTaskExecutionOutput,
};
use aws_smithy_mocks::MockResponse;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::StartFault;
use crate::error::error_with_code;

pub(super) fn fault_reply(
    fault: StartFault,
) -> MockResponse<StartTaskExecutionOutput, StartTaskExecutionError> {
    let code = match fault {
        StartFault::LostReply => {
            let unavailable = StatusCode::try_from(503).expect("503 is a status");
            return MockResponse::Http(HttpResponse::new(unavailable, SdkBody::empty()));
        }
        StartFault::Beaten => "InvalidRequestException",
        StartFault::Internal => "InternalException",
    };
    MockResponse::Error(StartTaskExecutionError::generic(error_with_code(code)))
}
