//! `docs/LOCAL.md`, run word for word: only ports and directories differ, and the build is skipped.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

const BOUND: Duration = Duration::from_secs(240);
const DOCUMENT: &str = include_str!("../../../../docs/LOCAL.md");

/// Every shell block of the part that needs no other store, in order.
fn shell_blocks() -> Vec<&'static str> {
    let part = DOCUMENT.split("\n## Against another S3 endpoint").next().unwrap();
    part.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Both servers end with the script, however it ends; those who take connections are waited for.
fn build_script(directory: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let root = root.display();
    let (aws, datasync) = (free_port(), free_port());
    let mut blocks = shell_blocks();
    let servers = blocks
        .remove(0)
        .replace("make build\n", "")
        .replace("$PWD/.venv", &format!("{root}/.venv"));
    let servers =
        servers.replace("target/debug/datasync-local", env!("CARGO_BIN_EXE_datasync-local"));
    let wait = "until (exec 3<>/dev/tcp/127.0.0.1/4566 4<>/dev/tcp/127.0.0.1/4567) 2>/dev/null; \
        do sleep 0.2; done";
    let script =
        format!("set -eux\ntrap 'kill $(jobs -p)' EXIT\n{servers}\n{wait}\n{}", blocks.join("\n"));
    let script = script.replace("4566", &aws.to_string()).replace("4567", &datasync.to_string());
    script.replace(".local/try", &directory.join("try").display().to_string())
}

#[tokio::test]
async fn the_document_can_be_followed_word_for_word() {
    let directory = tempfile::tempdir().unwrap();
    let bash = Command::new("bash")
        .args(["-c", &build_script(directory.path())])
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(BOUND, bash).await.expect("it ends in time").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for shown in ["SUCCESS", "a sunset", "Summary-Reports"] {
        assert!(said.contains(shown), "`{shown}` is missing:\n{said}");
    }
}
