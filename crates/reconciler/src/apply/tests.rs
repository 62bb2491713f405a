use std::sync::Mutex;

use super::*;
use crate::resources::logs::log_group::LogGroup;
use crate::testing::fake_logs::{FakeLogs, log_group};

/// `one` ← `two` ← `three`, and `alone`.
fn sample_graph() -> Graph {
    let mut graph = Graph::default();
    let one = graph.add("one", log_group("/1"));
    let two = graph.add("two", log_group(&format!("{}/2", one.attribute("name"))));
    graph.add_after("three", log_group("/3"), &[&two]);
    graph.add("alone", log_group("/alone"));
    graph
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl ApplyProgress for Heard {
    fn on_started(&self, step: &Step) {
        self.0.lock().unwrap().push(format!("started {}", step.id));
    }

    fn on_finished(&self, step: &Step, _elapsed: Duration, failure: Option<&KindError>) {
        let how = if failure.is_some() { "failed" } else { "finished" };
        self.0.lock().unwrap().push(format!("{how} {}", step.id));
    }
}

impl Heard {
    fn position_of(&self, what: &str) -> usize {
        let heard = self.0.lock().unwrap();
        heard
            .iter()
            .position(|line| line == what)
            .unwrap_or_else(|| panic!("`{what}` in {heard:?}"))
    }
}

#[tokio::test]
async fn what_does_not_depend_on_each_other_runs_at_once_and_the_rest_in_order() {
    let (logs, heard) = (FakeLogs::default(), Heard::default());
    let applied = apply(&logs.aws(), &sample_graph(), &heard, None).await.unwrap();
    assert_eq!(applied.plan.counts().add, 4);
    assert_eq!(applied.observed.attribute("two", "name"), Some("/1/2"));
    assert_eq!(logs.group_names(), ["/1", "/1/2", "/3", "/alone"]);
    assert!(heard.position_of("started one") < heard.position_of("finished alone"));
    assert!(heard.position_of("started alone") < heard.position_of("finished one"));
    assert!(heard.position_of("finished one") < heard.position_of("started two"));
    assert!(heard.position_of("finished two") < heard.position_of("started three"));
}

#[tokio::test]
async fn a_second_apply_changes_nothing() {
    let logs = FakeLogs::default();
    apply(&logs.aws(), &sample_graph(), &NoProgress, None).await.unwrap();
    logs.take_calls();
    let heard = Heard::default();
    assert!(apply(&logs.aws(), &sample_graph(), &heard, None).await.unwrap().plan.is_empty());
    assert!(logs.take_calls().is_empty());
    assert!(heard.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_was_altered_is_mended_and_nothing_else_is_touched() {
    let logs = FakeLogs::default();
    apply(&logs.aws(), &sample_graph(), &NoProgress, None).await.unwrap();
    logs.take_calls();
    logs.put_group("/1/2", 7);
    apply(&logs.aws(), &sample_graph(), &NoProgress, None).await.unwrap();
    assert_eq!(logs.take_calls(), ["retain /1/2"]);
}

#[tokio::test]
async fn a_failure_stops_what_depends_on_it_and_the_next_run_goes_on_from_there() {
    let broken = FakeLogs::default().with_refusals(&["/1/2"]);
    let heard = Heard::default();
    let error = apply(&broken.aws(), &sample_graph(), &heard, None).await.unwrap_err();
    insta::assert_snapshot!(error, @"
    1 of the steps failed, 2 succeeded and 1 were not started; run the command again to resume: creating log group `/1/2`: InvalidParameterException: no such name
    ");
    heard.position_of("failed two");
    assert_eq!(broken.group_names(), ["/1", "/alone"]);

    let mended = broken.with_refusals(&[]);
    mended.take_calls();
    apply(&mended.aws(), &sample_graph(), &NoProgress, None).await.unwrap();
    assert_eq!(mended.take_calls(), ["create /1/2", "retain /1/2", "create /3", "retain /3"]);
}

#[tokio::test]
async fn no_step_begins_when_the_time_is_over() {
    let logs = FakeLogs::default();
    let error =
        apply(&logs.aws(), &sample_graph(), &NoProgress, Some(Instant::now())).await.unwrap_err();
    insta::assert_snapshot!(
        error,
        @"timeout after 0 steps, 4 were not started; run the command again to resume"
    );
    assert!(logs.group_names().is_empty());
}

#[tokio::test]
async fn a_plan_with_something_that_is_not_ours_is_refused_whole() {
    let logs = FakeLogs::default();
    logs.put_group("/3", 30);
    let error = apply(&logs.aws(), &sample_graph(), &NoProgress, None).await.unwrap_err();
    assert!(matches!(error, ApplyError::Blocked { .. }), "{error}");
    assert!(logs.take_calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_that_does_not_stay_is_an_error() {
    let logs = FakeLogs::default().with_lost_writes();
    let mut graph = Graph::default();
    graph.add("one", log_group("/1"));
    let error = apply(&logs.aws(), &graph, &NoProgress, None).await.unwrap_err();
    insta::assert_snapshot!(error, @r"
    every step succeeded, but AWS still differs from the configuration:
      ~ log group one
            retention_days: 0 -> 30

    Plan: 0 to add, 1 to change, 0 to destroy.
    ");
}

#[tokio::test]
async fn destroy_goes_the_other_way_round_and_leaves_data() {
    let logs = FakeLogs::default();
    let mut graph = sample_graph();
    graph.add_data("data", LogGroup { name: "/data".into(), retention_days: 30 });
    apply(&logs.aws(), &graph, &NoProgress, None).await.unwrap();
    let heard = Heard::default();
    destroy(&logs.aws(), &graph, false, &heard, None).await.unwrap();
    assert_eq!(logs.group_names(), ["/data"]);
    assert!(heard.position_of("finished three") < heard.position_of("started two"));
    assert!(heard.position_of("finished two") < heard.position_of("started one"));

    logs.take_calls();
    destroy(&logs.aws(), &graph, true, &NoProgress, None).await.unwrap();
    assert_eq!(logs.take_calls(), ["delete /data"]);
    assert!(destroy(&logs.aws(), &graph, true, &NoProgress, None).await.unwrap().plan.is_empty());
    assert!(logs.take_calls().is_empty());
}

#[tokio::test]
async fn what_is_no_longer_wanted_goes_last() {
    let logs = FakeLogs::default();
    let mut graph = sample_graph();
    apply(&logs.aws(), &graph, &NoProgress, None).await.unwrap();
    graph.prune(&crate::graph::ResourceId::new("three"));
    graph.add("new", log_group("/new"));
    let heard = Heard::default();
    apply(&logs.aws(), &graph, &heard, None).await.unwrap();
    assert!(heard.position_of("finished new") < heard.position_of("started three"));
    assert!(apply(&logs.aws(), &graph, &NoProgress, None).await.unwrap().plan.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_permissions_are_young_is_denied_for_a_while_and_comes_through() {
    let begun = Instant::now();
    let logs = FakeLogs::default().denying_until(begun + Duration::from_secs(60));
    let aws = Aws { denials_pass_until: Some(begun + wait::IAM_PROPAGATION), ..logs.aws() };
    assert_eq!(apply(&aws, &sample_graph(), &NoProgress, None).await.unwrap().plan.counts().add, 4);
    assert!(begun.elapsed() >= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_caller_whose_permissions_are_old_is_told_at_once() {
    let begun = Instant::now();
    let logs = FakeLogs::default().denying_until(begun + Duration::from_secs(60));
    let error = apply(&logs.aws(), &sample_graph(), &NoProgress, None).await.unwrap_err();
    assert!(matches!(error, ApplyError::Observe(_)), "{error}");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

/// An IAM where the role that is made takes effect a minute later: until then the log groups deny
/// every call.
mod role_that_takes_effect_late {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use aws_sdk_iam::Client;
    use aws_sdk_iam::operation::create_role::CreateRoleOutput;
    use aws_sdk_iam::operation::get_role::GetRoleOutput;
    use aws_sdk_iam::operation::get_role_policy::GetRolePolicyOutput;
    use aws_sdk_iam::operation::list_attached_role_policies::ListAttachedRolePoliciesOutput;
    use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesOutput;
    use aws_sdk_iam::operation::put_role_policy::PutRolePolicyOutput;
    use aws_sdk_iam::types::{Role as Described, Tag};
    use aws_smithy_mocks::{Rule, mock};
    use serde_json::{Value, json};

    use super::*;
    use crate::Aws;
    use crate::resources::iam::role::Role;
    use crate::testing::mocked::{client, xml_refusal};

    fn sample_role() -> Role {
        Role::new(
            "backup-writer",
            json!({"Statement": [{"Sid": "Trust"}]}),
            json!({"Statement": [{"Sid": "Access"}]}),
        )
    }

    fn encode_document(document: &Value) -> String {
        percent_encoding::utf8_percent_encode(
            &document.to_string(),
            percent_encoding::NON_ALPHANUMERIC,
        )
        .to_string()
    }

    fn sdk_role() -> Described {
        let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
        let role = Described::builder()
            .path("/")
            .role_name("backup-writer")
            .role_id("AROA")
            .arn("arn:role");
        let role = role.create_date(aws_smithy_types::DateTime::from_secs(0));
        let role =
            role.tags(tag("efs-s3:stack", "backup")).tags(tag("efs-s3:resource", "writer-role"));
        role.assume_role_policy_document(encode_document(&sample_role().trust)).build().unwrap()
    }

    fn mock_rules(made: &Arc<AtomicBool>) -> Vec<Rule> {
        let (absent, making) = (Arc::clone(made), Arc::clone(made));
        vec![
            mock!(Client::get_role)
                .match_requests(move |_| !absent.load(Ordering::Relaxed))
                .then_http_response(|| xml_refusal(404, "NoSuchEntity")),
            mock!(Client::get_role)
                .then_output(|| GetRoleOutput::builder().role(sdk_role()).build()),
            mock!(Client::create_role).then_compute_output(move |_| {
                making.store(true, Ordering::Relaxed);
                CreateRoleOutput::builder().role(sdk_role()).build()
            }),
            mock!(Client::put_role_policy).then_output(|| PutRolePolicyOutput::builder().build()),
            mock!(Client::get_role_policy).then_compute_output(|asked| {
                let policy = GetRolePolicyOutput::builder().role_name("backup-writer");
                let policy = policy.policy_name(asked.policy_name().unwrap());
                policy.policy_document(encode_document(&sample_role().policy)).build().unwrap()
            }),
            mock!(Client::list_attached_role_policies)
                .then_output(|| ListAttachedRolePoliciesOutput::builder().build()),
            mock!(Client::list_role_policies).then_output(|| {
                let names = Some(vec!["permissions".to_owned()]);
                ListRolePoliciesOutput::builder().set_policy_names(names).build().unwrap()
            }),
        ]
    }

    #[tokio::test(start_paused = true)]
    async fn a_deploy_converges() {
        let begun = Instant::now();
        let rules = mock_rules(&Arc::default());
        let [gone, there, create, put, policy, attached, inline] = rules.as_slice() else {
            panic!("seven rules")
        };
        let iam = client!(aws_sdk_iam, gone, there, create, put, policy, attached, inline);
        // What exists can be read from the start; only what is made needs the role.
        let logs = FakeLogs::default().denying_changes_until(begun + Duration::from_secs(60));
        let aws = Aws { iam, ..logs.aws() };
        let mut graph = Graph::default();
        let writer = graph.add("writer-role", sample_role());
        graph.add_after("one", log_group("/1"), &[&writer]);
        assert_eq!(apply(&aws, &graph, &NoProgress, None).await.unwrap().plan.counts().add, 2);
        assert!(begun.elapsed() >= Duration::from_secs(60));
    }
}
