//! The steps of an apply as text: one line per finished step and, on a terminal, a line that shows
//! the running steps with their durations.
//!
//! Both planes are shown in the same way: the control plane from the steps of this process, the
//! data plane from the progress document of `bootstrap-stack`.

use std::convert::Infallible;
use std::time::Duration;

use domain::records::progress::{FinishedStep, Progress, RunningStep, Work};
use reconciler::plan::Counts;
use tokio::time::{Instant, sleep};

use crate::ui::format::format_elapsed;
use crate::ui::output;

/// The interval at which the steps of this process are read.
pub(crate) const LOOK_HERE: Duration = Duration::from_millis(100);
/// The interval at which the transient line is refreshed.
const TICK: Duration = Duration::from_millis(250);
/// The width of the transient line. A longer line would wrap on a narrow terminal and could not be
/// replaced.
const WIDTH: usize = 78;

/// The steps shown so far.
#[derive(Debug, Default)]
pub(crate) struct StepDisplay {
    /// An earlier invocation whose progress document still exists.
    past: Option<String>,
    last: Option<(Progress, Instant)>,
    printed: usize,
    counts: Counts,
    deleted: Vec<String>,
}

impl StepDisplay {
    /// `past` is the progress document that exists before the operation starts.
    pub(crate) fn ignoring_past(past: Option<Progress>) -> Self {
        Self { past: past.map(|progress| progress.invocation), ..Self::default() }
    }

    /// The counts over all invocations shown.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// The kind and id of each deleted resource, over all invocations shown.
    pub(crate) fn deleted_resources(&self) -> &[String] {
        &self.deleted
    }

    /// Returns the steps that ended since the last call.
    fn take_new_steps(&mut self, progress: Progress, now: Instant) -> Vec<FinishedStep> {
        if self.past.as_ref() == Some(&progress.invocation) {
            return Vec::new();
        }
        let another =
            self.last.as_ref().is_none_or(|(last, _)| last.invocation != progress.invocation);
        if another {
            self.printed = 0;
        }
        let news: Vec<FinishedStep> =
            progress.finished.iter().skip(self.printed).cloned().collect();
        self.printed = progress.finished.len().max(self.printed);
        for step in news.iter().filter(|step| step.failure.is_none()) {
            add_step(&mut self.counts, step.work);
            if step.work == Work::Delete {
                self.deleted.push(format!("{} {}", step.kind, step.id));
            }
        }
        // An unchanged document keeps the time at which it was first read.
        if self.last.as_ref().is_none_or(|(last, _)| *last != progress) {
            self.last = Some((progress, now));
        }
        news
    }

    /// `3 of 24 done; creating NAT gateway nat-gateway (1 min 12 s), EFS mount target … (12 s)`
    fn running_line(&self, now: Instant) -> Option<String> {
        let (progress, seen) = self.last.as_ref()?;
        let age = now.saturating_duration_since(*seen);
        let running =
            progress.running.iter().map(|step| running_step_text(step, age)).collect::<Vec<_>>();
        if running.is_empty() {
            return None;
        }
        let done = progress.finished.len();
        Some(cut_to_width(&format!(
            "  {done} of {} done; {}",
            progress.planned.max(done),
            running.join(", ")
        )))
    }
}

/// Runs `work` and shows the progress that `look` reads until then, and once more at the end.
pub(crate) async fn show_while<T>(
    shown: &mut StepDisplay,
    pause: Duration,
    look: impl AsyncFn() -> Option<Progress>,
    work: impl Future<Output = T>,
) -> T {
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = keep_showing(shown, pause, &look) => match never {},
    };
    show_new_steps(shown, look().await);
    output::clear_transient();
    outcome
}

async fn keep_showing(
    shown: &mut StepDisplay,
    pause: Duration,
    look: &impl AsyncFn() -> Option<Progress>,
) -> Infallible {
    loop {
        let looked = Instant::now();
        while looked.elapsed() < pause {
            sleep(TICK.min(pause)).await;
            shown
                .running_line(Instant::now())
                .iter()
                .for_each(|line| output::print_transient(line));
        }
        show_new_steps(shown, look().await);
    }
}

fn show_new_steps(shown: &mut StepDisplay, progress: Option<Progress>) {
    let Some(progress) = progress else { return };
    for step in shown.take_new_steps(progress, Instant::now()) {
        output::clear_transient();
        output::print_progress(format!("  {} {step}", step_sign(&step)));
    }
}

fn add_step(counts: &mut Counts, work: Work) {
    match work {
        Work::Create | Work::CreateAnew => counts.add += 1,
        Work::Change => counts.change += 1,
        Work::Delete | Work::DeleteToReplace => counts.destroy += 1,
    }
}

fn step_sign(step: &FinishedStep) -> &'static str {
    match (&step.failure, step.work) {
        (Some(_), _) => "!",
        (None, Work::Create | Work::CreateAnew) => "+",
        (None, Work::Change) => "~",
        (None, Work::Delete | Work::DeleteToReplace) => "-",
    }
}

fn running_step_text(step: &RunningStep, age: Duration) -> String {
    let elapsed = Duration::from_millis(step.elapsed_ms) + age;
    format!("{} {} {} ({})", step.work.doing(), step.kind, step.id, format_elapsed(elapsed))
}

fn cut_to_width(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(WIDTH - 1).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished_step(id: &str, work: Work, failure: Option<&str>) -> FinishedStep {
        let failure = failure.map(str::to_owned);
        FinishedStep { id: id.into(), kind: "IAM role".into(), work, elapsed_ms: 1_240, failure }
    }

    fn example_progress(invocation: &str, finished: &[FinishedStep]) -> Progress {
        let running = RunningStep {
            id: "nat".into(),
            kind: "NAT gateway".into(),
            work: Work::Create,
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
        let mut shown = StepDisplay::ignoring_past(Some(example_progress(
            "past",
            &[finished_step("old", Work::Create, None)],
        )));
        let (one, two) =
            (finished_step("one", Work::Create, None), finished_step("two", Work::Delete, None));
        assert!(
            shown
                .take_new_steps(
                    example_progress("past", &[finished_step("old", Work::Create, None)]),
                    now
                )
                .is_empty()
        );
        assert_eq!(
            step_lines(
                &shown.take_new_steps(example_progress("a", std::slice::from_ref(&one)), now)
            ),
            ["+ IAM role one: created in 1.2 s"]
        );
        assert!(
            shown.take_new_steps(example_progress("a", std::slice::from_ref(&one)), now).is_empty()
        );
        let news = shown.take_new_steps(example_progress("a", &[one.clone(), two]), now);
        assert_eq!(step_lines(&news), ["- IAM role two: deleted in 1.2 s"]);
        let failed = finished_step("one", Work::Change, Some("no"));
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
        let last = example_progress("a", &[finished_step("one", Work::Create, None)]);
        let look = async || Some(last.clone());
        assert_eq!(show_while(&mut shown, Duration::from_secs(60), look, async { 7 }).await, 7);
        assert_eq!(shown.counts().add, 1);
    }
}
