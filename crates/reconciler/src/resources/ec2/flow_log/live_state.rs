//! The live state of a flow log, in the shape of the desired one.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::FlowLog as Described;
use serde_json::{Value, json};

use super::FlowLog;
use crate::resource_kind::LiveResource;

/// `arn:aws:logs:<region>:<account>:log-group:<name>`, or the name itself.
pub(super) fn log_group_of(destination: &str) -> &str {
    destination
        .split_once(":log-group:")
        .map_or(destination, |(_, name)| name.trim_end_matches(":*"))
}

impl FlowLog {
    pub(super) fn live_resource(&self, log: &Described, duplicates: Vec<String>) -> LiveResource {
        let mut state = self.state_of(log, duplicates);
        if log.tags().is_empty() {
            state["tagged"] = json!(false);
        }
        let id = log.flow_log_id().unwrap_or_default().to_owned();
        LiveResource { state, attributes: BTreeMap::from([("id".to_owned(), id)]), managed: true }
    }

    /// The live state. A field that the response leaves out counts as desired: EC2 always returns
    /// it, the local cloud does not.
    pub(super) fn state_of(&self, log: &Described, duplicates: Vec<String>) -> Value {
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
}
