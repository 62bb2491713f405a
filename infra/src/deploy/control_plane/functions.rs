//! The functions with their log groups and roles.

use domain::config::StackConfig;
use domain::environment::Environment;
use domain::function::FunctionName;
use domain::names::Names;
use reconciler::graph::{Graph, ResourceId};
use reconciler::resources::iam::role::Role;
use reconciler::resources::lambda::function::Function as LambdaFunction;
use reconciler::resources::lambda::invoke_config::InvokeConfig;
use reconciler::resources::logs::log_group::LogGroup;

use super::EVENT_AGE_SECONDS;
use crate::deploy::deployed_syncs::DeployedSyncs;
use crate::deploy::function_digests::FunctionDigests;
use crate::deploy::policies;

/// The maximum of Lambda, after the first attempt.
const FUNCTION_RETRIES: i32 = 2;

pub(super) fn add_functions(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    code: &FunctionDigests,
    deployed: &DeployedSyncs,
    dead_letters: &ResourceId,
) {
    for function in FunctionName::ALL {
        let policy = policies::function_policy(function, config, names, deployed);
        let role =
            Role::new(names.role_name(function.name()), policies::lambda_trust(names), policy);
        let role = graph.add(&format!("{function}-role"), role);
        let code_sha256 = code.get(&function).map_or("", String::as_str);
        add_function(graph, config, names, function, &role, code_sha256);
        add_invoke_config(graph, names, function, dead_letters);
    }
}

fn add_function(
    graph: &mut Graph,
    config: &StackConfig,
    names: &Names,
    function: FunctionName,
    role: &ResourceId,
    code_sha256: &str,
) {
    let log_group = LogGroup {
        name: names.function_log_group(function),
        retention_days: config.functions.log_retention_days,
    };
    // Before the function, because Lambda would create a group that is kept for ever.
    let log_group = graph.add(&format!("{function}-log-group"), log_group);
    let lambda = desired_function(config, names, function, role, code_sha256);
    graph.add_after(function.name(), lambda, &[&log_group]);
}

fn desired_function(
    config: &StackConfig,
    names: &Names,
    function: FunctionName,
    role: &ResourceId,
    code_sha256: &str,
) -> LambdaFunction {
    let variables = function_environment(names).to_variables().into_iter();
    LambdaFunction {
        name: names.function_name(function),
        binary: function.name().to_owned(),
        architecture: config.functions.architecture.as_str().to_owned(),
        role_arn: role.attribute("arn"),
        memory_mb: config.functions.memory_mb,
        timeout_seconds: timeout_seconds(function, config),
        environment: variables.map(|(name, value)| (name.to_owned(), value)).collect(),
        code_sha256: code_sha256.to_owned(),
    }
}

fn function_environment(names: &Names) -> Environment {
    Environment {
        stack_name: names.stack.clone(),
        account: names.account.clone(),
        records_bucket: names.records_bucket(),
        alerts_topic_arn: names.alerts_topic_arn(),
    }
}

/// An apply takes minutes, and a large verification may invoke itself sixteen times at most: both
/// get the maximum of Lambda.
fn timeout_seconds(function: FunctionName, config: &StackConfig) -> i32 {
    match function {
        FunctionName::BootstrapStack | FunctionName::VerifyVersions => 900,
        FunctionName::StartExecution => config.functions.timeout_seconds,
        // It waits for reports up to `report_within_minutes`, and needs a minute to write the
        // record without one.
        FunctionName::OnExecutionComplete => {
            let waits = longest_wait_minutes(config).saturating_add(1).saturating_mul(60);
            config.functions.timeout_seconds.max(waits.min(900))
        }
    }
}

/// Returns the longest `report_within_minutes` of all syncs: they share the function.
fn longest_wait_minutes(config: &StackConfig) -> i32 {
    let syncs = config.resolve_syncs().into_iter();
    syncs.map(|sync| sync.config.limits.report_within_minutes).max().unwrap_or_default()
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
