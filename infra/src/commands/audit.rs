//! `audit`: whether everything that was ever proven is still there.

use std::process::ExitCode;

use anyhow::{Result, bail};
use domain::function::FunctionName;
use domain::printable::escape_unprintable;
use domain::records::audit::{Audit, Fate};
use domain::request::AuditRequest;
use serde_json::json;
use verify_versions::Outcome;

use crate::cli::Global;
use crate::place::Place;
use crate::{invoke, output};

/// How many losses are printed; JSON has all that were kept.
const SHOWN: usize = 20;

pub(super) async fn run(global: &Global, prefix: &str) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let mut whole: Option<Audit> = None;
    let mut request = AuditRequest { prefix: prefix.to_owned(), ..AuditRequest::default() };
    loop {
        let outcome =
            invoke::invoke(&place, FunctionName::VerifyVersions, &json!({ "audit": request }))
                .await?;
        let Outcome::Audited { audit } = outcome else {
            bail!("verify-versions answered another request: {outcome:?}")
        };
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
    let Some(audit) = whole else { bail!("verify-versions answered nothing") };
    output::data(global.output, &audit, text(&audit))?;
    Ok(if audit.counts.has_losses() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn text(audit: &Audit) -> String {
    let counts = &audit.counts;
    let mut text = format!(
        "{} versions of {} proofs below {}: {} current, {} superseded, {} hidden by a delete marker, {} expired, {} gone, \
         {} altered\n",
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
    for loss in audit.losses.iter().take(SHOWN) {
        let fate = match loss.fate {
            Fate::Gone => "gone",
            Fate::Altered => "altered",
            Fate::HiddenByDeleteMarker => "hidden",
            Fate::ProofBroken => "proof broken",
        };
        text.extend([
            "  ",
            fate,
            "  ",
            &escape_unprintable(&loss.path),
            " ",
            &loss.version_id,
            " (",
            loss.execution.id(),
            "): ",
            &escape_unprintable(&loss.detail),
            "\n",
        ]);
    }
    text
}
