//! `ListLocations`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::filters::{self, ListFilter};
use super::page::take_page;
use super::{ApiError, without_nulls};
use crate::app::DataSyncApp;
use crate::state::{AccountRegion, LocationKind, StoredLocation};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListLocationsRequest {
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    filters: Vec<ListFilter>,
}

pub(super) fn list_locations(
    app: &Arc<DataSyncApp>,
    account_region: &AccountRegion,
    request: ListLocationsRequest,
) -> Result<Value, ApiError> {
    filters::check_filters(&request.filters, &["LocationUri", "LocationType", "CreationTime"])?;
    let found = app.store.read(account_region, |account| {
        let admitted =
            account.locations.iter().filter(|location| admits_location(&request.filters, location));
        admitted.map(|l| json!({ "LocationArn": l.arn, "LocationUri": l.to_uri() })).collect()
    });
    let (locations, next) = take_page(found, request.max_results, request.next_token.as_deref())?;
    Ok(without_nulls(json!({ "Locations": locations, "NextToken": next })))
}

fn admits_location(filters: &[ListFilter], location: &StoredLocation) -> bool {
    filters.iter().all(|filter| match filter.name.as_str() {
        "LocationUri" => filter.admits_text(&location.to_uri()),
        "LocationType" => filter.admits_text(kind_word(&location.kind)),
        _ => filter.admits_time(location.created),
    })
}

fn kind_word(kind: &LocationKind) -> &'static str {
    match kind {
        LocationKind::Efs(_) => "EFS",
        LocationKind::S3(_) => "S3",
    }
}
