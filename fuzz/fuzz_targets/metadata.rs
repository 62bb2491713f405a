//! POSIX metadata of objects, and times of reports: no panic, and what is read is written and read
//! alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use domain::posix::{FileTime, Posix};

fuzz_target!(|text: &str| {
    if let Ok(time) = text.parse::<FileTime>() {
        assert_eq!(time.to_string().parse(), Ok(time));
        let reported = FileTime::from_report_text(&time.report_text()).expect("every time can be \
            reported");
        assert_eq!((reported.seconds(), reported.subsec_nanos()), (time.seconds(), time.subsec_nanos()));
    }
    if let Some(time) = FileTime::from_report_text(text) {
        assert_eq!(FileTime::from_report_text(&time.report_text()), Some(time));
    }
    let read = Posix::from_metadata(|_| Some(text));
    let written = read.to_metadata();
    assert_eq!(Posix::from_metadata(|key| written.get(key).map(String::as_str)), read);
});
