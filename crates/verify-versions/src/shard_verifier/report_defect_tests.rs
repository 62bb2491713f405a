//! No false PASS: defects of a report as a whole, garbage for a report, and a verification that is
//! interrupted.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws::records_bucket::RecordsBucket;
use aws_fakes::FakeBucket;
use domain::execution::{Execution, ReportResult, ServiceMessage};
use domain::records::proof::{Notice, Verdict};

use crate::error::ShardError;
use crate::testing::random_execution::{Random, RandomExecution, part_key};
use crate::testing::verification::{head_object_rule, verify_execution, verify_in_bucket};

type SpoilReport = fn(&mut BTreeMap<String, Vec<u8>>, &mut Execution);

/// The defects planted in the report as a whole.
const REPORT_DEFECTS: [(&str, SpoilReport); 14] = [
    ("a part cut short", |parts, _| {
        let part = parts.get_mut(&part_key("transferred-v1-00002")).unwrap();
        part.truncate(part.len() / 2);
    }),
    ("a part without its last byte", |parts, _| {
        parts.get_mut(&part_key("verified-v1-00001")).unwrap().pop();
    }),
    ("a part with something behind it", |parts, _| {
        parts.get_mut(&part_key("transferred-v1-00001")).unwrap().push(b'x')
    }),
    ("garbage for a part", |parts, _| {
        drop(parts.insert(part_key("transferred-v1-00001"), vec![0xff; 100]))
    }),
    ("an empty part", |parts, _| drop(parts.insert(part_key("verified-v1-00002"), Vec::new()))),
    ("no first part", |parts, _| drop(parts.remove(&part_key("transferred-v1-00001")))),
    ("no last part", |parts, _| drop(parts.remove(&part_key("transferred-v1-00003")))),
    ("no verified part", |parts, _| parts.retain(|key, _| !key.contains("files-verified"))),
    ("no transferred part", |parts, _| parts.retain(|key, _| !key.contains("files-transferred"))),
    ("no report", |parts, _| parts.clear()),
    ("a part that is there twice", |parts, _| {
        let part = parts[&part_key("transferred-v1-00001")].clone();
        parts.insert(part_key("transferred-v1-00001").replace("0a123", "0b123"), part);
    }),
    ("a part of another execution", |parts, _| {
        let part = parts.get_mut(&part_key("transferred-v1-00001")).unwrap();
        *part = String::from_utf8_lossy(part)
            .replace("exec-0fcddf3728817690d", "exec-00000000000000000")
            .into();
    }),
    ("a report that DataSync calls failed", |_, execution| {
        execution.report =
            Some(ReportResult { status: "ERROR".into(), error: ServiceMessage::default() });
    }),
    ("an execution that failed", |_, execution| execution.status = "ERROR".into()),
];

#[tokio::test]
async fn every_planted_defect_of_a_report_leaves_the_verdict_open() {
    let mut planted = 0;
    for seed in 2_000..2_010 {
        for (name, spoil) in REPORT_DEFECTS {
            let data = RandomExecution::generate(&mut Random(seed), 25);
            let (mut parts, mut execution) = (data.report_parts(), data.describe());
            spoil(&mut parts, &mut execution);
            let proof = verify_execution(&parts, data.bucket, &execution, false).await.unwrap();
            assert_eq!(
                proof.verdict,
                Verdict::Incomplete,
                "seed {seed}, {name}: {:?}",
                proof.findings
            );
            planted += 1;
        }
    }
    measurements::proven("planted defects of reports found", planted, "defects");
}

/// The rows of the files are gone either way; how many DataSync verified tells a part that was
/// removed from files that went.
#[tokio::test]
async fn files_that_went_are_no_part_that_was_removed() {
    let mut went = 0;
    for seed in 4_000..4_020 {
        let mut data = RandomExecution::generate(&mut Random(seed), 25);
        let is_file = |data: &RandomExecution, n: usize| {
            data.items[n].transferred[0]["SrcMetadata"]["Type"] == "Regular"
        };
        let gone: Vec<usize> = (0..25).filter(|n| is_file(&data, *n)).step_by(4).collect();
        let mut execution = data.describe();
        execution.verify_mode = Some("POINT_IN_TIME_CONSISTENT".into());
        gone.iter().for_each(|n| data.items[*n].verified.clear());
        let rows = 25 - i64::try_from(gone.len()).unwrap();
        for (files_verified, mode, verdict) in [
            (rows, "basic", Verdict::VerifiedWithWarnings),
            (25, "basic", Verdict::Incomplete),
            (0, "basic", Verdict::Incomplete),
            (rows, "enhanced", Verdict::Incomplete),
        ] {
            execution.counters.files_verified = files_verified;
            execution.counters.files_listed = (mode == "enhanced").then_some(25);
            let proof =
                verify_execution(&data.report_parts(), data.bucket.clone(), &execution, false)
                    .await
                    .unwrap();
            assert_eq!(
                proof.verdict, verdict,
                "seed {seed}, {files_verified} {mode}: {:?}",
                proof.findings
            );
            if verdict == Verdict::VerifiedWithWarnings {
                let warned: Vec<_> =
                    proof.warnings.iter().map(|warning| (&warning.path, warning.notice)).collect();
                let mut expected: Vec<_> =
                    gone.iter().map(|n| (&data.items[*n].path, Notice::NotCompared)).collect();
                expected.sort_by_key(|(path, _)| *path);
                assert_eq!((warned, proof.counts.proven), (expected, 25), "seed {seed}");
            }
        }
        went += gone.len();
    }
    measurements::proven(
        "files that went before the verification: no part of a report called removed",
        went,
        "files",
    );
}

#[tokio::test]
async fn a_bucket_that_may_not_be_read_proves_nothing() {
    let data = RandomExecution::generate(&mut Random(1), 5);
    let refused =
        verify_execution(&data.report_parts(), data.bucket.clone(), &data.describe(), true).await;
    assert!(matches!(refused, Err(ShardError::Head { .. })), "{refused:?}");
}

fn change_bytes(part: &mut Vec<u8>, random: &mut Random) {
    let at = random.number_below(part.len());
    match random.number_below(3) {
        0 => part.truncate(at),
        1 => drop(
            part.splice(at..at, (0..16).map(|_| u8::try_from(random.number_below(256)).unwrap())),
        ),
        _ => drop(part.drain(at..(at + 1 + random.number_below(40)).min(part.len()))),
    }
}

/// Bytes of a valid report, changed at random: nothing panics, and what is not the report's is
/// never proven.
#[tokio::test]
async fn garbage_neither_panics_nor_passes() {
    let data = RandomExecution::generate(&mut Random(7), 12);
    let whole = data.report_parts();
    let mut random = Random(3_000);
    let mut refused = 0;
    for _ in 0..400 {
        let mut parts = whole.clone();
        let keys: Vec<String> = parts.keys().cloned().collect();
        let part = parts.get_mut(&keys[random.number_below(keys.len())]).unwrap();
        change_bytes(part, &mut random);
        let proof =
            verify_execution(&parts, data.bucket.clone(), &data.describe(), false).await.unwrap();
        // A change within a field that is not compared is harmless; then everything is proven as it
        // is.
        if proof.verdict.is_proven() {
            assert_eq!(proof.counts.proven, 12, "seed 3000");
        } else {
            refused += 1;
        }
    }
    measurements::proven("reports changed at random, refused", refused, "reports");
    assert!(refused > 300, "{refused}");
}

#[tokio::test]
async fn a_verification_stopped_after_each_item_makes_the_same_proof() {
    let mut data = RandomExecution::generate(&mut Random(11), 14);
    data.spoil_object(4, Vec::clear);
    data.items[7].verified.clear();
    let row = data.items[9].transferred[0].clone();
    data.items[9].transferred.push(row);
    let (parts, execution) = (data.report_parts(), data.describe());
    let whole = verify_execution(&parts, data.bucket.clone(), &execution, false).await.unwrap();
    let fake = FakeBucket::default();
    parts.iter().for_each(|(key, part)| fake.put(key, part.clone()));
    let records =
        RecordsBucket::new(fake.client(&[head_object_rule(data.bucket.clone(), false)]), "records");
    let mut stops = 0;
    let proof = loop {
        match verify_in_bucket(&records, &execution, Some(SystemTime::UNIX_EPOCH)).await {
            Ok(proof) => break proof,
            Err(ShardError::OutOfTime { .. }) => stops += 1,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(stops, 14);
    assert_eq!(
        (proof.verdict, proof.counts, &proof.findings),
        (whole.verdict, whole.counts, &whole.findings)
    );
    let mut before = None;
    let mut objects = Vec::new();
    for link in &proof.object_parts {
        let bytes = fake.get(&link.key).unwrap();
        assert!(link.is_valid_for(before, &bytes));
        objects.extend(bytes);
        before = Some(link);
    }
    assert_eq!(
        domain::records::hash_chain::sha256_hex(&objects),
        whole.object_parts[0].sha256,
        "the same objects in one order"
    );
}
