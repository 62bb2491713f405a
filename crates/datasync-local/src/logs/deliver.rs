//! Delivery of lines with `PutLogEvents`, in batches. The stream is created with the first batch,
//! as the service does.

use std::time::Duration;

use aws::SdkFailure;
use aws::failure::chain;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout_at};

/// The time that a line waits for others.
const GATHERING: Duration = Duration::from_millis(500);
/// The limits of a batch, below the API's 10,000 events and 1 MiB. Each event counts 26 bytes more
/// than its text.
const MOST_EVENTS: usize = 5_000;
const MOST_BYTES: usize = 900_000;
const EVENT_OVERHEAD: usize = 26;
/// The limit on the text of an event: the API refuses longer ones, and paths are shorter.
const LONGEST_TEXT: usize = 200_000;

/// One line with its time.
#[derive(Debug)]
pub(super) struct DeliveredLine {
    pub(super) millis: i64,
    pub(super) text: String,
}

/// A stream of a log group.
#[derive(Debug)]
pub(super) struct LogStream {
    pub(super) client: Client,
    pub(super) group: String,
    pub(super) stream: String,
}

/// Delivers lines until the log is closed. After a failure that remains after the retries, lines
/// are received and dropped.
pub(super) async fn deliver_lines(destination: LogStream, mut lines: Receiver<DeliveredLine>) {
    while let Some(first) = lines.recv().await {
        let batch = gather_batch(first, &mut lines).await;
        if let Err(failure) = put_batch(&destination, batch).await {
            let (group, stream) = (&destination.group, &destination.stream);
            tracing::warn!(
                "log stream `{stream}` of group `{group}` cannot be written: {}",
                chain(&failure)
            );
            break;
        }
    }
    while lines.recv().await.is_some() {}
}

async fn gather_batch(
    first: DeliveredLine,
    lines: &mut Receiver<DeliveredLine>,
) -> Vec<DeliveredLine> {
    let deadline = Instant::now() + GATHERING;
    let mut bytes = first.text.len() + EVENT_OVERHEAD;
    let mut batch = vec![first];
    while batch.len() < MOST_EVENTS && bytes < MOST_BYTES - LONGEST_TEXT {
        let Ok(Some(next)) = timeout_at(deadline, lines.recv()).await else { break };
        bytes += next.text.len() + EVENT_OVERHEAD;
        batch.push(next);
    }
    // Lines of many tasks arrive in nearly the order of their times; the API requires exact order.
    batch.sort_by_key(|event| event.millis);
    batch
}

async fn put_batch(destination: &LogStream, batch: Vec<DeliveredLine>) -> Result<(), SdkFailure> {
    let events: Vec<_> = batch.into_iter().filter_map(|event| to_input_event(event).ok()).collect();
    match send_events(destination, events.clone()).await {
        Err(failure) if failure.is(&["ResourceNotFoundException"]) => {
            create_stream(destination).await?;
            send_events(destination, events).await
        }
        sent => sent,
    }
}

fn to_input_event(
    mut event: DeliveredLine,
) -> Result<InputLogEvent, aws_smithy_types::error::operation::BuildError> {
    if event.text.len() > LONGEST_TEXT {
        event.text.truncate(event.text.floor_char_boundary(LONGEST_TEXT));
    }
    InputLogEvent::builder().timestamp(event.millis).message(event.text).build()
}

async fn send_events(
    destination: &LogStream,
    events: Vec<InputLogEvent>,
) -> Result<(), SdkFailure> {
    let request = destination.client.put_log_events().log_group_name(&destination.group);
    let request = request.log_stream_name(&destination.stream).set_log_events(Some(events));
    Ok(request.send().await.map(|_| ())?)
}

async fn create_stream(destination: &LogStream) -> Result<(), SdkFailure> {
    let request = destination.client.create_log_stream().log_group_name(&destination.group);
    match request.log_stream_name(&destination.stream).send().await.map_err(SdkFailure::from) {
        Err(failure) if failure.is(&["ResourceAlreadyExistsException"]) => Ok(()),
        made => made.map(|_| ()),
    }
}
