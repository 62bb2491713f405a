//! The IAM actions that our calls need. Each kind of resource declares those of its own calls,
//! beside them; the policies of whoever makes the calls are generated from what is declared.

#[cfg(any(test, feature = "testing"))]
pub mod calls;

use std::collections::BTreeSet;

use crate::data_sources;
use crate::resource_kind::Actions;
use crate::resources::KINDS;
use crate::resources::datasync::{lists, locations};

/// The source files that make calls and belong to no single kind, with their actions.
const SHARED: &[(&str, Actions)] = &[
    ("resources/datasync/lists", lists::ACTIONS),
    ("resources/datasync/locations", locations::ACTIONS),
    ("data_sources", data_sources::ACTIONS),
];

/// The actions of every kind and every data source.
fn declared() -> impl Iterator<Item = Actions> {
    let kinds = KINDS.iter().map(|(_, _, actions)| *actions);
    kinds.chain(SHARED.iter().map(|(_, actions)| *actions))
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

    /// The source file of each resource kind, and the other files that make calls.
    fn declarations() -> Vec<(String, Actions)> {
        let kinds = KINDS.iter().map(|(kind, _, actions)| (source_of(kind), *actions));
        let shared = SHARED.iter().map(|(path, actions)| ((*path).to_owned(), *actions));
        kinds.chain(shared).collect()
    }

    /// `resources/s3/bucket` of `s3::bucket::Bucket`.
    fn source_of(kind: &str) -> String {
        let mut path: Vec<_> = kind.split("::").map(str::trim).collect();
        path.pop();
        format!("resources/{}", path.join("/"))
    }

    #[test]
    fn each_kind_declares_what_its_calls_need_and_nothing_else() {
        let wrong: Vec<_> = declarations()
            .into_iter()
            .flat_map(|(path, actions)| differences(&path, actions))
            .collect();
        assert_eq!(wrong, Vec::<String>::new());
    }

    /// A file that nobody compares would hide its calls.
    #[test]
    fn no_other_source_file_makes_calls() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let all = actions_in(&root).unwrap();
        let compared: BTreeSet<_> =
            declarations().iter().flat_map(|(path, _)| called(path)).collect();
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
