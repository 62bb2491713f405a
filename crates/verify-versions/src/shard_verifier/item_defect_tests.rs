//! No false PASS: defects of every kind planted among clean items, each found, and nothing else
//! called wrong.

use std::collections::BTreeSet;

use domain::posix::Posix;
use domain::records::proof::{Defect, Notice, Verdict};
use serde_json::{Value, json};

use crate::testing::fixtures::SHA256;
use crate::testing::random_execution::{Random, RandomExecution, RandomItem, StoredVersion};
use crate::testing::verification::verify_execution;

type Spoil = fn(&mut RandomExecution, usize);

fn set_transferred(data: &mut RandomExecution, item: usize, field: &str, value: Value) {
    data.items[item].transferred[0][field] = value;
}

fn set_verified(data: &mut RandomExecution, item: usize, field: &str, value: Value) {
    data.items[item].verified[0][field] = value;
}

/// A defect to plant at one item, the kinds of item that it fits, and the finding it must cause.
const ITEM_DEFECTS: [(&str, &[&str], Defect, Spoil); 30] = [
    ("a version that is gone", ANY, Defect::VersionMissing, |w, n| w.spoil_object(n, Vec::clear)),
    ("a delete marker in its place", ANY, Defect::VersionMissing, |w, n| {
        w.spoil_object(n, |all| *all = vec![StoredVersion::Marker { id: format!("v{n}") }]);
    }),
    ("a delete marker, and the version gone", ANY, Defect::VersionMissing, |w, n| {
        w.spoil_object(n, |all| *all = vec![StoredVersion::Marker { id: "m".into() }]);
    }),
    ("another version only", ANY, Defect::VersionMissing, |w, n| {
        w.spoil_object(n, |all| {
            if let StoredVersion::Version { id, .. } = &mut all[0] {
                *id = "another".into();
            }
        });
    }),
    ("a key below another prefix", ANY, Defect::VersionMissing, |w, n| {
        w.move_object(n, |key| format!("x{key}"))
    }),
    ("a key that is percent-encoded", ANY, Defect::VersionMissing, |w, n| {
        w.move_object(n, |key| key.replace('/', "%2F"));
    }),
    ("a key in another case", ANY, Defect::VersionMissing, |w, n| {
        w.move_object(n, str::to_uppercase)
    }),
    ("a directory without its slash", &["Directory"], Defect::VersionMissing, |w, n| {
        w.move_object(n, |key| key.trim_end_matches('/').to_owned());
    }),
    ("a shorter object", FILE, Defect::SizeDiffers, |w, n| w.set_size(n, 5)),
    ("a longer object", FILE, Defect::SizeDiffers, |w, n| w.set_size(n, 7)),
    ("an empty object", FILE, Defect::SizeDiffers, |w, n| w.set_size(n, 0)),
    ("another mode", ANY, Defect::MetadataDiffers, |w, n| {
        w.spoil_posix(n, |posix| posix.mode = Some(0o100_600))
    }),
    ("another owner", ANY, Defect::MetadataDiffers, |w, n| {
        w.spoil_posix(n, |posix| posix.uid = Some(0))
    }),
    ("another group", ANY, Defect::MetadataDiffers, |w, n| {
        w.spoil_posix(n, |posix| posix.gid = Some(0))
    }),
    ("another mtime", ANY, Defect::MetadataDiffers, |w, n| {
        w.spoil_posix(n, |posix| posix.mtime = "1641574766137".parse().ok());
    }),
    ("no metadata", ANY, Defect::MetadataDiffers, |w, n| {
        w.spoil_posix(n, |posix| *posix = Posix::default())
    }),
    ("no mtime", ANY, Defect::MetadataDiffers, |w, n| w.spoil_posix(n, |posix| posix.mtime = None)),
    ("unequal checksums", FILE, Defect::ChecksumDiffers, |w, n| {
        set_verified(w, n, "DstChecksum", json!(format!("SHA256:{}", SHA256.replace('d', "0"))));
    }),
    ("one checksum only", FILE, Defect::ChecksumDiffers, |w, n| {
        set_verified(w, n, "DstChecksum", Value::Null)
    }),
    ("no checksums", FILE, Defect::VerificationMissing, |w, n| {
        set_verified(w, n, "SrcChecksum", Value::Null);
        set_verified(w, n, "DstChecksum", Value::Null);
    }),
    ("checksums cut short", FILE, Defect::VerificationMissing, |w, n| {
        set_verified(w, n, "SrcChecksum", json!("SHA256:d10d"));
        set_verified(w, n, "DstChecksum", json!("SHA256:d10d"));
    }),
    ("a verification that failed", ANY, Defect::NotVerified, |w, n| {
        set_verified(w, n, "VerifyStatus", json!("FAILED"))
    }),
    ("a verification in unknown words", ANY, Defect::NotVerified, |w, n| {
        set_verified(w, n, "VerifyStatus", json!("PERHAPS"));
    }),
    ("a transfer that failed", ANY, Defect::TransferFailed, |w, n| {
        set_transferred(w, n, "TransferStatus", json!("FAILED"))
    }),
    ("a transfer in unknown words", ANY, Defect::TransferFailed, |w, n| {
        set_transferred(w, n, "TransferStatus", json!("success"))
    }),
    ("no version id", OBJECT, Defect::NoVersionId, |w, n| {
        set_transferred(w, n, "DstS3VersionId", Value::Null)
    }),
    ("an empty version id", OBJECT, Defect::NoVersionId, |w, n| {
        set_transferred(w, n, "DstS3VersionId", json!(""))
    }),
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
const OBJECT: &[&str] = &["Regular", "Symlink"];

fn kind_of(item: &RandomItem) -> String {
    item.transferred[0]["SrcMetadata"]["Type"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_planted_defect_of_an_item_is_found_and_none_is_invented() {
    let (mut planted, mut clean) = (0, 0);
    let mut kinds = BTreeSet::new();
    for seed in 0..120 {
        let mut random = Random(seed);
        let mut data = RandomExecution::generate(&mut random, 60);
        let mut expected = BTreeSet::new();
        let mut free: Vec<usize> = (0..data.items.len()).collect();
        for n in 0..10 {
            let (name, fits, defect, spoil) =
                ITEM_DEFECTS[(usize::try_from(seed).unwrap() * 10 + n) % ITEM_DEFECTS.len()];
            let place =
                free.iter().position(|item| fits.contains(&kind_of(&data.items[*item]).as_str()));
            let item =
                free.remove(place.unwrap_or_else(|| panic!("seed {seed}: no item for {name}")));
            spoil(&mut data, item);
            expected.insert((data.items[item].path.clone(), format!("{defect:?}")));
            kinds.insert(name);
        }
        let proof =
            verify_execution(&data.report_parts(), data.bucket.clone(), &data.describe(), false)
                .await
                .unwrap();
        let found = proof.findings.iter().filter(|finding| finding.path != "/");
        let found: BTreeSet<_> =
            found.map(|finding| (finding.path.clone(), format!("{:?}", finding.defect))).collect();
        assert_eq!(found, expected, "seed {seed}");
        assert!(!proof.verdict.is_proven(), "seed {seed}");
        planted += expected.len();
        clean += free.len();
    }
    measurements::proven("planted defects found", planted, "defects");
    measurements::proven("kinds of planted defects", kinds.len(), "kinds");
    measurements::proven("clean items among defects, not flagged", clean, "items");
    assert!(planted >= 1_000 && kinds.len() == ITEM_DEFECTS.len());
}

#[tokio::test]
async fn clean_executions_are_verified_and_later_versions_are_warnings() {
    let mut items = 0;
    for seed in 1_000..1_025 {
        let mut random = Random(seed);
        let mut data = RandomExecution::generate(&mut random, 50);
        let proof =
            verify_execution(&data.report_parts(), data.bucket.clone(), &data.describe(), false)
                .await
                .unwrap();
        assert_eq!(
            (proof.verdict, proof.counts.proven),
            (Verdict::Verified, 50),
            "seed {seed}: {:?}",
            proof.findings
        );
        data.spoil_object(3, |all| {
            all.push(StoredVersion::Version {
                id: "later".into(),
                size: 1,
                posix: Posix::default(),
            })
        });
        data.spoil_object(5, |all| all.push(StoredVersion::Marker { id: "marker".into() }));
        let proof =
            verify_execution(&data.report_parts(), data.bucket.clone(), &data.describe(), false)
                .await
                .unwrap();
        assert_eq!(
            (proof.verdict, proof.counts.proven),
            (Verdict::VerifiedWithWarnings, 50),
            "seed {seed}"
        );
        let notices: BTreeSet<_> = proof
            .warnings
            .iter()
            .map(|warning| (warning.path.clone(), warning.notice))
            .map(|(path, notice)| (path, format!("{notice:?}")))
            .collect();
        let expected = [(3, Notice::Superseded), (5, Notice::HiddenByDeleteMarker)];
        assert_eq!(
            notices,
            expected.map(|(n, notice)| (data.items[n].path.clone(), format!("{notice:?}"))).into()
        );
        items += 100;
    }
    measurements::proven("clean items without a false alarm", items, "items");
}
