//! `audit`: verifies that everything ever proven still exists.

use std::process::ExitCode;

use anyhow::{Result, bail};
use domain::function::FunctionName;
use domain::printable::escape_unprintable;
use domain::records::audit::{Audit, Fate, Loss};
use domain::request::AuditRequest;
use serde_json::json;
use verify_versions::VerifyOutcome;

use crate::cli::Global;
use crate::context::StackContext;
use crate::invoke;
use crate::ui::output;

/// The number of losses that are printed; JSON contains all that were kept.
const SHOWN: usize = 20;

pub(super) async fn run(global: &Global, prefix: &str) -> Result<ExitCode> {
    let context = StackContext::load_context(global).await?;
    let mut whole: Option<Audit> = None;
    let mut request = AuditRequest { prefix: prefix.to_owned(), ..AuditRequest::default() };
    loop {
        let audit = audit_part(&context, &request).await?;
        let next = audit.next.clone();
        whole = Some(match whole {
            None => audit,
            Some(before) => before.merge_part(audit),
        });
        match next {
            Some(after) => request.after = after,
            None => break,
        }
    }
    let Some(audit) = whole else { bail!("verify-versions returned no outcome") };
    output::print_data(global.output, &audit, audit_text(&audit))?;
    Ok(if audit.counts.has_losses() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn audit_part(context: &StackContext, request: &AuditRequest) -> Result<Audit> {
    let payload = json!({ "audit": request });
    match invoke::invoke_function(context, FunctionName::VerifyVersions, &payload).await? {
        VerifyOutcome::Audited { audit } => Ok(audit),
        outcome => bail!("verify-versions returned an unexpected outcome: {outcome:?}"),
    }
}

fn audit_text(audit: &Audit) -> String {
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
    let losses: String = audit.losses.iter().take(SHOWN).map(loss_line).collect();
    text + &losses
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
