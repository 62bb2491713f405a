//! Alarms, logs, and what carries messages.

use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

pub(super) fn alarm(fields: &mut StateFields) -> RenderedResource {
    let dimensions = fields.members("dimensions").into_iter();
    let dimensions: Vec<Value> =
        dimensions.map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let topic = fields.take("topic_arn");
    let properties = json!({
        "AlarmName": fields.take("name"),
        "AlarmDescription": fields.take("description"),
        "Namespace": fields.take("namespace"),
        "MetricName": fields.take("metric"),
        "Dimensions": dimensions,
        "Statistic": fields.take("statistic"),
        "Period": fields.take("period_seconds"),
        "EvaluationPeriods": fields.take("evaluation_periods"),
        "ComparisonOperator": fields.take("comparison"),
        "Threshold": fields.take("threshold"),
        "TreatMissingData": fields.take("missing_data"),
        "ActionsEnabled": fields.take("actions_enabled"),
        "AlarmActions": [topic],
        "OKActions": [topic],
        "Tags": fields.tags(),
    });
    RenderedResource::new("AWS::CloudWatch::Alarm", properties)
}

pub(super) fn dashboard(fields: &mut StateFields) -> RenderedResource {
    let body = fields.take("body").to_string();
    let properties = json!({ "DashboardName": fields.take("name"), "DashboardBody": body });
    RenderedResource::new("AWS::CloudWatch::Dashboard", properties)
}

pub(super) fn log_group(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "LogGroupName": fields.take("name"),
        "RetentionInDays": fields.take("retention_days"),
        "Tags": fields.tags(),
    });
    RenderedResource::new("AWS::Logs::LogGroup", properties)
}

/// CloudFormation knows only policies of the whole account, which have a name; ours belongs to its
/// log group.
pub(super) fn log_resource_policy(fields: &mut StateFields) -> RenderedResource {
    fields.leave_out("log_group_arn");
    fields.leave_out("name");
    let document = fields.take("document").to_string();
    let properties = json!({ "PolicyName": fields.logical_id(), "PolicyDocument": document });
    RenderedResource::new("AWS::Logs::ResourcePolicy", properties)
}

/// The topic and its policy.
pub(super) fn topic(fields: &mut StateFields) -> Vec<RenderedResource> {
    let properties = json!({
        "TopicName": fields.take("name"),
        "KmsMasterKeyId": fields.take("kms_key"),
        "Tags": fields.tags(),
    });
    let policy = json!({ "Topics": [{ "Ref": fields.logical_id() }], "PolicyDocument": fields.take("policy") });
    let policy = RenderedResource::new("AWS::SNS::TopicPolicy", policy).with_suffix("Policy");
    vec![RenderedResource::new("AWS::SNS::Topic", properties), policy]
}

pub(super) fn subscription(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "TopicArn": fields.take("topic_arn"),
        "Protocol": fields.take("protocol"),
        "Endpoint": fields.take("endpoint"),
    });
    RenderedResource::new("AWS::SNS::Subscription", properties)
}

/// The queue and its policy.
pub(super) fn queue(fields: &mut StateFields) -> Vec<RenderedResource> {
    let properties = json!({
        "QueueName": fields.take("name"),
        "MessageRetentionPeriod": fields.take("retention_seconds"),
        "SqsManagedSseEnabled": fields.take("encrypted"),
        "Tags": fields.tags(),
    });
    let policy = json!({ "Queues": [{ "Ref": fields.logical_id() }], "PolicyDocument": fields.take("policy") });
    let policy = RenderedResource::new("AWS::SQS::QueuePolicy", policy).with_suffix("Policy");
    vec![RenderedResource::new("AWS::SQS::Queue", properties), policy]
}
