//! Changes in IAM reach other services with a delay (IAM User Guide, "Changes that I make
//! are not always immediately visible"). Until then each refuses what needs the role, in its own
//! words. The local cloud never looks at a role.
//!
//! The words are those that terraform-provider-aws waits for: `internal/service/lambda/function.go`
//! and `function_event_invoke_config.go`, `internal/service/datasync/location_s3.go`,
//! `internal/service/ec2/ec2_instance.go` and `vpc_flow_log.go`.

use std::collections::HashMap;
use std::time::Duration;

use domain::arn::resource_id;
use hyper::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::refusals::{ec2_refusal, json_refusal, refusal_with_body};
use super::{Answer, Call, form_field};

/// In an account where nothing else was asked for. A second or two are common.
const USUAL_LAG: Duration = Duration::from_secs(1);
const FUNCTIONS: &str = "/2015-03-31/functions";
const USES_OF_PROFILES: [&str; 3] =
    ["RunInstances", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"];

/// The roles and instance profiles that were changed, and how long a change takes to be known.
#[derive(Debug)]
pub(super) struct RolePropagation {
    lag: Duration,
    /// By name: the change of its trust, and of anything.
    roles: HashMap<String, (Instant, Instant)>,
    profiles: HashMap<String, Instant>,
    /// The roles of functions, by the function's name.
    functions: HashMap<String, String>,
    refused: usize,
}

impl Default for RolePropagation {
    fn default() -> Self {
        Self {
            lag: USUAL_LAG,
            roles: HashMap::new(),
            profiles: HashMap::new(),
            functions: HashMap::new(),
            refused: 0,
        }
    }
}

impl RolePropagation {
    pub(super) fn set_lag(&mut self, lag: Duration) {
        self.lag = lag;
    }

    pub(super) fn lag(&self) -> Duration {
        self.lag
    }

    /// The calls that were refused so far.
    pub(super) fn refused(&self) -> usize {
        self.refused
    }

    pub(super) fn refuse(&mut self, call: &Call, body: &[u8], now: Instant) -> Option<Answer> {
        let path = call.operation.split(['?', ' ']).nth(1).unwrap_or_default();
        let refusal = match (call.service.as_str(), call.operation.as_str()) {
            ("ec2", operation) if USES_OF_PROFILES.contains(&operation) => {
                self.refuse_profile(body, now)
            }
            ("ec2", "CreateFlowLogs") => self.refuse_flow_logs(body, now),
            ("datasync", "CreateLocationS3" | "UpdateLocationS3") => {
                self.refuse_location(body, now)
            }
            ("lambda", operation) if !operation.starts_with("GET ") => {
                self.refuse_function(path, body, now)
            }
            _ => None,
        };
        self.refused += usize::from(refusal.is_some());
        refusal
    }

    pub(super) fn remember(&mut self, call: &Call, body: &[u8], now: Instant) {
        let path = call.operation.split(['?', ' ']).nth(1).unwrap_or_default();
        match (call.service.as_str(), call.operation.as_str()) {
            ("iam", "CreateRole" | "UpdateAssumeRolePolicy") => {
                self.record_change(body, Some(now), now)
            }
            ("iam", "PutRolePolicy" | "AttachRolePolicy") => self.record_change(body, None, now),
            ("iam", "CreateInstanceProfile" | "AddRoleToInstanceProfile") => {
                let name = form_field(body, "InstanceProfileName").unwrap_or_default();
                self.profiles.insert(name, now);
            }
            ("lambda", operation)
                if operation.starts_with("POST ") && path.trim_end_matches('/') == FUNCTIONS =>
            {
                self.record_function(body)
            }
            _ => {}
        }
    }

    fn record_function(&mut self, body: &[u8]) {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        if let (Some(function), Some(role)) =
            (asked["FunctionName"].as_str(), asked["Role"].as_str())
        {
            self.functions.insert(function.to_owned(), resource_id(role).to_owned());
        }
    }

    fn record_change(&mut self, body: &[u8], trust: Option<Instant>, now: Instant) {
        let Some(name) = form_field(body, "RoleName") else { return };
        let before = self.roles.get(&name).map(|(trust, _)| *trust);
        // A role that was there before this run is old.
        let trust = trust.or(before).unwrap_or_else(|| now.checked_sub(self.lag).unwrap_or(now));
        self.roles.insert(name, (trust, now));
    }

    fn cannot_be_assumed(&self, role: &str, now: Instant) -> bool {
        self.roles.get(role).is_some_and(|(trust, _)| now < *trust + self.lag)
    }

    fn is_young(&self, role: &str, now: Instant) -> bool {
        self.roles.get(role).is_some_and(|(_, changed)| now < *changed + self.lag)
    }

    fn refuse_profile(&self, body: &[u8], now: Instant) -> Option<Answer> {
        let profile = form_field(body, "IamInstanceProfile.Name")
            .or_else(|| form_field(body, "IamInstanceProfile.Arn"))?;
        let is_young = self
            .profiles
            .get(resource_id(&profile))
            .is_some_and(|changed| now < *changed + self.lag);
        let message = format!(
            "Value ({profile}) for parameter iamInstanceProfile.name is invalid. Invalid IAM \
                Instance Profile name"
        );
        is_young.then(|| ec2_refusal("InvalidParameterValue", &message))
    }

    fn refuse_flow_logs(&self, body: &[u8], now: Instant) -> Option<Answer> {
        let role = form_field(body, "DeliverLogsPermissionArn")?;
        let message = "Unable to assume given IAM role";
        self.is_young(resource_id(&role), now).then(|| ec2_refusal("InvalidParameter", message))
    }

    fn refuse_location(&self, body: &[u8], now: Instant) -> Option<Answer> {
        let asked: Value = serde_json::from_slice(body).ok()?;
        let role = resource_id(asked["S3Config"]["BucketAccessRoleArn"].as_str()?);
        let message = "DataSync location access test failed: could not perform \
            s3:HeadBucket on the bucket. \
                       Ensure bucket access role has s3:ListBucket permission.";
        self.is_young(role, now).then(|| json_refusal("InvalidRequestException", message))
    }

    fn refuse_destination(&self, function: &str, body: &[u8], now: Instant) -> Option<Answer> {
        let asked: Value = serde_json::from_slice(body).ok()?;
        let destination = asked["DestinationConfig"]["OnFailure"]["Destination"].as_str()?;
        let message = format!(
            "The function's execution role does not have permissions to call SendMessage on \
                {destination}"
        );
        let is_young = self.functions.get(function).is_some_and(|role| self.is_young(role, now));
        is_young.then(|| lambda_refusal(&message))
    }

    fn refuse_function(&self, path: &str, body: &[u8], now: Instant) -> Option<Answer> {
        if let Some(function) =
            path.split('/').nth(3).filter(|_| path.ends_with("/event-invoke-config"))
        {
            return self.refuse_destination(function, body, now);
        }
        if path.trim_end_matches('/') != FUNCTIONS && !path.ends_with("/configuration") {
            return None;
        }
        let asked: Value = serde_json::from_slice(body).ok()?;
        let role = resource_id(asked["Role"].as_str()?);
        let message = "The role defined for the function cannot be assumed by Lambda.";
        self.cannot_be_assumed(role, now).then(|| lambda_refusal(message))
    }
}

fn lambda_refusal(message: &str) -> Answer {
    let code = "InvalidParameterValueException";
    let body = json!({ "Type": "User", "message": message }).to_string();
    let mut refusal = refusal_with_body(StatusCode::BAD_REQUEST, "application/json", body);
    refusal.headers.insert("x-amzn-errortype", hyper::header::HeaderValue::from_static(code));
    refusal
}

#[cfg(test)]
mod tests;
