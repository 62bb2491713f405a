//! The clients and settings of the function, created once for all invocations.

use aws::alerts;
use aws::metrics::MetricsSink;
use aws::records_bucket::RecordsBucket;
use aws_config::SdkConfig;
use domain::environment::{Environment, MissingVariable};
use domain::records::alert::Alert;
use reconciler::Aws;
use tokio::time::Instant;

use crate::error::BootstrapError;

/// The clients and settings.
#[derive(Clone, Debug)]
pub struct BootstrapApp {
    pub(crate) environment: Environment,
    pub(crate) aws: Aws,
    pub(crate) records: RecordsBucket,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) metrics: MetricsSink,
}

impl BootstrapApp {
    /// # Errors
    /// [`MissingVariable`] when no region is set.
    pub fn new(environment: Environment, config: &SdkConfig) -> Result<Self, MissingVariable> {
        let region = config.region().ok_or(MissingVariable("AWS_REGION"))?;
        let names = environment.names_in(region.as_ref());
        Ok(Self {
            aws: Aws::new(config, names),
            records: RecordsBucket::new(aws::clients::s3(config), &environment.records_bucket),
            sns: aws_sdk_sns::Client::new(config),
            metrics: MetricsSink::default(),
            environment,
        })
    }

    /// The same app, which retries denied calls until the given time.
    pub(crate) fn retrying_denials_until(&self, until: Option<Instant>) -> Self {
        Self { aws: self.aws.whose_denials_pass(until), ..self.clone() }
    }

    pub(crate) async fn publish_alert(&self, alert: &Alert) -> Result<(), BootstrapError> {
        Ok(alerts::publish(&self.sns, &self.environment.alerts_topic_arn, alert).await?)
    }
}
