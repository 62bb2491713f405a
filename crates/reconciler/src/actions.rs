//! The IAM actions of all calls. Each resource kind declares the actions of its own calls beside
//! them. The policies of the callers are generated from these declarations.

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
fn declared_actions() -> impl Iterator<Item = Actions> {
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
    let actions: BTreeSet<_> =
        declared_actions().flat_map(|actions| group(&actions)).copied().collect();
    actions.into_iter().filter(|action| action.starts_with(&prefix)).collect()
}

/// The actions that reading both planes and the data sources needs.
#[must_use]
pub fn of_looking() -> BTreeSet<&'static str> {
    // EFS reads network interfaces on the caller's behalf, for reads too (EFS API reference,
    // `DescribeMountTargetSecurityGroups`).
    let implied = declared_actions()
        .flat_map(|actions| actions.implied)
        .filter(|action| action.contains(":Describe"));
    declared_actions().flat_map(|actions| actions.look).chain(implied).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::calls::actions_in;
    use super::*;

    fn called_actions(path: &str) -> BTreeSet<String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
        actions_in(&source).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The differences between the calls in a source file (with its folder) and the actions
    /// declared in it.
    fn list_differences(path: &str, actions: Actions) -> Vec<String> {
        let called = called_actions(path);
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
    fn declared_files() -> Vec<(String, Actions)> {
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
        let wrong: Vec<_> = declared_files()
            .into_iter()
            .flat_map(|(path, actions)| list_differences(&path, actions))
            .collect();
        assert_eq!(wrong, Vec::<String>::new());
    }

    /// Calls in a file without declared actions would stay unnoticed.
    #[test]
    fn no_other_source_file_makes_calls() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let all = actions_in(&root).unwrap();
        let compared: BTreeSet<_> =
            declared_files().iter().flat_map(|(path, _)| called_actions(path)).collect();
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
