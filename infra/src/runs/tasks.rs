//! The DataSync tasks of the account and region, in one list.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws::SdkFailure;

use crate::access::Access;
use crate::context::StackContext;

pub(crate) const ACCESS: Access = Access { stack: &["datasync:ListTasks"], ..Access::NONE };

/// The maximum of one call (DataSync API reference, `ListTasks`).
const TASKS_AT_ONCE: i32 = 100;

/// Returns the status of each task, by its ARN.
pub(crate) async fn read_task_statuses(context: &StackContext) -> Result<BTreeMap<String, String>> {
    let list = context.aws.datasync.list_tasks().max_results(TASKS_AT_ONCE);
    let mut pages = list.into_paginator().send();
    let mut statuses = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(SdkFailure::from).context("listing the DataSync tasks")?;
        statuses.extend(page.tasks.unwrap_or_default().into_iter().filter_map(|task| {
            let status = task.status?.as_str().to_owned();
            Some((task.task_arn?, status))
        }));
    }
    Ok(statuses)
}

/// Whether a task of this status runs nothing. `None` is a task that DataSync does not list.
pub(crate) fn is_idle(status: Option<&str>) -> bool {
    status.is_none_or(|status| status == "AVAILABLE")
}
