//! Each form of the refusal, read by the AWS SDK's client of the service.

use std::convert::Infallible;
use std::fmt::Debug;

use aws::clients;
use aws_config::SdkConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::*;
use crate::judging_proxy::principal::Principal;

/// Characters that XML escapes.
const MESSAGE: &str = "User: a is not authorized to perform: b on <c> & d";

async fn refuse_request(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("the body of a test arrives").to_bytes();
    let seen = Seen::from_request(0, &Principal::from_name("test".to_owned()), &head, &body)
        .expect("the SDK signs");
    Ok(denial_answer(&seen, &Denied { message: MESSAGE.to_owned() }).to_response())
}

/// A server that refuses every call.
async fn start_server() -> SdkConfig {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(refuse_request)),
            );
        }
    });
    clients::local_config(&url, "eu-central-1", "111122223333")
}

/// The status, the code and the message that a client reads.
fn read_with_client<T: Debug, E: ProvideErrorMetadata + Debug>(
    answered: Result<T, SdkError<E>>,
) -> (u16, String, String) {
    let error = answered.expect_err("the call is refused");
    let status = error.raw_response().expect("the server answers").status().as_u16();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (status, text(error.code()), text(error.message()))
}

fn expected_refusal(status: u16, code: &str) -> (u16, String, String) {
    (status, code.to_owned(), MESSAGE.to_owned())
}

#[tokio::test]
async fn rest_xml() {
    let s3 = clients::s3(&start_server().await);
    assert_eq!(
        read_with_client(s3.get_bucket_policy().bucket("a").send().await),
        expected_refusal(403, "AccessDenied")
    );
    assert_eq!(
        read_with_client(s3.get_object().bucket("a").key("b").send().await),
        expected_refusal(403, "AccessDenied")
    );
    // A HEAD has no body: the status alone tells.
    let (status, ..) = read_with_client(s3.head_object().bucket("a").key("b").send().await);
    assert_eq!(status, 403);
}

#[tokio::test]
async fn ec2_query() {
    let ec2 = aws_sdk_ec2::Client::new(&start_server().await);
    let (status, code, message) = read_with_client(ec2.describe_vpcs().send().await);
    assert_eq!((status, code.as_str()), (403, "UnauthorizedOperation"));
    assert_eq!(message, format!("You are not authorized to perform this operation. {MESSAGE}"));
}

#[tokio::test]
async fn query_clients_read_it() {
    let sdk = start_server().await;
    let sns = aws_sdk_sns::Client::new(&sdk);
    assert_eq!(
        read_with_client(sns.list_topics().send().await),
        expected_refusal(403, "AuthorizationError")
    );
    let iam = aws_sdk_iam::Client::new(&sdk);
    assert_eq!(
        read_with_client(iam.get_role().role_name("a").send().await),
        expected_refusal(403, "AccessDenied")
    );
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&sdk);
    assert_eq!(
        read_with_client(cloudwatch.describe_alarms().send().await),
        expected_refusal(403, "AccessDenied")
    );
}

#[tokio::test]
async fn json_clients_read_it() {
    let sdk = start_server().await;
    let expected = expected_refusal(400, "AccessDeniedException");
    let datasync = aws_sdk_datasync::Client::new(&sdk);
    assert_eq!(read_with_client(datasync.list_tasks().send().await), expected);
    let events = aws_sdk_eventbridge::Client::new(&sdk);
    assert_eq!(read_with_client(events.list_rules().send().await), expected);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&sdk);
    assert_eq!(read_with_client(logs.describe_log_groups().send().await), expected);
    // As the AWS CLI shows it: "An error occurred (AccessDenied) when calling the SendMessageBatch
    // operation".
    let sqs = aws_sdk_sqs::Client::new(&sdk);
    assert_eq!(
        read_with_client(sqs.list_queues().send().await),
        expected_refusal(400, "AccessDenied")
    );
}

#[tokio::test]
async fn rest_json() {
    let sdk = start_server().await;
    let expected = expected_refusal(403, "AccessDeniedException");
    assert_eq!(
        read_with_client(aws_sdk_efs::Client::new(&sdk).describe_file_systems().send().await),
        expected
    );
    assert_eq!(
        read_with_client(aws_sdk_lambda::Client::new(&sdk).list_functions().send().await),
        expected
    );
}
