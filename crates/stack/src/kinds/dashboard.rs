//! CloudWatch dashboard. It can't be tagged: a text widget in it says whose it is.

use std::collections::BTreeMap;

use aws_edge::SdkFailure;
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
    pub fn mark(stack: &str) -> String {
        format!("efs-s3 stack `{stack}`")
    }
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

    async fn read(&self, aws: &Aws, _id: &ResourceId) -> Result<Option<Found>, KindError> {
        let answer = match aws.cloudwatch.get_dashboard().dashboard_name(&self.name).send().await {
            Ok(answer) => answer,
            Err(error) => {
                return absent(error.into()).map_err(KindError::doing("reading CloudWatch dashboard", &self.name));
            }
        };
        let text = answer.dashboard_body.unwrap_or_default();
        let ours = text.contains(&Self::mark(&aws.names.stack));
        let state = json!(Self { name: self.name.clone(), body: serde_json::from_str(&text).unwrap_or(Value::Null) });
        let arn = answer.dashboard_arn.unwrap_or_default();
        let attributes = BTreeMap::from([("arn".to_owned(), arn), ("name".to_owned(), self.name.clone())]);
        Ok(Some(Found { state, attributes, ours }))
    }

    async fn create(&self, aws: &Aws, _id: &ResourceId) -> Result<(), KindError> {
        let put = aws.cloudwatch.put_dashboard().dashboard_name(&self.name).dashboard_body(self.body.to_string());
        let answer = put.send().await.map_err(KindError::doing("writing CloudWatch dashboard", &self.name))?;
        let refused: Vec<_> =
            answer.dashboard_validation_messages().iter().filter_map(|message| message.message()).collect();
        if refused.is_empty() {
            return Ok(());
        }
        let doing = format!("writing CloudWatch dashboard `{}`", self.name);
        Err(KindError { doing, source: Cause::Other(refused.join("; ")) })
    }

    async fn update(&self, aws: &Aws, id: &ResourceId, _found: &Found, _changed: &[String]) -> Result<(), KindError> {
        self.create(aws, id).await
    }

    async fn delete(&self, aws: &Aws, _found: &Found) -> Result<(), KindError> {
        if let Err(error) = aws.cloudwatch.delete_dashboards().dashboard_names(&self.name).send().await {
            absent(error.into()).map_err(KindError::doing("deleting CloudWatch dashboard", &self.name))?;
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
    use aws_sdk_cloudwatch::operation::get_dashboard::GetDashboardOutput;
    use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardOutput;
    use aws_sdk_cloudwatch::types::DashboardValidationMessage;
    use aws_smithy_mocks::{Rule, mock};

    use super::*;
    use crate::kinds::mocked::{self, client};

    fn desired(stack: &str) -> Dashboard {
        let body = json!({"widgets": [{"type": "text", "properties": {"markdown": Dashboard::mark(stack)}}]});
        Dashboard { name: "backup".into(), body }
    }

    fn id() -> ResourceId {
        ResourceId::new("dashboard")
    }

    fn described(stack: &'static str) -> Rule {
        mock!(Client::get_dashboard).then_output(move || {
            GetDashboardOutput::builder().dashboard_arn("arn:d").dashboard_body(desired(stack).body.to_string()).build()
        })
    }

    #[tokio::test]
    async fn whose_it_is_stands_in_it() {
        let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &described("backup")), ..mocked::aws() };
        let found = desired("backup").read(&aws, &id()).await.unwrap().unwrap();
        assert_eq!((found.state.clone(), found.ours), (json!(desired("backup")), true));
        let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &described("another")), ..mocked::aws() };
        assert!(!desired("backup").read(&aws, &id()).await.unwrap().unwrap().ours);
    }

    #[tokio::test]
    async fn what_cloudwatch_does_not_understand_is_an_error() {
        let put = mock!(Client::put_dashboard).then_output(|| {
            let message = DashboardValidationMessage::builder().message("widget 1 has no region").build();
            PutDashboardOutput::builder().dashboard_validation_messages(message).build()
        });
        let aws = Aws { cloudwatch: client!(aws_sdk_cloudwatch, &put), ..mocked::aws() };
        let error = desired("backup").create(&aws, &id()).await.unwrap_err();
        let text = aws_edge::failure::chain(&error);
        assert_eq!(text, "writing CloudWatch dashboard `backup`: widget 1 has no region");
    }
}
