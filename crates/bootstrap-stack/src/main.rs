//! The binary of the Lambda function `bootstrap-stack`.

use aws::clients;
use bootstrap_stack::{BootstrapApp, handle};
use domain::environment::Environment;
use lambda_runtime::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    let environment = Environment::from_env().map_err(|missing| missing.to_string())?;
    let app = BootstrapApp::new(environment, &clients::sdk_config(None).await)?;
    run(service_fn(|event| handle(&app, event))).await
}
