//! The pauses of all schedules of a stack: one list, and one document for each paused sync.

use std::collections::BTreeMap;

use aws::records_bucket::{RecordsBucket, RecordsError};
use domain::point_in_time::format_time;
use domain::records::keys;
use domain::records::pause::Pause;
use domain::sync_name::SyncName;

use crate::ui::pause::{details_text, pause_text};

/// The pauses by sync.
pub(crate) type Pauses = BTreeMap<SyncName, Pause>;

/// Returns the pauses of all syncs, and of syncs that the stack no longer has.
pub(crate) async fn read_pauses(records: &RecordsBucket) -> Result<Pauses, RecordsError> {
    let mut pauses = Pauses::new();
    for key in records.list(keys::PAUSES_PREFIX).await? {
        let Some(sync) = keys::sync_of_pause(&key) else { continue };
        // Between both calls the schedule may be enabled again.
        if let Some(pause) = records.read(&key).await? {
            pauses.insert(sync, pause);
        }
    }
    Ok(pauses)
}

/// Returns a line for each pause.
pub(crate) fn pauses_text(pauses: &Pauses) -> String {
    let line = |(sync, pause): (&SyncName, &Pause)| match sync.is_default() {
        true => pause_text(pause),
        false => format!(
            "The schedule of the sync `{sync}` has been paused since {}{}; `efs-s3 resume --sync \
                {sync}` enables it again.\n",
            format_time(pause.since),
            details_text(pause)
        ),
    };
    pauses.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_names_its_sync() {
        let since = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let home = SyncName::parse("home").unwrap();
        let pauses = [
            (SyncName::default(), Pause { since, reason: None, by: None }),
            (home, Pause { since, reason: Some("the disk is full".to_owned()), by: None }),
        ];
        insta::assert_snapshot!(pauses_text(&pauses.into()), @r"
        The schedule has been paused since 2023-11-14 22:13:20 UTC; `efs-s3 resume` enables it again.
        The schedule of the sync `home` has been paused since 2023-11-14 22:13:20 UTC (the disk is full); `efs-s3 resume --sync home` enables it again.
        ");
    }
}
