//! A configuration, names and surroundings that the tests share.

use domain::config::StackConfig;
use domain::names::Names;

use crate::surroundings::Surroundings;

pub(crate) fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

pub(crate) fn config() -> StackConfig {
    configured("")
}

/// The shared configuration, with further sections.
pub(crate) fn configured(sections: &str) -> StackConfig {
    let text = r#"
        [stack]
        name = "backup"
        region = "eu-central-1"
        [source]
        subdirectory = "/shared/"
        [destination]
        prefix = "files/"
        noncurrent_version_expiration_days = 90
        [task]
        verify_mode = "ONLY_FILES_TRANSFERRED"
        log_level = "BASIC"
        excludes = ["*.tmp", "/scratch"]
    "#;
    domain::config::parse(&format!("{text}\n{sections}"))
        .expect("the fixture is a valid configuration")
}

/// Three zones, and nothing that a configuration names.
pub(crate) fn surroundings() -> Surroundings {
    let availability_zones = ["a", "b", "c"].map(|zone| format!("eu-central-1{zone}")).to_vec();
    Surroundings { availability_zones, ..Surroundings::default() }
}
