//! One execution of a random tree with disturbances. Its result is verified, repeated where needed,
//! and followed by an execution that completes the copy.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use domain::names::{PART_TAG, RETRY_TAG};
use domain::records::class::Class;
use domain::records::proof::{Defect, Verdict};
use domain::records::run::RunRecord;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::disturbance::{Disturbance, Kind, Target};
use crate::model::random::Random;
use crate::world::{self, BUCKET};

const DISTURBANCES: usize = 12;
const PHASES: [(&str, &str); 3] = [
    ("hold-at-preparing", "PREPARING"),
    ("hold-at-transferring", "TRANSFERRING"),
    ("hold-at-verifying", "VERIFYING"),
];
const MODES: [&str; 3] = ["POINT_IN_TIME_CONSISTENT", "ONLY_FILES_TRANSFERRED", "NONE"];

/// The file that no disturbance touches, and a planted defect does.
const SPOILED: &str = "a/spoiled";

/// A defect that is none of the disturbances.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Planted {
    Nothing,
    /// The object of an unchanged file has other bytes and the same metadata.
    Damage,
    /// S3 refuses to take the file.
    Refusal,
}

/// The result of one round.
pub(super) struct Ended {
    pub(super) kinds: Vec<Kind>,
    pub(super) repeated: bool,
    pub(super) told: bool,
}

/// The moment of a disturbance.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// At the beginning of a phase, of which nothing is done.
    Phase(usize),
    /// Just before so many more calls of S3 than there were when the execution began.
    Call(usize),
}

/// Disturbances with the number of their phase or call.
type Planned = Vec<(usize, Disturbance)>;

pub(super) struct Round {
    seed: u64,
    random: Random,
    mode: &'static str,
    enhanced: bool,
    removes: bool,
    /// Whether most of the tree was copied before.
    copied_before: bool,
    planted: Planted,
}

impl Round {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let (mode, removes, copied_before) =
            (*random.pick_from(&MODES), random.once_in(2), !random.once_in(3));
        let enhanced = mode != MODES[0] && random.once_in(3);
        let planted = match random.next_below(4) {
            0 if copied_before && mode == MODES[0] => Planted::Damage,
            0 | 1 => Planted::Refusal,
            _ => Planted::Nothing,
        };
        Self { seed, random, mode, enhanced, removes, copied_before, planted }
    }

    pub(super) async fn play_round(mut self) -> Ended {
        let cloud = Cloud::new(if self.enhanced { "ENHANCED" } else { "BASIC" }).await;
        let root = cloud.world.root_path();
        let (mut files, directories) = self.plant_files(&root);
        let mut removed = Vec::new();
        if self.copied_before {
            cloud.world.run_task(&cloud.task).await.expect_success();
            removed = files.split_off(26);
            removed.iter().for_each(|file| fs::remove_file(file).unwrap());
            self.change_some(&files);
        }
        self.plant_defect(&cloud, &root);
        let (at_phases, at_calls) = self.plan_disturbances(files, directories, removed);
        let case = format!(
            "DATASYNC_LOCAL_SEED={} DATASYNC_LOCAL_LIVE_RUNS=1: {} enhanced={} removes={} copied \
                before={} {:?}\n{at_phases:?}\n{at_calls:?}",
            self.seed, self.mode, self.enhanced, self.removes, self.copied_before, self.planted
        );
        let (ended, kinds) = self.run_disturbed(&cloud, at_phases, at_calls).await;
        let (run, alerts) = cloud.record_execution(&ended).await;
        let report = cloud.world.read_report(&ended);
        let case = format!("{case}\n{run:?}\n{alerts:?}\n{report:#?}");
        self.check_proof(&cloud, &ended, &run, &case).await;
        let requests = cloud.take_invocations();
        if self.planted != Planted::Nothing {
            self.check_reported(&run, &alerts, &case);
            assert!(requests.is_empty(), "{case}");
            return self.check_next_run(&cloud, kinds, false, &case).await;
        }
        assert!(alerts.is_empty(), "{case}");
        assert!(matches!(run.class, None | Some(Class::BusyFile)), "{case}");
        assert_eq!(run.retries.is_empty(), run.class.is_none(), "{case}");
        let repeated = !requests.is_empty();
        assert_eq!(repeated, run.class.is_some(), "{case}");
        if let Some(request) = requests.first() {
            self.check_repeat(&cloud, &ended, request, &case).await;
        }
        self.check_next_run(&cloud, kinds, repeated, &case).await
    }

    /// Creates files with old times, so that each later write has another time. Returns the files
    /// that may be disturbed, and directories.
    fn plant_files(&mut self, root: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let mut files = Vec::new();
        for number in 0..30 {
            let file = root
                .join(self.random.pick_from(&["", "a", "a/b", "c"]))
                .join(format!("file-{number}"));
            let bytes = vec![
                b'0' + u8::try_from(number % 10).unwrap();
                10 + self.random.next_below(40_000)
            ];
            self.write_old_file(&file, &bytes);
            files.push(file);
        }
        let directories = self.plant_directories(root);
        self.write_old_file(&root.join(SPOILED), b"spoiled");
        (files, directories)
    }

    fn plant_directories(&mut self, root: &Path) -> Vec<PathBuf> {
        let mut directories = Vec::new();
        for number in 0..4 {
            let directory =
                root.join(self.random.pick_from(&["", "a"])).join(format!("directory-{number}"));
            (0..2).for_each(|inner| {
                self.write_old_file(&directory.join(format!("{inner}")), b"content below")
            });
            directories.push(directory);
        }
        directories
    }

    fn write_old_file(&mut self, file: &Path, bytes: &[u8]) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
        self.set_old_time(file);
    }

    fn set_old_time(&mut self, file: &Path) {
        let then = SystemTime::UNIX_EPOCH
            + Duration::new(1_600_000_000 + self.random.next_below(1_000_000) as u64, 123_456_789);
        File::options().write(true).open(file).unwrap().set_modified(then).unwrap();
    }

    /// Of what was copied before, some is written and of some only the mode is another: those are
    /// copied again otherwise.
    fn change_some(&mut self, files: &[PathBuf]) {
        for file in files {
            match self.random.next_below(4) {
                0 => self.write_old_file(file, b"changed since it was copied"),
                1 => fs::set_permissions(file, Permissions::from_mode(0o640)).unwrap(),
                _ => {}
            }
        }
    }

    fn plant_defect(&mut self, cloud: &Cloud, root: &Path) {
        match self.planted {
            Planted::Nothing => {}
            Planted::Damage => {
                let metadata = cloud.world.fake.latest_objects(BUCKET)[SPOILED].metadata.clone();
                let metadata: Vec<_> =
                    metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
                cloud.world.fake.put_object(BUCKET, SPOILED, b"SPOILED", &metadata);
            }
            Planted::Refusal => {
                self.write_old_file(&root.join(SPOILED), b"to be refused");
                cloud.world.fake.lock_store().refused.push(("PUT", SPOILED.to_owned()));
            }
        }
    }

    fn plan_disturbances(
        &mut self,
        mut files: Vec<PathBuf>,
        mut directories: Vec<PathBuf>,
        mut removed: Vec<PathBuf>,
    ) -> (Planned, Planned) {
        let (mut at_phases, mut at_calls) = (Vec::new(), Vec::new());
        for _ in 0..DISTURBANCES {
            let kind = *self.random.pick_from(&Kind::ALL);
            let from = match kind.target_kind() {
                Target::File => &mut files,
                Target::Directory => &mut directories,
                Target::Removed => &mut removed,
            };
            if from.is_empty() {
                continue;
            }
            let place = self.random.next_below(from.len());
            let disturbance = Disturbance { kind, at: from.swap_remove(place) };
            let moment = if self.random.once_in(2) {
                Moment::Phase(self.random.next_below(3))
            } else {
                Moment::Call(self.random.next_below(60))
            };
            match moment {
                Moment::Phase(phase) => at_phases.push((phase, disturbance)),
                Moment::Call(call) => at_calls.push((call, disturbance)),
            }
        }
        at_calls.sort_by_key(|(call, _)| *call);
        (at_phases, at_calls)
    }

    async fn run_disturbed(
        &self,
        cloud: &Cloud,
        at_phases: Planned,
        at_calls: Planned,
    ) -> (world::Ended, Vec<Kind>) {
        let (mut calls, mut waiting, happened) =
            (0, VecDeque::from(at_calls), Arc::new(Mutex::new(Vec::new())));
        let before_calls = Arc::clone(&happened);
        cloud.world.set_fault(&cloud.task, PHASES[0].0).await;
        let options = json!({ "OverrideOptions": self.to_options() });
        let arn = cloud.world.start_execution(&cloud.task, options).await;
        cloud.world.fake.before_each(move || {
            while waiting.front().is_some_and(|(call, _)| *call <= calls) {
                let (_, disturbance) = waiting.pop_front().unwrap();
                disturbance.apply_change();
                before_calls.lock().unwrap().push(disturbance.kind);
            }
            calls += 1;
        });
        for (phase, (_, status)) in PHASES.iter().enumerate() {
            cloud.world.wait_until(&arn, |described| described["Status"] == *status).await;
            for (_, disturbance) in at_phases.iter().filter(|(at, _)| *at == phase) {
                disturbance.apply_change();
                happened.lock().unwrap().push(disturbance.kind);
            }
            match PHASES.get(phase + 1) {
                Some((next, _)) => cloud.world.set_fault(&cloud.task, next).await,
                None => cloud.world.remove_fault(&cloud.task).await,
            }
        }
        let ended = cloud.world.wait_for_end(&arn).await;
        cloud.world.fake.before_each(|| {});
        let happened = std::mem::take(&mut *happened.lock().unwrap());
        (ended, happened)
    }

    async fn check_proof(&self, cloud: &Cloud, ended: &world::Ended, run: &RunRecord, case: &str) {
        let (proof, alerts) = cloud.verify_execution(ended).await;
        let case = format!("{:?} {:?} {alerts:?}\n{case}", proof.verdict, proof.findings);
        assert!(alerts.is_empty(), "{case}");
        // What was planted is no fault of the reports either.
        assert_ne!(proof.verdict, Verdict::Incomplete, "{case}");
        let ok = [Defect::NotVerified, Defect::TransferFailed];
        let fine = |defect| {
            ok.contains(&defect)
                || (self.planted == Planted::Damage && defect == Defect::ChecksumDiffers)
        };
        assert!(proof.findings.iter().all(|finding| fine(finding.defect)), "{case}");
        assert!(run.class.is_some() || proof.verdict.is_proven(), "{case}");
    }

    fn check_reported(&self, run: &RunRecord, alerts: &[String], case: &str) {
        let (class, cause) = match self.planted {
            Planted::Damage => (Class::ChecksumMismatch, "content was damaged on one side"),
            Planted::Refusal | Planted::Nothing => {
                (Class::Permission, "a role or a policy denies access to DataSync")
            }
        };
        assert_eq!((run.class, alerts.len()), (Some(class), 1), "{case}");
        assert!(run.problems.first[0].starts_with(&format!("/{SPOILED}: ")), "{case}");
        assert!(alerts[0].contains(cause) && alerts[0].contains(SPOILED), "{case}");
        assert_eq!(alerts[0].contains("damage"), self.planted == Planted::Damage, "{case}");
        assert_eq!(run.problems.busy, run.problems.count - 1, "{case}");
        assert_eq!(alerts[0].contains("busy: created"), run.problems.busy > 0, "{case}");
    }

    fn to_options(&self) -> Value {
        let removes = if self.removes { "REMOVE" } else { "PRESERVE" };
        json!({ "VerifyMode": self.mode, "PreserveDeletedFiles": removes })
    }

    /// Checks the repeat's request and runs it, as start-execution does.
    async fn check_repeat(&self, cloud: &Cloud, ended: &world::Ended, request: &Value, case: &str) {
        assert_eq!(request["retry_of"], ended.id(), "{case}");
        let includes = request["overrides"]["includes"].as_array().unwrap().iter();
        let includes: Vec<&str> = includes.map(|include| include.as_str().unwrap()).collect();
        let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
        let body = json!({
            "OverrideOptions": self.to_options(),
            "Includes": [{ "FilterType": "SIMPLE_PATTERN", "Value": includes.join("|") }],
            "Tags": [tag(RETRY_TAG, ended.id()), tag(PART_TAG, "true")],
        });
        let repeat = cloud.world.run_task_with(&cloud.task, body).await;
        let (run, alerts) = cloud.record_execution(&repeat).await;
        let report = cloud.world.read_report(&repeat);
        assert!(
            run.is_good() && alerts.is_empty(),
            "the repeat: {run:?} {alerts:?} {report:#?}\nof {case}"
        );
        let (proof, alerts) = cloud.verify_execution(&repeat).await;
        assert!(proof.verdict.is_proven() && alerts.is_empty(), "the repeat: {proof:?}\nof {case}");
    }

    /// Checks that the next whole execution copies everything, byte by byte, in every state that
    /// the one before left.
    async fn check_next_run(
        &self,
        cloud: &Cloud,
        kinds: Vec<Kind>,
        repeated: bool,
        case: &str,
    ) -> Ended {
        cloud.world.fake.lock_store().refused.clear();
        if self.planted == Planted::Damage {
            let file = cloud.world.root_path().join(SPOILED);
            fs::write(file, "mended").unwrap();
        }
        let mode = if self.enhanced { MODES[1] } else { MODES[0] };
        let options =
            json!({ "OverrideOptions": { "VerifyMode": mode, "PreserveDeletedFiles": "REMOVE" } });
        let whole = cloud.world.run_task_with(&cloud.task, options).await;
        assert_eq!(
            whole.status(),
            "SUCCESS",
            "the next run: {:#?}\nafter {case}",
            cloud.world.read_report(&whole)
        );
        let mut files = BTreeMap::new();
        read_tree(&cloud.world.root_path(), "", &mut files);
        let objects = cloud
            .world
            .fake
            .latest_objects(BUCKET)
            .into_iter()
            .map(|(key, object)| (key, object.body.to_vec()));
        assert!(objects.collect::<BTreeMap<_, _>>() == files, "{case}");
        Ended { kinds, repeated, told: self.planted != Planted::Nothing }
    }
}

/// The tree as objects.
fn read_tree(directory: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let (kind, name) = (entry.file_type().unwrap(), entry.file_name().into_string().unwrap());
        let key = format!("{prefix}{name}");
        if kind.is_dir() {
            files.insert(format!("{key}/"), Vec::new());
            read_tree(&entry.path(), &format!("{key}/"), files);
        } else if kind.is_symlink() {
            files.insert(
                key,
                fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes(),
            );
        } else {
            files.insert(key, fs::read(entry.path()).unwrap());
        }
    }
}
