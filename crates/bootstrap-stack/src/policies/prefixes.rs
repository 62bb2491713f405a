//! The prefixes that syncs of one bucket write below, within the room that their role's policy has.
//! Pure.

use std::collections::BTreeSet;

use domain::config::{PreserveDeletedFiles, StackConfig};
use reconciler::resources::iam::role::INLINE_LIMIT;
use serde_json::{Value, json};

/// The room for references in a policy, which are shorter than the ARNs in their place.
const FOR_REFERENCES: usize = 128;

/// The objects in a bucket that a policy names, by their beginnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prefixes {
    bucket: String,
    /// The prefixes of all syncs, sorted.
    all: Vec<String>,
    /// Those below which a task deletes what the source no longer has, sorted.
    deleted: Vec<String>,
    /// Those below which DataSync deletes its own temporary objects alone, sorted.
    temporary: Vec<String>,
}

impl Prefixes {
    /// The prefixes of syncs that write to the bucket with this ARN.
    pub(super) fn of_syncs(bucket: &str, sharing: &[&StackConfig]) -> Self {
        let sorted = |keeps: &dyn Fn(PreserveDeletedFiles) -> bool| {
            let of_mode = sharing.iter().filter(|view| keeps(view.task.preserve_deleted_files));
            let prefixes: BTreeSet<_> =
                of_mode.map(|view| view.destination.prefix.clone()).collect();
            prefixes.into_iter().collect()
        };
        Self {
            bucket: bucket.to_owned(),
            all: sorted(&|_| true),
            deleted: sorted(&|mode| mode == PreserveDeletedFiles::Remove),
            temporary: sorted(&|mode| mode == PreserveDeletedFiles::Preserve),
        }
    }

    /// The resource of a statement about all objects of the syncs.
    pub(super) fn objects(&self) -> Value {
        let patterns: Vec<_> =
            self.all.iter().map(|prefix| format!("{}/{prefix}*", self.bucket)).collect();
        if let [only] = patterns.as_slice() { json!(only) } else { json!(patterns) }
    }

    /// The resource of a statement about what may be deleted.
    pub(super) fn deletable(&self) -> Vec<String> {
        let bucket = &self.bucket;
        let deleted = self.deleted.iter().map(|prefix| format!("{bucket}/{prefix}*"));
        let temporary = self.temporary.iter().flat_map(|prefix| {
            // A shortened prefix ends within a name, where no directory of DataSync begins.
            let is_whole = prefix.is_empty() || prefix.ends_with('/');
            let first = is_whole.then(|| format!("{bucket}/{prefix}.aws-datasync/*"));
            first.into_iter().chain([format!("{bucket}/{prefix}*/.aws-datasync/*")])
        });
        deleted.chain(temporary).collect()
    }

    /// The policy with these prefixes, which `render` builds. Where it has not room for all (IAM
    /// User Guide, "IAM and AWS STS quotas"), it names what neighbours begin with in place of them:
    /// first of the temporary objects, which only DataSync has, then of the written ones, and of
    /// those that may be deleted at last.
    pub(super) fn fit_policy(mut self, render: impl Fn(&Self) -> Value) -> Value {
        loop {
            let policy = render(&self);
            let is_short = policy.to_string().len() <= INLINE_LIMIT - FOR_REFERENCES;
            if is_short || !self.shorten_lists() {
                return policy;
            }
        }
    }

    /// Shortens one list by one prefix; `false` if each has one already.
    fn shorten_lists(&mut self) -> bool {
        let lists = [&mut self.temporary, &mut self.all, &mut self.deleted];
        lists.into_iter().any(merge_closest)
    }
}

/// Replaces the two neighbours that have most in common by what both begin with, so that the list
/// covers as little more as possible.
fn merge_closest(sorted: &mut Vec<String>) -> bool {
    let common = sorted.windows(2).map(|pair| common_beginning(&pair[0], &pair[1]));
    let Some(longest) = common.max_by_key(|common| common.len()).map(str::to_owned) else {
        return false;
    };
    sorted.retain(|prefix| !prefix.starts_with(&longest));
    let at = sorted.partition_point(|prefix| *prefix < longest);
    sorted.insert(at, longest);
    true
}

fn common_beginning<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
    let end = same.map_or(one.len().min(other.len()), |((at, _), _)| at);
    &one[..end]
}

#[cfg(test)]
mod tests;
