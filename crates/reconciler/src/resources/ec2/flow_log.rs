//! VPC flow log: the connections of a VPC, written to a log group.
//!
//! It can't be changed, only replaced. EC2 refuses a second flow log of the same VPC, traffic type
//! and destination (`FlowLogAlreadyExists`), and reports refusals of a single resource in a
//! response with status 200.
//!
//! An equal flow log without any tag occupies the place of the managed one: it is adopted by adding
//! our tags. Until then it shows a field `tagged`. The local cloud creates all flow logs without
//! tags.

mod live_state;

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    Filter, FlowLog as Described, FlowLogsResourceType, LogDestinationType, ResourceType,
    UnsuccessfulItem,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Aws;
use crate::kind_error::KindError;
use crate::reference::is_reference;
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};
use crate::resources::ec2::duplicates::{all_ids, duplicate_ids, keep_one};
use crate::resources::ec2::recovery::{complete_resource, contains_field};
use crate::resources::ec2::refusals::is_absent;
use crate::resources::ec2::retry::{delete_when_free, retry_until_settled, sent_once};
use crate::resources::ec2::tagging::{is_managed, new_filter, tag_filters, tag_specification};
use crate::wait::{self, IAM_PROPAGATION};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowLog {
    pub vpc_id: String,
    pub log_group_name: String,
    /// The role by which it writes.
    pub role_arn: String,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic_type: String,
    /// 60 or 600.
    pub max_aggregation_seconds: i32,
    /// Ids of duplicates with our tags, left by a call whose response was lost; desired: none.
    #[serde(default)]
    pub duplicates: Vec<String>,
}

impl ResourceKind for FlowLog {
    const NAME: &'static str = "VPC flow log";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeFlowLogs"],
        make: &["ec2:CreateFlowLogs"],
        change: &["ec2:CreateTags", "ec2:DeleteFlowLogs"],
        implied: &["iam:PassRole"],
    };
    const FORCE_NEW: &'static [&'static str] =
        &["vpc_id", "log_group_name", "role_arn", "traffic_type", "max_aggregation_seconds"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        let mut all = describe_flow_log(aws, id, tag_filters(aws, id)).await?;
        all.retain(|log| is_managed(aws, id, log.tags()));
        if all.is_empty() && !is_reference(&self.vpc_id) {
            all = describe_flow_log(aws, id, Some(vec![new_filter("resource-id", &self.vpc_id)]))
                .await?;
            all.retain(|log| {
                log.tags().is_empty() && self.state_of(log, Vec::new()) == json!(self)
            });
        }
        let in_our_vpc =
            async |log: &Described| Ok(log.resource_id() == Some(self.vpc_id.as_str()));
        let picked = keep_one(all, |log| log.flow_log_id().unwrap_or_default(), in_our_vpc).await?;
        Ok(picked.map(|(log, duplicates)| self.live_resource(&log, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return complete_resource(self, aws, id, &found).await;
        }
        // The role was just created.
        let made = wait::retry(IAM_PROPAGATION, is_role_unknown, async || {
            retry_until_settled(async || self.create_flow_log(aws, id).await).await
        });
        match made.await {
            // An earlier call whose response was lost created it; one that is not managed is left
            // unchanged.
            Err(failure) if exists_already(&failure) && self.read(aws, id).await?.is_some() => {}
            outcome => {
                outcome.map_err(KindError::doing("creating VPC flow log of", &self.vpc_id))?
            }
        }
        match self.read(aws, id).await? {
            Some(found) => complete_resource(self, aws, id, &found).await,
            None => Ok(()),
        }
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &LiveResource,
        changed: &[String],
    ) -> Result<(), KindError> {
        if contains_field(changed, "tagged") {
            let flow_log_id = found.attribute("id");
            let managed = tag_specification(aws, id, ResourceType::VpcFlowLog).tags;
            let tag = aws.ec2.create_tags().resources(flow_log_id).set_tags(managed);
            tag.send().await.map_err(KindError::doing("tagging VPC flow log", flow_log_id))?;
        }
        if contains_field(changed, "duplicates") {
            delete_flow_logs(aws, duplicate_ids(found)).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        delete_flow_logs(aws, all_ids(found)).await
    }
}

impl FlowLog {
    async fn create_flow_log(&self, aws: &Aws, id: &ResourceId) -> Result<(), SdkFailure> {
        let create = aws
            .ec2
            .create_flow_logs()
            .resource_type(FlowLogsResourceType::Vpc)
            .resource_ids(&self.vpc_id);
        let create = create.traffic_type(self.traffic_type.as_str().into());
        let create = create.max_aggregation_interval(self.max_aggregation_seconds);
        let create = create.log_destination_type(LogDestinationType::CloudWatchLogs);
        let create =
            create.log_group_name(&self.log_group_name).deliver_logs_permission_arn(&self.role_arn);
        let create =
            create.tag_specifications(tag_specification(aws, id, ResourceType::VpcFlowLog));
        let answer = create.customize().config_override(sent_once()).send().await?;
        first_refusal(answer.unsuccessful()).map_or(Ok(()), Err)
    }
}

async fn describe_flow_log(
    aws: &Aws,
    id: &ResourceId,
    filters: Option<Vec<Filter>>,
) -> Result<Vec<Described>, KindError> {
    let pages = aws.ec2.describe_flow_logs().set_filter(filters).into_paginator();
    pages
        .items()
        .send()
        .try_collect()
        .await
        .map_err(KindError::doing("reading VPC flow log", id.as_str()))
}

async fn delete_flow_logs(aws: &Aws, ids: Vec<String>) -> Result<(), KindError> {
    let name = ids.join(", ");
    let removed = delete_when_free(async || {
        let answer = aws.ec2.delete_flow_logs().set_flow_log_ids(Some(ids.clone())).send().await?;
        first_refusal(answer.unsuccessful()).map_or(Ok(()), Err)
    });
    removed.await.map_err(KindError::doing("deleting VPC flow log", &name))
}

/// The first refusal in a response with status 200. An absent resource counts only if nothing else
/// is refused.
fn first_refusal(items: &[UnsuccessfulItem]) -> Option<SdkFailure> {
    let failures = items.iter().filter_map(|item| {
        let error = item.error()?;
        let mut failure = SdkFailure::incomplete("success");
        failure.code = error.code().map(str::to_owned);
        failure.message = error.message().unwrap_or_default().to_owned();
        Some(failure)
    });
    failures.min_by_key(is_absent)
}

/// "Unable to assume given IAM role": EC2 does not know the role yet; terraform-provider-aws
/// retries the same.
fn is_role_unknown(failure: &SdkFailure) -> bool {
    failure.is(&["InvalidParameter"]) && failure.says("Unable to assume given IAM role")
}

fn exists_already(failure: &SdkFailure) -> bool {
    failure.is(&["FlowLogAlreadyExists"])
}

#[cfg(test)]
mod tests;
