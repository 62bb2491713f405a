//! The keys that a `[[sync]]` entry takes over from the sections. Pure.

use toml::{Table, Value};

use crate::config::sections::destination::OF_A_NEW_BUCKET;

/// The sections that an entry may have keys of.
pub(super) const SECTIONS: [&str; 7] =
    ["file_system", "source", "destination", "task", "schedule", "limits", "proof"];

/// The keys of these sections that hold for the whole stack.
pub(super) const STACK_WIDE: [(&str, &str); 5] = [
    ("limits", "max_parallel_executions"),
    ("proof", "audit"),
    ("proof", "object_lock_days"),
    ("proof", "object_lock_mode"),
    ("task", "log_retention_days"),
];

/// The keys of a section for an entry: its own, and those of the section that it leaves out.
pub(super) fn inherit(section: &str, shared: Option<&Value>, own: Option<&Table>) -> Table {
    let mut keys = shared.and_then(Value::as_table).cloned().unwrap_or_default();
    if let Some(own) = own {
        keys.retain(|key, _| !is_about_another(section, key, own));
        keys.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    keys
}

/// Whether a key of the section is about another bucket or file system than the entry's own.
fn is_about_another(section: &str, key: &str, own: &Table) -> bool {
    match section {
        "destination" if own.contains_key("bucket") => {
            ["region", "account", "kms_key_arn"].contains(&key) || OF_A_NEW_BUCKET.contains(&key)
        }
        // A key encrypts in its own region only.
        "destination" if own.contains_key("region") => key == "kms_key_arn",
        "file_system" if own.contains_key("id") => key != "security_group_ids",
        "source" if own.contains_key("access_point_id") => key == "subdirectory",
        _ => false,
    }
}
