//! A key of an entry is read and checked as the same key of its section is without entries.

use super::inheritance::{SECTIONS, STACK_WIDE};
use crate::config::parse_tests::MINIMAL;
use crate::config::template_tests::{ODD_VALUES, Setting, read_template};
use crate::config::{ConfigProblem, parse};

/// The problems of a text, without the entry `a` and the lines.
fn find_problems(text: &str) -> Vec<ConfigProblem> {
    let problems = parse(text).err().map(|problems| problems.0).unwrap_or_default();
    let as_in_section = |problem: ConfigProblem| ConfigProblem {
        key: problem.key.trim_start_matches("sync.a.").to_owned(),
        with: problem.with.iter().map(|key| key.replace("sync.a.", "")).collect(),
        line: None,
        ..problem
    };
    problems.into_iter().map(as_in_section).collect()
}

fn is_key_of_entries(setting: &Setting) -> bool {
    let Setting { section, key, .. } = setting;
    // A new file system is the stack's alone.
    section != "file_system"
        && SECTIONS.contains(&section.as_str())
        && !STACK_WIDE.contains(&(section.as_str(), key.as_str()))
}

#[test]
fn a_value_has_the_problems_that_it_has_in_its_section() {
    let (settings, _) = read_template();
    let (mut compared, mut refused) = (0, 0);
    for Setting { section, key, line, .. } in settings.into_iter().filter(is_key_of_entries) {
        let written = line.split_once(" = ").map(|(_, value)| value).unwrap();
        for value in ODD_VALUES.iter().copied().chain([written]) {
            let setting = format!("{key} = {value}");
            let in_section = find_problems(&format!("{MINIMAL}[{section}]\n{setting}\n"));
            let in_entry =
                find_problems(&format!("{MINIMAL}[[sync]]\nname = \"a\"\n{section}.{setting}\n"));
            assert_eq!(in_entry, in_section, "{section}.{setting}");
            compared += 1;
            refused += usize::from(!in_entry.is_empty());
        }
    }
    insta::assert_snapshot!(format!("{refused} of {compared} refused"), @"569 of 630 refused");
}
