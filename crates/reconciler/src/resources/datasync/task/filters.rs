//! Include and exclude filters of a task.

use aws_sdk_datasync::types::{FilterRule, FilterType};

/// DataSync takes at most one rule, whose patterns are joined by `|`.
pub(super) fn to_filters(patterns: &[String]) -> Option<Vec<FilterRule>> {
    let rule = || {
        FilterRule::builder()
            .filter_type(FilterType::SimplePattern)
            .value(patterns.join("|"))
            .build()
    };
    (!patterns.is_empty()).then(|| vec![rule()])
}

/// A pattern may hold an escaped `|`: where the joined text is the desired one, so are the
/// patterns.
pub(super) fn from_filters(desired: &[String], found: Option<Vec<FilterRule>>) -> Vec<String> {
    let joined = found
        .unwrap_or_default()
        .into_iter()
        .filter_map(|rule| rule.value)
        .collect::<Vec<_>>()
        .join("|");
    if joined == desired.join("|") {
        return desired.to_vec();
    }
    joined.split('|').filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect()
}
