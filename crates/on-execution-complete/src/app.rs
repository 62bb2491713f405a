//! The clients and settings of the function, created once for all invocations.

use std::time::Duration;

use aws::executions::Patience;
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_config::SdkConfig;
use domain::environment::Environment;

/// The wait for a report. It usually ends within seconds of the execution. A late one is awaited
/// until the invocation ends; then the sweep finds the execution without a record and invokes the
/// function again.
pub(crate) const REPORT_PATIENCE: Patience =
    Patience { attempts: 330, pause: Duration::from_secs(2) };

/// The clients and settings. The fields are public so that tests of other crates can use test
/// doubles.
#[derive(Clone, Debug)]
pub struct CompletionApp {
    pub environment: Environment,
    pub records: RecordsBucket,
    pub datasync: aws_sdk_datasync::Client,
    pub sns: aws_sdk_sns::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub metrics: MetricsSink,
    pub report_patience: Patience,
}

impl CompletionApp {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            datasync: aws_sdk_datasync::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            metrics: MetricsSink::default(),
            environment,
            report_patience: REPORT_PATIENCE,
        }
    }
}
