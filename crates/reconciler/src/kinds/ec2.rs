//! What the EC2 kinds share: tags, finding ours among all, client tokens, and the two refusals that
//! pass with time.
//!
//! EC2 chooses the ids and allows any number of the same thing. So ours are found by their tags; a
//! call that makes something is never sent twice by the SDK, but looked for when its answer is
//! lost; and what was made twice all the same is found and removed as a duplicate.

use aws::SdkFailure;
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::config::{Builder, Config};
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use domain::names;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Cause, Found, Kind, KindError, bears_our_tags, tags};
use crate::graph::ResourceId;
use crate::wait::{self, EC2_DEPENDENTS_GONE, EC2_SETTLES, VISIBLE};
use crate::{Aws, plan};

/// Shown by the console in the column "Name".
const NAME_TAG: &str = "Name";

/// How EC2 says that something does not exist, by kind of thing (EC2 API reference, "Error codes
/// for the Amazon EC2 API"; the spellings differ from call to call, as terraform-provider-aws has
/// them too).
const ABSENT: &[&str] = &[
    "InvalidAddress.NotFound",
    "InvalidAllocationID.NotFound",
    "InvalidAssociationID.NotFound",
    "InvalidElasticIpID.NotFound",
    "InvalidFlowLogId.NotFound",
    "InvalidGatewayID.NotFound",
    "InvalidGroup.NotFound",
    "InvalidInstanceID.NotFound",
    "InvalidInternetGatewayID.NotFound",
    "InvalidNatGatewayID.NotFound",
    "InvalidNetworkInterfaceID.NotFound",
    "InvalidPermission.NotFound",
    "InvalidRoute.NotFound",
    "InvalidRouteTableID.NotFound",
    "InvalidRouteTableId.NotFound",
    "InvalidSecurityGroupID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidSubnetId.NotFound",
    "InvalidVpcEndpoint.NotFound",
    "InvalidVpcEndpointId.NotFound",
    "InvalidVpcID.NotFound",
    "InvalidVpcId.NotFound",
    "NatGatewayNotFound",
];

/// How many times something may be deleted and made again while EC2 remembers the client tokens of
/// its predecessors.
const GENERATIONS: u32 = 32;

/// EC2's answer to too many requests: it did nothing.
const THROTTLED: [&str; 3] = ["RequestLimitExceeded", "Throttling", "ThrottlingException"];

/// What EC2 answers when it may have done it all the same (EC2 API reference, "Server error
/// codes").
const UNCERTAIN: [&str; 4] =
    ["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"];

/// How EC2 refuses a client token that was used up: for a wish in other words, or for an instance
/// that is terminated (EC2 API reference, "Error codes for the Amazon EC2 API").
const TOKEN_SPENT: [&str; 2] = ["IdempotentInstanceTerminated", "IdempotentParameterMismatch"];

/// How EC2 says that something is still held by others.
const HELD: [&str; 2] = ["DependencyViolation", "InvalidIPAddress.InUse"];

/// Our tags and a name, for `TagSpecifications` of the call that makes it.
pub(super) fn tag_specification(
    aws: &Aws,
    id: &ResourceId,
    resource_type: ResourceType,
) -> TagSpecification {
    let name = (NAME_TAG, format!("{}-{id}", aws.names.stack));
    let ours =
        tags(aws, id).into_iter().chain([name]).map(|(key, value)| tag(key, value)).collect();
    TagSpecification::builder().resource_type(resource_type).set_tags(Some(ours)).build()
}

pub(super) fn tag(key: &str, value: impl Into<String>) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// The filters by which a `Describe…` answers only what bears the tags of this resource.
pub(super) fn tag_filters(aws: &Aws, id: &ResourceId) -> Option<Vec<Filter>> {
    Some(
        tags(aws, id)
            .into_iter()
            .map(|(key, value)| filter(&format!("tag:{key}"), value))
            .collect(),
    )
}

/// The filter by which a `Describe…` answers only what belongs to this stack.
pub(super) fn stack_filter(aws: &Aws) -> Filter {
    filter(&format!("tag:{}", names::STACK_TAG), &aws.names.stack)
}

pub(super) fn filter(name: &str, value: impl Into<String>) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// Whether these are the tags of this resource. Filters ask for the same; what is about to be
/// deleted is worth a second look.
pub(super) fn is_ours(aws: &Aws, id: &ResourceId, found: &[Tag]) -> bool {
    bears_our_tags(aws, id, found.iter().filter_map(|tag| tag.key().zip(tag.value())))
}

/// Whether EC2 says that there is no such thing.
pub(super) fn is_absent(failure: &SdkFailure) -> bool {
    failure.is(ABSENT)
}

/// The same of a code alone, where one call answers for many.
pub(super) fn is_absent_code(code: &str) -> bool {
    ABSENT.contains(&code)
}

/// Whether the call may have had its effect: no answer came, or one that doesn't tell.
pub(super) fn is_uncertain(failure: &SdkFailure) -> bool {
    failure.code.is_none() || failure.is(&UNCERTAIN)
}

/// Whether the call had no effect and will have it later: EC2 does not know yet what was made a
/// moment ago, or has too many requests.
pub(super) fn is_early(failure: &SdkFailure) -> bool {
    is_absent(failure) || failure.is(&THROTTLED)
}

/// Whether this client token will never make anything again, so that the next one has to be taken.
pub(super) fn is_token_spent(failure: &SdkFailure) -> bool {
    failure.is(&TOKEN_SPENT)
}

/// For calls that make something: sent again only when EC2 surely did nothing.
pub(super) fn sent_once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// A client token, 64 characters: the same for the same wish, so that a repeated call makes nothing
/// twice.
///
/// EC2 remembers a token for at least a day after its resource is gone ("Ensuring idempotency", EC2
/// developer guide), and would answer a new wish of the same fields with the dead one: the caller
/// then goes on to the next `generation`.
pub(super) fn client_token(
    aws: &Aws,
    id: &ResourceId,
    fields: &impl Serialize,
    generation: u32,
) -> String {
    let wish = json!([aws.names.stack, id, fields, generation]).to_string();
    hex::encode(Sha256::digest(wish.as_bytes()))
}

/// Makes something by client token and answers its id. `make` is called with a token's generation;
/// `lives` waits for what it answered and says `false` of what was deleted since.
pub(super) async fn make_by_token(
    doing: &'static str,
    id: &ResourceId,
    mut make: impl AsyncFnMut(u32) -> Result<String, SdkFailure>,
    mut lives: impl AsyncFnMut(&str) -> Result<bool, KindError>,
) -> Result<String, KindError> {
    for generation in 0..GENERATIONS {
        match settled(async || make(generation).await).await {
            Ok(made) if lives(&made).await? => return Ok(made),
            Ok(_) => {}
            Err(failure) if is_token_spent(&failure) => {}
            Err(failure) => return Err(KindError::doing(doing, id.as_str())(failure)),
        }
    }
    let spent =
        format!("the last {GENERATIONS} were deleted within the days that EC2 remembers them");
    Err(KindError::doing(doing, id.as_str())(Cause::Other(spent)))
}

/// Whether something shows that was made a moment ago; what was deleted since never does.
pub(super) async fn shows<T>(
    mut described: impl AsyncFnMut() -> Result<Vec<T>, KindError>,
) -> Result<bool, KindError> {
    let found =
        wait::until(VISIBLE, async || described().await.map(|mut found| found.pop())).await?;
    Ok(found.is_some())
}

/// Calls again while it [is early](is_early).
pub(super) async fn settled<T>(
    call: impl AsyncFnMut() -> Result<T, SdkFailure>,
) -> Result<T, SdkFailure> {
    wait::retry(EC2_SETTLES, is_early, call).await
}

/// Removes something, as soon as nothing holds it any more. What is gone is removed already.
pub(super) async fn removed<T>(
    call: impl AsyncFnMut() -> Result<T, SdkFailure>,
) -> Result<(), SdkFailure> {
    match wait::retry(EC2_DEPENDENTS_GONE, |failure| failure.is(&HELD), call).await {
        Err(failure) if !is_absent(&failure) => Err(failure),
        _ => Ok(()),
    }
}

/// Waits until none of what `left` answers is left.
pub(super) async fn gone<T>(
    doing: &'static str,
    name: &str,
    mut left: impl AsyncFnMut() -> Result<Vec<T>, KindError>,
) -> Result<(), KindError> {
    let none_left =
        wait::until(EC2_DEPENDENTS_GONE, async || Ok(left().await?.is_empty().then_some(())));
    let minutes = EC2_DEPENDENTS_GONE.as_secs() / 60;
    let never = || {
        Cause::Other(format!(
            "waited {minutes} minutes for it to be gone; the next apply goes on waiting"
        ))
    };
    none_left.await?.ok_or_else(|| KindError::doing(doing, name)(never()))
}

/// What a `Describe…` by ids answers; for an id that is gone it answers nothing.
pub(super) fn none_if_absent<T, F: Into<SdkFailure>>(
    answer: Result<Vec<T>, F>,
) -> Result<Vec<T>, SdkFailure> {
    answer
        .map_err(Into::into)
        .or_else(|failure| if is_absent(&failure) { Ok(Vec::new()) } else { Err(failure) })
}

/// The one of several that stays, and the ids of the others, sorted: the first by id that is in
/// use, or else the first.
pub(super) async fn pick<T>(
    mut found: Vec<T>,
    id_of: impl Fn(&T) -> &str,
    mut in_use: impl AsyncFnMut(&T) -> Result<bool, KindError>,
) -> Result<Option<(T, Vec<String>)>, KindError> {
    found.sort_by(|a, b| id_of(a).cmp(id_of(b)));
    let mut stays = 0;
    if found.len() > 1 {
        for (position, one) in found.iter().enumerate() {
            if in_use(one).await? {
                stays = position;
                break;
            }
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let picked = found.remove(stays);
    let duplicates = found.iter().map(|one| id_of(one).to_owned()).collect();
    Ok(Some((picked, duplicates)))
}

/// The ids of the duplicates that were found with a resource.
pub(super) fn duplicates(found: &Found) -> Vec<String> {
    let duplicates = found.state["duplicates"].as_array().into_iter().flatten();
    duplicates.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The ids that a deletion has to remove: the resource's own and those of its duplicates.
pub(super) fn all_ids(found: &Found) -> Vec<String> {
    [found.attribute("id").to_owned()].into_iter().chain(duplicates(found)).collect()
}

/// For a `create` that finds what an interrupted one made: brings it to what is desired.
pub(super) async fn complete<K: Kind>(
    kind: &K,
    aws: &Aws,
    id: &ResourceId,
    found: &Found,
) -> Result<(), KindError> {
    let changed = plan::changed_fields(&found.state, &json!(kind));
    if changed.is_empty() { Ok(()) } else { kind.update(aws, id, found, &changed).await }
}

/// For a `create` whose answer was lost: what it made all the same is completed; otherwise the
/// failure stands.
pub(super) async fn look_again<K: Kind>(
    kind: &K,
    aws: &Aws,
    id: &ResourceId,
    error: KindError,
) -> Result<(), KindError> {
    let uncertain = matches!(&error.source, Cause::Sdk(failure) if is_uncertain(failure));
    let found = if uncertain { kind.read(aws, id).await? } else { None };
    match found {
        Some(found) => complete(kind, aws, id, &found).await,
        None => Err(error),
    }
}

/// For fields that `changed` names.
pub(super) fn has(changed: &[String], field: &str) -> bool {
    changed.iter().any(|changed| changed == field)
}

/// Answers for the tests of the EC2 kinds.
#[cfg(test)]
pub(super) mod testing {
    use aws_sdk_ec2::types::Tag;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::tag;

    /// A refusal, in the form of EC2's own protocol.
    pub(crate) fn refusal(code: &str) -> HttpResponse {
        refusal_saying(code, "refused")
    }

    pub(crate) fn refusal_saying(code: &str, message: &str) -> HttpResponse {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let body = format!("<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>");
        HttpResponse::new(StatusCode::try_from(400).expect("a status of HTTP"), SdkBody::from(body))
    }

    /// The tags of a resource of stack `backup`.
    pub(crate) fn tagged(resource: &str) -> Option<Vec<Tag>> {
        let name = tag("Name", format!("backup-{resource}"));
        Some(vec![tag("efs-s3:stack", "backup"), tag("efs-s3:resource", resource), name])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::mocked;

    fn id() -> ResourceId {
        ResourceId::new("nat-gateway")
    }

    #[test]
    fn what_is_made_bears_our_tags_and_a_name() {
        let specification = tag_specification(&mocked::aws(), &id(), ResourceType::Natgateway);
        assert_eq!(specification.tags, testing::tagged("nat-gateway"));
        assert!(is_ours(&mocked::aws(), &id(), specification.tags()));
        assert!(!is_ours(&mocked::aws(), &ResourceId::new("vpc"), specification.tags()));
    }

    #[test]
    fn a_token_is_as_long_as_ec2_takes_and_follows_from_the_wish() {
        let aws = mocked::aws();
        let token = client_token(&aws, &id(), &("subnet-1", "eipalloc-1"), 0);
        assert_eq!(token.len(), 64);
        assert_eq!(token, client_token(&aws, &id(), &("subnet-1", "eipalloc-1"), 0));
        assert_ne!(token, client_token(&aws, &id(), &("subnet-1", "eipalloc-1"), 1));
        assert_ne!(token, client_token(&aws, &id(), &("subnet-1", "eipalloc-2"), 0));
        assert_ne!(
            token,
            client_token(&aws, &ResourceId::new("other"), &("subnet-1", "eipalloc-1"), 0)
        );
    }

    fn refused(code: &str) -> SdkFailure {
        let mut failure = SdkFailure::incomplete("id");
        failure.code = Some(code.to_owned());
        failure
    }

    #[tokio::test]
    async fn a_token_that_is_spent_is_followed_by_the_next() {
        for code in TOKEN_SPENT {
            let make = async |generation| match generation {
                0 => Err(refused(code)),
                later => Ok(format!("made-{later}")),
            };
            let lives = async |made: &str| Ok(made == "made-2");
            assert_eq!(
                make_by_token("making", &id(), make, lives).await.unwrap(),
                "made-2",
                "{code}"
            );
        }
        let denied = async |_| Err(refused("UnauthorizedOperation"));
        make_by_token("making", &id(), denied, async |_| Ok(true)).await.unwrap_err();
    }

    #[tokio::test]
    async fn of_several_the_first_in_use_stays() {
        for (found, used, expected) in [
            (vec![], "", None),
            (vec!["a"], "", Some(("a", vec![]))),
            (vec!["b", "a"], "", Some(("a", vec!["b"]))),
            (vec!["c", "b", "a"], "b", Some(("b", vec!["a", "c"]))),
        ] {
            let picked = pick(found, |id| id, async |id| Ok(*id == used)).await.unwrap();
            let expected = expected.map(|(id, others)| {
                (id, others.into_iter().map(str::to_owned).collect::<Vec<_>>())
            });
            assert_eq!(picked, expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_passes_with_time_is_called_again() {
        for (code, when_settled, when_removed) in [
            ("InvalidVpcID.NotFound", 2, 1),
            ("RequestLimitExceeded", 2, 1),
            ("DependencyViolation", 1, 2),
            ("UnauthorizedOperation", 1, 1),
        ] {
            let mut calls = 0;
            let mut fails_once = async || {
                calls += 1;
                if calls == 1 { Err(refused(code)) } else { Ok(()) }
            };
            drop(settled(&mut fails_once).await);
            assert_eq!(calls, when_settled, "{code}");
            calls = 0;
            let mut fails_once = async || {
                calls += 1;
                if calls == 1 { Err(refused(code)) } else { Ok(()) }
            };
            drop(removed(&mut fails_once).await);
            assert_eq!(calls, when_removed, "{code}");
        }
    }
}
