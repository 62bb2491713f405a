//! The error of a search that finds nothing, with the time from which on there is something.

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use domain::point_in_time::format_time;

use crate::hint::hinted_error;

/// The hint where a time lies before the first version.
pub(crate) const LATER_TIME: &str = "give a later time, such as `--at now`, or the end of an \
    execution that `efs-s3 runs` lists: the first execution copies for a while after that time";

/// A search without a result.
pub(crate) struct NothingFound {
    /// The statement: `nothing matches …`.
    pub statement: String,
    /// The time of the search; `None` for the current objects.
    pub moment: Option<DateTime<Utc>>,
    /// The first version that the search has listed, of any time.
    pub first_version: Option<DateTime<Utc>>,
}

impl NothingFound {
    /// `otherwise` is the hint where the time is not the cause.
    pub(crate) fn into_error(self, otherwise: impl Into<String>) -> anyhow::Error {
        let Self { statement, moment, first_version } = self;
        match (moment, first_version) {
            (None, _) => hinted_error(anyhow!("{statement}"), otherwise),
            (Some(moment), Some(first)) if first > moment => {
                let (first, moment) = (format_time(first), format_time(moment));
                let error =
                    anyhow!("{statement}: the first version is from {first}, after {moment}");
                hinted_error(error, LATER_TIME)
            }
            (Some(moment), _) => {
                let error = anyhow!("{statement} as of {}", format_time(moment));
                hinted_error(error, otherwise)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0)
    }

    #[test]
    fn the_first_time_is_named_where_the_time_is_the_cause() {
        let texts = [(None, None), (at(0), at(5)), (at(9), at(5)), (at(9), None)].map(
            |(moment, first_version)| {
                let statement = "there is no `a`".to_owned();
                let nothing = NothingFound { statement, moment, first_version };
                nothing.into_error("look elsewhere").to_string()
            },
        );
        insta::assert_snapshot!(texts.join("\n"), @"
        there is no `a`
        there is no `a`: the first version is from 2023-11-14 22:13:25 UTC, after 2023-11-14 22:13:20 UTC
        there is no `a` as of 2023-11-14 22:13:29 UTC
        there is no `a` as of 2023-11-14 22:13:29 UTC
        ");
    }
}
