//! The requests of a lookup, and the reading of their answers.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use domain::posix::Posix;

use super::listing::marker_before;
use super::*;
use crate::testing::verification::data_bucket;

async fn find_v1(answers: &[&Rule]) -> Result<Option<FoundVersion>, SdkFailure> {
    VersionLookup::new(&mock_client!(aws_sdk_s3, RuleMode::MatchAny, answers), &data_bucket())
        .find_version("a b", "v1")
        .await
}

fn head_rule(version_id: Option<&'static str>, answered: &'static str) -> Rule {
    mock!(Client::head_object)
        .match_requests(move |asked| asked.version_id() == version_id)
        .then_output(move || {
            let output = HeadObjectOutput::builder().content_length(5).version_id(answered);
            output.metadata("file-mtime", "7").build()
        })
}

fn status_rule(version_id: Option<&'static str>, status: u16, marker: bool) -> Rule {
    mock!(Client::head_object)
        .match_requests(move |asked| asked.version_id() == version_id)
        .then_http_response(move || {
            let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
            if marker {
                answer.headers_mut().insert("x-amz-delete-marker", "true");
            }
            answer
        })
}

#[tokio::test]
async fn the_latest_version_takes_one_request_and_others_two() {
    let posix = Posix { mtime: "7".parse().ok(), ..Posix::default() };
    let found = |on_top| {
        Some(FoundVersion { size: 5, posix: Some(posix.clone()), storage_class: None, on_top })
    };
    assert_eq!(find_v1(&[&head_rule(None, "v1")]).await.unwrap(), found(VersionOnTop::Nothing));
    let below = head_rule(Some("v1"), "v1");
    assert_eq!(
        find_v1(&[&head_rule(None, "v2"), &below]).await.unwrap(),
        found(VersionOnTop::LaterVersion)
    );
    assert_eq!(
        find_v1(&[&status_rule(None, 404, true), &below]).await.unwrap(),
        found(VersionOnTop::DeleteMarker)
    );
}

#[tokio::test]
async fn only_an_unknown_version_and_a_delete_marker_are_missing() {
    for (answered, missing) in [(404, true), (405, true), (400, false), (403, false)] {
        let rules = [status_rule(None, 404, false), status_rule(Some("v1"), answered, false)];
        assert_eq!(
            matches!(find_v1(&[&rules[0], &rules[1]]).await, Ok(None)),
            missing,
            "{answered}"
        );
    }
}

#[test]
fn a_marker_sorts_before_its_key_and_after_all_that_do() {
    for (key, below, above) in
        [("a/b1", "a/b0~", "a/b1"), ("a", "`zzz", "a"), ("\u{e000}", "\u{d7ff}zz", "\u{e000}")]
    {
        let marker = marker_before(key);
        assert!(below < marker.as_str() && marker.as_str() < above, "{key}: {marker}");
    }
}

fn listed_version(id: &str, size: Option<u64>, is_latest: bool) -> ListedKeyVersion {
    ListedKeyVersion {
        version_id: id.into(),
        size,
        is_latest,
        storage_class: None,
        created_at: None,
    }
}

#[test]
fn what_lies_on_top_is_read_from_a_listing() {
    let on_top =
        |all: &[ListedKeyVersion]| find_listed_version(all, "v1").map(|found| found.on_top);
    assert_eq!(on_top(&[listed_version("v1", Some(1), true)]), Some(VersionOnTop::Nothing));
    assert_eq!(
        on_top(&[listed_version("v2", Some(1), true), listed_version("v1", Some(1), false)]),
        Some(VersionOnTop::LaterVersion)
    );
    assert_eq!(
        on_top(&[listed_version("m", None, true), listed_version("v1", Some(1), false)]),
        Some(VersionOnTop::DeleteMarker)
    );
    assert_eq!(on_top(&[listed_version("v1", None, true)]), None, "a delete marker is no version");
    assert_eq!(on_top(&[]), None);
}

const LISTING_PAGE: &str = "<ListVersionsResult>\
    <EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
    <Version><Key>a+b/1</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><Size>5</Size>\
    <LastModified>2026-11-23T10:00:00.000Z</LastModified><StorageClass>STANDARD</StorageClass></Version>\
    <Version><Key>a+b/1</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest><Size>6</Size></Version>\
    <DeleteMarker><Key>a%2Fc</Key><VersionId>m1</VersionId><IsLatest>true</IsLatest></DeleteMarker>\
    <NextKeyMarker>a%2Fc</NextKeyMarker></ListVersionsResult>";

/// Bytes of a listing, changed at random: nothing panics, and no version is found that the listing
/// doesn't have.
#[tokio::test]
async fn garbage_lists_nothing() {
    const ROUNDS: usize = 1_500;
    let mut random = crate::testing::random_execution::Random(5_000);
    let (mut refused, mut found) = (0, 0);
    for _ in 0..ROUNDS {
        let mut page = LISTING_PAGE.as_bytes().to_vec();
        for _ in 0..=random.number_below(3) {
            let at = random.number_below(page.len());
            match random.number_below(3) {
                0 => page[at] = u8::try_from(random.number_below(256)).unwrap(),
                1 => page.insert(at, b"<>/&%;+v1"[random.number_below(9)]),
                _ => drop(
                    page.drain(at..(at + 1 + random.number_below(40)).min(page.len() - 1).max(at)),
                ),
            }
        }
        let text = String::from_utf8_lossy(&page).into_owned();
        let rule = mock!(Client::list_object_versions).then_http_response(move || {
            HttpResponse::new(200.try_into().unwrap(), SdkBody::from(page.clone()))
        });
        let lookup = VersionLookup::new(
            &mock_client!(aws_sdk_s3, RuleMode::MatchAny, &[&rule]),
            &data_bucket(),
        );
        let wanted: Vec<String> = (0..20).map(|n| format!("a b/{n}")).collect();
        let Ok(listing) = lookup.list_dense(&wanted).await else {
            refused += 1;
            continue;
        };
        let whole = "<VersionId>v1</VersionId>";
        let version = listing.get("a b/1").and_then(|versions| find_listed_version(versions, "v1"));
        assert!(version.is_none() || text.contains("v1"), "{text}");
        assert!(
            version.as_ref().is_none_or(|version| version.size != 5 || text.contains('5')),
            "{text}"
        );
        assert!(
            listing.values().flatten().all(|listed| text.contains(listed.version_id.trim())),
            "{text}"
        );
        found += usize::from(version.is_some() && text.contains(whole));
    }
    measurements::proven("listings changed at random: no panic", ROUNDS, "listings");
    assert!(refused > 100 && found > 100, "{refused} {found}");
}

/// Some stores do not encode, and do not say so.
#[tokio::test]
async fn a_listing_is_decoded_only_where_it_says_that_it_is_encoded() {
    for (encoded, key) in [(true, "a b/1"), (false, "a+b/1")] {
        let page = if encoded {
            LISTING_PAGE.to_owned()
        } else {
            LISTING_PAGE.replace("<EncodingType>url</EncodingType>", "")
        };
        let rule = mock!(Client::list_object_versions).then_http_response(move || {
            HttpResponse::new(200.try_into().unwrap(), SdkBody::from(page.clone()))
        });
        let lookup = VersionLookup::new(
            &mock_client!(aws_sdk_s3, RuleMode::MatchAny, &[&rule]),
            &data_bucket(),
        );
        assert_eq!(lookup.list_key(key).await.unwrap().len(), 2, "{key}");
    }
}
