//! The clients and settings that every invocation of the function uses.

use std::time::Duration;

use aws::executions::Patience;
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_config::SdkConfig;
use chrono::TimeDelta;
use domain::environment::Environment;
use s3_fast_path::FastPath;
use s3_fast_path::head::FastHeadClient;

use crate::report::PARTS_PER_SHARD;

/// The summary may arrive before DataSync calls the report finished: the function waits for as
/// long as the invocation lasts; then the sweep asks for the missing proof.
const REPORT_PATIENCE: Patience = Patience { attempts: 300, pause: Duration::from_secs(2) };

#[derive(Clone, Debug)]
pub struct VerifyApp {
    pub(crate) environment: Environment,
    pub(crate) records: RecordsBucket,
    pub(crate) fast_heads: Option<FastHeadClient>,
    pub(crate) datasync: aws_sdk_datasync::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    /// Public, so that tests of other crates can keep the metrics.
    pub metrics: MetricsSink,
    pub(crate) report_patience: Patience,
    pub(crate) parts_per_shard: usize,
    /// The time until the versioning of a bucket holds everywhere.
    pub(crate) versioning_settles: TimeDelta,
}

impl VerifyApp {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            fast_heads: FastHeadClient::new(config, FastPath::from_env()),
            datasync: aws_sdk_datasync::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            environment,
            metrics: MetricsSink::default(),
            report_patience: REPORT_PATIENCE,
            parts_per_shard: PARTS_PER_SHARD,
            versioning_settles: aws::clients::versioning_settles(config),
        }
    }
}
