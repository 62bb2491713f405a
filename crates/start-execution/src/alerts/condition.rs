//! The alert of a condition that begins.

use domain::arn::TaskArn;
use domain::console;
use domain::names::Names;
use domain::records::alert::Alert;
use domain::records::class::Class;
use domain::records::condition::Condition;

use super::{console_link, empty_alert, format_time};

/// The task or its own schedule can't be used; `class` says which.
pub(crate) fn condition_begun(
    names: &Names,
    class: Class,
    task: &TaskArn,
    condition: &Condition,
) -> Alert {
    let (what, likely_cause, fix) = words_for_condition(class);
    Alert {
        what: what.to_owned(),
        class: Some(class),
        facts: facts_of_condition(condition),
        likely_cause: likely_cause.to_owned(),
        fix: fix.to_owned(),
        next_command: "efs-s3 drift".to_owned(),
        links: vec![console_link("Task", console::task_page(names, task.id()))],
        ..empty_alert(names)
    }
}

fn facts_of_condition(condition: &Condition) -> Vec<String> {
    vec![
        format!("DataSync reports: {}", condition.why),
        format!("Since {}; this alert is sent once.", format_time(condition.since)),
    ]
}

/// The event, its likely cause and the fix.
fn words_for_condition(class: Class) -> (&'static str, &'static str, &'static str) {
    match class {
        Class::ScheduleDisabled => (
            "DataSync has disabled a schedule of the task",
            "the task failed repeatedly with the same error. It is a schedule of DataSync's own; \
                the stack's schedule is in EventBridge.",
            "remove the schedule from the task: the stack starts the executions.",
        ),
        _ => (
            "the task is UNAVAILABLE, no execution can start",
            "something that the task needs was changed or deleted: its network interfaces, a \
                subnet, a role, or the file system.",
            "`efs-s3 drift` shows what differs; `efs-s3 deploy` corrects it.",
        ),
    }
}
