//! A task's schedule: EventBridge's expressions, and never more often than once an hour.
//!
//! Source: DataSync User Guide, "Scheduling when your DataSync task runs": "You can't schedule a
//! task to run at an interval faster than 1 hour."

use domain::config::{check_schedule_expression, rate_minutes};
use serde_json::Value;

use super::ApiError;
use super::patterns::ModelPattern;

const SHORTEST_MINUTES: i64 = 60;

/// Refuses a schedule that DataSync does not take.
pub(super) fn check_schedule(schedule: &Value) -> Result<(), ApiError> {
    let expression = schedule.get("ScheduleExpression").and_then(Value::as_str);
    let expression = expression
        .ok_or_else(|| ApiError::invalid_parameter("Schedule needs ScheduleExpression."))?;
    ModelPattern::ScheduleExpression.check_field("Schedule.ScheduleExpression", expression)?;
    check_expression(expression).map_err(|problem| {
        ApiError::invalid_parameter(format!("Schedule.ScheduleExpression {problem}."))
    })
}

fn check_expression(expression: &str) -> Result<(), String> {
    // The API reference's own example, cron(0 8 * * 3#1), has five fields: those of Unix, without a
    // year.
    let fields = cron_fields(expression);
    if fields.len() != 5 {
        check_schedule_expression(expression)?;
    }
    let often = match fields.first() {
        // Only one minute of an hour leaves an hour between any two.
        Some(minutes) => minutes.parse::<u8>().is_err(),
        None => rate_minutes(expression).is_some_and(|minutes| minutes < SHORTEST_MINUTES),
    };
    if often { Err("must leave an hour or more between two executions".to_owned()) } else { Ok(()) }
}

fn cron_fields(expression: &str) -> Vec<&str> {
    let inner = expression.strip_prefix("cron(").and_then(|inner| inner.strip_suffix(')'));
    inner.unwrap_or_default().split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EXPRESSIONS: [(&str, bool); 23] = [
        ("rate(60 minutes)", true),
        ("rate(1 hour)", true),
        ("rate(7 days)", true),
        ("cron(0 * * * ? *)", true),
        ("cron(0 12 ? * SUN,WED *)", true),
        ("cron(0 8 * * 3#1)", true),
        ("rate(30 minutes)", false),
        ("rate(59 minutes)", false),
        ("rate(1 minute)", false),
        ("rate(0 hours)", false),
        ("rate(1 hours)", false),
        ("cron(0/30 * * * ? *)", false),
        ("cron(0,30 * * * ? *)", false),
        ("cron(* * * * ? *)", false),
        ("cron(*/10 3 * * ? *)", false),
        ("cron(0-5 3 * * ? *)", false),
        ("cron(0 3 * * *)", true),
        ("cron(0 3 * *)", false),
        ("cron(0 24 * * ? *)", false),
        ("cron()", false),
        ("at(2026-01-01)", false),
        ("hourly", false),
        ("", false),
    ];

    #[test]
    fn an_hour_lies_between_two_executions() {
        for (expression, accepted) in EXPRESSIONS {
            let checked = check_schedule(&json!({ "ScheduleExpression": expression }));
            assert_eq!(checked.is_ok(), accepted, "{expression}: {checked:?}");
        }
    }
}
