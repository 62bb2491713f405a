//! The clients and settings of the function, created once for all invocations.

use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_config::SdkConfig;
use chrono::TimeDelta;
use domain::environment::Environment;

/// The clients and settings. The fields are public so that tests of other crates can use test
/// doubles.
#[derive(Clone, Debug)]
pub struct StartApp {
    pub environment: Environment,
    pub records: RecordsBucket,
    pub datasync: aws_sdk_datasync::Client,
    pub sns: aws_sdk_sns::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub metrics: MetricsSink,
    /// The time after which the versioning of a bucket is in effect everywhere.
    pub versioning_settles: TimeDelta,
}

impl StartApp {
    #[must_use]
    pub fn new(environment: Environment, config: &SdkConfig) -> Self {
        Self {
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            datasync: aws_sdk_datasync::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            metrics: MetricsSink::default(),
            versioning_settles: aws::clients::versioning_settles(config),
            environment,
        }
    }
}
