//! Functions, rules and permissions that invoke them, the instance, and roles.

use domain::names::CODE_TAG;
use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

/// `cargo lambda deploy` sends the runtime and the handler (cargo-lambda, "Deploying your
/// functions").
pub(super) fn function(fields: &mut StateFields) -> RenderedResource {
    let code = fields.take_text("code_sha256");
    let key = fields.take_text("binary");
    let properties = json!({
        "FunctionName": fields.take_value("name"),
        "Role": fields.take_value("role_arn"),
        "MemorySize": fields.take_value("memory_mb"),
        "Timeout": fields.take_value("timeout_seconds"),
        "Architectures": [fields.take_value("architecture")],
        "Environment": { "Variables": fields.take_value("environment") },
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Code": { "S3Bucket": "uploaded-by-cargo-lambda", "S3Key": key },
        "Tags": fields.tags_with(CODE_TAG, &code),
    });
    RenderedResource::new("AWS::Lambda::Function", properties)
}

pub(super) fn permission(fields: &mut StateFields) -> RenderedResource {
    fields.leave_out("statement_id");
    let properties = json!({
        "Action": "lambda:InvokeFunction",
        "FunctionName": fields.take_value("function"),
        "Principal": fields.take_value("principal"),
        "SourceArn": fields.take_value("source_arn"),
    });
    RenderedResource::new("AWS::Lambda::Permission", properties)
}

pub(super) fn invoke_config(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "FunctionName": fields.take_value("function"),
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": fields.take_value("retries"),
        "MaximumEventAgeInSeconds": fields.take_value("event_age_seconds"),
        "DestinationConfig": { "OnFailure": { "Destination": fields.take_value("on_failure") } },
    });
    RenderedResource::new("AWS::Lambda::EventInvokeConfig", properties)
}

pub(super) fn rule(fields: &mut StateFields) -> RenderedResource {
    let state = if fields.take_bool("enabled") { "ENABLED" } else { "DISABLED" };
    let properties = json!({
        "Name": fields.take_value("name"),
        "Description": fields.take_value("description"),
        "ScheduleExpression": fields.take_value("schedule"),
        "EventPattern": fields.take_value("pattern"),
        "State": state,
        "Targets": [rule_target(fields)],
        "Tags": fields.stack_tags(),
    });
    RenderedResource::new("AWS::Events::Rule", properties)
}

fn rule_target(fields: &mut StateFields) -> Value {
    let input = fields.take_value("input");
    let input = (!input.is_null()).then(|| input.to_string());
    json!({
        "Id": "function",
        "Arn": fields.take_value("target_arn"),
        "Input": input,
        "DeadLetterConfig": { "Arn": fields.take_value("dead_letter_arn") },
        "RetryPolicy": {
            "MaximumRetryAttempts": fields.take_value("retries"),
            "MaximumEventAgeInSeconds": fields.take_value("event_age_seconds"),
        },
    })
}

pub(super) fn instance(fields: &mut StateFields) -> RenderedResource {
    let image = fields.take_text("image");
    let tokens = if fields.take_bool("imds_v2_only") { "required" } else { "optional" };
    let properties = json!({
        // CloudFormation writes the parameter's path within braces.
        "ImageId": if image.starts_with("resolve:") { format!("{{{{{image}}}}}") } else { image },
        "InstanceType": fields.take_value("instance_type"),
        "IamInstanceProfile": fields.take_value("instance_profile_name"),
        "KeyName": fields.take_value("key_name"),
        "UserData": { "Fn::Base64": fields.take_value("user_data") },
        "NetworkInterfaces": [network_interface(fields)],
        "BlockDeviceMappings": [root_volume(fields)],
        "MetadataOptions": { "HttpEndpoint": "enabled", "HttpTokens": tokens,
            "HttpPutResponseHopLimit": 1 },
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::Instance", properties)
}

fn network_interface(fields: &mut StateFields) -> Value {
    json!({
        "DeviceIndex": "0",
        "DeleteOnTermination": true,
        "SubnetId": fields.take_value("subnet_id"),
        "GroupSet": fields.take_value("security_group_ids"),
        "AssociatePublicIpAddress": fields.take_value("associate_public_ip"),
    })
}

fn root_volume(fields: &mut StateFields) -> Value {
    json!({
        "DeviceName": fields.take_value("root_device"),
        "Ebs": {
            "VolumeType": "gp3",
            "VolumeSize": fields.take_value("root_volume_gb"),
            "Encrypted": true,
            "DeleteOnTermination": true,
        },
    })
}

pub(super) fn instance_profile(fields: &mut StateFields) -> RenderedResource {
    let roles = json!([fields.take_value("role_name")]);
    let properties = json!({ "InstanceProfileName": fields.take_value("name"), "Roles": roles });
    RenderedResource::new("AWS::IAM::InstanceProfile", properties)
}

pub(super) fn role(fields: &mut StateFields) -> RenderedResource {
    let policies = match fields.take_value("policy") {
        Value::Null => Value::Null,
        document => json!([{ "PolicyName": "permissions", "PolicyDocument": document }]),
    };
    let managed = fields.take_list("managed_policy_arns");
    let properties = json!({
        "RoleName": fields.take_value("name"),
        "AssumeRolePolicyDocument": fields.take_value("trust"),
        "Policies": policies,
        "ManagedPolicyArns": (!managed.is_empty()).then_some(managed),
        "PermissionsBoundary": fields.take_value("permissions_boundary_arn"),
        "Tags": fields.stack_tags(),
    });
    RenderedResource::new("AWS::IAM::Role", properties)
}
