//! The parts of a source that a task does not reach, as its filters say. Pure.
//!
//! Source: DataSync User Guide, "Transferring specific files, objects, and folders by using
//! filters": DataSync "scans and transfers only files and folders that match the include filters".
//!
//! Rule: a pattern whose meaning is in doubt leaves nothing out and reaches everything.

use super::path_set::PathSet;
use super::{SyncConfig, TaskConfig};
use crate::config::PreserveDeletedFiles;

impl SyncConfig {
    /// Whether two syncs with prefixes in one tree write and delete no object of one another: one
    /// of them leaves out what the other copies, and deletes nothing. No document says that REMOVE
    /// keeps objects that an exclude pattern matches.
    pub(super) fn is_apart_from(&self, other: &Self) -> bool {
        self.avoids_objects_of(other) || other.avoids_objects_of(self)
    }

    fn avoids_objects_of(&self, other: &Self) -> bool {
        let below = other.destination.prefix.strip_prefix(self.destination.prefix.as_str());
        self.task.preserve_deleted_files == PreserveDeletedFiles::Preserve
            && below
                .is_some_and(|below| self.task.leaves_out_all_of(&other.task, &format!("/{below}")))
    }
}

impl TaskConfig {
    /// Whether this task copies nothing of what is in a directory. It begins and ends with `/` and
    /// is seen from the top of the task's source.
    fn leaves_out(&self, directory: &str) -> bool {
        self.leaves_out_paths(&PathSet::content_of(directory))
    }

    /// Whether this task copies nothing that the other one copies. The other one's source is
    /// `place`, seen from the top of this one's.
    pub(super) fn leaves_out_all_of(&self, other: &Self, place: &str) -> bool {
        if other.includes.is_empty() {
            return self.leaves_out(place);
        }
        let is_left_out = |include: &String| {
            let paths = PathSet::of_pattern(include);
            paths.is_some_and(|paths| self.leaves_out_paths(&paths.seen_below(place)))
        };
        self.leaves_out(place) || other.includes.iter().all(is_left_out)
    }

    fn leaves_out_paths(&self, paths: &PathSet) -> bool {
        let excludes = |pattern: &String| {
            PathSet::of_pattern(pattern).is_some_and(|excluded| excluded.contains_all(paths))
        };
        let passes_by = |pattern: &String| {
            PathSet::of_pattern(pattern).is_some_and(|included| {
                !included.contains_all(paths) && !paths.contains_all(&included)
            })
        };
        let is_excluded = self.excludes.iter().any(excludes);
        is_excluded || (!self.includes.is_empty() && self.includes.iter().all(passes_by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::config::parse_tests::MINIMAL;

    fn task(includes: &[&str], excludes: &[&str]) -> TaskConfig {
        let owned = |patterns: &[&str]| patterns.iter().map(|one| (*one).to_owned()).collect();
        let task = parse(MINIMAL).unwrap().task;
        TaskConfig { includes: owned(includes), excludes: owned(excludes), ..task }
    }

    #[test]
    fn a_directory_is_left_out_where_filters_say_so() {
        for (includes, excludes, directory, expected) in [
            (&[][..], &[][..], "/a/", false),
            (&[], &["/a"], "/a/", true),
            (&[], &["/a/"], "/a/", true),
            (&[], &["/a/*"], "/a/", true),
            (&[], &["/a*"], "/a/", true),
            (&[], &["/a"], "/a/b/", true),
            (&[], &["/a/*"], "/a/b/", true),
            (&[], &["/a"], "/ab/", false),
            (&[], &["/a/b"], "/a/", false),
            (&[], &["/a/b*"], "/a/", false),
            (&[], &["/a"], "/", false),
            (&[], &["/"], "/a/", true),
            (&[], &["/*"], "/", true),
            // In doubt.
            (&[], &["*/a"], "/a/", false),
            (&[], &["/a*b"], "/ab/", false),
            (&[], &[r"/a\*"], "/a*/", false),
            // Includes.
            (&["/b"], &[], "/a/", true),
            (&["/b*"], &[], "/bc/", false),
            (&["/a/b"], &[], "/a/", false),
            (&["/a/b"], &[], "/a/b/", false),
            (&["/a/b"], &[], "/a/bc/", true),
            (&["/b", "/a/x"], &[], "/a/", false),
            (&[r"/b\*"], &[], "/a/", false),
        ] {
            let task = task(includes, excludes);
            assert_eq!(task.leaves_out(directory), expected, "+{includes:?} -{excludes:?}");
        }
    }

    #[test]
    fn two_tasks_are_apart_where_one_leaves_out_what_the_other_includes() {
        for (excludes, place, includes, expected) in [
            (&["/a", "/b/c"][..], "/", &["/a", "/b/c"][..], true),
            (&["/a"], "/", &["/a", "/b"], false),
            (&["/a"], "/", &["/a/x", "/a/y*"], true),
            // The item itself is left out only without `/*`.
            (&["/a/*"], "/", &["/a"], false),
            (&["/a/*"], "/", &["/a/*"], true),
            (&["/a*"], "/", &["/a*", "/ab"], true),
            (&["/p/*"], "/p/", &[], true),
            (&["/p/a"], "/p/", &["/a"], true),
            (&["/p/a"], "/p/", &["/b"], false),
            (&["/a"], "/", &[], false),
            (&[], "/", &["/"], false),
        ] {
            let (one, other) = (task(&[], excludes), task(includes, &[]));
            let apart = one.leaves_out_all_of(&other, place);
            assert_eq!(apart, expected, "-{excludes:?} {place} +{includes:?}");
        }
        assert!(task(&["/a"], &[]).leaves_out_all_of(&task(&["/b"], &[]), "/"));
        assert!(!task(&["/a"], &[]).leaves_out_all_of(&task(&["/a/b"], &[]), "/"));
    }

    /// The catch-all and a part of it, as `efs-s3 split` proposes them.
    fn parse_two(of_first: &str, of_second: &str) -> Result<(), String> {
        let text = format!(
            "{MINIMAL}[[sync]]\nname = \"all\"\ndestination.prefix = \"p/\"\n{of_first}\n\
             [[sync]]\nname = \"part\"\n{of_second}\n"
        );
        parse(&text).map(|_| ()).map_err(|problems| problems.to_string())
    }

    #[test]
    fn one_prefix_may_be_below_another_where_filters_keep_the_syncs_apart() {
        let below = "source.subdirectory = \"/a/\"\ndestination.prefix = \"p/a/\"";
        let beside = "destination.prefix = \"p/\"\ntask.includes = [\"/a\"]";
        for (first, second, allowed) in [
            ("task.excludes = [\"/a/*\"]", below, true),
            ("task.excludes = [\"/a\"]", below, true),
            ("task.excludes = [\"/b\"]", below, false),
            ("", below, false),
            ("task.excludes = [\"/a\"]", beside, true),
            ("task.excludes = [\"/a/*\"]", beside, false),
            ("", beside, false),
            ("task.includes = [\"/b\"]", beside, true),
        ] {
            assert_eq!(parse_two(first, second).is_ok(), allowed, "{first} {second}");
        }
        // REMOVE in the part deletes below its own prefix only.
        let remove = "task.preserve_deleted_files = \"REMOVE\"";
        assert_eq!(parse_two("task.excludes = [\"/a\"]", &format!("{below}\n{remove}")), Ok(()));
        let refused = parse_two(&format!("task.excludes = [\"/a\"]\n{remove}"), below);
        assert!(refused.unwrap_err().contains("destination.prefix"));
    }

    #[test]
    fn syncs_that_filters_keep_apart_do_not_overlap() {
        let overlaps = |excludes: &str| {
            let text = format!(
                "{MINIMAL}[[sync]]\nname = \"all\"\ndestination.prefix = \"p/\"\n{excludes}\n\
                 [[sync]]\nname = \"a\"\nsource.subdirectory = \"/a/\"\n\
                 destination.prefix = \"a/\"\n"
            );
            let warnings = parse(&text).unwrap().find_warnings();
            warnings.iter().any(|warning| warning.key == "sync.a.source.subdirectory")
        };
        assert!(overlaps(""));
        assert!(!overlaps("task.excludes = [\"/a/*\"]"));
    }
}
