//! A CloudWatch Logs in memory, for tests of the engine: log groups are the simplest of kinds.
//!
//! It keeps what was called, so that a test can require that nothing was.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::Builder;
use aws_sdk_cloudwatchlogs::operation::create_log_group::CreateLogGroupOutput;
use aws_sdk_cloudwatchlogs::operation::delete_log_group::DeleteLogGroupOutput;
use aws_sdk_cloudwatchlogs::operation::describe_log_groups::DescribeLogGroupsOutput;
use aws_sdk_cloudwatchlogs::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatchlogs::operation::put_retention_policy::PutRetentionPolicyOutput;
use aws_sdk_cloudwatchlogs::operation::tag_resource::TagResourceOutput;
use aws_sdk_cloudwatchlogs::types::LogGroup as Described;
use aws_smithy_mocks::{MockResponseInterceptor, Rule, RuleMode, mock};
use domain::arn::log_group_name;
use tokio::time::Instant;

use crate::Aws;
use crate::kinds::log_group::LogGroup;
use crate::kinds::mocked;

#[derive(Clone, Debug, Default)]
struct Group {
    retention_days: i32,
    tags: HashMap<String, String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeLogs {
    groups: Arc<Mutex<BTreeMap<String, Group>>>,
    calls: Arc<Mutex<Vec<String>>>,
    refuses: Vec<&'static str>,
    forgets: bool,
    denies_until: Option<Instant>,
    denies_reads: bool,
}

impl FakeLogs {
    /// The same, where creating these groups is refused.
    pub(crate) fn refusing(&self, names: &[&'static str]) -> Self {
        Self { refuses: names.to_vec(), ..self.clone() }
    }

    /// The same, where retentions are accepted and forgotten.
    pub(crate) fn forgetting(&self) -> Self {
        Self { forgets: true, ..self.clone() }
    }

    /// The same, where reading and making are denied until then.
    pub(crate) fn denying_until(&self, until: Instant) -> Self {
        Self { denies_until: Some(until), denies_reads: true, ..self.clone() }
    }

    /// The same, where making is denied until then.
    pub(crate) fn denying_changes_until(&self, until: Instant) -> Self {
        Self { denies_until: Some(until), denies_reads: false, ..self.clone() }
    }

    pub(crate) fn aws(&self) -> Aws {
        let mut mock = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
        for rule in self.rules() {
            mock = mock.with_rule(&rule);
        }
        let config = Builder::from(&mocked::sdk_config()).interceptor(mock).build();
        Aws { logs: Client::from_conf(config), ..mocked::aws() }
    }

    /// The calls that changed something, since the last look.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.groups.lock().unwrap().keys().cloned().collect()
    }

    /// As somebody does it behind our back.
    pub(crate) fn alter(&self, name: &str, retention_days: i32) {
        self.groups.lock().unwrap().entry(name.to_owned()).or_default().retention_days =
            retention_days;
    }

    fn rules(&self) -> Vec<Rule> {
        let (fake, refuses) = (self.clone(), self.refuses.clone());
        let refused = mock!(Client::create_log_group)
            .match_requests(move |request| refuses.contains(&request.log_group_name().unwrap()))
            .then_http_response(|| {
                mocked::refusal(400, "InvalidParameterException", "no such name")
            });
        let create = mock!(Client::create_log_group).then_compute_output(move |request| {
            let name = request.log_group_name().unwrap();
            fake.called("create", name);
            let group =
                Group { retention_days: 0, tags: request.tags().cloned().unwrap_or_default() };
            fake.groups.lock().unwrap().insert(name.to_owned(), group);
            CreateLogGroupOutput::builder().build()
        });
        let (until, reads) = (self.denies_until, self.denies_reads);
        let denies = move || until.is_some_and(|until| Instant::now() < until);
        let denied =
            || mocked::refusal(400, "AccessDeniedException", "no identity-based policy allows it");
        let no_read = mock!(Client::describe_log_groups)
            .match_requests(move |_| reads && denies())
            .then_http_response(denied);
        let no_make = mock!(Client::create_log_group)
            .match_requests(move |_| denies())
            .then_http_response(denied);
        let own = [
            refused,
            create,
            self.put_retention(),
            self.delete(),
            self.describe(),
            self.list_tags(),
            self.tag(),
        ];
        [no_read, no_make].into_iter().chain(own).collect()
    }

    fn put_retention(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::put_retention_policy).then_compute_output(move |request| {
            let name = request.log_group_name().unwrap();
            fake.called("retain", name);
            if !fake.forgets {
                fake.alter(name, request.retention_in_days().unwrap());
            }
            PutRetentionPolicyOutput::builder().build()
        })
    }

    fn delete(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::delete_log_group).then_compute_output(move |request| {
            let name = request.log_group_name().unwrap();
            fake.called("delete", name);
            fake.groups.lock().unwrap().remove(name);
            DeleteLogGroupOutput::builder().build()
        })
    }

    fn describe(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::describe_log_groups).then_compute_output(move |request| {
            let prefix = request.log_group_name_prefix().unwrap();
            let groups = fake.groups.lock().unwrap();
            let named = groups.iter().filter(|(name, _)| name.starts_with(prefix));
            let described = named.map(|(name, group)| {
                Described::builder()
                    .log_group_name(name)
                    .retention_in_days(group.retention_days)
                    .build()
            });
            DescribeLogGroupsOutput::builder().set_log_groups(Some(described.collect())).build()
        })
    }

    fn list_tags(&self) -> Rule {
        let fake = self.clone();
        mock!(Client::list_tags_for_resource).then_compute_output(move |request| {
            let name = log_group_name(request.resource_arn().unwrap()).unwrap();
            let tags = fake.groups.lock().unwrap().get(name).map(|group| group.tags.clone());
            ListTagsForResourceOutput::builder().set_tags(tags).build()
        })
    }

    fn tag(&self) -> Rule {
        mock!(Client::tag_resource).then_output(|| TagResourceOutput::builder().build())
    }

    fn called(&self, what: &str, name: &str) {
        self.calls.lock().unwrap().push(format!("{what} {name}"));
    }
}

/// A log group kept for 30 days.
pub(crate) fn log_group(name: &str) -> LogGroup {
    LogGroup { name: name.to_owned(), retention_days: 30 }
}
