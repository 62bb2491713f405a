//! The steps of an apply as text: one line per finished step and, on a terminal, a line that shows
//! the running steps with their durations.
//!
//! Both planes are shown in the same way: the control plane from the steps of this process, the
//! data plane from the progress document of `bootstrap-stack`.

use std::convert::Infallible;
use std::time::Duration;

use domain::records::progress::{FinishedStep, Progress, RunningStep, StepAction};
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
        if self.last.as_ref().is_none_or(|(last, _)| last.invocation != progress.invocation) {
            self.printed = 0;
        }
        let news: Vec<FinishedStep> =
            progress.finished.iter().skip(self.printed).cloned().collect();
        self.printed = progress.finished.len().max(self.printed);
        news.iter().filter(|step| step.failure.is_none()).for_each(|step| self.count_step(step));
        // An unchanged document keeps the time at which it was first read.
        if self.last.as_ref().is_none_or(|(last, _)| *last != progress) {
            self.last = Some((progress, now));
        }
        news
    }

    fn count_step(&mut self, step: &FinishedStep) {
        add_step(&mut self.counts, step.work);
        if step.work == StepAction::Delete {
            self.deleted.push(format!("{} {}", step.kind, step.id));
        }
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

fn add_step(counts: &mut Counts, work: StepAction) {
    match work {
        StepAction::Create | StepAction::CreateAnew => counts.add += 1,
        StepAction::Change => counts.change += 1,
        StepAction::Delete | StepAction::DeleteToReplace => counts.destroy += 1,
    }
}

fn step_sign(step: &FinishedStep) -> &'static str {
    match (&step.failure, step.work) {
        (Some(_), _) => "!",
        (None, StepAction::Create | StepAction::CreateAnew) => "+",
        (None, StepAction::Change) => "~",
        (None, StepAction::Delete | StepAction::DeleteToReplace) => "-",
    }
}

fn running_step_text(step: &RunningStep, age: Duration) -> String {
    let elapsed = Duration::from_millis(step.elapsed_ms) + age;
    format!(
        "{} {} {} ({})",
        step.work.present_participle(),
        step.kind,
        step.id,
        format_elapsed(elapsed)
    )
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
mod tests;
