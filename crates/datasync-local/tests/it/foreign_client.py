"""Calls every operation of botocore's DataSync model on a local server, and validates each answer against that model.

botocore parses leniently: it drops what its model does not know. So the bodies are looked at before it parses them.
Arguments: URL of the server, bucket, bucket of the reports, directory of the file systems.
"""

import json
import pathlib
import re
import sys
import time

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

URL, BUCKET, REPORTS, EFS_ROOT = sys.argv[1:]
ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
FILE_SYSTEM = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-01234567"
LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/datasync/x:*"
EC2 = {
    "SubnetArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-0a",
    "SecurityGroupArns": [f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-0a"],
}
SUPPORTED = {
    "CreateLocationEfs", "CreateLocationS3", "UpdateLocationEfs", "UpdateLocationS3", "DescribeLocationEfs",
    "DescribeLocationS3", "DeleteLocation", "ListLocations", "CreateTask", "UpdateTask", "DescribeTask", "ListTasks",
    "DeleteTask", "StartTaskExecution", "DescribeTaskExecution", "ListTaskExecutions", "CancelTaskExecution",
    "UpdateTaskExecution", "TagResource", "UntagResource", "ListTagsForResource",
}  # fmt: skip

succeeded = set()
answers = 0


def client(**config):
    made = botocore.session.Session().create_client(
        "datasync",
        region_name=REGION,
        endpoint_url=URL,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",
        config=Config(retries={"max_attempts": 0}, inject_host_prefix=False, **config),
    )
    made.meta.events.register("before-parse.datasync", validate)
    return made


def validate(operation_model, response_dict, **_):
    """Refuses unknown and absent fields, wrong types, and texts outside of enumerations and patterns."""
    global answers
    body = json.loads(response_dict["body"])
    shape = operation_model.output_shape
    if response_dict["status_code"] != 200:
        shape = operation_model.service_model.shape_for(body.pop("__type"))
    else:
        succeeded.add(operation_model.name)
    report = ParamValidator().validate(body, shape)
    problems = [report.generate_report()] if report.has_errors() else []
    problems += texts(shape, body, operation_model.name)
    assert not problems, (operation_model.name, body, problems)
    answers += 1


def texts(shape, value, path):
    """What `ParamValidator` leaves to the service: enumerations, patterns, longest lengths."""
    if shape.type_name == "structure":
        inner = [(shape.members[name], found, f"{path}.{name}") for name, found in value.items() if name in shape.members]
    elif shape.type_name == "list":
        inner = [(shape.member, found, f"{path}[]") for found in value]
    else:
        inner = []
    problems = [problem for part in inner for problem in texts(*part)]
    if shape.type_name == "string":
        allowed, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
        if allowed and value not in allowed:
            problems.append(f"{path}: {value!r} is none of {allowed}")
        # Python has no \p{..}: texts that only such a pattern describes are the caller's own here.
        if pattern and r"\p" not in pattern and not re.search(pattern, value):
            problems.append(f"{path}: {value!r} does not match {pattern}")
    if shape.type_name in ("string", "list") and len(value) > shape.metadata.get("max", len(value)):
        problems.append(f"{path} is longer than {shape.metadata['max']}")
    return problems


def refused(call, saying, **request):
    """The call is refused with the modelled error, and a message that says so."""
    try:
        call(**request)
    except ClientError as error:
        told = error.response["Error"]
        assert told["Code"] == "InvalidRequestException", told
        assert saying in told["Message"], (saying, told)
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    else:
        raise AssertionError(f"{call.__name__} was not refused: {request}")


def ended(datasync, execution):
    deadline = time.monotonic() + 60
    while True:
        described = datasync.describe_task_execution(TaskExecutionArn=execution)
        if described["Status"] in ("SUCCESS", "ERROR"):
            return described
        assert time.monotonic() < deadline, described
        time.sleep(0.02)


def locations(datasync):
    tags = [{"Key": "team", "Value": "a b"}]
    efs = datasync.create_location_efs(EfsFilesystemArn=FILE_SYSTEM, Ec2Config=EC2, Tags=tags)["LocationArn"]
    s3 = datasync.create_location_s3(
        S3BucketArn=f"arn:aws:s3:::{BUCKET}", S3Config={"BucketAccessRoleArn": ROLE}, Subdirectory="/pre/"
    )["LocationArn"]
    datasync.update_location_efs(
        LocationArn=efs,
        InTransitEncryption="TLS1_2",
        AccessPointArn=f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:access-point/fsap-0123456789abcdef0",
        FileSystemAccessRoleArn=ROLE,
    )
    described = datasync.describe_location_efs(LocationArn=efs)
    assert described["InTransitEncryption"] == "TLS1_2" and described["FileSystemAccessRoleArn"] == ROLE, described
    datasync.update_location_efs(LocationArn=efs, AccessPointArn="", FileSystemAccessRoleArn="")
    assert "AccessPointArn" not in datasync.describe_location_efs(LocationArn=efs)
    datasync.update_location_s3(LocationArn=s3, S3StorageClass="STANDARD_IA", Subdirectory="pre/fix")
    described = datasync.describe_location_s3(LocationArn=s3)
    assert described["S3StorageClass"] == "STANDARD_IA", described
    assert described["LocationUri"] == f"s3://{BUCKET}/pre/fix/", described
    refused(datasync.describe_location_s3, "", LocationArn=efs)
    refused(datasync.update_location_s3, "", LocationArn=efs)
    refused(datasync.describe_location_efs, "not found", LocationArn=efs[:-3] + "000")
    refused(datasync.create_location_efs, "TLS1_2", EfsFilesystemArn=FILE_SYSTEM, Ec2Config=EC2,
            FileSystemAccessRoleArn=ROLE)  # fmt: skip
    refused(datasync.create_location_s3, "access test failed", S3BucketArn="arn:aws:s3:::absent-bucket",
            S3Config={"BucketAccessRoleArn": ROLE})  # fmt: skip
    return efs, s3


def tasks(datasync, efs, s3):
    report = {
        "Destination": {"S3": {"S3BucketArn": f"arn:aws:s3:::{REPORTS}", "BucketAccessRoleArn": ROLE}},
        "OutputType": "STANDARD", "ReportLevel": "SUCCESSES_AND_ERRORS", "ObjectVersionIds": "INCLUDE",
        "Overrides": {"Skipped": {"ReportLevel": "ERRORS_ONLY"}},
    }  # fmt: skip
    task = datasync.create_task(
        SourceLocationArn=efs,
        DestinationLocationArn=s3,
        Name="photos",
        CloudWatchLogGroupArn=LOG_GROUP,
        Excludes=[{"FilterType": "SIMPLE_PATTERN", "Value": "/tmp|*.bak"}],
        Schedule={"ScheduleExpression": "cron(0 3 * * ? *)", "Status": "ENABLED"},
        TaskReportConfig=report,
        Tags=[{"Key": "k", "Value": "v"}],
        TaskMode="BASIC",
    )["TaskArn"]
    described = datasync.describe_task(TaskArn=task)
    assert described["Status"] == "AVAILABLE" and described["Name"] == "photos", described
    assert described["TaskReportConfig"] == report, described
    datasync.update_task(TaskArn=task, Name="pictures", Options={"LogLevel": "TRANSFER"},
                         Includes=[{"FilterType": "SIMPLE_PATTERN", "Value": "/a"}])  # fmt: skip
    described = datasync.describe_task(TaskArn=task)
    assert described["Name"] == "pictures" and described["Options"]["LogLevel"] == "TRANSFER", described
    datasync.update_task(TaskArn=task, Includes=[])
    for options, said in [
        ({"TransferMode": "ALL", "PreserveDeletedFiles": "REMOVE"}, "TransferMode,PreserveDeletedFiles"),
        ({"Mtime": "NONE"}, "Atime,Mtime"),
        ({"PreserveDevices": "PRESERVE"}, "PreserveDevices"),
        ({"Uid": "NAME"}, "Uid"),
        ({"SecurityDescriptorCopyFlags": "OWNER_DACL"}, "SecurityDescriptorCopyFlags"),
    ]:
        refused(datasync.update_task, said, TaskArn=task, Options=options)
        refused(datasync.start_task_execution, said, TaskArn=task, OverrideOptions=options)
    refused(datasync.create_task, "supported locally", SourceLocationArn=s3, DestinationLocationArn=s3)
    refused(datasync.describe_task, "not found", TaskArn=task[:-3] + "000")
    refused(datasync.delete_location, "in use", LocationArn=efs)
    return task


def executions(datasync, task):
    first = datasync.start_task_execution(
        TaskArn=task, OverrideOptions={"BytesPerSecond": 1000}, Tags=[{"Key": "k", "Value": "v"}]
    )["TaskExecutionArn"]
    assert datasync.describe_task(TaskArn=task)["CurrentTaskExecutionArn"] == first
    assert datasync.describe_task(TaskArn=task)["Status"] in ("RUNNING", "AVAILABLE")
    refused(datasync.start_task_execution, "in progress", TaskArn=task, OverrideOptions={"TaskQueueing": "DISABLED"})
    queued = datasync.start_task_execution(TaskArn=task)["TaskExecutionArn"]
    assert datasync.describe_task_execution(TaskExecutionArn=queued)["Status"] == "QUEUED"
    datasync.cancel_task_execution(TaskExecutionArn=queued)
    assert ended(datasync, queued)["Status"] == "ERROR"
    datasync.update_task_execution(TaskExecutionArn=first, Options={"BytesPerSecond": -1})
    described = ended(datasync, first)
    assert described["Status"] == "SUCCESS" and described["FilesTransferred"] == 3, described
    assert described["Options"]["BytesPerSecond"] == -1, described
    assert described["ReportResult"]["Status"] == "SUCCESS", described
    refused(datasync.cancel_task_execution, "cannot be cancelled", TaskExecutionArn=first)
    refused(datasync.update_task_execution, "has ended", TaskExecutionArn=first, Options={"BytesPerSecond": 1})
    refused(datasync.describe_task_execution, "not found", TaskExecutionArn=first[:-3] + "000")
    manifest = {"Action": "TRANSFER", "Format": "CSV", "Source": {"S3": {"ManifestObjectPath": "absent.csv",
                "S3BucketArn": f"arn:aws:s3:::{REPORTS}", "BucketAccessRoleArn": ROLE}}}  # fmt: skip
    refused(datasync.start_task_execution, "with a manifest", TaskArn=task, ManifestConfig=manifest)
    last = datasync.start_task_execution(TaskArn=task, ManifestConfig=manifest, Excludes=[])["TaskExecutionArn"]
    described = ended(datasync, last)
    assert described["Status"] == "ERROR" and described["Result"]["ErrorCode"], described
    return [first, queued, last]


def lists(datasync, efs, s3, task, run):
    def paged(operation, field, key, **request):
        pages = datasync.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}, **request)
        return [entry[key] for page in pages for entry in page[field]]

    tags = [{"Key": f"t{number}", "Value": str(number)} for number in range(5)]
    for arn in (efs, task, run[0]):
        datasync.tag_resource(ResourceArn=arn, Tags=tags)
        datasync.untag_resource(ResourceArn=arn, Keys=["t4"])
        keys = paged("list_tags_for_resource", "Tags", "Key", ResourceArn=arn)
        assert [key for key in keys if key.startswith("t") and key != "team"] == ["t0", "t1", "t2", "t3"], keys
    refused(datasync.tag_resource, "not found", ResourceArn=task[:-3] + "000", Tags=tags)

    more = [datasync.create_task(SourceLocationArn=s3, DestinationLocationArn=efs)["TaskArn"] for _ in range(4)]
    assert paged("list_tasks", "Tasks", "TaskArn") == [task, *more]
    by_location = [{"Name": "LocationId", "Values": [efs], "Operator": "Equals"}]
    assert len(paged("list_tasks", "Tasks", "TaskArn", Filters=by_location)) == 5
    assert paged("list_task_executions", "TaskExecutions", "TaskExecutionArn", TaskArn=task) == run
    assert sorted(paged("list_locations", "Locations", "LocationArn")) == sorted([efs, s3])
    for name, operator, value, wanted in [
        ("LocationType", "Equals", "S3", [s3]),
        ("LocationUri", "BeginsWith", "efs://", [efs]),
        ("LocationUri", "Contains", BUCKET, [s3]),
        ("CreationTime", "GreaterThan", "2000-01-01T00:00:00Z", [efs, s3]),
        ("CreationTime", "LessThan", "2000-01-01T00:00:00Z", []),
    ]:
        only = [{"Name": name, "Values": [value], "Operator": operator}]
        found = paged("list_locations", "Locations", "LocationArn", Filters=only)
        assert sorted(found) == sorted(wanted), (only, found)
    refused(datasync.list_tasks, "NextToken", NextToken="elsewhere")
    return more


def unsupported():
    """Whatever the model has besides is told to be unsupported: agents, other kinds of locations."""
    lenient = client(parameter_validation=False)
    others = set(lenient.meta.service_model.operation_names) - SUPPORTED
    assert "CreateAgent" in others and "CreateLocationNfs" in others
    for name in sorted(others):
        try:
            lenient._make_api_call(name, {})
        except ClientError as error:
            assert error.response["Error"]["Code"] == "InvalidRequestException", error
            assert "not supported locally" in error.response["Error"]["Message"], error
        else:
            raise AssertionError(f"{name} was answered")
    for name in sorted(SUPPORTED - {"ListTasks", "ListLocations", "ListTaskExecutions"}):
        refused(lambda name=name: lenient._make_api_call(name, {}), "")


def main():
    root = pathlib.Path(EFS_ROOT, "fs-01234567")
    root.joinpath("a").mkdir(parents=True)
    root.joinpath("a", "f").write_bytes(b"x" * 20_000)
    root.joinpath("g").write_bytes(b"g")
    root.joinpath("old.bak").write_bytes(b"left out")
    datasync = client()
    efs, s3 = locations(datasync)
    task = tasks(datasync, efs, s3)
    run = executions(datasync, task)
    for restore in lists(datasync, efs, s3, task, run):
        datasync.delete_task(TaskArn=restore)
    datasync.delete_task(TaskArn=task)
    refused(datasync.list_task_executions, "not found", TaskArn=task)
    for location in (efs, s3):
        datasync.delete_location(LocationArn=location)
    assert datasync.list_locations()["Locations"] == []
    unsupported()
    assert succeeded == SUPPORTED, (SUPPORTED - succeeded, succeeded - SUPPORTED)
    print(f"{len(succeeded)} operations, {answers} answers: every answer is valid")


main()
