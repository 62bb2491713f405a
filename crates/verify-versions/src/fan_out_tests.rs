//! A check shared among invocations: whatever is lost, comes twice, or dies, it is the proof of a
//! check that is not shared.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use aws::executions::Patience;
use aws::fakes::{FakeBucket, Interleaving, Outage};
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionOutput;
use aws_sdk_datasync::types::{
    Options, PhaseStatus, ReportResult, TaskExecutionStatus, VerifyMode,
};
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use domain::environment::Environment;
use domain::records::keys;
use domain::records::outputs::VERSIONING_SETTLES;
use domain::records::proof::{Depth, Notice, Proof, Verdict};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use crate::handler::{App, HandlerError, handle};
use crate::outcome::Outcome;
use crate::random_execution::{Item, Random, World, heads, outputs};

const RECORDS: &str = "backup-records-111122223333-eu-central-1";
const PROOF: &str = "proofs/exec-0fcddf3728817690d/proof.json";

/// A cloud of which only the records bucket lasts; the functions are invoked by the test.
struct Cloud {
    bucket: FakeBucket,
    outage: Outage,
    /// What was invoked and has not begun.
    queue: Arc<Mutex<VecDeque<Value>>>,
    heads: Rule,
    app: App,
}

fn cloud(world: &World, parts_a_slice: usize) -> Cloud {
    let outage = Outage::default();
    let bucket = FakeBucket::sharing(&outage, &Interleaving::default());
    bucket.put(keys::OUTPUTS, serde_json::to_vec(&outputs()).unwrap());
    world.parts().into_iter().for_each(|(key, part)| bucket.put(&key, part));
    let (queue, heads) = (Arc::default(), heads(world.bucket.clone(), false));
    let files = i64::try_from(world.items.len()).unwrap();
    let verified =
        i64::try_from(world.items.iter().map(|item| item.verified.len()).sum::<usize>()).unwrap();
    let describe =
        mock!(aws_sdk_datasync::Client::describe_task_execution).then_output(move || {
            DescribeTaskExecutionOutput::builder()
                .status(TaskExecutionStatus::Success)
                .options(Options::builder().verify_mode(VerifyMode::OnlyFilesTransferred).build())
                .report_result(ReportResult::builder().status(PhaseStatus::Success).build())
                .files_transferred(files)
                .files_verified(verified)
                .build()
        });
    let publish =
        mock!(aws_sdk_sns::Client::publish).then_output(|| PublishOutput::builder().build());
    let app = App {
        environment: Environment {
            stack_name: "backup".into(),
            account: "111122223333".into(),
            records_bucket: RECORDS.into(),
            alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
        },
        records: RecordsBucket::new(bucket.client(std::slice::from_ref(&heads)), RECORDS),
        heads: None,
        datasync: mock_client!(aws_sdk_datasync, RuleMode::MatchAny, &[&describe]),
        lambda: mock_client!(aws_sdk_lambda, RuleMode::MatchAny, &[&invokes(&queue, &outage)]),
        sns: mock_client!(aws_sdk_sns, RuleMode::MatchAny, &[&publish]),
        metrics: MetricsSink::keeping(),
        report_patience: Patience { attempts: 1, pause: std::time::Duration::ZERO },
        parts_a_slice,
        versioning_settles: VERSIONING_SETTLES,
    };
    Cloud { bucket, outage, queue, heads, app }
}

fn invokes(queue: &Arc<Mutex<VecDeque<Value>>>, outage: &Outage) -> Rule {
    let (queue, outage) = (queue.clone(), outage.clone());
    mock!(aws_sdk_lambda::Client::invoke).then_compute_response(move |asked| {
        assert_eq!(asked.function_name(), Some("backup-verify-versions"));
        let payload = serde_json::from_slice(asked.payload().unwrap().as_ref()).unwrap();
        match outage.around(|| queue.lock().unwrap().push_back(payload)) {
            Some(()) => MockResponse::Output(InvokeOutput::builder().status_code(202).build()),
            None => MockResponse::Error(InvokeError::unhandled("the process died")),
        }
    })
}

/// What becomes of the invocations that wait.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Once,
    Twice,
    /// The so-manieth is never made.
    Lost(usize),
}

impl Cloud {
    async fn invoke(
        &self,
        payload: &Value,
        request: &str,
        out_of_time: bool,
    ) -> Result<Outcome, HandlerError> {
        let mut context = Context::default();
        context.request_id = request.to_owned();
        // Long ago: a check stops after each item.
        context.deadline = if out_of_time { 30_000 } else { 0 };
        handle(&self.app, LambdaEvent::new(payload.clone(), context)).await
    }

    /// Works off what was invoked, until nothing is left; how many invocations that took.
    async fn drain(&self, fate: Fate, out_of_time: bool) -> usize {
        let mut count = 0;
        loop {
            let Some(payload) = self.queue.lock().unwrap().pop_front() else { return count };
            count += 1;
            assert!(count < 1_000, "it goes on for ever");
            if fate == Fate::Lost(count) {
                continue;
            }
            let times = if fate == Fate::Twice && count < 40 { 2 } else { 1 };
            for time in 0..times {
                self.invoke(&payload, &format!("q{count}-{time}"), out_of_time).await.unwrap();
            }
        }
    }

    fn proof(&self) -> Option<Proof> {
        self.bucket.get(PROOF).map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }

    /// All proven objects, and that the chain over them holds.
    fn objects(&self, proof: &Proof) -> BTreeSet<String> {
        let mut before = None;
        let mut lines = BTreeSet::new();
        for link in &proof.object_parts {
            let bytes = self.bucket.get(&link.key).unwrap();
            assert!(link.is_valid_for(before, &bytes), "{}", link.key);
            let part = String::from_utf8(bytes).unwrap();
            part.lines().for_each(|line| assert!(lines.insert(line.to_owned()), "twice: {line}"));
            before = Some(link);
        }
        lines
    }

    fn require_equal(&self, expected: &(Proof, BTreeSet<String>), case: &str) {
        let proof = self.proof().unwrap_or_else(|| panic!("no proof: {case}"));
        let (whole, objects) = expected;
        let said = |proof: &Proof| {
            (proof.verdict, proof.counts, proof.findings.clone(), proof.warnings.clone())
        };
        assert_eq!(said(&proof), said(whole), "{case}");
        assert_eq!(proof.report_parts, whole.report_parts, "{case}");
        assert_eq!(&self.objects(&proof), objects, "{case}");
    }
}

fn event() -> Value {
    serde_json::from_str(include_str!("../../../events/verify-versions/report-created.json"))
        .unwrap()
}

fn manual() -> Value {
    json!({"execution": "exec-0fcddf3728817690d"})
}

/// Items in seven parts or more, some spoiled.
fn world(seed: u64, items: usize) -> World {
    let mut world = World::random(&mut Random(seed), items);
    world.spoil_object(4, Vec::clear);
    world.items[7].transferred[0]["DstS3VersionId"] = Value::Null;
    let row = world.items[9].transferred[0].clone();
    world.items[9].transferred.push(row);
    // One that went before it was verified: that the report is whole shows only when all of its
    // parts are counted.
    let is_file = |item: &&mut Item| item.transferred[0]["SrcMetadata"]["Type"] == "Regular";
    world.items.iter_mut().skip(10).find(is_file).unwrap().verified.clear();
    world
}

/// The proof of a check that is not shared.
async fn whole(world: &World) -> (Proof, BTreeSet<String>) {
    let cloud = cloud(world, 1_000);
    let outcome = cloud.invoke(&event(), "r", false).await.unwrap();
    assert!(matches!(outcome, Outcome::Proven { .. }), "{outcome:?}");
    let proof = cloud.proof().unwrap();
    let objects = cloud.objects(&proof);
    (proof, objects)
}

#[tokio::test]
async fn a_shared_check_comes_to_the_same_proof_as_one_alone() {
    let mut checks = 0;
    for seed in 0..6 {
        let world = world(seed, 30 + usize::try_from(seed).unwrap() * 5);
        let expected = whole(&world).await;
        assert_eq!(expected.0.verdict, Verdict::Incomplete);
        assert!(
            expected.0.warnings.iter().any(|warning| warning.notice == Notice::NotCompared),
            "seed {seed}"
        );
        for (parts_a_slice, fate, out_of_time) in [
            (1, Fate::Once, false),
            (2, Fate::Once, false),
            (3, Fate::Twice, false),
            (4, Fate::Once, true),
        ] {
            let cloud = cloud(&world, parts_a_slice);
            let outcome = cloud.invoke(&event(), "r", out_of_time).await.unwrap();
            assert!(matches!(outcome, Outcome::UnderWay { .. }), "{outcome:?}");
            cloud.drain(fate, out_of_time).await;
            cloud.require_equal(&expected, &format!("seed {seed}, {parts_a_slice} parts a slice"));
            assert_eq!(
                cloud.bucket.keys().iter().filter(|key| key.starts_with("alerts/")).count(),
                1
            );
            checks += 1;
        }
    }
    measurements::proven("shared checks that prove what one alone does", checks, "checks");
}

#[tokio::test]
async fn any_invocation_may_be_lost_and_a_persons_request_completes_the_check() {
    let world = world(5, 40);
    let expected = whole(&world).await;
    let undisturbed = cloud(&world, 2);
    undisturbed.invoke(&event(), "r", false).await.unwrap();
    let invocations = undisturbed.drain(Fate::Once, false).await;
    assert!(invocations >= 8, "{invocations}");
    for lost in 1..=invocations {
        let cloud = cloud(&world, 2);
        cloud.invoke(&event(), "r", false).await.unwrap();
        cloud.drain(Fate::Lost(lost), false).await;
        assert_eq!(cloud.proof(), None, "invocation {lost} did nothing");
        let mut requests = 0;
        while cloud.proof().is_none() {
            requests += 1;
            assert!(requests <= 2, "invocation {lost} is lost for ever");
            cloud.invoke(&manual(), &format!("p{requests}"), false).await.unwrap();
            cloud.drain(Fate::Once, false).await;
        }
        cloud.require_equal(&expected, &format!("without invocation {lost}"));
    }
    measurements::proven(
        "invocations of shared checks lost, one at a time: the same proof",
        invocations,
        "invocations",
    );
}

#[tokio::test]
async fn a_crash_after_each_call_is_made_good_by_the_retry() {
    let world = world(6, 24);
    let expected = whole(&world).await;
    let mut crashes = 0;
    let mut dies_in = 0;
    'invocations: loop {
        for dies_after in 1.. {
            let cloud = cloud(&world, 2);
            let mut waiting = event();
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
async fn of_two_deliveries_one_begins_and_who_is_at_work_is_left_alone() {
    let world = world(7, 40);
    let cloud = cloud(&world, 2);
    cloud.invoke(&event(), "r1", false).await.unwrap();
    let begun = cloud.queue.lock().unwrap().len();
    cloud.invoke(&event(), "r2", false).await.unwrap();
    assert_eq!(cloud.queue.lock().unwrap().len(), begun, "a second delivery begins nothing");
    let at_work = json!({"until": "2999-01-01T00:00:00Z"});
    let prefix =
        cloud.bucket.keys().into_iter().find(|key| key.ends_with("begun-check.json")).unwrap();
    let prefix = prefix.trim_end_matches("begun-check.json");
    (0..4).for_each(|lane| {
        cloud.bucket.put(&format!("{prefix}at-work/sort-{lane:02}.json"), at_work.to_string())
    });
    cloud.invoke(&manual(), "p1", false).await.unwrap();
    assert_eq!(cloud.queue.lock().unwrap().len(), begun, "all lanes are being worked on");
}

#[tokio::test]
async fn what_was_proven_once_is_listed_and_not_asked_for_again() {
    let world = World::random(&mut Random(8), 60);
    for parts_a_slice in [1_000, 7] {
        let listing = list_all(&world);
        let cloud = cloud(&world, parts_a_slice);
        cloud.invoke(&event(), "r", false).await.unwrap();
        cloud.drain(Fate::Once, false).await;
        let first = cloud.proof().unwrap();
        assert_eq!((first.verdict, cloud.heads.num_calls()), (Verdict::Verified, 60));
        let client = cloud.bucket.client(&[cloud.heads.clone(), listing.clone()]);
        let app = App { records: RecordsBucket::new(client, RECORDS), ..cloud.app.clone() };
        let again = Cloud { app, ..cloud };
        again.invoke(&manual(), "p", false).await.unwrap();
        again.drain(Fate::Once, false).await;
        let audits = again
            .bucket
            .keys()
            .into_iter()
            .find(|key| key.contains("/audits/") && key.starts_with("proofs/"));
        let proof: Proof =
            serde_json::from_slice(&again.bucket.get(&audits.unwrap()).unwrap()).unwrap();
        assert_eq!(
            (proof.verdict, proof.counts, proof.depth),
            (first.verdict, first.counts, Depth::Metadata)
        );
        assert_eq!(again.objects(&proof), again.objects(&first));
        assert_eq!(again.heads.num_calls(), 60, "no version is asked for twice");
        assert!(listing.num_calls() > 0);
        let parts = again.bucket.keys().iter().filter(|key| key.contains("/objects/")).count();
        assert_eq!(parts, first.object_parts.len(), "the same parts have the same names");
    }
}

/// One page of all versions, whatever is asked for.
fn list_all(world: &World) -> Rule {
    use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
    use aws_sdk_s3::types::EncodingType;
    let versions: Vec<_> = world.listed();
    mock!(aws_sdk_s3::Client::list_object_versions).then_output(move || {
        let output = ListObjectVersionsOutput::builder().encoding_type(EncodingType::Url);
        output.is_truncated(false).set_versions(Some(versions.clone())).build()
    })
}
