//! The directories of a source with their sizes, from its paths in order. Small ones are counted to
//! the directory above them, so that memory depends on the number of large ones.

use super::Size;

/// A directory with the directories in it that are worth naming.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Directory {
    /// Empty for the top.
    pub name: String,
    /// The directory itself, its files, and the small directories in it.
    pub own: Size,
    /// In the order of their names.
    pub children: Vec<Directory>,
    /// With everything below.
    pub total: Size,
}

/// The tree while it is built.
#[derive(Clone, Debug)]
pub struct SizedTree {
    /// A directory with fewer items and fewer bytes is not named.
    smallest: Size,
    /// From the top down to the directory of the last path.
    open: Vec<Directory>,
}

impl SizedTree {
    /// The most directories of one level that are named for their items; as many for their bytes.
    const MAX_NAMED: u64 = 50_000;

    /// The tree of a source with about so many items and bytes.
    #[must_use]
    pub fn of_about(whole: Size) -> Self {
        let smallest = Size {
            items: whole.items / Self::MAX_NAMED,
            bytes: (whole.bytes / Self::MAX_NAMED).max(1),
        };
        Self { smallest, open: vec![Directory::default()] }
    }

    /// Adds the next item. `path` has no `/` in front; that of a directory ends in `/`. Paths come
    /// in the order of their bytes.
    pub fn add_item(&mut self, path: &str, bytes: u64) {
        let (above, _) = path.rsplit_once('/').unwrap_or(("", path));
        let names: Vec<&str> = above.split('/').filter(|name| !name.is_empty()).collect();
        let same = self.open[1..].iter().zip(&names).take_while(|(one, name)| one.name == **name);
        let depth = 1 + same.count();
        while self.open.len() > depth {
            self.close_directory();
        }
        for name in &names[depth - 1..] {
            self.open.push(Directory { name: (*name).to_owned(), ..Directory::default() });
        }
        if let Some(last) = self.open.last_mut() {
            last.own += Size { items: 1, bytes };
        }
    }

    fn close_directory(&mut self) {
        let Some(closed) = self.open.pop().map(Directory::with_total) else { return };
        let Some(above) = self.open.last_mut() else { return };
        let Size { items, bytes } = self.smallest;
        if closed.total.items < items && closed.total.bytes < bytes {
            above.own += closed.total;
        } else {
            above.children.push(closed);
        }
    }

    /// The top directory, after the last item.
    #[must_use]
    pub fn finish(mut self) -> Directory {
        while self.open.len() > 1 {
            self.close_directory();
        }
        self.open.pop().unwrap_or_default().with_total()
    }
}

impl Directory {
    fn with_total(mut self) -> Self {
        self.total = self.own + self.children.iter().map(|child| child.total).sum();
        self
    }
}
