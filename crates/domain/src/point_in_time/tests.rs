use super::*;

const NOW: &str = "2026-11-23T12:00:00Z";

/// The texts, and the times that they mean as a point in time.
const MOMENTS: [(&str, Option<&str>); 33] = [
    ("2026-11-23T10:00:00Z", Some("2026-11-23T10:00:00+00:00")),
    ("2026-11-23T10:00:00.5+02:00", Some("2026-11-23T08:00:00.500+00:00")),
    ("2026-11-23 10:00:05", Some("2026-11-23T10:00:05+00:00")),
    (" 2026-11-23 10:00 ", Some("2026-11-23T10:00:00+00:00")),
    ("2026-11-23 10:00 UTC", Some("2026-11-23T10:00:00+00:00")),
    ("2026-11-23T10:00Z", Some("2026-11-23T10:00:00+00:00")),
    ("2026-11-22", Some("2026-11-22T23:59:59.999+00:00")),
    ("2026-11-23", Some("2026-11-23T12:00:00+00:00")),
    ("now", Some("2026-11-23T12:00:00+00:00")),
    ("today", Some("2026-11-23T12:00:00+00:00")),
    ("Yesterday", Some("2026-11-22T23:59:59.999+00:00")),
    ("yesterday 20:50", Some("2026-11-22T20:50:00+00:00")),
    ("today 11:00 UTC", Some("2026-11-23T11:00:00+00:00")),
    ("11:59", Some("2026-11-23T11:59:00+00:00")),
    ("12:00", Some("2026-11-23T12:00:00+00:00")),
    ("20:50", Some("2026-11-22T20:50:00+00:00")),
    ("20:50:30 UTC", Some("2026-11-22T20:50:30+00:00")),
    ("90 minutes ago", Some("2026-11-23T10:30:00+00:00")),
    ("10m ago", Some("2026-11-23T11:50:00+00:00")),
    ("1 h 35 min ago", Some("2026-11-23T10:25:00+00:00")),
    ("1h", Some("2026-11-23T11:00:00+00:00")),
    ("1 day ago", Some("2026-11-22T12:00:00+00:00")),
    ("2 weeks ago", Some("2026-11-09T12:00:00+00:00")),
    ("2026-11-24", None),
    ("2026-11-23 12:01", None),
    ("today 12:01", None),
    ("2026-02-30", None),
    ("25:00", None),
    ("-1 days ago", None),
    ("99999999999999 days ago", None),
    ("23.11.2026", None),
    ("ago", None),
    ("", None),
];

fn moment(text: &str) -> DateTime<Utc> {
    parse_rfc3339(text).unwrap()
}

#[test]
fn moments_as_people_type_them() {
    for (text, expected) in MOMENTS {
        let read = parse_point_in_time(text, moment(NOW)).ok().map(|moment| moment.to_rfc3339());
        assert_eq!(read.as_deref(), expected, "{text}");
    }
}

#[test]
fn a_day_begins_where_something_is_shown_since_then() {
    for (text, expected) in [
        ("2026-11-22", Some("2026-11-22T00:00:00+00:00")),
        ("today", Some("2026-11-23T00:00:00+00:00")),
        ("yesterday", Some("2026-11-22T00:00:00+00:00")),
        ("yesterday 20:50", Some("2026-11-22T20:50:00+00:00")),
        ("15m", Some("2026-11-23T11:45:00+00:00")),
        ("2026-11-24", None),
    ] {
        let read = parse_beginning(text, moment(NOW)).ok().map(|moment| moment.to_rfc3339());
        assert_eq!(read.as_deref(), expected, "{text}");
    }
}

#[test]
fn a_printed_time_is_read_again() {
    let printed = format_time(moment("2026-11-23T10:00:05Z"));
    assert_eq!(printed, "2026-11-23 10:00:05 UTC");
    assert_eq!(parse_point_in_time(&printed, moment(NOW)), Ok(moment("2026-11-23T10:00:05Z")));
}

#[test]
fn refusals_say_what_is_accepted() {
    let refused = ["soon", "2026-11-24"]
        .map(|text| parse_point_in_time(text, moment(NOW)).unwrap_err().to_string());
    insta::assert_snapshot!(refused.join("\n"), @"
    reading `soon` as a time: it must be like one of now, `10m ago`, `1 hour ago`, yesterday, 20:50, 2026-11-23, `2026-11-23 10:00`, 2026-11-23T10:00:00+01:00; without an offset it is UTC
    reading `2026-11-24` as a time: it is in the future; without an offset a time is UTC
    ");
}
