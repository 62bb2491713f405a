//! The SNS topic of the alerts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_sns::Client;
use aws_sdk_sns::error::ErrorMetadata;
use aws_sdk_sns::operation::publish::{PublishError, PublishOutput};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};

use crate::Outage;

/// One alert as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentAlert {
    pub subject: String,
    pub body: String,
}

/// The published alerts; a clone is the same topic.
#[derive(Clone, Debug, Default)]
pub struct FakeTopic {
    state: Arc<Mutex<TopicState>>,
    outage: Outage,
}

#[derive(Debug, Default)]
struct TopicState {
    sent: Vec<SentAlert>,
    /// The number of publishes that are still to be denied.
    denials: usize,
}

impl FakeTopic {
    /// An empty topic; the calls count in `outage`.
    #[must_use]
    pub fn sharing(outage: &Outage) -> Self {
        Self { outage: outage.clone(), ..Self::default() }
    }

    /// Denies the next `count` publishes.
    pub fn deny_next(&self, count: usize) {
        self.state().denials = count;
    }

    /// The subjects of the alerts so far, the oldest first.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        self.state().sent.iter().map(|alert| alert.subject.clone()).collect()
    }

    /// Removes the alerts so far.
    pub fn clear(&self) {
        self.state().sent.clear();
    }

    /// A client that publishes to this topic, whatever ARN it names.
    #[must_use]
    pub fn client(&self) -> Client {
        let topic = self.clone();
        let publish = mock!(Client::publish).then_compute_response(move |request| {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let alert =
                SentAlert { subject: text(request.subject()), body: text(request.message()) };
            match topic.outage.around(|| topic.state().accept(alert)) {
                Some(true) => MockResponse::Output(PublishOutput::builder().build()),
                Some(false) => {
                    let denied = ErrorMetadata::builder().code("AuthorizationError").build();
                    MockResponse::Error(PublishError::generic(denied))
                }
                None => MockResponse::Error(PublishError::unhandled("the process died")),
            }
        });
        mock_client!(aws_sdk_sns, RuleMode::MatchAny, &[publish])
    }

    fn state(&self) -> MutexGuard<'_, TopicState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TopicState {
    /// Whether the alert was published; a denied one is not.
    fn accept(&mut self, alert: SentAlert) -> bool {
        if self.denials > 0 {
            self.denials -= 1;
            return false;
        }
        self.sent.push(alert);
        true
    }
}
