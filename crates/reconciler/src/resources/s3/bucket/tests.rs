//! Tests of the bucket kind, with S3's answers given.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::abort_multipart_upload::AbortMultipartUploadOutput;
use aws_sdk_s3::operation::create_bucket::CreateBucketOutput;
use aws_sdk_s3::operation::delete_bucket::DeleteBucketOutput;
use aws_sdk_s3::operation::delete_object::DeleteObjectOutput;
use aws_sdk_s3::operation::delete_objects::DeleteObjectsOutput;
use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput;
use aws_sdk_s3::operation::head_bucket::HeadBucketOutput;
use aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::operation::put_bucket_encryption::PutBucketEncryptionOutput;
use aws_sdk_s3::operation::put_bucket_lifecycle_configuration::PutBucketLifecycleConfigurationOutput;
use aws_sdk_s3::operation::put_bucket_notification_configuration::PutBucketNotificationConfigurationOutput;
use aws_sdk_s3::operation::put_object_lock_configuration::PutObjectLockConfigurationOutput;
use aws_sdk_s3::types::{
    BucketLocationConstraint, DeleteMarkerEntry, EncodingType, Error, MultipartUpload,
    ObjectLockEnabled, ObjectVersion, ServerSideEncryption, TopicConfiguration,
    TransitionStorageClass,
};
use aws_smithy_mocks::{Rule, mock};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::*;
use crate::testing::mocked::{self, client};

fn desired_bucket() -> Bucket {
    Bucket::private("backup-data", "aws")
}

fn resource_id() -> ResourceId {
    ResourceId::new("data")
}

fn live_bucket() -> LiveResource {
    LiveResource { state: json!(desired_bucket()), attributes: BTreeMap::new(), managed: true }
}

fn xml_refusal(status: u16, code: &str) -> HttpResponse {
    let body = format!("<Error><Code>{code}</Code><Message>refused</Message></Error>");
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
}

fn empty_refusal(status: u16) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty())
}

#[tokio::test]
async fn a_bare_status_is_put_into_words() {
    let read = async |status| {
        let head = mock!(Client::head_bucket)
            .match_requests(|request| request.expected_bucket_owner() == Some("111122223333"))
            .then_http_response(move || empty_refusal(status));
        let aws = Aws { s3: client!(aws_sdk_s3, &head), ..mocked::aws() };
        desired_bucket()
            .read(&aws, &resource_id())
            .await
            .map_err(|error| aws::failure::chain(&error))
    };
    assert_eq!(read(404).await, Ok(None));
    assert_eq!(
        read(403).await.unwrap_err(),
        "reading S3 bucket `backup-data`: S3 returned 403: the name is taken by another \
         account, or these credentials may not read it"
    );
    assert_eq!(
        read(301).await.unwrap_err(),
        "reading S3 bucket `backup-data`: it is in another region than `eu-central-1`"
    );
}

#[tokio::test]
async fn what_was_never_set_reads_as_off() {
    let rules = [
        mock!(Client::head_bucket).then_output(|| HeadBucketOutput::builder().build()),
        mock!(Client::get_bucket_tagging).then_http_response(|| xml_refusal(404, "NoSuchTagSet")),
        mock!(Client::get_bucket_versioning)
            .then_output(|| GetBucketVersioningOutput::builder().build()),
        mock!(Client::get_bucket_notification_configuration)
            .then_output(|| GetBucketNotificationConfigurationOutput::builder().build()),
        mock!(Client::get_bucket_lifecycle_configuration)
            .then_http_response(|| xml_refusal(404, "NoSuchLifecycleConfiguration")),
        mock!(Client::get_public_access_block)
            .then_http_response(|| xml_refusal(404, "NoSuchPublicAccessBlockConfiguration")),
        mock!(Client::get_bucket_ownership_controls)
            .then_http_response(|| xml_refusal(404, "OwnershipControlsNotFoundError")),
        mock!(Client::get_bucket_encryption).then_http_response(|| {
            xml_refusal(404, "ServerSideEncryptionConfigurationNotFoundError")
        }),
        mock!(Client::get_bucket_policy)
            .then_http_response(|| xml_refusal(404, "NoSuchBucketPolicy")),
    ];
    let [a, b, c, d, e, f, g, h, i] = &rules;
    let aws = Aws { s3: client!(aws_sdk_s3, a, b, c, d, e, f, g, h, i), ..mocked::aws() };
    let found = desired_bucket().read(&aws, &resource_id()).await.unwrap().unwrap();
    assert!(!found.managed);
    let expected = Bucket {
        name: "backup-data".into(),
        versioned: false,
        eventbridge: false,
        noncurrent_version_expiration_days: None,
        public_access_blocked: false,
        object_ownership: String::new(),
        encryption: String::new(),
        kms_key_arn: None,
        bucket_key: false,
        transition: None,
        abort_incomplete_multipart_upload_days: None,
        expired_delete_markers_removed: false,
        scratch_prefix: None,
        short_history_prefixes: Vec::new(),
        object_lock: false,
        other_lifecycle_rules: Vec::new(),
        policy: Value::Null,
        region: None,
    };
    assert_eq!(found.state, json!(expected));
}

#[tokio::test]
async fn it_is_created_with_tags_and_a_region_only_outside_us_east_1() {
    for (region, expected) in [("eu-central-1", Some("eu-central-1")), ("us-east-1", None)] {
        let create = mock!(Client::create_bucket)
            .match_requests(move |request| {
                let configuration = request.create_bucket_configuration().unwrap();
                let said =
                    configuration.location_constraint().map(BucketLocationConstraint::as_str);
                let tags: Vec<_> =
                    configuration.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
                said == expected
                    && tags == [("efs-s3:stack", "backup"), ("efs-s3:resource", "data")]
            })
            .then_output(|| CreateBucketOutput::builder().build());
        let mut aws = Aws { s3: client!(aws_sdk_s3, &create), ..mocked::aws() };
        aws.names.region = region.into();
        desired_bucket().create_bucket(&aws, &resource_id()).await.unwrap();
        assert_eq!(create.num_calls(), 1, "{region}");
    }
}

#[tokio::test]
async fn a_bucket_that_we_own_was_made_by_an_earlier_call_and_any_other_is_refused() {
    let make = async |code| {
        let create =
            mock!(Client::create_bucket).then_http_response(move || xml_refusal(409, code));
        desired_bucket()
            .create_bucket(
                &Aws { s3: client!(aws_sdk_s3, &create), ..mocked::aws() },
                &resource_id(),
            )
            .await
    };
    make("BucketAlreadyOwnedByYou").await.unwrap();
    assert_eq!(
        make("BucketAlreadyExists").await.unwrap_err().to_string(),
        "creating S3 bucket `backup-data`"
    );
}

#[tokio::test]
async fn notifications_of_others_stay_when_eventbridge_is_switched_on() {
    let get = mock!(Client::get_bucket_notification_configuration).then_output(|| {
        let theirs = TopicConfiguration::builder().id("theirs").topic_arn("arn:topic");
        let theirs = theirs.events("s3:ObjectCreated:*".into()).build().unwrap();
        GetBucketNotificationConfigurationOutput::builder().topic_configurations(theirs).build()
    });
    let put = mock!(Client::put_bucket_notification_configuration)
        .match_requests(|request| {
            let notifications = request.notification_configuration().unwrap();
            notifications.event_bridge_configuration().is_some()
                && notifications.topic_configurations().len() == 1
        })
        .then_output(|| PutBucketNotificationConfigurationOutput::builder().build());
    let aws = Aws { s3: client!(aws_sdk_s3, &get, &put), ..mocked::aws() };
    desired_bucket()
        .with_eventbridge()
        .update(&aws, &resource_id(), &live_bucket(), &["eventbridge".into()])
        .await
        .unwrap();
    assert_eq!(put.num_calls(), 1);
}

#[tokio::test]
async fn encryption_and_lifecycle_are_each_written_once_whatever_differs_in_them() {
    let key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let encryption = mock!(Client::put_bucket_encryption)
        .match_requests(move |request| {
            let rule = &request.server_side_encryption_configuration().unwrap().rules()[0];
            let sse = rule.apply_server_side_encryption_by_default().unwrap();
            let kms = sse.sse_algorithm() == &ServerSideEncryption::AwsKms;
            kms && sse.kms_master_key_id() == Some(key) && rule.bucket_key_enabled() == Some(true)
        })
        .then_output(|| PutBucketEncryptionOutput::builder().build());
    let lifecycle = mock!(Client::put_bucket_lifecycle_configuration)
        .match_requests(|request| {
            let rule = &request.lifecycle_configuration().unwrap().rules()[0];
            let class = rule.transitions()[0].storage_class();
            let abort = rule.abort_incomplete_multipart_upload().unwrap().days_after_initiation();
            class == Some(&TransitionStorageClass::GlacierIr) && abort == Some(3)
        })
        .then_output(|| PutBucketLifecycleConfigurationOutput::builder().build());
    let aws = Aws { s3: client!(aws_sdk_s3, &encryption, &lifecycle), ..mocked::aws() };
    let bucket = desired_bucket().with_kms_key(Some(key.into())).with_abort_multipart_days(3);
    let bucket =
        bucket.with_transition(Some(Transition { days: 90, storage_class: "GLACIER_IR".into() }));
    let changed = [
        "encryption",
        "kms_key_arn",
        "bucket_key",
        "transition",
        "abort_incomplete_multipart_upload_days",
    ];
    bucket.update(&aws, &resource_id(), &live_bucket(), &changed.map(str::to_owned)).await.unwrap();
    assert_eq!((encryption.num_calls(), lifecycle.num_calls()), (1, 1));
}

#[tokio::test]
async fn the_lock_is_switched_on_without_a_retention_for_all() {
    let put = mock!(Client::put_object_lock_configuration)
        .match_requests(|request| {
            let lock = request.object_lock_configuration().unwrap();
            lock.object_lock_enabled() == Some(&ObjectLockEnabled::Enabled) && lock.rule().is_none()
        })
        .then_output(|| PutObjectLockConfigurationOutput::builder().build());
    let aws = Aws { s3: client!(aws_sdk_s3, &put), ..mocked::aws() };
    desired_bucket()
        .with_object_lock(true)
        .update(&aws, &resource_id(), &live_bucket(), &["object_lock".into()])
        .await
        .unwrap();
    assert_eq!(put.num_calls(), 1);
}

#[tokio::test]
async fn a_bucket_without_a_lock_says_so() {
    let none = mock!(Client::get_object_lock_configuration)
        .then_http_response(|| xml_refusal(404, "ObjectLockConfigurationNotFoundError"));
    let aws = Aws { s3: client!(aws_sdk_s3, &none), ..mocked::aws() };
    assert!(!settings::object_lock(&aws, "backup-data").await.unwrap());
}

fn no_uploads() -> Rule {
    mock!(Client::list_multipart_uploads)
        .then_output(|| ListMultipartUploadsOutput::builder().build())
}

fn one_page_of_versions() -> Rule {
    let full = || {
        let version = ObjectVersion::builder().key("a+b%0Ac").version_id("1").build();
        let marker = DeleteMarkerEntry::builder().key("a+b%0Ac").version_id("2").build();
        let output = ListObjectVersionsOutput::builder().encoding_type(EncodingType::Url);
        output.versions(version).delete_markers(marker).build()
    };
    mock!(Client::list_object_versions)
        .match_requests(|request| request.encoding_type() == Some(&EncodingType::Url))
        .sequence()
        .output(full)
        .output(|| ListObjectVersionsOutput::builder().build())
        .build()
}

#[tokio::test]
async fn delete_takes_versions_and_markers_first() {
    let (uploads, versions) = (no_uploads(), one_page_of_versions());
    let empty = mock!(Client::delete_objects)
        .match_requests(|request| {
            let objects = request.delete().unwrap().objects();
            let decoded = objects.iter().all(|object| object.key() == "a b\nc");
            decoded && objects.iter().map(|object| object.version_id()).eq([Some("1"), Some("2")])
        })
        .then_output(|| DeleteObjectsOutput::builder().build());
    let delete = mock!(Client::delete_bucket).then_output(|| DeleteBucketOutput::builder().build());
    let aws =
        Aws { s3: client!(aws_sdk_s3, &uploads, &versions, &empty, &delete), ..mocked::aws() };
    desired_bucket().delete(&aws, &live_bucket()).await.unwrap();
    assert_eq!((empty.num_calls(), delete.num_calls()), (1, 1));
}

/// XML can't hold the first key, and may lose the white space of the second.
#[tokio::test]
async fn a_key_that_xml_does_not_carry_is_deleted_by_a_request_of_its_own() {
    let uploads = no_uploads();
    let versions = mock!(Client::list_object_versions)
        .sequence()
        .output(|| {
            let version = |key| ObjectVersion::builder().key(key).version_id("1").build();
            let output = ListObjectVersionsOutput::builder().encoding_type(EncodingType::Url);
            output
                .versions(version("x%01"))
                .versions(version("plain"))
                .versions(version("a+"))
                .build()
        })
        .output(|| ListObjectVersionsOutput::builder().build())
        .build();
    let together = mock!(Client::delete_objects)
        .match_requests(|request| {
            request.delete().unwrap().objects().iter().map(|o| o.key()).eq(["plain"])
        })
        .then_output(|| DeleteObjectsOutput::builder().build());
    let alone = mock!(Client::delete_object)
        .match_requests(|request| {
            matches!(request.key(), Some("x\u{1}" | "a ")) && request.version_id() == Some("1")
        })
        .then_output(|| DeleteObjectOutput::builder().build());
    let delete = mock!(Client::delete_bucket).then_output(|| DeleteBucketOutput::builder().build());
    let aws = Aws {
        s3: client!(aws_sdk_s3, &uploads, &versions, &together, &alone, &delete),
        ..mocked::aws()
    };
    desired_bucket().delete(&aws, &live_bucket()).await.unwrap();
    assert_eq!((together.num_calls(), alone.num_calls()), (1, 2));
}

#[tokio::test]
async fn an_unfinished_upload_of_any_key_is_aborted() {
    let uploads = mock!(Client::list_multipart_uploads)
        .match_requests(|request| request.encoding_type() == Some(&EncodingType::Url))
        .sequence()
        .output(|| {
            let upload = MultipartUpload::builder().key("a+b%0A").upload_id("1").build();
            let output = ListMultipartUploadsOutput::builder().encoding_type(EncodingType::Url);
            output.uploads(upload).build()
        })
        .output(|| ListMultipartUploadsOutput::builder().build())
        .build();
    let abort = mock!(Client::abort_multipart_upload)
        .match_requests(|request| {
            request.key() == Some("a b\n") && request.upload_id() == Some("1")
        })
        .then_output(|| AbortMultipartUploadOutput::builder().build());
    let versions = mock!(Client::list_object_versions)
        .then_output(|| ListObjectVersionsOutput::builder().build());
    let delete = mock!(Client::delete_bucket).then_output(|| DeleteBucketOutput::builder().build());
    let aws =
        Aws { s3: client!(aws_sdk_s3, &uploads, &abort, &versions, &delete), ..mocked::aws() };
    desired_bucket().delete(&aws, &live_bucket()).await.unwrap();
    assert_eq!(abort.num_calls(), 1);
}

#[tokio::test]
async fn a_version_that_cannot_be_deleted_is_named() {
    let (uploads, versions) = (no_uploads(), one_page_of_versions());
    let empty = mock!(Client::delete_objects).then_output(|| {
        let error = Error::builder()
            .key("a")
            .code("AccessDenied")
            .message("protected by object lock")
            .build();
        DeleteObjectsOutput::builder().errors(error).build()
    });
    let aws = Aws { s3: client!(aws_sdk_s3, &uploads, &versions, &empty), ..mocked::aws() };
    let error =
        aws::failure::chain(&desired_bucket().delete(&aws, &live_bucket()).await.unwrap_err());
    assert_eq!(
        error,
        "emptying S3 bucket `backup-data`: `a`: AccessDenied: protected by object lock; all \
         other versions are deleted: try again when the retention has ended, or, in \
         GOVERNANCE mode, let somebody who has s3:BypassGovernanceRetention delete the \
         versions"
    );
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_deleted_already() {
    let gone = mock!(Client::list_multipart_uploads)
        .then_http_response(|| xml_refusal(404, "NoSuchBucket"));
    let versions =
        mock!(Client::list_object_versions).then_http_response(|| xml_refusal(404, "NoSuchBucket"));
    let delete =
        mock!(Client::delete_bucket).then_http_response(|| xml_refusal(404, "NoSuchBucket"));
    let aws = Aws { s3: client!(aws_sdk_s3, &gone, &versions, &delete), ..mocked::aws() };
    desired_bucket().delete(&aws, &live_bucket()).await.unwrap();
}
