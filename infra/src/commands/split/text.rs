//! A proposal as text.

use domain::item_limit::{is_near_limit, percent_of_limit};
use domain::split::{ProposedSync, SplitProposal};

use super::SplitView;
use crate::ui::format::format_bytes;

/// The number of directories that a row names.
const SHOWN: usize = 3;

pub(super) fn split_text(shown: &SplitView) -> String {
    let proposal = &shown.proposal;
    let mut text = format!("{}\n", basis_line(shown));
    text += &table_text(proposal);
    for note in notes_of(proposal) {
        text.extend(["\n", note.as_str(), "\n"]);
    }
    let entries: Vec<&str> = proposal.syncs.iter().map(|sync| sync.entry.as_str()).collect();
    let first = if proposal.sync.is_default() {
        "Append these entries to stack.toml (if `default` has an entry there, replace it)"
    } else {
        "Replace the entry of the sync in stack.toml by these entries"
    };
    format!("{text}\n{first}, then run `efs-s3 plan`:\n\n{}", entries.join("\n"))
}

fn basis_line(SplitView { proposal, items_of_last_execution }: &SplitView) -> String {
    let total = proposal.total;
    let bytes = format_bytes(i64::try_from(total.bytes).unwrap_or(i64::MAX));
    let last = items_of_last_execution.map(|items| {
        let percent = percent_of_limit(items);
        format!(" The last execution worked with {items} items, {percent} % of the limit.")
    });
    format!(
        "The proofs list {} files and directories of the sync `{}`, {bytes}; those deleted since \
            are among them.{}",
        total.items,
        proposal.sync,
        last.unwrap_or_default()
    )
}

fn table_text(proposal: &SplitProposal) -> String {
    let head = format!(
        "{:<20}  {:>12}  {:>10}  {:>8}  directories\n",
        "sync", "items", "size", "of limit"
    );
    head + &proposal.syncs.iter().map(|sync| row_text(sync, proposal)).collect::<String>()
}

fn row_text(sync: &ProposedSync, proposal: &SplitProposal) -> String {
    let bytes = format_bytes(i64::try_from(sync.size.bytes).unwrap_or(i64::MAX));
    let percent = format!("{} %", sync.percent_of_limit);
    let directories = match sync.directories.as_slice() {
        [] if proposal.syncs.len() == 1 => "everything".to_owned(),
        [] => "everything else, new directories too".to_owned(),
        some => directories_text(some),
    };
    format!(
        "{:<20}  {:>12}  {bytes:>10}  {percent:>8}  {directories}\n",
        sync.name.as_str(),
        sync.size.items
    )
}

fn directories_text(directories: &[String]) -> String {
    let shown = directories.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match directories.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn notes_of(proposal: &SplitProposal) -> Vec<String> {
    let mut notes = Vec::new();
    if let [_] = proposal.syncs.as_slice() {
        notes.push("There is no directory to divide it by.".to_owned());
    } else {
        notes.push(format!(
            "The task of `{}` remains, with its records, and excludes what the others copy. Each \
                object keeps its key, so that nothing is copied again.",
            proposal.sync
        ));
    }
    notes.extend(proposal.indivisible.iter().map(|heavy| {
        format!(
            "`{}` has {} items and can't be divided by directory{}.",
            heavy.path,
            heavy.size.items,
            if heavy.path == "/" {
                ": its files, small directories and names with * | or \\"
            } else {
                ""
            }
        )
    }));
    if proposal.filter_is_full {
        notes.push(format!(
            "The exclude filter of `{}` has the 102,400 characters that DataSync allows: what it \
                has no room for stays with `{}`.",
            proposal.sync, proposal.sync
        ));
    }
    let near =
        |sync: &&ProposedSync| is_near_limit(i64::try_from(sync.size.items).unwrap_or(i64::MAX));
    let near: Vec<_> = proposal.syncs.iter().filter(near).map(|sync| sync.name.as_str()).collect();
    if !near.is_empty() {
        notes.push(format!(
            "Still near the limit of 25 million items: {}. Split into more, move files into \
                directories, or write task.mode = \"ENHANCED\", which has no such limit.",
            near.join(", ")
        ));
    }
    if proposal.syncs.iter().any(|sync| sync.stops_removing) {
        notes.push(
            "preserve_deleted_files is PRESERVE where several syncs write below one prefix: AWS \
                does not document what REMOVE deletes in excluded directories. Objects of deleted \
                files remain there."
                .to_owned(),
        );
    }
    notes
}
