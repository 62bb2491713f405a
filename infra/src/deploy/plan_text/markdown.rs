//! A plan as Markdown for a pull request. Pure.

use domain::printable::escape_lines;
use reconciler::plan::{Counts, Plan, Step};
use reconciler::render;

use super::sections::{PlanSection, group_steps};
use super::{Detail, StackPlan};

/// The maximum length of a plan: a comment on GitHub holds 65,536 characters.
const LIMIT: usize = 65_000;
/// The room for the note about what was left out.
const NOTE: usize = 200;

/// Returns the summary and a collapsed block for each section, shorter than [`LIMIT`] bytes.
pub(crate) fn plan_markdown(planned: &StackPlan, place: &str) -> String {
    let summary = render::summary(&planned.combined_plan());
    let mut blocks = Vec::new();
    let findings = planned.findings_text();
    if !findings.is_empty() {
        blocks.push(fence("text", &findings));
    }
    for (title, plan) in planned.planes() {
        blocks.extend(group_steps(plan).iter().map(|section| section_block(title, section)));
    }
    let head = format!("### efs-s3 plan: {place}\n\n**{}**\n\n", summary.trim_end());
    fit_blocks(head, &blocks)
}

/// Returns the blocks that fit, and a note about the others.
fn fit_blocks(head: String, blocks: &[String]) -> String {
    let mut text = head;
    let mut left = 0;
    for block in blocks {
        if text.len() + block.len() + NOTE < LIMIT {
            text += block;
        } else {
            left += 1;
        }
    }
    let count = match left {
        0 => return text,
        1 => "1 section".to_owned(),
        _ => format!("{left} sections"),
    };
    text + &count + " left out, too long for a comment: see `efs-s3 plan --full`.\n"
}

/// Returns a section, with its fields if they fit well, else with one line a resource.
fn section_block(plane: &str, section: &PlanSection<'_>) -> String {
    let full = section_details(plane, section, Detail::Fields);
    if full.len() < LIMIT / 4 {
        return full;
    }
    section_details(plane, section, Detail::Resources)
}

fn section_details(plane: &str, section: &PlanSection<'_>, detail: Detail) -> String {
    let lines: String = section.steps.iter().map(|step| diff_lines(step, detail)).collect();
    format!(
        "<details><summary>{plane}: {} ({})</summary>\n\n{}\n</details>\n\n",
        section.title,
        counts_text(&section.steps),
        fence("diff", &lines)
    )
}

/// Returns the lines of a step with their sign first, as the colours of a diff need it. A `!` marks
/// a change.
fn diff_lines(step: &Step, detail: Detail) -> String {
    let text = detail.step_text(step);
    let lines = text.lines().map(|line| {
        let (sign, rest) = line.split_at(line.len().min(3));
        let sign = match sign {
            "  +" => "+",
            "  -" => "-",
            "  ~" | "-/+" | "  !" => "!",
            _ => " ",
        };
        let replaced = if line.starts_with("-/+") { " replace" } else { "" };
        format!("{sign}{replaced}{rest}\n")
    });
    lines.collect()
}

fn counts_text(steps: &[&Step]) -> String {
    let steps = steps.iter().map(|step| (*step).clone()).collect();
    let plan = Plan { format_version: reconciler::plan::FORMAT_VERSION, steps };
    let Counts { add, change, destroy } = plan.counts();
    format!("{add} to add, {change} to change, {destroy} to destroy")
}

/// Four backticks: a value may hold three.
fn fence(language: &str, text: &str) -> String {
    format!("````{language}\n{}````\n", escape_lines(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_left_out_and_counted() {
        let blocks = vec!["a".repeat(60_000), "b".repeat(60_000), "c".repeat(1_000)];
        let text = fit_blocks("head\n".to_owned(), &blocks);
        assert!(text.len() < LIMIT && text.contains("ccc") && !text.contains("bbb"));
        assert!(text.ends_with(
            "1 section left out, too long for a comment: see `efs-s3 plan \
            --full`.\n"
        ));
        assert_eq!(fit_blocks("head\n".to_owned(), &blocks[2..]).len(), 1_005);
    }
}
