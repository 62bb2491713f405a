//! `transition_days` and `transition_storage_class`: what S3's lifecycle moves where, and when.
//!
//! Source: S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle" (supported transitions,
//! constraints) and `Transition.Days` of its API.

use crate::config::rule_problems::RuleProblems;
use crate::config::{StorageClass, StorageTransition};

/// S3 moves objects to the Infrequent Access classes no earlier.
const DAYS_BEFORE_INFREQUENT_ACCESS: i32 = 30;

pub(super) fn check_transition(
    transition: &StorageTransition,
    from: StorageClass,
    problems: &mut RuleProblems,
) {
    check_days(transition, problems);
    let to = transition.storage_class;
    if colder_classes(from).contains(&to) {
        return;
    }
    problems.add_combined(
        "destination.transition_storage_class",
        to.as_str(),
        &["destination.storage_class"],
        describe_wrong_class(from, to),
    );
}

fn check_days(transition: &StorageTransition, problems: &mut RuleProblems) {
    let StorageTransition { days, storage_class: to } = *transition;
    let infrequent = matches!(to, StorageClass::StandardIa | StorageClass::OnezoneIa);
    if days < 1 {
        let message = "must be at least 1 day: for a storage class from the start, set \
            destination.storage_class";
        problems.add_problem("destination.transition_days", days, message);
    } else if infrequent && days < DAYS_BEFORE_INFREQUENT_ACCESS {
        let message = format!(
            "must be at least {DAYS_BEFORE_INFREQUENT_ACCESS} for \
                destination.transition_storage_class = \"{}\": a rule of S3; for this class from \
                the start, set destination.storage_class",
            to.as_str()
        );
        let others = ["destination.transition_storage_class"];
        problems.add_combined("destination.transition_days", days, &others, message);
    }
}

fn describe_wrong_class(from: StorageClass, to: StorageClass) -> String {
    let written = from.as_str();
    if to == StorageClass::Standard {
        "must not be STANDARD: S3 moves no objects to this class; remove both transition keys"
            .to_owned()
    } else if to == from {
        "is equal to destination.storage_class: name a colder class, or remove both transition keys"
            .to_owned()
    } else if colder_classes(from).is_empty() {
        format!(
            "must be absent: no class is colder than destination.storage_class = \"{written}\"; \
                remove both transition keys"
        )
    } else {
        format!(
            "must be colder than destination.storage_class = \"{written}\": S3 moves objects from \
                there only to {}",
            join_words(colder_classes(from))
        )
    }
}

/// The classes that S3's lifecycle moves objects of Standard to.
const BELOW_STANDARD: [StorageClass; 6] = [
    StorageClass::StandardIa,
    StorageClass::IntelligentTiering,
    StorageClass::OnezoneIa,
    StorageClass::GlacierInstantRetrieval,
    StorageClass::Glacier,
    StorageClass::DeepArchive,
];

/// The classes that S3's lifecycle moves objects of a class to.
fn colder_classes(from: StorageClass) -> &'static [StorageClass] {
    use StorageClass::{
        DeepArchive, Glacier, GlacierInstantRetrieval, IntelligentTiering, OnezoneIa, Standard,
        StandardIa,
    };
    match from {
        Standard => &BELOW_STANDARD,
        StandardIa => {
            &[IntelligentTiering, OnezoneIa, GlacierInstantRetrieval, Glacier, DeepArchive]
        }
        IntelligentTiering => &[OnezoneIa, GlacierInstantRetrieval, Glacier, DeepArchive],
        OnezoneIa | GlacierInstantRetrieval => &[Glacier, DeepArchive],
        Glacier => &[DeepArchive],
        DeepArchive => &[],
    }
}

fn join_words(classes: &[StorageClass]) -> String {
    classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::Choice;

    #[test]
    fn nothing_moves_in_a_circle() {
        for from in StorageClass::ALL {
            assert!(!colder_classes(*from).contains(from), "{from:?}");
            for to in colder_classes(*from) {
                assert!(!colder_classes(*to).contains(from), "{from:?} and {to:?}");
            }
        }
    }
}
