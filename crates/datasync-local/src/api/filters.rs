//! The filters of `ListLocations` and `ListTasks`.

use chrono::DateTime;
use serde::Deserialize;

use super::ApiError;

/// `LocationFilter` and `TaskFilter`; each operation checks the names that it allows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListFilter {
    pub(super) name: String,
    pub(super) values: Vec<String>,
    pub(super) operator: Operator,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Operator {
    Equals,
    NotEquals,
    In,
    LessThanOrEqual,
    LessThan,
    GreaterThanOrEqual,
    GreaterThan,
    Contains,
    NotContains,
    BeginsWith,
}

/// Checks that every filter has one of `names` and a value.
pub(super) fn check_filters(filters: &[ListFilter], names: &[&str]) -> Result<(), ApiError> {
    for filter in filters {
        if !names.contains(&filter.name.as_str()) {
            let allowed = names.join(", ");
            return Err(ApiError::invalid_parameter(format!(
                "filter name {} is none of {allowed}.",
                filter.name
            )));
        }
        if filter.values.is_empty() {
            return Err(ApiError::invalid_parameter(format!(
                "filter {} has no values.",
                filter.name
            )));
        }
    }
    Ok(())
}

impl ListFilter {
    /// Whether a text passes the filter. Orderings compare as text.
    pub(super) fn admits_text(&self, text: &str) -> bool {
        let any = |test: &dyn Fn(&str) -> bool| self.values.iter().any(|value| test(value));
        match self.operator {
            Operator::Equals | Operator::In => any(&|value| text == value),
            Operator::NotEquals => !any(&|value| text == value),
            Operator::Contains => any(&|value| text.contains(value)),
            Operator::NotContains => !any(&|value| text.contains(value)),
            Operator::BeginsWith => any(&|value| text.starts_with(value)),
            Operator::LessThanOrEqual => any(&|value| text <= value),
            Operator::LessThan => any(&|value| text < value),
            Operator::GreaterThanOrEqual => any(&|value| text >= value),
            Operator::GreaterThan => any(&|value| text > value),
        }
    }

    /// Whether a time (seconds since the epoch) passes the filter. Values are ISO 8601 or seconds;
    /// any other value admits nothing.
    pub(super) fn admits_time(&self, time: f64) -> bool {
        let any = |test: &dyn Fn(f64) -> bool| {
            self.values.iter().filter_map(|value| parse_seconds(value)).any(test)
        };
        let same = |value: f64| (time - value).abs() < 0.001;
        match self.operator {
            Operator::Equals | Operator::In => any(&same),
            Operator::NotEquals => !any(&same),
            Operator::LessThanOrEqual => any(&|value| time <= value),
            Operator::LessThan => any(&|value| time < value),
            Operator::GreaterThanOrEqual => any(&|value| time >= value),
            Operator::GreaterThan => any(&|value| time > value),
            Operator::Contains | Operator::NotContains | Operator::BeginsWith => false,
        }
    }
}

fn parse_seconds(value: &str) -> Option<f64> {
    let iso = DateTime::parse_from_rfc3339(value).ok().map(|time| time.timestamp());
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of any date this century fit in 33 bits"
    )]
    let iso = iso.map(|seconds| seconds as f64);
    iso.or_else(|| value.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter_with(operator: Operator, values: &[&str]) -> ListFilter {
        ListFilter {
            name: "n".into(),
            operator,
            values: values.iter().map(|v| (*v).to_owned()).collect(),
        }
    }

    #[test]
    fn texts_pass_by_operator() {
        for (operator, value, admits) in [
            (Operator::Equals, "s3://b/", true),
            (Operator::NotEquals, "s3://b/", false),
            (Operator::Contains, "//", true),
            (Operator::NotContains, "efs", true),
            (Operator::BeginsWith, "s3", true),
            (Operator::BeginsWith, "efs", false),
        ] {
            assert_eq!(
                filter_with(operator, &[value]).admits_text("s3://b/"),
                admits,
                "{operator:?} {value}"
            );
        }
        assert!(filter_with(Operator::In, &["x", "s3://b/"]).admits_text("s3://b/"));
    }

    #[test]
    fn times_pass_by_operator() {
        let day = "2026-11-23T00:00:00Z";
        assert!(filter_with(Operator::GreaterThan, &[day]).admits_time(1_795_392_001.0));
        assert!(!filter_with(Operator::LessThan, &[day]).admits_time(1_795_392_001.0));
        assert!(!filter_with(Operator::GreaterThan, &["soon"]).admits_time(1.0));
    }
}
