//! Route table with its routes and its associated subnets.
//!
//! Routes that are not managed are left out: the route within the VPC, those of gateway endpoints
//! (prefix lists), and propagated ones.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::types::{ResourceType, RouteTable as Described};
use serde::{Deserialize, Serialize};

use self::describe::describe_route_table;
use crate::Aws;
use crate::kind_error::KindError;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::client_token::{client_token, make_by_token};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{
    adopt_after_lost_response, complete_resource, contains_field,
};
use crate::resources::ec2::retry::{becomes_visible, delete_when_free, sent_once, wait_until_gone};
use crate::resources::ec2::tagging::{is_managed, tag_filters, tag_specification};

mod association;
mod describe;
mod route;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouteTable {
    pub vpc_id: String,
    /// By destination, `0.0.0.0/0`: `igw-…` or `nat-…`. A route that leads nowhere reads `nat-…
    /// (blackhole)`.
    pub routes: BTreeMap<String, String>,
    /// In any order.
    pub subnet_ids: Vec<String>,
    /// Ids of duplicates, left by a call whose response was lost; desired: none.
    pub duplicates: Vec<String>,
}

impl ResourceKind for RouteTable {
    const NAME: &'static str = "route table";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeRouteTables"],
        make: &["ec2:CreateRouteTable"],
        change: &[
            "ec2:AssociateRouteTable",
            "ec2:CreateRoute",
            "ec2:DeleteRoute",
            "ec2:DeleteRouteTable",
            "ec2:DisassociateRouteTable",
            "ec2:ReplaceRoute",
            "ec2:ReplaceRouteTableAssociation",
        ],
        implied: &["ec2:CreateTags"],
    };
    const FORCE_NEW: &'static [&'static str] = &["vpc_id"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let pages =
            aws.ec2.describe_route_tables().set_filters(tag_filters(aws, id)).into_paginator();
        let listed = pages.items().send().try_collect().await;
        let listed: Vec<Described> =
            listed.map_err(KindError::doing("listing route tables for", id.as_str()))?;
        let managed =
            listed.into_iter().filter(|table| is_managed(aws, id, table.tags())).collect();
        let associated =
            async |table: &Described| Ok(!association::subnet_associations(table).is_empty());
        Ok(keep_one(managed, id_of, associated)
            .await?
            .map(|(table, duplicates)| self.live_resource(&table, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        let make = async |generation| self.create_route_table(aws, id, generation).await;
        let lives = async |made: &str| {
            becomes_visible(async || describe_route_table(aws, made).await).await
        };
        let table_id = match make_by_token("creating route table", id, make, lives).await {
            Ok(table_id) => table_id,
            Err(error) => return adopt_after_lost_response(self, aws, id, error).await,
        };
        self.put_routes(aws, &table_id, &BTreeMap::new()).await?;
        self.associate_subnets(aws, &table_id).await
    }

    async fn update(
        &self,
        aws: &Aws,
        _id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        let table_id = found.attribute("id");
        if contains_field(changed, "routes") {
            let now = serde_json::from_value(found.state["routes"].clone()).unwrap_or_default();
            self.put_routes(aws, table_id, &now).await?;
        }
        if contains_field(changed, "subnet_ids") {
            self.associate_subnets(aws, table_id).await?;
        }
        for duplicate in duplicate_ids(found) {
            delete_one(aws, &duplicate).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        for table_id in all_ids(found) {
            delete_one(aws, &table_id).await?;
        }
        Ok(())
    }
}

impl RouteTable {
    async fn create_route_table(
        &self,
        aws: &Aws,
        id: &ResourceId,
        generation: u32,
    ) -> Result<String, SdkFailure> {
        let tags = tag_specification(aws, id, ResourceType::RouteTable);
        let create = aws.ec2.create_route_table().vpc_id(&self.vpc_id).tag_specifications(tags);
        let token = client_token(aws, id, &self.vpc_id, generation);
        let create = create.client_token(token).customize().config_override(sent_once());
        let table = create.send().await?.route_table;
        let table_id = table.and_then(|table| table.route_table_id);
        table_id.ok_or_else(|| SdkFailure::incomplete("id of the route table"))
    }

    /// Changes the live routes into the desired ones.
    async fn put_routes(
        &self,
        aws: &Aws,
        table_id: &str,
        now: &BTreeMap<String, String>,
    ) -> Result<(), KindError> {
        for (destination, target) in &self.routes {
            match now.get(destination) {
                Some(same) if same == target => {}
                Some(_) => route::replace_route(aws, table_id, destination, target).await?,
                None => route::create_route(aws, table_id, destination, target).await?,
            }
        }
        for surplus in now.keys().filter(|destination| !self.routes.contains_key(*destination)) {
            route::delete_route(aws, table_id, surplus).await?;
        }
        Ok(())
    }

    /// Associates the desired subnets with the table.
    async fn associate_subnets(&self, aws: &Aws, table_id: &str) -> Result<(), KindError> {
        for subnet_id in &self.subnet_ids {
            association::create_association(aws, table_id, subnet_id).await?;
        }
        for table in describe_route_table(aws, table_id).await? {
            for (association_id, subnet_id) in association::subnet_associations(&table) {
                if !self.subnet_ids.contains(&subnet_id) {
                    association::remove_association(aws, &association_id).await?;
                }
            }
        }
        Ok(())
    }
}

fn id_of(table: &Described) -> &str {
    table.route_table_id().unwrap_or_default()
}

/// A table that subnets follow can't be deleted.
async fn delete_one(aws: &Aws, table_id: &str) -> Result<(), KindError> {
    for table in describe_route_table(aws, table_id).await? {
        for (association_id, _) in association::subnet_associations(&table) {
            association::remove_association(aws, &association_id).await?;
        }
    }
    let delete = aws.ec2.delete_route_table().route_table_id(table_id);
    let removed = delete_when_free(async || Ok(delete.clone().send().await?)).await;
    removed.map_err(KindError::doing("deleting route table", table_id))?;
    wait_until_gone("deleting route table", table_id, async || {
        describe_route_table(aws, table_id).await
    })
    .await
}

#[cfg(test)]
mod tests;
