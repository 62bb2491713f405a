//! The rules between the syncs of a stack. Pure.

use crate::config::problem::ConfigProblem;
use crate::config::{DestinationConfig, StackConfig, SyncConfig};

/// Everything that is not allowed about the syncs together. `keys` are those of their entries.
pub(super) fn check_together(config: &StackConfig, keys: &[&str]) -> Vec<ConfigProblem> {
    let mut problems = Vec::new();
    for (index, (sync, key)) in config.syncs.iter().zip(keys).enumerate() {
        let before = &config.syncs[..index];
        // An entry without a name of its own has been reported.
        let named = before.iter().zip(keys).filter(|(_, key)| key.starts_with("sync."));
        if key.starts_with("sync[") && named.clone().any(|(other, _)| other.name == sync.name) {
            let message = "is the name of another sync: each name occurs once";
            problems.push(new_problem(key, "name", &sync.name.as_str(), message.to_owned()));
        }
        problems.extend(find_shared_prefix(sync, before, key));
        problems.extend(find_other_lifecycle(sync, before, key));
    }
    problems
}

fn new_problem(
    entry: &str,
    key: &str,
    value: &impl std::fmt::Debug,
    message: String,
) -> ConfigProblem {
    ConfigProblem::new(&format!("{entry}.{key}"), Some(format!("{value:?}")), message)
}

/// Two syncs below one prefix would replace one another's objects, and with
/// `preserve_deleted_files = "REMOVE"` delete them, unless filters keep them apart.
fn find_shared_prefix(
    sync: &SyncConfig,
    before: &[SyncConfig],
    key: &str,
) -> Option<ConfigProblem> {
    let prefix = &sync.destination.prefix;
    let overlaps = |other: &&SyncConfig| {
        let theirs = &other.destination.prefix;
        is_same_bucket(&sync.destination, &other.destination)
            && (prefix.starts_with(theirs.as_str()) || theirs.starts_with(prefix.as_str()))
            && !sync.is_apart_from(other)
    };
    let other = before.iter().find(overlaps)?;
    let message = format!(
        "lies in one tree with {:?} of the sync `{}` in the same bucket: one of both would replace \
            or delete the other's objects; write another prefix, such as \"{}/\", or leave out in \
            task.excludes of one, with preserve_deleted_files = \"PRESERVE\", what the other copies",
        other.destination.prefix, other.name, sync.name
    );
    Some(new_problem(key, "destination.prefix", prefix, message))
}

fn is_same_bucket(one: &DestinationConfig, other: &DestinationConfig) -> bool {
    match (&one.bucket, &other.bucket) {
        (None, None) => one.region == other.region,
        (one, other) => one == other,
    }
}

/// A bucket of the stack has one lifecycle and one key, whichever sync writes to it.
fn find_other_lifecycle(
    sync: &SyncConfig,
    before: &[SyncConfig],
    key: &str,
) -> Option<ConfigProblem> {
    let own = &sync.destination;
    let is_new = own.bucket.is_none();
    let shares = |other: &&SyncConfig| is_new && is_same_bucket(own, &other.destination);
    let first = before.iter().find(shares)?;
    let theirs = &first.destination;
    let name = if own.kms_key_arn != theirs.kms_key_arn {
        "kms_key_arn"
    } else if own.abort_multipart_days != theirs.abort_multipart_days {
        "abort_multipart_days"
    } else if own.noncurrent_version_expiration_days != theirs.noncurrent_version_expiration_days {
        "noncurrent_version_expiration_days"
    } else if own.transition != theirs.transition {
        "transition_days"
    } else {
        return None;
    };
    let message = format!(
        "differs from that of the sync `{}`, and both write to one bucket of the stack: write it in \
            [destination] for all of them, or name another bucket or region",
        first.name
    );
    Some(ConfigProblem::new(&format!("{key}.destination.{name}"), None, message))
}
