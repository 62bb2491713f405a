//! The rules for values and their combinations. Each section has its own; each message gives the
//! reason and the solution.

use super::StackConfig;
use super::key_lines::KeyLines;
use super::problem::ConfigProblem;
use super::rule_problems::RuleProblems;
use super::sections::{
    alerts, destination, file_system, functions, instance, limits, network, proof, schedule,
    source, stack, task,
};

/// Everything that is not allowed about a configuration whose types are right.
pub(super) fn check_config(config: &StackConfig, lines: &KeyLines) -> Vec<ConfigProblem> {
    let mut problems = RuleProblems::default();
    stack::check_section(&config.stack, &mut problems);
    network::check_section(&config.network, &config.stack.region, &mut problems);
    file_system::check_section(config, &mut problems);
    source::check_section(&config.source, &mut problems);
    destination::check_section(config, &mut problems);
    task::check_section(config, lines, &mut problems);
    instance::check_section(config, &mut problems);
    schedule::check_section(config, &mut problems);
    limits::check_section(&config.limits, &mut problems);
    proof::check_section(&config.proof, &mut problems);
    alerts::check_section(config, &mut problems);
    functions::check_section(&config.functions, &mut problems);
    problems.0
}
