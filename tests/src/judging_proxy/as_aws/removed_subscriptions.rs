//! SNS lists a subscription that was removed for days, with `Deleted` in the place of its ARN (not
//! documented; seen by many clients of `ListSubscriptionsByTopic`). The local cloud forgets it at
//! once.

use std::collections::HashMap;

use hyper::body::Bytes;
use hyper::header::CONTENT_LENGTH;

use super::{Answer, Call, element_texts, form_field};

const DELETED: &str = "Deleted";

/// The members of lists as SNS wrote them: those that were seen by ARN, those removed by topic.
#[derive(Debug, Default)]
pub(super) struct RemovedSubscriptions {
    seen: HashMap<String, Member>,
    removed: HashMap<String, Vec<String>>,
}

#[derive(Clone, Debug)]
struct Member {
    topic_arn: String,
    xml: String,
}

impl RemovedSubscriptions {
    pub(super) fn rewrite(&mut self, call: &Call, body: &[u8], answer: Answer) -> Answer {
        if call.service != "sns" {
            return answer;
        }
        match call.operation.as_str() {
            "Subscribe" => self.record_subscription(body, &answer),
            "Unsubscribe" => self.record_removal(body),
            "DeleteTopic" => {
                self.removed.remove(&form_field(body, "TopicArn").unwrap_or_default());
            }
            "ListSubscriptionsByTopic" => return self.add_removed(body, answer),
            _ => {}
        }
        answer
    }

    fn record_subscription(&mut self, body: &[u8], answer: &Answer) {
        let field = |name| form_field(body, name).unwrap_or_default();
        let topic_arn = field("TopicArn");
        let answered = String::from_utf8_lossy(&answer.body);
        for arn in element_texts(&answered, "SubscriptionArn") {
            let xml = format!(
                "<SubscriptionArn>{arn}</SubscriptionArn><Owner></Owner>\
                 <TopicArn>{topic_arn}</TopicArn>\
                 <Protocol>{}</Protocol><Endpoint>{}</Endpoint>",
                field("Protocol"),
                field("Endpoint").replace('&', "&amp;").replace('<', "&lt;"),
            );
            self.seen.insert(arn.to_owned(), Member { topic_arn: topic_arn.clone(), xml });
        }
    }

    fn record_removal(&mut self, body: &[u8]) {
        let arn = form_field(body, "SubscriptionArn").unwrap_or_default();
        if let Some(member) = self.seen.remove(&arn) {
            let xml = member.xml.replace(&format!(">{arn}<"), &format!(">{DELETED}<"));
            self.removed.entry(member.topic_arn).or_default().push(xml);
        }
    }

    /// Those that were removed come first.
    fn add_removed(&mut self, body: &[u8], answer: Answer) -> Answer {
        let topic_arn = form_field(body, "TopicArn").unwrap_or_default();
        let xml = String::from_utf8_lossy(&answer.body).into_owned();
        for member in element_texts(&xml, "member") {
            for arn in element_texts(member, "SubscriptionArn") {
                let member = Member { topic_arn: topic_arn.clone(), xml: member.to_owned() };
                self.seen.insert(arn.to_owned(), member);
            }
        }
        let Some(removed) = self.removed.get(&topic_arn) else { return answer };
        let members: String = removed.iter().map(|xml| format!("<member>{xml}</member>")).collect();
        let listed = xml
            .replacen("<Subscriptions/>", "<Subscriptions></Subscriptions>", 1)
            .replacen("<Subscriptions>", &format!("<Subscriptions>{members}"), 1);
        let mut headers = answer.headers;
        headers.remove(CONTENT_LENGTH);
        Answer { status: answer.status, headers, body: Bytes::from(listed) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body_text, test_answer, test_call};
    use super::*;

    #[test]
    fn one_that_was_removed_is_listed_as_deleted_until_its_topic_goes() {
        let mut sns = RemovedSubscriptions::default();
        let topic = b"Action=X&TopicArn=arn%3At";
        let none = "<Subscriptions></Subscriptions>";
        let subscribe = b"Action=Subscribe&TopicArn=arn%3At&Protocol=email&Endpoint=a%40b";
        let subscribed = test_answer("<SubscriptionArn>arn:t:1</SubscriptionArn>");
        sns.rewrite(&test_call("sns", "Subscribe"), subscribe, subscribed);
        let list = test_call("sns", "ListSubscriptionsByTopic");
        assert_eq!(body_text(&sns.rewrite(&list, topic, test_answer(none))), none);
        let unsubscribe = b"Action=Unsubscribe&SubscriptionArn=arn%3At%3A1";
        sns.rewrite(&test_call("sns", "Unsubscribe"), unsubscribe, test_answer(""));
        let listed = body_text(&sns.rewrite(&list, topic, test_answer(none)));
        assert_eq!(element_texts(&listed, "SubscriptionArn"), ["Deleted"]);
        assert_eq!(element_texts(&listed, "Endpoint"), ["a@b"]);
        sns.rewrite(&test_call("sns", "DeleteTopic"), topic, test_answer(""));
        assert_eq!(body_text(&sns.rewrite(&list, topic, test_answer(none))), none);
    }
}
