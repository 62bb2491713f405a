//! The combinations of options the API refuses, between EFS and S3 (API reference, `Options`; the
//! message's form is real, seen for `TransferMode,PreserveDeletedFiles` and `PosixPermissions`).

use super::ApiError;
use crate::state::{
    Atime, Options, OwnerOption, PreserveDeletedFiles, PreserveOption, SecurityDescriptors,
    TransferMode, VerifyMode,
};

/// Checks a complete set of options.
pub(super) fn check_options(
    options: &Options,
    task_mode: &str,
    storage_class: &str,
) -> Result<(), ApiError> {
    check_removal(options)?;
    check_times(options, task_mode)?;
    check_verification(options, task_mode, storage_class)?;
    check_metadata(options)?;
    match options.bytes_per_second {
        Some(rate) if rate < -1 => Err(invalid_option("BytesPerSecond", &rate.to_string())),
        _ => Ok(()),
    }
}

/// Refuses what no location type here supports.
fn check_metadata(options: &Options) -> Result<(), ApiError> {
    if options.preserve_devices == Some(PreserveOption::Preserve) {
        return Err(invalid_option("PreserveDevices", "PRESERVE"));
    }
    if let Some(flags @ (SecurityDescriptors::OwnerDacl | SecurityDescriptors::OwnerDaclSacl)) =
        options.security_descriptor_copy_flags
    {
        return Err(invalid_option("SecurityDescriptorCopyFlags", flags.as_str()));
    }
    for (name, value) in [("Uid", options.uid), ("Gid", options.gid)] {
        if let Some(word @ (OwnerOption::Name | OwnerOption::Both)) = value {
            return Err(invalid_option(name, word.as_str()));
        }
    }
    Ok(())
}

fn check_removal(options: &Options) -> Result<(), ApiError> {
    let all = options.transfer_mode == Some(TransferMode::All);
    let remove = options.preserve_deleted_files == Some(PreserveDeletedFiles::Remove);
    if all && remove {
        Err(invalid_option("TransferMode,PreserveDeletedFiles", "ALL,REMOVE"))
    } else {
        Ok(())
    }
}

/// Checks the two times: Basic mode couples them, Enhanced mode always keeps the mtime.
fn check_times(options: &Options, task_mode: &str) -> Result<(), ApiError> {
    let (Some(atime), Some(mtime)) = (options.atime, options.mtime) else { return Ok(()) };
    let coupled = matches!(
        (atime, mtime),
        (Atime::BestEffort, PreserveOption::Preserve) | (Atime::None, PreserveOption::None)
    );
    let allowed = if task_mode == "ENHANCED" { mtime == PreserveOption::Preserve } else { coupled };
    if allowed {
        Ok(())
    } else {
        Err(invalid_option("Atime,Mtime", &format!("{},{}", atime.as_str(), mtime.as_str())))
    }
}

/// Checks the verification at the end: it reads everything, which archived objects do not allow and
/// Enhanced mode does not do.
fn check_verification(
    options: &Options,
    task_mode: &str,
    storage_class: &str,
) -> Result<(), ApiError> {
    let archived = matches!(storage_class, "GLACIER" | "DEEP_ARCHIVE");
    let at_the_end = options.verify_mode == Some(VerifyMode::PointInTimeConsistent);
    let refusal = at_the_end && (archived || task_mode == "ENHANCED");
    if refusal { Err(invalid_option("VerifyMode", "POINT_IN_TIME_CONSISTENT")) } else { Ok(()) }
}

fn invalid_option(option: &str, value: &str) -> ApiError {
    ApiError::invalid_request(format!(
        "Invalid SyncOption value. Option: {option}, Value: {value}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_given(given: &str, mode: &str, class: &str) -> Result<(), String> {
        let options: Options = serde_json::from_str(given).unwrap();
        check_options(&options.or_base(&Options::defaults_of(mode)), mode, class)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_defaults_of_both_modes_hold() {
        for mode in ["BASIC", "ENHANCED"] {
            assert_eq!(check_given("{}", mode, "STANDARD"), Ok(()));
        }
    }

    const IMPOSSIBLE: [(&str, &str, &str, &str); 9] = [
        (
            r#"{"TransferMode":"ALL","PreserveDeletedFiles":"REMOVE"}"#,
            "BASIC",
            "STANDARD",
            "TransferMode,PreserveDeletedFiles, Value: ALL,REMOVE.",
        ),
        (r#"{"Mtime":"NONE"}"#, "BASIC", "STANDARD", "Atime,Mtime, Value: BEST_EFFORT,NONE."),
        (r#"{"Atime":"NONE"}"#, "BASIC", "STANDARD", "Atime,Mtime, Value: NONE,PRESERVE."),
        (
            r#"{"Mtime":"NONE","Atime":"NONE"}"#,
            "ENHANCED",
            "STANDARD",
            "Atime,Mtime, Value: NONE,NONE.",
        ),
        (
            r#"{"PreserveDevices":"PRESERVE"}"#,
            "BASIC",
            "STANDARD",
            "PreserveDevices, Value: PRESERVE.",
        ),
        (r#"{"Uid":"BOTH"}"#, "BASIC", "STANDARD", "Uid, Value: BOTH."),
        (
            r#"{"SecurityDescriptorCopyFlags":"OWNER_DACL"}"#,
            "BASIC",
            "STANDARD",
            "SecurityDescriptorCopyFlags, Value: OWNER_DACL.",
        ),
        (r#"{"BytesPerSecond":-2}"#, "BASIC", "STANDARD", "BytesPerSecond, Value: -2."),
        ("{}", "BASIC", "GLACIER", "VerifyMode, Value: POINT_IN_TIME_CONSISTENT."),
    ];

    #[test]
    fn impossible_combinations_are_refused_in_the_services_words() {
        for (given, mode, class, expected) in IMPOSSIBLE {
            let message = check_given(given, mode, class).unwrap_err();
            assert_eq!(message, format!("Invalid SyncOption value. Option: {expected}"), "{given}");
        }
        assert_eq!(check_given(r#"{"Mtime":"NONE","Atime":"NONE"}"#, "BASIC", "STANDARD"), Ok(()));
    }
}
