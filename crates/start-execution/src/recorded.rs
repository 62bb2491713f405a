//! The executions that have a run record. Records are kept for ever, so they are not all listed
//! each time: an execution is looked up until its record is there, and never again.

use std::collections::BTreeSet;

use aws::records_bucket::{RecordsBucket, RecordsError, Written};
use domain::arn::ExecutionArn;
use domain::execution::is_terminal;
use domain::records::keys;
use domain::records::start::Sweep;

/// Up to so many are looked up one by one; more of them, as in the first sweep, by one listing of
/// all.
const LOOKED_UP: usize = 20;

/// Which of the executions that DataSync lists are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) ids: BTreeSet<String>,
    /// The records that the sweep before did not know.
    pub(crate) new: Vec<Written>,
}

/// Looks up the ended executions of which the sweep before knew no record.
pub(crate) async fn look_up(
    records: &RecordsBucket,
    before: Option<&Sweep>,
    all: &[(ExecutionArn, String)],
) -> Result<Recorded, RecordsError> {
    let ended = all
        .iter()
        .filter(|(_, status)| is_terminal(status))
        .map(|(execution, _)| execution.id().to_owned());
    let is_known = |id: &String| before.is_some_and(|sweep| sweep.recorded.contains(id));
    let (mut ids, unknown): (BTreeSet<String>, BTreeSet<String>) = ended.partition(is_known);
    let mut new = Vec::new();
    if unknown.len() > LOOKED_UP {
        new = records.by_time(keys::RUNS_PREFIX).await?;
        new.retain(|run| {
            keys::execution_id_of_run(&run.key).is_some_and(|id| unknown.contains(id))
        });
    } else {
        for id in &unknown {
            new.extend(records.by_time(&keys::run_record(id)).await?);
        }
    }
    ids.extend(new.iter().filter_map(|run| keys::execution_id_of_run(&run.key)).map(str::to_owned));
    Ok(Recorded { ids, new })
}
