//! EventBridge's schedule expressions: `rate(value unit)` and `cron(six fields)`, UTC.
//!
//! Source: EventBridge User Guide, "Creating a rule that runs on a schedule": a rate's unit is
//! singular for 1 and plural otherwise. API reference, `PutRule`: at most 256 characters.

use super::cron;

const MAX_CHARACTERS: usize = 256;

/// Checks an expression by EventBridge's rules.
///
/// # Errors
/// Says what is wrong, as the end of a sentence that begins with the expression.
pub fn check(expression: &str) -> Result<(), String> {
    if expression.chars().count() > MAX_CHARACTERS {
        return Err(format!(
            "must be at most {MAX_CHARACTERS} characters: EventBridge takes no more"
        ));
    }
    if let Some(inner) = text_between(expression, "rate(") {
        check_rate(inner)
    } else if let Some(inner) = text_between(expression, "cron(") {
        cron::check_cron(inner)
    } else {
        Err("must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)".to_owned())
    }
}

/// The time between two executions of a `rate(…)`; `None` of a `cron(…)`, and of what EventBridge
/// refuses.
pub fn rate_minutes(expression: &str) -> Option<i64> {
    check(expression).ok()?;
    let (number, unit) = text_between(expression, "rate(")?.split_once(' ')?;
    let minutes = match unit.trim_end_matches('s') {
        "minute" => 1,
        "hour" => 60,
        _ => 24 * 60,
    };
    number.parse::<i64>().ok()?.checked_mul(minutes)
}

/// Whether a `cron(…)` leaves no day out.
pub(in crate::config) fn is_every_day(expression: &str) -> bool {
    let fields: Vec<&str> =
        text_between(expression, "cron(").unwrap_or_default().split_whitespace().collect();
    fields.get(2..).is_some_and(|days| days.iter().all(|field| ["*", "?"].contains(field)))
}

/// The minutes of the day at which a `cron(…)` of every day starts; `None` of every other one.
pub(in crate::config) fn daily_starts(expression: &str) -> Option<Vec<u16>> {
    let inner = text_between(expression, "cron(").filter(|_| is_every_day(expression))?;
    cron::find_start_minutes(inner)
}

fn text_between<'a>(expression: &'a str, opening: &str) -> Option<&'a str> {
    expression.strip_prefix(opening)?.strip_suffix(')')
}

const UNKNOWN_UNIT: &str =
    "must have minutes, hours or days as its unit: EventBridge knows no other";

/// Reads digits alone: `parse` takes a sign too.
fn parse_digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn check_rate(inner: &str) -> Result<(), String> {
    let (value, unit) =
        inner.split_once(' ').ok_or("must be rate(value unit), such as rate(6 hours)")?;
    let number = parse_digits(value)
        .ok_or("must have a whole number as its value, such as rate(6 hours)")?;
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    if !["minute", "hour", "day"].contains(&singular) {
        return Err(UNKNOWN_UNIT.to_owned());
    }
    let expected = if number == 1 { singular.to_owned() } else { format!("{singular}s") };
    match number {
        0 => Err("must have a value of at least 1: EventBridge refuses 0".to_owned()),
        _ if unit == expected => Ok(()),
        1 => Err(format!("must be rate(1 {expected}): EventBridge refuses a plural with 1")),
        _ => Err(format!(
            "must be rate({number} {expected}): EventBridge refuses a singular with more than 1"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_eventbridge_takes() {
        for good in [
            "rate(1 minute)",
            "rate(5 minutes)",
            "rate(1 hour)",
            "rate(12 hours)",
            "rate(1 day)",
            "rate(7 days)",
            "cron(0 3 * * ? *)",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    const NO_EXPRESSIONS: [&str; 17] = [
        "",
        "hourly",
        "rate(1 hours)",
        "rate(2 hour)",
        "rate(0 hours)",
        "rate(-1 hours)",
        "rate(+5 hours)",
        "rate(1.5 hours)",
        "rate( hours)",
        "rate(1 week)",
        "rate(2 hourss)",
        "rate(2  hours)",
        "rate(hour)",
        "rate(1 hour",
        "Rate(1 hour)",
        "cron(0 3 * * *)",
        "at(2026-01-01T00:00:00)",
    ];

    #[test]
    fn what_eventbridge_refuses() {
        let long = format!("cron(0{} 3 * * ? *)", ",0".repeat(130));
        for bad in NO_EXPRESSIONS {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check(&long).is_err(), "{long}");
    }
}
