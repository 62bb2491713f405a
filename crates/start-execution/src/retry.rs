//! A retry of busy files that does not come about: then nobody has been told of the execution
//! before it, whose alert was held back for the retry.

use domain::records::keys;
use domain::records::outputs::Outputs;
use domain::records::run::RunRecord;
use domain::request::StartRequest;

use crate::alert;
use crate::handler::{HandlerError, Invocation};

/// Sends the alert that the retry held back, once; nothing for any other request.
///
/// Its receipt is the one of the execution's own alert, so that no two functions tell of one
/// execution.
pub(crate) async fn tell_of_skipped(
    invocation: &Invocation<'_>,
    outputs: &Outputs,
    request: &StartRequest,
) -> Result<(), HandlerError> {
    let Some(first) = request.retry_of.as_deref() else { return Ok(()) };
    let run: Option<RunRecord> = invocation.app.records.read(&keys::run_record(first)).await?;
    let alert = alert::retry_skipped(&invocation.names(&outputs.task_arn), first, run.as_ref());
    invocation.once().publish(&keys::run_alert(first), &alert).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::outcome::Outcome;
    use crate::world::{NOW, TASK, World};
    use aws::fakes::datasync::{FakeExecution, StartFault};
    use domain::config::{TemplateValues, parse, render_template};
    use domain::records::alert::{Alert, AlertReceipt};
    use domain::records::keys;

    const FIRST: &str = "exec-0aaaaaaaaaaaaaaa0";
    const TOLD: &str = "[backup] files were busy, and are not copied again yet";

    /// With the record of an execution that met busy files.
    fn world() -> World {
        let world = World::new();
        let config = parse(&render_template(&TemplateValues {
            stack_name: "backup",
            region: "eu-central-1",
        }))
        .unwrap();
        world.bucket.put(keys::CONFIG, serde_json::to_vec(&config).unwrap());
        let counters = json!({"files_to_transfer": 0, "bytes_to_transfer": 0, "files_transferred": 0,
            "bytes_transferred": 0, "bytes_written": 0, "files_verified": 0, "files_deleted": 0, "files_skipped": 0});
        let run = json!({"execution": format!("{TASK}/execution/{FIRST}"), "outcome": "failed", "class": "busy-file",
            "recorded_at": "2023-11-14T22:00:00Z", "counters": counters,
            "durations": {"prepare_ms": 0, "transfer_ms": 0, "verify_ms": 0, "total_ms": 0},
            "problems": {"count": 1, "first": ["/a: changed"]}, "retries": ["/a"]});
        world.bucket.put(&keys::run_record(FIRST), run.to_string());
        world
    }

    fn add(world: &World, status: &str) {
        let task = world.datasync.state().task.clone();
        let execution =
            FakeExecution { status: status.into(), ..FakeExecution::under_way(&task, 9, NOW) };
        world.datasync.state().executions.push(execution);
    }

    fn request(when_busy: Option<&str>) -> Value {
        let mut request =
            json!({"slot": "retry-1", "overrides": {"includes": ["/a"]}, "retry_of": FIRST});
        if let Some(when_busy) = when_busy {
            request["when_busy"] = json!(when_busy);
        }
        request
    }

    #[tokio::test]
    async fn a_retry_waits_behind_whatever_is_under_way() {
        for (status, task_status) in [("TRANSFERRING", "RUNNING"), ("QUEUED", "QUEUED")] {
            let world = world();
            add(&world, status);
            world.datasync.state().task_status = Some(task_status.into());
            let outcome = world.invoke(request(Some("queue")), "r1", NOW).await.unwrap();
            assert!(matches!(outcome, Outcome::Started { .. }), "{outcome:?}");
            assert_eq!((world.started("retry-1"), world.subjects().len()), (1, 0));
        }
    }

    #[tokio::test]
    async fn a_retry_that_is_skipped_for_whatever_reason_is_told_once() {
        for reason in ["policy", "refused", "unavailable"] {
            let world = world();
            match reason {
                "policy" => add(&world, "TRANSFERRING"),
                "refused" => world.datasync.state().start_faults.push_back(StartFault::Beaten),
                _ => world.datasync.state().task_status = Some("UNAVAILABLE".into()),
            }
            let when_busy = (reason != "policy").then_some("queue");
            for request_id in ["r1", "r1", "r2"] {
                // An unavailable task is an error, and then the slot has its end.
                let outcome = world.invoke(request(when_busy), request_id, NOW).await;
                assert!(
                    matches!(outcome, Ok(Outcome::Skipped { .. }) | Err(_)),
                    "{reason}: {outcome:?}"
                );
            }
            let told = world.subjects().into_iter().filter(|subject| subject == TOLD).count();
            assert_eq!(
                (told, world.started("retry-1")),
                (1, 0),
                "{reason}: {:?}",
                world.subjects()
            );
        }
    }

    #[tokio::test]
    async fn what_was_told_already_is_not_told_by_a_skipped_retry() {
        let world = world();
        let at = chrono::DateTime::from_timestamp(NOW - 60, 0).unwrap();
        let alert = Alert { what: "the run failed".into(), ..Alert::default() };
        let receipt =
            AlertReceipt { alert, claimed_by: "r0".into(), claimed_at: at, sent_at: Some(at) };
        world.bucket.put(&keys::run_alert(FIRST), serde_json::to_vec(&receipt).unwrap());
        add(&world, "TRANSFERRING");
        let outcome = world.invoke(request(None), "r1", NOW).await.unwrap();
        assert!(matches!(outcome, Outcome::Skipped { .. }), "{outcome:?}");
        assert_eq!(world.subjects(), Vec::<String>::new());
    }
}
