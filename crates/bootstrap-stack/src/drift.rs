//! Whether AWS still is as the configuration wants it, and what to tell people when it is not. Pure.

use pipeline::records::alert::Alert;
use stack::plan::{Action, Change, Plan, Step};

/// One sentence for each resource that differs.
pub(crate) fn sentences(plan: &Plan) -> Vec<String> {
    plan.steps.iter().filter_map(sentence).collect()
}

/// The alert for resources that differ.
pub(crate) fn alert(stack: &str, drifted: &[String]) -> Alert {
    let what = match drifted.len() {
        1 => "1 resource is not as configured".to_owned(),
        count => format!("{count} resources are not as configured"),
    };
    Alert {
        stack: stack.to_owned(),
        what,
        execution: None,
        facts: drifted.to_vec(),
        path_count: 0,
        paths: Vec::new(),
        likely_cause: "somebody changed the resources by hand, or a deployment stopped half-way.".to_owned(),
        next_command: "efs-s3 deploy".to_owned(),
    }
}

fn sentence(step: &Step) -> Option<String> {
    let Step { id, kind, action } = step;
    match action {
        Action::Nothing | Action::Keep { .. } | Action::Delete => None,
        Action::Create { .. } => Some(format!("{kind} {id} is missing.")),
        Action::Update { changes } | Action::Replace { changes } => {
            Some(format!("{kind} {id} differs: {}.", changes.iter().map(change).collect::<Vec<_>>().join(", ")))
        }
        Action::Blocked { reason } => Some(format!("{kind} {id}: {reason}.")),
    }
}

fn change(change: &Change) -> String {
    let Change { field, before, after } = change;
    format!("{field} is {before} instead of {after}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stack::graph::ResourceId;
    use stack::plan::FORMAT_VERSION;

    use super::*;

    fn plan(actions: impl IntoIterator<Item = (&'static str, &'static str, Action)>) -> Plan {
        let step = |(id, kind, action): (&str, &str, _)| Step { id: ResourceId::new(id), kind: kind.into(), action };
        Plan { format_version: FORMAT_VERSION, steps: actions.into_iter().map(step).collect() }
    }

    #[test]
    fn what_is_as_it_should_be_is_not_mentioned() {
        assert!(sentences(&plan([("task", "DataSync task", Action::Nothing)])).is_empty());
    }

    #[test]
    fn the_alert_says_what_differs_and_what_to_run() {
        let change = Change { field: "options.log_level".into(), before: json!("OFF"), after: json!("BASIC") };
        let drifted = sentences(&plan([
            ("destination-role", "IAM role", Action::Create { state: json!({}) }),
            ("file-system", "EFS file system", Action::Nothing),
            ("task", "DataSync task", Action::Update { changes: vec![change] }),
        ]));
        insta::assert_snapshot!(alert("backup", &drifted).body(), @r#"
        Stack backup: 2 resources are not as configured.
        IAM role destination-role is missing.
        DataSync task task differs: options.log_level is "OFF" instead of "BASIC".

        Likely cause: somebody changed the resources by hand, or a deployment stopped half-way.
        Run next:     efs-s3 deploy
        "#);
    }
}
