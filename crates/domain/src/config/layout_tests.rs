//! The layouts in `examples/layouts`, which the reference shows: each is valid, and its warnings
//! are known.

use super::*;

/// The file name, the title and the text of each.
pub(super) const LAYOUTS: [(&str, &str, &str); 5] = [
    (
        "directories.toml",
        "Ten directories, each with its own schedule",
        include_str!("../../../../examples/layouts/directories.toml"),
    ),
    (
        "other-region.toml",
        "Disaster recovery in another region",
        include_str!("../../../../examples/layouts/other-region.toml"),
    ),
    (
        "vault-account.toml",
        "A vault in another account",
        include_str!("../../../../examples/layouts/vault-account.toml"),
    ),
    (
        "split.toml",
        "A large file system, split by directory",
        include_str!("../../../../examples/layouts/split.toml"),
    ),
    (
        "existing.toml",
        "An existing VPC, file system and bucket",
        include_str!("../../../../examples/layouts/existing.toml"),
    ),
];

#[test]
fn every_layout_is_allowed_and_its_warnings_are_known() {
    let describe = |(name, _, text): (&str, &str, &str)| {
        let config = parse(text).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let warnings = config.find_warnings();
        let warnings: String = warnings.iter().map(|warning| format!("\n    {warning}")).collect();
        format!("{name}: {} syncs{warnings}", config.sync_names().len())
    };
    insta::assert_snapshot!(LAYOUTS.map(describe).join("\n"), @r#"
    directories.toml: 10 syncs
        sync.archive.destination.storage_class = "GLACIER_INSTANT_RETRIEVAL": bills each version for at least 90 days, even if the next execution replaces it, and DataSync puts objects of less than 128 KB into STANDARD; write "STANDARD" for files that change often or are small
    other-region.toml: 2 syncs
        sync.recovery.destination.storage_class = "STANDARD_IA": bills each version for at least 30 days, even if the next execution replaces it, and DataSync puts objects of less than 128 KB into STANDARD; write "STANDARD" for files that change often or are small
        sync.recovery.destination.region = "eu-west-1": is another region than the stack's: AWS charges the transfer between regions by GB, that of restores too; remove the key unless the copies have to be there
    vault-account.toml: 2 syncs
        sync.vault.destination.storage_class = "GLACIER_INSTANT_RETRIEVAL": bills each version for at least 90 days, even if the next execution replaces it, and DataSync puts objects of less than 128 KB into STANDARD; write "STANDARD" for files that change often or are small
        sync.vault.destination.account = "222233334444": is another account, whose bucket is never changed: its owner has to allow the roles of this stack; `efs-s3 bucket-policy` prints the policy
    split.toml: 4 syncs
    existing.toml: 2 syncs
    "#);
}

#[test]
fn every_layout_of_the_folder_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/layouts");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut files: Vec<_> = files.map(|name| name.into_string().unwrap()).collect();
    let mut listed = LAYOUTS.map(|(name, ..)| name.to_owned());
    files.sort();
    listed.sort();
    assert_eq!(files, listed);
}

#[test]
fn the_catch_all_of_the_split_excludes_what_the_others_copy() {
    let (_, _, text) = LAYOUTS[3];
    let syncs = parse(text).unwrap().resolve_syncs();
    let (rest, others) = syncs.split_last().unwrap();
    let directories = others.iter().map(|sync| sync.config.source.subdirectory.as_str());
    let excludes: Vec<_> = directories.map(|path| path.trim_end_matches('/')).collect();
    assert_eq!(rest.config.task.excludes, excludes);
}
