//! EventBridge's schedule expressions: `rate(value unit)` and `cron(six fields)`, UTC.
//!
//! Source: EventBridge User Guide, "Creating a rule that runs on a schedule": a rate's unit is singular for 1 and plural
//! otherwise; a cron has six fields, and one of day-of-month and day-of-week must be `?`.

/// What is wrong with an expression, if anything.
pub(super) fn check(expression: &str) -> Result<(), String> {
    if let Some(inner) = between(expression, "rate(") {
        rate(inner)
    } else if let Some(inner) = between(expression, "cron(") {
        cron(inner)
    } else {
        Err("must be rate(…) or cron(…), such as rate(1 hour) or cron(0 3 * * ? *)".to_owned())
    }
}

fn between<'a>(expression: &'a str, opening: &str) -> Option<&'a str> {
    expression.strip_prefix(opening)?.strip_suffix(')')
}

fn rate(inner: &str) -> Result<(), String> {
    let (value, unit) = inner.split_once(' ').ok_or("must be rate(value unit), such as rate(6 hours)")?;
    let value: u32 = value.parse().map_err(|_| "must have a whole number as its value, such as rate(6 hours)")?;
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    if !["minute", "hour", "day"].contains(&singular) {
        return Err("must have minutes, hours or days as its unit".to_owned());
    }
    let expected = if value == 1 { singular.to_owned() } else { format!("{singular}s") };
    match value {
        0 => Err("must have a value of at least 1".to_owned()),
        _ if unit == expected => Ok(()),
        _ => Err(format!(
            "must be rate({value} {expected}): EventBridge refuses a singular with more than 1 and a plural with 1"
        )),
    }
}

fn cron(inner: &str) -> Result<(), String> {
    let fields: Vec<&str> = inner.split_whitespace().collect();
    let [minute, hour, day_of_month, month, day_of_week, year] = fields[..] else {
        return Err(format!(
            "must have six fields (minutes hours day-of-month month day-of-week year), not {}",
            fields.len()
        ));
    };
    let fields = [
        ("minutes", minute, "0123456789,-*/"),
        ("hours", hour, "0123456789,-*/"),
        ("day-of-month", day_of_month, "0123456789,-*?/LW"),
        ("month", month, "0123456789,-*/ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("day-of-week", day_of_week, "0123456789,-*?/L#ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("year", year, "0123456789,-*/"),
    ];
    for (name, field, signs) in fields {
        if !field.chars().all(|c| signs.contains(c)) {
            return Err(format!("has `{field}` as its {name}, which EventBridge does not take"));
        }
    }
    match (day_of_month == "?", day_of_week == "?") {
        (true, true) | (false, false) => Err("must have ? as exactly one of day-of-month and day-of-week".to_owned()),
        _ => Ok(()),
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
            "cron(0/15 8-17 ? * MON-FRI *)",
            "cron(0 8 1 * ? 2027)",
            "cron(0 10 ? * 6#3 *)",
            "cron(0 18 L * ? *)",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_eventbridge_refuses() {
        for bad in [
            "",
            "hourly",
            "rate(1 hours)",
            "rate(2 hour)",
            "rate(0 hours)",
            "rate(-1 hours)",
            "rate(1 week)",
            "rate(hour)",
            "rate(1 hour",
            "cron(0 3 * * *)",
            "cron(0 3 * * * *)",
            "cron(0 3 ? * ? *)",
            "cron(0 3 * * ? * *)",
            "cron(a 3 * * ? *)",
            "at(2026-01-01T00:00:00)",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
