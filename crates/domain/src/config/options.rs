//! The choices that we offer, under the names of the API that takes them.

use serde::{Deserialize, Serialize};

use crate::records::proof::Depth;
use crate::request::WhenBusy;

/// A closed set of words, spelled as in TOML and DataSync's API.
pub(super) trait Choice: Sized + Copy + 'static {
    const ALL: &'static [Self];
    fn as_word(self) -> &'static str;

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.as_word() == word)
    }

    fn list_words() -> String {
        Self::ALL.iter().map(|choice| choice.as_word()).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! choice {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$of_variant:meta])* $variant:ident = $word:literal),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$of_variant])* #[serde(rename = $word)] $variant),+ }

        impl Choice for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn as_word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl $name {
            /// The word that the API uses.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                self.as_word()
            }
        }
    };
}

impl Choice for WhenBusy {
    const ALL: &'static [Self] = &[Self::Skip, Self::Queue, Self::Adopt];
    fn as_word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Adopt => "adopt",
        }
    }
}

choice!(
    /// The mode of the task (API: `TaskMode`).
    TaskMode { Basic = "BASIC", Enhanced = "ENHANCED" }
);
choice!(
    /// The files that DataSync compares after the transfer (API: `Options.VerifyMode`).
    VerifyMode {
        PointInTimeConsistent = "POINT_IN_TIME_CONSISTENT",
        OnlyFilesTransferred = "ONLY_FILES_TRANSFERRED",
        None = "NONE",
    }
);
choice!(
    /// The treatment of changed files (API: `Options.OverwriteMode`).
    OverwriteMode { Always = "ALWAYS", Never = "NEVER" }
);
choice!(
    /// The treatment of access times (API: `Options.Atime`).
    Atime { BestEffort = "BEST_EFFORT", None = "NONE" }
);
choice!(
    /// The treatment of modification times (API: `Options.Mtime`).
    Mtime { Preserve = "PRESERVE", None = "NONE" }
);
choice!(
    /// The treatment of the numbers of user and group (API: `Options.Uid`, `Options.Gid`). The API
    /// also has `NAME` and `BOTH`, which no guide describes.
    Owner { IntValue = "INT_VALUE", None = "NONE" }
);
choice!(
    /// The treatment of mode bits (API: `Options.PosixPermissions`).
    PosixPermissions { Preserve = "PRESERVE", None = "NONE" }
);
choice!(
    /// The treatment of objects whose file was deleted (API: `Options.PreserveDeletedFiles`).
    PreserveDeletedFiles { Preserve = "PRESERVE", Remove = "REMOVE" }
);
choice!(
    /// The treatment of unchanged files (API: `Options.TransferMode`).
    TransferMode { Changed = "CHANGED", All = "ALL" }
);
choice!(
    /// The treatment of an execution that has to wait for another one of the account (API:
    /// `Options.TaskQueueing`).
    TaskQueueing { Enabled = "ENABLED", Disabled = "DISABLED" }
);
choice!(
    /// The level of DataSync's log (API: `Options.LogLevel`).
    LogLevel { Off = "OFF", Basic = "BASIC", Transfer = "TRANSFER" }
);
choice!(
    /// The class new objects get (API: `S3StorageClass`).
    StorageClass {
        Standard = "STANDARD",
        StandardIa = "STANDARD_IA",
        OnezoneIa = "ONEZONE_IA",
        IntelligentTiering = "INTELLIGENT_TIERING",
        GlacierInstantRetrieval = "GLACIER_INSTANT_RETRIEVAL",
        Glacier = "GLACIER",
        DeepArchive = "DEEP_ARCHIVE",
    }
);
choice!(
    /// The throughput of a file system (EFS API: `ThroughputMode`).
    ThroughputMode { Elastic = "elastic", Bursting = "bursting" }
);

choice!(
    /// The connections of a new VPC to the outside: an internet gateway, or VPC endpoints alone.
    #[derive(Default)]
    NetworkMode { #[default] Standard = "standard", Private = "private" }
);

choice!(
    /// The processors that a function is built for and runs on (Lambda API: `Architectures`).
    #[derive(Default)]
    Architecture { #[default] Arm64 = "arm64", X8664 = "x86_64" }
);

impl Architecture {
    /// The architecture of this machine.
    #[must_use]
    pub fn of_this_machine() -> Self {
        if cfg!(target_arch = "aarch64") { Self::Arm64 } else { Self::X8664 }
    }
}

impl StorageClass {
    /// The word of S3's own API, where it differs from DataSync's.
    #[must_use]
    pub fn as_s3_str(self) -> &'static str {
        match self {
            Self::GlacierInstantRetrieval => "GLACIER_IR",
            other => other.as_str(),
        }
    }
}

choice!(
    /// The identities that may end a retention early: with `GOVERNANCE` those with
    /// `s3:BypassGovernanceRetention`, with `COMPLIANCE` none, not even the root user (API:
    /// `ObjectLockRetentionMode`).
    #[derive(Default)]
    RetentionMode { #[default] Governance = "GOVERNANCE", Compliance = "COMPLIANCE" }
);

impl Choice for Depth {
    const ALL: &'static [Self] = &[Self::Versions, Self::Metadata];
    fn as_word(self) -> &'static str {
        match self {
            Self::Versions => "versions",
            Self::Metadata => "metadata",
        }
    }
}
