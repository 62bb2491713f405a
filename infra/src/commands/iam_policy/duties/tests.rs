use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use reconciler::actions::calls::actions_of;

use super::*;

/// Calls that go through other crates or other names, and the actions that they need.
const OTHERWISE: &[(&str, &str)] = &[
    (".s3.list_objects_v2(", "destination s3:ListBucket"),
    (".s3.list_object_versions(", "destination s3:ListBucketVersions"),
    (".s3.get_object(", "destination s3:GetObject"),
    (".s3.head_object(", "destination s3:GetObject"),
    (".records.remove(", "records s3:DeleteObject"),
    (".records.upload(", "records s3:PutObject"),
    (".records.write(", "records s3:PutObject"),
    (".records.write_bytes(", "records s3:PutObject"),
    (".records.write_once(", "records s3:PutObject"),
    (".records.client().put_object(", "records s3:PutObject"),
    ("executions::describe", "datasync:DescribeTaskExecution"),
    ("executions::tags", "datasync:ListTagsForResource"),
    ("lock::give_back(", "records s3:PutObject"),
    ("lock::take(", "records s3:PutObject"),
    (".manifest_config(", "iam:PassRole"),
    ("=iam.list_account_aliases(", "iam:ListAccountAliases"),
    ("=sqs.change_message_visibility(", "sqs:ChangeMessageVisibility"),
    ("=sqs.delete_message(", "sqs:DeleteMessage"),
    ("=sqs.get_queue_attributes(", "sqs:GetQueueAttributes"),
    ("=sqs.receive_message(", "sqs:ReceiveMessage"),
    ("observe(", "looks"),
    ("observe_for_plan(", "looks"),
    ("apply::destroy(", "deploys"),
    ("=apply(&context.aws", "deploys"),
];

fn source_files() -> Vec<PathBuf> {
    let mut folders = vec![source_root()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns the actions that a source text needs, in the form of [`OTHERWISE`].
fn needed_actions(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let otherwise = OTHERWISE
        .iter()
        .filter(|(call, _)| code.contains(call))
        .map(|(_, need)| (*need).to_owned());
    let calls = actions_of(source).into_iter().filter(|action| !action.starts_with("s3:"));
    calls.chain(otherwise).collect()
}

fn declared_actions(path: &str) -> BTreeSet<String> {
    let of_file = DECLARED.iter().filter(|(declared, ..)| *declared == path);
    let words = of_file.flat_map(|(_, access, _)| {
        let on = |what: &str, actions: &[&str]| -> Vec<String> {
            actions.iter().map(|action| format!("{what}{action}")).collect()
        };
        let flags = [(access.looks, "looks"), (access.deploys, "deploys")];
        let flags =
            flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word.to_owned()).collect();
        [
            on("records ", access.records),
            on("destination ", access.destination),
            on("", access.stack),
            flags,
        ]
        .concat()
    });
    words.collect()
}

/// Returns the name by which a source file is declared. A file in a subdirectory belongs to the
/// file of that name: `commands/restore/transfer.rs` to `commands/restore`.
fn name_of(path: &Path) -> String {
    let relative = path.strip_prefix(source_root()).unwrap().with_extension("");
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let most =
        if ["commands", "deploy", "runs", "ui"].contains(&parts[0].as_str()) { 2 } else { 1 };
    parts[..most.min(parts.len())].join("/")
}

fn is_test_file(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"))
}

#[test]
fn each_source_file_declares_what_its_calls_need() {
    let mut wrong = Vec::new();
    for path in source_files() {
        let name = name_of(&path);
        // The local cloud checks no permissions; the others make no calls.
        let without_calls = ["access", "commands/iam_policy", "deploy/policies", "local"];
        if without_calls.contains(&name.as_str()) || is_test_file(&path) {
            continue;
        }
        let (declared, needed) =
            (declared_actions(&name), needed_actions(&fs::read_to_string(&path).unwrap()));
        wrong.extend(
            needed.difference(&declared).map(|need| format!("{} needs {need}", path.display())),
        );
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_is_declared_is_called() {
    let implied = [
        "records s3:GetObject",
        "records s3:ListBucket",
        "destination s3:GetObjectVersion",
        "destination s3:ListBucket",
    ];
    for (name, ..) in DECLARED {
        let files =
            source_files().into_iter().filter(|path| name_of(path) == *name && !is_test_file(path));
        let needed: BTreeSet<_> =
            files.flat_map(|path| needed_actions(&fs::read_to_string(path).unwrap())).collect();
        let uncalled: Vec<_> = declared_actions(name)
            .into_iter()
            .filter(|word| !needed.contains(word) && !implied.contains(&word.as_str()))
            .collect();
        assert_eq!(uncalled, Vec::<String>::new(), "{name}");
    }
}
