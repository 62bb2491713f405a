//! The template is the reference of `stack.toml`: it says every key, and says it right.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::keys_read_from;
use super::parse_tests::MINIMAL;
use super::*;

const VALUES: TemplateValues<'_> = TemplateValues { stack_name: "backup", region: "eu-central-1" };

/// A line of the template that sets a key, and whether it is behind a `#`.
pub(super) struct Setting {
    pub section: String,
    pub key: String,
    pub line: String,
    pub commented: bool,
    /// The comment above it, in one line.
    pub comment: String,
}

/// The settings of the template, and the comment above each section.
pub(super) fn read_template() -> (Vec<Setting>, BTreeMap<String, String>) {
    let (mut section, mut comment) = (String::new(), Vec::new());
    let (mut settings, mut sections) = (Vec::new(), BTreeMap::new());
    for line in render_template(&VALUES).lines() {
        let plain = line.trim_start_matches("# ");
        let key = plain.split_once(" = ").map(|(key, _)| key);
        if let Some(name) = line.strip_prefix('[').or_else(|| plain.strip_prefix("[[")) {
            name.trim_end_matches(']').clone_into(&mut section);
            let introduction = std::mem::take(&mut comment).join(" ");
            sections.entry(section.clone()).or_insert(introduction);
        } else if let Some(key) = key.filter(|key| is_key(key)) {
            settings.push(Setting {
                section: section.clone(),
                key: key.to_owned(),
                commented: plain.len() < line.len(),
                line: plain.to_owned(),
                comment: std::mem::take(&mut comment).join(" "),
            });
        } else if line.is_empty() {
            comment.clear();
        } else {
            comment.push(plain.to_owned());
        }
    }
    (settings, sections)
}

fn is_key(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The settings of the sections, without those of the entries.
fn read_settings() -> Vec<Setting> {
    let (settings, _) = read_template();
    settings.into_iter().filter(|setting| setting.section != "sync").collect()
}

/// The keys that the parser reads in a section.
fn known_keys(section: &str) -> BTreeSet<String> {
    let keys = keys_read_from(MINIMAL).into_iter().filter(|key| key.section == section);
    keys.map(|key| key.name.to_owned()).collect()
}

#[test]
fn the_template_says_the_defaults() {
    assert_eq!(parse(&render_template(&VALUES)), parse(MINIMAL));
}

#[test]
fn the_template_has_every_key_of_every_section_and_no_other() {
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Setting { section, key, .. } in read_settings() {
        assert!(
            written.entry(section.clone()).or_default().insert(key.clone()),
            "{section}.{key} is listed twice"
        );
    }
    let sections = serde_json::to_value(parse(MINIMAL).unwrap()).unwrap();
    let sections: BTreeSet<_> = sections.as_object().unwrap().keys().cloned().collect();
    assert_eq!(written.keys().cloned().collect::<BTreeSet<_>>(), sections);
    for (section, keys) in written {
        assert_eq!(keys, known_keys(&section), "{section}");
    }
}

#[test]
fn the_entries_of_the_template_are_allowed() {
    let text = render_template(&VALUES);
    let (before, entries) = text.split_once("# [[sync]]").unwrap();
    let entries = format!("\n# [[sync]]{entries}").replace("\n# ", "\n");
    let config = parse(&format!("{before}{entries}")).unwrap();
    let names: Vec<_> = config.sync_names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["home", "archive"]);
}

fn add_line(section: &str, line: &str) -> String {
    let header = if section == "stack" { String::new() } else { format!("[{section}]\n") };
    format!("{MINIMAL}{header}{line}")
}

#[test]
fn what_stands_behind_a_sign_is_allowed_once_its_companions_are_there() {
    for Setting { section, line, .. } in
        read_settings().into_iter().filter(|setting| setting.commented)
    {
        let said = parse(&add_line(&section, &line)).err();
        for problem in said.into_iter().flat_map(|problems| problems.0) {
            assert!(
                problem.message.starts_with("needs ")
                    || problem.message.starts_with("is required and missing"),
                "{problem}"
            );
        }
    }
}

#[test]
fn every_key_has_a_comment_and_every_optional_one_its_default() {
    for Setting { key, comment, commented, .. } in read_settings() {
        assert!(!comment.is_empty(), "{key}");
        assert_eq!(comment.contains("Default: "), commented, "{key}: {comment}");
    }
}

#[test]
fn the_template_as_it_is_written_warns_of_nothing() {
    assert_eq!(parse(&render_template(&VALUES)).unwrap().find_warnings(), []);
}

/// Values of every type that TOML has, at the edges of their ranges.
pub(super) const ODD_VALUES: [&str; 14] = [
    "-1",
    "0",
    "1",
    "9223372036854775807",
    "1.5",
    "nan",
    "true",
    "1979-05-27",
    "[]",
    "[\"\"]",
    "[\"a\", 1]",
    "{ a = 1 }",
    "\"\"",
    "\"\\u0000\u{1f600} /..//\"",
];

/// The template with another line in place of one of a section.
fn write_value(section: &str, line: &str, odd: &str) -> String {
    let text = render_template(&VALUES);
    let (before, after) = text.split_once(&format!("[{section}]\n")).unwrap();
    let after = format!("\n{after}").replacen(&format!("\n{line}\n"), &format!("\n{odd}\n"), 1);
    format!("{before}[{section}]{after}")
}

#[test]
fn whatever_is_written_the_problem_is_said_of_the_key_it_is_written_on() {
    let mut refused = 0;
    for Setting { section, key, line, .. } in
        read_settings().into_iter().filter(|setting| !setting.commented)
    {
        for value in ODD_VALUES {
            let text = write_value(&section, &line, &format!("{key} = {value}"));
            let Err(problems) = parse(&text) else { continue };
            refused += 1;
            let name = format!("{section}.{key}");
            let blamed =
                |problem: &ConfigProblem| problem.key == name || problem.with.contains(&name);
            assert!(problems.0.iter().any(blamed), "{name} = {value}: {problems}");
        }
    }
    insta::assert_snapshot!(refused, @"727");
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_read_or_refused() {
    let text = render_template(&VALUES);
    for (at, _) in text.char_indices().step_by(41) {
        if let Err(problems) = parse(&text[..at]) {
            assert!(problems.0.iter().all(|problem| !problem.message.is_empty()), "{at}");
        }
    }
}
