use domain::config::{StackConfig, parse};
use domain::records::proof::ProvenObject;
use serde_json::json;

use super::proven_tree::ProvenPaths;
use super::*;

fn config(text: &str) -> StackConfig {
    parse(&format!("[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n{text}")).unwrap()
}

fn object(key: &str, size: u64, mtime: &str) -> ProvenObject {
    let object = json!({ "path": "", "key": key, "version_id": "v", "size": size, "mtime": mtime });
    serde_json::from_value(object).unwrap()
}

/// Three directories of three files of 1 MB, each proven twice.
fn proven_objects() -> impl Iterator<Item = ProvenObject> {
    let of_directory = |name: &'static str| {
        let files = (0..3).flat_map(move |file| {
            let key = format!("old/{name}/{file}");
            [object(&key, 1_000_000, "2026-02"), object(&key, 7, "2026-01")]
        });
        files.chain([object(&format!("old/{name}/"), 0, "2026-01")])
    };
    ["a", "b", "c"].into_iter().flat_map(of_directory).chain([
        object("old/top", 5, "2026-01"),
        object("old/skipped/x", 5, "2026-01"),
        object("other/x", 5, "2026-01"),
        object("old/", 0, "2026-01"),
    ])
}

const SYNC: &str = "[destination]\nprefix = \"old/\"\n[task]\nexcludes = [\"/skipped\"]\n\
    preserve_deleted_files = \"REMOVE\"\n";

fn view_of(max_bytes: usize, into: usize) -> SplitView {
    let config = config(SYNC);
    let mut paths = ProvenPaths::new(&config, max_bytes);
    proven_objects().for_each(|object| paths.add_object(object).unwrap());
    let (top, sync) = (paths.into_tree().unwrap(), config.resolve_syncs().remove(0));
    let proposal = propose_split(
        &sync,
        &config.sync_names(),
        &read_entry("", &SyncName::default()),
        &top,
        into,
    );
    SplitView { proposal, items_of_last_execution: Some(20_000_000) }
}

#[test]
fn the_newest_version_of_each_object_counts_once() {
    for max_bytes in [1, 1 << 20] {
        let total = view_of(max_bytes, 2).proposal.total;
        assert_eq!((total.items, total.bytes), (13, 9_000_005), "{max_bytes}");
    }
}

#[test]
fn a_proposal_is_a_table_notes_and_entries() {
    insta::assert_snapshot!(text::split_text(&view_of(1 << 20, 3)), @r#"
    The proofs list 13 files and directories of the sync `default`, 8.6 MiB; those deleted since are among them. The last execution worked with 20000000 items, 80 % of the limit.
    sync                         items        size  of limit  directories
    default                          5     2.9 MiB       0 %  everything else, new directories too
    a                                4     2.9 MiB       0 %  /a
    b                                4     2.9 MiB       0 %  /b

    The task of `default` remains, with its records, and excludes what the others copy. Each object keeps its key, so that nothing is copied again.

    preserve_deleted_files is PRESERVE where several syncs write below one prefix: AWS does not document what REMOVE deletes in excluded directories. Objects of deleted files remain there.

    Append these entries to stack.toml (if `default` has an entry there, replace it), then run `efs-s3 plan`:

    [[sync]]
    name = "default"
    task.excludes = [
        "/skipped",
        "/a/*",
        "/b/*",
    ]
    task.preserve_deleted_files = "PRESERVE"

    [[sync]]
    name = "a"
    destination.prefix = "old/a/"
    source.subdirectory = "/a/"
    task.excludes = []

    [[sync]]
    name = "b"
    destination.prefix = "old/b/"
    source.subdirectory = "/b/"
    task.excludes = []
    "#);
}
