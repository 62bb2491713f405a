"""DataSync's API as a client that is not ours sees it: botocore, which the AWS CLI and boto3 are made of.

Usage: foreign_client.py <endpoint> <bucket>. Calls every operation, and checks each answer, member by member, against
botocore's own model of the service. Prints how many answers it has checked; exits with 1 at the first that is wrong.
"""

import json
import re
import sys
import time

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
SUPPORTED = {
    "CreateLocationEfs", "CreateLocationS3", "UpdateLocationEfs", "UpdateLocationS3", "DescribeLocationEfs",
    "DescribeLocationS3", "DeleteLocation", "ListLocations", "CreateTask", "UpdateTask", "DescribeTask", "ListTasks",
    "DeleteTask", "StartTaskExecution", "DescribeTaskExecution", "ListTaskExecutions", "CancelTaskExecution",
    "UpdateTaskExecution", "TagResource", "UntagResource", "ListTagsForResource",
}
answered = {}


def check(shape, value, where):
    """Requires that a value as it came over the wire is what the model says."""
    kind = shape.type_name
    if kind == "structure":
        require(isinstance(value, dict), where, "is no structure")
        for name in value:
            require(name in shape.members, f"{where}.{name}", "is no member of the model")
            check(shape.members[name], value[name], f"{where}.{name}")
        for name in shape.required_members:
            require(name in value, f"{where}.{name}", "is required and missing")
    elif kind == "list":
        require(isinstance(value, list), where, "is no list")
        for index, item in enumerate(value):
            check(shape.member, item, f"{where}[{index}]")
    elif kind == "string":
        require(isinstance(value, str), where, "is no string")
        require(not shape.enum or value in shape.enum, where, f"is {value!r}, none of {shape.enum}")
        pattern = shape.metadata.get("pattern", "")
        # Unicode categories are beyond Python's regular expressions.
        if pattern and "\\p{" not in pattern:
            require(re.search(pattern, value), where, f"is {value!r}, which does not match {pattern}")
    elif kind in ("long", "integer"):
        require(isinstance(value, int) and not isinstance(value, bool), where, "is no whole number")
    elif kind == "timestamp":
        require(isinstance(value, (int, float)), where, "is no number of seconds")
    elif kind == "boolean":
        require(isinstance(value, bool), where, "is neither true nor false")
    else:
        require(False, where, f"is a {kind}, which nobody has looked at")


def require(holds, where, why):
    if not holds:
        sys.exit(f"{where} {why}")


def hear(http_response, model, **_):
    if http_response.status_code == 200:
        answer = json.loads(http_response.content or b"{}")
        if model.output_shape:
            check(model.output_shape, answer, model.name)
        answered[model.name] = answered.get(model.name, 0) + 1


def client(endpoint, **config):
    session = Session()
    session.set_credentials(ACCOUNT, "local")
    made = session.create_client("datasync", region_name=REGION, endpoint_url=endpoint, config=Config(**config))
    made.meta.events.register("after-call.datasync", hear)
    return made


def refused(call, *expected):
    try:
        call()
    except ClientError as error:
        require(error.response["Error"]["Code"] == "InvalidRequestException", "the refusal", f"is {error}")
        for text in expected:
            require(text in str(error), "the refusal", f"does not say `{text}`: {error}")
    else:
        sys.exit(f"nothing was refused, where {expected} was expected")


def until(ask, wanted, bound=60):
    deadline = time.monotonic() + bound
    while time.monotonic() < deadline:
        found = ask()
        if wanted(found):
            return found
        time.sleep(0.05)
    sys.exit(f"it did not come to it within {bound} s: {found}")


def locations(datasync, bucket):
    group = f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-0123abcd"
    efs = datasync.create_location_efs(
        EfsFilesystemArn=f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-01234567",
        Ec2Config={"SubnetArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-0123abcd", "SecurityGroupArns": [group]},
        InTransitEncryption="TLS1_2",
        Tags=[{"Key": "a", "Value": "1"}],
    )["LocationArn"]
    s3 = datasync.create_location_s3(
        S3BucketArn=f"arn:aws:s3:::{bucket}", S3Config={"BucketAccessRoleArn": ROLE}, S3StorageClass="STANDARD"
    )["LocationArn"]
    datasync.update_location_efs(LocationArn=efs, Subdirectory="/")
    datasync.update_location_s3(LocationArn=s3, Subdirectory="/backup")
    require(datasync.describe_location_s3(LocationArn=s3)["LocationUri"].endswith("/backup/"), "the prefix", "is not kept")
    require(datasync.describe_location_efs(LocationArn=efs)["Ec2Config"]["SecurityGroupArns"] == [group], "the group", "is lost")
    pages = datasync.get_paginator("list_locations").paginate(PaginationConfig={"PageSize": 1})
    found = [entry["LocationArn"] for page in pages for entry in page["Locations"]]
    require(sorted(found) == sorted([efs, s3]), "the list of locations", f"is {found}")
    only = [{"Name": "LocationType", "Values": ["S3"], "Operator": "Equals"}]
    found = [entry["LocationArn"] for entry in datasync.list_locations(Filters=only)["Locations"]]
    require(found == [s3], "the filtered list of locations", f"is {found}")
    return efs, s3


def tasks(datasync, efs, s3):
    made = [
        datasync.create_task(SourceLocationArn=efs, DestinationLocationArn=s3, Name=f"task {number}")["TaskArn"]
        for number in range(3)
    ]
    task = made[0]
    options = {"VerifyMode": "ONLY_FILES_TRANSFERRED", "LogLevel": "OFF", "BytesPerSecond": 1_000_000}
    datasync.update_task(TaskArn=task, Options=options, Excludes=[{"FilterType": "SIMPLE_PATTERN", "Value": "*.swp"}])
    described = datasync.describe_task(TaskArn=task)
    require(described["Options"]["BytesPerSecond"] == 1_000_000, "the options", f"are {described['Options']}")
    require(described["Status"] == "AVAILABLE", "the status", f"is {described['Status']}")
    pages = datasync.get_paginator("list_tasks").paginate(PaginationConfig={"PageSize": 1})
    found = [entry["TaskArn"] for page in pages for entry in page["Tasks"]]
    require(sorted(found) == sorted(made), "the list of tasks", f"is {found}")
    datasync.tag_resource(ResourceArn=task, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    datasync.untag_resource(ResourceArn=task, Keys=["a"])
    tags = datasync.list_tags_for_resource(ResourceArn=task)["Tags"]
    require(tags == [{"Key": "b", "Value": "2"}], "the tags", f"are {tags}")
    for other in made[1:]:
        datasync.delete_task(TaskArn=other)
    return task


def executions(datasync, task):
    first = datasync.start_task_execution(TaskArn=task)["TaskExecutionArn"]
    describe = lambda arn: datasync.describe_task_execution(TaskExecutionArn=arn)
    ended = until(lambda: describe(first), lambda found: found["Status"] in ("SUCCESS", "ERROR"))
    require(ended["Status"] == "SUCCESS", "the execution", f"ended as {ended['Status']}: {ended.get('Result')}")
    require(ended["FilesTransferred"] >= 1, "the execution", f"transferred {ended['FilesTransferred']}")

    stay = [{"Key": "datasync-local:fault", "Value": "stay-launching"}]
    datasync.tag_resource(ResourceArn=task, Tags=stay)
    second = datasync.start_task_execution(TaskArn=task)["TaskExecutionArn"]
    datasync.update_task_execution(TaskExecutionArn=second, Options={"BytesPerSecond": 5})
    require(describe(second)["Options"]["BytesPerSecond"] == 5, "the limit of the execution", "has not changed")
    datasync.cancel_task_execution(TaskExecutionArn=second)
    until(lambda: describe(second), lambda found: found["Status"] == "ERROR")
    refused(lambda: datasync.cancel_task_execution(TaskExecutionArn=second))
    pages = datasync.get_paginator("list_task_executions").paginate(TaskArn=task, PaginationConfig={"PageSize": 1})
    found = [entry["TaskExecutionArn"] for page in pages for entry in page["TaskExecutions"]]
    require(sorted(found) == sorted([first, second]), "the list of executions", f"is {found}")


def main(endpoint, bucket):
    datasync = client(endpoint)
    efs, s3 = locations(datasync, bucket)
    task = tasks(datasync, efs, s3)
    executions(datasync, task)

    refused(lambda: datasync.delete_location(LocationArn=s3))
    refused(lambda: datasync.describe_task(TaskArn=task[:-1] + ("0" if task[-1] != "0" else "1")), "not found")
    datasync.delete_task(TaskArn=task)
    for location in (efs, s3):
        datasync.delete_location(LocationArn=location)
    require(not datasync.list_tasks()["Tasks"] and not datasync.list_locations()["Locations"], "something", "is left")

    careless = client(endpoint, parameter_validation=False)
    others = set(careless.meta.service_model.operation_names) - SUPPORTED
    names = {operation: method for method, operation in careless.meta.method_to_api_mapping.items()}
    for operation in sorted(others):
        refused(getattr(careless, names[operation]), "not supported locally")
    refused(careless.create_task)
    missing = SUPPORTED - set(answered)
    require(not missing, "these operations", f"were never answered: {sorted(missing)}")
    print(f"{len(SUPPORTED)} operations, {sum(answered.values())} answers as botocore's model has them, "
          f"{len(others)} operations refused in words")


if __name__ == "__main__":
    main(*sys.argv[1:])
