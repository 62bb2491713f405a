//! `docs/CONFIGURATION.md`, written from the parser's keys, the template's comments and defaults,
//! and the messages of the refused configurations.
//!
//! `EFS_S3_UPDATE_DOCS=1` writes the document anew.

mod syncs;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::{env, fs};

use super::document::Key;
use super::parse::keys_read_from;
use super::parse_tests::MINIMAL;
use super::refusal_tests::{TABLES, complete_config};
use super::template_tests::{Setting, read_template};
use super::warnings::tests::SURPRISING;
use super::*;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CONFIGURATION.md");
const WITH_EXISTING_RESOURCES: &str =
    "[network]\nvpc_id = \"vpc-00000001\"\n[file_system]\nid = \"fs-00000001\"\n";
const HEAD: &str = "\
# Configuration

Every key of `stack.toml`. The example with all defaults is
[examples/stack.toml](../examples/stack.toml); `efs-s3 init` writes it.

This file is generated from the parser, the example and the tests of its rules:
`EFS_S3_UPDATE_DOCS=1 cargo test --workspace --lib -- documentation`.

A command reports all problems at once, each as `line 12: task.verify_mode = \"ALL\": message`. Two
messages are the same for every key: a value of another type is answered with `must be` and the
accepted values, and an unknown key with the most similar known one.
";

#[test]
fn the_configuration_reference_is_current() {
    let rendered = render_reference();
    if env::var_os("EFS_S3_UPDATE_DOCS").is_some() {
        fs::write(PATH, &rendered).unwrap();
    }
    let written = fs::read_to_string(PATH).unwrap_or_default();
    let stale = written.lines().zip(rendered.lines()).find(|(written, new)| written != new);
    assert_eq!(stale, None, "run this test with EFS_S3_UPDATE_DOCS=1");
    assert_eq!(written, rendered, "run this test with EFS_S3_UPDATE_DOCS=1");
}

fn render_reference() -> String {
    let (settings, introductions) = read_template();
    let keys = known_keys();
    let mut text = HEAD.to_owned();
    let mut sections: Vec<&str> = keys.iter().map(|key| key.section).collect();
    sections.dedup();
    let introduce = |section: &str| {
        let link = format!(" docs/CONFIGURATION.md#{section}");
        introductions[section].strip_suffix(&link).expect("the comment ends with a link")
    };
    for section in sections {
        let introduction = introduce(section);
        write!(text, "\n## {section}\n\n{introduction}\n\n").unwrap();
        write_keys(&mut text, section, &keys, &settings);
        write_messages(&mut text, "Refused", section, &collect_refusals());
        write_messages(&mut text, "Warned of", section, &collect_warnings());
    }
    syncs::write_entries(&mut text, introduce("sync"), &keys);
    syncs::write_layouts(&mut text);
    text
}

/// The parser's keys with what they accept. A key that only existing resources have is not accepted
/// in a minimal configuration, and the other way round.
fn known_keys() -> Vec<Key> {
    let others = keys_read_from(&format!("{MINIMAL}{WITH_EXISTING_RESOURCES}"));
    let mut keys = keys_read_from(MINIMAL);
    for key in keys.iter_mut().filter(|key| key.accepts.is_empty()) {
        let same = |other: &&Key| other.section == key.section && other.name == key.name;
        key.accepts.clone_from(&others.iter().find(same).expect("both know the key").accepts);
    }
    keys
}

fn write_keys(text: &mut String, section: &str, keys: &[Key], settings: &[Setting]) {
    text.push_str("| key | accepts | default | meaning |\n|---|---|---|---|\n");
    for setting in settings.iter().filter(|setting| setting.section == section) {
        let key = keys.iter().find(|key| key.section == section && key.name == setting.key);
        let accepts = &key.unwrap_or_else(|| panic!("{}: unknown", setting.key)).accepts;
        let (meaning, default) = match setting.comment.split_once("Default: ") {
            Some((meaning, default)) => {
                (meaning.trim_end(), default.trim_end_matches('.').to_owned())
            }
            None => (setting.comment.as_str(), default_of(setting)),
        };
        let row = [&format!("`{}`", setting.key), accepts, &default, meaning].map(escape_cell);
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
}

fn default_of(setting: &Setting) -> String {
    let without = MINIMAL.replace(&format!("{}\n", setting.line), "");
    match parse(&without) {
        Ok(_) => format!("`{}`", setting.line.split_once(" = ").map_or("", |(_, value)| value)),
        Err(_) => "required".to_owned(),
    }
}

/// A message about a key, and a value that leads to it.
type Message = (String, String, String);

fn write_messages(text: &mut String, title: &str, section: &str, messages: &[Message]) {
    let prefix = format!("{section}.");
    let mut seen = BTreeSet::new();
    let mut rows = String::new();
    for (key, value, message) in messages.iter().filter(|(key, ..)| key.starts_with(&prefix)) {
        if seen.insert((key, message)) {
            let row = [&format!("`{}`", &key[prefix.len()..]), value, message].map(escape_cell);
            writeln!(rows, "| {} |", row.join(" | ")).unwrap();
        }
    }
    if !rows.is_empty() {
        write!(text, "\n{title}:\n\n| key | for example | message |\n|---|---|---|\n{rows}")
            .unwrap();
    }
}

fn collect_refusals() -> Vec<Message> {
    let keys = known_keys();
    let types: BTreeSet<String> =
        keys.iter().map(|key| format!("must be {}", key.accepts)).collect();
    let is_type = |message: &str| types.iter().any(|type_| type_.starts_with(message));
    let problems = TABLES.iter().flat_map(|table| table.iter());
    let problems = problems.flat_map(|bad| parse(&complete_config(bad)).unwrap_err().0);
    problems
        .filter(|problem| !is_type(&problem.message))
        .filter(|problem| !problem.message.starts_with("is not a known key"))
        // The same problem within a section has the same message without its entry.
        .filter(|problem| !problem.message.contains(" (in sync."))
        .map(|problem| (problem.key, show_value(problem.value.as_deref()), problem.message))
        .collect()
}

fn collect_warnings() -> Vec<Message> {
    let configs = SURPRISING.iter().map(|text| parse(&format!("{MINIMAL}{text}")).unwrap());
    let warnings = configs.flat_map(|config| config.find_warnings());
    warnings
        .map(|warning| (warning.key, show_value(Some(&warning.value)), warning.message))
        .collect()
}

fn show_value(value: Option<&str>) -> String {
    let Some(value) = value else { return "(missing)".to_owned() };
    let shown: String = value.chars().take(60).collect();
    let end = if value.chars().count() > 60 { "…" } else { "" };
    format!("`{shown}{end}`")
}

fn escape_cell(text: impl AsRef<str>) -> String {
    text.as_ref().replace('|', "\\|").replace('\n', " ")
}
