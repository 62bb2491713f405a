//! Syncs that copy the same files into one bucket, each once. Two buckets are two copies, and
//! that is their purpose.

use crate::config::syncs::path_set::PathSet;
use crate::config::{ConfigWarning, ResolvedSync, StackConfig};

/// The part of a file system that a sync copies.
struct Reach {
    /// The file system as the syncs name it, and the access point.
    origin: (Option<String>, Option<String>),
    bucket: (Option<String>, String),
    included: Vec<PathSet>,
    excluded: Vec<PathSet>,
}

pub(super) fn find_overlaps(config: &StackConfig, syncs: &[ResolvedSync]) -> Vec<ConfigWarning> {
    let reaches: Vec<Reach> = syncs.iter().map(|sync| Reach::of_sync(sync, config)).collect();
    let overlap = |(index, sync): (usize, &ResolvedSync)| {
        let is_same = |other: &usize| reaches[index].overlaps(&reaches[*other]);
        let other = &syncs[(0..index).find(is_same)?];
        let message = format!(
            "overlaps {:?} of the sync `{}`: files in both are copied, stored and billed twice; \
                exclude them from one of the two with task.excludes if that is not wanted",
            other.config.source.subdirectory, other.name
        );
        let key = format!("sync.{}.source.subdirectory", sync.name);
        Some(ConfigWarning::new(&key, &sync.config.source.subdirectory, message))
    };
    syncs.iter().enumerate().filter_map(overlap).collect()
}

impl Reach {
    fn of_sync(sync: &ResolvedSync, config: &StackConfig) -> Self {
        let ResolvedSync { config: view, .. } = sync;
        let id = view.file_system.existing().map(|existing| existing.id.clone());
        let directory = view.source.subdirectory.as_str();
        let seen_from_top = |pattern: &String| {
            PathSet::of_pattern(pattern).map(|paths| paths.seen_below(directory))
        };
        let included: Vec<PathSet> = view.task.includes.iter().filter_map(seen_from_top).collect();
        let everything = || vec![PathSet::content_of(directory)];
        let region = view.destination.bucket_region(&config.stack.region).to_owned();
        Self {
            origin: (id, view.source.access_point_id.clone()),
            bucket: (view.destination.bucket.clone(), region),
            included: if included.is_empty() { everything() } else { included },
            excluded: view.task.excludes.iter().filter_map(seen_from_top).collect(),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let shared =
            |one: &PathSet, two: &PathSet| match (one.contains_all(two), two.contains_all(one)) {
                (true, _) => !self.excludes(two) && !other.excludes(two),
                (_, true) => !self.excludes(one) && !other.excludes(one),
                _ => false,
            };
        self.origin == other.origin
            && self.bucket == other.bucket
            && self.included.iter().any(|one| other.included.iter().any(|two| shared(one, two)))
    }

    fn excludes(&self, part: &PathSet) -> bool {
        self.excluded.iter().any(|excluded| excluded.contains_all(part))
    }
}
