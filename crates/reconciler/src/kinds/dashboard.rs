//! CloudWatch dashboard. It can't be tagged: a text widget in it says whose it is.
//!
//! Dashboards are global to the account (CloudWatch User Guide, "Using Amazon CloudWatch
//! dashboards": "All dashboards are global, not Region-specific"), so the name and the text in the
//! widget have the region.

use std::collections::BTreeMap;

use aws::SdkFailure;
use domain::names::Names;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Actions, Cause, Found, Kind, KindError};
use crate::Aws;
use crate::graph::ResourceId;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub name: String,
    /// CloudWatch User Guide, "Dashboard body structure and syntax".
    pub body: Value,
}

impl Dashboard {
    /// The text that some widget of ours has to hold.
    #[must_use]
    pub fn mark(names: &Names) -> String {
        format!("{} in `{}`", stack_mark(&names.stack), names.region)
    }

    async fn read_named(&self, aws: &Aws, name: &str) -> Result<Option<Found>, KindError> {
        let answer = match aws.cloudwatch.get_dashboard().dashboard_name(name).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return absent(error.into())
                    .map_err(KindError::doing("reading CloudWatch dashboard", name));
            }
        };
        let text = answer.dashboard_body.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let ours =
            text.contains(&Self::mark(&aws.names)) || is_regionless_one_of_ours(&body, &aws.names);
        let state = json!(Self { name: name.to_owned(), body });
        let arn = answer.dashboard_arn.unwrap_or_default();
        let attributes =
            BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), name.to_owned())]);
        Ok(Some(Found { state, attributes, ours }))
    }
}

fn stack_mark(stack: &str) -> String {
    format!("efs-s3 stack `{stack}`")
}

/// Whether an earlier release made this dashboard for this stack in this region. The mark had no
/// region then, but every metric widget names the region whose metrics it shows.
fn is_regionless_one_of_ours(body: &Value, names: &Names) -> bool {
    let widgets = body["widgets"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |widget: &Value| widget["properties"]["markdown"].as_str().map(str::to_owned);
    let mark = stack_mark(&names.stack);
    // Followed by the end of the line: the mark of today goes on with the region.
    let marked =
        widgets.iter().filter_map(text).any(|text| text.lines().any(|line| line.ends_with(&mark)));
    let mut regions = widgets.iter().filter_map(|widget| widget["properties"]["region"].as_str());
    marked && regions.all(|region| region == names.region)
}

impl Kind for Dashboard {
    const NAME: &'static str = "CloudWatch dashboard";
    const ACTIONS: Actions = Actions {
        look: &["cloudwatch:GetDashboard"],
        make: &["cloudwatch:PutDashboard"],
        change: &["cloudwatch:DeleteDashboards"],
        implied: &[],
    };
    const REPLACE_ON: &'static [&'static str] = &["name"];

    /// A dashboard under the name that earlier releases gave it counts as this one if it is ours:
    /// its name differs, so it is replaced, or goes with the stack.
    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<Found>, KindError> {
        if let Some(found) = self.read_named(aws, &self.name).await? {
            return Ok(Some(found));
        }
        let former = self.read_named(aws, &aws.names.regionless_dashboard()).await?;
        Ok(former.filter(|found| found.ours))
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
        let refused: Vec<_> = answer
            .dashboard_validation_messages()
            .iter()
            .filter_map(|message| message.message())
            .collect();
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
        _found: &Found,
        _changed: &[String],
    ) -> Result<(), KindError> {
        self.create(aws, id).await
    }

    async fn delete(&self, aws: &Aws, found: &Found) -> Result<(), KindError> {
        let name = found.attribute("name");
        if let Err(error) = aws.cloudwatch.delete_dashboards().dashboard_names(name).send().await {
            absent(error.into())
                .map_err(KindError::doing("deleting CloudWatch dashboard", name))?;
        }
        Ok(())
    }
}

fn absent(failure: SdkFailure) -> Result<Option<Found>, SdkFailure> {
    let gone = ["ResourceNotFound", "DashboardNotFoundError", "ResourceNotFoundException"];
    if failure.is(&gone) { Ok(None) } else { Err(failure) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::Client;
    use aws_sdk_cloudwatch::operation::delete_dashboards::DeleteDashboardsOutput;
    use aws_sdk_cloudwatch::operation::get_dashboard::GetDashboardOutput;
    use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardOutput;
    use aws_sdk_cloudwatch::types::DashboardValidationMessage;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::kinds::mocked::{self, client, xml_refusal};

    fn names(stack: &str, region: &str) -> Names {
        Names::new(stack, "111122223333", region)
    }

    fn body(mark: &str, region: &str) -> Value {
        json!({"widgets": [
            {"type": "text", "properties": {"markdown": format!("# {mark}\nWhat to do: \
                docs/OPERATIONS.md")}},
            {"type": "metric", "properties": {"region": region}},
        ]})
    }

    fn desired() -> Dashboard {
        let names = names("backup", "eu-central-1");
        Dashboard {
            name: names.dashboard_name(),
            body: body(&Dashboard::mark(&names), &names.region),
        }
    }

    fn id() -> ResourceId {
        ResourceId::new("dashboard")
    }

    /// The dashboards of the account, by name.
    fn described(name: &'static str, body: Value) -> Rule {
        mock!(Client::get_dashboard)
            .match_requests(move |get| get.dashboard_name() == Some(name))
            .then_output(move || {
                GetDashboardOutput::builder()
                    .dashboard_arn("arn:d")
                    .dashboard_body(body.to_string())
                    .build()
            })
    }

    fn none() -> Rule {
        mock!(Client::get_dashboard).then_http_response(|| xml_refusal(404, "ResourceNotFound"))
    }

    async fn read(rules: [&Rule; 2]) -> Option<Found> {
        let aws =
            Aws { cloudwatch: client!(aws_sdk_cloudwatch, rules[0], rules[1]), ..mocked::aws() };
        desired().read(&aws, &id()).await.unwrap()
    }

    #[tokio::test]
    async fn whose_it_is_stands_in_it() {
        let found =
            read([&described("backup-runs-eu-central-1", desired().body), &none()]).await.unwrap();
        assert_eq!((found.state.clone(), found.ours), (json!(desired()), true));
        for foreign in [names("another", "eu-central-1"), names("backup", "us-east-1")] {
            let body = body(&Dashboard::mark(&foreign), &foreign.region);
            assert!(
                !read([&described("backup-runs-eu-central-1", body), &none()]).await.unwrap().ours,
                "{foreign:?}"
            );
        }
    }

    #[tokio::test]
    async fn one_without_the_region_in_its_name_is_replaced_where_it_is_of_this_region() {
        let old = body("efs-s3 stack `backup`", "eu-central-1");
        let found = read([&described("backup-runs", old), &none()]).await.unwrap();
        assert_eq!((found.attribute("name"), found.ours), ("backup-runs", true));
        let changed = crate::plan::changed_fields(&found.state, &json!(desired()));
        assert!(
            changed.iter().any(|field| Dashboard::REPLACE_ON.contains(&field.as_str())),
            "{changed:?}"
        );
        for foreign in [
            body("efs-s3 stack `backup`", "us-east-1"),
            body("efs-s3 stack `another`", "eu-central-1"),
            json!({"widgets": []}),
            Value::Null,
        ] {
            assert_eq!(read([&described("backup-runs", foreign), &none()]).await, None);
        }
    }

    #[tokio::test]
    async fn the_one_that_was_found_is_deleted() {
        let delete = mock!(Client::delete_dashboards)
            .match_requests(|delete| delete.dashboard_names() == ["backup-runs"])
            .then_output(|| DeleteDashboardsOutput::builder().build());
        let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &delete), ..mocked::aws() };
        let attributes = BTreeMap::from([("name".to_owned(), "backup-runs".to_owned())]);
        desired()
            .delete(&aws, &Found { state: Value::Null, attributes, ours: true })
            .await
            .unwrap();
        assert_eq!(delete.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_cloudwatch_does_not_understand_is_an_error() {
        let put = mock!(Client::put_dashboard).then_output(|| {
            let message =
                DashboardValidationMessage::builder().message("widget 1 has no region").build();
            PutDashboardOutput::builder().dashboard_validation_messages(message).build()
        });
        let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &put), ..mocked::aws() };
        let error = desired().create(&aws, &id()).await.unwrap_err();
        let text = aws::failure::chain(&error);
        assert_eq!(
            text,
            "writing CloudWatch dashboard `backup-runs-eu-central-1`: widget 1 has no region"
        );
    }
}
