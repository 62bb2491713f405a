//! An execution of random items, with its report and its objects; it follows from its seed alone.

use std::collections::BTreeMap;

use aws_sdk_s3::types::ObjectVersion;
use domain::execution::Execution;
use domain::posix::Posix;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::testing::fixtures::{SHA256, found_version, source_metadata, successful_execution};

/// A small generator: the same seed gives the same numbers, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn number_below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[derive(Clone)]
pub(crate) enum StoredVersion {
    Version { id: String, size: i64, posix: Posix },
    Marker { id: String },
}

impl StoredVersion {
    /// Whether it answers a request for a version, or for any.
    pub(crate) fn answers_to(&self, wanted: Option<&str>) -> bool {
        let (Self::Version { id, .. } | Self::Marker { id }) = self;
        wanted.is_none_or(|wanted| wanted == id)
    }
}

/// The versions of each key, the latest last.
pub(crate) type Bucket = BTreeMap<String, Vec<StoredVersion>>;

#[derive(Clone)]
pub(crate) struct RandomItem {
    pub(crate) path: String,
    key: String,
    /// None, one, or several.
    pub(crate) transferred: Vec<Value>,
    pub(crate) verified: Vec<Value>,
}

pub(crate) struct RandomExecution {
    pub(crate) items: Vec<RandomItem>,
    pub(crate) bucket: Bucket,
}

const NAMES: [&str; 10] = [
    "plain.txt",
    "a b",
    "größe",
    "日本",
    "a+b",
    "50%25",
    "q\"uote",
    "new\nline",
    "-dash",
    "emoji😀",
];

impl RandomExecution {
    pub(crate) fn generate(random: &mut Random, count: usize) -> Self {
        let mut execution = Self { items: Vec::new(), bucket: Bucket::new() };
        for n in 0..count {
            let kind =
                ["Regular", "Regular", "Regular", "Directory", "Symlink"][random.number_below(5)];
            execution.add_item(
                &format!(
                    "/{}/{n} {}",
                    NAMES[random.number_below(10)],
                    NAMES[random.number_below(10)]
                ),
                kind,
            );
        }
        execution
    }

    pub(crate) fn add_item(&mut self, path: &str, kind: &str) {
        let slash = if kind == "Directory" { "/" } else { "" };
        let key = format!("backup{path}{slash}");
        let id = format!("v{}", self.items.len());
        self.items.push(RandomItem {
            path: path.into(),
            key: key.clone(),
            transferred: vec![transferred_item(path, kind, &id)],
            verified: vec![verified_item(path, kind)],
        });
        self.bucket.insert(
            key,
            vec![StoredVersion::Version { id, size: 6, posix: found_version().posix.unwrap() }],
        );
    }

    /// Writes the report in small parts, so that there are several of each kind.
    pub(crate) fn report_parts(&self) -> BTreeMap<String, Vec<u8>> {
        let mut parts = BTreeMap::new();
        let rows = |of: fn(&RandomItem) -> &Vec<Value>| {
            self.items.iter().flat_map(of).cloned().collect::<Vec<_>>()
        };
        for (word, field, rows) in [
            ("transferred", "Transferred", rows(|item| &item.transferred)),
            ("verified", "Verified", rows(|item| &item.verified)),
        ] {
            for (n, rows) in rows.chunks(9).enumerate() {
                let part = json!({"TaskExecutionId": "exec-0fcddf3728817690d", field: rows});
                parts.insert(
                    part_key(&format!("{word}-v1-{:05}", n + 1)),
                    part.to_string().into_bytes(),
                );
            }
        }
        parts
    }

    /// Lists all versions, with keys encoded for `EncodingType=url`.
    pub(crate) fn list_versions(&self) -> Vec<ObjectVersion> {
        let mut all = Vec::new();
        for (key, versions) in &self.bucket {
            for (n, stored) in versions.iter().enumerate().rev() {
                let StoredVersion::Version { id, size, .. } = stored else { continue };
                let key = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
                let version = ObjectVersion::builder().key(key).version_id(id).size(*size);
                all.push(version.is_latest(n + 1 == versions.len()).build());
            }
        }
        all
    }

    pub(crate) fn describe(&self) -> Execution {
        let mut execution = successful_execution();
        execution.counters.files_transferred = i64::try_from(self.items.len()).unwrap();
        execution
    }

    pub(crate) fn spoil_object(
        &mut self,
        item: usize,
        spoil: impl FnOnce(&mut Vec<StoredVersion>),
    ) {
        spoil(self.bucket.get_mut(&self.items[item].key).unwrap());
    }

    pub(crate) fn spoil_posix(&mut self, item: usize, spoil: impl FnOnce(&mut Posix)) {
        self.spoil_object(item, |versions| {
            if let StoredVersion::Version { posix, .. } = &mut versions[0] {
                spoil(posix);
            }
        });
    }

    pub(crate) fn move_object(&mut self, item: usize, to: impl FnOnce(&str) -> String) {
        let versions = self.bucket.remove(&self.items[item].key).unwrap();
        self.bucket.insert(to(&self.items[item].key), versions);
    }

    pub(crate) fn set_size(&mut self, item: usize, size: i64) {
        self.spoil_object(item, |versions| {
            if let StoredVersion::Version { size: stored, .. } = &mut versions[0] {
                *stored = size;
            }
        });
    }
}

fn transferred_item(path: &str, kind: &str, version_id: &str) -> Value {
    json!({
        "RelativePath": path,
        "SrcMetadata": source_metadata(kind),
        "DstS3VersionId": version_id,
        "TransferStatus": "SUCCESS",
        "TransferTimestamp": "2026-11-23T10:00:00Z", "SomethingNew": {"a": [1, 2]},
    })
}

fn verified_item(path: &str, kind: &str) -> Value {
    let checksum = if kind == "Regular" { json!(format!("SHA256:{SHA256}")) } else { Value::Null };
    json!({
        "RelativePath": path,
        "SrcMetadata": source_metadata(kind),
        "SrcChecksum": checksum,
        "DstMetadata": source_metadata(kind),
        "DstChecksum": checksum, "VerifyStatus": "SUCCESS",
    })
}

pub(crate) fn part_key(name: &str) -> String {
    let (task, exec) = ("task-0806c70094b09457b", "exec-0fcddf3728817690d");
    format!("reports/Detailed-Reports/{task}/{exec}/{exec}.files-{name}-0a123abc12d3b0e4f.json")
}
