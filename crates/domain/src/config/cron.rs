//! EventBridge's cron expressions: minutes, hours, day-of-month, month, day-of-week, year; UTC.
//!
//! Source: EventBridge User Guide, "Cron expressions": the table of fields, values and wildcards,
//! and that one of day-of-month and day-of-week must be `?`.

mod start_times;

pub(super) use start_times::find_start_minutes;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The values that one of the six fields accepts.
struct Field {
    name: &'static str,
    lowest: u16,
    highest: u16,
    /// Names of the values, beginning with the lowest.
    names: &'static [&'static str],
    /// Whether `?` is allowed, for "the other day field decides".
    is_day: bool,
}

const FIELDS: [Field; 6] = [
    Field { name: "minutes", lowest: 0, highest: 59, names: &[], is_day: false },
    Field { name: "hours", lowest: 0, highest: 23, names: &[], is_day: false },
    Field { name: "day-of-month", lowest: 1, highest: 31, names: &[], is_day: true },
    Field { name: "month", lowest: 1, highest: 12, names: &MONTHS, is_day: false },
    Field { name: "day-of-week", lowest: 1, highest: 7, names: &DAYS, is_day: true },
    Field { name: "year", lowest: 1970, highest: 2199, names: &[], is_day: false },
];

/// Checks the text between the brackets of `cron(…)`.
pub(super) fn check_cron(inner: &str) -> Result<(), String> {
    let written: Vec<&str> = inner.split_whitespace().collect();
    let [_, _, day_of_month, _, day_of_week, _] = written[..] else {
        let expected = FIELDS.map(|field| field.name).join(" ");
        return Err(format!("must have six fields ({expected}), not {}", written.len()));
    };
    for (field, text) in FIELDS.iter().zip(&written) {
        if !field.accepts_text(text) {
            return Err(format!(
                "has `{text}` as its {}, where EventBridge accepts {}",
                field.name,
                field.describe_range()
            ));
        }
    }
    if (day_of_month == "?") == (day_of_week == "?") {
        return Err("must have ? as exactly one of day-of-month and day-of-week".to_owned());
    }
    Ok(())
}

impl Field {
    fn accepts_text(&self, text: &str) -> bool {
        (self.is_day && text == "?") || text.split(',').all(|item| self.accepts_item(item))
    }

    /// One item of a list: a value, a range, either with a step, or one of the signs of the day
    /// fields.
    fn accepts_item(&self, item: &str) -> bool {
        if self.accepts_special(item) {
            return true;
        }
        let (range, step) =
            item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let step_is_good = step.is_none_or(|step| whole_number(step).is_some_and(|step| step > 0));
        let range_is_good = range == "*"
            || match range.split_once('-') {
                Some((first, last)) => self.accepts_value(first) && self.accepts_value(last),
                None => self.accepts_value(range),
            };
        step_is_good && range_is_good
    }

    /// `L` (the last), `15W` (the weekday nearest to the 15th), `6#3` (the third Friday).
    fn accepts_special(&self, item: &str) -> bool {
        match self.name {
            "day-of-month" => {
                matches!(item, "L" | "LW")
                    || item.strip_suffix('W').is_some_and(|day| self.accepts_value(day))
            }
            "day-of-week" => {
                let nth = |(day, nth)| {
                    self.accepts_value(day)
                        && whole_number(nth).is_some_and(|n| (1..=5).contains(&n))
                };
                item == "L"
                    || item.strip_suffix('L').is_some_and(|day| self.accepts_value(day))
                    || item.split_once('#').is_some_and(nth)
            }
            _ => false,
        }
    }

    fn accepts_value(&self, value: &str) -> bool {
        self.names.contains(&value)
            || whole_number(value)
                .is_some_and(|number| (self.lowest..=self.highest).contains(&number))
    }

    fn describe_range(&self) -> String {
        let numbers = format!("{} to {}", self.lowest, self.highest);
        match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!("{numbers} or {first} to {last}"),
            _ => numbers,
        }
    }
}

/// A number without a sign: `parse` alone takes `+5`.
fn whole_number(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_eventbridge_takes() {
        for good in [
            "0 3 * * ? *",
            "0/15 8-17 ? * MON-FRI *",
            "*/5 * * * ? *",
            "0 8 1 * ? 2027",
            "0,30 0 1,15 JAN,JUL ? 2026-2030",
            "0 10 ? * 6#3 *",
            "0 10 ? * 6L *",
            "0 18 L * ? *",
            "0 18 15W * ? *",
        ] {
            assert_eq!(check_cron(good), Ok(()), "{good}");
        }
    }

    fn describe_refusals(expressions: &[&str]) -> String {
        let describe = |inner: &&str| format!("{inner} -> {}", check_cron(inner).unwrap_err());
        expressions.iter().map(describe).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_eventbridge_refuses() {
        let shapes = ["", "0 3 * * *", "0 3 * * ? * *", "0 3 * * * *", "0 3 ? * ? *"];
        insta::assert_snapshot!(describe_refusals(&shapes), @r"
         -> must have six fields (minutes hours day-of-month month day-of-week year), not 0
        0 3 * * * -> must have six fields (minutes hours day-of-month month day-of-week year), not 5
        0 3 * * ? * * -> must have six fields (minutes hours day-of-month month day-of-week year), not 7
        0 3 * * * * -> must have ? as exactly one of day-of-month and day-of-week
        0 3 ? * ? * -> must have ? as exactly one of day-of-month and day-of-week
        ");
    }

    const OUT_OF_RANGE: [&str; 8] = [
        "60 3 * * ? *",
        "0 24 * * ? *",
        "0 3 32 * ? *",
        "0 3 * 13 ? *",
        "0 3 ? * 0 *",
        "0 3 ? * MO *",
        "0 3 ? * 6#6 *",
        "0 3 * * ? 1969",
    ];

    #[test]
    fn values_out_of_their_ranges() {
        insta::assert_snapshot!(describe_refusals(&OUT_OF_RANGE), @r"
        60 3 * * ? * -> has `60` as its minutes, where EventBridge accepts 0 to 59
        0 24 * * ? * -> has `24` as its hours, where EventBridge accepts 0 to 23
        0 3 32 * ? * -> has `32` as its day-of-month, where EventBridge accepts 1 to 31
        0 3 * 13 ? * -> has `13` as its month, where EventBridge accepts 1 to 12 or JAN to DEC
        0 3 ? * 0 * -> has `0` as its day-of-week, where EventBridge accepts 1 to 7 or SUN to SAT
        0 3 ? * MO * -> has `MO` as its day-of-week, where EventBridge accepts 1 to 7 or SUN to SAT
        0 3 ? * 6#6 * -> has `6#6` as its day-of-week, where EventBridge accepts 1 to 7 or SUN to SAT
        0 3 * * ? 1969 -> has `1969` as its year, where EventBridge accepts 1970 to 2199
        ");
    }

    #[test]
    fn what_is_no_number() {
        let signs = ["? 3 * * ? *", "0/0 3 * * ? *", "+5 3 * * ? *", "0, 3 * * ? *", "a 3 * * ? *"];
        insta::assert_snapshot!(describe_refusals(&signs), @r"
        ? 3 * * ? * -> has `?` as its minutes, where EventBridge accepts 0 to 59
        0/0 3 * * ? * -> has `0/0` as its minutes, where EventBridge accepts 0 to 59
        +5 3 * * ? * -> has `+5` as its minutes, where EventBridge accepts 0 to 59
        0, 3 * * ? * -> has `0,` as its minutes, where EventBridge accepts 0 to 59
        a 3 * * ? * -> has `a` as its minutes, where EventBridge accepts 0 to 59
        ");
    }
}
