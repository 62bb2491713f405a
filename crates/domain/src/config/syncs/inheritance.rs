//! The keys that a `[[sync]]` entry takes over from the sections. Pure.

use toml::{Table, Value};

use crate::config::sections::destination::OF_A_NEW_BUCKET;

/// The sections that an entry may have keys of.
pub(in crate::config) const SECTIONS: [&str; 7] =
    ["file_system", "source", "destination", "task", "schedule", "limits", "proof"];

/// The keys of these sections that hold for the whole stack.
pub(in crate::config) const STACK_WIDE: [(&str, &str); 5] = [
    ("limits", "max_parallel_executions"),
    ("proof", "audit"),
    ("proof", "object_lock_days"),
    ("proof", "object_lock_mode"),
    ("task", "log_retention_days"),
];

/// The sections of an entry: its own keys, and those of the sections that it leaves out.
pub(super) fn inherit_sections(shared: &Table, own: &Table) -> Table {
    let differences = Differences { shared, own };
    let section = |name: &&str| ((*name).to_owned(), Value::Table(differences.merge_section(name)));
    SECTIONS.iter().map(section).collect()
}

/// The sections of the text, and the entry's keys, which are to take their place.
struct Differences<'a> {
    shared: &'a Table,
    own: &'a Table,
}

impl Differences<'_> {
    fn merge_section(&self, section: &str) -> Table {
        let shared = self.shared.get(section).and_then(Value::as_table);
        let mut keys = shared.cloned().unwrap_or_default();
        keys.retain(|key, _| !self.is_about_another(section, key));
        let own = self.own.get(section).and_then(Value::as_table);
        keys.extend(own.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
        if section == "destination" && self.is_back_in_own_region() {
            keys.remove("region");
        }
        keys
    }

    /// Whether a key of the section is about the section's own bucket, file system or access point,
    /// and the entry names another.
    fn is_about_another(&self, section: &str, key: &str) -> bool {
        match section {
            "destination" if self.names_another("destination", "bucket") => {
                ["region", "account", "kms_key_arn"].contains(&key)
                    || OF_A_NEW_BUCKET.contains(&key)
            }
            // A key encrypts in its own region only.
            "destination" => key == "kms_key_arn" && self.names_another("destination", "region"),
            "file_system" => key != "security_group_ids" && self.names_another("file_system", "id"),
            // Directories are those of a file system, seen from its root or an access point's.
            "source" => {
                self.names_another("file_system", "id")
                    || key == "subdirectory" && self.names_another("source", "access_point_id")
            }
            _ => false,
        }
    }

    fn names_another(&self, section: &str, key: &str) -> bool {
        let value = |table: &Table| table.get(section).and_then(|keys| keys.get(key)).cloned();
        let own = value(self.own);
        own.is_some() && own != value(self.shared)
    }

    /// Whether the entry names the stack's region, which undoes another one of the section.
    fn is_back_in_own_region(&self) -> bool {
        let region = |table: &Table, section: &str| {
            table.get(section).and_then(|keys| keys.get("region")).cloned()
        };
        let shared = region(self.shared, "destination");
        shared.is_some()
            && self.names_another("destination", "region")
            && region(self.own, "destination") == region(self.shared, "stack")
    }
}

#[cfg(test)]
mod tests;
