//! What the data plane offers to the functions and to people.

use serde::{Deserialize, Serialize};

use crate::arn::TaskArn;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outputs {
    pub task_arn: TaskArn,
    pub source_location_arn: String,
    pub destination_location_arn: String,
    pub file_system_id: String,
    pub file_system_arn: String,
    pub destination_bucket: String,
    /// Empty, or ends in `/`.
    pub destination_prefix: String,
    pub log_group: String,
}
