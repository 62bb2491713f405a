//! A client that others wrote: botocore, which boto3 and the AWS CLI are made of, calls every operation of its model, and
//! its own model validates each answer.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::fake::{BUCKET, Fake, REPORTS};
use crate::process::Server;

const LONGEST: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn botocore_calls_every_operation_and_validates_each_answer() {
    let fake = Fake::start().await;
    for bucket in [BUCKET, REPORTS] {
        fake.store().buckets.insert(bucket.to_owned(), BTreeMap::new());
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &fake.url).await;
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = crate_root.ancestors().nth(2).unwrap().join(".venv/bin/python");
    assert!(python.exists(), "`{}` is missing; `make build` installs it", python.display());

    let running = Command::new(python)
        .arg(crate_root.join("tests/it/foreign_client.py"))
        .args([&server.url, BUCKET, REPORTS])
        .arg(folder.path().join("efs"))
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LONGEST, running).await.unwrap().unwrap();

    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("every answer is valid"), "{said}");
    let answers = said.split_whitespace().rev().find_map(|word| word.parse::<u32>().ok());
    figures::proven("answers that botocore's own model validates", answers.unwrap_or_default(), "answers");
}
