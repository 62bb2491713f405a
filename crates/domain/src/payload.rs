//! What wakes a function: the one EventBridge event that it is for, or a request by hand. Only an
//! event has a `detail-type`.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// `detail-type` of what a schedule sends (EventBridge User Guide, "Creating a rule that runs on a
/// schedule").
pub const SCHEDULED_EVENT: &str = "Scheduled Event";

/// A payload, taken apart: `D` is the event's detail, `R` the request.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload<D: Serialize + DeserializeOwned, R> {
    Event(EventBridgeEvent<D>),
    Request(R),
}

impl<D: Serialize + DeserializeOwned, R> Payload<D, R> {
    /// The same, with another form of the request.
    #[must_use]
    pub fn map_request<S>(self, request: impl FnOnce(R) -> S) -> Payload<D, S> {
        match self {
            Self::Event(event) => Payload::Event(event),
            Self::Request(asked) => Payload::Request(request(asked)),
        }
    }
}

/// What a function is for: one `detail-type`, and a request as people write it, for the error
/// message.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedPayload {
    pub detail_type: &'static str,
    pub request: &'static str,
}

impl ExpectedPayload {
    /// # Errors
    /// [`PayloadError`] when the payload is neither.
    pub fn parse<D, R>(self, payload: Value) -> Result<Payload<D, R>, PayloadError>
    where
        D: Serialize + DeserializeOwned,
        R: DeserializeOwned,
    {
        let Self { detail_type, request } = self;
        match payload.get("detail-type").and_then(Value::as_str) {
            Some(found) if found == detail_type => serde_json::from_value(payload)
                .map(Payload::Event)
                .map_err(|source| PayloadError::Event { detail_type, source }),
            Some(found) => Err(PayloadError::OtherEvent { found: found.to_owned(), detail_type }),
            None => serde_json::from_value(payload)
                .map(Payload::Request)
                .map_err(|source| PayloadError::Request { request, source }),
        }
    }
}

/// A payload that a function has no use for.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    #[error("reading the payload: `{found}` is not `{detail_type}`")]
    OtherEvent { found: String, detail_type: &'static str },
    #[error("reading the payload as the event `{detail_type}`")]
    Event { detail_type: &'static str, source: serde_json::Error },
    #[error("reading the payload: neither an EventBridge event nor {request}")]
    Request { request: &'static str, source: serde_json::Error },
}
