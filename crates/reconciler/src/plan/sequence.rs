//! Several plans of one graph that were applied one after the other, as one plan.

use super::{Action, FORMAT_VERSION, Plan};

impl Plan {
    /// Returns one step for each resource of both plans: what `later` does to a resource that
    /// `self` made or changed is part of making or changing it.
    #[must_use]
    pub fn followed_by(mut self, later: Self) -> Self {
        for step in later.steps {
            match self.steps.iter_mut().find(|before| before.id == step.id) {
                None => self.steps.push(step),
                Some(before) if outweighs(&step.action, &before.action) => {
                    before.action = step.action;
                }
                Some(_) => {}
            }
        }
        Self { format_version: FORMAT_VERSION, steps: self.steps }
    }
}

/// Whether the later action is the one that counts.
fn outweighs(later: &Action, before: &Action) -> bool {
    match before {
        Action::Nothing | Action::Keep { .. } => !matches!(later, Action::Nothing),
        Action::Update { .. } => matches!(later, Action::Replace { .. } | Action::Delete),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::plan::Step;
    use crate::resource_id::ResourceId;

    fn plan_of(action: Action) -> Plan {
        let step = Step { id: ResourceId::new("rule"), kind: "EventBridge rule".into(), action };
        Plan { format_version: FORMAT_VERSION, steps: vec![step] }
    }

    #[test]
    fn a_resource_counts_once() {
        let create = || Action::Create { state: Value::Null };
        let update = || Action::Update { changes: Vec::new() };
        let replace = || Action::Replace { changes: Vec::new() };
        for (before, later, counted) in [
            (create(), update(), create()),
            (create(), Action::Nothing, create()),
            (Action::Nothing, update(), update()),
            (update(), update(), update()),
            (update(), replace(), replace()),
            (Action::Nothing, create(), create()),
            (Action::Delete, Action::Nothing, Action::Delete),
        ] {
            let both = plan_of(before).followed_by(plan_of(later));
            assert_eq!(both, plan_of(counted));
        }
        let empty = Plan { format_version: FORMAT_VERSION, steps: Vec::new() };
        assert_eq!(empty.followed_by(plan_of(create())), plan_of(create()));
    }
}
