//! Deletion of endpoints.

use aws_sdk_ec2::types::UnsuccessfulItem;

use super::describe::{describe_vpc_endpoint, holds_resources};
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resources::ec2::refusals::is_absent_code;
use crate::resources::ec2::retry::wait_until_gone;

/// The call returns 200 and lists the endpoints that it could not delete.
pub(super) async fn delete_all(aws: &Aws, endpoint_ids: &[String]) -> Result<(), KindError> {
    let doing = "deleting VPC endpoint";
    for endpoint_id in endpoint_ids {
        let answer = aws.ec2.delete_vpc_endpoints().vpc_endpoint_ids(endpoint_id).send().await;
        let answer = answer.map_err(KindError::doing(doing, endpoint_id))?;
        if let Some(refused) = answer.unsuccessful().iter().find_map(refusal_text) {
            return Err(KindError::doing(doing, endpoint_id)(Cause::Other(refused)));
        }
        wait_until_gone(doing, endpoint_id, async || {
            let mut left = describe_vpc_endpoint(aws, endpoint_id).await?;
            left.retain(holds_resources);
            Ok(left)
        })
        .await?;
    }
    Ok(())
}

/// Why it was not deleted; none when it is gone already.
pub(super) fn refusal_text(item: &UnsuccessfulItem) -> Option<String> {
    let error = item.error()?;
    let code = error.code().unwrap_or_default();
    (!is_absent_code(code)).then(|| format!("{code}: {}", error.message().unwrap_or_default()))
}
