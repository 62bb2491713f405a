//! Public NAT gateway: private subnets' way out, with an elastic IP address of its own.
//!
//! It takes minutes to come and to go, and stays visible as `deleted` or `failed` for about an hour
//! (Amazon VPC user guide, "NAT gateways"). One that an interrupted run left `pending` shows a
//! field `state`, so that it is waited for.

use std::collections::{BTreeMap, BTreeSet};

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    ConnectivityType, NatGateway as Described, NatGatewayState, ResourceType,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::client_token::{client_token, make_by_token};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::refusals::none_if_absent;
use crate::resources::ec2::retry::{becomes_visible, delete_when_free, sent_once, wait_until_gone};
use crate::resources::ec2::tagging::{is_managed, tag_filters, tag_specification};
use crate::wait::{self, NAT_GATEWAY_AVAILABLE};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NatGateway {
    /// A public subnet: one with a route to an internet gateway.
    pub subnet_id: String,
    /// `eipalloc-…`
    pub allocation_id: String,
    /// Others that a lost answer left; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for NatGateway {
    const NAME: &'static str = "NAT gateway";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeNatGateways"],
        make: &["ec2:CreateNatGateway"],
        change: &["ec2:DeleteNatGateway"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["subnet_id", "allocation_id"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let managed = listed(aws, id).await?.into_iter().filter(stays).collect();
        let available =
            async |gateway: &Described| Ok(gateway.state == Some(NatGatewayState::Available));
        Ok(keep_one(managed, id_of, available)
            .await?
            .map(|(gateway, duplicates)| self.found(&gateway, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let dead: BTreeSet<String> =
            listed(aws, id).await?.iter().map(|gateway| id_of(gateway).to_owned()).collect();
        let make = async |generation| self.make(aws, id, generation).await;
        let lives = async |made: &str| {
            if dead.contains(made) { Ok(false) } else { await_available(aws, made).await }
        };
        match make_by_token("creating NAT gateway", id, make, lives).await {
            Ok(_) => Ok(()),
            Err(error) => adopt_after_lost_response(self, aws, id, error).await,
        }
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        for duplicate in duplicate_ids(found) {
            delete_one(aws, &duplicate).await?;
        }
        let gateway_id = found.attribute("id");
        if contains_field(changed, "state") && !await_available(aws, gateway_id).await? {
            return Err(waiting(gateway_id)(Cause::Other("it was deleted meanwhile".to_owned())));
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for gateway_id in all_ids(found) {
            delete_one(aws, &gateway_id).await?;
        }
        Ok(())
    }
}

impl NatGateway {
    async fn make(
        &self,
        aws: &Aws,
        id: &ResourceId,
        generation: u32,
    ) -> Result<String, SdkFailure> {
        let create = aws
            .ec2
            .create_nat_gateway()
            .subnet_id(&self.subnet_id)
            .allocation_id(&self.allocation_id);
        let create = create.connectivity_type(ConnectivityType::Public);
        let create =
            create.tag_specifications(tag_specification(aws, id, ResourceType::Natgateway));
        let token = client_token(aws, id, &(&self.subnet_id, &self.allocation_id), generation);
        let create = create.client_token(token).customize().config_override(sent_once());
        let gateway = create.send().await?.nat_gateway;
        let gateway_id = gateway.and_then(|gateway| gateway.nat_gateway_id);
        gateway_id.ok_or_else(|| SdkFailure::incomplete("id of the NAT gateway"))
    }

    fn found(&self, gateway: &Described, duplicates: Vec<String>) -> LiveResource {
        let subnet_id = gateway.subnet_id().unwrap_or_default().to_owned();
        let allocation_id = self.allocation_of(gateway);
        let mut state = json!(Self { subnet_id, allocation_id, duplicates });
        if gateway.state == Some(NatGatewayState::Pending) {
            state["state"] = json!(NatGatewayState::Pending.as_str());
        }
        let attributes = BTreeMap::from([("id".to_owned(), id_of(gateway).to_owned())]);
        LiveResource { state, attributes, managed: true }
    }

    /// While the answer has no address it says nothing against the one that is desired.
    fn allocation_of(&self, gateway: &Described) -> String {
        let address = gateway
            .nat_gateway_addresses()
            .iter()
            .find_map(|address| address.allocation_id.clone());
        let desired = || {
            if is_reference(&self.allocation_id) {
                String::new()
            } else {
                self.allocation_id.clone()
            }
        };
        address.unwrap_or_else(desired)
    }
}

fn id_of(gateway: &Described) -> &str {
    gateway.nat_gateway_id().unwrap_or_default()
}

fn stays(gateway: &Described) -> bool {
    matches!(gateway.state, Some(NatGatewayState::Pending | NatGatewayState::Available))
}

/// All of ours, those that are gone or failed too.
async fn listed(aws: &Aws, id: &ResourceId) -> Result<Vec<Described>, KindError> {
    let pages = aws.ec2.describe_nat_gateways().set_filter(tag_filters(aws, id)).into_paginator();
    let listed = pages.items().send().try_collect().await;
    let listed = listed.map_err(KindError::doing("listing NAT gateways for", id.as_str()))?;
    Ok(listed.into_iter().filter(|gateway| is_managed(aws, id, gateway.tags())).collect())
}

/// `true` when it can be used, `false` when it is none: deleted long ago, and only its client token
/// is remembered.
async fn await_available(aws: &Aws, gateway_id: &str) -> Result<bool, KindError> {
    if !becomes_visible(async || described(aws, gateway_id).await).await? {
        return Ok(false);
    }
    let settled = wait::until(NAT_GATEWAY_AVAILABLE, async || {
        let Some(gateway) = described(aws, gateway_id).await?.pop() else { return Ok(Some(false)) };
        match gateway.state() {
            Some(NatGatewayState::Available) => Ok(Some(true)),
            Some(NatGatewayState::Pending) | None => Ok(None),
            Some(NatGatewayState::Failed) => {
                Err(waiting(gateway_id)(Cause::Other(failure_of(&gateway))))
            }
            _ => Ok(Some(false)),
        }
    });
    let minutes = NAT_GATEWAY_AVAILABLE.as_secs() / 60;
    let never = || {
        Cause::Other(format!("it is pending for {minutes} minutes; the next apply goes on waiting"))
    };
    settled.await?.ok_or_else(|| waiting(gateway_id)(never()))
}

/// `Gateway.NotAttached: Network vpc-… has no Internet gateway attached`
fn failure_of(gateway: &Described) -> String {
    let (code, message) = (gateway.failure_code(), gateway.failure_message());
    format!("{}: {}", code.unwrap_or("it failed"), message.unwrap_or("no reason given"))
}

fn waiting(gateway_id: &str) -> impl FnOnce(Cause) -> KindError {
    KindError::doing("waiting for NAT gateway", gateway_id)
}

async fn described(aws: &Aws, gateway_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_nat_gateways().nat_gateway_ids(gateway_id).send().await;
    let answer = answer.map(|answer| answer.nat_gateways.unwrap_or_default());
    none_if_absent(answer).map_err(KindError::doing("describing NAT gateway", gateway_id))
}

/// Its address and its subnet can go only when it is gone.
async fn delete_one(aws: &Aws, gateway_id: &str) -> Result<(), KindError> {
    let delete = aws.ec2.delete_nat_gateway().nat_gateway_id(gateway_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting NAT gateway", gateway_id))?;
    wait_until_gone("deleting NAT gateway", gateway_id, async || {
        let mut left = described(aws, gateway_id).await?;
        left.retain(|gateway| gateway.state != Some(NatGatewayState::Deleted));
        Ok(left)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::create_nat_gateway::CreateNatGatewayOutput;
    use aws_sdk_ec2::operation::delete_nat_gateway::DeleteNatGatewayOutput;
    use aws_sdk_ec2::operation::describe_nat_gateways::DescribeNatGatewaysOutput;
    use aws_sdk_ec2::types::NatGatewayAddress;
    use aws_smithy_mocks::{Rule, mock};
    use tokio::time::Instant;

    use super::NatGatewayState::{Available, Deleted, Deleting, Failed, Pending};
    use super::*;
    use crate::diff::changed_fields;
    use crate::resources::ec2::testing::{refusal, tagged};
    use crate::testing::mocked::{self, client};

    fn desired() -> NatGateway {
        NatGateway {
            subnet_id: "subnet-1".into(),
            allocation_id: "eipalloc-1".into(),
            duplicates: Vec::new(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("nat-gateway")
    }

    fn described(gateway_id: &str, state: NatGatewayState) -> Described {
        let address = NatGatewayAddress::builder().allocation_id("eipalloc-1").build();
        let gateway =
            Described::builder().nat_gateway_id(gateway_id).subnet_id("subnet-1").state(state);
        gateway.nat_gateway_addresses(address).set_tags(tagged("nat-gateway")).build()
    }

    fn answer(gateways: Vec<Described>) -> DescribeNatGatewaysOutput {
        DescribeNatGatewaysOutput::builder().set_nat_gateways(Some(gateways)).build()
    }

    fn lists(gateways: Vec<Described>) -> Rule {
        let by_tags = mock!(Client::describe_nat_gateways)
            .match_requests(|request| request.nat_gateway_ids().is_empty());
        by_tags.then_output(move || answer(gateways.clone()))
    }

    /// What a description by id answers, in turn.
    fn becomes(gateway_id: &'static str, states: &[NatGatewayState]) -> Rule {
        let by_id = mock!(Client::describe_nat_gateways)
            .match_requests(move |request| request.nat_gateway_ids() == [gateway_id]);
        let states = states.to_vec();
        let calls = Mutex::new(0);
        by_id.then_compute_output(move |_| {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            answer(
                states
                    .get(*calls - 1)
                    .or(states.last())
                    .map(|state| described(gateway_id, state.clone()))
                    .into_iter()
                    .collect(),
            )
        })
    }

    /// Answers the ids in turn; remembers the tokens.
    fn creates(gateway_ids: &'static [&'static str]) -> (Rule, Arc<Mutex<Vec<String>>>) {
        let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = tokens.clone();
        let tagged =
            |request: &aws_sdk_ec2::operation::create_nat_gateway::CreateNatGatewayInput| {
                request.tag_specifications()[0].tags == tagged("nat-gateway")
            };
        let create = mock!(Client::create_nat_gateway).match_requests(tagged).then_compute_output(
            move |request| {
                let mut seen = seen.lock().unwrap();
                seen.push(request.client_token().unwrap_or_default().to_owned());
                CreateNatGatewayOutput::builder()
                    .nat_gateway(described(gateway_ids[seen.len() - 1], Pending))
                    .build()
            },
        );
        (create, tokens)
    }

    async fn read(gateways: Vec<Described>) -> Option<LiveResource> {
        let aws = Aws { ec2: client!(aws_sdk_ec2, &lists(gateways)), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired_and_the_dead_are_absent() {
        let found =
            read(vec![described("nat-0", Deleted), described("nat-1", Available)]).await.unwrap();
        assert_eq!((found.state.clone(), found.attribute("id")), (json!(desired()), "nat-1"));
        for state in [Deleted, Deleting, Failed] {
            assert_eq!(read(vec![described("nat-1", state)]).await, None);
        }
    }

    #[tokio::test]
    async fn an_answer_without_an_address_says_nothing_against_ours() {
        let mut without = described("nat-1", Available);
        without.nat_gateway_addresses = None;
        assert_eq!(desired().allocation_of(&without), "eipalloc-1");
        let unknown = NatGateway { allocation_id: "${nat-address.id}".into(), ..desired() };
        assert_eq!(unknown.allocation_of(&without), "");
    }

    #[tokio::test(start_paused = true)]
    async fn create_waits_until_it_is_available_and_repeated_makes_no_second() {
        let ((create, tokens), becomes) =
            (creates(&["nat-1"]), becomes("nat-1", &[Pending, Pending, Available]));
        let aws = |gateways| Aws {
            ec2: client!(aws_sdk_ec2, &lists(gateways), &create, &becomes),
            ..mocked::aws()
        };
        desired().create(&aws(vec![]), &id()).await.unwrap();
        assert_eq!((create.num_calls(), becomes.num_calls()), (1, 3));
        let fields = ("subnet-1", "eipalloc-1");
        assert_eq!(*tokens.lock().unwrap(), [client_token(&mocked::aws(), &id(), &fields, 0)]);
        desired().create(&aws(vec![described("nat-1", Available)]), &id()).await.unwrap();
        desired().create(&aws(vec![described("nat-1", Pending)]), &id()).await.unwrap();
        assert_eq!((create.num_calls(), becomes.num_calls()), (1, 5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_answers_with_a_dead_one_is_left_for_the_next() {
        let (create, tokens) = creates(&["nat-0", "nat-1", "nat-2", "nat-3"]);
        let forgotten = mock!(Client::describe_nat_gateways)
            .match_requests(|request| request.nat_gateway_ids() == ["nat-1"])
            .then_http_response(|| refusal("NatGatewayNotFound"));
        let (deleted, alive) = (becomes("nat-2", &[Deleted]), becomes("nat-3", &[Available]));
        let failed = lists(vec![described("nat-0", Failed)]);
        let ec2 = client!(aws_sdk_ec2, &failed, &create, &forgotten, &deleted, &alive);
        desired().create(&Aws { ec2, ..mocked::aws() }, &id()).await.unwrap();
        assert_eq!(tokens.lock().unwrap().iter().collect::<BTreeSet<_>>().len(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_says_why() {
        let mut why = described("nat-1", Failed);
        why.failure_code = Some("Gateway.NotAttached".into());
        why.failure_message = Some("Network vpc-1 has no Internet gateway attached".into());
        let fails = mock!(Client::describe_nat_gateways)
            .match_requests(|request| !request.nat_gateway_ids().is_empty())
            .then_output(move || answer(vec![why.clone()]));
        let (create, _) = creates(&["nat-1"]);
        let aws =
            Aws { ec2: client!(aws_sdk_ec2, &lists(vec![]), &create, &fails), ..mocked::aws() };
        let error = desired().create(&aws, &id()).await.unwrap_err();
        insta::assert_snapshot!(
            aws::failure::chain(&error),
            @"waiting for NAT gateway `nat-1`: Gateway.NotAttached: Network vpc-1 has no Internet gateway attached"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_was_left_pending_is_waited_for_but_not_for_ever() {
        let found = read(vec![described("nat-1", Pending)]).await.unwrap();
        assert_eq!(changed_fields(&found.state, &json!(desired())), ["state"]);
        let aws = Aws { ec2: client!(aws_sdk_ec2, &becomes("nat-1", &[Pending])), ..mocked::aws() };
        let begun = Instant::now();
        let error = desired().update(&aws, &id(), &found, &["state".into()]).await.unwrap_err();
        assert_eq!(
            (error.to_string(), begun.elapsed()),
            ("waiting for NAT gateway `nat-1`".into(), NAT_GATEWAY_AVAILABLE)
        );
    }

    fn deletes(gateway_id: &'static str) -> Rule {
        mock!(Client::delete_nat_gateway)
            .match_requests(move |request| request.nat_gateway_id() == Some(gateway_id))
            .then_output(|| DeleteNatGatewayOutput::builder().build())
    }

    #[tokio::test(start_paused = true)]
    async fn duplicates_are_deleted_and_a_pending_one_is_the_duplicate() {
        let found =
            read(vec![described("nat-1", Pending), described("nat-2", Available)]).await.unwrap();
        assert_eq!((found.attribute("id"), duplicate_ids(&found)), ("nat-2", vec!["nat-1".into()]));
        let delete = deletes("nat-1");
        let aws = Aws {
            ec2: client!(aws_sdk_ec2, &delete, &becomes("nat-1", &[Deleting, Deleted])),
            ..mocked::aws()
        };
        desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn delete_returns_when_it_is_gone_and_one_that_is_gone_is_deleted_already() {
        let found = read(vec![described("nat-1", Available)]).await.unwrap();
        let (delete, states) = (deletes("nat-1"), becomes("nat-1", &[Deleting, Deleting, Deleted]));
        let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &states), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
        assert_eq!((delete.num_calls(), states.num_calls()), (1, 3));

        let gone =
            mock!(Client::delete_nat_gateway).then_http_response(|| refusal("NatGatewayNotFound"));
        let none = mock!(Client::describe_nat_gateways)
            .then_http_response(|| refusal("NatGatewayNotFound"));
        let aws = Aws { ec2: client!(aws_sdk_ec2, &gone, &none), ..mocked::aws() };
        desired().delete(&aws, &found).await.unwrap();
    }
}
