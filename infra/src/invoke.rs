//! Invokes a function of the stack and waits for its answer.

use anyhow::{Context, Result, anyhow, bail};
use aws_edge::SdkFailure;
use aws_sdk_lambda::primitives::Blob;
use pipeline::function::Function;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::place::Place;

/// What Lambda answers when the function failed.
#[derive(Debug, Deserialize)]
struct FunctionFailure {
    #[serde(rename = "errorMessage", default)]
    message: String,
}

/// Sends a request and reads the outcome.
pub(crate) async fn invoke<T: DeserializeOwned>(
    place: &Place,
    function: Function,
    request: &impl Serialize,
) -> Result<T> {
    let name = place.names().function(function);
    let payload = Blob::new(serde_json::to_vec(request)?);
    let answer = match place.invoker.invoke().function_name(&name).payload(payload).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let failure = SdkFailure::from(error);
            if failure.is(&["ResourceNotFoundException"]) {
                bail!("the function `{name}` does not exist; run `efs-s3 deploy`");
            }
            return Err(anyhow!(failure).context(format!("invoking `{name}`")));
        }
    };
    let said = answer.payload.map(Blob::into_inner).unwrap_or_default();
    if answer.function_error.is_some() {
        let failure: FunctionFailure =
            serde_json::from_slice(&said).unwrap_or(FunctionFailure { message: String::new() });
        bail!(
            "`{name}` failed: {}",
            if failure.message.is_empty() { String::from_utf8_lossy(&said) } else { failure.message.into() }
        );
    }
    serde_json::from_slice(&said).with_context(|| format!("reading the answer of `{name}`"))
}
