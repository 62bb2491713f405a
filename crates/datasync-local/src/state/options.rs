//! Task options: their values, the API's defaults, and their overrides.
//!
//! `api::option_rules` refuses combinations.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),+ })+) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $word)] $variant),+ }
        impl $name {
            /// The value in the API.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    )+};
}

words! {
    VerifyMode {
        PointInTimeConsistent = "POINT_IN_TIME_CONSISTENT",
        OnlyFilesTransferred = "ONLY_FILES_TRANSFERRED",
        None = "NONE"
    }
    OverwriteMode { Always = "ALWAYS", Never = "NEVER" }
    Atime { None = "NONE", BestEffort = "BEST_EFFORT" }
    PreserveOption { None = "NONE", Preserve = "PRESERVE" }
    OwnerOption { None = "NONE", IntValue = "INT_VALUE", Name = "NAME", Both = "BOTH" }
    PreserveDeletedFiles { Preserve = "PRESERVE", Remove = "REMOVE" }
    OnOff { Enabled = "ENABLED", Disabled = "DISABLED" }
    LogLevel { Off = "OFF", Basic = "BASIC", Transfer = "TRANSFER" }
    TransferMode { Changed = "CHANGED", All = "ALL" }
    SecurityDescriptors {
        None = "NONE",
        OwnerDacl = "OWNER_DACL",
        OwnerDaclSacl = "OWNER_DACL_SACL"
    }
}

macro_rules! options {
    ($($(#[$doc:meta])* $field:ident: $kind:ty),+ $(,)?) => {
        /// `Options` of the API. In a stored task or execution every field is set but those that
        /// don't apply to EFS and S3.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct Options {
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$kind>
            ),+
        }

        impl Options {
            /// The options that are set in `self`, completed by those of `base`.
            #[must_use]
            pub fn or_base(self, base: &Self) -> Self {
                Self { $($field: self.$field.or(base.$field)),+ }
            }
        }
    };
}

options! {
    verify_mode: VerifyMode,
    overwrite_mode: OverwriteMode,
    atime: Atime,
    mtime: PreserveOption,
    uid: OwnerOption,
    gid: OwnerOption,
    preserve_deleted_files: PreserveDeletedFiles,
    preserve_devices: PreserveOption,
    posix_permissions: PreserveOption,
    /// -1: no limit.
    bytes_per_second: i64,
    task_queueing: OnOff,
    log_level: LogLevel,
    transfer_mode: TransferMode,
    security_descriptor_copy_flags: SecurityDescriptors,
    object_tags: PreserveOption,
}

impl VerifyMode {
    fn default_of(task_mode: &str) -> Self {
        match task_mode {
            "ENHANCED" => Self::OnlyFilesTransferred,
            _ => Self::PointInTimeConsistent,
        }
    }
}

impl Options {
    /// The API's defaults for a task in Basic mode; those of Enhanced differ in `VerifyMode` alone.
    #[must_use]
    pub fn defaults_of(task_mode: &str) -> Self {
        Self {
            verify_mode: Some(VerifyMode::default_of(task_mode)),
            overwrite_mode: Some(OverwriteMode::Always),
            atime: Some(Atime::BestEffort),
            mtime: Some(PreserveOption::Preserve),
            uid: Some(OwnerOption::IntValue),
            gid: Some(OwnerOption::IntValue),
            preserve_deleted_files: Some(PreserveDeletedFiles::Preserve),
            preserve_devices: Some(PreserveOption::None),
            posix_permissions: Some(PreserveOption::Preserve),
            bytes_per_second: Some(-1),
            task_queueing: Some(OnOff::Enabled),
            log_level: Some(LogLevel::Off),
            transfer_mode: Some(TransferMode::Changed),
            security_descriptor_copy_flags: None,
            object_tags: Some(PreserveOption::Preserve),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_replaces_only_what_it_names() {
        let given: Options =
            serde_json::from_str(r#"{"TransferMode":"ALL","BytesPerSecond":100}"#).unwrap();
        let options = given.or_base(&Options::defaults_of("BASIC"));
        assert_eq!(options.transfer_mode, Some(TransferMode::All));
        assert_eq!(options.verify_mode, Some(VerifyMode::PointInTimeConsistent));
        insta::assert_snapshot!(serde_json::to_string(&options).unwrap(), @r#"{"VerifyMode":"POINT_IN_TIME_CONSISTENT","OverwriteMode":"ALWAYS","Atime":"BEST_EFFORT","Mtime":"PRESERVE","Uid":"INT_VALUE","Gid":"INT_VALUE","PreserveDeletedFiles":"PRESERVE","PreserveDevices":"NONE","PosixPermissions":"PRESERVE","BytesPerSecond":100,"TaskQueueing":"ENABLED","LogLevel":"OFF","TransferMode":"ALL","ObjectTags":"PRESERVE"}"#);
    }
}
