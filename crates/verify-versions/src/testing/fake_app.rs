//! The app of a test, with scripted clients.

use std::time::Duration;

use aws::executions::Patience;
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_sdk_datasync::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_datasync::types::TagListEntry;
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use domain::environment::Environment;
use domain::records::outputs::VERSIONING_SETTLES;

use crate::app::VerifyApp;
use crate::report::PARTS_PER_SHARD;

pub(crate) const RECORDS: &str = "backup-records-111122223333-eu-central-1";
/// The key of the first proof.
pub(crate) const PROOF: &str = "proofs/exec-0fcddf3728817690d/proof.json";

fn environment_of_stack() -> Environment {
    Environment {
        stack_name: "backup".into(),
        account: "111122223333".into(),
        records_bucket: RECORDS.into(),
        alerts_topic_arn: "arn:aws:sns:eu-central-1:111122223333:backup-alerts".into(),
    }
}

/// Builds the app of the stack `backup`, which gives up on a report after three attempts.
pub(crate) fn fake_app(
    s3: aws_sdk_s3::Client,
    describe: &Rule,
    invoke: &[&Rule],
    publish: &Rule,
) -> VerifyApp {
    VerifyApp {
        environment: environment_of_stack(),
        records: RecordsBucket::new(s3, RECORDS),
        fast_heads: None,
        datasync: mock_client!(aws_sdk_datasync, RuleMode::MatchAny, &[describe, &tags_rule(&[])]),
        lambda: mock_client!(aws_sdk_lambda, RuleMode::MatchAny, invoke),
        sns: mock_client!(aws_sdk_sns, RuleMode::MatchAny, &[publish]),
        metrics: MetricsSink::keeping(),
        report_patience: Patience { attempts: 3, pause: Duration::ZERO },
        parts_per_shard: PARTS_PER_SHARD,
        versioning_settles: VERSIONING_SETTLES,
    }
}

/// The tags of every execution.
pub(crate) fn tags_rule(keys: &'static [&'static str]) -> Rule {
    mock!(aws_sdk_datasync::Client::list_tags_for_resource).then_output(|| {
        let tag = |key: &&str| TagListEntry::builder().key(*key).value("true").build().unwrap();
        ListTagsForResourceOutput::builder().set_tags(Some(keys.iter().map(tag).collect())).build()
    })
}

pub(crate) fn publish_rule() -> Rule {
    mock!(aws_sdk_sns::Client::publish).then_output(|| PublishOutput::builder().build())
}
