use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::delete_rule::DeleteRuleOutput;
use aws_sdk_eventbridge::operation::describe_rule::DescribeRuleOutput;
use aws_sdk_eventbridge::operation::list_rule_names_by_target::ListRuleNamesByTargetOutput;
use aws_sdk_eventbridge::operation::list_rules::ListRulesOutput;
use aws_sdk_eventbridge::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_eventbridge::operation::list_targets_by_rule::ListTargetsByRuleOutput;
use aws_sdk_eventbridge::operation::put_rule::PutRuleOutput;
use aws_sdk_eventbridge::operation::put_targets::PutTargetsOutput;
use aws_sdk_eventbridge::operation::remove_targets::RemoveTargetsOutput;
use aws_sdk_eventbridge::types::{DeadLetterConfig, PutTargetsResultEntry};
use aws_smithy_mocks::{Rule as Answer, mock};

use super::*;
use crate::testing::mocked::{self, client, refusal};

fn desired_rule() -> Rule {
    Rule {
        name: "backup-done".into(),
        description: "what happens".into(),
        schedule: None,
        pattern: Some(json!({"source": ["aws.datasync"]})),
        enabled: true,
        target_arn: "arn:function".into(),
        input: Some(json!({"action": "sweep"})),
        dead_letter_arn: "arn:queue".into(),
        retries: 185,
        event_age_seconds: 3_600,
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("done-rule")
}

fn mock_describe() -> Answer {
    mock!(Client::describe_rule).then_output(|| {
        let rule =
            DescribeRuleOutput::builder().arn("arn:rule").description(desired_rule().with_digest());
        rule.event_pattern("{ \"source\": [ \"aws.datasync\" ] }").state(RuleState::Enabled).build()
    })
}

fn mock_tags() -> Answer {
    mock!(Client::list_tags_for_resource).then_output(|| {
        let tag = |key, value| Tag::builder().key(key).value(value).build().unwrap();
        let tags = [tag("efs-s3:stack", "backup"), tag("efs-s3:resource", "done-rule")];
        ListTagsForResourceOutput::builder().set_tags(Some(tags.into())).build()
    })
}

fn mock_targets(ids: &'static [&'static str]) -> Answer {
    mock!(Client::list_targets_by_rule).then_output(move || {
        let target = |id: &&str| {
            let policy = RetryPolicy::builder()
                .maximum_retry_attempts(185)
                .maximum_event_age_in_seconds(3_600);
            let dead_letters = DeadLetterConfig::builder().arn("arn:queue").build();
            let target =
                Target::builder().id(*id).arn("arn:function").input("{ \"action\": \"sweep\" }");
            let target = target.retry_policy(policy.build());
            target.dead_letter_config(dead_letters).build().unwrap()
        };
        ListTargetsByRuleOutput::builder()
            .set_targets(Some(ids.iter().map(target).collect()))
            .build()
    })
}

#[tokio::test]
async fn it_is_read_as_it_is_desired_however_its_pattern_is_written() {
    let aws = client!(
        aws_sdk_eventbridge,
        &mock_describe(),
        &mock_tags(),
        &mock_targets(&["other", "function"])
    );
    let aws = Aws { eventbridge: aws, ..mocked::aws() };
    let found = desired_rule().read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!((found.state.clone(), found.managed), (json!(desired_rule()), true));
    assert_eq!(found.attribute("arn"), "arn:rule");
}

#[tokio::test]
async fn absent_is_an_answer_and_a_lost_target_shows() {
    let gone = mock!(Client::describe_rule)
        .then_http_response(|| refusal(400, "ResourceNotFoundException", "none"));
    let aws = Aws { eventbridge: client!(aws_sdk_eventbridge, &gone), ..mocked::aws() };
    assert_eq!(desired_rule().read(&aws, &resource_id()).await.unwrap(), None);

    let aws = client!(aws_sdk_eventbridge, &mock_describe(), &mock_tags(), &mock_targets(&[]));
    let found = desired_rule()
        .read(&Aws { eventbridge: aws, ..mocked::aws() }, &resource_id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.state["target_arn"], "");
}

#[tokio::test]
async fn a_refused_target_is_an_error_though_the_call_succeeds() {
    let put = mock!(Client::put_rule)
        .match_requests(|request| {
            request.schedule_expression().is_none() && request.tags().len() == 2
        })
        .then_output(|| PutRuleOutput::builder().build());
    let targets = mock!(Client::put_targets).then_output(|| {
        let entry =
            PutTargetsResultEntry::builder().error_code("Limit").error_message("too many").build();
        PutTargetsOutput::builder().failed_entry_count(1).failed_entries(entry).build()
    });
    let aws = Aws { eventbridge: client!(aws_sdk_eventbridge, &put, &targets), ..mocked::aws() };
    let error = desired_rule().create(&aws, &resource_id()).await.unwrap_err();
    let text = aws::failure::chain(&error);
    assert_eq!(text, "setting target of EventBridge rule `backup-done`: Limit: too many");
}

#[tokio::test]
async fn delete_removes_every_target_first() {
    let remove = mock!(Client::remove_targets)
        .match_requests(|request| request.ids() == ["other", "function"])
        .then_output(|| RemoveTargetsOutput::builder().build());
    let delete = mock!(Client::delete_rule).then_output(|| DeleteRuleOutput::builder().build());
    let all = mock_targets(&["other", "function"]);
    let aws = client!(aws_sdk_eventbridge, &mock_describe(), &mock_tags(), &all, &remove, &delete);
    let aws = Aws { eventbridge: aws, ..mocked::aws() };
    let found = desired_rule().read(&aws, &resource_id()).await.unwrap().unwrap();
    desired_rule().delete(&aws, &found).await.unwrap();
    assert_eq!((remove.num_calls(), delete.num_calls()), (1, 1));
}

/// The rules of so many syncs, two a page.
fn mock_list(count: usize) -> Answer {
    mock!(Client::list_rules)
        .match_requests(|request| request.name_prefix() == Some("backup-"))
        .then_compute_output(move |request| {
            let from: usize = request.next_token().map_or(0, |token| token.parse().unwrap());
            let until = count.min(from + 2);
            let rule = |sync: usize| {
                let rule = FoundRule::builder().name(format!("backup-done.s{sync}"));
                let rule = rule.arn("arn:rule").description(desired_rule().with_digest());
                rule.event_pattern("{\"source\":[\"aws.datasync\"]}")
                    .state(RuleState::Enabled)
                    .build()
            };
            let rules = (from..until).map(rule).collect();
            let next = (until < count).then(|| until.to_string());
            ListRulesOutput::builder().set_rules(Some(rules)).set_next_token(next).build()
        })
}

fn rule_of_sync(sync: usize) -> Rule {
    Rule { name: format!("backup-done.s{sync}"), ..desired_rule() }
}

/// The rules of so many syncs that have the function as target, two a page.
fn mock_rules_of_target(count: usize) -> Answer {
    mock!(Client::list_rule_names_by_target)
        .match_requests(|request| request.target_arn() == Some("arn:function"))
        .then_compute_output(move |request| {
            let from: usize = request.next_token().map_or(0, |token| token.parse().unwrap());
            let until = count.min(from + 2);
            let names = (from..until).map(|sync| format!("backup-done.s{sync}")).collect();
            let next = (until < count).then(|| until.to_string());
            ListRuleNamesByTargetOutput::builder()
                .set_rule_names(Some(names))
                .set_next_token(next)
                .build()
        })
}

fn aws_for_plan(eventbridge: Client) -> Aws {
    Aws { eventbridge, ..mocked::aws() }.with_own_cache().whose_unchanged_is_ours(true)
}

/// No request a rule: one list of all, and one of those that have the function as target.
#[tokio::test]
async fn a_plan_asks_no_rule_for_its_target_or_its_tags() {
    for (count, pages) in [(1, 1), (50, 25)] {
        let (list, of_target) = (mock_list(count), mock_rules_of_target(count));
        let aws = aws_for_plan(client!(aws_sdk_eventbridge, &list, &of_target));
        for sync in 0..count {
            let found = rule_of_sync(sync).read(&aws, &resource_id()).await.unwrap().unwrap();
            assert_eq!((found.state, found.managed), (json!(rule_of_sync(sync)), true));
        }
        assert_eq!(rule_of_sync(count).read(&aws, &resource_id()).await.unwrap(), None);
        assert_eq!((list.num_calls(), of_target.num_calls()), (pages, pages));
    }
}

#[tokio::test]
async fn a_target_that_the_description_does_not_tell_is_read() {
    let later = Rule { retries: 3, ..rule_of_sync(0) };
    for (desired, listed) in [(later, 1), (rule_of_sync(0), 0)] {
        let (of_target, targets) = (mock_rules_of_target(listed), mock_targets(&["function"]));
        let aws = client!(aws_sdk_eventbridge, &mock_list(1), &of_target, &targets, &mock_tags());
        let found = desired.read(&aws_for_plan(aws), &resource_id()).await.unwrap().unwrap();
        assert_eq!((found.state["retries"].clone(), targets.num_calls()), (json!(185), 1));
    }
}

/// The apply reads each target, and the tags.
#[tokio::test]
async fn an_apply_asks_each_rule_for_its_target() {
    let targets = mock_targets(&[]);
    let aws = client!(aws_sdk_eventbridge, &mock_list(1), &mock_tags(), &targets);
    let aws = Aws { eventbridge: aws, ..mocked::aws() }.with_own_cache();
    let found = rule_of_sync(0).read(&aws, &resource_id()).await.unwrap().unwrap();
    assert_eq!((found.state["target_arn"].clone(), targets.num_calls()), (json!(""), 1));
}

/// A crash between the two calls leaves a description that differs, never one that tells a target
/// which is not set.
#[tokio::test]
async fn an_update_sets_the_target_before_the_description() {
    let put = mock!(Client::put_rule).then_output(|| PutRuleOutput::builder().build());
    let refused = mock!(Client::put_targets).then_http_response(|| refusal(400, "Refused", "no"));
    let list = mock_list(1);
    let aws = client!(aws_sdk_eventbridge, &list, &mock_tags(), &mock_targets(&[]), &put, &refused);
    let aws = Aws { eventbridge: aws, ..mocked::aws() }.with_own_cache();
    let found = rule_of_sync(0).read(&aws, &resource_id()).await.unwrap().unwrap();
    rule_of_sync(0).update(&aws, &resource_id(), &found, &[]).await.unwrap_err();
    assert_eq!((refused.num_calls(), put.num_calls()), (1, 0));
}

/// A list may be older than a deletion.
#[tokio::test]
async fn a_listed_rule_without_targets_because_it_is_gone_is_absent() {
    let gone = mock!(Client::list_targets_by_rule)
        .then_http_response(|| refusal(400, "ResourceNotFoundException", "none"));
    let aws = client!(aws_sdk_eventbridge, &mock_list(1), &gone);
    let aws = Aws { eventbridge: aws, ..mocked::aws() }.with_own_cache();
    assert_eq!(rule_of_sync(0).read(&aws, &resource_id()).await.unwrap(), None);
}
