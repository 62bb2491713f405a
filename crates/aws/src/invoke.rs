//! Asynchronous invocation of a Lambda function.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use crate::SdkFailure;

/// Queues an event for a function and returns once Lambda has accepted the payload.
///
/// Lambda then tries it three times (Lambda Developer Guide, "How Lambda handles errors and retries
/// with asynchronous invocation").
///
/// `function` is a name or an ARN.
///
/// # Errors
/// [`SdkFailure`] when Lambda does not accept the event.
pub async fn invoke_async(
    lambda: &Client,
    function: &str,
    payload: Vec<u8>,
) -> Result<(), SdkFailure> {
    let request = lambda.invoke().function_name(function).invocation_type(InvocationType::Event);
    request.payload(Blob::new(payload)).send().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::operation::invoke::InvokeOutput;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;

    #[tokio::test]
    async fn the_event_is_queued_and_not_waited_for() {
        let accepts = mock!(Client::invoke)
            .match_requests(|request| {
                request.invocation_type() == Some(&InvocationType::Event)
                    && request.function_name() == Some("backup-verify-versions")
                    && request.payload().map(AsRef::as_ref) == Some(b"{}".as_slice())
            })
            .then_output(|| InvokeOutput::builder().status_code(202).build());
        let lambda = mock_client!(aws_sdk_lambda, RuleMode::MatchAny, [&accepts]);
        invoke_async(&lambda, "backup-verify-versions", b"{}".to_vec()).await.unwrap();
        assert_eq!(accepts.num_calls(), 1);
    }
}
