//! The sync of each request.

use aws_fakes::{Interleaving, TestEnv};
use domain::records::keys;
use serde_json::{Value, json};

use super::*;
use crate::input::{StartInput, parse_input};
use crate::testing::{STACKS, config_of_stack};

const SCHEDULE_OF_HOME: &str =
    include_str!("../../../../events/start-execution/schedule-of-sync.json");
const MANUAL_OF_HOME: &str = include_str!("../../../../events/start-execution/manual-of-sync.json");

fn views_of(syncs: &[&str]) -> Vec<SyncToStart> {
    let env = TestEnv::with_syncs(&Interleaving::default(), syncs);
    view_syncs(Some(&config_of_stack(syncs)), &env.read_document(keys::OUTPUTS))
}

/// The sync and the slot of a payload, or the reason for a refusal.
fn resolve(payload: Value, syncs: &[&str], configured: &[&str]) -> String {
    let Ok(StartInput::Start(requested)) = parse_input(payload, "backup") else {
        panic!("no start")
    };
    let (views, config) = (views_of(syncs), config_of_stack(configured));
    match resolve_sync(&requested, Some(&config), &views) {
        Ok(ResolvedStart::Of(view, request)) => {
            assert_eq!(request.sync.unwrap_or_default(), view.name);
            format!("{}: {}", view.name, request.slot)
        }
        Ok(ResolvedStart::Removed(sync, request)) => format!("no {sync}: {}", request.slot),
        Err(error) => error.to_string(),
    }
}

fn of_rule(rule: &str) -> Value {
    let mut event: Value = serde_json::from_str(SCHEDULE_OF_HOME).unwrap();
    event["resources"] = json!([format!("arn:aws:events:eu-central-1:111122223333:rule/{rule}")]);
    event
}

#[test]
fn each_request_has_its_sync() {
    let manual = |slot: &str| json!({"slot": slot});
    let of_photos = json!({"slot": "manual-1", "sync": "photos"});
    let retry = json!({"slot": "retry-1", "sync": "gone", "retry_of": "exec-1"});
    let [one, three] = STACKS;
    let found = [
        (of_rule("backup-schedule"), one),
        (of_rule("backup-schedule"), three),
        (of_rule("backup-schedule.home"), three),
        (of_rule("backup-full-verification.home"), three),
        (serde_json::from_str(SCHEDULE_OF_HOME).unwrap(), three),
        (serde_json::from_str(MANUAL_OF_HOME).unwrap(), three),
        (of_rule("backup-schedule.gone"), three),
        (of_rule("somebody-elses"), one),
        (manual("manual-1"), one),
        (manual("manual-1"), &["home"]),
        (manual("manual-1"), three),
        (manual("default.1"), one),
        (manual("home.1"), three),
        (manual("home.1"), one),
        (of_photos.clone(), three),
        (of_photos, one),
        (retry, three),
    ]
    .map(|(payload, syncs)| resolve(payload, syncs, syncs));
    insta::assert_snapshot!(found.join("\n"), @r#"
    default: schedule-2026-11-23T10:00:00Z
    default: schedule-2026-11-23T10:00:00Z
    home: home.schedule-2026-11-23T10:00:00Z
    home: home.full-verification-2026-11-23T10:00:00Z
    home: home.schedule-2026-11-23T10:00:00Z
    home: home.manual-2026-11-23T10:00:00Z
    no gone: gone.schedule-2026-11-23T10:00:00Z
    default: schedule-2026-11-23T10:00:00Z
    default: manual-1
    home: home.manual-1
    starting an execution: the request names no sync and the stack has several (`photos`, `default`, `home`); add `"sync": "…"`, or `--sync` to the command
    default: default.1
    reading the slot `home.1`: its part before the first dot is the name of a sync; leave it out and name the sync with `"sync": "home"`
    default: home.1
    photos: photos.manual-1
    starting an execution: the stack has no sync `photos`; it has `default`
    no gone: gone.retry-1
    "#);
}

#[test]
fn a_sync_that_is_configured_and_not_deployed_yet_is_not_taken_for_a_removed_one() {
    let found = resolve(of_rule("backup-schedule.home"), STACKS[0], STACKS[1]);
    assert!(found.contains("efs-s3 deploy"), "{found}");
}

#[test]
fn a_sync_is_seen_with_its_own_limits() {
    let mut config = config_of_stack(STACKS[1]);
    config.syncs[2].limits.max_launching_minutes = 7;
    let env = TestEnv::with_syncs(&Interleaving::default(), STACKS[1]);
    let views = view_syncs(Some(&config), &env.read_document(keys::OUTPUTS));
    let minutes: Vec<i64> =
        views.iter().map(|view| view.limits.max_launching.num_minutes()).collect();
    assert_eq!(minutes, [30, 30, 7]);
}
