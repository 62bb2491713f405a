//! Alarms, logs, and what carries messages.

use serde_json::{Value, json};

use super::Rendered;
use super::fields::Fields;

pub(super) fn alarm(fields: &mut Fields) -> Rendered {
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
    Rendered::new("AWS::CloudWatch::Alarm", properties)
}

pub(super) fn dashboard(fields: &mut Fields) -> Rendered {
    let body = fields.take("body").to_string();
    let properties = json!({ "DashboardName": fields.take("name"), "DashboardBody": body });
    Rendered::new("AWS::CloudWatch::Dashboard", properties)
}

pub(super) fn log_group(fields: &mut Fields) -> Rendered {
    let properties = json!({
        "LogGroupName": fields.take("name"),
        "RetentionInDays": fields.take("retention_days"),
        "Tags": fields.tags(),
    });
    Rendered::new("AWS::Logs::LogGroup", properties)
}

/// CloudFormation knows only policies of the whole account, which have a name; ours belongs to its
/// log group.
pub(super) fn log_resource_policy(fields: &mut Fields) -> Rendered {
    fields.leave_out("log_group_arn");
    fields.leave_out("name");
    let document = fields.take("document").to_string();
    let properties = json!({ "PolicyName": fields.logical_id(), "PolicyDocument": document });
    Rendered::new("AWS::Logs::ResourcePolicy", properties)
}

/// The topic and its policy.
pub(super) fn topic(fields: &mut Fields) -> Vec<Rendered> {
    let properties = json!({
        "TopicName": fields.take("name"),
        "KmsMasterKeyId": fields.take("kms_key"),
        "Tags": fields.tags(),
    });
    let policy = json!({ "Topics": [{ "Ref": fields.logical_id() }], "PolicyDocument": fields.take("policy") });
    let policy = Rendered::new("AWS::SNS::TopicPolicy", policy).with_suffix("Policy");
    vec![Rendered::new("AWS::SNS::Topic", properties), policy]
}

pub(super) fn subscription(fields: &mut Fields) -> Rendered {
    let properties = json!({
        "TopicArn": fields.take("topic_arn"),
        "Protocol": fields.take("protocol"),
        "Endpoint": fields.take("endpoint"),
    });
    Rendered::new("AWS::SNS::Subscription", properties)
}

/// The queue and its policy.
pub(super) fn queue(fields: &mut Fields) -> Vec<Rendered> {
    let properties = json!({
        "QueueName": fields.take("name"),
        "MessageRetentionPeriod": fields.take("retention_seconds"),
        "SqsManagedSseEnabled": fields.take("encrypted"),
        "Tags": fields.tags(),
    });
    let policy = json!({ "Queues": [{ "Ref": fields.logical_id() }], "PolicyDocument": fields.take("policy") });
    let policy = Rendered::new("AWS::SQS::QueuePolicy", policy).with_suffix("Policy");
    vec![Rendered::new("AWS::SQS::Queue", properties), policy]
}
