//! What one observation has read so far of what many resources share: lists of DataSync, alarms,
//! rules, and the resource policies of functions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cloudwatch::types::MetricAlarm;
use aws_sdk_eventbridge::types::Rule;
use tokio::sync::OnceCell;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Locations and tasks of one region.
#[derive(Debug, Default)]
pub(crate) struct RegionLists {
    pub(crate) locations: OnceCell<Vec<(String, String)>>,
    pub(crate) tasks: OnceCell<Vec<ListedTask>>,
}

/// A task as `ListTasks` has it.
#[derive(Clone, Debug)]
pub(crate) struct ListedTask {
    pub(crate) arn: String,
    pub(crate) name: String,
}

/// The resource policy of one function; `None` where it has none.
pub(crate) type FunctionPolicy = Arc<OnceCell<Option<String>>>;

/// The names of the rules with one target.
pub(crate) type TargetRules = Arc<OnceCell<BTreeSet<String>>>;

/// The lists and documents read so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObservationCache {
    regions: Arc<Mutex<BTreeMap<String, Arc<RegionLists>>>>,
    pub(crate) tags: Arc<Mutex<BTreeMap<String, Tags>>>,
    /// The alarms of the stack, by name.
    pub(crate) alarms: Arc<OnceCell<BTreeMap<String, MetricAlarm>>>,
    /// The rules of the stack, by name.
    pub(crate) rules: Arc<OnceCell<BTreeMap<String, Rule>>>,
    /// The names of the rules that have a function as target, by its ARN.
    targets: Arc<Mutex<BTreeMap<String, TargetRules>>>,
    policies: Arc<Mutex<BTreeMap<String, FunctionPolicy>>>,
}

impl ObservationCache {
    pub(crate) fn policy_of(&self, function: &str) -> FunctionPolicy {
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        policies.entry(function.to_owned()).or_default().clone()
    }

    pub(crate) fn rules_of_target(&self, target_arn: &str) -> TargetRules {
        let mut targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        targets.entry(target_arn.to_owned()).or_default().clone()
    }

    pub(crate) fn of_region(&self, region: &str) -> Arc<RegionLists> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.entry(region.to_owned()).or_default().clone()
    }
}
