//! The API as a client sees it that is not ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::fake::{BUCKET, Fake};
use crate::process::Server;

const BOUND: Duration = Duration::from_secs(180);

#[tokio::test]
async fn every_operation_answers_as_botocores_model_has_it() {
    let fake = Fake::start().await;
    fake.store().buckets.insert(BUCKET.to_owned(), BTreeMap::new());
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("efs/fs-01234567");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("file"), "content").unwrap();
    let server = Server::start(folder.path(), &fake.url).await;

    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = crate_folder.join("../../.venv/bin/python");
    assert!(python.exists(), "`make build` installs `{}`", python.display());
    let client = Command::new(python)
        .arg(crate_folder.join("tests/foreign_client.py"))
        .args([server.url.as_str(), BUCKET])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(BOUND, client).await.expect("it ends in time").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let answers = said.split_whitespace().nth(2).and_then(|count| count.parse::<u32>().ok());
    figures::proven("answers as botocore's model has them", answers.expect("it says how many"), "answers");
}
