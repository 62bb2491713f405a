//! Alarms, dashboards, logs, topics and queues.

use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

pub(super) fn alarm(fields: &mut StateFields) -> RenderedResource {
    RenderedResource::new("AWS::CloudWatch::Alarm", alarm_properties(fields))
}

fn alarm_properties(fields: &mut StateFields) -> Value {
    let topic = fields.take_value("topic_arn");
    json!({
        "AlarmName": fields.take_value("name"),
        "AlarmDescription": fields.take_value("description"),
        "Namespace": fields.take_value("namespace"),
        "MetricName": fields.take_value("metric"),
        "Dimensions": alarm_dimensions(fields),
        "Statistic": fields.take_value("statistic"),
        "Period": fields.take_value("period_seconds"),
        "EvaluationPeriods": fields.take_value("evaluation_periods"),
        "ComparisonOperator": fields.take_value("comparison"),
        "Threshold": fields.take_value("threshold"),
        "TreatMissingData": fields.take_value("missing_data"),
        "ActionsEnabled": fields.take_value("actions_enabled"),
        "AlarmActions": [topic],
        "OKActions": [topic],
        "Tags": fields.stack_tags(),
    })
}

fn alarm_dimensions(fields: &mut StateFields) -> Vec<Value> {
    let dimensions = fields.take_members("dimensions").into_iter();
    dimensions.map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

pub(super) fn dashboard(fields: &mut StateFields) -> RenderedResource {
    let body = fields.take_value("body").to_string();
    let properties = json!({ "DashboardName": fields.take_value("name"), "DashboardBody": body });
    RenderedResource::new("AWS::CloudWatch::Dashboard", properties)
}

pub(super) fn log_group(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "LogGroupName": fields.take_value("name"),
        "RetentionInDays": fields.take_value("retention_days"),
        "Tags": fields.stack_tags(),
    });
    RenderedResource::new("AWS::Logs::LogGroup", properties)
}

/// CloudFormation has only account-wide policies, which have a name; the policy of the stack
/// belongs to its log group.
pub(super) fn log_resource_policy(fields: &mut StateFields) -> RenderedResource {
    fields.leave_out("log_group_arn");
    fields.leave_out("name");
    let document = fields.take_value("document").to_string();
    let properties = json!({ "PolicyName": fields.logical_id(), "PolicyDocument": document });
    RenderedResource::new("AWS::Logs::ResourcePolicy", properties)
}

/// The topic and its policy.
pub(super) fn topic(fields: &mut StateFields) -> Vec<RenderedResource> {
    let properties = json!({
        "TopicName": fields.take_value("name"),
        "KmsMasterKeyId": fields.take_value("kms_key"),
        "Tags": fields.stack_tags(),
    });
    let policy = json!({ "Topics": [{ "Ref": fields.logical_id() }],
        "PolicyDocument": fields.take_value("policy") });
    let policy = RenderedResource::new("AWS::SNS::TopicPolicy", policy).with_suffix("Policy");
    vec![RenderedResource::new("AWS::SNS::Topic", properties), policy]
}

pub(super) fn subscription(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "TopicArn": fields.take_value("topic_arn"),
        "Protocol": fields.take_value("protocol"),
        "Endpoint": fields.take_value("endpoint"),
    });
    RenderedResource::new("AWS::SNS::Subscription", properties)
}

/// The queue and its policy.
pub(super) fn queue(fields: &mut StateFields) -> Vec<RenderedResource> {
    let properties = json!({
        "QueueName": fields.take_value("name"),
        "MessageRetentionPeriod": fields.take_value("retention_seconds"),
        "SqsManagedSseEnabled": fields.take_value("encrypted"),
        "Tags": fields.stack_tags(),
    });
    let policy = json!({ "Queues": [{ "Ref": fields.logical_id() }],
        "PolicyDocument": fields.take_value("policy") });
    let policy = RenderedResource::new("AWS::SQS::QueuePolicy", policy).with_suffix("Policy");
    vec![RenderedResource::new("AWS::SQS::Queue", properties), policy]
}
