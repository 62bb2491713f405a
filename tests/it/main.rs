//! The end-to-end tests: one local cloud for all, an account of its own for each, a bound on the
//! time of each.

mod alterations;
mod concurrent_applies;
mod crash_points;
mod destroy;
mod duplicates;
mod event_files;
mod full_verification;
mod large_check;
mod late_roles;
mod life_cycles;
mod live_tree;
mod local_cloud;
mod lock;
mod mailbox;
mod mishaps;
mod names;
mod operations;
mod outcomes;
mod permissions_boundary;
mod proofs;
mod refusals;
mod restore;
mod restore_crash_points;
mod schedule;
mod second_apply;
mod second_emulator;
mod semantics;
mod story;
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
fn bound() -> Duration {
    Duration::from_secs(if bounds::soak() { 4 * 60 * 60 } else { 800 })
}

/// What a test gets: the cloud, and a runtime to run in.
#[derive(Clone)]
struct Bench {
    cloud: Cloud,
    runtime: Arc<Runtime>,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The tests share two cores and one emulator: more at a time only makes each slower.
    arguments.test_threads = arguments.test_threads.or(Some(3));
    if arguments.list {
        return libtest_mimic::run(&arguments, trials(None)).exit_code();
    }
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let runtime = Arc::new(Runtime::new().context("starting a runtime")?);
    let cloud = runtime.block_on(Cloud::up_judged(project::root().join("target/e2e")))?;
    let conclusion = libtest_mimic::run(
        arguments,
        trials(Some(&Bench { cloud: cloud.clone(), runtime: runtime.clone() })),
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
    ($bench:expr, $($module:ident :: $test:ident in $account:literal),+ $(,)?) => {
        vec![$({
            let bench = $bench.cloned();
            Trial::test(concat!(stringify!($module), "::", stringify!($test)), move || {
                let bench = bench.ok_or("listed, not run")?;
                // The future is made where it runs: it can't move between threads.
                let ended: Result<()> = on_a_large_stack(|| {
                    bench.runtime.block_on(async {
                        let test = $module::$test(&bench.cloud, $account);
                        timeout(bound(), test).await.context("running out of time")?
                    })
                });
                ended.map_err(|error| Failed::from(format!("{error:?}")))
            })
        }),+]
    };
}

fn trials(bench: Option<&Bench>) -> Vec<Trial> {
    trials!(bench,
        story::the_demo_as_assertions in "100000000001",
        crash_points::create_and_destroy_cut_off_before_a_call in "100000000014",
        crash_points::create_and_destroy_without_a_reply in "100000000019",
        crash_points::create_and_destroy_cut_off_after_a_call in "100000000020",
        crash_points::updates_end_where_undisturbed_ones_do in "100000000015",
        duplicates::every_event_twice_changes_nothing in "100000000002",
        event_files::every_event_file_is_used_by_a_test in "100000000012",
        full_verification::everything_is_compared_by_an_execution_of_its_own in "100000000074",
        proofs::each_planted_defect_is_found in "100000000071",
        large_check::it_is_shared_and_its_proof_is_locked in "100000000073",
        proofs::an_audit_finds_what_is_lost in "100000000072",
        restore::a_tree_comes_back_as_it_was in "100000000061",
        restore::random_trees_come_back_as_they_were in "100000000062",
        restore_crash_points::a_restore_cut_off_anywhere_comes_to_the_same_end in "100000000064",
        restore_crash_points::the_way_back_is_moved_whatever_breaks_off in "100000000065",
        restore::one_file_with_its_history_and_proof in "100000000063",
        schedule::a_rate_rule_starts_an_execution in "100000000003",
        second_emulator::the_whole_stack_lives_in_another_emulator in "100000000026",
        late_roles::a_deploy_waits_until_its_roles_take_effect in "100000000027",
        semantics::every_row_names_a_test_that_exists in "100000000028",
        second_apply::it_changes_nothing in "100000000016",
        second_apply::it_restores_whatever_disappeared in "100000000017",
        second_apply::it_comes_through_throttles in "100000000018",
        second_apply::stale_reads_make_nothing_twice in "100000000023",
        alterations::each_is_noticed_and_put_back in "100000000021",
        concurrent_applies::of_several_one_works_and_the_others_hear_who in "100000000022",
        destroy::destroy_leaves_only_what_it_says_it_keeps in "100000000004",
        destroy::destroy_with_the_data_leaves_nothing in "100000000005",
        life_cycles::an_apply_waits_for_what_is_still_being_made in "100000000025",
        life_cycles::a_file_system_that_lost_its_tags_is_left_to_a_person in "100000000024",
        permissions_boundary::roles_are_made_and_changed_within_it in "100000000081",
        lock::a_held_lock_is_told_and_can_be_released in "100000000013",
        refusals::a_wrong_configuration_is_reported_whole in "100000000006",
        refusals::commands_before_deploy_say_what_to_do in "100000000007",
        refusals::a_failed_run_is_recorded_and_alerted_once in "100000000008",
        outcomes::each_class_of_failure_is_told_once in "100000000051",
        mishaps::what_others_do_is_told_once in "100000000056",
        mishaps::a_report_that_does_not_come_is_told in "100000000057",
        mishaps::a_check_that_nobody_began_is_asked_for_again in "100000000058",
        outcomes::busy_files_are_copied_again_before_anybody_is_told in "100000000052",
        live_tree::files_that_move_are_busy_and_none_is_damage in "100000000059",
        operations::the_schedule_is_paused_until_it_is_resumed in "100000000053",
        operations::what_ran_is_shown_and_what_runs_is_cancelled in "100000000054",
        operations::what_nobody_could_work_off_is_sent_again in "100000000055",
        names::every_name_is_copied_listed_proven_and_restored in "100000000091",
        local_cloud::nothing_is_lost_when_it_is_killed_or_moved in "100000000092",
        local_cloud::a_second_up_is_a_no_op_that_says_so in "100000000009",
        local_cloud::down_ends_only_what_up_started in "100000000010",
        local_cloud::what_was_deployed_survives_a_restart in "100000000011",
    )
}

#[expect(clippy::print_stderr, reason = "the test runner has not started or has ended")]
fn report(error: &anyhow::Error) {
    eprintln!("the end-to-end tests could not run: {error:?}");
}
