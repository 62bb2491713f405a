//! When files move to Infrequent Access, and back. EFS keeps one transition in each policy of a
//! list (EFS API reference, `PutLifecycleConfiguration`).

use aws_sdk_efs::types::{
    LifecyclePolicy, TransitionToIaRules, TransitionToPrimaryStorageClassRules,
};

use crate::Aws;
use crate::kind_error::KindError;

/// The days; `None` when files stay where they are, 0 when they move otherwise than ours do.
pub(super) async fn read(aws: &Aws, file_system_id: &str) -> Result<Option<i32>, KindError> {
    let answer =
        aws.efs.describe_lifecycle_configuration().file_system_id(file_system_id).send().await;
    let answer =
        answer.map_err(KindError::doing("reading lifecycle of EFS file system", file_system_id))?;
    Ok(days_of(answer.lifecycle_policies()))
}

fn days_of(found: &[LifecyclePolicy]) -> Option<i32> {
    if found.is_empty() {
        return None;
    }
    let days =
        found.iter().find_map(LifecyclePolicy::transition_to_ia).and_then(days).unwrap_or_default();
    let managed = policies(days);
    let same = found.len() == managed.len() && managed.iter().all(|policy| found.contains(policy));
    Some(if same { days } else { 0 })
}

/// Replaces the whole configuration; an empty one stops all transitions.
pub(super) async fn put(
    aws: &Aws,
    file_system_id: &str,
    days: Option<i32>,
) -> Result<(), KindError> {
    let put = aws.efs.put_lifecycle_configuration().file_system_id(file_system_id);
    let sent =
        put.set_lifecycle_policies(Some(days.map(policies).unwrap_or_default())).send().await;
    sent.map_err(KindError::doing("setting lifecycle of EFS file system", file_system_id))?;
    Ok(())
}

fn policies(days: i32) -> Vec<LifecyclePolicy> {
    let away = TransitionToIaRules::from(rule(days).as_str());
    vec![
        LifecyclePolicy::builder().transition_to_ia(away).build(),
        LifecyclePolicy::builder()
            .transition_to_primary_storage_class(TransitionToPrimaryStorageClassRules::After1Access)
            .build(),
    ]
}

/// `AFTER_1_DAY`, `AFTER_7_DAYS`, ….
fn rule(days: i32) -> String {
    format!("AFTER_{days}_DAY{}", if days == 1 { "" } else { "S" })
}

fn days(rule: &TransitionToIaRules) -> Option<i32> {
    rule.as_str().strip_prefix("AFTER_")?.split('_').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_efs::types::TransitionToArchiveRules;

    use super::*;

    #[test]
    fn each_number_of_days_that_efs_knows_comes_back_as_it_went() {
        for number in [1, 7, 14, 30, 60, 90, 180, 270, 365] {
            let policies = policies(number);
            let away = policies[0].transition_to_ia().unwrap();
            assert!(TransitionToIaRules::values().contains(&away.as_str()), "{away}");
            assert_eq!(days_of(&policies), Some(number));
        }
        assert_eq!(days_of(&[]), None);
    }

    #[test]
    fn other_transitions_show() {
        let archive = LifecyclePolicy::builder()
            .transition_to_archive(TransitionToArchiveRules::After90Days)
            .build();
        assert_eq!(days_of(std::slice::from_ref(&archive)), Some(0));
        assert_eq!(days_of(&[policies(30), vec![archive]].concat()), Some(0));
        assert_eq!(days_of(&policies(30)[..1]), Some(0));
        let reversed: Vec<_> = policies(30).into_iter().rev().collect();
        assert_eq!(days_of(&reversed), Some(30));
    }
}
