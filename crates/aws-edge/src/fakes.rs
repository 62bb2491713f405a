//! For tests: a bucket in memory behind a real S3 client, with S3's conditional writes.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use aws_smithy_types::error::ErrorMetadata;

/// The objects of one bucket by key; a clone is the same bucket.
#[derive(Clone, Debug, Default)]
pub struct FakeBucket {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl FakeBucket {
    pub fn put(&self, key: &str, body: impl Into<Vec<u8>>) {
        self.with(|objects| objects.insert(key.to_owned(), body.into()));
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.with(|objects| objects.get(key).cloned())
    }

    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.with(|objects| objects.keys().cloned().collect())
    }

    /// A client of this bucket, whatever bucket it is asked for; `others` answer what the bucket doesn't.
    #[must_use]
    pub fn client(&self, others: &[Rule]) -> Client {
        let own = [self.get_object(), self.put_object(), self.list_objects()];
        mock_client!(aws_sdk_s3, RuleMode::MatchAny, own.iter().chain(others))
    }

    fn get_object(&self) -> Rule {
        let bucket = self.clone();
        mock!(Client::get_object).then_compute_response(move |asked| {
            match bucket.get(asked.key().unwrap_or_default()) {
                Some(body) => {
                    let output = GetObjectOutput::builder().e_tag(etag(&body));
                    MockResponse::Output(output.body(ByteStream::from(body)).build())
                }
                None => MockResponse::Error(GetObjectError::generic(coded("NoSuchKey"))),
            }
        })
    }

    fn put_object(&self) -> Rule {
        let bucket = self.clone();
        mock!(Client::put_object).then_compute_response(move |asked| {
            let key = asked.key().unwrap_or_default();
            if asked.if_none_match() == Some("*") && bucket.get(key).is_some() {
                return MockResponse::Error(PutObjectError::generic(coded("PreconditionFailed")));
            }
            let unmatched = |wanted: &str| bucket.get(key).map(|body| etag(&body)).as_deref() != Some(wanted);
            if asked.if_match().is_some_and(unmatched) {
                return MockResponse::Error(PutObjectError::generic(coded("PreconditionFailed")));
            }
            bucket.put(key, asked.body().bytes().unwrap_or_default());
            MockResponse::Output(PutObjectOutput::builder().build())
        })
    }

    fn list_objects(&self) -> Rule {
        let bucket = self.clone();
        mock!(Client::list_objects_v2).then_compute_output(move |asked| {
            let prefix = asked.prefix().unwrap_or_default();
            let keys = bucket.keys().into_iter().filter(|key| key.starts_with(prefix));
            let objects = keys.map(|key| Object::builder().key(key).build()).collect();
            ListObjectsV2Output::builder().set_contents(Some(objects)).build()
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        f(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A tag of the content, as S3's is.
fn etag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(body);
    format!("\"{:016x}\"", hasher.finish())
}

fn coded(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}
