//! `invoke`: invokes a function with a payload, such as those under `events/`, and prints the
//! response.

use std::fs;
use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use domain::function::FunctionName;
use serde_json::Value;

use crate::cli::{Global, InvokeArguments, OutputFormat};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::invoke::invoke_function;
use crate::ui::output;

pub(super) async fn run(global: &Global, arguments: &InvokeArguments) -> Result<ExitCode> {
    let payload = read_payload(&arguments.payload)?;
    let context = StackContext::load_context(global).await?;
    let response: Value = invoke_function(&context, arguments.function, &payload).await?;
    output::print_data(OutputFormat::Json, &response, "")?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the payload from a file, or from standard input for `-`.
fn read_payload(path: &str) -> Result<Value> {
    let examples = || {
        let functions = FunctionName::ALL.map(FunctionName::name).join(", ");
        format!("examples are in `events/<function>/` of the source, for {functions}")
    };
    let text = if path == "-" {
        let mut input = io::stdin();
        if input.is_terminal() {
            return Err(anyhow!("there is no payload")).with_hint(examples());
        }
        let mut text = String::new();
        input.read_to_string(&mut text).context("reading the payload from standard input")?;
        text
    } else {
        let text = fs::read_to_string(path).with_context(|| format!("reading `{path}`"));
        text.with_hint(examples())?
    };
    parse_payload(&text, path).with_hint(examples())
}

fn parse_payload(text: &str, path: &str) -> Result<Value> {
    serde_json::from_str(text).with_context(|| format!("the payload in `{path}` is no JSON"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_json() {
        assert_eq!(parse_payload("{\"action\":\"plan\"}", "a").unwrap()["action"], "plan");
        let error = parse_payload("{action: plan}", "a.json").unwrap_err();
        assert_eq!(error.to_string(), "the payload in `a.json` is no JSON");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_payload("/nowhere/event.json").unwrap_err();
        assert_eq!(error.to_string(), "reading `/nowhere/event.json`");
    }
}
