//! A configuration, names and data sources that the tests share.

use domain::config::StackConfig;
use domain::names::Names;

use crate::data_sources::DataSources;

pub(crate) fn stack_names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

pub(crate) fn test_config() -> StackConfig {
    config_with("")
}

/// The shared configuration, with further sections.
pub(crate) fn config_with(sections: &str) -> StackConfig {
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

/// Data sources with three zones, and nothing that a configuration names.
pub(crate) fn three_zones() -> DataSources {
    let availability_zones = ["a", "b", "c"].map(|zone| format!("eu-central-1{zone}")).to_vec();
    DataSources { availability_zones, ..DataSources::default() }
}
