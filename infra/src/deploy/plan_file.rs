//! A plan in a file: `plan --out FILE` writes it, `deploy FILE` applies it if neither the
//! configuration nor AWS has changed since.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, Utc};
use domain::config::StackConfig;
use domain::names::Names;
use domain::point_in_time::format_time;
use reconciler::graph::ResourceId;
use reconciler::plan::{Action, Plan, Step};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::StackPlan;
use crate::hint::WithHint;

/// The version of the file's schema.
const FORMAT_VERSION: u32 = 1;
/// The number of differences that a refusal names.
const SHOWN: usize = 10;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlanFile {
    format_version: u32,
    efs_s3_version: String,
    created_at: DateTime<Utc>,
    stack: String,
    account: String,
    region: String,
    /// The resources that may be replaced although they hold data.
    pub replace: Vec<String>,
    /// The SHA-256 of the configuration, in hexadecimal.
    configuration: String,
    /// The SHA-256 of the steps of both planes, in hexadecimal.
    steps: String,
    control_plane: Plan,
    data_plane: Plan,
}

impl PlanFile {
    pub(crate) fn from_plan(
        planned: &StackPlan,
        config: &StackConfig,
        names: &Names,
        replace: &[String],
        created_at: DateTime<Utc>,
    ) -> Result<Self> {
        let (control_plane, data_plane) =
            (planned.control_plane.clone(), planned.data_plane.clone());
        Ok(Self {
            format_version: FORMAT_VERSION,
            efs_s3_version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            stack: names.stack.clone(),
            account: names.account.clone(),
            region: names.region.clone(),
            replace: replace.to_vec(),
            configuration: digest_json(config)?,
            steps: digest_json(&(&control_plane, &data_plane))?,
            control_plane,
            data_plane,
        })
    }

    pub(crate) fn write_file(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("writing the plan `{}`", path.display()))
    }

    /// Reads a file, which must be as `plan --out` wrote it.
    pub(crate) fn read_file(path: &Path) -> Result<Self> {
        let again = "write the plan again with `efs-s3 plan --out FILE`";
        let text = fs::read_to_string(path);
        let text = text.with_context(|| format!("reading the plan `{}`", path.display()));
        let text = text.with_hint(again)?;
        parse_file(&text).with_context(|| format!("`{}`", path.display())).with_hint(again)
    }

    /// Fails, with what has changed, unless the plan of this moment is the same.
    pub(crate) fn require_unchanged(&self, now: &Self) -> Result<()> {
        let changed = self.list_changes(now);
        if changed.is_empty() {
            return Ok(());
        }
        let made = format_time(self.created_at);
        let text: String = changed.iter().take(SHOWN).map(|one| format!("\n  - {one}")).collect();
        let more = changed.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("\n  - and {more} more") } else { String::new() };
        let refused =
            Err(anyhow!("nothing was changed: the plan of {made} no longer holds:{text}{more}"));
        refused.with_hint("write the plan again with `efs-s3 plan --out FILE`, and review it")
    }

    fn list_changes(&self, now: &Self) -> Vec<String> {
        let of_stack = [
            ("stack", &self.stack, &now.stack),
            ("account", &self.account, &now.account),
            ("region", &self.region, &now.region),
        ];
        let other = of_stack.iter().filter(|(_, planned, now)| planned != now);
        let other = other
            .map(|(what, planned, now)| format!("it is for {what} {planned}, and this is {now}"));
        let mut changes: Vec<String> = other.collect();
        if self.configuration != now.configuration {
            changes.push("the configuration differs from the planned one".to_owned());
        }
        changes.extend(compare_steps(&self.control_plane, &now.control_plane));
        changes.extend(compare_steps(&self.data_plane, &now.data_plane));
        changes
    }
}

fn parse_file(text: &str) -> Result<PlanFile> {
    let version: serde_json::Value = serde_json::from_str(text).context("it is no JSON")?;
    if version["format_version"] != FORMAT_VERSION {
        bail!("it is no plan of format {FORMAT_VERSION}, which this version of efs-s3 applies");
    }
    let file: PlanFile = serde_json::from_str(text).context("it is no plan of efs-s3")?;
    if file.steps != digest_json(&(&file.control_plane, &file.data_plane))? {
        bail!("its steps were altered after it was written");
    }
    Ok(file)
}

/// Returns a sentence for each resource whose action is another now.
fn compare_steps(planned: &Plan, now: &Plan) -> Vec<String> {
    let find = |plan: &Plan, id: &ResourceId| plan.steps.iter().find(|s| s.id == *id).cloned();
    let ids: BTreeSet<&ResourceId> =
        planned.steps.iter().chain(&now.steps).map(|step| &step.id).collect();
    let changes = ids.into_iter().filter_map(|id| {
        let (before, after) = (find(planned, id), find(now, id));
        let action =
            |step: &Option<Step>| step.as_ref().map_or(Action::Nothing, |step| step.action.clone());
        let (before_action, after_action) = (action(&before), action(&after));
        if before_action == after_action {
            return None;
        }
        let kind = before.or(after).map(|step| step.kind).unwrap_or_default();
        Some(format!("{kind} {id}: {}", difference_text(&before_action, &after_action)))
    });
    changes.collect()
}

fn difference_text(before: &Action, after: &Action) -> String {
    let (before, after) = (action_word(before), action_word(after));
    match before == after {
        true => format!("still to {before}, but with other values"),
        false => format!("planned to {before}, now to {after}"),
    }
}

fn action_word(action: &Action) -> &'static str {
    match action {
        Action::Nothing => "leave as it is",
        Action::Create { .. } => "add",
        Action::Update { .. } => "change",
        Action::Replace { .. } => "replace",
        Action::Delete => "destroy",
        Action::Keep { .. } => "keep",
        Action::Blocked { .. } => "refuse",
    }
}

fn digest_json<T: Serialize>(value: &T) -> Result<String> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(value)?)))
}

#[cfg(test)]
mod tests;
