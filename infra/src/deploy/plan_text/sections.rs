//! The sections of a plan: what a resource is for. Pure.

use std::collections::BTreeMap;

use domain::sync_name::SyncName;
use reconciler::plan::{Action, Plan, Step};

/// The steps of one section.
pub(crate) struct PlanSection<'a> {
    pub title: String,
    pub steps: Vec<&'a Step>,
}

/// The sections in the order in which they are shown; those of syncs follow by name.
const SECTIONS: [(Section, &str); 9] = [
    (Section::Records, "Records"),
    (Section::Functions, "Functions"),
    (Section::Schedules, "Schedules and events"),
    (Section::Alerts, "Alerts and monitoring"),
    (Section::Network, "Network"),
    (Section::FileSystem, "File system"),
    (Section::Destination, "Destination"),
    (Section::Instance, "Instance"),
    (Section::Transfer, "Transfer"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Records,
    Functions,
    Schedules,
    Alerts,
    Network,
    FileSystem,
    Destination,
    Instance,
    /// DataSync's locations and task, with what they need.
    Transfer,
}

/// Returns the changed resources of a plan by section, each in the order of the plan.
pub(crate) fn group_steps(plan: &Plan) -> Vec<PlanSection<'_>> {
    let mut groups: BTreeMap<(Option<String>, Section), Vec<&Step>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| step.action != Action::Nothing) {
        groups.entry((sync_of(step), section_of(step))).or_default().push(step);
    }
    let groups = groups.into_iter();
    groups
        .map(|((sync, section), steps)| PlanSection { title: title_of(sync, section), steps })
        .collect()
}

fn title_of(sync: Option<String>, section: Section) -> String {
    let titles = SECTIONS.iter().filter(|(one, _)| *one == section);
    let title: String = titles.map(|(_, title)| *title).collect();
    match sync {
        Some(sync) => format!("Sync {sync}: {}", title.to_lowercase()),
        None => title,
    }
}

/// The sync in an id such as `task.home` or `destination-location.home@eu-west-1`. A bucket of
/// another region has the region in that place.
fn sync_of(step: &Step) -> Option<String> {
    let (resource, name) = step.id.as_str().split_once('.')?;
    let name = name.split('@').next().unwrap_or(name);
    let is_sync = resource != "destination-bucket" && SyncName::parse(name).is_ok();
    is_sync.then(|| name.to_owned())
}

fn section_of(step: &Step) -> Section {
    let id = step.id.as_str();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|one| id.starts_with(one));
    match step.kind.as_str() {
        _ if begins(&["records-bucket"]) => Section::Records,
        _ if begins(&["destination-bucket"]) => Section::Destination,
        _ if begins(&["instance"]) => Section::Instance,
        "CloudWatch alarm"
        | "CloudWatch dashboard"
        | "SNS topic"
        | "SNS subscription"
        | "SQS queue" => Section::Alerts,
        "EventBridge rule" | "Lambda permission" => Section::Schedules,
        "Lambda function" | "Lambda invoke config" => Section::Functions,
        "VPC"
        | "VPC endpoint"
        | "VPC flow log"
        | "internet gateway"
        | "elastic IP address"
        | "NAT gateway"
        | "route table"
        | "subnet"
        | "security group"
        | "default security group" => Section::Network,
        _ if begins(&["flow-log"]) => Section::Network,
        "EFS file system" | "EFS file system policy" | "EFS mount targets" => Section::FileSystem,
        "IAM role" | "log group" if is_of_function(id) => Section::Functions,
        _ => Section::Transfer,
    }
}

/// Whether it is the role or the log group of a function.
fn is_of_function(id: &str) -> bool {
    let functions = domain::function::FunctionName::ALL;
    functions.iter().any(|function| id.starts_with(function.name()))
}
