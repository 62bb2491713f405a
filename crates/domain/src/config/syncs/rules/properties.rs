//! The properties of a bucket, of which it has one value, whichever sync writes to it.

use super::Member;
use crate::config::problem::ConfigProblem;
use crate::config::{DestinationConfig, StackConfig};

const PROPERTIES: [&str; 7] = [
    "region",
    "account",
    "kms_key_arn",
    "abort_multipart_days",
    "noncurrent_version_expiration_days",
    TRANSITION[0],
    TRANSITION[1],
];
/// One value in two keys: neither counts without the other.
const TRANSITION: [&str; 2] = ["transition_days", "transition_storage_class"];

/// The value that all syncs of a bucket should have.
struct Reference {
    value: Option<String>,
    /// The keys that it was read from.
    keys: Vec<String>,
    owner: String,
}

/// The members whose value differs from that of the section or, if that is about another bucket,
/// from that of the first sync, preferably one that takes the value over.
pub(super) fn find_differences(config: &StackConfig, members: &[Member<'_>]) -> Vec<ConfigProblem> {
    let of_property = |property| find_differences_in(config, members, property);
    PROPERTIES.into_iter().flat_map(of_property).collect()
}

fn find_differences_in(
    config: &StackConfig,
    members: &[Member<'_>],
    property: &str,
) -> Vec<ConfigProblem> {
    let Some(reference) = find_reference(config, members, property) else { return Vec::new() };
    let with_values = members.iter().map(|member| {
        let value = show_value(&member.sync.destination, property, &config.stack.region);
        (member, value)
    });
    let different = with_values.filter(|(_, value)| *value != reference.value);
    different
        .map(|(member, value)| describe_difference(member, value, property, &reference))
        .collect()
}

fn describe_difference(
    member: &Member<'_>,
    value: Option<String>,
    property: &str,
    reference: &Reference,
) -> ConfigProblem {
    let message = format!(
        "differs from that of {}, which is about the same bucket: a bucket has one; write it in \
            [destination] for all of its syncs, or name another bucket",
        reference.owner
    );
    let mut with = list_keys(member, property);
    with.extend(reference.keys.iter().cloned());
    let located = format!("{}.destination.{property}", member.entry.key);
    ConfigProblem { with, ..ConfigProblem::new(&located, value, message) }
}

fn list_keys(member: &Member<'_>, property: &str) -> Vec<String> {
    ["bucket", property].into_iter().chain(TRANSITION).map(|key| member.locate_key(key)).collect()
}

fn find_reference(
    config: &StackConfig,
    members: &[Member<'_>],
    property: &str,
) -> Option<Reference> {
    let region = &config.stack.region;
    let key = format!("destination.{property}");
    let first = members.first()?;
    let section = &config.destination;
    if section.bucket.is_some() && section.bucket == first.sync.destination.bucket {
        let value = show_value(section, property, region);
        return Some(Reference { value, keys: vec![key], owner: "[destination]".to_owned() });
    }
    let taking_over = members.iter().find(|member| !member.entry.is_own(&key)).unwrap_or(first);
    Some(Reference {
        value: show_value(&taking_over.sync.destination, property, region),
        keys: list_keys(taking_over, property),
        owner: taking_over.entry.describe(),
    })
}

fn show_value(
    destination: &DestinationConfig,
    property: &str,
    stack_region: &str,
) -> Option<String> {
    let show_days = |days: Option<i32>| days.map(|days| days.to_string());
    let show_text = |text: &Option<String>| text.as_ref().map(|text| format!("{text:?}"));
    let transition = destination.transition.as_ref();
    match property {
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
