//! `audit`: verifies that everything ever proven still exists.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use domain::function::FunctionName;
use domain::printable::escape_unprintable;
use domain::records::audit::{Audit, Fate, Loss};
use domain::records::outputs::Outputs;
use domain::request::AuditRequest;
use domain::sync_name::SyncName;
use serde_json::json;
use verify_versions::VerifyOutcome;

use crate::cli::{Global, SyncSelection};
use crate::context::StackContext;
use crate::hint::WithHint;
use crate::invoke;
use crate::sync_selection::{Unselected, select_syncs};
use crate::ui::output;

/// The number of losses that are printed; JSON contains all that were kept.
const SHOWN: usize = 20;

pub(super) async fn run(
    global: &Global,
    prefix: &str,
    selection: &SyncSelection,
) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let outputs = context.require_outputs().await?;
    let mut whole: Option<Audit> = None;
    for sync in audited_syncs(&context.config.sync_names(), selection)? {
        whole = Some(audit_sync(&context, prefix, sync, whole).await?);
    }
    let Some(audit) = whole else { bail!("verify-versions returned no outcome") };
    if matched_nothing(&audit) {
        return Err(anyhow!("no proven path begins with `{}`: nothing was verified", audit.prefix))
            .with_hint("give the beginning of a path below the source directory: `/department/`");
    }
    output::print_data(global.output, &audit, audit_text(&audit, &outputs))?;
    Ok(if audit.counts.has_losses() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Whether a prefix left nothing to verify. Proofs that could not be read may have such paths.
fn matched_nothing(audit: &Audit) -> bool {
    let counts = &audit.counts;
    audit.prefix != "/" && counts.versions + counts.broken_parts + counts.unreachable == 0
}

/// Returns the syncs of the requests. `None` is one request for all proofs, also those of syncs
/// that were removed from the configuration.
fn audited_syncs(
    configured: &[SyncName],
    selection: &SyncSelection,
) -> Result<Vec<Option<SyncName>>> {
    let selected = select_syncs(configured, selection, Unselected::All)?;
    let is_some = selected.len() < configured.len();
    Ok(if is_some { selected.into_iter().map(Some).collect() } else { vec![None] })
}

/// Audits the proofs of one sync, or all of them, and adds the result to that of the syncs before.
async fn audit_sync(
    context: &StackContext,
    prefix: &str,
    sync: Option<SyncName>,
    mut whole: Option<Audit>,
) -> Result<Audit> {
    let mut request = AuditRequest { prefix: prefix.to_owned(), sync, ..AuditRequest::default() };
    loop {
        let part = audit_part(context, &request).await?;
        let next = part.next.clone();
        let audit = match whole {
            None => part,
            Some(before) => before.merge_part(part),
        };
        match next {
            Some(after) => request.after = after,
            None => return Ok(audit),
        }
        whole = Some(audit);
    }
}

async fn audit_part(context: &StackContext, request: &AuditRequest) -> Result<Audit> {
    let payload = json!({ "audit": request });
    match invoke::invoke_function(context, FunctionName::VerifyVersions, &payload).await? {
        VerifyOutcome::Audited { audit } => Ok(audit),
        outcome => bail!("verify-versions returned an unexpected outcome: {outcome:?}"),
    }
}

fn audit_text(audit: &Audit, outputs: &Outputs) -> String {
    let counts = &audit.counts;
    let text = format!(
        "{} versions of {} proofs below {}: {} current, {} superseded, \
         {} hidden by a delete marker, {} expired, {} gone, {} altered\n",
        counts.versions,
        counts.proofs,
        audit.prefix,
        counts.current,
        counts.superseded,
        counts.hidden,
        counts.expired,
        counts.gone,
        counts.altered
    );
    let losses = audit.losses.iter().take(SHOWN);
    let losses: String = losses.map(|loss| sync_column(loss, outputs) + &loss_line(loss)).collect();
    text + &losses
}

/// Returns the sync of a loss with spaces around it; nothing in a stack with one sync.
fn sync_column(loss: &Loss, outputs: &Outputs) -> String {
    if outputs.other_syncs.is_empty() {
        return String::new();
    }
    let sync = outputs.of_task(&loss.execution.task()).map(|outputs| outputs.sync.as_str());
    let width = outputs.each_sync().map(|outputs| outputs.sync.as_str().len()).max().unwrap_or(0);
    format!("  {:<width$}", sync.unwrap_or("-"))
}

fn loss_line(loss: &Loss) -> String {
    let (path, detail) = (escape_unprintable(&loss.path), escape_unprintable(&loss.detail));
    let (version, execution) = (&loss.version_id, loss.execution.id());
    format!("  {}  {path} {version} ({execution}): {detail}\n", fate_text(loss.fate))
}

fn fate_text(fate: Fate) -> &'static str {
    match fate {
        Fate::Gone => "gone",
        Fate::Altered => "altered",
        Fate::HiddenByDeleteMarker => "hidden",
        Fate::ProofBroken => "proof broken",
    }
}

#[cfg(test)]
mod tests {
    use domain::records::audit::AuditCounts;

    use super::*;

    #[test]
    fn a_prefix_without_versions_matched_nothing() {
        let audit = |prefix: &str, versions, broken_parts| Audit {
            audited_at: chrono::DateTime::UNIX_EPOCH,
            prefix: prefix.to_owned(),
            counts: AuditCounts { proofs: 3, versions, broken_parts, ..AuditCounts::default() },
            losses: Vec::new(),
            next: None,
        };
        assert!(matched_nothing(&audit("/nope", 0, 0)));
        assert!(!matched_nothing(&audit("/", 0, 0)), "a stack without executions");
        assert!(!matched_nothing(&audit("/a", 1, 0)) && !matched_nothing(&audit("/a", 0, 1)));
    }

    #[test]
    fn all_syncs_are_one_request_and_some_are_one_each() {
        let configured = ["a", "b", "c"].map(|name| SyncName::parse(name).unwrap());
        let of = |names: &[&str], all| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            audited_syncs(&configured, &SyncSelection { names, all }).unwrap()
        };
        let [a, _, c] = configured.clone().map(Some);
        assert_eq!(of(&[], false), [None]);
        assert_eq!(of(&[], true), [None]);
        assert_eq!(of(&["c", "a"], false), [a, c]);
    }
}
