//! CloudWatch dashboard. It can't be tagged: a text widget in it names its stack.
//!
//! Dashboards are global to the account (CloudWatch User Guide, "Using Amazon CloudWatch
//! dashboards": "All dashboards are global, not Region-specific"), so the name and the text in the
//! widget have the region.

use std::collections::BTreeMap;

use aws::SdkFailure;
use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardOutput;
use domain::names::Names;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Aws;
use crate::kind_error::{Cause, KindError};
use crate::resource_id::ResourceId;
use crate::resource_kind::{Actions, LiveResource, ResourceKind};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub name: String,
    /// CloudWatch User Guide, "Dashboard body structure and syntax".
    pub body: Value,
}

impl Dashboard {
    /// The text that a widget of a managed dashboard contains.
    #[must_use]
    pub fn mark(names: &Names) -> String {
        format!("{} in `{}`", stack_mark(&names.stack), names.region)
    }

    async fn read_named(&self, aws: &Aws, name: &str) -> Result<Option<LiveResource>, KindError> {
        let answer = match aws.cloudwatch.get_dashboard().dashboard_name(name).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return none_if_absent(error.into())
                    .map_err(KindError::doing("reading CloudWatch dashboard", name));
            }
        };
        let text = answer.dashboard_body.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let managed =
            text.contains(&Self::mark(&aws.names)) || is_regionless_and_managed(&body, &aws.names);
        let state = json!(Self { name: name.to_owned(), body });
        let arn = answer.dashboard_arn.unwrap_or_default();
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), name.to_owned())]);
        Ok(Some(LiveResource { state, attributes, managed }))
    }
}

fn stack_mark(stack: &str) -> String {
    format!("efs-s3 stack `{stack}`")
}

/// Whether an earlier release created this dashboard for this stack in this region. The mark did
/// not contain the region then, but every metric widget names the region of its metrics.
fn is_regionless_and_managed(body: &Value, names: &Names) -> bool {
    let widgets = body["widgets"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |widget: &Value| widget["properties"]["markdown"].as_str().map(str::to_owned);
    let mark = stack_mark(&names.stack);
    // It must be followed by the end of the line: the current mark continues with the region.
    let marked =
        widgets.iter().filter_map(text).any(|text| text.lines().any(|line| line.ends_with(&mark)));
    let mut regions = widgets.iter().filter_map(|widget| widget["properties"]["region"].as_str());
    marked && regions.all(|region| region == names.region)
}

impl ResourceKind for Dashboard {
    const NAME: &'static str = "CloudWatch dashboard";
    const ACTIONS: Actions = Actions {
        look: &["cloudwatch:GetDashboard"],
        make: &["cloudwatch:PutDashboard"],
        change: &["cloudwatch:DeleteDashboards"],
        implied: &[],
    };
    const FORCE_NEW: &'static [&'static str] = &["name"];

    /// A managed dashboard under the name of earlier releases counts as this one: its name differs,
    /// so it is replaced, or deleted with the stack.
    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<LiveResource>, KindError> {
        if let Some(found) = self.read_named(aws, &self.name).await? {
            return Ok(Some(found));
        }
        let former = self.read_named(aws, &aws.names.regionless_dashboard()).await?;
        Ok(former.filter(|found| found.managed))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        let put = aws
            .cloudwatch
            .put_dashboard()
            .dashboard_name(&self.name)
            .dashboard_body(self.body.to_string());
        let answer = put
            .send()
            .await
            .map_err(KindError::doing("writing CloudWatch dashboard", &self.name))?;
        let refused = validation_messages(&answer);
        if refused.is_empty() {
            return Ok(());
        }
        let doing = format!("writing CloudWatch dashboard `{}`", self.name);
        Err(KindError { doing, source: Cause::Other(refused.join("; ")) })
    }

    async fn update(
        &self,
        aws: &Aws,
        id: &ResourceId,
        _found: &LiveResource,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.create(aws, id).await
    }

    async fn delete(&self, aws: &Aws, found: &LiveResource) -> Result<(), KindError> {
        let name = found.attribute("name");
        if let Err(error) = aws.cloudwatch.delete_dashboards().dashboard_names(name).send().await {
            none_if_absent(error.into())
                .map_err(KindError::doing("deleting CloudWatch dashboard", name))?;
        }
        Ok(())
    }
}

fn validation_messages(answer: &PutDashboardOutput) -> Vec<&str> {
    let messages = answer.dashboard_validation_messages().iter();
    messages.filter_map(|message| message.message()).collect()
}

fn none_if_absent(failure: SdkFailure) -> Result<Option<LiveResource>, SdkFailure> {
    let gone = ["ResourceNotFound", "DashboardNotFoundError", "ResourceNotFoundException"];
    if failure.is(&gone) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests;
