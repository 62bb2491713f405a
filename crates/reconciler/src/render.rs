//! A plan as text, in the manner of `terraform plan`. Pure.

use std::fmt::Write;

use serde_json::Value;

use crate::plan::{Action, FieldChange, Plan, Step};

/// The maximum length of a value: a whole policy document would hide the plan.
const LONGEST_VALUE: usize = 100;

/// Every step that is not "nothing", its fields, and the last line that people look for.
#[must_use]
pub fn plan(plan: &Plan) -> String {
    let mut text = steps(plan);
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&summary(plan));
    text
}

/// Every step that is not "nothing", with its fields.
#[must_use]
pub fn steps(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        // Writing to a String does not fail.
        let _ = render_step(&mut text, step);
    }
    text
}

/// `Plan: 2 to add, 1 to change, 0 to destroy.` or `No changes.`
#[must_use]
pub fn summary(plan: &Plan) -> String {
    let blocked = plan.blocked().len();
    if blocked > 0 {
        return format!(
            "This plan can't be applied: {blocked} of its resources must not be changed.\n"
        );
    }
    if plan.is_empty() {
        return "No changes.\n".to_owned();
    }
    let counts = plan.counts();
    format!(
        "Plan: {} to add, {} to change, {} to destroy.\n",
        counts.add, counts.change, counts.destroy
    )
}

fn render_step(text: &mut String, step: &Step) -> std::fmt::Result {
    let Step { id, kind, action } = step;
    match action {
        Action::Nothing => Ok(()),
        Action::Create { state } => {
            writeln!(text, "  + {kind} {id}")?;
            render_fields(text, state)
        }
        Action::Update { changes } => render_changed_step(text, "  ~", step, changes),
        Action::Replace { changes } => render_changed_step(text, "-/+", step, changes),
        Action::Delete => writeln!(text, "  - {kind} {id}"),
        Action::Keep { name } => writeln!(text, "    {kind} {id} is kept, it holds data: {name}"),
        Action::Blocked { reason } => writeln!(text, "  ! {kind} {id}: {reason}"),
    }
}

fn render_fields(text: &mut String, state: &Value) -> std::fmt::Result {
    let Value::Object(fields) = state else { return Ok(()) };
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        writeln!(text, "        {name} = {}", shorten_value(value))?;
    }
    Ok(())
}

fn render_changed_step(
    text: &mut String,
    sign: &str,
    step: &Step,
    changes: &[FieldChange],
) -> std::fmt::Result {
    let Step { id, kind, .. } = step;
    writeln!(text, "{sign} {kind} {id}")?;
    render_changes(text, changes)
}

fn render_changes(text: &mut String, changes: &[FieldChange]) -> std::fmt::Result {
    for change in changes {
        writeln!(
            text,
            "        {}: {} -> {}",
            change.field,
            shorten_value(&change.before),
            shorten_value(&change.after)
        )?;
    }
    Ok(())
}

fn shorten_value(value: &Value) -> String {
    let whole = value.to_string();
    if whole.chars().count() <= LONGEST_VALUE {
        return whole;
    }
    let cut: String = whole.chars().take(LONGEST_VALUE).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(shorten_value(&Value::from("short")), "\"short\"");
        let text = shorten_value(&Value::from("ä".repeat(200)));
        assert_eq!(text.chars().count(), LONGEST_VALUE + 1);
        assert!(text.ends_with("ä…"));
    }
}
