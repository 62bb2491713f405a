//! The end-to-end tests: one local cloud for all, an account of its own for each, a bound on the
//! time of each.

mod alert_inbox;
mod concurrent_applies;
mod crash_points;
mod destroy;
mod drift;
mod duplicates;
mod event_files;
mod eventual_consistency;
mod external_faults;
mod finding;
mod full_verification;
mod large_verification;
mod late_roles;
mod live_tree;
mod local_cloud;
mod lock;
mod many_syncs;
mod names;
mod operations;
mod other_accounts;
mod outcomes;
mod permissions_boundary;
mod private_network;
mod proofs;
mod random_trees;
mod refusals;
mod restore;
mod restore_crash_points;
mod restored_tree;
mod scenario;
mod schedule;
mod second_apply;
mod second_emulator;
mod semantics;
mod single_file;
mod watched_stack;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::bounds;
use e2e::cloud::Cloud;
use e2e::project;
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// No test takes longer; one that does has failed. A soak takes its time.
fn time_limit() -> Duration {
    Duration::from_secs(if bounds::is_soak() { 4 * 60 * 60 } else { 800 })
}

/// The cloud and the runtime that each test gets.
#[derive(Clone)]
struct TestContext {
    cloud: Cloud,
    runtime: Arc<Runtime>,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The tests share two cores and one emulator: more at a time only makes each slower.
    arguments.test_threads = arguments.test_threads.or(Some(3));
    if arguments.list {
        return libtest_mimic::run(&arguments, list_trials(None)).exit_code();
    }
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            print_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let runtime = Arc::new(Runtime::new().context("starting a runtime")?);
    let cloud = runtime.block_on(Cloud::up_judged(project::root_folder().join("target/e2e")))?;
    let conclusion = libtest_mimic::run(
        arguments,
        list_trials(Some(&TestContext { cloud: cloud.clone(), runtime: runtime.clone() })),
    );
    runtime.block_on(cloud.down(false))?;
    let complete =
        conclusion.num_filtered_out == 0 && conclusion.num_ignored == 0 && !conclusion.has_failed();
    runtime.block_on(cloud.end_judge(complete))?;
    Ok(conclusion.exit_code())
}

/// Unoptimised, the futures of a whole function are larger than a test's own stack.
fn on_a_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    const STACK_BYTES: usize = 64 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let ended = thread.expect("the system has room for one more thread").join();
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

macro_rules! trials {
    ($context:expr, $($module:ident :: $test:ident in $account:literal),+ $(,)?) => {
        vec![$({
            let context = $context.cloned();
            Trial::test(concat!(stringify!($module), "::", stringify!($test)), move || {
                let context = context.ok_or("listed, not run")?;
                // The future is made where it runs: it can't move between threads.
                let ended: Result<()> = on_a_large_stack(|| {
                    context.runtime.block_on(async {
                        let test = $module::$test(&context.cloud, $account);
                        timeout(time_limit(), test).await.context("running out of time")?
                    })
                });
                ended.map_err(|error| Failed::from(format!("{error:?}")))
            })
        }),+]
    };
}

fn list_trials(context: Option<&TestContext>) -> Vec<Trial> {
    trials!(context,
        scenario::the_demo_as_assertions in "100000000001",
        crash_points::create_and_destroy_interrupted_before_a_call in "100000000014",
        crash_points::create_and_destroy_without_a_reply in "100000000019",
        crash_points::create_and_destroy_interrupted_after_a_call in "100000000020",
        crash_points::interrupted_updates_converge in "100000000015",
        duplicates::every_event_twice_changes_nothing in "100000000002",
        event_files::every_event_file_is_used_by_a_test in "100000000012",
        full_verification::a_separate_execution_compares_everything in "100000000074",
        proofs::each_planted_defect_is_found in "100000000071",
        large_verification::workers_share_it_and_its_proof_is_locked in "100000000073",
        proofs::an_audit_finds_lost_versions in "100000000072",
        restore::a_tree_is_restored_exactly in "100000000061",
        random_trees::random_trees_are_restored_exactly in "100000000062",
        restore_crash_points::an_interrupted_restore_converges in "100000000064",
        restore_crash_points::moving_the_restore_target_converges in "100000000065",
        single_file::one_file_is_fetched_with_history_and_proof in "100000000063",
        finding::files_are_found_now_then_and_after_a_destroy in "100000000066",
        private_network::it_comes_and_goes in "100000000029",
        schedule::a_rate_rule_starts_an_execution in "100000000003",
        second_emulator::the_whole_stack_runs_on_a_second_emulator in "100000000026",
        late_roles::a_deploy_waits_until_its_roles_take_effect in "100000000027",
        semantics::every_row_names_a_test_that_exists in "100000000028",
        second_apply::it_changes_nothing in "100000000016",
        second_apply::it_recreates_missing_resources in "100000000017",
        second_apply::it_survives_throttling in "100000000018",
        second_apply::stale_reads_create_nothing_twice in "100000000023",
        drift::each_drift_is_detected_and_repaired in "100000000021",
        concurrent_applies::one_apply_runs_and_the_others_name_its_owner in "100000000022",
        destroy::destroy_keeps_only_what_it_lists in "100000000004",
        destroy::destroy_with_the_data_leaves_nothing in "100000000005",
        eventual_consistency::an_apply_waits_for_resources_being_created in "100000000025",
        eventual_consistency::a_file_system_without_tags_is_not_touched in "100000000024",
        permissions_boundary::roles_are_created_and_changed_within_it in "100000000081",
        lock::a_held_lock_is_reported_and_released in "100000000013",
        refusals::all_configuration_errors_are_reported_at_once in "100000000006",
        refusals::commands_before_deploy_say_what_to_do in "100000000007",
        refusals::a_failed_run_is_recorded_and_alerted_once in "100000000008",
        outcomes::each_failure_class_alerts_once in "100000000051",
        external_faults::each_external_fault_alerts_once in "100000000056",
        external_faults::a_missing_report_alerts in "100000000057",
        external_faults::an_unstarted_verification_is_requested_again in "100000000058",
        outcomes::busy_files_are_copied_again_before_an_alert in "100000000052",
        live_tree::changing_files_are_busy_not_damaged in "100000000059",
        operations::the_schedule_is_paused_until_it_is_resumed in "100000000053",
        operations::runs_are_shown_and_cancelled in "100000000054",
        operations::dead_letters_are_replayed in "100000000055",
        names::every_name_is_copied_listed_proven_and_restored in "100000000091",
        local_cloud::nothing_is_lost_when_it_is_killed_or_moved in "100000000092",
        local_cloud::a_second_up_is_a_no_op in "100000000009",
        local_cloud::down_ends_only_what_up_started in "100000000010",
        local_cloud::what_was_deployed_survives_a_restart in "100000000011",
        many_syncs::each_of_three_syncs_has_its_own_place_and_life in "100000000100",
        many_syncs::removing_and_renaming_one_leaves_the_others_alone in "100000000110",
        many_syncs::events_of_three_syncs_end_the_same_in_every_order in "100000000120",
        many_syncs::twenty_schedules_at_once_keep_the_limit in "100000000130",
        many_syncs::a_plan_of_fifty_asks_little_more_than_one_of_one in "100000000140",
        many_syncs::each_layout_is_deployed_and_destroyed in "100000000150",
        other_accounts::the_owners_policy_decides_who_gets_in in "100000000093",
    )
}

#[expect(clippy::print_stderr, reason = "the test runner has not started or has ended")]
fn print_error(error: &anyhow::Error) {
    eprintln!("the end-to-end tests could not run: {error:?}");
}
