//! Evaluates requests of a test with a third-party IAM evaluator (`tests/judge`, installed by `make
//! judges`).

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A request of a principal that has only these policies.
pub(crate) struct Request<'a> {
    pub action: &'a str,
    pub resource: &'a str,
    /// Context keys with their values.
    pub context: Value,
    /// The policies of the principal, by name.
    pub policies: Value,
    /// Its permissions boundary, by name.
    pub boundary: Value,
}

/// Whether each request is allowed.
pub(crate) fn evaluate_requests(account: &str, region: &str, requests: &[Request]) -> Vec<bool> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace");
    let installed = root.join(".local/judge");
    assert!(
        installed.join("installed").exists(),
        "the IAM evaluator is missing; `make judges` installs it"
    );
    let lines = requests.iter().map(|request| request_line(account, region, request));
    let mut evaluator = start_evaluator(root, &installed);
    let mut input = evaluator.stdin.take().expect("its standard input is a pipe");
    input.write_all(lines.collect::<String>().as_bytes()).expect("it takes the requests");
    drop(input);
    let output = evaluator.wait_with_output().expect("it ends");
    let verdicts = String::from_utf8(output.stdout).expect("verdicts are text");
    let verdicts: Vec<bool> = verdicts.lines().map(is_allowed).collect();
    assert_eq!(verdicts.len(), requests.len(), "each request has a verdict");
    verdicts
}

fn request_line(account: &str, region: &str, request: &Request) -> String {
    let line = json!({
        "principal": format!("arn:aws:iam::{account}:role/judged"), "account": account,
        "region": region,
        "action": request.action, "resource": request.resource, "context": request.context,
        "policies": request.policies, "boundary": request.boundary, "resource_policy": null,
    });
    format!("{line}\n")
}

fn start_evaluator(root: &Path, installed: &Path) -> Child {
    Command::new(installed.join("venv/bin/python"))
        .args(["-m", "judge", "simulate"])
        .env("PYTHONPATH", root.join("tests"))
        .env("PYTHONPYCACHEPREFIX", installed.join("compiled"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the evaluator starts")
}

fn is_allowed(line: &str) -> bool {
    let verdict: Value = serde_json::from_str(line).expect("a verdict is JSON");
    match verdict["verdict"].as_str() {
        Some("Allowed") => true,
        Some("ImplicitlyDenied" | "ExplicitlyDenied") => false,
        _ => panic!("the evaluator does not know: {verdict}"),
    }
}
