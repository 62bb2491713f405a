//! Locations and tasks of DataSync.

use serde_json::{Map, Value, json};

use super::RenderedResource;
use super::fields::StateFields;

pub(super) fn location_efs(fields: &mut StateFields) -> RenderedResource {
    // A tag contains it.
    fields.leave_out("mount_target_id");
    let properties = json!({
        "EfsFilesystemArn": fields.take_value("file_system_arn"),
        "Ec2Config": {
            "SubnetArn": fields.take_value("subnet_arn"),
            "SecurityGroupArns": fields.take_value("security_group_arns"),
        },
        "Subdirectory": fields.take_value("subdirectory"),
        "InTransitEncryption": fields.take_value("in_transit_encryption"),
        "AccessPointArn": fields.take_value("access_point_arn"),
        "FileSystemAccessRoleArn": fields.take_value("access_role_arn"),
        "Tags": fields.stack_tags(),
    });
    RenderedResource::new("AWS::DataSync::LocationEFS", properties)
}

pub(super) fn location_s3(fields: &mut StateFields) -> RenderedResource {
    // A template is for one region.
    fields.leave_out("region");
    let properties = json!({
        "S3BucketArn": fields.take_value("bucket_arn"),
        "Subdirectory": fields.take_value("subdirectory"),
        "S3Config": { "BucketAccessRoleArn": fields.take_value("role_arn") },
        "S3StorageClass": fields.take_value("storage_class"),
        "Tags": fields.stack_tags(),
    });
    RenderedResource::new("AWS::DataSync::LocationS3", properties)
}

pub(super) fn task(fields: &mut StateFields) -> RenderedResource {
    let mode = fields.take_text("mode");
    let mut options = pascal_case(fields.take_members("options"));
    if mode == "ENHANCED" {
        options.insert("ObjectTags".to_owned(), json!("NONE"));
    }
    let properties = json!({
        "Name": fields.take_value("name"),
        "TaskMode": mode,
        "SourceLocationArn": fields.take_value("source_location_arn"),
        "DestinationLocationArn": fields.take_value("destination_location_arn"),
        "CloudWatchLogGroupArn": fields.take_value("log_group_arn"),
        "Options": options,
        "Includes": filter_rules(&fields.take_list("includes")),
        "Excludes": filter_rules(&fields.take_list("excludes")),
        "TaskReportConfig": report_config(&fields.take_value("report")),
        "Tags": fields.stack_tags(),
    });
    RenderedResource::new("AWS::DataSync::Task", properties)
}

fn filter_rules(patterns: &[Value]) -> Option<Value> {
    let patterns: Vec<_> = patterns.iter().filter_map(Value::as_str).collect();
    (!patterns.is_empty())
        .then(|| json!([{ "FilterType": "SIMPLE_PATTERN", "Value": patterns.join("|") }]))
}

fn report_config(report: &Value) -> Value {
    let overrides = report["overrides"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let overrides = overrides.filter_map(|text| text.split_once('='));
    let overrides: Map<_, _> =
        overrides.map(|(kind, level)| (kind.to_owned(), json!({ "ReportLevel": level }))).collect();
    json!({
        "Destination": { "S3": {
            "S3BucketArn": report["bucket_arn"],
            "BucketAccessRoleArn": report["role_arn"],
            "Subdirectory": report["prefix"],
        } },
        "OutputType": report["output_type"],
        "ReportLevel": report["level"],
        "ObjectVersionIds": report["object_version_ids"],
        "Overrides": (!overrides.is_empty()).then_some(overrides),
    })
}

/// `verify_mode` → `VerifyMode`.
fn pascal_case(options: Map<String, Value>) -> Map<String, Value> {
    let pascal = |name: &str| super::references::logical_id(name);
    options.into_iter().map(|(name, value)| (pascal(&name), value)).collect()
}
