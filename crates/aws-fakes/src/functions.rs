//! The other Lambda functions: they take asynchronous invocations and do nothing.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use serde_json::Value;

use crate::Outage;

/// The payloads that were sent to other functions; a clone shares them.
#[derive(Clone, Debug, Default)]
pub struct FakeFunctions {
    payloads: Arc<Mutex<Vec<Value>>>,
    outage: Outage,
}

impl FakeFunctions {
    /// No payloads yet; the calls count in `outage`.
    #[must_use]
    pub fn sharing(outage: &Outage) -> Self {
        Self { outage: outage.clone(), ..Self::default() }
    }

    /// The payloads so far, the oldest first.
    #[must_use]
    pub fn payloads(&self) -> Vec<Value> {
        self.payloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client that accepts each asynchronous invocation.
    #[must_use]
    pub fn client(&self) -> Client {
        let fake = self.clone();
        let invoke = mock!(Client::invoke).then_compute_response(move |request| {
            let bytes = request.payload().map(|blob| blob.as_ref().to_vec()).unwrap_or_default();
            let payload = serde_json::from_slice(&bytes).unwrap_or_default();
            match fake.outage.around(|| fake.add_payload(payload)) {
                Some(()) => MockResponse::Output(InvokeOutput::builder().status_code(202).build()),
                None => MockResponse::Error(InvokeError::unhandled("the process died")),
            }
        });
        mock_client!(aws_sdk_lambda, RuleMode::MatchAny, &[invoke])
    }

    fn add_payload(&self, payload: Value) {
        self.payloads.lock().unwrap_or_else(PoisonError::into_inner).push(payload);
    }
}
