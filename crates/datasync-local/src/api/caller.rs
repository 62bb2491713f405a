//! The caller's account and region, from the signed `Authorization` header.
//!
//! The local cloud's rule: an access key id of 12 digits is the account. Signatures are not
//! checked.

use crate::state::AccountRegion;

const DEFAULT_ACCOUNT: &str = "000000000000";
const DEFAULT_REGION: &str = "us-east-1";

/// The account and region of the caller, or the defaults where the header does not name them.
#[must_use]
pub fn account_region_of(authorization: Option<&str>) -> AccountRegion {
    let scope = authorization.and_then(|text| text.split_once("Credential=")).map(|(_, rest)| rest);
    let mut parts =
        scope.unwrap_or_default().split([',', ' ']).next().unwrap_or_default().split('/');
    let key_id = parts.next().unwrap_or_default();
    let region = parts.nth(1).filter(|region| is_region(region)).unwrap_or(DEFAULT_REGION);
    let is_account = key_id.len() == 12 && key_id.bytes().all(|b| b.is_ascii_digit());
    let account = if is_account { key_id } else { DEFAULT_ACCOUNT };
    AccountRegion { account: account.to_owned(), region: region.to_owned() }
}

/// Whether the text is a region. It becomes part of a file's name, so nothing else may pass.
fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorization_of(key: &str, region: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential={key}/20261123/{region}/datasync/aws4_request, \
                SignedHeaders=host, Signature=0"
        )
    }

    #[test]
    fn the_credential_scope_names_account_and_region() {
        for (header, account, region) in [
            (
                Some(authorization_of("111122223333", "eu-central-1")),
                "111122223333",
                "eu-central-1",
            ),
            (Some(authorization_of("AKIAEXAMPLE", "eu-west-1")), "000000000000", "eu-west-1"),
            (Some(authorization_of("111122223333", "../etc")), "111122223333", "us-east-1"),
            (Some("Bearer x".to_owned()), "000000000000", "us-east-1"),
            (None, "000000000000", "us-east-1"),
        ] {
            let account_region = account_region_of(header.as_deref());
            assert_eq!(
                (account_region.account.as_str(), account_region.region.as_str()),
                (account, region),
                "{header:?}"
            );
        }
    }
}
