//! The section `sync` of the reference, and the layouts.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Message, collect_refusals, collect_warnings, escape_cell};
use crate::config::document::Key;
use crate::config::layout_tests::LAYOUTS;
use crate::config::sections::file_system::OF_A_NEW_FILE_SYSTEM;
use crate::config::syncs::inheritance::{SECTIONS, STACK_WIDE};

const RULES: &str = "\
`name` is required: 1 to 20 of a-z, 0-9 and -, beginning with a letter and not ending in -. A key of a
section is written behind the section's name, `source.subdirectory = \"/home/\"`, or below
`[sync.source]`:

";

const INHERITANCE: &str = "
A key that an entry leaves out has the value of its section, or else the default. What describes a
bucket, a file system or an access point is not taken over by an entry that names another one:

| the entry names another | it does not take over |
|---|---|
| `destination.bucket` | `region`, `account`, `kms_key_arn` and the lifecycle of [destination] |
| `destination.region` | `kms_key_arn` of [destination]: a key encrypts in its own region only |
| `file_system.id` | `subdirectory` and `access_point_id` of [source]; `security_group_ids` it does |
| `source.access_point_id` | `subdirectory` of [source]: it is seen from the access point |

* TOML has no empty value: an entry can replace the value of a section, not remove it. Write such a
  value in the entries that need it instead of the section. The region of the stack is the exception:
  as `destination.region` it takes back another one of [destination].
* Patterns in `task.includes` and `task.excludes` are taken over too. They begin at the top of the
  sync's own directory.
* Syncs with one bucket have prefixes of which none is above or below another, and one value of each
  key that is about the bucket.
* The sync `default` has the names and ids of a stack without entries. To add syncs to such a stack,
  name the first entry `default`: any other name is another sync, whose executions start anew.
* There is no bound on the number of syncs, but quotas of AWS, all of which can be raised: 100 tasks
  of DataSync and 300 EventBridge rules in a region (100 in af-south-1 and eu-south-1), of which a
  sync has three. A new VPC has to be large enough for two addresses per sync in one of its sixteen
  subnets: a /24 is enough for five syncs.
* `plan` warns of these quotas, of more than ten syncs that start at the same time, and of
  directories that two syncs copy into one bucket.
";

pub(super) fn write_entries(text: &mut String, introduction: &str, keys: &[Key]) {
    write!(text, "\n## sync\n\n{introduction}\n\n{RULES}").unwrap();
    text.push_str("| section | keys of an entry | keys that hold for the whole stack |\n");
    text.push_str("|---|---|---|\n");
    for section in SECTIONS {
        let is_of_stack = |name: &str| {
            STACK_WIDE.contains(&(section, name))
                || (section == "file_system" && OF_A_NEW_FILE_SYSTEM.contains(&name))
        };
        let list = |of_stack: bool| {
            let keys = keys.iter().filter(|key| key.section == section);
            let names = keys.map(|key| key.name).filter(|name| is_of_stack(name) == of_stack);
            names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        writeln!(text, "| [{section}](#{section}) | {} | {} |", list(false), list(true)).unwrap();
    }
    text.push_str(INHERITANCE);
    write_messages(text, "Refused", &collect_refusals());
    write_messages(text, "Warned of", &collect_warnings());
}

/// The messages about entries that no section has.
fn write_messages(text: &mut String, title: &str, messages: &[Message]) {
    let is_of_entry = |key: &str| key.split(['.', '[']).next() == Some("sync");
    let of_sections: BTreeSet<&str> = messages
        .iter()
        .filter(|(key, ..)| !is_of_entry(key))
        .map(|(_, _, message)| message.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    write!(text, "\n{title}:\n\n| key | for example | message |\n|---|---|---|\n").unwrap();
    for (key, value, message) in messages.iter().filter(|(key, ..)| is_of_entry(key)) {
        let name = key.splitn(3, '.').skip(1).last().unwrap_or_default();
        // One example of each message: only the beginning is the same for all its values.
        let word = message.split(' ').next().unwrap_or_default();
        let about = if ["is", "must"].contains(&word) { name } else { "" };
        if !of_sections.contains(message.as_str()) && seen.insert((word, about)) {
            let row = [&format!("`{key}`"), value, message].map(escape_cell);
            writeln!(text, "| {} |", row.join(" | ")).unwrap();
        }
    }
}

pub(super) fn write_layouts(text: &mut String) {
    text.push_str(
        "\n## Layouts\n\nComplete files, which the tests parse and deploy. Each stands in \
        [examples/layouts](../examples/layouts).\n",
    );
    for (name, title, layout) in LAYOUTS {
        write!(text, "\n### {title}\n\n[{name}](../examples/layouts/{name})\n\n").unwrap();
        write!(text, "```toml\n{}```\n", layout).unwrap();
    }
}
