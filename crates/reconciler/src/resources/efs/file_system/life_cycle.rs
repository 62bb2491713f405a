//! When files move to Infrequent Access, and back. EFS keeps one transition in each policy of a
//! list (EFS API reference, `PutLifecycleConfiguration`).

use aws_sdk_efs::types::{
    LifecyclePolicy, TransitionToIaRules, TransitionToPrimaryStorageClassRules,
};

use crate::Aws;
use crate::kind_error::KindError;

/// The days; `None` when files stay where they are, 0 for other transitions than the managed ones.
pub(super) async fn read_life_cycle(
    aws: &Aws,
    file_system_id: &str,
) -> Result<Option<i32>, KindError> {
    let answer =
        aws.efs.describe_lifecycle_configuration().file_system_id(file_system_id).send().await;
    let answer =
        answer.map_err(KindError::doing("reading lifecycle of EFS file system", file_system_id))?;
    Ok(find_days(answer.lifecycle_policies()))
}

fn find_days(found: &[LifecyclePolicy]) -> Option<i32> {
    if found.is_empty() {
        return None;
    }
    let days = found
        .iter()
        .find_map(LifecyclePolicy::transition_to_ia)
        .and_then(parse_days)
        .unwrap_or_default();
    let managed = life_cycle_policies(days);
    let same = found.len() == managed.len() && managed.iter().all(|policy| found.contains(policy));
    Some(if same { days } else { 0 })
}

/// Replaces the whole configuration; an empty one stops all transitions.
pub(super) async fn put_life_cycle(
    aws: &Aws,
    file_system_id: &str,
    days: Option<i32>,
) -> Result<(), KindError> {
    let put = aws.efs.put_lifecycle_configuration().file_system_id(file_system_id);
    let sent = put
        .set_lifecycle_policies(Some(days.map(life_cycle_policies).unwrap_or_default()))
        .send()
        .await;
    sent.map_err(KindError::doing("setting lifecycle of EFS file system", file_system_id))?;
    Ok(())
}

fn life_cycle_policies(days: i32) -> Vec<LifecyclePolicy> {
    let away = TransitionToIaRules::from(rule_text(days).as_str());
    vec![
        LifecyclePolicy::builder().transition_to_ia(away).build(),
        LifecyclePolicy::builder()
            .transition_to_primary_storage_class(TransitionToPrimaryStorageClassRules::After1Access)
            .build(),
    ]
}

/// `AFTER_1_DAY`, `AFTER_7_DAYS`, ….
fn rule_text(days: i32) -> String {
    format!("AFTER_{days}_DAY{}", if days == 1 { "" } else { "S" })
}

fn parse_days(rule: &TransitionToIaRules) -> Option<i32> {
    rule.as_str().strip_prefix("AFTER_")?.split('_').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_efs::types::TransitionToArchiveRules;

    use super::*;

    #[test]
    fn each_number_of_days_that_efs_knows_comes_back_as_it_went() {
        for number in [1, 7, 14, 30, 60, 90, 180, 270, 365] {
            let policies = life_cycle_policies(number);
            let away = policies[0].transition_to_ia().unwrap();
            assert!(TransitionToIaRules::values().contains(&away.as_str()), "{away}");
            assert_eq!(find_days(&policies), Some(number));
        }
        assert_eq!(find_days(&[]), None);
    }

    #[test]
    fn other_transitions_show() {
        let archive = LifecyclePolicy::builder()
            .transition_to_archive(TransitionToArchiveRules::After90Days)
            .build();
        assert_eq!(find_days(std::slice::from_ref(&archive)), Some(0));
        assert_eq!(find_days(&[life_cycle_policies(30), vec![archive]].concat()), Some(0));
        assert_eq!(find_days(&life_cycle_policies(30)[..1]), Some(0));
        let reversed: Vec<_> = life_cycle_policies(30).into_iter().rev().collect();
        assert_eq!(find_days(&reversed), Some(30));
    }
}
