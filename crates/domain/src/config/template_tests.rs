//! The template is the reference of `stack.toml`: it says every key, and says it right.

use std::collections::{BTreeMap, BTreeSet};

use super::parse_tests::MINIMAL;
use super::*;

const VALUES: TemplateValues<'_> = TemplateValues { stack_name: "backup", region: "eu-central-1" };

/// A line of the template that sets a key, and whether it stands behind a `#`.
struct Setting {
    section: String,
    key: String,
    line: String,
    commented: bool,
}

fn settings() -> Vec<Setting> {
    let mut section = String::new();
    let mut settings = Vec::new();
    for line in render_template(&VALUES).lines() {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
        }
        let plain = line.trim_start_matches("# ");
        let Some((key, _)) = plain.split_once(" = ") else { continue };
        if key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            let (section, key, line) = (section.clone(), key.to_owned(), plain.to_owned());
            settings.push(Setting { section, key, commented: plain.len() < line.len(), line });
        }
    }
    settings
}

/// The keys that the parser knows, in its own words.
fn known_keys(section: &str) -> BTreeSet<String> {
    let unknown = "a_key_so_long_that_it_resembles_none_of_those_that_are_known";
    let text = match section {
        "stack" => format!("{MINIMAL}{unknown} = 1"),
        _ => format!("{MINIMAL}[{section}]\n{unknown} = 1"),
    };
    let problems = parse(&text).unwrap_err();
    let (_, known) = problems.0[0].message.split_once("known are ").unwrap();
    known.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_template_says_the_defaults() {
    assert_eq!(parse(&render_template(&VALUES)), parse(MINIMAL));
}

#[test]
fn the_template_has_every_key_of_every_section_and_no_other() {
    let mut written: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Setting { section, key, .. } in settings() {
        assert!(
            written.entry(section.clone()).or_default().insert(key.clone()),
            "{section}.{key} stands there twice"
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
fn what_stands_behind_a_sign_is_allowed_once_its_companions_are_there() {
    for Setting { section, line, .. } in settings().into_iter().filter(|setting| setting.commented)
    {
        let said = parse(&format!("{MINIMAL}[{section}]\n{line}")).err();
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
fn every_key_or_a_neighbour_above_it_has_a_comment() {
    let settings: BTreeSet<String> = settings().into_iter().map(|setting| setting.line).collect();
    let mut explained = false;
    for line in render_template(&VALUES).lines() {
        if settings.contains(line.trim_start_matches("# ")) {
            assert!(explained, "{line}");
        } else {
            explained = line.starts_with('#');
        }
    }
}

#[test]
fn the_template_as_it_is_written_warns_of_nothing() {
    assert_eq!(parse(&render_template(&VALUES)).unwrap().find_warnings(), []);
}

/// Values of every type that TOML has, at the edges of their ranges.
const ODD_VALUES: [&str; 14] = [
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

#[test]
fn whatever_is_written_the_problem_is_said_of_the_key_it_is_written_on() {
    let mut refused = 0;
    for Setting { section, key, line, .. } in
        settings().into_iter().filter(|setting| !setting.commented)
    {
        for value in ODD_VALUES {
            let text = render_template(&VALUES);
            let (before, after) = text.split_once(&format!("[{section}]\n")).unwrap();
            let odd = format!("\n{after}").replacen(
                &format!("\n{line}\n"),
                &format!("\n{key} = {value}\n"),
                1,
            );
            let Err(problems) = parse(&format!("{before}[{section}]{odd}")) else { continue };
            refused += 1;
            let name = format!("{section}.{key}");
            let blamed =
                |problem: &ConfigProblem| problem.key == name || problem.with.contains(&name);
            assert!(problems.0.iter().any(blamed), "{name} = {value}: {problems}");
        }
    }
    insta::assert_snapshot!(refused, @"713");
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
