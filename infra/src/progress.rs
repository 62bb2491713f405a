//! What the steps of an apply look like: a line for each that ends, and on a terminal one that
//! passes, with what is under way and for how long.
//!
//! Both planes are shown in the same way: the control plane from the steps heard in this process,
//! the data plane from what `bootstrap-stack` writes while it works.

use std::convert::Infallible;
use std::time::Duration;

use domain::records::progress::{FinishedStep, Progress, RunningStep, StepAction};
use reconciler::plan::Counts;
use tokio::time::{Instant, sleep};

use crate::output;

/// How often the steps of this process are looked at.
pub(crate) const LOOK_HERE: Duration = Duration::from_millis(100);
/// How often the passing line moves.
const TICK: Duration = Duration::from_millis(250);
/// How much of it is shown: more would wrap on a narrow terminal, and then not pass.
const WIDTH: usize = 78;

/// What has been shown so far.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// An invocation of the past, whose progress is still there to be read.
    past: Option<String>,
    last: Option<(Progress, Instant)>,
    printed: usize,
    counts: Counts,
    deleted: Vec<String>,
}

impl Shown {
    /// `past` is the progress that is there before the work begins.
    pub(crate) fn after(past: Option<Progress>) -> Self {
        Self { past: past.map(|progress| progress.invocation), ..Self::default() }
    }

    /// What was done, over all invocations shown.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Kind and id of each resource that was deleted for good, likewise.
    pub(crate) fn deleted(&self) -> &[String] {
        &self.deleted
    }

    /// The steps that ended since the last look.
    fn news(&mut self, progress: Progress, now: Instant) -> Vec<FinishedStep> {
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
            count(&mut self.counts, step.work);
            if step.work == StepAction::Delete {
                self.deleted.push(format!("{} {}", step.kind, step.id));
            }
        }
        // An unchanged look is as old as the first one.
        if self.last.as_ref().is_none_or(|(last, _)| *last != progress) {
            self.last = Some((progress, now));
        }
        news
    }

    /// `3 of 24 done; creating NAT gateway nat-gateway (1 min 12 s), EFS mount target … (12 s)`
    fn passing(&self, now: Instant) -> Option<String> {
        let (progress, seen) = self.last.as_ref()?;
        let age = now.saturating_duration_since(*seen);
        let running = progress.running.iter().map(|step| under_way(step, age)).collect::<Vec<_>>();
        if running.is_empty() {
            return None;
        }
        let done = progress.finished.len();
        Some(cut(&format!(
            "  {done} of {} done; {}",
            progress.planned.max(done),
            running.join(", ")
        )))
    }
}

/// Does the work, and meanwhile shows what `look` sees; once more at its end.
pub(crate) async fn shown_while<T>(
    shown: &mut Shown,
    pause: Duration,
    look: impl AsyncFn() -> Option<Progress>,
    work: impl Future<Output = T>,
) -> T {
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = keep_showing(shown, pause, &look) => match never {},
    };
    show(shown, look().await);
    output::end_passing();
    outcome
}

async fn keep_showing(
    shown: &mut Shown,
    pause: Duration,
    look: &impl AsyncFn() -> Option<Progress>,
) -> Infallible {
    loop {
        let looked = Instant::now();
        while looked.elapsed() < pause {
            sleep(TICK.min(pause)).await;
            shown.passing(Instant::now()).iter().for_each(|line| output::passing(line));
        }
        show(shown, look().await);
    }
}

fn show(shown: &mut Shown, progress: Option<Progress>) {
    let Some(progress) = progress else { return };
    for step in shown.news(progress, Instant::now()) {
        output::end_passing();
        output::progress(format!("  {} {step}", sign(&step)));
    }
}

fn count(counts: &mut Counts, work: StepAction) {
    match work {
        StepAction::Create | StepAction::CreateAnew => counts.add += 1,
        StepAction::Change => counts.change += 1,
        StepAction::Delete | StepAction::DeleteToReplace => counts.destroy += 1,
    }
}

fn sign(step: &FinishedStep) -> &'static str {
    match (&step.failure, step.work) {
        (Some(_), _) => "!",
        (None, StepAction::Create | StepAction::CreateAnew) => "+",
        (None, StepAction::Change) => "~",
        (None, StepAction::Delete | StepAction::DeleteToReplace) => "-",
    }
}

fn under_way(step: &RunningStep, age: Duration) -> String {
    let elapsed = Duration::from_millis(step.elapsed_ms) + age;
    format!("{} {} {} ({})", step.work.present_participle(), step.kind, step.id, spoken(elapsed))
}

/// `1 min 12 s`
pub(crate) fn spoken(elapsed: Duration) -> String {
    match (elapsed.as_secs() / 60, elapsed.as_secs() % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn cut(line: &str) -> String {
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

    fn finished(id: &str, work: StepAction, failure: Option<&str>) -> FinishedStep {
        let failure = failure.map(str::to_owned);
        FinishedStep { id: id.into(), kind: "IAM role".into(), work, elapsed_ms: 1_240, failure }
    }

    fn progress(invocation: &str, finished: &[FinishedStep]) -> Progress {
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

    fn lines(steps: &[FinishedStep]) -> Vec<String> {
        steps.iter().map(|step| format!("{} {step}", sign(step))).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn each_step_is_shown_once_over_all_invocations() {
        let now = Instant::now();
        let mut shown =
            Shown::after(Some(progress("past", &[finished("old", StepAction::Create, None)])));
        let (one, two) =
            (finished("one", StepAction::Create, None), finished("two", StepAction::Delete, None));
        assert!(
            shown
                .news(progress("past", &[finished("old", StepAction::Create, None)]), now)
                .is_empty()
        );
        assert_eq!(
            lines(&shown.news(progress("a", std::slice::from_ref(&one)), now)),
            ["+ IAM role one: created in 1.2 s"]
        );
        assert!(shown.news(progress("a", std::slice::from_ref(&one)), now).is_empty());
        let news = shown.news(progress("a", &[one.clone(), two]), now);
        assert_eq!(lines(&news), ["- IAM role two: deleted in 1.2 s"]);
        let failed = finished("one", StepAction::Change, Some("no"));
        let news = shown.news(progress("b", &[failed]), now);
        assert_eq!(lines(&news), ["! IAM role one: changing failed after 1.2 s: no"]);
        assert_eq!(shown.counts(), Counts { add: 1, change: 0, destroy: 1 });
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_grows_older_between_two_looks() {
        let now = Instant::now();
        let mut shown = Shown::default();
        assert_eq!(shown.passing(now), None);
        shown.news(progress("a", &[]), now);
        shown.news(progress("a", &[]), now + Duration::from_secs(1));
        let line = shown.passing(now + Duration::from_secs(2)).unwrap();
        assert_eq!(line, "  0 of 24 done; creating NAT gateway nat (1 min 12 s)");
    }

    #[test]
    fn a_line_too_long_for_a_terminal_is_cut() {
        assert_eq!(cut(&"ä".repeat(100)).chars().count(), WIDTH);
        assert_eq!(cut("short"), "short");
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_look_is_after_the_work() {
        let mut shown = Shown::default();
        let last = progress("a", &[finished("one", StepAction::Create, None)]);
        let look = async || Some(last.clone());
        assert_eq!(shown_while(&mut shown, Duration::from_secs(60), look, async { 7 }).await, 7);
        assert_eq!(shown.counts().add, 1);
    }
}
