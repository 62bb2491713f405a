"""Amazon S3 (user guide, "Required permissions for Amazon S3 API operations")."""

from urllib.parse import unquote

from judge.authorize.asking import request_tags
from judge.world import listed

ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListBuckets": "ListAllMyBuckets",
    "ListParts": "ListMultipartUploadParts",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
}
WRITES = ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")


def requests(asking):
    p, operation = asking.parameters, asking.operation
    bucket = f"arn:aws:s3:::{p.get('Bucket')}"
    key = f"{bucket}/{p.get('Key')}"
    if operation in ("GetObject", "HeadObject"):
        read(asking, bucket, key)
    elif operation in WRITES:
        write(asking, key)
    elif operation == "CopyObject":
        copy(asking, key)
    elif operation == "ListObjectVersions" and asking.call["principal"] == "datasync-local":
        # DataSync lists objects (user guide, "Required permissions", S3 locations); its stand-in needs their versions too.
        asking.ask("s3:ListBucket", bucket, {"s3:prefix": p.get("Prefix") or ""})
    elif operation == "DeleteObject":
        asking.ask("s3:DeleteObjectVersion" if p.get("VersionId") else "s3:DeleteObject", key)
        if p.get("IfMatch"):
            asking.ask("s3:GetObject", key, note="If-Match compares")
    elif operation == "DeleteObjects":
        some = {bool(one.get("VersionId")): one["Key"] for one in p["Delete"]["Objects"]}
        for versioned, name in some.items():
            asking.ask("s3:DeleteObjectVersion" if versioned else "s3:DeleteObject", f"{bucket}/{name}")
    elif operation == "AbortMultipartUpload":
        asking.ask("s3:AbortMultipartUpload", key)
    elif operation == "CreateBucket":
        create_bucket(asking, bucket)
    elif operation == "ListBuckets":
        asking.ask("s3:ListAllMyBuckets")
    elif p.get("Key"):
        asking.ask(f"s3:{ACTIONS.get(operation, operation)}", key)
    else:
        prefix = {"s3:prefix": p["Prefix"]} if p.get("Prefix") is not None else {}
        listing = operation.startswith("ListObject")
        asking.ask(f"s3:{ACTIONS.get(operation, operation)}", bucket, prefix if listing else None)


def read(asking, bucket, key):
    p = asking.parameters
    version = {"s3:VersionId": p["VersionId"]} if p.get("VersionId") else {}
    asking.ask("s3:GetObjectVersion" if version else "s3:GetObject", key, version)
    listing = asking.request("s3:ListBucket", bucket, {"s3:prefix": p["Key"]}, "a missing object answers 403 else")
    asking.if_missing.append(listing)
    if version:
        note = "a missing version answers 403 else"
        asking.if_missing.append(asking.request("s3:ListBucketVersions", bucket, {}, note))
    if asking.operation == "GetObject" or p.get("ChecksumMode"):
        asking.use_key(asking.world.keys.get(p["Bucket"]), "s3", ["Decrypt"], "SSE-KMS")


def copy(asking, key):
    source, _, query = asking.parameters["CopySource"].lstrip("/").partition("?")
    version = query.removeprefix("versionId=")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    asking.ask(action, f"arn:aws:s3:::{unquote(source)}", {"s3:VersionId": version} if version else {})
    write(asking, key)


def write(asking, key):
    p = asking.parameters
    asking.ask("s3:PutObject", key)
    if p.get("IfMatch"):
        asking.ask("s3:GetObject", key, note="If-Match compares")
    if p.get("ObjectLockMode") or p.get("ObjectLockRetainUntilDate"):
        asking.ask("s3:PutObjectRetention", key, note="retention with the object")
    if p.get("Tagging"):
        asking.ask("s3:PutObjectTagging", key)
    asking.use_key(asking.world.keys.get(p["Bucket"]), "s3", ["GenerateDataKey"], "SSE-KMS")


def create_bucket(asking, bucket):
    p = asking.parameters
    tags = listed((p.get("CreateBucketConfiguration") or {}).get("Tags"))
    asking.ask("s3:CreateBucket", bucket, {**request_tags(tags), "s3:locationconstraint": asking.call["region"]})
    if tags:
        asking.ask("s3:TagResource", bucket, request_tags(tags), "tags with the bucket")
    if p.get("ObjectLockEnabledForBucket"):
        asking.ask("s3:PutBucketObjectLockConfiguration", bucket)
        asking.ask("s3:PutBucketVersioning", bucket)
    if p.get("ObjectOwnership"):
        asking.ask("s3:PutBucketOwnershipControls", bucket)
