//! A cloud whose functions are invoked by the test.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use aws_fakes::{FakeBucket, Interleaving, Outage};
use aws_sdk_datasync::operation::describe_task_execution::DescribeTaskExecutionOutput;
use aws_sdk_datasync::types::{
    Options, PhaseStatus, ReportResult, TaskExecutionStatus, VerifyMode,
};
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_smithy_mocks::{MockResponse, Rule, mock};
use domain::records::keys;
use domain::records::proof::Proof;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::Value;

use crate::app::VerifyApp;
use crate::error::VerifyError;
use crate::handler::handle;
use crate::outcome::VerifyOutcome;
use crate::testing::fake_app::{PROOF, fake_app, publish_rule};
use crate::testing::random_execution::RandomExecution;
use crate::testing::verification::{head_object_rule, stack_outputs};

/// A cloud of which only the records bucket lasts; the functions are invoked by the test.
pub(super) struct FakeCloud {
    pub(super) bucket: FakeBucket,
    pub(super) outage: Outage,
    /// The payloads of invocations that have not begun.
    pub(super) queue: Arc<Mutex<VecDeque<Value>>>,
    pub(super) heads: Rule,
    pub(super) app: VerifyApp,
}

pub(super) fn cloud_with(execution: &RandomExecution, parts_per_shard: usize) -> FakeCloud {
    let outage = Outage::default();
    let bucket = FakeBucket::sharing(&outage, &Interleaving::default());
    bucket.put(keys::OUTPUTS, serde_json::to_vec(&stack_outputs()).unwrap());
    execution.report_parts().into_iter().for_each(|(key, part)| bucket.put(&key, part));
    let (queue, heads) = (Arc::default(), head_object_rule(execution.bucket.clone(), false));
    let describe = describe_rule(execution);
    let s3 = bucket.client(std::slice::from_ref(&heads));
    let app = fake_app(s3, &describe, &[&invoke_rule(&queue, &outage)], &publish_rule());
    let app = VerifyApp { parts_per_shard, ..app };
    FakeCloud { bucket, outage, queue, heads, app }
}

fn invoke_rule(queue: &Arc<Mutex<VecDeque<Value>>>, outage: &Outage) -> Rule {
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

fn describe_rule(execution: &RandomExecution) -> Rule {
    let files = i64::try_from(execution.items.len()).unwrap();
    let verified =
        i64::try_from(execution.items.iter().map(|item| item.verified.len()).sum::<usize>())
            .unwrap();
    mock!(aws_sdk_datasync::Client::describe_task_execution).then_output(move || {
        DescribeTaskExecutionOutput::builder()
            .status(TaskExecutionStatus::Success)
            .options(Options::builder().verify_mode(VerifyMode::OnlyFilesTransferred).build())
            .report_result(ReportResult::builder().status(PhaseStatus::Success).build())
            .files_transferred(files)
            .files_verified(verified)
            .build()
    })
}

/// The fate of the waiting invocations.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Delivery {
    Once,
    Twice,
    /// The invocation of this number is lost.
    Lost(usize),
}

impl FakeCloud {
    pub(super) async fn invoke(
        &self,
        payload: &Value,
        request: &str,
        out_of_time: bool,
    ) -> Result<VerifyOutcome, VerifyError> {
        let mut context = Context::default();
        context.request_id = request.to_owned();
        // Long ago: a verification stops after each item.
        context.deadline = if out_of_time { 30_000 } else { 0 };
        handle(&self.app, LambdaEvent::new(payload.clone(), context)).await
    }

    /// Runs the waiting invocations until none is left; returns their number.
    pub(super) async fn run_queue(&self, fate: Delivery, out_of_time: bool) -> usize {
        let mut count = 0;
        loop {
            let Some(payload) = self.queue.lock().unwrap().pop_front() else { return count };
            count += 1;
            assert!(count < 1_000, "it goes on for ever");
            if fate == Delivery::Lost(count) {
                continue;
            }
            let times = if fate == Delivery::Twice && count < 40 { 2 } else { 1 };
            for time in 0..times {
                self.invoke(&payload, &format!("q{count}-{time}"), out_of_time).await.unwrap();
            }
        }
    }

    pub(super) fn read_proof(&self) -> Option<Proof> {
        self.bucket.get(PROOF).map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }

    /// Reads all proven objects and checks the chain over them.
    pub(super) fn read_objects(&self, proof: &Proof) -> BTreeSet<String> {
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

    pub(super) fn require_equal(&self, expected: &(Proof, BTreeSet<String>), case: &str) {
        let proof = self.read_proof().unwrap_or_else(|| panic!("no proof: {case}"));
        let (whole, objects) = expected;
        let said = |proof: &Proof| {
            (proof.verdict, proof.counts, proof.findings.clone(), proof.warnings.clone())
        };
        assert_eq!(said(&proof), said(whole), "{case}");
        assert_eq!(proof.report_parts, whole.report_parts, "{case}");
        assert_eq!(&self.read_objects(&proof), objects, "{case}");
    }
}
