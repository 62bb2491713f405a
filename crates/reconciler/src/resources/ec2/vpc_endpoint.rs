//! Gateway VPC endpoint: the way to S3 that leads past the NAT gateway, as routes in route tables.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    ResourceType, UnsuccessfulItem, VpcEndpoint as Described, VpcEndpointType,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::diff::in_order_of;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::client_token::{client_token, make_by_token};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::refusals::{is_absent_code, none_if_absent};
use crate::resources::ec2::retry::{
    becomes_visible, retry_until_settled, sent_once, wait_until_gone,
};
use crate::resources::ec2::tagging::{is_managed, tag_filters, tag_specification};
use crate::{Aws, policy_document};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    pub vpc_id: String,
    /// `com.amazonaws.eu-central-1.s3`
    pub service_name: String,
    /// In any order.
    pub route_table_ids: Vec<String>,
    /// What may be done through it.
    pub policy: Value,
    /// Others that a lost answer left; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for VpcEndpoint {
    const NAME: &'static str = "VPC endpoint";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeVpcEndpoints"],
        make: &["ec2:CreateVpcEndpoint"],
        change: &["ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint"],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["vpc_id", "service_name"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let pages =
            aws.ec2.describe_vpc_endpoints().set_filters(tag_filters(aws, id)).into_paginator();
        let listed = pages.items().send().try_collect().await;
        let listed: Vec<Described> =
            listed.map_err(KindError::doing("listing VPC endpoints for", id.as_str()))?;
        let is_ours =
            |endpoint: &Described| stays(endpoint) && is_managed(aws, id, endpoint.tags());
        let routed = async |endpoint: &Described| Ok(!endpoint.route_table_ids().is_empty());
        let picked = keep_one(listed.into_iter().filter(is_ours).collect(), id_of, routed).await?;
        Ok(picked.map(|(endpoint, duplicates)| self.found(aws, &endpoint, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let make = async |generation| self.make(aws, id, generation).await;
        let lives = async |made: &str| becomes_visible(async || described(aws, made).await).await;
        match make_by_token("creating VPC endpoint", id, make, lives).await {
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
        // First, because a route table takes one endpoint of a service.
        let duplicates = duplicate_ids(found);
        delete_all(aws, &duplicates).await?;
        let (routes, policy) =
            (contains_field(changed, "route_table_ids"), contains_field(changed, "policy"));
        if !routes && !policy {
            return Ok(());
        }
        let endpoint_id = found.attribute("id");
        let mut modify = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint_id);
        if routes {
            let (added, removed) = self.routing(&found.state);
            modify = modify.set_add_route_table_ids(added).set_remove_route_table_ids(removed);
        }
        if policy {
            modify = modify.policy_document(self.policy.to_string());
        }
        let sent = retry_until_settled(async || Ok(modify.clone().send().await?)).await;
        sent.map(drop).map_err(KindError::doing("changing VPC endpoint", endpoint_id))
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        delete_all(aws, &all_ids(found)).await
    }
}

impl VpcEndpoint {
    async fn make(
        &self,
        aws: &Aws,
        id: &ResourceId,
        generation: u32,
    ) -> Result<String, SdkFailure> {
        let create =
            aws.ec2.create_vpc_endpoint().vpc_id(&self.vpc_id).service_name(&self.service_name);
        let create = create
            .vpc_endpoint_type(VpcEndpointType::Gateway)
            .policy_document(self.policy.to_string());
        let create = create.set_route_table_ids(Some(self.route_table_ids.clone()));
        let create =
            create.tag_specifications(tag_specification(aws, id, ResourceType::VpcEndpoint));
        let create = create.client_token(client_token(aws, id, self, generation));
        let made = create.customize().config_override(sent_once()).send().await?.vpc_endpoint;
        let endpoint_id = made.and_then(|endpoint| endpoint.vpc_endpoint_id);
        endpoint_id.ok_or_else(|| SdkFailure::incomplete("id of the VPC endpoint"))
    }

    fn found(&self, aws: &Aws, endpoint: &Described, duplicates: Vec<String>) -> LiveResource {
        let endpoint_id = id_of(endpoint);
        let state = json!(Self {
            vpc_id: endpoint.vpc_id().unwrap_or_default().to_owned(),
            service_name: endpoint.service_name().unwrap_or_default().to_owned(),
            route_table_ids: in_order_of(
                &self.route_table_ids,
                endpoint.route_table_ids().to_vec()
            ),
            policy: self.policy_of(endpoint),
            duplicates,
        });
        let arn = aws.names.regional_arn("ec2", &format!("vpc-endpoint/{endpoint_id}"));
        let attributes =
            BTreeMap::from([("id".to_owned(), endpoint_id.to_owned()), ("arn".to_owned(), arn)]);
        LiveResource { state, attributes, managed: true }
    }

    /// EC2 always answers a gateway endpoint's policy; an answer without one says nothing against
    /// the one that is desired.
    fn policy_of(&self, endpoint: &Described) -> Value {
        let read = |document| policy_document::parse(&self.policy, document);
        endpoint.policy_document().map_or_else(|| self.policy.clone(), read)
    }

    /// Route tables to add and to remove; `None` where there are none.
    fn routing(&self, found: &Value) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let now: Vec<String> =
            serde_json::from_value(found["route_table_ids"].clone()).unwrap_or_default();
        let without = |some: &[String], others: &[String]| {
            let left: Vec<String> =
                some.iter().filter(|id| !others.contains(id)).cloned().collect();
            (!left.is_empty()).then_some(left)
        };
        (without(&self.route_table_ids, &now), without(&now, &self.route_table_ids))
    }
}

fn id_of(endpoint: &Described) -> &str {
    endpoint.vpc_endpoint_id().unwrap_or_default()
}

/// EC2 answers the state in lower case, though its own model has it capitalised.
fn stays(endpoint: &Described) -> bool {
    let state =
        endpoint.state().map(|state| state.as_str().to_ascii_lowercase()).unwrap_or_default();
    !["deleting", "deleted", "failed", "rejected", "expired"].contains(&state.as_str())
}

async fn described(aws: &Aws, endpoint_id: &str) -> Result<Vec<Described>, KindError> {
    let answer = aws.ec2.describe_vpc_endpoints().vpc_endpoint_ids(endpoint_id).send().await;
    let answer = answer
        .map(|answer| answer.vpc_endpoints.unwrap_or_default().into_iter().filter(stays).collect());
    none_if_absent(answer).map_err(KindError::doing("describing VPC endpoint", endpoint_id))
}

/// The call answers 200 and lists what it could not delete.
async fn delete_all(aws: &Aws, endpoint_ids: &[String]) -> Result<(), KindError> {
    let doing = "deleting VPC endpoint";
    for endpoint_id in endpoint_ids {
        let answer = aws.ec2.delete_vpc_endpoints().vpc_endpoint_ids(endpoint_id).send().await;
        let answer = answer.map_err(KindError::doing(doing, endpoint_id))?;
        if let Some(refused) = answer.unsuccessful().iter().find_map(refusal) {
            return Err(KindError::doing(doing, endpoint_id)(Cause::Other(refused)));
        }
        wait_until_gone(doing, endpoint_id, async || described(aws, endpoint_id).await).await?;
    }
    Ok(())
}

/// Why it was not deleted; none when it is gone already.
fn refusal(item: &UnsuccessfulItem) -> Option<String> {
    let error = item.error()?;
    let code = error.code().unwrap_or_default();
    (!is_absent_code(code)).then(|| format!("{code}: {}", error.message().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::create_vpc_endpoint::CreateVpcEndpointOutput;
    use aws_sdk_ec2::operation::delete_vpc_endpoints::DeleteVpcEndpointsOutput;
    use aws_sdk_ec2::operation::describe_vpc_endpoints::DescribeVpcEndpointsOutput;
    use aws_sdk_ec2::operation::modify_vpc_endpoint::ModifyVpcEndpointOutput;
    use aws_sdk_ec2::types::UnsuccessfulItemError;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::resources::ec2::testing::{refusal as refused, tagged};
    use crate::testing::mocked::{self, client};

    fn desired() -> VpcEndpoint {
        VpcEndpoint {
            vpc_id: "vpc-1".into(),
            service_name: "com.amazonaws.eu-central-1.s3".into(),
            route_table_ids: vec!["rtb-2".into(), "rtb-1".into()],
            policy: json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}),
            duplicates: Vec::new(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("s3-endpoint")
    }

    fn described(endpoint_id: &str, route_table_ids: &[&str], state: &str) -> Described {
        let tables = route_table_ids.iter().map(|&id| id.to_owned()).collect();
        let endpoint =
            Described::builder().vpc_endpoint_id(endpoint_id).vpc_id("vpc-1").state(state.into());
        let endpoint = endpoint
            .service_name("com.amazonaws.eu-central-1.s3")
            .set_route_table_ids(Some(tables));
        endpoint
            .policy_document(desired().policy.to_string())
            .set_tags(tagged("s3-endpoint"))
            .build()
    }

    fn describes(endpoints: Vec<Described>) -> Rule {
        mock!(Client::describe_vpc_endpoints).then_output(move || {
            DescribeVpcEndpointsOutput::builder().set_vpc_endpoints(Some(endpoints.clone())).build()
        })
    }

    async fn read(endpoints: Vec<Described>) -> Option<LiveResource> {
        let aws = Aws { ec2: client!(aws_sdk_ec2, &describes(endpoints)), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    fn usual() -> Described {
        described("vpce-1", &["rtb-1", "rtb-2"], "available")
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired_whatever_the_order_of_its_route_tables() {
        let found = read(vec![usual()]).await.unwrap();
        assert_eq!(found.state, json!(desired()));
        assert_eq!(
            found.attribute("arn"),
            "arn:aws:ec2:eu-central-1:111122223333:vpc-endpoint/vpce-1"
        );
        let found = read(vec![
            Described::builder().set_policy_document(None).set_tags(tagged("s3-endpoint")).build(),
        ]);
        assert_eq!(found.await.unwrap().state["policy"], desired().policy);
    }

    #[tokio::test]
    async fn what_goes_or_is_anothers_is_absent() {
        for state in ["deleting", "Deleted", "failed"] {
            assert_eq!(read(vec![described("vpce-1", &[], state)]).await, None, "{state}");
        }
        let mut anothers = usual();
        anothers.tags = tagged("another");
        assert_eq!(read(vec![anothers]).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn create_is_by_token_and_repeated_makes_no_second() {
        let create = mock!(Client::create_vpc_endpoint)
            .match_requests(|request| {
                let token = client_token(&mocked::aws(), &id(), &desired(), 0);
                let policy =
                    request.policy_document() == Some(desired().policy.to_string().as_str());
                let tags = request.tag_specifications()[0].tags == tagged("s3-endpoint");
                policy && tags && request.client_token() == Some(token.as_str())
            })
            .then_output(|| CreateVpcEndpointOutput::builder().vpc_endpoint(usual()).build());
        let none = mock!(Client::describe_vpc_endpoints)
            .match_requests(|request| request.vpc_endpoint_ids().is_empty())
            .then_output(|| DescribeVpcEndpointsOutput::builder().build());
        let aws = Aws {
            ec2: client!(aws_sdk_ec2, &none, &create, &describes(vec![usual()])),
            ..mocked::aws()
        };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!(create.num_calls(), 1);
        let aws =
            Aws { ec2: client!(aws_sdk_ec2, &create, &describes(vec![usual()])), ..mocked::aws() };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!(create.num_calls(), 1);
    }

    #[tokio::test]
    async fn only_what_differs_is_changed_in_place() {
        let found =
            read(vec![described("vpce-1", &["rtb-1", "rtb-3"], "available")]).await.unwrap();
        let routes = mock!(Client::modify_vpc_endpoint)
            .match_requests(|request| {
                let tables = (request.add_route_table_ids(), request.remove_route_table_ids());
                tables == (&["rtb-2".to_owned()], &["rtb-3".to_owned()])
                    && request.policy_document().is_none()
            })
            .then_output(|| ModifyVpcEndpointOutput::builder().build());
        let policy = mock!(Client::modify_vpc_endpoint)
            .match_requests(|request| {
                request.policy_document().is_some() && request.add_route_table_ids().is_empty()
            })
            .then_output(|| ModifyVpcEndpointOutput::builder().build());
        let aws = Aws { ec2: client!(aws_sdk_ec2, &routes, &policy), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["route_table_ids".into()]).await.unwrap();
        desired().update(&aws, &id(), &found, &["policy".into()]).await.unwrap();
        assert_eq!((routes.num_calls(), policy.num_calls()), (1, 1));
    }

    /// Deletes one endpoint; answers what it could not delete for this reason.
    fn deletes(endpoint_id: &'static str, refused: Option<&'static str>) -> Rule {
        let delete = mock!(Client::delete_vpc_endpoints)
            .match_requests(move |request| request.vpc_endpoint_ids() == [endpoint_id]);
        delete.then_output(move || {
            let error = refused
                .map(|code| UnsuccessfulItemError::builder().code(code).message("refused").build());
            let items = error.map(|error| vec![UnsuccessfulItem::builder().error(error).build()]);
            DeleteVpcEndpointsOutput::builder().set_unsuccessful(items).build()
        })
    }

    #[tokio::test]
    async fn the_one_with_routes_stays_and_the_others_are_deleted() {
        let found = read(vec![described("vpce-0", &[], "available"), usual()]).await.unwrap();
        assert_eq!(
            (found.attribute("id"), duplicate_ids(&found)),
            ("vpce-1", vec!["vpce-0".into()])
        );
        let delete = deletes("vpce-0", None);
        let gone = describes(vec![described("vpce-0", &[], "deleting")]);
        let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &gone), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test]
    async fn one_that_is_gone_is_deleted_already_and_a_refusal_within_the_answer_is_an_error() {
        let found = read(vec![usual()]).await.unwrap();
        let gone = mock!(Client::describe_vpc_endpoints)
            .then_http_response(|| refused("InvalidVpcEndpointId.NotFound"));
        let aws = |delete: Rule| Aws { ec2: client!(aws_sdk_ec2, &delete, &gone), ..mocked::aws() };
        desired()
            .delete(&aws(deletes("vpce-1", Some("InvalidVpcEndpoint.NotFound"))), &found)
            .await
            .unwrap();
        let error = desired()
            .delete(&aws(deletes("vpce-1", Some("OperationNotPermitted"))), &found)
            .await
            .unwrap_err();
        let text = aws::failure::chain(&error);
        insta::assert_snapshot!(text, @"deleting VPC endpoint `vpce-1`: OperationNotPermitted: refused");
    }
}
