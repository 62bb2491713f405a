//! Keys that the SDK or XML would change.
//!
//! S3 accepts any UTF-8 of up to 1,024 bytes as a key (S3 User Guide, "Naming Amazon S3 objects").
//! The SDK treats a key of only white space as missing when it resolves the endpoint
//! (awslabs/aws-sdk-rust#1216). So such a key gets a prefix, which an interceptor of every S3
//! client removes before the request is written.

use std::borrow::Cow;

use aws_sdk_s3::operation::abort_multipart_upload::AbortMultipartUploadInput;
use aws_sdk_s3::operation::complete_multipart_upload::CompleteMultipartUploadInput;
use aws_sdk_s3::operation::copy_object::CopyObjectInput;
use aws_sdk_s3::operation::create_multipart_upload::CreateMultipartUploadInput;
use aws_sdk_s3::operation::delete_object::DeleteObjectInput;
use aws_sdk_s3::operation::get_object::GetObjectInput;
use aws_sdk_s3::operation::head_object::HeadObjectInput;
use aws_sdk_s3::operation::put_object::PutObjectInput;
use aws_sdk_s3::operation::upload_part::UploadPartInput;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextMut, Input,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// The most bytes of a key (S3 User Guide, "Naming Amazon S3 objects").
const LONGEST: usize = 1_024;
/// Longer than any key, so that no key begins with it.
const MARK: &str = match str::from_utf8(&[b'k'; LONGEST + 1]) {
    Ok(mark) => mark,
    Err(_) => "",
};

/// Returns the key in the form for a request of our S3 clients, which then names the object of
/// exactly this key.
#[must_use]
pub fn exact_key(key: &str) -> Cow<'_, str> {
    if key.trim().is_empty() && !key.is_empty() {
        Cow::Owned(format!("{MARK}{key}"))
    } else {
        Cow::Borrowed(key)
    }
}

/// Whether a key comes through an XML document as it is.
///
/// XML 1.0 has no way to write most control characters, U+FFFE and U+FFFF (its production 2,
/// `Char`), the SDK writes them as they are, and white space at the ends of an element is a
/// parser's to keep or to drop.
#[must_use]
pub fn survives_xml(key: &str) -> bool {
    let is_xml_char = |c| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
            || c >= '\u{10000}'
    };
    key.trim() == key && key.chars().all(is_xml_char)
}

/// Takes the mark off.
#[derive(Debug)]
pub(crate) struct ExactKeys;

impl Intercept for ExactKeys {
    fn name(&self) -> &'static str {
        "ExactKeys"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(key) = key_of(context.input_mut())
            && let Some(exact) = key.strip_prefix(MARK)
        {
            *key = exact.to_owned();
        }
        Ok(())
    }
}

macro_rules! key_of_any {
    ($input:ident: $($operation:ty),+ $(,)?) => {
        $(if $input.downcast_ref::<$operation>().is_some() {
            return $input.downcast_mut::<$operation>()?.key.as_mut();
        })+
    };
}

/// The key of a request about one object.
fn key_of(input: &mut Input) -> Option<&mut String> {
    key_of_any!(input:
        HeadObjectInput,
        GetObjectInput,
        PutObjectInput,
        DeleteObjectInput,
        CopyObjectInput,
        CreateMultipartUploadInput,
        UploadPartInput,
        CompleteMultipartUploadInput,
        AbortMultipartUploadInput,
    );
    None
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::CompletedMultipartUpload;

    use super::*;
    use crate::clients;
    use aws_fakes::socket::Socket;

    /// The whole of Unicode's white space (Unicode Character Database, `White_Space`).
    const WHITE: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\
                         \u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\
                         \u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

    /// Sends each request about one object.
    async fn send_each_request(client: &aws_sdk_s3::Client, exact: &str) {
        let b = "data";
        let put = client.put_object().bucket(b).key(exact);
        drop(put.body(Vec::from("x").into()).send().await);
        drop(client.head_object().bucket(b).key(exact).send().await);
        drop(client.get_object().bucket(b).key(exact).send().await);
        drop(client.delete_object().bucket(b).key(exact).send().await);
        drop(client.copy_object().bucket(b).key(exact).copy_source("data/x").send().await);
        send_multipart_requests(client, exact).await;
    }

    async fn send_multipart_requests(client: &aws_sdk_s3::Client, exact: &str) {
        let b = "data";
        drop(client.create_multipart_upload().bucket(b).key(exact).send().await);
        let part = client.upload_part().bucket(b).key(exact).upload_id("u").part_number(1);
        drop(part.body(Vec::from("x").into()).send().await);
        let complete = client.complete_multipart_upload().bucket(b).key(exact).upload_id("u");
        drop(complete.multipart_upload(CompletedMultipartUpload::builder().build()).send().await);
        drop(client.abort_multipart_upload().bucket(b).key(exact).upload_id("u").send().await);
    }

    /// The key in the first line of a request.
    fn requested_key(line: &str) -> String {
        let path = line.split([' ', '?']).nth(1).unwrap().strip_prefix("/data/").unwrap();
        percent_encoding::percent_decode_str(path).decode_utf8().unwrap().into_owned()
    }

    #[tokio::test]
    async fn each_request_about_one_object_asks_for_exactly_that_key() {
        let socket =
            Socket::answering(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        let client =
            clients::s3(&clients::local_config(&socket.url, "eu-central-1", "111122223333"));
        let white = WHITE.chars().map(String::from).chain([WHITE.to_owned()]);
        for key in
            white.chain(["a", " a ", "k", MARK.strip_suffix('k').unwrap()].map(str::to_owned))
        {
            send_each_request(&client, &exact_key(&key)).await;
            let asked = socket.asked();
            assert_eq!(asked.len(), 9, "{key:?}: each is sent once");
            for head in asked {
                assert_eq!(requested_key(&head[0]), key, "{head:?}");
            }
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_known() {
        for (key, survives) in [
            ("a b/c+d%", true),
            ("a\r\nb\tc\u{85}\u{2028}d", true),
            ("\u{fffd}\u{10ffff}\u{d7ff}\u{e000}", true),
            ("a\u{1}", false),
            ("a\u{b}b", false),
            ("a\u{1f}b", false),
            ("\u{fffe}", false),
            ("\u{ffff}", false),
            (" ", false),
            ("a ", false),
            ("\na", false),
        ] {
            assert_eq!(survives_xml(key), survives, "{key:?}");
        }
    }
}
