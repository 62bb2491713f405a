//! Client tokens: a repeated call creates no second resource.

use aws::SdkFailure;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::refusals::is_token_spent;
use super::retry::retry_until_settled;
use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;

/// The number of times that a resource may be deleted and created again while EC2 remembers the
/// client tokens of its predecessors.
const GENERATIONS: u32 = 32;

/// A client token, 64 characters: the same for the same desired state, so that a repeated call
/// creates no second resource.
///
/// EC2 remembers a token for at least a day after its resource is deleted ("Ensuring idempotency",
/// EC2 developer guide), and would return the deleted resource for a new request with the same
/// fields: the caller then uses the next `generation`.
pub(super) fn client_token(
    aws: &Aws,
    id: &ResourceId,
    fields: &impl Serialize,
    generation: u32,
) -> String {
    let wish = json!([aws.names.stack, id, fields, generation]).to_string();
    hex::encode(Sha256::digest(wish.as_bytes()))
}

/// Creates a resource by client token and returns its id. `make` is called with a token's
/// generation; `lives` waits for the resource and returns `false` for one that was deleted since.
pub(super) async fn make_by_token(
    doing: &'static str,
    id: &ResourceId,
    mut make: impl AsyncFnMut(u32) -> Result<String, SdkFailure>,
    mut lives: impl AsyncFnMut(&str) -> Result<bool, KindError>,
) -> Result<String, KindError> {
    for generation in 0..GENERATIONS {
        match retry_until_settled(async || make(generation).await).await {
            Ok(made) if lives(&made).await? => return Ok(made),
            Ok(_) => {}
            Err(failure) if is_token_spent(&failure) => {}
            Err(failure) => return Err(KindError::doing(doing, id.as_str())(failure)),
        }
    }
    let spent = format!(
        "the last {GENERATIONS} were deleted, and EC2 still knows their tokens; try again tomorrow"
    );
    Err(KindError::doing(doing, id.as_str())(Cause::Other(spent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::ec2::refusals::TOKEN_SPENT;
    use crate::resources::ec2::testing::failure_with_code;
    use crate::testing::mocked;

    fn resource_id() -> ResourceId {
        ResourceId::new("nat-gateway")
    }

    #[test]
    fn a_token_has_64_characters_and_depends_on_the_desired_state() {
        let aws = mocked::aws();
        let token = client_token(&aws, &resource_id(), &("subnet-1", "eipalloc-1"), 0);
        assert_eq!(token.len(), 64);
        assert_eq!(token, client_token(&aws, &resource_id(), &("subnet-1", "eipalloc-1"), 0));
        assert_ne!(token, client_token(&aws, &resource_id(), &("subnet-1", "eipalloc-1"), 1));
        assert_ne!(token, client_token(&aws, &resource_id(), &("subnet-1", "eipalloc-2"), 0));
        assert_ne!(
            token,
            client_token(&aws, &ResourceId::new("other"), &("subnet-1", "eipalloc-1"), 0)
        );
    }

    #[tokio::test]
    async fn a_token_that_is_spent_is_followed_by_the_next() {
        for code in TOKEN_SPENT {
            let make = async |generation| match generation {
                0 => Err(failure_with_code(code)),
                later => Ok(format!("made-{later}")),
            };
            let lives = async |made: &str| Ok(made == "made-2");
            assert_eq!(
                make_by_token("making", &resource_id(), make, lives).await.unwrap(),
                "made-2",
                "{code}"
            );
        }
        let denied = async |_| Err(failure_with_code("UnauthorizedOperation"));
        make_by_token("making", &resource_id(), denied, async |_| Ok(true)).await.unwrap_err();
    }
}
