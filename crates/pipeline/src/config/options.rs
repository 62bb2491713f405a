//! The choices of a DataSync task that we offer, under the API's names.

use serde::{Deserialize, Serialize};

/// A closed set of words, as both TOML and DataSync's API spell them.
pub(super) trait Choice: Sized + Copy + 'static {
    const ALL: &'static [Self];
    fn word(self) -> &'static str;

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.word() == word)
    }

    fn allowed() -> String {
        Self::ALL.iter().map(|choice| choice.word()).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $word)] $variant),+ }

        impl Choice for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl $name {
            /// The word that DataSync's API uses.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                self.word()
            }
        }
    };
}

choice!(
    /// What DataSync compares after the transfer (API: `Options.VerifyMode`).
    VerifyMode { PointInTimeConsistent = "POINT_IN_TIME_CONSISTENT", OnlyFilesTransferred = "ONLY_FILES_TRANSFERRED", None = "NONE" }
);
choice!(
    /// Whether a changed file replaces the object (API: `Options.OverwriteMode`).
    OverwriteMode { Always = "ALWAYS", Never = "NEVER" }
);
choice!(
    /// What becomes of objects whose file is gone (API: `Options.PreserveDeletedFiles`).
    PreserveDeletedFiles { Preserve = "PRESERVE", Remove = "REMOVE" }
);
choice!(
    /// Whether unchanged files are copied again (API: `Options.TransferMode`).
    TransferMode { Changed = "CHANGED", All = "ALL" }
);
choice!(
    /// How much DataSync logs (API: `Options.LogLevel`).
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
