"""The same checks as the function's, as people write them: boto3, a dictionary, and a thread pool."""

import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import boto3
from botocore.config import Config

THREADS = 32
config = Config(s3={"addressing_style": "path"}, max_pool_connections=THREADS, retries={"max_attempts": 10})
s3 = boto3.client(
    "s3", endpoint_url=sys.argv[1], region_name="eu-central-1", config=config,
    aws_access_key_id="111122223333", aws_secret_access_key="local",
)


def rows(kind):
    for found in s3.list_objects_v2(Bucket="records", Prefix="reports/Detailed-Reports/")["Contents"]:
        if f".files-{kind.lower()}-" in found["Key"]:
            yield from json.load(s3.get_object(Bucket="records", Key=found["Key"])["Body"])[kind]


verified = {row["RelativePath"]: row for row in rows("Verified")}


def proven(row):
    source, other = row["SrcMetadata"], verified[row["RelativePath"]]
    found = s3.head_object(Bucket="data", Key="backup" + row["RelativePath"], VersionId=row["DstS3VersionId"])
    meta = found["Metadata"]
    mtime = datetime.fromisoformat(source["Mtime"][:23] + "+00:00").timestamp()
    return (
        row["TransferStatus"] == other["VerifyStatus"] == "SUCCESS"
        and other["SrcChecksum"] == other["DstChecksum"]
        and found["ContentLength"] == source["ContentSize"]
        and int(meta["file-owner"]) == source["Uid"]
        and int(meta["file-group"]) == source["Gid"]
        and meta["file-permissions"][-4:] == source["Mode"]
        and int(meta["file-mtime"][:-2]) // 1_000_000 == round(mtime * 1_000)
    )


begun = time.monotonic()
with ThreadPoolExecutor(THREADS) as pool:
    count = sum(pool.map(proven, rows("Transferred")))
wall = time.monotonic() - begun
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"proven": count, "wall": wall, "cpu": time.process_time(), "peak_mb": peak}))
