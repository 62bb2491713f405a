//! Functions, what invokes them, the instance, and roles.

use domain::names::CODE_TAG;
use serde_json::{Value, json};

use super::RenderedResource;
use super::fields::StateFields;

/// `cargo lambda deploy` sends the runtime and the handler (cargo-lambda, "Deploying your
/// functions").
pub(super) fn function(fields: &mut StateFields) -> RenderedResource {
    let code = fields.text("code_sha256");
    let key = fields.text("binary");
    let properties = json!({
        "FunctionName": fields.take("name"),
        "Role": fields.take("role_arn"),
        "MemorySize": fields.take("memory_mb"),
        "Timeout": fields.take("timeout_seconds"),
        "Architectures": [fields.take("architecture")],
        "Environment": { "Variables": fields.take("environment") },
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
        "FunctionName": fields.take("function"),
        "Principal": fields.take("principal"),
        "SourceArn": fields.take("source_arn"),
    });
    RenderedResource::new("AWS::Lambda::Permission", properties)
}

pub(super) fn invoke_config(fields: &mut StateFields) -> RenderedResource {
    let properties = json!({
        "FunctionName": fields.take("function"),
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": fields.take("retries"),
        "MaximumEventAgeInSeconds": fields.take("event_age_seconds"),
        "DestinationConfig": { "OnFailure": { "Destination": fields.take("on_failure") } },
    });
    RenderedResource::new("AWS::Lambda::EventInvokeConfig", properties)
}

pub(super) fn rule(fields: &mut StateFields) -> RenderedResource {
    let state = if fields.is_true("enabled") { "ENABLED" } else { "DISABLED" };
    let input = fields.take("input");
    let input = (!input.is_null()).then(|| input.to_string());
    let properties = json!({
        "Name": fields.take("name"),
        "Description": fields.take("description"),
        "ScheduleExpression": fields.take("schedule"),
        "EventPattern": fields.take("pattern"),
        "State": state,
        "Targets": [{
            "Id": "function",
            "Arn": fields.take("target_arn"),
            "Input": input,
            "DeadLetterConfig": { "Arn": fields.take("dead_letter_arn") },
            "RetryPolicy": {
                "MaximumRetryAttempts": fields.take("retries"),
                "MaximumEventAgeInSeconds": fields.take("event_age_seconds"),
            },
        }],
        "Tags": fields.tags(),
    });
    RenderedResource::new("AWS::Events::Rule", properties)
}

pub(super) fn instance(fields: &mut StateFields) -> RenderedResource {
    let image = fields.text("image");
    let tokens = if fields.is_true("imds_v2_only") { "required" } else { "optional" };
    let properties = json!({
        // CloudFormation writes the parameter's path within braces.
        "ImageId": if image.starts_with("resolve:") { format!("{{{{{image}}}}}") } else { image },
        "InstanceType": fields.take("instance_type"),
        "IamInstanceProfile": fields.take("instance_profile_name"),
        "KeyName": fields.take("key_name"),
        "UserData": { "Fn::Base64": fields.take("user_data") },
        "NetworkInterfaces": [{
            "DeviceIndex": "0",
            "DeleteOnTermination": true,
            "SubnetId": fields.take("subnet_id"),
            "GroupSet": fields.take("security_group_ids"),
            "AssociatePublicIpAddress": fields.take("associate_public_ip"),
        }],
        "BlockDeviceMappings": [{
            "DeviceName": "/dev/sda1",
            "Ebs": {
                "VolumeType": "gp3",
                "VolumeSize": fields.take("root_volume_gb"),
                "Encrypted": true,
                "DeleteOnTermination": true,
            },
        }],
        "MetadataOptions": { "HttpEndpoint": "enabled", "HttpTokens": tokens, "HttpPutResponseHopLimit": 1 },
        "Tags": fields.tags_with_name(),
    });
    RenderedResource::new("AWS::EC2::Instance", properties)
}

pub(super) fn instance_profile(fields: &mut StateFields) -> RenderedResource {
    let roles = json!([fields.take("role_name")]);
    let properties = json!({ "InstanceProfileName": fields.take("name"), "Roles": roles });
    RenderedResource::new("AWS::IAM::InstanceProfile", properties)
}

pub(super) fn role(fields: &mut StateFields) -> RenderedResource {
    let policies = match fields.take("policy") {
        Value::Null => Value::Null,
        document => json!([{ "PolicyName": "permissions", "PolicyDocument": document }]),
    };
    let managed = fields.list("managed_policy_arns");
    let properties = json!({
        "RoleName": fields.take("name"),
        "AssumeRolePolicyDocument": fields.take("trust"),
        "Policies": policies,
        "ManagedPolicyArns": (!managed.is_empty()).then_some(managed),
        "PermissionsBoundary": fields.take("permissions_boundary_arn"),
        "Tags": fields.tags(),
    });
    RenderedResource::new("AWS::IAM::Role", properties)
}
