use super::*;

fn finished_step(id: &str, work: StepAction, failure: Option<&str>) -> FinishedStep {
    let failure = failure.map(str::to_owned);
    FinishedStep { id: id.into(), kind: "IAM role".into(), work, elapsed_ms: 1_240, failure }
}

fn example_progress(invocation: &str, finished: &[FinishedStep]) -> Progress {
    let running = RunningStep {
        id: "nat".into(),
        kind: "NAT gateway".into(),
        work: StepAction::Create,
        elapsed_ms: 70_000,
    };
    Progress {
        invocation: invocation.into(),
        planned: 24,
        finished: finished.to_vec(),
        running: vec![running],
    }
}

fn step_lines(steps: &[FinishedStep]) -> Vec<String> {
    steps.iter().map(|step| format!("{} {step}", step_sign(step))).collect()
}

#[tokio::test(start_paused = true)]
async fn each_step_is_shown_once_over_all_invocations() {
    let now = Instant::now();
    let past = example_progress("past", &[finished_step("old", StepAction::Create, None)]);
    let mut shown = StepDisplay::ignoring_past(Some(past.clone()));
    let one = finished_step("one", StepAction::Create, None);
    let two = finished_step("two", StepAction::Delete, None);
    assert!(shown.take_new_steps(past, now).is_empty());
    let first = example_progress("a", std::slice::from_ref(&one));
    let news = shown.take_new_steps(first.clone(), now);
    assert_eq!(step_lines(&news), ["+ IAM role one: created in 1.2 s"]);
    assert!(shown.take_new_steps(first, now).is_empty());
    let news = shown.take_new_steps(example_progress("a", &[one.clone(), two]), now);
    assert_eq!(step_lines(&news), ["- IAM role two: deleted in 1.2 s"]);
    let failed = finished_step("one", StepAction::Change, Some("no"));
    let news = shown.take_new_steps(example_progress("b", &[failed]), now);
    assert_eq!(step_lines(&news), ["! IAM role one: changing failed after 1.2 s: no"]);
    assert_eq!(shown.counts(), Counts { add: 1, change: 0, destroy: 1 });
}

#[tokio::test(start_paused = true)]
async fn running_steps_age_between_two_reads() {
    let now = Instant::now();
    let mut shown = StepDisplay::default();
    assert_eq!(shown.running_line(now), None);
    shown.take_new_steps(example_progress("a", &[]), now);
    shown.take_new_steps(example_progress("a", &[]), now + Duration::from_secs(1));
    let line = shown.running_line(now + Duration::from_secs(2)).unwrap();
    assert_eq!(line, "  0 of 24 done; creating NAT gateway nat (1 min 12 s)");
}

#[test]
fn a_line_too_long_for_a_terminal_is_cut() {
    assert_eq!(cut_to_width(&"ä".repeat(100)).chars().count(), WIDTH);
    assert_eq!(cut_to_width("short"), "short");
}

#[tokio::test(start_paused = true)]
async fn progress_is_read_once_more_after_the_work() {
    let mut shown = StepDisplay::default();
    let last = example_progress("a", &[finished_step("one", StepAction::Create, None)]);
    let look = async || Some(last.clone());
    assert_eq!(show_while(&mut shown, Duration::from_secs(60), look, async { 7 }).await, 7);
    assert_eq!(shown.counts().add, 1);
}
