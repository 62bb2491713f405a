//! Alerts: one SNS message, readable by a person, with the same as JSON in an attribute.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use domain::records::alert::Alert;

use crate::failure::SdkFailure;

/// The attribute that carries the alert as JSON.
pub const JSON_ATTRIBUTE: &str = "alert";

/// Sends an alert to the stack's topic.
///
/// # Errors
/// When SNS does not take it: the caller must fail too, so that Lambda tries again.
pub async fn publish(client: &Client, topic_arn: &str, alert: &Alert) -> Result<(), AlertError> {
    // Message and attributes together: 256 KB at most (SNS API reference, Publish).
    let alert = &alert.shortened_to_fit();
    let json = serde_json::to_string(alert).map_err(AlertError::Json)?;
    let attribute = MessageAttributeValue::builder().data_type("String").string_value(json).build();
    let attribute = attribute
        .map_err(|source| AlertError::Publish(SdkFailure::incomplete(&source.to_string())))?;
    let publish =
        client.publish().topic_arn(topic_arn).subject(alert.subject()).message(alert.body());
    publish
        .message_attributes(JSON_ATTRIBUTE, attribute)
        .send()
        .await
        .map_err(|e| AlertError::Publish(e.into()))?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    #[error("publishing the alert to SNS")]
    Publish(#[source] SdkFailure),
    #[error("writing the alert as JSON")]
    Json(#[source] serde_json::Error),
}
