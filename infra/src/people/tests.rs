use super::*;
use crate::policies::bootstrap_stack::tests::{largest, smallest};
use crate::policies::resource_types;

const DUTIES: [&[Duty]; 4] = [&[Duty::ReadOnly], &[Duty::Operate], &[Duty::Deploy], &[Duty::Operate, Duty::Deploy]];

fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

fn actions(duties: &[Duty]) -> BTreeSet<String> {
    let statements = statements(duties, &smallest(), &names());
    let actions = statements.iter().map(|statement| serde_json::from_value(statement["Action"].clone()).unwrap());
    actions.flat_map(|actions: Vec<String>| actions).collect()
}

/// `actions -> resources, condition`, a line a statement.
fn lines(duties: &[Duty]) -> String {
    let short = |value: &Value| {
        let texts: Vec<String> = serde_json::from_value(value.clone()).unwrap();
        texts.join(" ").replace("eu-central-1:111122223333", "…")
    };
    let statements = statements(duties, &smallest(), &names());
    let lines = statements.iter().map(|statement| {
        let condition = statement.get("Condition").map(|condition| format!(" {condition}")).unwrap_or_default();
        format!("{} -> {}{condition}", short(&statement["Action"]), short(&statement["Resource"]))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_action_takes_the_resources_it_is_granted_on() {
    for config in [smallest(), largest()] {
        for duties in DUTIES {
            let policy = json!({ "Statement": statements(duties, &config, &names()) });
            assert_eq!(resource_types::wrong(&policy), Vec::<String>::new(), "{duties:?}");
        }
    }
}

#[test]
fn whoever_only_reads_changes_nothing() {
    let reads = ["Describe", "Filter", "Get", "List", "Receive", "Change"];
    for action in actions(&[Duty::ReadOnly]) {
        let (_, name) = action.split_once(':').unwrap();
        // `failures` makes visible again what it has received.
        assert!(reads.iter().any(|verb| name.starts_with(verb)), "{action}");
    }
    assert!(actions(&[Duty::Operate]).is_superset(&actions(&[Duty::ReadOnly])));
}

#[test]
fn each_policy_fits_and_nothing_is_lost() {
    let longest = Names::new(&"a".repeat(20), "111122223333", "ap-southeast-1");
    for duties in DUTIES {
        let all = statements(duties, &largest(), &longest);
        let policies = split(all.clone(), "name", LIMIT);
        assert!(policies.iter().all(|policy| policy.policy.to_string().len() <= LIMIT));
        let kept: usize = policies.iter().map(|policy| policy.policy["Statement"].as_array().unwrap().len()).sum();
        assert_eq!(kept, all.len());
    }
}

#[test]
fn with_a_boundary_a_person_makes_no_role_without_it() {
    let all = statements(&[Duty::Deploy], &largest(), &names());
    for statement in &all {
        let granted = statement["Action"].to_string();
        assert!(!granted.contains("DeleteRolePermissionsBoundary"), "{statement}");
        if BOUNDED.iter().any(|action| granted.contains(action)) {
            assert!(statement["Condition"].to_string().contains("iam:PermissionsBoundary"), "{statement}");
        }
    }
}

#[test]
fn the_policy_of_a_reader() {
    insta::assert_snapshot!(lines(&[Duty::ReadOnly]), @"");
}

#[test]
fn what_an_operator_may_beyond_a_reader() {
    let reader = lines(&[Duty::ReadOnly]);
    let beyond: Vec<_> =
        lines(&[Duty::Operate]).lines().filter(|line| !reader.contains(line)).map(str::to_owned).collect();
    insta::assert_snapshot!(beyond.join("\n"), @"");
}

#[test]
fn what_a_deployer_may_beyond_a_reader() {
    let reader = lines(&[Duty::ReadOnly]);
    let beyond: Vec<_> =
        lines(&[Duty::Deploy]).lines().filter(|line| !reader.contains(line)).map(str::to_owned).collect();
    insta::assert_snapshot!(beyond.join("\n"), @"");
}

#[test]
fn who_has_all_duties_has_what_each_has() {
    let everything = actions(&[Duty::Operate, Duty::Deploy]);
    insta::assert_snapshot!(everything.len(), @"");
    assert!(everything.is_superset(&actions(&[Duty::Deploy])));
}
