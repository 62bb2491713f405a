use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::{
    ListObjectVersionsInput, ListObjectVersionsOutput,
};
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Input, ListObjectsV2Output};
use aws_sdk_s3::primitives::DateTime as SdkDateTime;
use aws_sdk_s3::types::{CommonPrefix, DeleteMarkerEntry, Object, ObjectVersion};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};

use super::*;

/// The entries of a page.
const PAGE: usize = 3;

/// The keys with the second of each version, the newest first; a negative one is that of a delete
/// marker.
const VERSIONS: [(&str, i64); 14] = [
    ("files/", 1),
    ("files/a.txt", 15),
    ("files/a.txt", 5),
    ("files/dir/", 5),
    ("files/dir/1", 5),
    ("files/dir/2", 5),
    ("files/dir/3", 5),
    ("files/dir/4", 5),
    ("files/dir2", 5),
    ("files/gone/x", -8),
    ("files/gone/x", 5),
    ("files/later/x", 15),
    ("files/x/.aws-datasync/y", 5),
    ("files/z", 5),
];

fn list_versions() -> Rule {
    mock!(Client::list_object_versions)
        .then_compute_response(|asked| MockResponse::Output(versions_page(asked)))
}

/// Answers as S3: what follows the markers, a page at a time.
fn versions_page(asked: &ListObjectVersionsInput) -> ListObjectVersionsOutput {
    let (prefix, after) = (asked.prefix().unwrap(), asked.key_marker().unwrap_or_default());
    let seconds_after = asked.version_id_marker().map(|id| id.parse::<i64>().unwrap().abs());
    let follows = |(key, at): &&(&str, i64)| {
        *key > after || *key == after && seconds_after.is_some_and(|after| at.abs() < after)
    };
    let rest: Vec<_> =
        VERSIONS.iter().filter(|(key, _)| key.starts_with(prefix)).filter(follows).collect();
    let page = rest.iter().take(PAGE);
    let mut output = ListObjectVersionsOutput::builder().is_truncated(rest.len() > PAGE);
    for (key, at) in page {
        let (id, time) = (at.to_string(), SdkDateTime::from_secs(at.abs()));
        output = output.next_key_marker(*key).next_version_id_marker(&id);
        output = if *at < 0 {
            let marker = DeleteMarkerEntry::builder().key(*key).version_id(id).last_modified(time);
            output.delete_markers(marker.build())
        } else {
            let version = ObjectVersion::builder().key(*key).version_id(id).size(1);
            output.versions(version.last_modified(time).build())
        };
    }
    output.build()
}

fn list_objects() -> Rule {
    mock!(Client::list_objects_v2).then_compute_response(|asked: &ListObjectsV2Input| {
        let output = ListObjectsV2Output::builder();
        MockResponse::Output(match (asked.prefix(), asked.continuation_token()) {
            (Some("files/"), None) if asked.delimiter() == Some("/") => output
                .contents(Object::builder().key("files/").build())
                .contents(Object::builder().key("files/a.txt").size(1).build())
                .contents(Object::builder().key("files/z").size(1).build())
                .common_prefixes(CommonPrefix::builder().prefix("files/dir/").build())
                .next_continuation_token("more")
                .is_truncated(true)
                .build(),
            (Some("files/"), Some("more")) => {
                output.contents(Object::builder().key("files/zz").size(1).build()).build()
            }
            _ => output.build(),
        })
    })
}

/// Returns the paths, whether it is a directory, and the number of requests.
async fn list_tree(path: &str, depth: ListingDepth, seconds: Option<i64>) -> (String, bool, usize) {
    let (versions, objects) = (list_versions(), list_objects());
    let s3 = mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&versions, &objects]);
    let bucket =
        DestinationBucket { s3, name: "data".into(), prefix: "files/".into(), owner: None };
    let moment = seconds.map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap());
    let mut listing = TreeListing::below_path(&bucket, path, depth, moment);
    let mut paths = Vec::new();
    while let Some(page) = listing.next_page().await.unwrap() {
        paths.extend(page.into_iter().map(|entry| entry.path));
    }
    (paths.join(" "), listing.is_directory, versions.num_calls() + objects.num_calls())
}

#[tokio::test]
async fn a_time_is_listed_from_all_versions() {
    use ListingDepth::{All, OneLevel};
    for (path, depth, seconds, expected) in [
        ("", OneLevel, 10, ("a.txt dir/ dir2 z", true)),
        ("", OneLevel, 20, ("a.txt dir/ dir2 later/ z", true)),
        ("", OneLevel, 6, ("a.txt dir/ dir2 gone/ z", true)),
        ("", OneLevel, 1, ("", true)),
        ("", OneLevel, 0, ("", false)),
        ("", All, 10, ("a.txt dir/ dir/1 dir/2 dir/3 dir/4 dir2 z", true)),
        ("dir/", OneLevel, 10, ("dir/1 dir/2 dir/3 dir/4", true)),
        ("gone/", OneLevel, 10, ("", false)),
        ("nowhere/", All, 10, ("", false)),
        ("di", All, 10, ("dir/ dir/1 dir/2 dir/3 dir/4 dir2", true)),
    ] {
        let (paths, is_directory, _) = list_tree(path, depth, Some(seconds)).await;
        assert_eq!((paths.as_str(), is_directory), expected, "{path} {depth:?} {seconds}");
    }
}

#[tokio::test]
async fn the_rest_of_a_known_directory_is_not_requested() {
    let (_, _, all) = list_tree("", ListingDepth::All, Some(10)).await;
    let (_, _, one_level) = list_tree("", ListingDepth::OneLevel, Some(10)).await;
    assert_eq!((all, one_level), (5, 4));
}

#[tokio::test]
async fn the_current_objects_are_listed_in_the_order_of_keys() {
    let (paths, is_directory, requests) = list_tree("", ListingDepth::OneLevel, None).await;
    assert_eq!((paths.as_str(), is_directory, requests), ("a.txt dir/ z zz", true, 2));
    let (paths, is_directory, _) = list_tree("none/", ListingDepth::OneLevel, None).await;
    assert_eq!((paths.as_str(), is_directory), ("", false));
}
