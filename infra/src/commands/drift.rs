//! `drift`: whether both planes still are as deployed, field by field, and what could not be read.
//! Only reads.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use bootstrap_stack::drift::{Differing, Drift, Unread, drift};
use domain::config::StackConfig;
use domain::records::interrupted_apply::InterruptedApply;
use domain::records::keys;
use domain::records::pause::Pause;
use reconciler::graph::{Graph, ResourceId};
use reconciler::observe::observe_what_can_be_read;
use reconciler::plan::{Action, FORMAT_VERSION, Plan, Step};
use reconciler::render;
use serde::Serialize;

use super::outputs;
use crate::advice::Advise;
use crate::cli::Global;
use crate::code::Digests;
use crate::output;
use crate::place::Place;
use crate::planning::{control_plane_of, desired_data_plane};

/// The field of a function that a build of this machine sets. What is deployed is no drift for
/// being older.
const CODE: &str = "code_sha256";

#[derive(Debug, Serialize)]
struct Report {
    format_version: u32,
    control_plane: Drift,
    data_plane: Drift,
    /// A deploy or destroy that was cut off: what differs may come of that.
    unfinished: Option<InterruptedApply>,
    /// Whether stack.toml says something else than what is deployed; that is no drift.
    configuration_differs: bool,
}

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let place = Place::find(global).await?;
    let deployed: Option<StackConfig> = place.records.read(keys::CONFIG).await?;
    let nothing = || {
        anyhow!("the stack `{}` is not deployed, so nothing can have drifted", place.names().stack)
    };
    let deployed = deployed.ok_or_else(nothing).advise("run `efs-s3 deploy`")?;
    let task = outputs(&place).await?.map(|outputs| outputs.task_arn);
    let paused = place.records.read::<Pause>(keys::PAUSE).await?.is_some();
    let control = control_plane_of(&place, &deployed, &Digests::new(), task.as_ref(), paused);
    let (control_plane, data_plane) =
        tokio::join!(look(&place, &control), data_plane(&place, &deployed));
    let report = Report {
        format_version: FORMAT_VERSION,
        control_plane: without_code(control_plane),
        data_plane,
        unfinished: place.records.read(keys::INTERRUPTED_APPLY).await?,
        configuration_differs: deployed != place.config,
    };
    output::data(global.output, &report, text(&report)?)?;
    Ok(report.exit_code())
}

async fn look(place: &Place, graph: &Graph) -> Drift {
    drift(graph, &observe_what_can_be_read(&place.aws, graph).await)
}

/// Where not even the surroundings can be read, there is no graph to compare with.
async fn data_plane(place: &Place, config: &StackConfig) -> Drift {
    match desired_data_plane(place, config).await {
        Ok(graph) => look(place, &graph).await,
        Err(error) => {
            let reason = aws::failure::chain(error.as_ref());
            let unread =
                Unread { id: ResourceId::new("all"), kind: "data plane".to_owned(), reason };
            Drift { differing: Vec::new(), unread: vec![unread] }
        }
    }
}

fn without_code(mut drift: Drift) -> Drift {
    drift.differing.retain_mut(|differing| match &mut differing.action {
        Action::Update { changes } => {
            changes.retain(|change| change.field != CODE);
            !changes.is_empty()
        }
        _ => true,
    });
    drift
}

impl Report {
    /// As documented: 0 none, 2 drift, 1 when something could not be read and nothing else differs.
    fn exit_code(&self) -> ExitCode {
        let (differing, unread) = self.counts();
        match (differing, unread) {
            (0, 0) => ExitCode::SUCCESS,
            (0, _) => ExitCode::FAILURE,
            _ => ExitCode::from(2),
        }
    }

    fn counts(&self) -> (usize, usize) {
        let planes = [&self.control_plane, &self.data_plane];
        (
            planes.iter().map(|drift| drift.differing.len()).sum(),
            planes.iter().map(|drift| drift.unread.len()).sum(),
        )
    }
}

fn text(report: &Report) -> Result<String> {
    let mut text = String::new();
    let planes = [
        ("Control plane (made by efs-s3):", &report.control_plane),
        ("Data plane (made by bootstrap-stack):", &report.data_plane),
    ];
    for (title, drift) in planes {
        writeln!(text, "{title}")?;
        if drift.is_none() {
            writeln!(text, "    as deployed")?;
        }
        text.push_str(&render::steps(&as_plan(&drift.differing)));
        for Unread { id, kind, reason } in &drift.unread {
            writeln!(text, "  ? {kind} {id} could not be read: {reason}")?;
        }
        writeln!(text)?;
    }
    if let Some(unfinished) = &report.unfinished {
        let begun = unfinished.begun_at.format("%Y-%m-%d %H:%M UTC");
        writeln!(text, "A change that began at {begun} was cut off, or is under way.")?;
    }
    if report.configuration_differs {
        writeln!(
            text,
            "stack.toml says something else than what is deployed: `efs-s3 plan` shows it."
        )?;
    }
    let conclusion = match report.counts() {
        (0, 0) => "No drift.\n".to_owned(),
        (0, unread) => {
            format!(
                "No drift in what could be read; {unread} could not.\nNext: see to the reasons \
                    above.\n"
            )
        }
        (differing, 0) => format!("Drift: {differing} to repair.\nNext: efs-s3 deploy\n"),
        (differing, unread) => {
            format!(
                "Drift: {differing} to repair, {unread} could not be read.\nNext: efs-s3 deploy\n"
            )
        }
    };
    text.push_str(&conclusion);
    Ok(text)
}

/// In the form of a plan: what deploy would do to repair it.
fn as_plan(differing: &[Differing]) -> Plan {
    let step = |Differing { id, kind, action }: &Differing| Step {
        id: id.clone(),
        kind: kind.clone(),
        action: match action {
            // Its fields say nothing here: all of it is missing.
            Action::Create { .. } => Action::Create { state: serde_json::Value::Null },
            action => action.clone(),
        },
    };
    Plan { format_version: FORMAT_VERSION, steps: differing.iter().map(step).collect() }
}

#[cfg(test)]
mod tests {
    use reconciler::plan::Change;
    use serde_json::json;

    use super::*;

    fn change(field: &str) -> Change {
        Change { field: field.into(), before: json!("OFF"), after: json!("BASIC") }
    }

    fn differing(id: &str, action: Action) -> Differing {
        Differing { id: ResourceId::new(id), kind: "DataSync task".into(), action }
    }

    fn report(control_plane: Drift, data_plane: Drift) -> Report {
        Report {
            format_version: 1,
            control_plane,
            data_plane,
            unfinished: None,
            configuration_differs: false,
        }
    }

    #[test]
    fn what_differs_and_what_could_not_be_read_is_shown_by_plane() {
        let unread = Unread {
            id: ResourceId::new("role"),
            kind: "IAM role".into(),
            reason: "AccessDenied: no".into(),
        };
        let data = Drift {
            differing: vec![
                differing("task", Action::Update { changes: vec![change("options.log_level")] }),
                differing("other", Action::Create { state: json!({"name": "x"}) }),
            ],
            unread: vec![unread],
        };
        let report = report(Drift::default(), data);
        insta::assert_snapshot!(text(&report).unwrap(), @r#"
        Control plane (made by efs-s3):
            as deployed

        Data plane (made by bootstrap-stack):
          ~ DataSync task task
                options.log_level: "OFF" -> "BASIC"
          + DataSync task other
          ? IAM role role could not be read: AccessDenied: no

        Drift: 2 to repair, 1 could not be read.
        Next: efs-s3 deploy
        "#);
        assert_eq!(report.exit_code(), ExitCode::from(2));
    }

    #[test]
    fn the_exit_code_tells_none_from_drift_from_unknown() {
        let unread =
            Unread { id: ResourceId::new("role"), kind: "IAM role".into(), reason: "no".into() };
        let hidden = Drift { differing: Vec::new(), unread: vec![unread] };
        assert_eq!(report(Drift::default(), Drift::default()).exit_code(), ExitCode::SUCCESS);
        assert_eq!(report(hidden, Drift::default()).exit_code(), ExitCode::FAILURE);
    }

    #[test]
    fn code_that_is_not_deployed_yet_is_no_drift() {
        let code = || change(CODE);
        let drift = Drift {
            differing: vec![
                differing("a", Action::Update { changes: vec![code()] }),
                differing("b", Action::Update { changes: vec![code(), change("memory_mb")] }),
                differing("c", Action::Create { state: json!({}) }),
            ],
            unread: Vec::new(),
        };
        let left = without_code(drift).differing;
        assert_eq!(
            left.iter().map(|differing| differing.id.as_str()).collect::<Vec<_>>(),
            ["b", "c"]
        );
        assert_eq!(left[0].action, Action::Update { changes: vec![change("memory_mb")] });
    }
}
