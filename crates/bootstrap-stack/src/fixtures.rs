//! A configuration and names that the tests share.

use pipeline::config::StackConfig;
use pipeline::names::Names;
use serde_json::json;

pub(crate) fn names() -> Names {
    Names::new("backup", "111122223333", "eu-central-1")
}

pub(crate) fn config() -> StackConfig {
    let config = json!({
        "stack": { "name": "backup", "region": "eu-central-1" },
        "source": { "subdirectory": "/shared/", "subnet_id": "subnet-1", "security_group_ids": ["sg-1", "sg-2"] },
        "destination": {
            "prefix": "files/", "storage_class": "STANDARD", "noncurrent_version_expiration_days": 90,
        },
        "task": {
            "verify_mode": "ONLY_FILES_TRANSFERRED", "overwrite_mode": "ALWAYS", "preserve_deleted_files": "PRESERVE",
            "transfer_mode": "CHANGED", "log_level": "BASIC", "bytes_per_second": null,
            "includes": [], "excludes": ["*.tmp", "/scratch"], "log_retention_days": 30,
        },
        "schedule": { "expression": "rate(1 day)", "enabled": true },
        "functions": { "memory_mb": 256, "timeout_seconds": 300, "log_retention_days": 30 },
    });
    serde_json::from_value(config).expect("the fixture is a whole configuration")
}
