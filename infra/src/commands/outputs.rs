//! `outputs`: prints the ids, names and ARNs of the stack.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use serde_json::{Map, Value};

use crate::cli::Global;
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::ui::output;

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.read_outputs().await?;
    let nothing = || {
        anyhow!(
            "the stack `{}` has no outputs: it is not deployed, or its first deploy did not \
                complete",
            context.names().stack
        )
    };
    let outputs = outputs.ok_or_else(nothing).with_hint("run `efs-s3 deploy`")?;
    let text = outputs_text(&serde_json::to_value(&outputs)?);
    output::print_data(global.output, &outputs, text)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns aligned lines `name = value`. Lists and groups follow their name, indented. Absent and
/// empty values are left out.
fn outputs_text(outputs: &Value) -> String {
    let mut lines = Vec::new();
    add_lines(outputs, "", &mut lines);
    lines.into_iter().map(|line| line + "\n").collect()
}

fn add_lines(value: &Value, indent: &str, lines: &mut Vec<String>) {
    let Value::Object(fields) = value else { return };
    let width = name_width(fields);
    for (name, value) in fields {
        match value {
            Value::Array(items) if !items.is_empty() => {
                lines.push(format!("{indent}{name}"));
                lines.extend(items.iter().map(|item| format!("{indent}  {}", value_text(item))));
            }
            Value::Object(inner) if !inner.is_empty() => {
                lines.push(format!("{indent}{name}"));
                add_lines(value, &format!("{indent}  "), lines);
            }
            one if is_one(one) => {
                lines.push(format!("{indent}{name:width$} = {}", value_text(one)))
            }
            _ => {}
        }
    }
}

/// Returns the length of the longest name of a value on one line.
fn name_width(fields: &Map<String, Value>) -> usize {
    let aligned = fields.iter().filter(|(_, value)| is_one(value));
    aligned.map(|(name, _)| name.len()).max().unwrap_or(0)
}

fn is_one(value: &Value) -> bool {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example_outputs() -> Value {
        json!({
            "file_system_id": "fs-1",
            "instance": { "id": "i-1", "private_ip": "10.42.0.5", "public_ip": null },
            "empty": [], "nothing": null, "destination_prefix": "",
            "private_subnet_ids": ["subnet-1", "subnet-2"],
            "role_arns": { "destination-role": "arn:d", "report-role": "arn:r" },
            "vpc_id": "vpc-1",
        })
    }

    #[test]
    fn values_are_aligned_and_lists_indented() {
        insta::assert_snapshot!(outputs_text(&example_outputs()), @r"
        file_system_id = fs-1
        instance
          id         = i-1
          private_ip = 10.42.0.5
        private_subnet_ids
          subnet-1
          subnet-2
        role_arns
          destination-role = arn:d
          report-role      = arn:r
        vpc_id         = vpc-1
        ");
    }
}
