//! The executions that have a run record. Records are kept forever, so not all of them are listed
//! each time: an execution is looked up until its record exists, and never again.

use std::collections::BTreeSet;

use aws::records_bucket::{RecordsBucket, RecordsError, Written};
use domain::arn::ExecutionArn;
use domain::execution::is_terminal;
use domain::records::keys;
use domain::records::start::Sweep;

/// The largest number of executions that are looked up one by one. More of them, as in the first
/// sweep, are looked up by one listing of all records.
const MAX_SINGLE_LOOKUPS: usize = 20;

/// The executions with a record, of those that DataSync lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RecordedExecutions {
    pub(super) ids: BTreeSet<String>,
    /// The records that are new since the last sweep.
    pub(super) new: Vec<Written>,
}

/// Looks up the ended executions for which the last sweep found no record.
pub(super) async fn find_recorded(
    records: &RecordsBucket,
    last: Option<&Sweep>,
    executions: &[(ExecutionArn, String)],
) -> Result<RecordedExecutions, RecordsError> {
    let ended = executions
        .iter()
        .filter(|(_, status)| is_terminal(status))
        .map(|(execution, _)| execution.id().to_owned());
    let is_known = |id: &String| last.is_some_and(|sweep| sweep.recorded.contains(id));
    let (mut ids, unknown): (BTreeSet<String>, BTreeSet<String>) = ended.partition(is_known);
    let new = look_up(records, &unknown).await?;
    ids.extend(new.iter().filter_map(|run| keys::execution_id_of_run(&run.key)).map(str::to_owned));
    Ok(RecordedExecutions { ids, new })
}

async fn look_up(
    records: &RecordsBucket,
    unknown: &BTreeSet<String>,
) -> Result<Vec<Written>, RecordsError> {
    let mut new = Vec::new();
    if unknown.len() > MAX_SINGLE_LOOKUPS {
        new = records.by_time(keys::RUNS_PREFIX).await?;
        new.retain(|run| {
            keys::execution_id_of_run(&run.key).is_some_and(|id| unknown.contains(id))
        });
    } else {
        for id in unknown {
            new.extend(records.by_time(&keys::run_record(id)).await?);
        }
    }
    Ok(new)
}
