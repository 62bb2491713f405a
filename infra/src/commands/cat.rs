//! `cat`: prints the content of one version of one file and compares it with its proof.

use std::process::ExitCode;

use anyhow::Result;

use super::get::{RequestedVersion, print_content};
use crate::bucket_view::BucketView;
use crate::cli::{CatArguments, Global};

pub(super) async fn run(global: &Global, arguments: &CatArguments) -> Result<ExitCode> {
    let requested = RequestedVersion::from_arguments(None, arguments.at.as_deref())?;
    let view = BucketView::open_bucket(global, &arguments.bucket).await?;
    print_content(&view, arguments.path.trim_start_matches('/'), &requested).await?;
    Ok(ExitCode::SUCCESS)
}
