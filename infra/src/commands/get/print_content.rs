//! Prints the content of a version on standard output while it is read. Nothing of it is kept, so a
//! content that differs from its proof is reported at the end.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::download::get_object;
use super::requested_version::{RequestedVersion, require_file_path, versions_command};
use super::{differing_digest, version_of};
use crate::bucket_view::BucketView;
use crate::cli::OutputFormat;
use crate::hint::hinted_error;
use crate::runs::version_origin::VersionOrigin;
use crate::ui::stream::DataStream;

/// Printed content.
pub(in crate::commands) struct PrintedContent {
    pub version_id: String,
    pub bytes: u64,
    pub sha256: String,
    pub origin: Option<VersionOrigin>,
}

pub(in crate::commands) async fn print_content(
    view: &BucketView,
    path: &str,
    requested: &RequestedVersion,
) -> Result<PrintedContent> {
    require_file_path(path)?;
    let id = requested.find_id(view, path).await?;
    let mut answer = get_object(view, path, id.as_deref()).await?;
    let (version_id, at) = version_of(&answer);
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut out = DataStream::new(OutputFormat::Text);
    while let Some(chunk) = answer.body.next().await {
        let chunk = chunk.context("reading the object: what was printed is not complete")?;
        digest.update(&chunk);
        bytes += chunk.len() as u64;
        out.print_bytes(&chunk)?;
    }
    out.flush_page()?;
    let sha256 = hex::encode(digest.finalize());
    let origin = view.find_origin(&view.bucket.key_of(path), &version_id, at).await?;
    if let Some(differs) = differing_digest(&sha256, origin.as_ref()) {
        let list = versions_command(path, &view.argument);
        return Err(hinted_error(
            differs.context("the printed content is not as proven"),
            format!("do not use what was printed; `{list}` lists other versions"),
        ));
    }
    Ok(PrintedContent { version_id, bytes, sha256, origin })
}
