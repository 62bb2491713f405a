use super::*;

fn time_in_nanos(seconds: i64, nanos: u32) -> FileTime {
    FileTime::new(seconds, nanos).unwrap()
}

fn millis(text: &str) -> FileTime {
    text.parse().unwrap()
}

/// Times by chance (a linear congruential generator), each with the number of bits that the
/// seed gives, and the ends.
fn times() -> impl Iterator<Item = FileTime> {
    let mut state = 1_u64;
    let mut next = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state
    };
    let any = std::iter::repeat_with(move || {
        let bits = next() >> 58;
        let seconds = i64::from_ne_bytes(next().to_ne_bytes()) >> bits;
        time_in_nanos(seconds, u32::try_from((next() >> 32) % 1_000_000_000).unwrap())
    });
    let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    let ends =
        ends.into_iter().flat_map(|end| [time_in_nanos(end, 0), time_in_nanos(end, 999_999_999)]);
    ends.chain(any.take(5_000))
}

/// Seconds, nanoseconds and the text that is written for them.
type ParsedForm = (i64, u32, &'static str);

/// Texts with what they are parsed to.
const FORMS: [(&str, Option<ParsedForm>); 19] = [
    ("1595002920000000000ns", Some((1_595_002_920, 0, "1595002920000000000ns"))),
    ("1734968895000", Some((1_734_968_895, 0, "1734968895000"))),
    ("1602647222/222919600", Some((1_602_647_222, 222_919_600, "1602647222222919600ns"))),
    ("-5ns", Some((-1, 999_999_995, "-5ns"))),
    ("-1/500000000", Some((-1, 500_000_000, "-500000000ns"))),
    ("-1", Some((-1, 999_000_000, "-1"))),
    (" 12 ", Some((0, 12_000_000, "12"))),
    ("9223372036854775808000000000ns", None),
    (
        "9223372036854775807999999999ns",
        Some((i64::MAX, 999_999_999, "9223372036854775807999999999ns")),
    ),
    ("-9223372036854775808000000000ns", Some((i64::MIN, 0, "-9223372036854775808000000000ns"))),
    ("-9223372036854775808000000001ns", None),
    ("99999999999999999999999", None),
    ("99999999999999999999", Some((99_999_999_999_999_999, 999_000_000, "99999999999999999999"))),
    ("1/1000000000", None),
    ("1/-1", None),
    ("", None),
    ("ns", None),
    ("yesterday", None),
    ("1/", None),
];

#[test]
fn every_form_of_a_time_is_read() {
    for (text, expected) in FORMS {
        let read = text.parse::<FileTime>().ok();
        let read = read.map(|time| (time.seconds(), time.subsec_nanos(), time.to_string()));
        let expected =
            expected.map(|(seconds, nanos, written)| (seconds, nanos, written.to_owned()));
        assert_eq!(read, expected, "{text}");
    }
    assert_eq!(FileTime::new(0, 1_000_000_000), None);
}

#[test]
fn times_are_compared_to_the_precision_both_have() {
    for (ours, theirs, same) in [
        (time_in_nanos(0, 1_000_001), time_in_nanos(0, 1_000_001), true),
        (time_in_nanos(0, 1_000_001), time_in_nanos(0, 1_000_002), false),
        (time_in_nanos(0, 1_999_999), millis("1"), true),
        (time_in_nanos(0, 2_000_000), millis("1"), false),
        (time_in_nanos(-1, 999_999_999), millis("-1"), true),
        (time_in_nanos(10_413_792_000, 0), time_in_nanos(10_445_328_000, 0), false),
    ] {
        assert_eq!(ours.is_same_time(theirs), same, "{ours} {theirs}");
        assert_eq!(theirs.is_same_time(ours), same, "{theirs} {ours}");
    }
}

#[test]
fn reports_print_what_chrono_prints_and_go_on_beyond_it() {
    for (time, text) in [
        (time_in_nanos(1_641_574_766, 136_114_671), "2022-01-07T16:59:26.136114671Z"),
        (time_in_nanos(-1, 999_999_999), "1969-12-31T23:59:59.999999999Z"),
        (time_in_nanos(10_413_792_000, 0), "2300-01-01T00:00:00.000000000Z"),
        (time_in_nanos(253_402_300_800, 0), "+10000-01-01T00:00:00.000000000Z"),
        (time_in_nanos(-62_167_219_201, 0), "-0001-12-31T23:59:59.000000000Z"),
        (time_in_nanos(i64::MAX, 999_999_999), "+292277026596-12-04T15:30:07.999999999Z"),
        (time_in_nanos(i64::MIN, 0), "-292277022657-01-27T08:29:52.000000000Z"),
    ] {
        assert_eq!(time.report_text(), text, "{time}");
    }
}

#[test]
fn reports_are_read_with_an_offset_and_within_the_range() {
    let offset = FileTime::from_report_text("2022-01-07T17:59:26.5+01:00");
    assert_eq!(offset, Some(time_in_nanos(1_641_574_766, 500_000_000)));
    for wrong in [
        "",
        "-",
        "2022",
        "2022-13-01T00:00:00Z",
        "+292277026597-12-04T15:30:08Z",
        "x-01-01T00:00:00Z",
    ] {
        assert_eq!(FileTime::from_report_text(wrong), None, "{wrong}");
    }
}

#[test]
fn any_time_is_read_as_it_was_written() {
    let mut count = 0;
    for time in times() {
        assert_eq!(time.to_string().parse(), Ok(time));
        let text = time.report_text();
        assert_eq!(FileTime::from_report_text(&text), Some(time), "{text}");
        let json = serde_json::to_string(&time).unwrap();
        assert_eq!(serde_json::from_str::<FileTime>(&json).unwrap(), time);
        if let Some(date) = DateTime::<Utc>::from_timestamp(time.seconds(), time.subsec_nanos()) {
            assert_eq!(text, date.to_rfc3339_opts(SecondsFormat::Nanos, true));
        }
        count += 1;
    }
    measurements::proven("file times read as they were written", count, "times");
}
