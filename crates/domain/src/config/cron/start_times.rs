//! The times of day of a cron expression, as far as its minutes and hours tell them.

use super::{FIELDS, Field, whole_number};

/// The minutes of the day at which an expression starts, in order; `None` if they can't be told.
pub(in crate::config) fn find_start_minutes(inner: &str) -> Option<Vec<u16>> {
    let mut fields = inner.split_whitespace();
    let minutes = FIELDS[0].list_values(fields.next()?)?;
    let hours = FIELDS[1].list_values(fields.next()?)?;
    let times = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
    Some(times.collect())
}

impl Field {
    /// The values of a field without names, sorted, each once.
    fn list_values(&self, text: &str) -> Option<Vec<u16>> {
        let items = text.split(',').map(|item| self.list_item(item));
        let mut values: Vec<u16> = items.collect::<Option<Vec<_>>>()?.concat();
        values.sort_unstable();
        values.dedup();
        Some(values)
    }

    fn list_item(&self, item: &str) -> Option<Vec<u16>> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(whole_number(step).filter(|step| *step > 0)?)),
            None => (item, None),
        };
        let (first, last) = match (range, range.split_once('-')) {
            ("*", _) => (self.lowest, self.highest),
            (_, Some((first, last))) => (whole_number(first)?, whole_number(last)?),
            // With a step, a value is the first of all up to the highest.
            (value, None) if step.is_some() => (whole_number(value)?, self.highest),
            (value, None) => (whole_number(value)?, whole_number(value)?),
        };
        // EventBridge does not document a range that ends before its beginning.
        (first <= last && last <= self.highest)
            .then(|| (first..=last).step_by(usize::from(step.unwrap_or(1))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_by_minutes_and_hours() {
        for (inner, expected) in [
            ("0 3 * * ? *", Some(vec![180])),
            ("0,30 3 * * ? *", Some(vec![180, 210])),
            ("0/20 0,12 * * ? *", Some(vec![0, 20, 40, 720, 740, 760])),
            ("15 8-10 * * ? *", Some(vec![495, 555, 615])),
            ("5,5 */12 * * ? *", Some(vec![5, 725])),
            ("0 22-2 * * ? *", None),
        ] {
            assert_eq!(find_start_minutes(inner), expected, "{inner}");
        }
        assert_eq!(find_start_minutes("* * * * ? *").map(|all| all.len()), Some(24 * 60));
    }
}
