//! The keys of a `[[sync]]` entry that are not those of its sections: its name, and what an entry
//! may not have.

use toml::{Table, Value};

use super::inheritance::{SECTIONS, STACK_WIDE};
use crate::config::document::{Key, describe_unknown_key};
use crate::config::problem::ConfigProblem;
use crate::sync_name::SyncName;

/// Takes the name out of an entry, and with a problem each key that an entry may not have.
pub(super) fn take_unusable(
    entry: &str,
    own: &mut Table,
    known: &[Key],
    problems: &mut Vec<ConfigProblem>,
) -> Option<SyncName> {
    let name = take_name(entry, own, problems);
    take_unknown(entry, own, known, problems);
    take_stack_wide(entry, own, problems);
    name
}

fn take_name(entry: &str, own: &mut Table, problems: &mut Vec<ConfigProblem>) -> Option<SyncName> {
    let key = format!("{entry}.name");
    let Some(written) = own.remove("name") else {
        let message = "is required and missing: the name of the sync, such as home; commands and \
            alerts show it";
        problems.push(ConfigProblem::new(&key, None, message));
        return None;
    };
    let name = written.as_str().and_then(|text| SyncName::parse(text).ok());
    if name.is_none() {
        let message = "must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it \
            becomes part of resource names";
        problems.push(ConfigProblem::new(&key, Some(written.to_string()), message));
    }
    name
}

fn take_unknown(entry: &str, own: &mut Table, known: &[Key], problems: &mut Vec<ConfigProblem>) {
    let is_section =
        |key: &str, value: &Value| SECTIONS.contains(&key) && matches!(value, Value::Table(_));
    let unknown = own.iter().filter(|(key, value)| !is_section(key, value));
    let unknown: Vec<String> = unknown.map(|(key, _)| key.clone()).collect();
    for name in unknown {
        let value = own.remove(&name).map(|value| value.to_string());
        let key = format!("{entry}.{name}");
        problems.push(ConfigProblem::new(&key, value, describe_unusable(&name, known)));
    }
}

fn describe_unusable(name: &str, known: &[Key]) -> String {
    let of_stack = |section: &str| format!("holds for the whole stack: write it in [{section}]");
    if SECTIONS.contains(&name) {
        return format!(
            "must have keys of [{name}]: write `{name}.<key> = …` below `[[sync]]`, or \
                `[sync.{name}]` on a line of its own"
        );
    }
    if known.iter().any(|key| key.section == name) {
        return of_stack(name);
    }
    let sections = || known.iter().filter(|key| key.name == name).map(|key| key.section);
    let is_usable =
        |section: &&str| SECTIONS.contains(section) && !STACK_WIDE.contains(&(*section, name));
    let usable: Vec<_> =
        sections().filter(is_usable).map(|section| format!("`{section}.{name}`")).collect();
    match (usable.is_empty(), sections().next()) {
        (false, _) => format!("lacks its section: write {}", usable.join(" or ")),
        (true, Some(section)) => of_stack(section),
        (true, None) => {
            let entry_keys: Vec<&str> = ["name"].into_iter().chain(SECTIONS).collect();
            describe_unknown_key(name, &entry_keys)
        }
    }
}

fn take_stack_wide(entry: &str, own: &mut Table, problems: &mut Vec<ConfigProblem>) {
    for (section, name) in STACK_WIDE {
        let keys = own.get_mut(section).and_then(Value::as_table_mut);
        if let Some(value) = keys.and_then(|keys| keys.remove(name)) {
            let key = format!("{entry}.{section}.{name}");
            let message = format!("holds for the whole stack: write it in [{section}]");
            problems.push(ConfigProblem::new(&key, Some(value.to_string()), message));
        }
    }
}
