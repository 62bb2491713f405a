//! Syncs that copy the same files into one bucket, each once. Two buckets are two copies, and
//! that is their purpose.
//!
//! Source: DataSync User Guide, "Filtering data": an include pattern selects a path and all that is
//! below it, `*` at its end all paths that begin with it; an exclude pattern likewise.

use crate::config::{ConfigWarning, FileSystemConfig, ResolvedSync, StackConfig};

/// A directory, or all paths that begin with a text.
struct Part {
    path: String,
    is_beginning: bool,
}

/// The part of a file system that a sync copies.
struct Reach {
    /// The file system as the syncs name it, and the access point.
    origin: (Option<String>, Option<String>),
    bucket: (Option<String>, String),
    included: Vec<Part>,
    excluded: Vec<Part>,
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
        let id = match &view.file_system {
            FileSystemConfig::New(_) => None,
            FileSystemConfig::Existing(existing) => Some(existing.id.clone()),
        };
        let directory = view.source.subdirectory.trim_end_matches('/');
        let part = |pattern: &String| Part::of_pattern(directory, pattern);
        let included: Vec<Part> = view.task.includes.iter().filter_map(part).collect();
        let everything = || vec![Part { path: format!("{directory}/"), is_beginning: true }];
        let region = view.destination.bucket_region(&config.stack.region).to_owned();
        Self {
            origin: (id, view.source.access_point_id.clone()),
            bucket: (view.destination.bucket.clone(), region),
            included: if included.is_empty() { everything() } else { included },
            excluded: view.task.excludes.iter().filter_map(part).collect(),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let shared = |one: &Part, two: &Part| match (one.covers(two), two.covers(one)) {
            (true, _) => !self.excludes(two) && !other.excludes(two),
            (_, true) => !self.excludes(one) && !other.excludes(one),
            _ => false,
        };
        self.origin == other.origin
            && self.bucket == other.bucket
            && self.included.iter().any(|one| other.included.iter().any(|two| shared(one, two)))
    }

    fn excludes(&self, part: &Part) -> bool {
        self.excluded.iter().any(|excluded| excluded.covers(part))
    }
}

impl Part {
    /// The paths of a pattern below a directory; `None` of one that can match anywhere, which says
    /// nothing about a whole directory.
    fn of_pattern(directory: &str, pattern: &str) -> Option<Self> {
        let beginning = pattern.strip_suffix('*').filter(|beginning| !beginning.ends_with('\\'));
        let path = beginning.unwrap_or(pattern);
        let is_plain = path.starts_with('/') && !path.contains(['*', '\\']);
        let is_beginning = beginning.is_some();
        let path = if is_beginning { path } else { path.trim_end_matches('/') };
        is_plain.then(|| Self { path: format!("{directory}{path}"), is_beginning })
    }

    fn covers(&self, other: &Self) -> bool {
        let below = other.path.strip_prefix(&self.path);
        below.is_some_and(|below| {
            self.is_beginning || below.starts_with('/') || (below.is_empty() && !other.is_beginning)
        })
    }
}
