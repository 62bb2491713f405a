//! A verification shared among workers: whatever is lost, delivered twice, or dies, its proof is
//! that of a verification by one invocation.

mod fake_cloud;

use std::collections::BTreeSet;

use aws::records_bucket::RecordsBucket;
use aws_smithy_mocks::{Rule, mock};
use domain::records::proof::{Depth, Notice, Proof, Verdict};
use fake_cloud::{Delivery, FakeCloud, cloud_with};
use serde_json::{Value, json};

use crate::app::VerifyApp;
use crate::outcome::VerifyOutcome;
use crate::testing::fake_app::RECORDS;
use crate::testing::random_execution::{Random, RandomExecution, RandomItem};

fn report_created() -> Value {
    serde_json::from_str(include_str!("../../../../events/verify-versions/report-created.json"))
        .unwrap()
}

fn manual_request() -> Value {
    json!({"execution": "exec-0fcddf3728817690d"})
}

/// Items in seven parts or more, some with defects.
fn execution_with_defects(seed: u64, items: usize) -> RandomExecution {
    let mut execution = RandomExecution::generate(&mut Random(seed), items);
    execution.spoil_object(4, Vec::clear);
    execution.items[7].transferred[0]["DstS3VersionId"] = Value::Null;
    let row = execution.items[9].transferred[0].clone();
    execution.items[9].transferred.push(row);
    // One that went before it was verified: that the report is whole shows only when all of its
    // parts are counted.
    let is_file = |item: &&mut RandomItem| item.transferred[0]["SrcMetadata"]["Type"] == "Regular";
    execution.items.iter_mut().skip(10).find(is_file).unwrap().verified.clear();
    execution
}

/// Makes the proof of a verification that is not shared.
async fn verify_unshared(execution: &RandomExecution) -> (Proof, BTreeSet<String>) {
    let cloud = cloud_with(execution, 1_000);
    let outcome = cloud.invoke(&report_created(), "r", false).await.unwrap();
    assert!(matches!(outcome, VerifyOutcome::Proven { .. }), "{outcome:?}");
    let proof = cloud.read_proof().unwrap();
    let objects = cloud.read_objects(&proof);
    (proof, objects)
}

#[tokio::test]
async fn a_shared_verification_makes_the_same_proof_as_an_unshared_one() {
    let mut checks = 0;
    for seed in 0..6 {
        let execution = execution_with_defects(seed, 30 + usize::try_from(seed).unwrap() * 5);
        let expected = verify_unshared(&execution).await;
        assert_eq!(expected.0.verdict, Verdict::Incomplete);
        assert!(
            expected.0.warnings.iter().any(|warning| warning.notice == Notice::NotCompared),
            "seed {seed}"
        );
        for (parts_per_shard, delivery, out_of_time) in [
            (1, Delivery::Once, false),
            (2, Delivery::Once, false),
            (3, Delivery::Twice, false),
            (4, Delivery::Once, true),
        ] {
            let cloud = cloud_with(&execution, parts_per_shard);
            let outcome = cloud.invoke(&report_created(), "r", out_of_time).await.unwrap();
            assert!(matches!(outcome, VerifyOutcome::UnderWay { .. }), "{outcome:?}");
            cloud.run_queue(delivery, out_of_time).await;
            cloud
                .require_equal(&expected, &format!("seed {seed}, {parts_per_shard} parts a shard"));
            assert_eq!(
                cloud.bucket.keys().iter().filter(|key| key.starts_with("alerts/")).count(),
                1
            );
            checks += 1;
        }
    }
    measurements::proven("shared checks that prove what one alone does", checks, "checks");
}

async fn request_until_proven(cloud: &FakeCloud, lost: usize) {
    let mut requests = 0;
    while cloud.read_proof().is_none() {
        requests += 1;
        assert!(requests <= 2, "invocation {lost} is lost for ever");
        cloud.invoke(&manual_request(), &format!("p{requests}"), false).await.unwrap();
        cloud.run_queue(Delivery::Once, false).await;
    }
}

#[tokio::test]
async fn a_request_completes_what_a_lost_invocation_left() {
    let execution = execution_with_defects(5, 40);
    let expected = verify_unshared(&execution).await;
    let undisturbed = cloud_with(&execution, 2);
    undisturbed.invoke(&report_created(), "r", false).await.unwrap();
    let invocations = undisturbed.run_queue(Delivery::Once, false).await;
    assert!(invocations >= 8, "{invocations}");
    for lost in 1..=invocations {
        let cloud = cloud_with(&execution, 2);
        cloud.invoke(&report_created(), "r", false).await.unwrap();
        cloud.run_queue(Delivery::Lost(lost), false).await;
        assert_eq!(cloud.read_proof(), None, "invocation {lost} did nothing");
        request_until_proven(&cloud, lost).await;
        cloud.require_equal(&expected, &format!("without invocation {lost}"));
    }
    let what = "invocations of shared checks lost, one at a time: the same proof";
    measurements::proven(what, invocations, "invocations");
}

#[tokio::test]
async fn a_retry_completes_a_crash_after_each_call() {
    let execution = execution_with_defects(6, 24);
    let expected = verify_unshared(&execution).await;
    let mut crashes = 0;
    let mut dies_in = 0;
    'invocations: loop {
        for dies_after in 1.. {
            let cloud = cloud_with(&execution, 2);
            let mut waiting = report_created();
            for count in 0.. {
                if count == dies_in {
                    cloud.outage.restart(Some(dies_after));
                    let died = cloud.invoke(&waiting, &format!("r{count}"), false).await;
                    if !cloud.outage.is_dead() {
                        died.unwrap();
                        dies_in += 1;
                        continue 'invocations;
                    }
                    crashes += 1;
                    cloud.outage.restart(None);
                }
                cloud.invoke(&waiting, &format!("r{count}"), false).await.unwrap();
                let Some(next) = cloud.queue.lock().unwrap().pop_front() else {
                    if count < dies_in {
                        break 'invocations;
                    }
                    break;
                };
                waiting = next;
            }
            cloud.require_equal(
                &expected,
                &format!("invocation {dies_in} dies after call {dies_after}"),
            );
        }
    }
    measurements::proven("crashes of shared checks: the same proof", crashes, "crashes");
    assert!(crashes > 100, "{crashes}");
}

#[tokio::test]
async fn one_of_two_deliveries_starts_and_running_workers_stay() {
    let execution = execution_with_defects(7, 40);
    let cloud = cloud_with(&execution, 2);
    cloud.invoke(&report_created(), "r1", false).await.unwrap();
    let begun = cloud.queue.lock().unwrap().len();
    cloud.invoke(&report_created(), "r2", false).await.unwrap();
    assert_eq!(cloud.queue.lock().unwrap().len(), begun, "a second delivery begins nothing");
    let lease = json!({"until": "2999-01-01T00:00:00Z"});
    let claim =
        cloud.bucket.keys().into_iter().find(|key| key.ends_with("claims/verify.json")).unwrap();
    let prefix = claim.trim_end_matches("claims/verify.json");
    (0..4).for_each(|worker| {
        let key = format!("{prefix}leases/partition-{worker:02}.json");
        cloud.bucket.put(&key, lease.to_string());
    });
    cloud.invoke(&manual_request(), "p1", false).await.unwrap();
    assert_eq!(cloud.queue.lock().unwrap().len(), begun, "all workers are running");
}

/// Requests a second proof, of a cloud that answers this listing too.
async fn verify_again(cloud: FakeCloud, listing: &Rule) -> (FakeCloud, Proof) {
    let client = cloud.bucket.client(&[cloud.heads.clone(), listing.clone()]);
    let app = VerifyApp { records: RecordsBucket::new(client, RECORDS), ..cloud.app.clone() };
    let again = FakeCloud { app, ..cloud };
    again.invoke(&manual_request(), "p", false).await.unwrap();
    again.run_queue(Delivery::Once, false).await;
    let is_audit = |key: &String| key.contains("/audits/") && key.starts_with("proofs/");
    let audit = again.bucket.keys().into_iter().find(is_audit).unwrap();
    let proof = serde_json::from_slice(&again.bucket.get(&audit).unwrap()).unwrap();
    (again, proof)
}

#[tokio::test]
async fn a_proven_version_is_listed_and_takes_no_second_head() {
    let execution = RandomExecution::generate(&mut Random(8), 60);
    for parts_per_shard in [1_000, 7] {
        let listing = list_all(&execution);
        let cloud = cloud_with(&execution, parts_per_shard);
        cloud.invoke(&report_created(), "r", false).await.unwrap();
        cloud.run_queue(Delivery::Once, false).await;
        let first = cloud.read_proof().unwrap();
        assert_eq!((first.verdict, cloud.heads.num_calls()), (Verdict::Verified, 60));
        let (again, proof) = verify_again(cloud, &listing).await;
        assert_eq!((proof.verdict, proof.counts), (first.verdict, first.counts));
        assert_eq!(proof.depth, Depth::Metadata);
        assert_eq!(again.read_objects(&proof), again.read_objects(&first));
        assert_eq!(again.heads.num_calls(), 60, "no version is asked for twice");
        assert!(listing.num_calls() > 0);
        let parts = again.bucket.keys().iter().filter(|key| key.contains("/objects/")).count();
        assert_eq!(parts, first.object_parts.len(), "the same parts have the same names");
    }
}

/// One page of all versions, whatever is asked for.
fn list_all(execution: &RandomExecution) -> Rule {
    use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
    use aws_sdk_s3::types::EncodingType;
    let versions: Vec<_> = execution.list_versions();
    mock!(aws_sdk_s3::Client::list_object_versions).then_output(move || {
        let output = ListObjectVersionsOutput::builder().encoding_type(EncodingType::Url);
        output.is_truncated(false).set_versions(Some(versions.clone())).build()
    })
}
