//! The binary of the Lambda function `start-execution`.

use aws::clients;
use domain::environment::Environment;
use lambda_runtime::{Error, run, service_fn};
use start_execution::{StartApp, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let environment = Environment::from_env().map_err(|missing| missing.to_string())?;
    let app = StartApp::new(environment, &clients::sdk_config(None).await);
    run(service_fn(|event| handle(&app, event))).await
}
