//! A plan as text: one line a resource, by plane and section. Pure.

mod markdown;
mod sections;

use reconciler::plan::{Plan, Step};
use reconciler::render;

pub(crate) use markdown::plan_markdown;
pub(crate) use sections::{PlanSection, group_steps};

use super::plan::StackPlan;
use super::verification::summary_text;

/// The titles of both planes.
const CONTROL_PLANE: &str = "Control plane (made by efs-s3)";
const DATA_PLANE: &str = "Data plane (made by bootstrap-stack)";

const LEGEND: &str = "Legend: + add, ~ change, - destroy, -/+ replace\n";

/// The detail of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// One line for each resource.
    Resources,
    /// Every field.
    Fields,
}

impl Detail {
    fn step_text(self, step: &Step) -> String {
        match self {
            Self::Resources => render::step_line(step),
            Self::Fields => render::step_with_fields(step),
        }
    }
}

/// Returns the findings, both planes and the summary.
pub(crate) fn plan_text(planned: &StackPlan, detail: Detail) -> String {
    let mut text = planned.findings_text();
    if !text.is_empty() {
        text.push('\n');
    }
    for (title, plan) in planned.planes() {
        text += &plane_text(title, plan, detail);
    }
    text += &summary_text(&planned.verification);
    let whole = planned.combined_plan();
    if !whole.is_empty() {
        text += LEGEND;
    }
    text + &render::summary(&whole)
}

fn plane_text(title: &str, plan: &Plan, detail: Detail) -> String {
    let sections = group_steps(plan);
    if sections.is_empty() {
        return format!("{title}:\n    no changes\n\n");
    }
    let sections: String = sections.iter().map(|section| section_text(section, detail)).collect();
    format!("{title}:\n{sections}\n")
}

fn section_text(section: &PlanSection<'_>, detail: Detail) -> String {
    let steps: String = section.steps.iter().map(|step| detail.step_text(step)).collect();
    let lines: String = steps.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    format!("  {}\n{lines}", section.title)
}

impl StackPlan {
    /// Returns both planes with their titles.
    fn planes(&self) -> [(&'static str, &Plan); 2] {
        [(CONTROL_PLANE, &self.control_plane), (DATA_PLANE, &self.data_plane)]
    }
}

#[cfg(test)]
mod tests;
