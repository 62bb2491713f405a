//! Cutting a tree into directories that are small enough.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Directory, Size};

/// A directory with everything in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NamedDirectory {
    pub size: Size,
    /// It begins with `/` and does not end in it.
    pub path: String,
}

/// A tree as directories, and the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CutTree {
    /// No one is in another.
    pub directories: Vec<NamedDirectory>,
    /// Everything in none of them.
    pub rest: Size,
}

/// A directory that may be cut; the heaviest is the greatest, of equal ones the first.
type Candidate<'a> = (u128, Reverse<String>, &'a Directory);

struct TreeCutter<'a, F> {
    whole: Size,
    may_name: F,
    rest: Size,
    candidates: BinaryHeap<Candidate<'a>>,
}

/// Cuts a tree so that no directory is heavier than the whole divided by `parts`, as far as cutting
/// does not leave more to the rest than it takes from the directory. `may_name` tells whether a
/// path may be a directory of its own.
pub(super) fn cut_tree(top: &Directory, parts: usize, may_name: impl Fn(&str) -> bool) -> CutTree {
    let whole = top.total;
    let mut cutter = TreeCutter::new(whole, may_name);
    cutter.open_directory("", top);
    let ideal = whole.weight(whole) / parts.max(1) as u128;
    let mut done = Vec::new();
    while let Some((weight, Reverse(path), directory)) = cutter.candidates.pop() {
        let is_worth = weight > ideal && cutter.rest_after(&path, directory).weight(whole) < weight;
        if is_worth {
            cutter.open_directory(&path, directory);
        } else {
            done.push(NamedDirectory { size: directory.total, path });
        }
    }
    CutTree { directories: done, rest: cutter.rest }
}

impl<'a, F: Fn(&str) -> bool> TreeCutter<'a, F> {
    fn new(whole: Size, may_name: F) -> Self {
        Self { whole, may_name, rest: Size::default(), candidates: BinaryHeap::new() }
    }

    /// Leaves what no child contains to the rest, and takes the children for themselves.
    fn open_directory(&mut self, path: &str, directory: &'a Directory) {
        self.rest += directory.own;
        for child in &directory.children {
            let path = format!("{path}/{}", child.name);
            if (self.may_name)(&path) {
                let weight = child.total.weight(self.whole);
                self.candidates.push((weight, Reverse(path), child));
            } else {
                self.open_directory(&path, child);
            }
        }
    }

    /// The rest, once this directory is cut.
    fn rest_after(&self, path: &str, directory: &Directory) -> Size {
        let unnamed = |child: &Directory| {
            let path = format!("{path}/{}", child.name);
            if (self.may_name)(&path) { Size::default() } else { self.rest_of(&path, child) }
        };
        self.rest + directory.own + directory.children.iter().map(unnamed).sum()
    }

    fn rest_of(&self, path: &str, directory: &Directory) -> Size {
        let mut without = TreeCutter::new(self.whole, &self.may_name);
        without.open_directory(path, directory);
        without.rest
    }
}
