//! The EventBridge rules that invoke the functions: on a schedule, or when an event occurs.

use domain::arn::TaskArn;
use domain::config::StackConfig;
use domain::function::FunctionName;
use domain::names::{FULL_VERIFICATION_RULE, Names};
use domain::request::SweepRequest;
use domain::sync_name::SyncName;
use serde_json::{Value, json};

use super::SCHEDULE;
use super::patterns::{execution_complete, report_created};
use super::syncs::PlannedSync;

/// The rule that starts the sweep.
const SWEEP: &str = "sweep";
const SWEEP_RATE: &str = "rate(5 minutes)";

/// The schedule of a rule that is not desired and therefore never created.
const ABSENT: &str = "rate(1 day)";

/// A rule that invokes a function.
pub(super) struct Trigger {
    /// The id without the sync.
    pub(super) id: &'static str,
    /// The sync that the rule belongs to. A rule of the whole stack has the names of `default`.
    pub(super) sync: SyncName,
    pub(super) description: &'static str,
    pub(super) schedule: Option<String>,
    pub(super) pattern: Option<Value>,
    /// The payload that the function receives instead of the event.
    pub(super) input: Option<Value>,
    pub(super) enabled: bool,
    /// Whether the configuration contains it; otherwise the rule is pruned.
    pub(super) wanted: bool,
    pub(super) function: FunctionName,
}

impl Trigger {
    fn on_schedule(id: &'static str, schedule: &str, function: FunctionName) -> Self {
        Self {
            id,
            sync: SyncName::default(),
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

    /// Disables a rule that needs a task while there is none.
    ///
    /// A rule fires as soon as it is enabled, and without a task there is nothing to start, to
    /// sweep or to audit. The daily drift check waits by itself while a deploy is running, and
    /// resumes an interrupted one.
    fn enabled_with_task(mut self, has_task: bool) -> Self {
        let needs_task = self.schedule.is_some() && self.function != FunctionName::BootstrapStack;
        self.enabled &= self.wanted && (!needs_task || has_task);
        self
    }
}

/// Returns the rules of the whole stack: those that the configuration contains, and those that it
/// does not, to be pruned.
pub(super) fn stack_triggers(config: &StackConfig, names: &Names, has_task: bool) -> Vec<Trigger> {
    let (report, verify) = (report_created(names), FunctionName::VerifyVersions);
    let all = [
        // Separate from the schedules, which may be rare, paused or disabled.
        Trigger {
            description: "Looks for lost events, stuck executions and missing proofs",
            input: Some(json!(SweepRequest::new())),
            ..Trigger::on_schedule(SWEEP, SWEEP_RATE, FunctionName::StartExecution)
        },
        Trigger {
            description: "Verifies an execution's object versions when its report has arrived",
            ..Trigger::on_event("report-created", report, verify)
        },
        Trigger {
            description: "Compares AWS once a day with the deployed configuration",
            ..Trigger::on_schedule("daily-drift", "rate(1 day)", FunctionName::BootstrapStack)
        },
        audit_trigger(config),
    ];
    all.into_iter().map(|trigger| trigger.enabled_with_task(has_task)).collect()
}

fn audit_trigger(config: &StackConfig) -> Trigger {
    let schedule = config.proof.audit.as_deref();
    Trigger {
        description: "Verifies that everything ever proven still exists",
        wanted: schedule.is_some(),
        ..Trigger::on_schedule("audit", schedule.unwrap_or(ABSENT), FunctionName::VerifyVersions)
    }
}

/// Returns the rules of one sync.
pub(super) fn sync_triggers(sync: &PlannedSync) -> Vec<Trigger> {
    let enabled = sync.config.schedule.enabled && !sync.paused;
    let starts = start_triggers(&sync.config, enabled);
    let complete = sync.task.map(complete_trigger);
    let of_sync = |trigger: Trigger| Trigger {
        sync: sync.name.clone(),
        wanted: trigger.wanted && sync.wanted,
        ..trigger
    };
    let all = starts.into_iter().chain(complete).map(of_sync);
    all.map(|trigger| trigger.enabled_with_task(sync.task.is_some())).collect()
}

/// Returns the rules that start executions.
fn start_triggers(config: &StackConfig, enabled: bool) -> [Trigger; 2] {
    let function = FunctionName::StartExecution;
    [
        Trigger {
            description: "Starts an execution on schedule",
            enabled,
            ..Trigger::on_schedule(SCHEDULE, &config.schedule.expression, function)
        },
        full_verification_trigger(config, enabled),
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

fn complete_trigger(task: &TaskArn) -> Trigger {
    let (pattern, function) = (execution_complete(task), FunctionName::OnExecutionComplete);
    Trigger {
        description: "Records how an execution ended",
        ..Trigger::on_event("execution-complete", pattern, function)
    }
}
