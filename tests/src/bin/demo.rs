//! `make demo`: the whole pipeline on one machine, outcome step by step. Exits non-zero if anything
//! is not as expected.

#![expect(clippy::print_stdout, reason = "the demo talks to a person")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use e2e::cloud::Cloud;
use e2e::project;
use e2e::scenario::{self, Reporter};

/// The local cloud's default account.
const ACCOUNT: &str = "000000000000";

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    let mut reporter = ConsoleReporter::default();
    match run(&mut reporter).await {
        Ok(()) => {
            reporter.print_summary(started.elapsed());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("\nThe demo failed: {error:#}");
            println!("The logs of the local cloud are in `.local/demo/log/`.");
            ExitCode::FAILURE
        }
    }
}

async fn run(reporter: &mut ConsoleReporter) -> anyhow::Result<()> {
    let begun = Instant::now();
    reporter.begin_step("local up: MiniStack and datasync-local, on loopback");
    let cloud = Cloud::up(project::root_folder().join(".local/demo"), true).await?;
    reporter.end_step(begun.elapsed());
    let outcome = tokio::select! {
        outcome = scenario::run_scenario(&cloud, ACCOUNT, true, reporter) => outcome,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    let ending = Instant::now();
    reporter.begin_step("local down");
    let down = cloud.down(true).await;
    reporter.end_step(ending.elapsed());
    outcome.and(down.map(drop))
}

#[derive(Default)]
struct ConsoleReporter {
    steps: Vec<(String, Duration)>,
}

impl Reporter for ConsoleReporter {
    fn begin_step(&mut self, title: &str) {
        println!("\n── {} {title}", self.steps.len() + 1);
        self.steps.push((title.to_owned(), Duration::ZERO));
    }

    fn report_finding(&mut self, text: &str) {
        println!("    {text}");
    }

    fn end_step(&mut self, elapsed: Duration) {
        if let Some(step) = self.steps.last_mut() {
            step.1 = elapsed;
        }
        println!("    ({:.1} s)", elapsed.as_secs_f64());
    }
}

impl ConsoleReporter {
    fn print_summary(&self, total: Duration) {
        println!("\n── Summary");
        for (number, (title, elapsed)) in self.steps.iter().enumerate() {
            println!("  {:>2}  {:>6.1} s  {title}", number + 1, elapsed.as_secs_f64());
        }
        println!(
            "      {:>6.1} s  in all; everything was as expected, and nothing is left running.",
            total.as_secs_f64()
        );
    }
}
