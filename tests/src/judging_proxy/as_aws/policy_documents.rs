//! Policy documents come back in other words: lists reordered, a list of one element as that
//! element and the other way round, `*` as `{"AWS": "*"}`, an account as the ARN of its root user
//! (IAM User Guide, "IAM JSON policy elements reference"; terraform-provider-aws compares with
//! `hashicorp/awspolicyequivalence` for that reason). The local cloud gives the text that was put.

use hyper::body::Bytes;
use hyper::header::CONTENT_LENGTH;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Answer, Call};

pub(super) fn rewrite(call: &Call, answer: Answer) -> Answer {
    if !tells_policy(call) {
        return answer;
    }
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let rewritten = match serde_json::from_str::<Value>(&text) {
        Ok(mut body) => {
            reword_in(&mut body);
            body.to_string()
        }
        Err(_) => reword_in_xml(&text),
    };
    let mut headers = answer.headers;
    headers.remove(CONTENT_LENGTH);
    Answer { status: answer.status, headers, body: Bytes::from(rewritten) }
}

fn tells_policy(call: &Call) -> bool {
    let operation = call.operation.as_str();
    let path = operation.split('?').next().unwrap_or(operation);
    match call.service.as_str() {
        "ec2" => operation == "DescribeVpcEndpoints",
        "elasticfilesystem" | "lambda" => path.starts_with("GET ") && path.ends_with("/policy"),
        "iam" => matches!(operation, "GetRole" | "GetRolePolicy"),
        "logs" => operation == "DescribeResourcePolicies",
        "s3" => operation.starts_with("GET ") && operation.ends_with("?policy"),
        "sns" => operation == "GetTopicAttributes",
        "sqs" => operation == "GetQueueAttributes",
        _ => false,
    }
}

/// The body itself is a document, or holds some as texts.
fn reword_in(value: &mut Value) {
    match value {
        Value::Object(fields) if fields.contains_key("Statement") => reword_statements(value),
        Value::Object(fields) => fields.values_mut().for_each(reword_in),
        Value::Array(items) => items.iter_mut().for_each(reword_in),
        Value::String(text) => {
            if let Some(reworded) = reword_text(text) {
                *text = reworded;
            }
        }
        _ => {}
    }
}

/// The texts of elements: URL-encoded by IAM, escaped by the others.
fn reword_in_xml(xml: &str) -> String {
    let reworded = |text: &str| {
        if text.starts_with("%7B") {
            let document = reword_text(&percent_decode_str(text).decode_utf8_lossy())?;
            return Some(utf8_percent_encode(&document, NON_ALPHANUMERIC).to_string());
        }
        reword_text(&unescaped(text)).map(|document| escaped(&document))
    };
    let parts = xml.split('>').map(|part| match part.split_once('<') {
        Some((text, rest)) => {
            format!("{}<{rest}", reworded(text).unwrap_or_else(|| text.to_owned()))
        }
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(">")
}

fn reword_text(text: &str) -> Option<String> {
    let mut document: Value = serde_json::from_str(text).ok()?;
    document.get("Statement")?;
    reword_statements(&mut document);
    Some(document.to_string())
}

fn reword_statements(document: &mut Value) {
    let Some(statements) = document.get_mut("Statement").and_then(Value::as_array_mut) else {
        return;
    };
    for statement in statements {
        for name in ["Action", "NotAction", "Resource", "NotResource"] {
            if let Some(list) = statement.get_mut(name) {
                flip_list(list);
            }
        }
        if let Some(principal) = statement.get_mut("Principal") {
            reword_principal(principal);
        }
        let condition = statement.get_mut("Condition").and_then(Value::as_object_mut);
        for keys in condition.into_iter().flat_map(|operators| operators.values_mut()) {
            keys.as_object_mut().into_iter().flat_map(|keys| keys.values_mut()).for_each(flip_list);
        }
    }
}

fn reword_principal(principal: &mut Value) {
    match principal {
        Value::Object(by_type) => by_type.values_mut().for_each(|ids| {
            name_root(ids);
            flip_list(ids);
        }),
        anyone => *anyone = json!({ "AWS": anyone }),
    }
}

fn name_root(principals: &mut Value) {
    match principals {
        Value::Array(items) => items.iter_mut().for_each(name_root),
        Value::String(id) if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            *id = format!("arn:aws:iam::{id}:root");
        }
        _ => {}
    }
}

/// A list of one becomes its element, an element the list of it, any other list its reverse.
fn flip_list(list: &mut Value) {
    *list = match list.take() {
        Value::Array(mut items) if items.len() == 1 => items.remove(0),
        Value::Array(items) => items.into_iter().rev().collect(),
        one => json!([one]),
    };
}

fn unescaped(text: &str) -> String {
    let quoted = text
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&apos;", "'");
    quoted.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body_text, test_answer, test_call};
    use super::*;

    fn put_request() -> Value {
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "AWS": ["111122223333"], "Service": "a.amazonaws.com" },
                "Action": ["s3:A", "s3:B"],
                "Resource": "*",
                "Condition": { "StringEquals": { "k": ["1", "2"] } },
            }],
        })
    }

    fn given_back() -> Value {
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {
                    "AWS": "arn:aws:iam::111122223333:root", "Service": ["a.amazonaws.com"]
                },
                "Action": ["s3:B", "s3:A"],
                "Resource": ["*"],
                "Condition": { "StringEquals": { "k": ["2", "1"] } },
            }],
        })
    }

    #[test]
    fn a_document_is_given_back_in_other_words_by_each_protocol() {
        let (put, expected) = (put_request().to_string(), given_back().to_string());
        let json_body =
            |document: &str| json!({ "Policy": document, "RevisionId": "1" }).to_string();
        let xml = |document: String| format!("<a><Name>n</Name><Policy>{document}</Policy></a>");
        let encoded =
            |document: &str| xml(utf8_percent_encode(document, NON_ALPHANUMERIC).to_string());
        for (service, operation, body, rewritten) in [
            ("s3", "GET /bucket?policy", put.clone(), expected.clone()),
            ("lambda", "GET /2015-03-31/functions/f/policy", json_body(&put), json_body(&expected)),
            ("iam", "GetRole", encoded(&put), encoded(&expected)),
            ("ec2", "DescribeVpcEndpoints", xml(escaped(&put)), xml(escaped(&expected))),
            ("s3", "GET /bucket/key", put.clone(), put.clone()),
        ] {
            let answered = rewrite(&test_call(service, operation), test_answer(body));
            assert_eq!(body_text(&answered), rewritten, "{service} {operation}");
        }
    }
}
