//! The EventBridge rules that invoke the functions: on a schedule, or when an event occurs.

use domain::arn::TaskArn;
use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::names::{FULL_VERIFICATION_RULE, Names};
use domain::request::SweepRequest;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::events::rule::Rule;
use reconciler::resources::lambda::permission::Permission;
use serde_json::{Value, json};

use super::patterns::{execution_complete, report_created};
use super::{EVENT_AGE_SECONDS, SCHEDULE};

/// The maximum of EventBridge. Its pauses grow, so that the age decides.
const DELIVERY_RETRIES: i32 = 185;

/// The rule that starts the sweep.
const SWEEP: &str = "sweep";
const SWEEP_RATE: &str = "rate(5 minutes)";

/// The schedule of a rule that is not desired and therefore never created.
const ABSENT: &str = "rate(1 day)";

/// A rule that invokes a function.
pub(super) struct Trigger {
    id: &'static str,
    description: &'static str,
    schedule: Option<String>,
    pattern: Option<Value>,
    /// The payload that the function receives instead of the event.
    input: Option<Value>,
    enabled: bool,
    /// Whether the configuration contains it; otherwise the rule is pruned.
    wanted: bool,
    function: FunctionName,
}

impl Trigger {
    fn on_schedule(id: &'static str, schedule: &str, function: FunctionName) -> Self {
        Self {
            id,
            description: "",
            schedule: Some(schedule.to_owned()),
            pattern: None,
            input: None,
            enabled: true,
            wanted: true,
            function,
        }
    }

    fn on_event(id: &'static str, pattern: Value, function: FunctionName) -> Self {
        let pattern = Some(pattern);
        Self { schedule: None, pattern, ..Self::on_schedule(id, ABSENT, function) }
    }
}

/// Returns the rules that the configuration contains, and those that it does not, to be pruned.
pub(super) fn desired_triggers(
    config: &StackConfig,
    names: &Names,
    task: Option<&TaskArn>,
    paused: bool,
) -> Vec<Trigger> {
    let starts = start_triggers(config, config.schedule.enabled && !paused);
    let checks = check_triggers(config, names);
    let complete = task.map(complete_trigger);
    let all = starts.into_iter().chain(checks).chain(complete);
    all.map(|trigger| enabled_with_task(trigger, task.is_some())).collect()
}

fn check_triggers(config: &StackConfig, names: &Names) -> [Trigger; 3] {
    let (report, verify) = (report_created(names), FunctionName::VerifyVersions);
    [
        Trigger {
            description: "Verifies an execution's object versions when its report has arrived",
            ..Trigger::on_event("report-created", report, verify)
        },
        Trigger {
            description: "Compares AWS once a day with the deployed configuration",
            ..Trigger::on_schedule("daily-drift", "rate(1 day)", FunctionName::BootstrapStack)
        },
        audit_trigger(config),
    ]
}

fn complete_trigger(task: &TaskArn) -> Trigger {
    let (pattern, function) = (execution_complete(task), FunctionName::OnExecutionComplete);
    Trigger {
        description: "Records how an execution ended",
        ..Trigger::on_event("execution-complete", pattern, function)
    }
}

/// Disables a rule that needs the task while there is none.
///
/// A rule fires as soon as it is enabled, and without a task there is nothing to start, to sweep or
/// to audit. The daily drift check waits by itself while a deploy is running, and resumes an
/// interrupted one.
fn enabled_with_task(mut trigger: Trigger, has_task: bool) -> Trigger {
    let needs_task = trigger.schedule.is_some() && trigger.function != FunctionName::BootstrapStack;
    trigger.enabled &= trigger.wanted && (!needs_task || has_task);
    trigger
}

/// Returns the rules that invoke `start-execution`.
fn start_triggers(config: &StackConfig, enabled: bool) -> [Trigger; 3] {
    let function = FunctionName::StartExecution;
    [
        Trigger {
            description: "Starts an execution on schedule",
            enabled,
            ..Trigger::on_schedule(SCHEDULE, &config.schedule.expression, function)
        },
        full_verification_trigger(config, enabled),
        // Separate from the schedule, which may be rare, paused or disabled.
        Trigger {
            description: "Looks for lost events, stuck executions and missing proofs",
            input: Some(json!(SweepRequest::new())),
            ..Trigger::on_schedule(SWEEP, SWEEP_RATE, function)
        },
    ]
}

/// Returns the rule that receives the event, because the time in it makes the slot; a constant
/// input has no time.
fn full_verification_trigger(config: &StackConfig, enabled: bool) -> Trigger {
    let schedule = config.full_verification();
    let (id, function) = (FULL_VERIFICATION_RULE, FunctionName::StartExecution);
    Trigger {
        description: "Starts an execution that compares everything on both sides",
        enabled,
        wanted: schedule.is_some(),
        ..Trigger::on_schedule(id, schedule.unwrap_or(ABSENT), function)
    }
}

fn audit_trigger(config: &StackConfig) -> Trigger {
    let schedule = config.proof.audit.as_deref();
    Trigger {
        description: "Verifies that everything ever proven still exists",
        wanted: schedule.is_some(),
        ..Trigger::on_schedule("audit", schedule.unwrap_or(ABSENT), FunctionName::VerifyVersions)
    }
}

/// Adds a rule and the permission to invoke its function.
pub(super) fn add_rule(
    graph: &mut Graph,
    names: &Names,
    trigger: Trigger,
    dead_letters: &ResourceId,
) {
    let function = ResourceId::new(trigger.function.name());
    let permission = invoke_permission(names, &trigger, &function);
    // Before the rule, because an event that may not be delivered is lost at once.
    let permission = graph.add(&format!("{}-permission", trigger.id), permission);
    let (id, wanted) = (format!("{}-rule", trigger.id), trigger.wanted);
    let rule = desired_rule(names, trigger, &function, dead_letters);
    let rule = graph.add_after(&id, rule, &[&permission]);
    if !wanted {
        [&permission, &rule].into_iter().for_each(|id| graph.prune(id));
    }
}

fn invoke_permission(names: &Names, trigger: &Trigger, function: &ResourceId) -> Permission {
    Permission {
        function: function.attribute("name"),
        statement_id: trigger.id.to_owned(),
        principal: "events.amazonaws.com".to_owned(),
        source_arn: names.rule_arn(trigger.id),
    }
}

fn desired_rule(
    names: &Names,
    trigger: Trigger,
    function: &ResourceId,
    dead_letters: &ResourceId,
) -> Rule {
    Rule {
        name: names.within_stack(trigger.id),
        description: trigger.description.to_owned(),
        schedule: trigger.schedule,
        pattern: trigger.pattern,
        enabled: trigger.enabled,
        target_arn: function.attribute("arn"),
        input: trigger.input,
        dead_letter_arn: dead_letters.attribute("arn"),
        retries: DELIVERY_RETRIES,
        event_age_seconds: EVENT_AGE_SECONDS,
    }
}
