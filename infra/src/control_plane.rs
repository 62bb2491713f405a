//! The control plane as a graph: records bucket, alerts topic, functions, rules, and what watches
//! them. Pure.

use domain::arn::TaskArn;
use domain::config::StackConfig;
use domain::environment::Environment;
use domain::function::FunctionName;
use domain::names::{FULL_VERIFICATION_RULE, Names};
use domain::records::keys;
use domain::request::SweepRequest;
use reconciler::graph::{Graph, ResourceId};
use reconciler::kinds::bucket::Bucket;
use reconciler::kinds::function::Function as LambdaFunction;
use reconciler::kinds::invoke_config::InvokeConfig;
use reconciler::kinds::log_group::LogGroup;
use reconciler::kinds::permission::Permission;
use reconciler::kinds::queue::Queue;
use reconciler::kinds::role::Role;
use reconciler::kinds::rule::Rule;
use reconciler::kinds::subscription::Subscription;
use reconciler::kinds::topic::Topic;
use serde_json::{Value, json};

use crate::code::Digests;
use crate::{alarms, dashboard, policies};

/// How old an event may become before it counts as one that nobody could work off: later than that
/// the next one has come, or a person has.
const EVENT_AGE_SECONDS: i32 = 60 * 60;
/// As often as EventBridge tries at most; its pauses grow, so the age decides.
const DELIVERY_RETRIES: i32 = 185;
/// As often as Lambda tries at most, after the first time.
const FUNCTION_RETRIES: i32 = 2;

/// The rule that starts executions.
pub(crate) const SCHEDULE: &str = "schedule";

/// The rules that start executions, which a pause disables.
pub(crate) const STARTS: [&str; 2] = [SCHEDULE, FULL_VERIFICATION_RULE];

/// The rule that sweeps.
const SWEEP: &str = "sweep";
const SWEEP_RATE: &str = "rate(5 minutes)";

/// The schedule of a rule that is not wanted: it is never made.
const ABSENT: &str = "rate(1 day)";

/// What wakes a function.
struct Wake {
    id: &'static str,
    description: &'static str,
    schedule: Option<String>,
    pattern: Option<Value>,
    /// What the function is sent instead of the event.
    input: Option<Value>,
    enabled: bool,
    /// Whether the configuration asks for it; else it is taken away where it is there.
    wanted: bool,
    function: FunctionName,
}

/// The control plane and the alarms that watch it. The local cloud has no alarms: MiniStack leaves
/// out of an alarm's description, in the Query protocol, most of what was put.
pub(crate) fn watched_control_plane(
    config: &StackConfig,
    names: &Names,
    code: &Digests,
    task: Option<&TaskArn>,
    paused: bool,
) -> Graph {
    let mut graph = control_plane(config, names, code, task, paused);
    for (id, alarm) in alarms::alarms(config, names, task.is_some()) {
        graph.add_after(&id, alarm, &[&ResourceId::new("alerts-topic")]);
    }
    graph
}

/// The whole control plane. Before the first run of `bootstrap-stack` there is no task, and no rule
/// on it. While the schedule is paused its rule is disabled, and what watches it stays.
pub(crate) fn control_plane(
    config: &StackConfig,
    names: &Names,
    code: &Digests,
    task: Option<&TaskArn>,
    paused: bool,
) -> Graph {
    let mut graph = records_bucket(names, config.proof.object_lock_days.is_some());
    add_alerts(&mut graph, config, names);
    let dead_letters = add_dead_letters(&mut graph, names);
    for function in FunctionName::ALL {
        add_function(
            &mut graph,
            config,
            names,
            function,
            code.get(&function).map_or("", String::as_str),
        );
        add_invoke_config(&mut graph, names, function, &dead_letters);
    }
    for mut wake in wakes(config, names, task, paused) {
        // A rule fires as soon as it is enabled, and without a task there is nothing to start, to
        // sweep or to audit. The daily look waits by itself while a deploy is under way, and goes
        // on with one that was cut off.
        let needs_task = wake.schedule.is_some() && wake.function != FunctionName::BootstrapStack;
        wake.enabled &= wake.wanted && (!needs_task || task.is_some());
        add_rule(&mut graph, names, wake, &dead_letters);
    }
    graph.add("dashboard", dashboard::dashboard(names, task));
    graph.bound_roles(config.stack.permissions_boundary_arn.as_deref());
    graph
}

fn add_alerts(graph: &mut Graph, config: &StackConfig, names: &Names) {
    let arn = names.alerts_topic_arn();
    let topic = Topic::private(&names.alerts_topic(), &arn, &names.account, &names.alarms_arn());
    let topic = graph.add("alerts-topic", topic.encrypted(config.alerts.kms_key_arn.clone()));
    for (protocol, endpoint) in config.alerts.list_subscriptions() {
        let (protocol, endpoint) = (protocol.to_owned(), endpoint.to_owned());
        let subscription = Subscription { topic_arn: topic.attribute("arn"), protocol, endpoint };
        graph.add(&subscription_id(&subscription), subscription);
    }
}

/// Follows from the endpoint, so that the others stay when one is taken out.
fn subscription_id(subscription: &Subscription) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let endpoint: String = subscription.endpoint.chars().map(plain).collect();
    format!("{}-subscription-{endpoint}", subscription.protocol)
}

/// One queue for all that could not be delivered or worked off: there is one place to look.
fn add_dead_letters(graph: &mut Graph, names: &Names) -> ResourceId {
    let (name, arn) = (names.dead_letter_queue(), names.dead_letter_queue_arn());
    graph.add(
        "dead-letters",
        Queue::dead_letters(&name, &arn, "events.amazonaws.com", &names.rule_arn("*")),
    )
}

fn add_invoke_config(
    graph: &mut Graph,
    names: &Names,
    function: FunctionName,
    dead_letters: &ResourceId,
) {
    let config = InvokeConfig {
        function: names.function_name(function),
        retries: FUNCTION_RETRIES,
        event_age_seconds: EVENT_AGE_SECONDS,
        on_failure: dead_letters.attribute("arn"),
    };
    graph.add_after(
        &format!("{function}-invoke-config"),
        config,
        &[&ResourceId::new(function.name())],
    );
}

/// The pipeline's memory alone: the lock of the first deploy lies in it, so it is made before
/// everything else.
pub(crate) fn records_bucket(names: &Names, object_lock: bool) -> Graph {
    let mut graph = Graph::default();
    let records = Bucket::private(&names.records_bucket(), names.partition());
    let records =
        records.with_eventbridge().with_scratch(keys::SCRATCH_PREFIX).with_object_lock(object_lock);
    let records = records.with_short_history(&keys::SHORT_HISTORY_PREFIXES);
    graph.add_data("records-bucket", records);
    graph
}

fn add_function(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    function: FunctionName,
    code_sha256: &str,
) {
    let log_group = LogGroup {
        name: names.function_log_group(function),
        retention_days: config.functions.log_retention_days,
    };
    // Before the function: Lambda would make a group of its own that is kept for ever.
    let log_group = graph.add(&format!("{function}-log-group"), log_group);
    let access = policies::of_function(function, config, names);
    let role = Role::new(names.role_name(function.name()), policies::lambda_trust(names), access);
    let role = graph.add(&format!("{function}-role"), role);
    let environment = Environment {
        stack_name: names.stack.clone(),
        account: names.account.clone(),
        records_bucket: names.records_bucket(),
        alerts_topic_arn: names.alerts_topic_arn(),
    };
    let variables =
        environment.to_variables().into_iter().map(|(name, value)| (name.to_owned(), value));
    let lambda = LambdaFunction {
        name: names.function_name(function),
        binary: function.name().to_owned(),
        architecture: config.functions.architecture.as_str().to_owned(),
        role_arn: role.attribute("arn"),
        memory_mb: config.functions.memory_mb,
        timeout_seconds: timeout_seconds(function, config),
        environment: variables.collect(),
        code_sha256: code_sha256.to_owned(),
    };
    graph.add_after(function.name(), lambda, &[&log_group]);
}

/// An apply takes minutes, and a large check may hand itself on sixteen times at most: both get
/// what Lambda gives at most.
fn timeout_seconds(function: FunctionName, config: &StackConfig) -> i32 {
    match function {
        FunctionName::BootstrapStack | FunctionName::VerifyVersions => 900,
        FunctionName::StartExecution => config.functions.timeout_seconds,
        // It waits for reports as long as they may be unfinished, and a minute is left to record
        // without one.
        FunctionName::OnExecutionComplete => {
            let waits = config.limits.report_within_minutes.saturating_add(1).saturating_mul(60);
            config.functions.timeout_seconds.max(waits.min(900))
        }
    }
}

fn wakes(config: &StackConfig, names: &Names, task: Option<&TaskArn>, paused: bool) -> Vec<Wake> {
    let mut wakes = vec![
        Wake {
            id: SCHEDULE,
            description: "Starts an execution on schedule",
            schedule: Some(config.schedule.expression.clone()),
            pattern: None,
            input: None,
            enabled: config.schedule.enabled && !paused,
            wanted: true,
            function: FunctionName::StartExecution,
        },
        // Its event alone says what it is for: it has a time, which an input of ours would not
        // have.
        Wake {
            id: FULL_VERIFICATION_RULE,
            description: "Starts an execution that compares everything on both sides",
            schedule: Some(config.full_verification().unwrap_or(ABSENT).to_owned()),
            pattern: None,
            input: None,
            enabled: config.schedule.enabled && !paused,
            wanted: config.full_verification().is_some(),
            function: FunctionName::StartExecution,
        },
        // Apart from the schedule, which may be rare, paused or off.
        Wake {
            id: SWEEP,
            description: "Looks for what no event has told: lost ends, stuck runs, missing proofs",
            schedule: Some(SWEEP_RATE.to_owned()),
            pattern: None,
            input: Some(json!(SweepRequest::new())),
            enabled: true,
            wanted: true,
            function: FunctionName::StartExecution,
        },
        Wake {
            id: "report-created",
            description: "Proves an execution's object versions when its report has arrived",
            schedule: None,
            pattern: Some(report_created(names)),
            input: None,
            enabled: true,
            wanted: true,
            function: FunctionName::VerifyVersions,
        },
        Wake {
            id: "daily-drift",
            description: "Looks once a day whether AWS is still as deployed",
            schedule: Some("rate(1 day)".to_owned()),
            pattern: None,
            input: None,
            enabled: true,
            wanted: true,
            function: FunctionName::BootstrapStack,
        },
        Wake {
            id: "audit",
            description: "Looks whether everything that was ever proven is still there",
            schedule: Some(config.proof.audit.as_deref().unwrap_or(ABSENT).to_owned()),
            pattern: None,
            input: None,
            enabled: true,
            wanted: config.proof.audit.is_some(),
            function: FunctionName::VerifyVersions,
        },
    ];
    wakes.extend(task.map(|task| Wake {
        id: "execution-complete",
        description: "Records how an execution ended",
        schedule: None,
        pattern: Some(execution_complete(task)),
        input: None,
        enabled: true,
        wanted: true,
        function: FunctionName::OnExecutionComplete,
    }));
    wakes
}

fn add_rule(graph: &mut Graph, names: &Names, wake: Wake, dead_letters: &ResourceId) {
    let function = ResourceId::new(wake.function.name());
    let rule = Rule {
        name: names.within_stack(wake.id),
        description: wake.description.to_owned(),
        schedule: wake.schedule,
        pattern: wake.pattern,
        enabled: wake.enabled,
        target_arn: function.attribute("arn"),
        input: wake.input,
        dead_letter_arn: dead_letters.attribute("arn"),
        retries: DELIVERY_RETRIES,
        event_age_seconds: EVENT_AGE_SECONDS,
    };
    let permission = Permission {
        function: function.attribute("name"),
        statement_id: wake.id.to_owned(),
        principal: "events.amazonaws.com".to_owned(),
        source_arn: names.rule_arn(wake.id),
    };
    // Before the rule: an event that may not be delivered is lost at once.
    let permission = graph.add(&format!("{}-permission", wake.id), permission);
    let rule = graph.add_after(&format!("{}-rule", wake.id), rule, &[&permission]);
    if !wake.wanted {
        [&permission, &rule].into_iter().for_each(|id| graph.retire(id));
    }
}

/// The ends of our task's executions. The event's detail holds the state only; the task shows in
/// the resource.
fn execution_complete(task: &TaskArn) -> Value {
    json!({
        "source": ["aws.datasync"],
        "detail-type": ["DataSync Task Execution State Change"],
        "resources": [{ "prefix": format!("{task}/execution/") }],
        "detail": { "State": ["SUCCESS", "ERROR"] },
    })
}

/// The one summary report of each execution.
fn report_created(names: &Names) -> Value {
    json!({
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": { "name": [names.records_bucket()] },
            "object": { "key": [{ "prefix": keys::SUMMARY_REPORTS_PREFIX }] },
        },
    })
}

#[cfg(test)]
#[path = "control_plane_tests.rs"]
mod tests;
