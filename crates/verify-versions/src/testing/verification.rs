//! The verification of a random execution against fakes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws::records_bucket::RecordsBucket;
use aws_fakes::FakeBucket;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectOutput};
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_mocks::{MockResponse, Rule, mock};
use chrono::DateTime;
use domain::arn::ExecutionArn;
use domain::execution::Execution;
use domain::records::outputs::Outputs;
use domain::records::proof::{Depth, Proof};
use serde_json::json;

use super::fixtures::EXECUTION;
use super::random_execution::{Bucket, StoredVersion};
use crate::destination_bucket::BucketAccess;
use crate::error::ShardError;
use crate::merge::merge_shards;
use crate::proof_target::ProofTarget;
use crate::report::{PARTS_PER_SHARD, TransferReport};
use crate::shard_verifier::ShardVerifier;

fn status_answer(status: u16, marker: bool) -> MockResponse<HeadObjectOutput, HeadObjectError> {
    let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    if marker {
        answer.headers_mut().insert("x-amz-delete-marker", "true");
    }
    MockResponse::Http(answer)
}

pub(crate) fn head_object_rule(bucket: Bucket, refuses: bool) -> Rule {
    let bucket = Arc::new(bucket);
    mock!(aws_sdk_s3::Client::head_object).then_compute_response(move |asked| {
        if refuses {
            return status_answer(403, false);
        }
        let versions = bucket.get(asked.key().unwrap()).map(Vec::as_slice).unwrap_or_default();
        let wanted = asked.version_id();
        match versions.iter().rev().find(|stored| stored.answers_to(wanted)) {
            Some(StoredVersion::Version { id, size, posix }) => {
                let output = HeadObjectOutput::builder().content_length(*size).version_id(id);
                let metadata = posix.to_metadata().into_iter().collect();
                MockResponse::Output(output.set_metadata(Some(metadata)).build())
            }
            Some(StoredVersion::Marker { .. }) => {
                status_answer(if wanted.is_some() { 405 } else { 404 }, true)
            }
            None => status_answer(404, false),
        }
    })
}

pub(crate) fn stack_outputs() -> Outputs {
    serde_json::from_value(json!({
        "task_arn": ExecutionArn::parse(EXECUTION).unwrap().task(),
        "source_location_arn": "",
        "destination_location_arn": "",
        "file_system_id": "",
        "file_system_arn": "",
        "destination_bucket": "data",
        "destination_prefix": "backup/",
        "log_group": "",
    }))
    .unwrap()
}

pub(crate) async fn verify_execution(
    parts: &BTreeMap<String, Vec<u8>>,
    bucket: Bucket,
    execution: &Execution,
    refuses: bool,
) -> Result<Proof, ShardError> {
    let fake = FakeBucket::default();
    parts.iter().for_each(|(key, part)| fake.put(key, part.clone()));
    let records = RecordsBucket::new(fake.client(&[head_object_rule(bucket, refuses)]), "records");
    verify_in_bucket(&records, execution, None).await
}

/// Verifies a report of one shard.
pub(crate) async fn verify_in_bucket(
    records: &RecordsBucket,
    execution: &Execution,
    until: Option<SystemTime>,
) -> Result<Proof, ShardError> {
    let outputs = stack_outputs();
    let target = ProofTarget::first_proof(execution.arn.clone(), Depth::Metadata);
    let report = TransferReport::list(records, &execution.arn, PARTS_PER_SHARD).await?;
    let verifier = ShardVerifier {
        records,
        fast_heads: None,
        outputs: &outputs,
        execution,
        target: &target,
        report: &report,
        storage_class: Some("STANDARD"),
        first_proof: None,
        until,
        may_be_null: false,
    };
    let (read, progress) = verifier.verify_shard(0).await?;
    let shards = (vec![read], vec![progress]);
    Ok(merge_shards(&report, &target, execution, &outputs, shards, DateTime::UNIX_EPOCH))
}

/// The bucket of [`stack_outputs`].
pub(crate) fn data_bucket() -> BucketAccess {
    BucketAccess::from(&stack_outputs())
}
