//! A paused schedule as text.

use domain::records::pause::Pause;

/// That and since when it is paused, a line.
pub(crate) fn pause_text(pause: &Pause) -> String {
    let since = pause.since.format("%Y-%m-%d %H:%M UTC");
    let reason = reason_text(pause);
    format!("The schedule is paused since {since}{reason}; `efs-s3 resume` lets it run again.\n")
}

/// In brackets, with a space before them, if one was given.
pub(crate) fn reason_text(pause: &Pause) -> String {
    pause.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_says_since_when_and_why() {
        let since = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let texts = [None, Some("the file server moves".to_owned())]
            .map(|reason| pause_text(&Pause { since, reason }));
        insta::assert_snapshot!(texts.concat(), @r"
        The schedule is paused since 2023-11-14 22:13 UTC; `efs-s3 resume` lets it run again.
        The schedule is paused since 2023-11-14 22:13 UTC (the file server moves); `efs-s3 resume` lets it run again.
        ");
    }
}
