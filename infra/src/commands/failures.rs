//! `failures`: lists the events in the dead-letter queue. With `--replay` each is sent to its
//! function again.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use aws::invoke::invoke_async;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use chrono::{DateTime, Utc};
use domain::point_in_time::format_time;
use serde::Serialize;

use crate::access::Access;
use crate::cli::Global;
use crate::context::StackContext;
use crate::runs::dead_letter::DeadLetter;
use crate::runs::dead_letter_queue;
use crate::runs::health;
use crate::ui::output;

/// The number of characters of a payload that are shown.
const SHOWN: usize = 100;

#[derive(Debug, Serialize)]
struct FailedEvent {
    at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    letter: DeadLetter,
    /// Whether, with `--replay`, the function accepted it and it was deleted from the queue.
    replayed: bool,
    #[serde(skip)]
    receipt: String,
}

/// The access of `--replay`.
pub(crate) const REPLAY_ACCESS: Access =
    Access { stack: &["lambda:InvokeFunction"], ..Access::NONE };

pub(super) async fn run(global: &Global, replay: bool) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let Some(queue) = health::dead_letter_queue_url(&context).await? else {
        let none: [FailedEvent; 0] = [];
        let absent = "There is no dead-letter queue: the stack is not deployed.\n";
        output::print_data(global.output, &none, absent)?;
        return Ok(ExitCode::SUCCESS);
    };
    let messages = dead_letter_queue::receive_all(&context.aws.sqs, &queue).await?;
    let mut failures: Vec<FailedEvent> = messages.iter().map(parse_message).collect();
    failures.sort_by_key(|failure| failure.at);
    let sent = if replay { send_all_again(&context, &queue, &mut failures).await } else { Ok(()) };
    for failure in failures.iter().filter(|failure| !failure.replayed) {
        dead_letter_queue::make_visible(&context.aws.sqs, &queue, &failure.receipt).await?;
    }
    sent?;
    let left = failures.iter().any(|failure| !failure.replayed);
    output::print_data(global.output, &failures, failures_text(&failures, replay)?)?;
    Ok(if replay && left { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Stops at the first failure; events that were not sent are still in the queue.
async fn send_all_again(
    context: &StackContext,
    queue: &str,
    failures: &mut [FailedEvent],
) -> Result<()> {
    for failure in failures {
        failure.replayed = send_again(context, queue, failure).await?;
    }
    Ok(())
}

fn parse_message(message: &Message) -> FailedEvent {
    let attributes = message.message_attributes();
    let attribute = |name: &str| {
        attributes.and_then(|all| all.get(name)).and_then(|value| value.string_value())
    };
    let sent =
        message.attributes().and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp));
    let sent = sent.and_then(|text| text.parse().ok()).and_then(DateTime::from_timestamp_millis);
    FailedEvent {
        at: sent,
        letter: DeadLetter::parse(message.body().unwrap_or_default(), attribute),
        replayed: false,
        receipt: message.receipt_handle().unwrap_or_default().to_owned(),
    }
}

/// Deletes the event from the queue only after Lambda has accepted it. An interruption between both
/// processes it twice, which is safe.
async fn send_again(context: &StackContext, queue: &str, failure: &FailedEvent) -> Result<bool> {
    let Some(function) = &failure.letter.function_arn else { return Ok(false) };
    let payload = serde_json::to_vec(&failure.letter.payload)?;
    let sent = invoke_async(&context.aws.lambda, function, payload).await;
    sent.with_context(|| format!("sending an event to `{function}` again"))?;
    dead_letter_queue::delete_message(&context.aws.sqs, queue, &failure.receipt).await?;
    Ok(true)
}

fn failures_text(failures: &[FailedEvent], replay: bool) -> Result<String> {
    let mut text: String = failures.iter().map(failure_text).collect();
    let left = failures.iter().filter(|failure| !failure.replayed).count();
    match (failures.len(), left, replay) {
        (0, ..) => text.push_str("No dead letters: every event was processed.\n"),
        (_, 0, _) => {
            text.push_str("All were sent again; `efs-s3 failures` lists those that fail again.\n")
        }
        (_, left, true) => {
            writeln!(text, "{left} could not be sent again: they name no function.")?
        }
        (_, left, false) => {
            writeln!(text, "{left} in total; fix the cause, then run `efs-s3 failures --replay`.")?
        }
    }
    Ok(text)
}

fn failure_text(failure: &FailedEvent) -> String {
    let at = failure.at.map_or_else(|| "-".to_owned(), format_time);
    let sent = if failure.replayed { ", sent again" } else { "" };
    let payload: String = failure.letter.payload.to_string().chars().take(SHOWN).collect();
    let (function, why) = (failure.letter.function_name(), &failure.letter.why);
    format!("{at}  {function}{sent}\n    {why}\n    {payload}\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example_failure(replayed: bool) -> FailedEvent {
        let function = "arn:aws:lambda:eu-central-1:111122223333:function:backup-start-execution";
        FailedEvent {
            at: DateTime::from_timestamp(1_700_000_000, 0),
            letter: DeadLetter {
                function_arn: Some(function.into()),
                why: "reading s3://records/x: AccessDenied".into(),
                payload: json!({ "slot": "manual-1" }),
            },
            replayed,
            receipt: String::new(),
        }
    }

    #[test]
    fn dead_letters_are_shown_with_their_reason() {
        insta::assert_snapshot!(failures_text(&[example_failure(false)], false).unwrap(), @r#"
        2023-11-14 22:13:20 UTC  backup-start-execution
            reading s3://records/x: AccessDenied
            {"slot":"manual-1"}
        1 in total; fix the cause, then run `efs-s3 failures --replay`.
        "#);
        let again = failures_text(&[example_failure(true)], true).unwrap();
        assert!(again.contains("start-execution, sent again"));
        assert_eq!(
            failures_text(&[], false).unwrap(),
            "No dead letters: every event was processed.\n"
        );
    }
}
