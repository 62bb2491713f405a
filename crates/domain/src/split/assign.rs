//! Assigning directories to parts.

use std::cmp::Reverse;

use super::Size;
use super::cut::{CutTree, NamedDirectory};

/// The parts: the first one has the rest, and the directories that no filter has room for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AssignedParts {
    pub parts: Vec<AssignedPart>,
    /// The filter of the first part has no room for a further directory.
    pub is_filter_full: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AssignedPart {
    /// In the order of their paths.
    pub directories: Vec<String>,
    pub size: Size,
}

/// Assigns each directory, the heaviest first, to the part that is the lightest then.
///
/// So no part is heavier than the rest alone, or than the whole divided by the number of parts and
/// one directory (R. L. Graham, "Bounds on Multiprocessing Timing Anomalies", 1969), unless the
/// filter is full. `room` is the number of characters left in the excludes of the first part.
pub(super) fn assign_parts(cut: CutTree, count: usize, mut room: usize) -> AssignedParts {
    let whole = cut.rest + cut.directories.iter().map(|one| one.size).sum();
    let mut directories = cut.directories;
    directories.sort_by(|one, other| {
        let weight = |one: &NamedDirectory| Reverse(one.size.weight(whole));
        weight(one).cmp(&weight(other)).then_with(|| one.path.cmp(&other.path))
    });
    let mut assigned =
        AssignedParts { parts: vec![AssignedPart::default(); count.max(1)], is_filter_full: false };
    assigned.parts[0].size = cut.rest;
    for directory in directories {
        let lightest = assigned.lightest_part(whole);
        // `|`, the path, and `/*` behind that of a directory alone in its part.
        let characters = directory.path.chars().count() + 3;
        let is_full = lightest > 0 && characters > room;
        assigned.is_filter_full |= is_full;
        let index = if is_full { 0 } else { lightest };
        room -= if index > 0 { characters } else { 0 };
        assigned.parts[index].size += directory.size;
        assigned.parts[index].directories.push(directory.path);
    }
    assigned.parts.iter_mut().for_each(|part| part.directories.sort());
    assigned
}

impl AssignedParts {
    /// The index of the lightest part, of equal ones the first.
    fn lightest_part(&self, whole: Size) -> usize {
        let weights = self.parts.iter().map(|part| part.size.weight(whole));
        weights.enumerate().min_by_key(|(_, weight)| *weight).map_or(0, |(index, _)| index)
    }
}
