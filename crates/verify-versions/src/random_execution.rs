//! For tests: an execution of random items, with its report and its objects; its seed says
//! everything about it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws::records_bucket::RecordsBucket;
use aws_fakes::FakeBucket;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::ObjectVersion;
use aws_smithy_mocks::{MockResponse, Rule, mock};
use chrono::DateTime;
use domain::execution::Execution;
use domain::posix::Posix;
use domain::records::outputs::Outputs;
use domain::records::proof::{Depth, Proof};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::aim::Aim;
use crate::check::{Check, CheckError};
use crate::fixtures::{EXECUTION, SHA256, execution, found, source};
use crate::merge;
use crate::report::{PARTS_A_SLICE, Report};

/// A small generator: the same numbers for the same seed, everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[derive(Clone)]
pub(crate) enum Stored {
    Version { id: String, size: i64, posix: Posix },
    Marker { id: String },
}

/// The versions of each key, the latest last.
pub(crate) type Bucket = BTreeMap<String, Vec<Stored>>;

#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) path: String,
    key: String,
    /// None, one, or several.
    pub(crate) transferred: Vec<Value>,
    pub(crate) verified: Vec<Value>,
}

pub(crate) struct World {
    pub(crate) items: Vec<Item>,
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

impl World {
    pub(crate) fn random(random: &mut Random, count: usize) -> Self {
        let mut world = Self { items: Vec::new(), bucket: Bucket::new() };
        for n in 0..count {
            let kind = ["Regular", "Regular", "Regular", "Directory", "Symlink"][random.below(5)];
            world.add(
                &format!("/{}/{n} {}", NAMES[random.below(10)], NAMES[random.below(10)]),
                kind,
            );
        }
        world
    }

    pub(crate) fn add(&mut self, path: &str, kind: &str) {
        let slash = if kind == "Directory" { "/" } else { "" };
        let key = format!("backup{path}{slash}");
        let checksum =
            if kind == "Regular" { json!(format!("SHA256:{SHA256}")) } else { Value::Null };
        let id = format!("v{}", self.items.len());
        let transferred = json!({
            "RelativePath": path, "SrcMetadata": source(kind), "DstS3VersionId": id, "TransferStatus": "SUCCESS",
            "TransferTimestamp": "2026-11-23T10:00:00Z", "SomethingNew": {"a": [1, 2]},
        });
        let verified = json!({
            "RelativePath": path, "SrcMetadata": source(kind), "SrcChecksum": checksum, "DstMetadata": source(kind),
            "DstChecksum": checksum, "VerifyStatus": "SUCCESS",
        });
        self.items.push(Item {
            path: path.into(),
            key: key.clone(),
            transferred: vec![transferred],
            verified: vec![verified],
        });
        self.bucket
            .insert(key, vec![Stored::Version { id, size: 6, posix: found().posix.unwrap() }]);
    }

    /// Small parts, so that there are several of each.
    pub(crate) fn parts(&self) -> BTreeMap<String, Vec<u8>> {
        let mut parts = BTreeMap::new();
        let rows = |of: fn(&Item) -> &Vec<Value>| {
            self.items.iter().flat_map(of).cloned().collect::<Vec<_>>()
        };
        for (word, field, rows) in [
            ("transferred", "Transferred", rows(|item| &item.transferred)),
            ("verified", "Verified", rows(|item| &item.verified)),
        ] {
            for (n, rows) in rows.chunks(9).enumerate() {
                let part = json!({"TaskExecutionId": "exec-0fcddf3728817690d", field: rows});
                parts
                    .insert(key(&format!("{word}-v1-{:05}", n + 1)), part.to_string().into_bytes());
            }
        }
        parts
    }

    /// All versions, as a listing with `EncodingType=url` has them.
    pub(crate) fn listed(&self) -> Vec<ObjectVersion> {
        let mut all = Vec::new();
        for (key, versions) in &self.bucket {
            for (n, stored) in versions.iter().enumerate().rev() {
                let Stored::Version { id, size, .. } = stored else { continue };
                let key = utf8_percent_encode(key, NON_ALPHANUMERIC).to_string();
                let version = ObjectVersion::builder().key(key).version_id(id).size(*size);
                all.push(version.is_latest(n + 1 == versions.len()).build());
            }
        }
        all
    }

    pub(crate) fn execution(&self) -> Execution {
        let mut execution = execution();
        execution.counters.files_transferred = i64::try_from(self.items.len()).unwrap();
        execution
    }

    pub(crate) fn spoil_object(&mut self, item: usize, spoil: impl FnOnce(&mut Vec<Stored>)) {
        spoil(self.bucket.get_mut(&self.items[item].key).unwrap());
    }

    pub(crate) fn spoil_posix(&mut self, item: usize, spoil: impl FnOnce(&mut Posix)) {
        self.spoil_object(item, |versions| {
            if let Stored::Version { posix, .. } = &mut versions[0] {
                spoil(posix);
            }
        });
    }

    pub(crate) fn move_object(&mut self, item: usize, to: impl FnOnce(&str) -> String) {
        let versions = self.bucket.remove(&self.items[item].key).unwrap();
        self.bucket.insert(to(&self.items[item].key), versions);
    }

    pub(crate) fn size(&mut self, item: usize, size: i64) {
        self.spoil_object(item, |versions| {
            if let Stored::Version { size: stored, .. } = &mut versions[0] {
                *stored = size;
            }
        });
    }
}

pub(crate) fn key(name: &str) -> String {
    let (task, exec) = ("task-0806c70094b09457b", "exec-0fcddf3728817690d");
    format!("reports/Detailed-Reports/{task}/{exec}/{exec}.files-{name}-0a123abc12d3b0e4f.json")
}

pub(crate) fn heads(bucket: Bucket, refuses: bool) -> Rule {
    let bucket = Arc::new(bucket);
    mock!(aws_sdk_s3::Client::head_object).then_compute_response(move |asked| {
        let status = |status: u16, marker: bool| {
            let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
            if marker {
                answer.headers_mut().insert("x-amz-delete-marker", "true");
            }
            MockResponse::Http(answer)
        };
        if refuses {
            return status(403, false);
        }
        let versions = bucket.get(asked.key().unwrap()).map(Vec::as_slice).unwrap_or_default();
        let wanted = |stored: &&Stored| match (asked.version_id(), stored) {
            (Some(wanted), Stored::Version { id, .. } | Stored::Marker { id }) => wanted == id,
            (None, _) => true,
        };
        match versions.iter().rev().find(wanted) {
            Some(Stored::Version { id, size, posix }) => {
                let metadata = posix.to_metadata().into_iter().collect();
                let output = HeadObjectOutput::builder().content_length(*size).version_id(id);
                MockResponse::Output(output.set_metadata(Some(metadata)).build())
            }
            Some(Stored::Marker { .. }) => {
                status(if asked.version_id().is_some() { 405 } else { 404 }, true)
            }
            None => status(404, false),
        }
    })
}

pub(crate) fn outputs() -> Outputs {
    serde_json::from_value(json!({
        "task_arn": domain::arn::ExecutionArn::parse(EXECUTION).unwrap().task(), "source_location_arn": "",
        "destination_location_arn": "", "file_system_id": "", "file_system_arn": "", "destination_bucket": "data",
        "destination_prefix": "backup/", "log_group": "",
    }))
    .unwrap()
}

pub(crate) async fn check(
    parts: &BTreeMap<String, Vec<u8>>,
    bucket: Bucket,
    execution: &Execution,
    refuses: bool,
) -> Result<Proof, CheckError> {
    let fake = FakeBucket::default();
    parts.iter().for_each(|(key, part)| fake.put(key, part.clone()));
    let records = RecordsBucket::new(fake.client(&[heads(bucket, refuses)]), "records");
    check_in(&records, execution, None).await
}

/// A check of one slice.
pub(crate) async fn check_in(
    records: &RecordsBucket,
    execution: &Execution,
    until: Option<SystemTime>,
) -> Result<Proof, CheckError> {
    let outputs = outputs();
    let aim = &Aim::first(execution.arn.clone(), Depth::Metadata);
    let report = &Report::list(records, &execution.arn, PARTS_A_SLICE).await?;
    let (outputs, storage_class) = (&outputs, Some("STANDARD"));
    let check = Check {
        records,
        heads: None,
        outputs,
        execution,
        aim,
        report,
        storage_class,
        before: None,
        until,
        may_be_null: false,
    };
    let (read, looked) = check.look(0).await?;
    let found = (vec![read], vec![looked]);
    Ok(merge::proof(report, aim, execution, "data", found, DateTime::UNIX_EPOCH))
}
