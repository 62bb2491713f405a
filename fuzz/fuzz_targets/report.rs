//! A part of a report: no panic; and what is read is the same when it is cut behind its end, and
//! never when cut within.
#![no_main]

use libfuzzer_sys::fuzz_target;
use domain::report::{ReportKind, read_part};

fuzz_target!(|part: &[u8]| {
    for kind in [ReportKind::Transferred, ReportKind::Verified] {
        let mut rows = 0;
        if read_part(kind, part, |_| rows += 1).is_ok() {
            let end = part.iter().rposition(|byte| *byte == b'}').expect("a part ends with a brace");
            assert!(read_part(kind, &part[..end], |_| ()).is_err(), "a part cut short was read to \
                its end");
        }
    }
});
