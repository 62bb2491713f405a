//! VPC flow log: who talked to whom in the VPC, into a log group.
//!
//! It can't be changed, only replaced. EC2 refuses a second one of the same VPC, traffic and
//! destination (`FlowLogAlreadyExists`), and puts refusals that concern a single resource into an
//! answer that says 200.
//!
//! One that is just as desired but bears no tags at all stands where ours has to be: it is taken
//! over by giving it our tags. Until then it shows a field `tagged`. The local cloud makes all of
//! them so.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    Filter, FlowLog as Described, FlowLogsResourceType, LogDestinationType, ResourceType,
    UnsuccessfulItem,
};
use domain::arn::log_group_name;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Actions, Found, Kind, KindError, ec2, is_reference};
use crate::Aws;
use crate::graph::ResourceId;
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
    /// Ids of others with our tags, which an answer that was lost left behind; desired empty.
    #[serde(default)]
    pub duplicates: Vec<String>,
}

impl Kind for FlowLog {
    const NAME: &'static str = "VPC flow log";
    const ACTIONS: Actions = Actions {
        look: &["ec2:DescribeFlowLogs"],
        make: &["ec2:CreateFlowLogs"],
        change: &["ec2:CreateTags", "ec2:DeleteFlowLogs"],
        implied: &["iam:PassRole"],
    };
    const REPLACE_ON: &'static [&'static str] =
        &["vpc_id", "log_group_name", "role_arn", "traffic_type", "max_aggregation_seconds"];

    async fn read(&self, aws: &Aws, id: &ResourceId) -> Result<Option<Found>, KindError> {
        let mut all = described(aws, id, ec2::tag_filters(aws, id)).await?;
        all.retain(|log| ec2::is_ours(aws, id, log.tags()));
        if all.is_empty() && !is_reference(&self.vpc_id) {
            all = described(aws, id, Some(vec![ec2::filter("resource-id", &self.vpc_id)])).await?;
            all.retain(|log| {
                log.tags().is_empty() && self.state_of(log, Vec::new()) == json!(self)
            });
        }
        let in_our_vpc =
            async |log: &Described| Ok(log.resource_id() == Some(self.vpc_id.as_str()));
        let picked =
            ec2::pick(all, |log| log.flow_log_id().unwrap_or_default(), in_our_vpc).await?;
        Ok(picked.map(|(log, duplicates)| self.found(&log, duplicates)))
    }

    async fn create(&self, aws: &Aws, id: &ResourceId) -> Result<(), KindError> {
        if let Some(found) = self.read(aws, id).await? {
            return ec2::complete(self, aws, id, &found).await;
        }
        // The role was made a moment ago.
        let made = wait::retry(IAM_PROPAGATION, is_role_unknown, async || {
            ec2::settled(async || self.make(aws, id).await).await
        });
        match made.await {
            // An earlier call of ours whose reply was lost; one of somebody else is not touched.
            Err(failure)
                if failure.is(&["FlowLogAlreadyExists"]) && self.read(aws, id).await?.is_some() => {
            }
            outcome => {
                outcome.map_err(KindError::doing("creating VPC flow log of", &self.vpc_id))?
            }
        }
        match self.read(aws, id).await? {
            Some(found) => ec2::complete(self, aws, id, &found).await,
            None => Ok(()),
        }
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        found: &Found,
        changed: &[String],
    ) -> Result<(), KindError> {
        if ec2::has(changed, "tagged") {
            let flow_log_id = found.attribute("id");
            let ours = ec2::tag_specification(aws, id, ResourceType::VpcFlowLog).tags;
            let tag = aws.ec2.create_tags().resources(flow_log_id).set_tags(ours);
            tag.send().await.map_err(KindError::doing("tagging VPC flow log", flow_log_id))?;
        }
        if ec2::has(changed, "duplicates") {
            delete(aws, ec2::duplicates(found)).await?;
        }
        Ok(())
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        delete(aws, ec2::all_ids(found)).await
    }
}

impl FlowLog {
    fn found(&self, log: &Described, duplicates: Vec<String>) -> Found {
        let mut state = self.state_of(log, duplicates);
        if log.tags().is_empty() {
            state["tagged"] = json!(false);
        }
        let id = log.flow_log_id().unwrap_or_default().to_owned();
        Found { state, attributes: BTreeMap::from([("id".to_owned(), id)]), ours: true }
    }

    /// What the answer leaves out is as desired: EC2 always tells it, the local cloud does not.
    fn state_of(&self, log: &Described, duplicates: Vec<String>) -> Value {
        let log_group_name =
            log.log_group_name().or_else(|| log.log_destination().map(log_group_of));
        json!(Self {
            vpc_id: log.resource_id().unwrap_or_default().to_owned(),
            log_group_name: log_group_name.unwrap_or(&self.log_group_name).to_owned(),
            role_arn: log.deliver_logs_permission_arn().unwrap_or(&self.role_arn).to_owned(),
            traffic_type: log.traffic_type().map_or("", |traffic| traffic.as_str()).to_owned(),
            max_aggregation_seconds: log
                .max_aggregation_interval()
                .unwrap_or(self.max_aggregation_seconds),
            duplicates,
        })
    }

    async fn make(&self, aws: &Aws, id: &ResourceId) -> Result<(), SdkFailure> {
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
            create.tag_specifications(ec2::tag_specification(aws, id, ResourceType::VpcFlowLog));
        let answer = create.customize().config_override(ec2::sent_once()).send().await?;
        refused(answer.unsuccessful()).map_or(Ok(()), Err)
    }
}

async fn described(
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

async fn delete(aws: &Aws, ids: Vec<String>) -> Result<(), KindError> {
    let name = ids.join(", ");
    let removed = ec2::removed(async || {
        let answer = aws.ec2.delete_flow_logs().set_flow_log_ids(Some(ids.clone())).send().await?;
        refused(answer.unsuccessful()).map_or(Ok(()), Err)
    });
    removed.await.map_err(KindError::doing("deleting VPC flow log", &name))
}

/// The first refusal in an answer that says 200; that something is gone counts only if nothing else
/// is refused.
fn refused(items: &[UnsuccessfulItem]) -> Option<SdkFailure> {
    let failures = items.iter().filter_map(|item| {
        let error = item.error()?;
        let mut failure = SdkFailure::incomplete("success");
        failure.code = error.code().map(str::to_owned);
        failure.message = error.message().unwrap_or_default().to_owned();
        Some(failure)
    });
    failures.min_by_key(ec2::is_absent)
}

/// `arn:aws:logs:<region>:<account>:log-group:<name>`, or the name itself.
fn log_group_of(destination: &str) -> &str {
    log_group_name(destination).unwrap_or(destination)
}

/// "Unable to assume given IAM role" while IAM has not told EC2 of it; terraform-provider-aws
/// retries the same.
fn is_role_unknown(failure: &SdkFailure) -> bool {
    failure.is(&["InvalidParameter"]) && failure.says("Unable to assume given IAM role")
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::Client;
    use aws_sdk_ec2::operation::create_flow_logs::CreateFlowLogsOutput;
    use aws_sdk_ec2::operation::create_tags::CreateTagsOutput;
    use aws_sdk_ec2::operation::delete_flow_logs::DeleteFlowLogsOutput;
    use aws_sdk_ec2::operation::describe_flow_logs::DescribeFlowLogsOutput;
    use aws_sdk_ec2::types::UnsuccessfulItemError;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::kinds::ec2::testing::{refusal_saying, tagged};
    use crate::kinds::mocked::{self, client};

    fn desired() -> FlowLog {
        FlowLog {
            vpc_id: "vpc-1".into(),
            log_group_name: "/efs-s3/backup/vpc-flow-log".into(),
            role_arn: "arn:role".into(),
            traffic_type: "ALL".into(),
            max_aggregation_seconds: 600,
            duplicates: Vec::new(),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("flow-log")
    }

    fn described(log_id: &str, vpc_id: &str) -> Described {
        let log =
            Described::builder().flow_log_id(log_id).resource_id(vpc_id).traffic_type("ALL".into());
        let log = log
            .log_group_name("/efs-s3/backup/vpc-flow-log")
            .deliver_logs_permission_arn("arn:role");
        log.max_aggregation_interval(600).set_tags(tagged("flow-log")).build()
    }

    fn describes(logs: &'static [(&'static str, &'static str)]) -> Rule {
        mock!(Client::describe_flow_logs)
            .match_requests(|request| request.filter().len() == 2)
            .then_output(|| {
                let logs = logs.iter().map(|(log_id, vpc_id)| described(log_id, vpc_id)).collect();
                DescribeFlowLogsOutput::builder().set_flow_logs(Some(logs)).build()
            })
    }

    fn of_our_vpc(logs: fn() -> Vec<Described>) -> Rule {
        mock!(Client::describe_flow_logs)
            .match_requests(|request| matches!(request.filter(), [filter] if filter.name() == Some("resource-id")))
            .then_output(move || DescribeFlowLogsOutput::builder().set_flow_logs(Some(logs())).build())
    }

    fn refuses(code: &str) -> UnsuccessfulItem {
        let error = UnsuccessfulItemError::builder().code(code).message("refused").build();
        UnsuccessfulItem::builder().error(error).build()
    }

    fn answers_create(code: Option<&'static str>) -> Rule {
        mock!(Client::create_flow_logs)
            .match_requests(|request| {
                request.resource_ids() == ["vpc-1"] && request.tag_specifications().len() == 1
            })
            .then_output(move || {
                CreateFlowLogsOutput::builder()
                    .set_unsuccessful(code.map(|code| vec![refuses(code)]))
                    .build()
            })
    }

    fn answers_delete(ids: &'static [&'static str], codes: &'static [&'static str]) -> Rule {
        mock!(Client::delete_flow_logs)
            .match_requests(move |request| request.flow_log_ids() == ids)
            .then_output(|| {
                let refused = codes.iter().map(|code| refuses(code)).collect();
                DeleteFlowLogsOutput::builder().set_unsuccessful(Some(refused)).build()
            })
    }

    async fn read(rule: &Rule) -> Option<Found> {
        let aws = Aws { ec2: client!(aws_sdk_ec2, rule, &of_our_vpc(Vec::new)), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_read_as_it_is_desired_and_others_beside_it_show() {
        let found = read(&describes(&[("fl-1", "vpc-1")])).await.unwrap();
        assert_eq!((found.state.clone(), found.attribute("id")), (json!(desired()), "fl-1"));
        assert_eq!(read(&describes(&[])).await, None);
        let found = read(&describes(&[("fl-1", "vpc-0"), ("fl-2", "vpc-1"), ("fl-3", "vpc-1")]))
            .await
            .unwrap();
        assert_eq!(
            (found.attribute("id"), &found.state["duplicates"]),
            ("fl-2", &json!(["fl-1", "fl-3"]))
        );
    }

    #[test]
    fn what_an_answer_leaves_out_is_as_desired() {
        let sparse = |destination: &str| {
            let log = Described::builder()
                .flow_log_id("fl-1")
                .resource_id("vpc-1")
                .traffic_type("ALL".into());
            desired().state_of(&log.log_destination(destination).build(), Vec::new())
        };
        assert_eq!(sparse("/efs-s3/backup/vpc-flow-log"), json!(desired()));
        assert_eq!(
            sparse("arn:aws:logs:x:1:log-group:/efs-s3/backup/vpc-flow-log:*"),
            json!(desired())
        );
        assert_ne!(sparse("/another"), json!(desired()));
    }

    #[tokio::test(start_paused = true)]
    async fn create_waits_for_its_role_to_be_known_and_no_longer() {
        let unknown = || refusal_saying("InvalidParameter", "Unable to assume given IAM role");
        let create = mock!(Client::create_flow_logs)
            .sequence()
            .http_response(unknown)
            .output(|| CreateFlowLogsOutput::builder().build())
            .http_response(|| refusal_saying("InvalidParameter", "traffic type"))
            .build();
        let aws = Aws {
            ec2: client!(aws_sdk_ec2, &create, &describes(&[]), &of_our_vpc(Vec::new)),
            ..mocked::aws()
        };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!(create.num_calls(), 2);
        desired().create(&aws, &id()).await.unwrap_err();
        assert_eq!(create.num_calls(), 3);
    }

    #[tokio::test]
    async fn a_repeated_create_makes_no_second() {
        let create = answers_create(None);
        let aws = Aws {
            ec2: client!(aws_sdk_ec2, &create, &describes(&[("fl-1", "vpc-1")])),
            ..mocked::aws()
        };
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!(create.num_calls(), 0);
    }

    #[tokio::test]
    async fn a_refusal_in_an_answer_that_says_200_is_one() {
        let none = (describes(&[]), of_our_vpc(Vec::new));
        for (code, succeeds) in
            [(None, true), (Some("FlowLogAlreadyExists"), false), (Some("Unauthorized"), false)]
        {
            let aws = Aws {
                ec2: client!(aws_sdk_ec2, &answers_create(code), &none.0, &none.1),
                ..mocked::aws()
            };
            assert_eq!(desired().create(&aws, &id()).await.is_ok(), succeeds, "{code:?}");
        }
    }

    #[tokio::test]
    async fn one_without_tags_is_taken_over_if_it_is_just_as_desired() {
        let (tagless, others) =
            (of_our_vpc(|| vec![tagless(600)]), of_our_vpc(|| vec![tagless(60)]));
        let tag = mock!(Client::create_tags)
            .match_requests(|request| {
                request.resources() == ["fl-1"]
                    && Some(request.tags().to_vec()) == tagged("flow-log")
            })
            .then_output(|| CreateTagsOutput::builder().build());
        let aws =
            Aws { ec2: client!(aws_sdk_ec2, &describes(&[]), &tagless, &tag), ..mocked::aws() };
        assert_eq!(desired().read(&aws, &id()).await.unwrap().unwrap().state["tagged"], false);
        desired().create(&aws, &id()).await.unwrap();
        assert_eq!(tag.num_calls(), 1);
        let aws = Aws { ec2: client!(aws_sdk_ec2, &describes(&[]), &others), ..mocked::aws() };
        assert_eq!(desired().read(&aws, &id()).await.unwrap(), None);
    }

    fn tagless(seconds: i32) -> Described {
        let log = Described::builder()
            .flow_log_id("fl-1")
            .resource_id("vpc-1")
            .traffic_type("ALL".into());
        log.log_group_name("/efs-s3/backup/vpc-flow-log").max_aggregation_interval(seconds).build()
    }

    #[tokio::test]
    async fn duplicates_go_and_it_stays() {
        let found = read(&describes(&[("fl-1", "vpc-1"), ("fl-2", "vpc-1")])).await.unwrap();
        let delete = answers_delete(&["fl-2"], &[]);
        let aws = Aws { ec2: client!(aws_sdk_ec2, &delete), ..mocked::aws() };
        desired().update(&aws, &id(), &found, &["duplicates".into()]).await.unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test]
    async fn all_of_them_are_deleted_and_one_that_is_gone_is_deleted_already() {
        let found = read(&describes(&[("fl-1", "vpc-1"), ("fl-2", "vpc-1")])).await.unwrap();
        for (codes, succeeds) in [
            (&[][..], true),
            (&["InvalidFlowLogId.NotFound"], true),
            (&["InvalidFlowLogId.NotFound", "Unauthorized"], false),
        ] {
            let aws = Aws {
                ec2: client!(aws_sdk_ec2, &answers_delete(&["fl-1", "fl-2"], codes)),
                ..mocked::aws()
            };
            assert_eq!(desired().delete(&aws, &found).await.is_ok(), succeeds, "{codes:?}");
        }
    }
}
