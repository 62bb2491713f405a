//! Changes made by hand to a stack at the second emulator, all at once.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use domain::function::FunctionName;
use e2e::data_plane::normalized_state;
use futures::future::BoxFuture;
use reconciler::Aws;
use reconciler::graph::Graph;
use reconciler::observe::observe;
use reconciler::resources::cloudwatch::dashboard::Dashboard;
use serde_json::json;

use crate::drift::{EVERYTHING, known_to_moto};

/// The resource of the control plane, and how it is altered.
type Altered = (&'static str, for<'a> fn(&'a Aws) -> BoxFuture<'a, Result<()>>);

const OF_CONTROL_PLANE: &[Altered] = &[
    ("sweep-rule", |aws| {
        Box::pin(async move {
            aws.eventbridge.disable_rule().name(aws.names.within_stack("sweep")).send().await?;
            Ok(())
        })
    }),
    ("report-created-rule", |aws| {
        Box::pin(async move {
            let remove =
                aws.eventbridge.remove_targets().rule(aws.names.within_stack("report-created"));
            remove.ids("function").send().await?;
            Ok(())
        })
    }),
    ("alerts-topic", |aws| {
        Box::pin(async move {
            let set = aws.sns.set_topic_attributes().topic_arn(aws.names.alerts_topic_arn());
            set.attribute_name("Policy").attribute_value(EVERYTHING).send().await?;
            Ok(())
        })
    }),
    ("dead-letters", |aws| {
        Box::pin(async move {
            let queue =
                aws.sqs.get_queue_url().queue_name(aws.names.dead_letter_queue()).send().await?;
            let set = aws.sqs.set_queue_attributes().set_queue_url(queue.queue_url);
            set.attributes(QueueAttributeName::MessageRetentionPeriod, "60").send().await?;
            Ok(())
        })
    }),
    ("start-execution-log-group", |aws| {
        Box::pin(async move {
            let name = aws.names.function_log_group(FunctionName::StartExecution);
            aws.logs
                .put_retention_policy()
                .log_group_name(name)
                .retention_in_days(1)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("verify-versions-role", |aws| {
        Box::pin(async move {
            let name = aws.names.role_name(FunctionName::VerifyVersions.name());
            let put = aws.iam.put_role_policy().role_name(name).policy_name("by-hand");
            put.policy_document(EVERYTHING).send().await?;
            Ok(())
        })
    }),
    ("dashboard", |aws| {
        Box::pin(async move {
            let markdown = Dashboard::mark(&aws.names);
            let text = json!({ "type": "text", "properties": { "markdown": markdown } });
            let put = aws.cloudwatch.put_dashboard().dashboard_name(aws.names.dashboard_name());
            put.dashboard_body(json!({ "widgets": [text] }).to_string()).send().await?;
            Ok(())
        })
    }),
];

/// Alters both planes. Returns the resources of the control plane that were altered, and how many
/// alterations there were; those of the data plane have to show at once.
pub(super) async fn plant_drift(aws: &Aws, graph: &Graph) -> Result<(Vec<&'static str>, usize)> {
    let of_data_plane = known_to_moto();
    let mut before = read_state(aws, graph).await?;
    for (what, alter) in &of_data_plane {
        let made = observe(aws, graph).await?;
        alter(aws, &made).await.with_context(|| format!("altering it by hand: {what}"))?;
        let now = read_state(aws, graph).await?;
        ensure!(now != before, "nothing shows that {what}");
        before = now;
    }
    for (id, alter) in OF_CONTROL_PLANE {
        alter(aws).await.with_context(|| format!("altering {id} by hand"))?;
    }
    let ids = OF_CONTROL_PLANE.iter().map(|(id, _)| *id).collect();
    Ok((ids, of_data_plane.len() + OF_CONTROL_PLANE.len()))
}

async fn read_state(aws: &Aws, graph: &Graph) -> Result<BTreeMap<String, String>> {
    Ok(normalized_state(graph, &observe(aws, graph).await?))
}
