use aws_sdk_s3::operation::put_object::{PutObjectInput, PutObjectOutput};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use super::*;

/// A store that takes three minutes to take anything.
#[derive(Clone, Debug)]
struct SlowStore;

impl HttpClient for SlowStore {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self)
    }
}

impl HttpConnector for SlowStore {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async {
            tokio::time::sleep(std::time::Duration::from_secs(180)).await;
            Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::empty()))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_may_take_longer_than_other_calls() {
    let config = crate::clients::local_config("http://127.0.0.1:1", "eu-central-1", "111122223333");
    let config =
        aws_sdk_s3::config::Builder::from(&config).force_path_style(true).http_client(SlowStore);
    let records = RecordsBucket::new(Client::from_conf(config.build()), "records");
    records.upload("manifests/a.csv", ByteStream::from_static(b"/a\n"), "text/csv").await.unwrap();
    records.write_bytes("a.csv", b"/a\n".to_vec(), "text/csv").await.unwrap_err();
}

fn mock_put(which: fn(&PutObjectInput) -> bool) -> Rule {
    mock!(Client::put_object)
        .match_requests(which)
        .then_output(|| PutObjectOutput::builder().build())
}

fn is_governed(asked: &PutObjectInput) -> bool {
    let until = asked.object_lock_retain_until_date().map(S3Time::secs);
    let governed = asked.object_lock_mode() == Some(&ObjectLockMode::Governance);
    governed && until == Some(86_400) && asked.checksum_algorithm().is_some()
}

fn is_free(asked: &PutObjectInput) -> bool {
    asked.object_lock_mode().is_none() && asked.object_lock_retain_until_date().is_none()
}

#[tokio::test]
async fn what_is_written_once_below_the_prefix_is_locked_and_nothing_else() {
    let (locked, free) = (mock_put(is_governed), mock_put(is_free));
    let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, &[&locked, &free]);
    let until = DateTime::from_timestamp(86_400, 0).unwrap();
    let retention = Retention { prefix: "proofs/", mode: ObjectLockMode::Governance, until };
    let records = RecordsBucket::new(client, "records").retaining(retention);
    records.write_once("proofs/a", &1).await.unwrap();
    records.write_bytes_once("proofs/b", vec![1], "text/plain").await.unwrap();
    assert_eq!((locked.num_calls(), free.num_calls()), (2, 0));
    records.write_once("scratch/a", &1).await.unwrap();
    records.write("proofs/c", &1).await.unwrap();
    assert_eq!((locked.num_calls(), free.num_calls()), (2, 2));
}
