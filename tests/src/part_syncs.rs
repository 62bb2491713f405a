//! Any number of syncs of one file system, which differ in their directories alone.

/// `part-01`, `part-02`, ….
pub fn names(count: usize) -> impl Iterator<Item = String> {
    (1..=count).map(|number| format!("part-{number:02}"))
}

/// Their `[[sync]]` entries.
#[must_use]
pub fn sync_entries(count: usize) -> String {
    let entry = |name: String| {
        format!(
            "\n[[sync]]\nname = \"{name}\"\nsource.subdirectory = \"/{name}/\"\n\
             destination.prefix = \"{name}/\"\n"
        )
    };
    names(count).map(entry).collect()
}
