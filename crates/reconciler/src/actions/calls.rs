//! The SDK calls that source files make, found in their text, and the IAM action of each.
//!
//! For tests that compare what is called with what is declared. A call is
//! `<owner>.<client>.<operation>(`.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

/// A client's name in the source and its service's prefix in IAM.
const CLIENTS: &[(&str, &str)] = &[
    ("cloudwatch", "cloudwatch"),
    ("datasync", "datasync"),
    ("ec2", "ec2"),
    ("efs", "elasticfilesystem"),
    ("eventbridge", "events"),
    ("iam", "iam"),
    ("invoker", "lambda"),
    ("lambda", "lambda"),
    ("logs", "logs"),
    ("s3", "s3"),
    ("sns", "sns"),
    ("sqs", "sqs"),
    ("ssm", "ssm"),
];

/// Names of the variables that hold the clients: [`crate::Aws`], a function's application, the
/// context of the command line.
const OWNERS: [&str; 3] = ["aws", "app", "context"];

/// The function of the crate `aws` that invokes another function, and what it needs.
const INVOKE_ASYNC: (&str, &str) = ("invoke_async", "lambda:InvokeFunction");

/// Operations whose action has another name (S3 User Guide, "Required permissions for Amazon S3 API
/// operations"; Lambda in the Service Authorization Reference). What a call deletes of `aws.s3` is
/// always a version.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("lambda:Invoke", "lambda:InvokeFunction"),
    ("s3:DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
    ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    ("s3:DeleteObjects", "s3:DeleteObjectVersion"),
    ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
    ("s3:GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
    ("s3:GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"),
    ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:HeadObject", "s3:GetObject"),
    ("s3:ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    ("s3:ListObjectVersions", "s3:ListBucketVersions"),
    ("s3:ListObjectsV2", "s3:ListBucket"),
    ("s3:PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("s3:PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    ("s3:PutBucketNotificationConfiguration", "s3:PutBucketNotification"),
    ("s3:PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"),
    ("s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
];

/// The actions that the calls of a source file need: `<path>.rs`, and all files of the folder
/// `<path>` if there is one.
///
/// # Errors
/// Fails on a file that can't be read, and on a path that is neither a file nor a folder.
pub fn actions_in(path: &Path) -> io::Result<BTreeSet<String>> {
    let mut actions = BTreeSet::new();
    let file = path.with_extension("rs");
    if file.is_file() {
        actions.extend(actions_of(&fs::read_to_string(&file)?));
    } else if !path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("{}", path.display())));
    }
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?.path();
            if is_source(&entry) {
                actions.extend(actions_in(&entry.with_extension(""))?);
            }
        }
    }
    Ok(actions)
}

/// Whether it is a folder or a file of sources, tests left out.
fn is_source(entry: &Path) -> bool {
    let name = entry.file_stem().unwrap_or_default().to_string_lossy();
    let has_sources =
        entry.is_dir() || entry.extension().is_some_and(|extension| extension == "rs");
    has_sources && !name.ends_with("tests") && name != "testing"
}

/// The actions that the calls of a source text need; its tests are left out.
#[must_use]
pub fn actions_of(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.flat_map(|line| line.chars()).filter(|c| !c.is_whitespace()).collect();
    let (function, action) = INVOKE_ASYNC;
    let invoked = code.contains(&format!("{function}(&")).then(|| action.to_owned());
    CLIENTS
        .iter()
        .flat_map(|(client, service)| {
            find_operations(&code, client).into_iter().map(move |o| iam_action(service, &o))
        })
        .chain(invoked)
        .collect()
}

/// The operations that are called on a client: `.ec2.describe_vpcs(`.
fn find_operations(code: &str, client: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let after = OWNERS.iter().flat_map(|owner| {
        let on_client = format!("{owner}.{client}.");
        let found: Vec<usize> =
            code.match_indices(&on_client).map(|(at, _)| at + on_client.len()).collect();
        found.into_iter().map(|at| &code[at..])
    });
    let called = after.filter_map(|rest| {
        let operation = rest.split(|c| !is_name(c)).next()?;
        rest[operation.len()..].starts_with('(').then(|| operation.to_owned())
    });
    called.filter(|operation| operation != "clone" && operation != "config").collect()
}

/// `ec2:DescribeVpcs` of `describe_vpcs`.
fn iam_action(service: &str, operation: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    let name: String = operation.split('_').filter(|part| !part.is_empty()).map(word).collect();
    let action = format!("{service}:{name}");
    let other = OTHER_NAMES.iter().find(|(operation, _)| *operation == action);
    other.map_or(action, |(_, action)| (*action).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_however_it_is_written() {
        let source = r#"
            // aws.ec2.delete_vpc() of a comment is none
            let a = aws.ec2.describe_vpcs();
            let b = context
                .aws
                .s3
                .head_object();
            let c = context.invoker.invoke();
            let d = self.eventbridge.then(1);
            let client = aws.s3.clone();
            let field = found.efs;
        #[cfg(test)]
mod tests {
            aws.ec2.create_vpc()
        "#;
        let found: Vec<_> = actions_of(source).into_iter().collect();
        assert_eq!(found, ["ec2:DescribeVpcs", "lambda:InvokeFunction", "s3:GetObject"]);
    }
}
