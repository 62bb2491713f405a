//! DataSync's locations and tasks.

use serde_json::{Map, Value, json};

use super::RenderedResource;
use super::fields::StateFields;

pub(super) fn location_efs(fields: &mut StateFields) -> RenderedResource {
    // Stands in a tag.
    fields.leave_out("mount_target_id");
    let properties = json!({
        "EfsFilesystemArn": fields.take("file_system_arn"),
        "Ec2Config": {
            "SubnetArn": fields.take("subnet_arn"),
            "SecurityGroupArns": fields.take("security_group_arns"),
        },
        "Subdirectory": fields.take("subdirectory"),
        "InTransitEncryption": fields.take("in_transit_encryption"),
        "AccessPointArn": fields.take("access_point_arn"),
        "FileSystemAccessRoleArn": fields.take("access_role_arn"),
        "Tags": fields.tags(),
    });
    RenderedResource::new("AWS::DataSync::LocationEFS", properties)
}

pub(super) fn location_s3(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "S3BucketArn": fields.take("bucket_arn"),
        "Subdirectory": fields.take("subdirectory"),
        "S3Config": { "BucketAccessRoleArn": fields.take("role_arn") },
        "S3StorageClass": fields.take("storage_class"),
        "Tags": fields.tags(),
    });
    RenderedResource::new("AWS::DataSync::LocationS3", properties)
}

pub(super) fn task(fields: &mut StateFields) -> RenderedResource {
    let mode = fields.text("mode");
    let mut options = pascal_case(fields.members("options"));
    if mode == "ENHANCED" {
        options.insert("ObjectTags".to_owned(), json!("NONE"));
    }
    let properties = json!({
        "Name": fields.take("name"),
        "TaskMode": mode,
        "SourceLocationArn": fields.take("source_location_arn"),
        "DestinationLocationArn": fields.take("destination_location_arn"),
        "CloudWatchLogGroupArn": fields.take("log_group_arn"),
        "Options": options,
        "Includes": filter(&fields.list("includes")),
        "Excludes": filter(&fields.list("excludes")),
        "TaskReportConfig": report(&fields.take("report")),
        "Tags": fields.tags(),
    });
    RenderedResource::new("AWS::DataSync::Task", properties)
}

fn filter(patterns: &[Value]) -> Option<Value> {
    let patterns: Vec<_> = patterns.iter().filter_map(Value::as_str).collect();
    (!patterns.is_empty())
        .then(|| json!([{ "FilterType": "SIMPLE_PATTERN", "Value": patterns.join("|") }]))
}

fn report(report: &Value) -> Value {
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
