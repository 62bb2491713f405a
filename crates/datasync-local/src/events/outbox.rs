//! Delivery in order: one queue per execution and per task, so that a slow one does not delay the
//! others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep};

use super::envelope::{StateChange, random_uuid};
use super::rules::Rules;
use super::targets;
use crate::clients::Clients;
use crate::state::AccountRegion;

/// The waits before further attempts; after the last attempt the event is dropped.
const RETRY_WAITS: [Duration; 4] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(8),
];

type Queues = HashMap<String, UnboundedSender<StateChange>>;

/// The queues of state changes. An execution's queue exists from its first event to its last, a
/// task's as long as this value.
#[derive(Debug)]
pub struct Outbox {
    clients: Arc<Clients>,
    rules: Arc<Rules>,
    queues: Arc<Mutex<Queues>>,
    /// The state sent last of each task, by ARN; a task without one is AVAILABLE.
    tasks: Arc<Mutex<HashMap<String, &'static str>>>,
    undelivered: Arc<AtomicUsize>,
}

impl Outbox {
    #[must_use]
    pub fn new(clients: Arc<Clients>) -> Self {
        Self {
            clients,
            rules: Arc::default(),
            queues: Arc::default(),
            tasks: Arc::default(),
            undelivered: Arc::default(),
        }
    }

    /// Queues a change behind the earlier ones of its execution. Must be called within the runtime.
    pub fn send_change(&self, change: StateChange) {
        if self.clients.s3_only {
            return;
        }
        let mut queues = self.lock_queues();
        let queue = queues.entry(change.arn.clone()).or_insert_with(|| self.open_queue());
        self.undelivered.fetch_add(1, Ordering::Relaxed);
        if queue.send(change).is_err() {
            self.undelivered.fetch_sub(1, Ordering::Relaxed);
            tracing::error!("an event was queued after its execution's last");
        }
    }

    /// Sends a task's state when it has changed.
    pub fn send_task_state(
        &self,
        account_region: &AccountRegion,
        task_arn: &str,
        state: &'static str,
    ) {
        let last_sent = self
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(task_arn.to_owned(), state);
        if last_sent.unwrap_or("AVAILABLE") != state {
            self.send_change(StateChange::of_task(account_region.clone(), task_arn, state));
        }
    }

    /// Ends an execution's queue without a last event; what is queued is still delivered.
    pub fn close_queue(&self, execution_arn: &str) {
        self.lock_queues().remove(execution_arn);
    }

    /// Waits until every event is delivered or dropped, or the time is over.
    pub async fn wait_until_delivered(&self, longest: Duration) {
        let deadline = Instant::now() + longest;
        while self.undelivered.load(Ordering::Relaxed) > 0 && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn open_queue(&self) -> UnboundedSender<StateChange> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let delivery = Delivery {
            clients: Arc::clone(&self.clients),
            rules: Arc::clone(&self.rules),
            queues: Arc::downgrade(&self.queues),
            undelivered: Arc::clone(&self.undelivered),
        };
        tokio::spawn(delivery.deliver_all(receiver));
        sender
    }

    fn lock_queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The receiver of one queue. It does not own the queues: when they are dropped, it ends.
struct Delivery {
    clients: Arc<Clients>,
    rules: Arc<Rules>,
    queues: Weak<Mutex<Queues>>,
    undelivered: Arc<AtomicUsize>,
}

impl Delivery {
    /// Delivers until a terminal state, or until the queue is closed.
    async fn deliver_all(self, mut queue: UnboundedReceiver<StateChange>) {
        while let Some(change) = queue.recv().await {
            deliver_event(&change, &self.clients, &self.rules).await;
            self.undelivered.fetch_sub(1, Ordering::Relaxed);
            if change.is_last {
                if let Some(queues) = self.queues.upgrade() {
                    queues.lock().unwrap_or_else(PoisonError::into_inner).remove(&change.arn);
                }
                return;
            }
        }
    }
}

/// Delivers one event, with the same id in each attempt until every target has accepted it.
async fn deliver_event(change: &StateChange, clients: &Clients, rules: &Rules) {
    let clients = clients.client_set(&change.account_region);
    let event = change.envelope(&random_uuid()).to_string();
    let mut taken = Vec::new();
    let mut waits = RETRY_WAITS.iter();
    loop {
        let Err(failure) = try_delivery(change, &event, &clients, rules, &mut taken).await else {
            return;
        };
        let Some(wait) = waits.next() else {
            let (state, arn) = (change.state, &change.arn);
            tracing::error!(
                "event {state} of {arn} could not be delivered: {}",
                aws::failure::chain(&failure)
            );
            return;
        };
        sleep(*wait).await;
    }
}

async fn try_delivery(
    change: &StateChange,
    event: &str,
    clients: &crate::clients::ClientSet,
    rules: &Rules,
    taken: &mut Vec<String>,
) -> Result<(), aws::SdkFailure> {
    for target in rules.targets_of(&change.account_region, clients, event).await? {
        if !taken.contains(&target.id) {
            targets::invoke_target(&clients.lambda, &target, event).await?;
            taken.push(target.id);
        }
    }
    Ok(())
}
