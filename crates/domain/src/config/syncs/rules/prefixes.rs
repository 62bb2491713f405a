//! The prefixes of syncs with one bucket, of which none may be above or below another.

use super::Member;
use crate::config::key_lines::KeyLines;
use crate::config::problem::ConfigProblem;

const PREFIX: &str = "destination.prefix";

/// Two syncs below one prefix would replace one another's objects, and with
/// `preserve_deleted_files = "REMOVE"` delete them, unless filters keep them apart. Each pair is
/// reported once: of the sync that takes its prefix over, or else of the later one.
pub(super) fn find_overlaps(members: &[Member<'_>], lines: &KeyLines) -> Vec<ConfigProblem> {
    let overlap = |(index, member): (usize, &Member<'_>)| {
        let is_to_change = |(other_index, other): &(usize, &Member<'_>)| {
            let is_own = [member, other].map(|one| one.entry.is_own(PREFIX));
            *other_index != index
                && prefixes_overlap(prefix_of(member), prefix_of(other))
                && !member.sync.is_apart_from(other.sync)
                && (is_own == [false, true] || is_own[0] == is_own[1] && *other_index < index)
        };
        let (_, other) = members.iter().enumerate().find(is_to_change)?;
        Some(describe_overlap(member, other, suggest_prefix(member, members), lines))
    };
    members.iter().enumerate().filter_map(overlap).collect()
}

fn prefix_of<'a>(member: &Member<'a>) -> &'a str {
    &member.sync.destination.prefix
}

fn prefixes_overlap(one: &str, other: &str) -> bool {
    let complete = |prefix: &str| match prefix.trim_end_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    let (one, other) = (complete(one), complete(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// The name of the sync, unless another one has that as its prefix.
fn suggest_prefix(member: &Member<'_>, members: &[Member<'_>]) -> Option<String> {
    let suggested = format!("{}/", member.entry.name.as_ref()?);
    let mut own = members.iter().filter(|other| other.entry.is_own(PREFIX));
    let is_taken = own.any(|other| prefixes_overlap(prefix_of(other), &suggested));
    (!is_taken).then_some(suggested)
}

fn describe_overlap(
    member: &Member<'_>,
    other: &Member<'_>,
    suggested: Option<String>,
    lines: &KeyLines,
) -> ConfigProblem {
    let origin = match (member.entry.is_own(PREFIX), lines.line_of(PREFIX)) {
        (true, _) => "",
        (false, Some(_)) => " (of [destination])",
        (false, None) => " (the default)",
    };
    let such_as = suggested.map(|prefix| format!(", such as {prefix:?}")).unwrap_or_default();
    let message = format!(
        "overlaps {:?} of {} in the same bucket: one of them would replace or delete the objects \
            of the other; write a prefix that is neither above nor below it{such_as}",
        prefix_of(other),
        other.entry.describe(),
    );
    let value = format!("{:?}{origin}", prefix_of(member));
    let with = [member, other]
        .into_iter()
        .flat_map(|one| ["prefix", "bucket", "region"].map(|key| one.locate_key(key)));
    let located = format!("{}.{PREFIX}", member.entry.key);
    ConfigProblem { with: with.collect(), ..ConfigProblem::new(&located, Some(value), message) }
}
