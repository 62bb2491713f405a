//! Clients that others wrote call the operations, and their models validate each answer: botocore,
//! which boto3 and the AWS CLI are made of; capo-datasync, a typed client on an HTTP stack of its
//! own; and the Pydantic models of aws-resource-validator-datasync.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::fake::{BUCKET, REPORTS};
use crate::process::Server;
use crate::world::start_fake;

const LONGEST: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn botocore_calls_every_operation_and_validates_each_answer() {
    let answers = answers_that_are_valid(".venv", "foreign_client.py").await;
    measurements::proven("answers that botocore's own model validates", answers, "answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_clients_read_every_answer_and_find_planted_faults() {
    let answers = answers_that_are_valid(".local/judges/typed-clients", "typed_clients.py").await;
    measurements::proven("answers that two typed clients validate", answers, "answers");
}

/// Runs a script against a server of its own, and gives back the number that it prints last.
async fn answers_that_are_valid(environment: &str, script: &str) -> u32 {
    let fake = start_fake().await;
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path(), &fake.url).await;
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = crate_root.ancestors().nth(2).unwrap().join(environment).join("bin/python");
    assert!(python.exists(), "`{}` is missing; `make build judges` installs it", python.display());

    let running = Command::new(python)
        .arg(crate_root.join("tests/it").join(script))
        .args([&server.url, BUCKET, REPORTS])
        .arg(directory.path().join("efs"))
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LONGEST, running).await.unwrap().unwrap();

    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    assert!(said.contains("every answer is valid"), "{said}");
    said.split_whitespace().rev().find_map(|word| word.parse().ok()).unwrap_or_default()
}
