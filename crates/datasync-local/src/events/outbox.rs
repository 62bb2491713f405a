//! Delivery in order: one queue per execution, so that a slow one holds back no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep};

use super::envelope::{StateChange, fresh_id};
use super::rules::Rules;
use super::targets;
use crate::clients::Clients;

/// Waits before each further attempt; after the last the event is given up.
const RETRY_WAITS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8)];

/// Where state changes are handed over. A queue lives from an execution's first event to its last.
#[derive(Debug)]
pub struct Outbox {
    clients: Arc<Clients>,
    rules: Arc<Rules>,
    queues: Arc<Mutex<HashMap<String, UnboundedSender<StateChange>>>>,
}

impl Outbox {
    #[must_use]
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients, rules: Arc::default(), queues: Arc::default() }
    }

    /// Queues a change behind the earlier ones of its execution. Must be called within the runtime.
    pub fn send(&self, change: StateChange) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(change.execution_arn.clone()).or_insert_with(|| self.open());
        if queue.send(change).is_err() {
            tracing::error!("an event was queued after its execution's last");
        }
    }

    /// Waits until every queue is empty, or the time is over.
    pub async fn drain(&self, longest: Duration) {
        let deadline = Instant::now() + longest;
        while self.is_busy() && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn is_busy(&self) -> bool {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        !queues.is_empty()
    }

    fn open(&self) -> UnboundedSender<StateChange> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (clients, rules, queues) = (Arc::clone(&self.clients), Arc::clone(&self.rules), Arc::clone(&self.queues));
        tokio::spawn(async move {
            if let Some(arn) = deliver_all(receiver, &clients, &rules).await {
                queues.lock().unwrap_or_else(PoisonError::into_inner).remove(&arn);
            }
        });
        sender
    }
}

/// Delivers until a terminal state, and returns whose queue this was.
async fn deliver_all(
    mut queue: UnboundedReceiver<StateChange>,
    clients: &Clients,
    rules: &Rules,
) -> Option<String> {
    while let Some(change) = queue.recv().await {
        deliver(&change, clients, rules).await;
        if change.status.is_terminal() {
            return Some(change.execution_arn);
        }
    }
    None
}

/// One event, repeated with the same id until every target has taken it.
async fn deliver(change: &StateChange, clients: &Clients, rules: &Rules) {
    let clients = clients.of(&change.place);
    let event = change.envelope(&fresh_id()).to_string();
    let mut taken = Vec::new();
    let mut waits = RETRY_WAITS.iter();
    loop {
        let Err(failure) = attempt(change, &event, &clients, rules, &mut taken).await else { return };
        let Some(wait) = waits.next() else {
            let (status, arn) = (change.status, &change.execution_arn);
            tracing::error!("event {status} of {arn} given up: {}", aws_edge::failure::chain(&failure));
            return;
        };
        sleep(*wait).await;
    }
}

async fn attempt(
    change: &StateChange,
    event: &str,
    clients: &crate::clients::ClientSet,
    rules: &Rules,
    taken: &mut Vec<String>,
) -> Result<(), aws_edge::SdkFailure> {
    for target in rules.targets_of(&change.place, clients, event).await? {
        if !taken.contains(&target.id) {
            targets::invoke(&clients.lambda, &target, event).await?;
            taken.push(target.id);
        }
    }
    Ok(())
}
