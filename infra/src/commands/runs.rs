//! `runs`: every run that is on record, a line each.

use std::process::ExitCode;

use anyhow::Result;
use chrono::Utc;
use domain::point_in_time::parse_point_in_time;

use super::deployed;
use crate::advice::Advise;
use crate::cli::Global;
use crate::place::Place;
use crate::{output, runs};

/// How many are shown when nobody says since when.
const LAST: usize = 20;

pub(super) async fn run(global: &Global, since: Option<&str>) -> Result<ExitCode> {
    let now = Utc::now();
    let since = since
        .map(|text| parse_point_in_time(text, now))
        .transpose()
        .advise("name a time as in `--since '2 days ago'`")?;
    let place = Place::find(global).await?;
    deployed(&place).await?;
    let found = match since {
        Some(moment) => runs::since(&place, moment).await?,
        None => runs::newest(&place, LAST).await?,
    };
    let text = if found.is_empty() { "no runs\n".to_owned() } else { runs::table(&found, now)? };
    output::data(global.output, &found, text)?;
    Ok(ExitCode::SUCCESS)
}
