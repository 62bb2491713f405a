//! The IAM actions that our calls need. Each kind of resource declares those of its own calls,
//! beside them; the policies of whoever makes the calls are generated from what is declared.

#[cfg(any(test, feature = "testing"))]
pub mod calls;

use std::collections::BTreeSet;

use crate::kinds::{self, KINDS};
use crate::lookup;

/// The IAM actions of one kind of resource, by how a policy can limit them.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    /// They only read.
    pub look: &'static [&'static str],
    /// They make something that bears our tags, or a name of ours, from the beginning.
    pub make: &'static [&'static str],
    /// They change or delete what exists.
    pub change: &'static [&'static str],
    /// AWS asks for them of whoever makes the calls, though no call has their name: tags that are
    /// given on create, roles that are passed, and what a service does on the caller's behalf
    /// (Service Authorization Reference, "Dependent actions"; DataSync and EFS API references,
    /// `CreateLocationEfs`, `CreateTask`, `CreateMountTarget`).
    pub implied: &'static [&'static str],
}

impl Actions {
    /// All four groups.
    pub fn all(self) -> impl Iterator<Item = &'static str> {
        [self.look, self.make, self.change, self.implied].into_iter().flatten().copied()
    }
}

/// The actions of every kind and every data source.
fn declared() -> impl Iterator<Item = Actions> {
    let kinds = KINDS.iter().map(|(_, _, actions)| *actions);
    kinds.chain([kinds::datasync::ACTIONS, lookup::ACTIONS])
}

/// The actions of one service in one group (or in several), sorted, each once. `service` is the
/// prefix: `ec2`.
#[must_use]
pub fn of_service(
    service: &str,
    group: impl Fn(&Actions) -> &'static [&'static str],
) -> Vec<&'static str> {
    let prefix = format!("{service}:");
    let actions: BTreeSet<_> = declared().flat_map(|actions| group(&actions)).copied().collect();
    actions.into_iter().filter(|action| action.starts_with(&prefix)).collect()
}

/// What reading both planes, and what the configuration brings along, needs.
#[must_use]
pub fn of_looking() -> BTreeSet<&'static str> {
    // EFS reads network interfaces on the caller's behalf, for reads too (EFS API reference,
    // `DescribeMountTargetSecurityGroups`).
    let implied = declared()
        .flat_map(|actions| actions.implied)
        .filter(|action| action.contains(":Describe"));
    declared().flat_map(|actions| actions.look).chain(implied).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::calls::actions_in;
    use super::*;

    fn called(path: &str) -> BTreeSet<String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
        actions_in(&source).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// What is wrong between the calls in a source file (with its folder) and what is declared
    /// beside them.
    fn differences(path: &str, actions: Actions) -> Vec<String> {
        let called = called(path);
        let undeclared = called.iter().filter(|call| !actions.all().any(|action| action == *call));
        let undeclared = undeclared
            .map(|call| format!("{path} calls what needs {call} and does not declare it"));
        let named = [actions.look, actions.make, actions.change].concat();
        let uncalled = named.into_iter().filter(|action| !called.contains(*action));
        undeclared
            .chain(
                uncalled.map(|action| format!("{path} declares {action} and calls nothing of it")),
            )
            .collect()
    }

    #[test]
    fn each_kind_declares_what_its_calls_need_and_nothing_else() {
        let file =
            |kind: &str| format!("kinds/{}", kind.split("::").next().unwrap_or_default().trim());
        let mut wrong: Vec<_> = KINDS
            .iter()
            .flat_map(|(kind, _, actions)| differences(&file(kind), *actions))
            .collect();
        wrong.extend(differences("kinds/datasync", kinds::datasync::ACTIONS));
        wrong.extend(differences("lookup", lookup::ACTIONS));
        assert_eq!(wrong, Vec::<String>::new());
    }

    /// A file that nobody compares would hide its calls.
    #[test]
    fn no_other_source_file_makes_calls() {
        let mut compared: BTreeSet<_> = ["kinds/datasync".to_owned(), "lookup".to_owned()].into();
        compared.extend(
            KINDS.iter().filter_map(|(kind, ..)| {
                Some(format!("kinds/{}", kind.split("::").next()?.trim()))
            }),
        );
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let all = actions_in(&root).unwrap();
        let compared: BTreeSet<_> = compared.iter().flat_map(|path| called(path)).collect();
        assert_eq!(all.difference(&compared).collect::<Vec<_>>(), Vec::<&String>::new());
    }

    #[test]
    fn an_action_is_in_one_group_of_its_kind() {
        for (kind, _, actions) in KINDS {
            let all: Vec<_> = actions.all().collect();
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{kind}");
            let reads = |action: &str| {
                ["Describe", "Get", "List"].iter().any(|verb| action.contains(&format!(":{verb}")))
            };
            assert!(actions.look.iter().all(|action| reads(action)), "{kind}");
            assert!(
                !actions.make.iter().chain(actions.change).any(|action| reads(action)),
                "{kind}"
            );
        }
    }
}
