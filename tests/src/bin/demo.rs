//! `make demo`: the whole pipeline on one machine, told step by step. Exits non-zero if anything is
//! not as expected.

#![expect(clippy::print_stdout, reason = "the demo talks to a person")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use e2e::cloud::Cloud;
use e2e::project;
use e2e::story::{self, Narrator};

/// The local cloud's default account.
const ACCOUNT: &str = "000000000000";

#[tokio::main]
async fn main() -> ExitCode {
    let started = Instant::now();
    let mut teller = Teller::default();
    match run(&mut teller).await {
        Ok(()) => {
            teller.summary(started.elapsed());
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("\nThe demo failed: {error:#}");
            println!("The logs of the local cloud are in `.local/demo/log/`.");
            ExitCode::FAILURE
        }
    }
}

async fn run(teller: &mut Teller) -> anyhow::Result<()> {
    let begun = Instant::now();
    teller.begin("local up: MiniStack and datasync-local, on loopback");
    let cloud = Cloud::up(project::root().join(".local/demo"), true).await?;
    teller.end(begun.elapsed());
    let told = tokio::select! {
        told = story::tell(&cloud, ACCOUNT, true, teller) => told,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    let ending = Instant::now();
    teller.begin("local down");
    let down = cloud.down(true).await;
    teller.end(ending.elapsed());
    told.and(down.map(drop))
}

#[derive(Default)]
struct Teller {
    steps: Vec<(String, Duration)>,
}

impl Narrator for Teller {
    fn begin(&mut self, title: &str) {
        println!("\n── {} {title}", self.steps.len() + 1);
        self.steps.push((title.to_owned(), Duration::ZERO));
    }

    fn say(&mut self, text: &str) {
        println!("    {text}");
    }

    fn end(&mut self, elapsed: Duration) {
        if let Some(step) = self.steps.last_mut() {
            step.1 = elapsed;
        }
        println!("    ({:.1} s)", elapsed.as_secs_f64());
    }
}

impl Teller {
    fn summary(&self, total: Duration) {
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
