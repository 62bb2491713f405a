//! A paused schedule as text.

use domain::point_in_time::format_time;
use domain::records::pause::Pause;

/// Returns a line with the time and the reason of the pause.
pub(crate) fn pause_text(pause: &Pause) -> String {
    pause_text_for(pause, "")
}

/// Returns the same line about one of several syncs. `argument` selects it: ` --sync home`.
pub(crate) fn pause_text_for(pause: &Pause, argument: &str) -> String {
    let since = format_time(pause.since);
    let details = details_text(pause);
    format!(
        "The schedule has been paused since {since}{details}; `efs-s3 resume{argument}` enables it \
            again.\n"
    )
}

/// Returns the person and the reason, each with a space before it; empty without both.
pub(crate) fn details_text(pause: &Pause) -> String {
    let by = pause.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let reason = pause.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    by + &reason
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_says_since_when_and_why() {
        let since = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let texts = [None, Some("the file server moves".to_owned())]
            .map(|reason| pause_text(&Pause { since, reason, by: Some("anna on laptop".into()) }));
        insta::assert_snapshot!(texts.concat(), @"
        The schedule has been paused since 2023-11-14 22:13:20 UTC by anna on laptop; `efs-s3 resume` enables it again.
        The schedule has been paused since 2023-11-14 22:13:20 UTC by anna on laptop (the file server moves); `efs-s3 resume` enables it again.
        ");
    }
}
