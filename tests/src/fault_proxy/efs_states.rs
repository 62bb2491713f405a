//! EFS as AWS has it where the local cloud has it simpler: what was just made is `creating` for a
//! while, and a creation token that was used is refused with the id it made (EFS API reference,
//! `CreateFileSystem`, `CreateAccessPoint`).

use std::collections::HashMap;

use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::call::Call;
use super::forward::Answer;

const FILE_SYSTEMS: &str = "/2015-02-01/file-systems";
const MOUNT_TARGETS: &str = "/2015-02-01/mount-targets";
const ACCESS_POINTS: &str = "/2015-02-01/access-points";

/// The tokens that were used, and what is still `creating`.
#[derive(Debug, Default)]
pub(super) struct EfsStates {
    /// For so many reads after it was made.
    pub(super) creating_reads: usize,
    /// Token to file system or access point.
    tokens: HashMap<String, String>,
    /// Reads left, by id of file system, mount target or access point.
    creating: HashMap<String, usize>,
}

impl EfsStates {
    /// The refusal of a token that was used.
    pub(super) fn refuse_used_token(&self, call: &Call, body: &[u8]) -> Option<Answer> {
        let (token, code, field) = match call.operation.strip_prefix("POST ")? {
            FILE_SYSTEMS => ("CreationToken", "FileSystemAlreadyExists", "FileSystemId"),
            ACCESS_POINTS => ("ClientToken", "AccessPointAlreadyExists", "AccessPointId"),
            _ => return None,
        };
        let asked: Value = serde_json::from_slice(body).ok()?;
        let id = self.tokens.get(asked[token].as_str()?)?;
        let message = format!("'{id}' was made with this token");
        let said = json!({ "ErrorCode": code, "Message": message, field: id });
        let headers = HeaderMap::from_iter([
            (
                hyper::header::HeaderName::from_static("x-amzn-errortype"),
                HeaderValue::from_static(code),
            ),
            (hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        Some(Answer { status: StatusCode::CONFLICT, headers, body: Bytes::from(said.to_string()) })
    }

    /// Returns the answer as the client sees it.
    pub(super) fn rewrite_answer(&mut self, call: &Call, answer: Answer) -> Answer {
        if call.service != "elasticfilesystem" || !answer.status.is_success() {
            return answer;
        }
        if let Some(id) = deleted_id(call) {
            self.tokens.retain(|_, made| made != id);
            return answer;
        }
        let Ok(mut said) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
        if call.operation.starts_with("POST") {
            self.record_created(call, &mut said);
        } else {
            self.record_read(&mut said);
        }
        let mut headers = answer.headers;
        headers.remove(CONTENT_LENGTH);
        Answer { status: answer.status, headers, body: Bytes::from(said.to_string()) }
    }

    fn record_created(&mut self, call: &Call, said: &mut Value) {
        let (field, token) = match call.operation.strip_prefix("POST ") {
            Some(FILE_SYSTEMS) => ("FileSystemId", "CreationToken"),
            Some(ACCESS_POINTS) => ("AccessPointId", "ClientToken"),
            Some(MOUNT_TARGETS) => ("MountTargetId", ""),
            _ => return,
        };
        let Some(id) = said[field].as_str().map(str::to_owned) else { return };
        if let Some(token) = said[token].as_str() {
            self.tokens.insert(token.to_owned(), id.clone());
        }
        if self.creating_reads > 0 {
            self.creating.insert(id, self.creating_reads);
            said["LifeCycleState"] = json!("creating");
        }
    }

    fn record_read(&mut self, said: &mut Value) {
        for (list, field) in [
            ("FileSystems", "FileSystemId"),
            ("MountTargets", "MountTargetId"),
            ("AccessPoints", "AccessPointId"),
        ] {
            for one in said.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                let left = one[field].as_str().and_then(|id| self.creating.get_mut(id));
                if let Some(left) = left.filter(|left| **left > 0) {
                    *left -= 1;
                    one["LifeCycleState"] = json!("creating");
                }
            }
        }
    }
}

fn deleted_id(call: &Call) -> Option<&str> {
    let path = call.operation.strip_prefix("DELETE ")?;
    let below = |list: &&str| path.strip_prefix(*list)?.strip_prefix('/');
    [FILE_SYSTEMS, ACCESS_POINTS].iter().find_map(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_call(operation: &str) -> Call {
        Call {
            service: "elasticfilesystem".into(),
            region: String::new(),
            operation: operation.into(),
            mutates: !operation.starts_with("GET"),
            fingerprint: String::new(),
        }
    }

    fn test_answer(said: &Value) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from(said.to_string()),
        }
    }

    fn made_file_system() -> Value {
        json!({ "FileSystemId": "fs-1", "CreationToken": "token", "LifeCycleState": "available" })
    }

    fn state_in(answer: &Answer) -> Value {
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        said["FileSystems"][0]["LifeCycleState"].clone()
    }

    #[test]
    fn it_is_creating_for_as_many_reads_as_asked_and_its_token_is_refused_until_it_is_deleted() {
        let mut efs = EfsStates { creating_reads: 2, ..EfsStates::default() };
        let create = test_call("POST /2015-02-01/file-systems");
        let token = json!({"CreationToken": "token"}).to_string();
        assert!(efs.refuse_used_token(&create, token.as_bytes()).is_none());
        let made = made_file_system();
        efs.rewrite_answer(&create, test_answer(&made));
        let refused = efs.refuse_used_token(&create, token.as_bytes()).unwrap();
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let read = test_call("GET /2015-02-01/file-systems?FileSystemId=fs-1");
        let list = json!({"FileSystems": [made]});
        let states: Vec<_> =
            (0..3).map(|_| state_in(&efs.rewrite_answer(&read, test_answer(&list)))).collect();
        assert_eq!(states, ["creating", "creating", "available"]);
        let delete = test_call("DELETE /2015-02-01/file-systems/fs-1");
        efs.rewrite_answer(&delete, test_answer(&json!({})));
        assert!(efs.refuse_used_token(&create, token.as_bytes()).is_none());
    }

    #[test]
    fn an_access_point_has_a_token_too() {
        let mut efs = EfsStates::default();
        let (create, token) = (
            test_call("POST /2015-02-01/access-points"),
            json!({"ClientToken": "token"}).to_string(),
        );
        efs.rewrite_answer(
            &create,
            test_answer(&json!({"AccessPointId": "fsap-1", "ClientToken": "token"})),
        );
        let refusal = efs.refuse_used_token(&create, token.as_bytes()).unwrap();
        assert!(String::from_utf8_lossy(&refusal.body).contains("AccessPointAlreadyExists"));
        efs.rewrite_answer(
            &test_call("DELETE /2015-02-01/access-points/fsap-1"),
            test_answer(&json!({})),
        );
        assert!(efs.refuse_used_token(&create, token.as_bytes()).is_none());
    }
}
