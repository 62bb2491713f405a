//! Keys as listings have them: no panic, and a key that is a part's is found again under its own
//! execution.
#![no_main]

use libfuzzer_sys::fuzz_target;
use domain::report::{ReportKey, object_key};

fuzz_target!(|text: &str| {
    if let Some(key) = ReportKey::parse(text) {
        assert!(text.contains(&key.execution_id) && text.contains(&key.task_id));
    }
    assert!(object_key("backup/", text, true).ends_with('/'));
});
