//! A plan as text, in the manner of `terraform plan`. Pure.

mod fields;

use crate::plan::{Action, Plan, Step};

pub use fields::describe_change;
use fields::{changed_names, fields_text};

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
    plan.steps.iter().map(step_with_fields).collect()
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

/// One step with its fields; nothing for a resource that stays as it is.
#[must_use]
pub fn step_with_fields(step: &Step) -> String {
    let sign = sign_of(&step.action);
    sign.map(|sign| format!("{sign} {}\n{}", title_of(step), fields_text(&step.action)))
        .unwrap_or_default()
}

/// One step in one line, with the names of the fields that change.
#[must_use]
pub fn step_line(step: &Step) -> String {
    let sign = sign_of(&step.action);
    sign.map(|sign| format!("{sign} {}{}\n", title_of(step), changed_names(&step.action)))
        .unwrap_or_default()
}

/// The sign of an action, as wide as the widest; `None` for one that changes nothing.
fn sign_of(action: &Action) -> Option<&'static str> {
    Some(match action {
        Action::Nothing => return None,
        Action::Create { .. } => "  +",
        Action::Update { .. } => "  ~",
        Action::Replace { .. } => "-/+",
        Action::Delete => "  -",
        Action::Keep { .. } => "   ",
        Action::Blocked { .. } => "  !",
    })
}

fn title_of(Step { id, kind, action }: &Step) -> String {
    match action {
        Action::Keep { name } => format!("{kind} {id} is kept, it holds data: {name}"),
        Action::Blocked { reason } => format!("{kind} {id}: {reason}"),
        _ => format!("{kind} {id}"),
    }
}
