//! No false PASS: defects of every kind planted among clean items, each found, and nothing else called wrong.
//!
//! Each run is one execution of random items, of which some are spoiled; its seed says everything about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use aws_edge::fakes::FakeBucket;
use aws_edge::records_bucket::RecordsBucket;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::ObjectVersion;
use aws_smithy_mocks::{MockResponse, Rule, mock};
use chrono::DateTime;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use pipeline::execution::{Execution, ReportResult, ServiceWords};
use pipeline::posix::Posix;
use pipeline::records::outputs::Outputs;
use pipeline::records::proof::{Defect, Depth, Notice, Proof, Verdict};
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
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
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
    path: String,
    key: String,
    /// None, one, or several.
    pub(crate) transferred: Vec<Value>,
    pub(crate) verified: Vec<Value>,
}

pub(crate) struct World {
    pub(crate) items: Vec<Item>,
    pub(crate) bucket: Bucket,
}

const NAMES: [&str; 10] =
    ["plain.txt", "a b", "größe", "日本", "a+b", "50%25", "q\"uote", "new\nline", "-dash", "emoji😀"];

impl World {
    pub(crate) fn random(random: &mut Random, count: usize) -> Self {
        let mut world = Self { items: Vec::new(), bucket: Bucket::new() };
        for n in 0..count {
            let kind = ["Regular", "Regular", "Regular", "Directory", "Symlink"][random.below(5)];
            world.add(&format!("/{}/{n} {}", NAMES[random.below(10)], NAMES[random.below(10)]), kind);
        }
        world
    }

    fn add(&mut self, path: &str, kind: &str) {
        let slash = if kind == "Directory" { "/" } else { "" };
        let key = format!("backup{path}{slash}");
        let checksum = if kind == "Regular" { json!(format!("SHA256:{SHA256}")) } else { Value::Null };
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
        self.bucket.insert(key, vec![Stored::Version { id, size: 6, posix: found().posix.unwrap() }]);
    }

    /// Small parts, so that there are several of each.
    pub(crate) fn parts(&self) -> BTreeMap<String, Vec<u8>> {
        let mut parts = BTreeMap::new();
        let rows = |of: fn(&Item) -> &Vec<Value>| self.items.iter().flat_map(of).cloned().collect::<Vec<_>>();
        for (word, field, rows) in [
            ("transferred", "Transferred", rows(|item| &item.transferred)),
            ("verified", "Verified", rows(|item| &item.verified)),
        ] {
            for (n, rows) in rows.chunks(9).enumerate() {
                let part = json!({"TaskExecutionId": "exec-0fcddf3728817690d", field: rows});
                parts.insert(key(&format!("{word}-v1-{:05}", n + 1)), part.to_string().into_bytes());
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

    fn execution(&self) -> Execution {
        let mut execution = execution();
        execution.counters.files_transferred = i64::try_from(self.items.len()).unwrap();
        execution
    }

    pub(crate) fn spoil_object(&mut self, item: usize, spoil: impl FnOnce(&mut Vec<Stored>)) {
        spoil(self.bucket.get_mut(&self.items[item].key).unwrap());
    }

    fn spoil_posix(&mut self, item: usize, spoil: impl FnOnce(&mut Posix)) {
        self.spoil_object(item, |versions| {
            if let Stored::Version { posix, .. } = &mut versions[0] {
                spoil(posix);
            }
        });
    }

    fn move_object(&mut self, item: usize, to: impl FnOnce(&str) -> String) {
        let versions = self.bucket.remove(&self.items[item].key).unwrap();
        self.bucket.insert(to(&self.items[item].key), versions);
    }

    fn size(&mut self, item: usize, size: i64) {
        self.spoil_object(item, |versions| {
            if let Stored::Version { size: stored, .. } = &mut versions[0] {
                *stored = size;
            }
        });
    }
}

fn key(name: &str) -> String {
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
            Some(Stored::Marker { .. }) => status(if asked.version_id().is_some() { 405 } else { 404 }, true),
            None => status(404, false),
        }
    })
}

pub(crate) fn outputs() -> Outputs {
    serde_json::from_value(json!({
        "task_arn": pipeline::arn::ExecutionArn::parse(EXECUTION).unwrap().task(), "source_location_arn": "",
        "destination_location_arn": "", "file_system_id": "", "file_system_arn": "", "destination_bucket": "data",
        "destination_prefix": "backup/", "log_group": "",
    }))
    .unwrap()
}

async fn check(
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
async fn check_in(
    records: &RecordsBucket,
    execution: &Execution,
    until: Option<SystemTime>,
) -> Result<Proof, CheckError> {
    let outputs = outputs();
    let aim = &Aim::first(execution.arn.clone(), Depth::Metadata);
    let report = &Report::list(records, &execution.arn, PARTS_A_SLICE).await?;
    let (outputs, storage_class) = (&outputs, Some("STANDARD"));
    let check = Check { records, heads: None, outputs, execution, aim, report, storage_class, before: None, until };
    let (read, looked) = check.look(0).await?;
    let found = (vec![read], vec![looked]);
    Ok(merge::proof(report, aim, execution, "data", found, DateTime::UNIX_EPOCH))
}

type Spoil = fn(&mut World, usize);

fn row(world: &mut World, item: usize, field: &str, value: Value) {
    world.items[item].transferred[0][field] = value;
}

fn compared(world: &mut World, item: usize, field: &str, value: Value) {
    world.items[item].verified[0][field] = value;
}

/// What is planted at one item, the kinds of item that it fits, and what it must be found as.
const ITEM_DEFECTS: [(&str, &[&str], Defect, Spoil); 30] = [
    ("a version that is gone", ANY, Defect::VersionMissing, |w, n| w.spoil_object(n, Vec::clear)),
    ("a delete marker in its place", ANY, Defect::VersionMissing, |w, n| {
        w.spoil_object(n, |all| *all = vec![Stored::Marker { id: format!("v{n}") }]);
    }),
    ("a delete marker, and the version gone", ANY, Defect::VersionMissing, |w, n| {
        w.spoil_object(n, |all| *all = vec![Stored::Marker { id: "m".into() }]);
    }),
    ("another version only", ANY, Defect::VersionMissing, |w, n| {
        w.spoil_object(n, |all| {
            if let Stored::Version { id, .. } = &mut all[0] {
                *id = "another".into();
            }
        });
    }),
    ("a key below another prefix", ANY, Defect::VersionMissing, |w, n| w.move_object(n, |key| format!("x{key}"))),
    ("a key that is percent-encoded", ANY, Defect::VersionMissing, |w, n| {
        w.move_object(n, |key| key.replace('/', "%2F"));
    }),
    ("a key in another case", ANY, Defect::VersionMissing, |w, n| w.move_object(n, str::to_uppercase)),
    ("a directory without its slash", &["Directory"], Defect::VersionMissing, |w, n| {
        w.move_object(n, |key| key.trim_end_matches('/').to_owned());
    }),
    ("a shorter object", FILE, Defect::SizeDiffers, |w, n| w.size(n, 5)),
    ("a longer object", FILE, Defect::SizeDiffers, |w, n| w.size(n, 7)),
    ("an empty object", FILE, Defect::SizeDiffers, |w, n| w.size(n, 0)),
    ("another mode", ANY, Defect::MetadataDiffers, |w, n| w.spoil_posix(n, |posix| posix.mode = Some(0o100_600))),
    ("another owner", ANY, Defect::MetadataDiffers, |w, n| w.spoil_posix(n, |posix| posix.uid = Some(0))),
    ("another group", ANY, Defect::MetadataDiffers, |w, n| w.spoil_posix(n, |posix| posix.gid = Some(0))),
    ("another mtime", ANY, Defect::MetadataDiffers, |w, n| {
        w.spoil_posix(n, |posix| posix.mtime = "1641574766137".parse().ok());
    }),
    ("no metadata", ANY, Defect::MetadataDiffers, |w, n| w.spoil_posix(n, |posix| *posix = Posix::default())),
    ("no mtime", ANY, Defect::MetadataDiffers, |w, n| w.spoil_posix(n, |posix| posix.mtime = None)),
    ("unequal checksums", FILE, Defect::ChecksumDiffers, |w, n| {
        compared(w, n, "DstChecksum", json!(format!("SHA256:{}", SHA256.replace('d', "0"))));
    }),
    ("one checksum only", FILE, Defect::ChecksumDiffers, |w, n| compared(w, n, "DstChecksum", Value::Null)),
    ("no checksums", FILE, Defect::VerificationMissing, |w, n| {
        compared(w, n, "SrcChecksum", Value::Null);
        compared(w, n, "DstChecksum", Value::Null);
    }),
    ("checksums cut short", FILE, Defect::VerificationMissing, |w, n| {
        compared(w, n, "SrcChecksum", json!("SHA256:d10d"));
        compared(w, n, "DstChecksum", json!("SHA256:d10d"));
    }),
    ("a verification that failed", ANY, Defect::NotVerified, |w, n| compared(w, n, "VerifyStatus", json!("FAILED"))),
    ("a verification in unknown words", ANY, Defect::NotVerified, |w, n| {
        compared(w, n, "VerifyStatus", json!("PERHAPS"));
    }),
    ("a transfer that failed", ANY, Defect::TransferFailed, |w, n| row(w, n, "TransferStatus", json!("FAILED"))),
    ("a transfer in unknown words", ANY, Defect::TransferFailed, |w, n| row(w, n, "TransferStatus", json!("success"))),
    ("no version id", ANY, Defect::NoVersionId, |w, n| row(w, n, "DstS3VersionId", Value::Null)),
    ("an empty version id", ANY, Defect::NoVersionId, |w, n| row(w, n, "DstS3VersionId", json!(""))),
    ("no verified row", FILE, Defect::VerificationMissing, |w, n| w.items[n].verified.clear()),
    ("a transferred row twice", ANY, Defect::Duplicated, |w, n| {
        let row = w.items[n].transferred[0].clone();
        w.items[n].transferred.push(row);
    }),
    ("a verified row twice", ANY, Defect::Duplicated, |w, n| {
        let row = w.items[n].verified[0].clone();
        w.items[n].verified.push(row);
    }),
];
const ANY: &[&str] = &["Regular", "Directory", "Symlink"];
const FILE: &[&str] = &["Regular"];

fn kind(item: &Item) -> String {
    item.transferred[0]["SrcMetadata"]["Type"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_planted_defect_of_an_item_is_found_and_none_is_invented() {
    let (mut planted, mut clean) = (0, 0);
    let mut kinds = BTreeSet::new();
    for seed in 0..120 {
        let mut random = Random(seed);
        let mut world = World::random(&mut random, 60);
        let mut expected = BTreeSet::new();
        let mut free: Vec<usize> = (0..world.items.len()).collect();
        for n in 0..10 {
            let (name, fits, defect, spoil) =
                ITEM_DEFECTS[(usize::try_from(seed).unwrap() * 10 + n) % ITEM_DEFECTS.len()];
            let place = free.iter().position(|item| fits.contains(&kind(&world.items[*item]).as_str()));
            let item = free.remove(place.unwrap_or_else(|| panic!("seed {seed}: no item for {name}")));
            spoil(&mut world, item);
            expected.insert((world.items[item].path.clone(), format!("{defect:?}")));
            kinds.insert(name);
        }
        let proof = check(&world.parts(), world.bucket.clone(), &world.execution(), false).await.unwrap();
        let found = proof.findings.iter().filter(|finding| finding.path != "/");
        let found: BTreeSet<_> = found.map(|finding| (finding.path.clone(), format!("{:?}", finding.defect))).collect();
        assert_eq!(found, expected, "seed {seed}");
        assert!(!proof.verdict.is_proven(), "seed {seed}");
        planted += expected.len();
        clean += free.len();
    }
    figures::proven("planted defects found", planted, "defects");
    figures::proven("kinds of planted defects", kinds.len(), "kinds");
    figures::proven("clean items among defects, not flagged", clean, "items");
    assert!(planted >= 1_000 && kinds.len() == ITEM_DEFECTS.len());
}

#[tokio::test]
async fn clean_executions_are_verified_and_what_lies_on_top_is_a_warning() {
    let mut items = 0;
    for seed in 1_000..1_025 {
        let mut random = Random(seed);
        let mut world = World::random(&mut random, 50);
        let proof = check(&world.parts(), world.bucket.clone(), &world.execution(), false).await.unwrap();
        assert_eq!((proof.verdict, proof.counts.proven), (Verdict::Verified, 50), "seed {seed}: {:?}", proof.findings);
        world.spoil_object(3, |all| all.push(Stored::Version { id: "later".into(), size: 1, posix: Posix::default() }));
        world.spoil_object(5, |all| all.push(Stored::Marker { id: "marker".into() }));
        let proof = check(&world.parts(), world.bucket.clone(), &world.execution(), false).await.unwrap();
        assert_eq!((proof.verdict, proof.counts.proven), (Verdict::VerifiedWithWarnings, 50), "seed {seed}");
        let notices: BTreeSet<_> = proof
            .warnings
            .iter()
            .map(|warning| (warning.path.clone(), warning.notice))
            .map(|(path, notice)| (path, format!("{notice:?}")))
            .collect();
        let expected = [(3, Notice::Superseded), (5, Notice::HiddenByDeleteMarker)];
        assert_eq!(notices, expected.map(|(n, notice)| (world.items[n].path.clone(), format!("{notice:?}"))).into());
        items += 100;
    }
    figures::proven("clean items without a false alarm", items, "items");
}

type SpoilReport = fn(&mut BTreeMap<String, Vec<u8>>, &mut Execution);

/// What is planted in the report as a whole.
const REPORT_DEFECTS: [(&str, SpoilReport); 14] = [
    ("a part cut short", |parts, _| {
        let part = parts.get_mut(&key("transferred-v1-00002")).unwrap();
        part.truncate(part.len() / 2);
    }),
    ("a part without its last byte", |parts, _| {
        parts.get_mut(&key("verified-v1-00001")).unwrap().pop();
    }),
    ("a part with something behind it", |parts, _| parts.get_mut(&key("transferred-v1-00001")).unwrap().push(b'x')),
    ("garbage for a part", |parts, _| drop(parts.insert(key("transferred-v1-00001"), vec![0xff; 100]))),
    ("an empty part", |parts, _| drop(parts.insert(key("verified-v1-00002"), Vec::new()))),
    ("no first part", |parts, _| drop(parts.remove(&key("transferred-v1-00001")))),
    ("no last part", |parts, _| drop(parts.remove(&key("transferred-v1-00003")))),
    ("no verified part", |parts, _| parts.retain(|key, _| !key.contains("files-verified"))),
    ("no transferred part", |parts, _| parts.retain(|key, _| !key.contains("files-transferred"))),
    ("no report", |parts, _| parts.clear()),
    ("a part that is there twice", |parts, _| {
        let part = parts[&key("transferred-v1-00001")].clone();
        parts.insert(key("transferred-v1-00001").replace("0a123", "0b123"), part);
    }),
    ("a part of another execution", |parts, _| {
        let part = parts.get_mut(&key("transferred-v1-00001")).unwrap();
        *part = String::from_utf8_lossy(part).replace("exec-0fcddf3728817690d", "exec-00000000000000000").into();
    }),
    ("a report that DataSync calls failed", |_, execution| {
        execution.report = Some(ReportResult { status: "ERROR".into(), error: ServiceWords::default() });
    }),
    ("an execution that failed", |_, execution| execution.status = "ERROR".into()),
];

#[tokio::test]
async fn every_planted_defect_of_a_report_leaves_the_verdict_open() {
    let mut planted = 0;
    for seed in 2_000..2_010 {
        for (name, spoil) in REPORT_DEFECTS {
            let world = World::random(&mut Random(seed), 25);
            let (mut parts, mut execution) = (world.parts(), world.execution());
            spoil(&mut parts, &mut execution);
            let proof = check(&parts, world.bucket, &execution, false).await.unwrap();
            assert_eq!(proof.verdict, Verdict::Incomplete, "seed {seed}, {name}: {:?}", proof.findings);
            planted += 1;
        }
    }
    figures::proven("planted defects of reports found", planted, "defects");
}

#[tokio::test]
async fn a_bucket_that_may_not_be_read_proves_nothing() {
    let world = World::random(&mut Random(1), 5);
    let refused = check(&world.parts(), world.bucket.clone(), &world.execution(), true).await;
    assert!(matches!(refused, Err(CheckError::Head { .. })), "{refused:?}");
}

/// Bytes of a valid report, changed at random: nothing panics, and what is not the report's is never proven.
#[tokio::test]
async fn garbage_neither_panics_nor_passes() {
    let world = World::random(&mut Random(7), 12);
    let whole = world.parts();
    let mut random = Random(3_000);
    let mut refused = 0;
    for _ in 0..400 {
        let mut parts = whole.clone();
        let keys: Vec<String> = parts.keys().cloned().collect();
        let part = parts.get_mut(&keys[random.below(keys.len())]).unwrap();
        let at = random.below(part.len());
        match random.below(3) {
            0 => part.truncate(at),
            1 => drop(part.splice(at..at, (0..16).map(|_| u8::try_from(random.below(256)).unwrap()))),
            _ => drop(part.drain(at..(at + 1 + random.below(40)).min(part.len()))),
        }
        let proof = check(&parts, world.bucket.clone(), &world.execution(), false).await.unwrap();
        // A change within a field that is not looked at is harmless; then everything is proven as it is.
        if proof.verdict.is_proven() {
            assert_eq!(proof.counts.proven, 12, "seed 3000");
        } else {
            refused += 1;
        }
    }
    figures::proven("reports changed at random, refused", refused, "reports");
    assert!(refused > 300, "{refused}");
}

#[tokio::test]
async fn a_check_that_is_stopped_after_each_item_comes_to_the_same_proof() {
    let mut world = World::random(&mut Random(11), 14);
    world.spoil_object(4, Vec::clear);
    world.items[7].verified.clear();
    let row = world.items[9].transferred[0].clone();
    world.items[9].transferred.push(row);
    let (parts, execution) = (world.parts(), world.execution());
    let whole = check(&parts, world.bucket.clone(), &execution, false).await.unwrap();
    let fake = FakeBucket::default();
    parts.iter().for_each(|(key, part)| fake.put(key, part.clone()));
    let records = RecordsBucket::new(fake.client(&[heads(world.bucket.clone(), false)]), "records");
    let mut stops = 0;
    let proof = loop {
        match check_in(&records, &execution, Some(SystemTime::UNIX_EPOCH)).await {
            Ok(proof) => break proof,
            Err(CheckError::OutOfTime { .. }) => stops += 1,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(stops, 14);
    assert_eq!((proof.verdict, proof.counts, &proof.findings), (whole.verdict, whole.counts, &whole.findings));
    let mut before = None;
    let mut objects = Vec::new();
    for link in &proof.object_parts {
        let bytes = fake.get(&link.key).unwrap();
        assert!(link.holds(before, &bytes));
        objects.extend(bytes);
        before = Some(link);
    }
    assert_eq!(
        pipeline::records::seal::sha256(&objects),
        whole.object_parts[0].sha256,
        "the same objects in one order"
    );
}
