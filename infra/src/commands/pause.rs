//! `pause` and `resume`: switch the schedule off and on without a deploy, full verifications
//! included. What watches for fresh runs stays on.
//!
//! The record comes before the rule when pausing and goes after it when resuming: cut off in
//! between, the same command again completes it, and a deploy leaves the schedule off.

use std::process::ExitCode;

use anyhow::{Context, Result};
use aws::SdkFailure;
use chrono::Utc;
use domain::records::keys;
use domain::records::pause::Pause;
use serde::Serialize;

use super::deployed;
use crate::access::Access;
use crate::cli::Global;
use crate::control_plane::{SCHEDULE, STARTS};
use crate::output;
use crate::place::Place;

#[derive(Debug, Serialize)]
struct State {
    expression: String,
    enabled: bool,
    paused: Option<Pause>,
}

pub(crate) const ACCESS: Access = Access {
    records: &["s3:DeleteObject", "s3:PutObject"],
    stack: &["events:DisableRule", "events:EnableRule"],
    ..Access::NONE
};

pub(super) async fn pause(global: &Global, reason: Option<&str>) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    deployed(&place).await?;
    let pause = Pause { since: Utc::now(), reason: reason.map(str::to_owned) };
    // Who has paused it before stays on record.
    place.records.write_once(keys::PAUSE, &pause).await?;
    let pause = place.records.read(keys::PAUSE).await?.unwrap_or(pause);
    switch_rules(&place, false).await?;
    let said = text(&pause)
        + "A run that is under way goes on: `efs-s3 cancel` ends it. `efs-s3 sync` still starts \
            one.\n";
    let expression = place.config.schedule.expression.clone();
    output::data(global.output, &State { expression, enabled: false, paused: Some(pause) }, said)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn resume(global: &Global) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    deployed(&place).await?;
    let schedule = &place.config.schedule;
    if schedule.enabled {
        switch_rules(&place, true).await?;
    }
    place.records.remove(keys::PAUSE).await?;
    let said = match schedule.enabled {
        true => format!("The schedule runs again: {}.\n", schedule.expression),
        false => {
            "Nothing is paused by hand, but stack.toml has schedule.enabled = false.\n".to_owned()
        }
    };
    let state =
        State { expression: schedule.expression.clone(), enabled: schedule.enabled, paused: None };
    output::data(global.output, &state, said)?;
    Ok(ExitCode::SUCCESS)
}

/// Enables or disables the rules that start executions. Not every stack has one for full
/// verifications.
async fn switch_rules(place: &Place, on: bool) -> Result<()> {
    for id in STARTS {
        let rule = place.names().within_stack(id);
        let switched = match on {
            true => place
                .aws
                .eventbridge
                .enable_rule()
                .name(&rule)
                .send()
                .await
                .map(drop)
                .map_err(SdkFailure::from),
            false => place
                .aws
                .eventbridge
                .disable_rule()
                .name(&rule)
                .send()
                .await
                .map(drop)
                .map_err(SdkFailure::from),
        };
        match switched {
            Err(failure) if id != SCHEDULE && failure.is(&["ResourceNotFoundException"]) => {}
            switched => switched.with_context(|| {
                format!("switching the rule `{rule}` {}", if on { "on" } else { "off" })
            })?,
        }
    }
    Ok(())
}

/// That and since when it is paused, a line.
pub(crate) fn text(pause: &Pause) -> String {
    let since = pause.since.format("%Y-%m-%d %H:%M UTC");
    let reason = reason(pause);
    format!("The schedule is paused since {since}{reason}; `efs-s3 resume` lets it run again.\n")
}

/// In brackets, with a space before them, if one was given.
pub(super) fn reason(pause: &Pause) -> String {
    pause.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_says_since_when_and_why() {
        let since = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let texts = [None, Some("the file server moves".to_owned())]
            .map(|reason| text(&Pause { since, reason }));
        insta::assert_snapshot!(texts.concat(), @r"
        The schedule is paused since 2023-11-14 22:13 UTC; `efs-s3 resume` lets it run again.
        The schedule is paused since 2023-11-14 22:13 UTC (the file server moves); `efs-s3 resume` lets it run again.
        ");
    }
}
