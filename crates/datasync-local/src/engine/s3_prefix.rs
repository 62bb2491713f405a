//! The bucket's side of an execution: the objects below one prefix, and the requests on them.

use aws::SdkFailure;
use aws::exact_key::exact_key;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::abort_multipart_upload::builders::AbortMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::copy_object::builders::CopyObjectFluentBuilder;
use aws_sdk_s3::operation::create_multipart_upload::builders::CreateMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::delete_object::builders::DeleteObjectFluentBuilder;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::list_object_versions::builders::ListObjectVersionsFluentBuilder;
use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2FluentBuilder;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::operation::upload_part::builders::UploadPartFluentBuilder;
use domain::report::object_key;

use crate::engine::item::FileItem;
use crate::engine::item_error::ItemError;
use crate::engine::object_head::ObjectHead;
use crate::engine::scan::listed_object::ListedObject;
use crate::state::S3Location;

/// Limits of Linux on a path and on one name in it, in bytes.
const LONGEST_PATH: usize = 4096;
const LONGEST_NAME: usize = 255;

/// The prefix of the bucket that stands against the directory.
#[derive(Clone, Debug)]
pub(crate) struct S3Prefix {
    client: Client,
    bucket: String,
    /// Empty, or ending in a slash.
    prefix: String,
}

impl S3Prefix {
    pub(crate) fn new(client: Client, location: &S3Location) -> Self {
        let bucket = location.bucket_name().to_owned();
        Self { client, bucket, prefix: location.key_prefix() }
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The path in reports of the item with this key: `/a/b`, without a directory's last slash.
    pub(crate) fn path_of(&self, key: &str) -> String {
        let relative = key.strip_prefix(&self.prefix).unwrap_or(key);
        format!("/{}", relative.strip_suffix('/').unwrap_or(relative))
    }

    pub(crate) fn key_of(&self, item: &FileItem) -> String {
        object_key(&self.prefix, &item.path, item.is_directory())
    }

    /// The path of an object that is restored; an error where no file system takes the key.
    pub(crate) fn checked_path(&self, object: &ListedObject) -> Result<String, ItemError> {
        let relative = object.key.strip_prefix(&self.prefix).unwrap_or(&object.key);
        let inner = relative.strip_suffix('/').unwrap_or(relative);
        if let Some(problem) = path_problem(inner) {
            return Err(ItemError::Key(problem));
        }
        if relative.ends_with('/') && object.size > 0 {
            return Err(ItemError::Key("it ends in a slash, as a directory's, and has content"));
        }
        Ok(format!("/{inner}"))
    }

    /// Reads an object's metadata with `HeadObject`; `None` when there is no such object.
    pub(crate) async fn find_object(
        &self,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Option<ObjectHead>, ItemError> {
        let request = self.client.head_object().bucket(&self.bucket).key(exact_key(key));
        let sent = request.set_version_id(version_id.map(str::to_owned)).send().await;
        match sent.map_err(SdkFailure::from) {
            Ok(head) => Ok(Some(ObjectHead::from(&head))),
            Err(failure) if is_missing(&failure) => Ok(None),
            Err(failure) => Err(ItemError::s3("Head Object", failure)),
        }
    }

    pub(crate) fn get_object(&self, key: &str) -> GetObjectFluentBuilder {
        self.client.get_object().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn put_object(&self, key: &str) -> PutObjectFluentBuilder {
        self.client.put_object().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn copy_object(&self, key: &str) -> CopyObjectFluentBuilder {
        self.client.copy_object().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn delete_object(&self, key: &str) -> DeleteObjectFluentBuilder {
        self.client.delete_object().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn create_upload(&self, key: &str) -> CreateMultipartUploadFluentBuilder {
        self.client.create_multipart_upload().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn upload_part(&self, key: &str) -> UploadPartFluentBuilder {
        self.client.upload_part().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn complete_upload(&self, key: &str) -> CompleteMultipartUploadFluentBuilder {
        self.client.complete_multipart_upload().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn abort_upload(&self, key: &str) -> AbortMultipartUploadFluentBuilder {
        self.client.abort_multipart_upload().bucket(&self.bucket).key(exact_key(key))
    }

    pub(crate) fn list_objects(&self) -> ListObjectsV2FluentBuilder {
        self.client.list_objects_v2().bucket(&self.bucket).prefix(&self.prefix)
    }

    pub(crate) fn list_versions(&self) -> ListObjectVersionsFluentBuilder {
        self.client.list_object_versions().bucket(&self.bucket).prefix(&self.prefix)
    }
}

/// The reason why no file system takes the path, if there is one.
fn path_problem(inner: &str) -> Option<&'static str> {
    let names = || inner.split('/');
    if names().any(str::is_empty) {
        return Some("it has an empty name between slashes");
    }
    if names().any(|name| matches!(name, "." | "..")) {
        return Some("it has `.` or `..` as a name");
    }
    if inner.contains('\0') {
        return Some("it holds a zero byte");
    }
    if inner.len() >= LONGEST_PATH || names().any(|name| name.len() > LONGEST_NAME) {
        return Some("a name in it is too long");
    }
    None
}

/// Whether S3 says that there is no such object or version.
pub(crate) fn is_missing(failure: &SdkFailure) -> bool {
    failure.is(&["NotFound", "NoSuchKey", "NoSuchVersion"])
}
