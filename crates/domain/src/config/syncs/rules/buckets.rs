//! Syncs with one bucket: prefixes that do not overlap, and one value for each of its properties.

use std::collections::BTreeMap;

use super::Member;
use crate::config::key_lines::KeyLines;
use crate::config::problem::ConfigProblem;
use crate::config::{DestinationConfig, StackConfig};

/// The keys that a bucket has one value of, whichever sync writes to it.
const OF_ONE_BUCKET: [&str; 7] = [
    "region",
    "account",
    "kms_key_arn",
    "abort_multipart_days",
    "noncurrent_version_expiration_days",
    "transition_days",
    "transition_storage_class",
];

pub(super) fn check_buckets(
    config: &StackConfig,
    members: &[Member<'_>],
    lines: &KeyLines,
) -> Vec<ConfigProblem> {
    let mut by_bucket: BTreeMap<_, Vec<Member<'_>>> = BTreeMap::new();
    for member in members {
        let bucket = identify_bucket(&member.sync.destination, &config.stack.region);
        by_bucket.entry(bucket).or_default().push(*member);
    }
    let mut problems = Vec::new();
    for members in by_bucket.values() {
        problems.extend(find_overlaps(members, lines));
        problems
            .extend(OF_ONE_BUCKET.iter().flat_map(|key| find_differences(config, members, key)));
    }
    problems
}

/// The name of an existing bucket, which only one has, or the region of one of the stack's.
fn identify_bucket<'a>(
    destination: &'a DestinationConfig,
    stack_region: &'a str,
) -> (Option<&'a str>, &'a str) {
    match &destination.bucket {
        Some(name) => (Some(name), ""),
        None => (None, destination.bucket_region(stack_region)),
    }
}

/// Two syncs below one prefix would replace one another's objects, and with
/// `preserve_deleted_files = "REMOVE"` delete them. Each pair is reported once: of the sync that
/// takes its prefix over, or else of the later one.
fn find_overlaps(members: &[Member<'_>], lines: &KeyLines) -> Vec<ConfigProblem> {
    let overlap = |(index, member): (usize, &Member<'_>)| {
        let is_to_change = |(other_index, other): &(usize, &Member<'_>)| {
            let is_own = [member, other].map(|one| one.entry.is_own(PREFIX));
            *other_index != index
                && prefixes_overlap(prefix_of(member), prefix_of(other))
                && (is_own == [false, true] || is_own[0] == is_own[1] && *other_index < index)
        };
        let (_, other) = members.iter().enumerate().find(is_to_change)?;
        Some(describe_overlap(member, other, suggest_prefix(member, members), lines))
    };
    members.iter().enumerate().filter_map(overlap).collect()
}

const PREFIX: &str = "destination.prefix";

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
        .flat_map(|one| ["prefix", "bucket", "region"].map(|key| locate_key(one, key)));
    let located = format!("{}.{PREFIX}", member.entry.key);
    ConfigProblem { with: with.collect(), ..ConfigProblem::new(&located, Some(value), message) }
}

fn locate_key(member: &Member<'_>, key: &str) -> String {
    member.entry.locate_key(&format!("destination.{key}"))
}

/// A value of a bucket, and where it is written.
struct BucketValue {
    value: Option<String>,
    key: String,
    owner: String,
}

/// The members whose value differs from that of the section or, if it is about another bucket, from
/// that of the first sync, preferably one that takes the value over.
fn find_differences(config: &StackConfig, members: &[Member<'_>], key: &str) -> Vec<ConfigProblem> {
    let Some(reference) = find_reference(config, members, key) else { return Vec::new() };
    let region = &config.stack.region;
    let differs =
        |member: &&Member<'_>| show_value(&member.sync.destination, key, region) != reference.value;
    let describe = |member: &Member<'_>| {
        let message = format!(
            "differs from that of {}, which is about the same bucket: a bucket has one; write it \
                in [destination] for all of its syncs, or name another bucket",
            reference.owner
        );
        let value = show_value(&member.sync.destination, key, region);
        let with = [locate_key(member, "bucket"), reference.key.clone()].into();
        let located = format!("{}.destination.{key}", member.entry.key);
        ConfigProblem { with, ..ConfigProblem::new(&located, value, message) }
    };
    members.iter().filter(differs).map(describe).collect()
}

fn find_reference(config: &StackConfig, members: &[Member<'_>], key: &str) -> Option<BucketValue> {
    let region = &config.stack.region;
    let full_key = format!("destination.{key}");
    let own_first = members.first()?;
    let of_section = &config.destination;
    if of_section.bucket.is_some() && of_section.bucket == own_first.sync.destination.bucket {
        let value = show_value(of_section, key, region);
        return Some(BucketValue { value, key: full_key, owner: "[destination]".to_owned() });
    }
    let first = members.iter().find(|member| !member.entry.is_own(&full_key)).unwrap_or(own_first);
    Some(BucketValue {
        value: show_value(&first.sync.destination, key, region),
        key: locate_key(first, key),
        owner: first.entry.describe(),
    })
}

fn show_value(destination: &DestinationConfig, key: &str, stack_region: &str) -> Option<String> {
    let show_days = |days: Option<i32>| days.map(|days| days.to_string());
    let show_text = |text: &Option<String>| text.as_ref().map(|text| format!("{text:?}"));
    let transition = destination.transition.as_ref();
    match key {
        "region" => Some(format!("{:?}", destination.bucket_region(stack_region))),
        "account" => show_text(&destination.account),
        "kms_key_arn" => show_text(&destination.kms_key_arn),
        "abort_multipart_days" => Some(destination.abort_multipart_days.to_string()),
        "transition_days" => show_days(transition.map(|transition| transition.days)),
        "transition_storage_class" => {
            transition.map(|transition| format!("{:?}", transition.storage_class.as_str()))
        }
        _ => show_days(destination.noncurrent_version_expiration_days),
    }
}
