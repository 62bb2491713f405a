"""Calls every supported operation with capo-datasync, a typed client on an HTTP stack of its own, and validates answers.

Two judges look at each answer: capo reads it into its types, generated from AWS's Smithy model, and has to write the same
document again, so that nothing is absent, unknown or of another type; and the Pydantic models of
aws-resource-validator-datasync check types, enumerations and patterns. The latter has no client: it only validates.
Arguments: URL of the server, bucket, bucket of the reports, directory of the file systems.
"""

import importlib
import json
import pathlib
import re
import sys
import time

from aws_resource_validator.pydantic_models.datasync import datasync_classes
from capo_datasync import Credentials, DataSyncClient
from capo_datasync.errors import InvalidRequestException
from pydantic import ValidationError
from zapros import StdNetworkHandler

URL, BUCKET, REPORTS, EFS_ROOT = sys.argv[1:]
ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
FILE_SYSTEM = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-01234567"
OPERATIONS = {
    "create_location_efs", "create_location_s3", "update_location_efs", "update_location_s3", "describe_location_efs",
    "describe_location_s3", "delete_location", "list_locations", "create_task", "update_task", "describe_task",
    "list_tasks", "delete_task", "start_task_execution", "describe_task_execution", "list_task_executions",
    "cancel_task_execution", "update_task_execution", "tag_resource", "untag_resource", "list_tags_for_resource",
}  # fmt: skip
ANOTHER_TYPE = [{"Unexpected": True}]

answered = {}


class Recorder(StdNetworkHandler):
    """Keeps the answers as they came over the wire."""

    def handle(self, request):
        response = super().handle(request)
        if response.status == 200:
            name = request.headers["x-amz-target"].removeprefix("FmrsService.")
            answered.setdefault(name, []).append(json.loads(response.read()))
        return response


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def problems(operation, document):
    """What either judge says against an answer."""
    found = []
    types = importlib.import_module(f"capo_datasync.types.{snake_case(operation)}_response")
    try:
        again = types.serialize_aws_json_1_1(types.deserialize_aws_json_1_1(document))
        # Counters are 0 in the model when an answer has none.
        filled_in = {name: 0 for name in again if name not in document}
        if again != document | filled_in:
            found.append(f"capo: {document} became {again}")
    except Exception as error:
        found.append(f"capo: {error!r}")
    model = getattr(datasync_classes, f"{operation}ResponseTypeDef", None)
    if model:
        try:
            model.model_validate(document)
        except ValidationError as error:
            # Its models ask for every field, even for those that are absent where they do not apply.
            found += [f"pydantic: {one}" for one in error.errors() if one["type"] != "missing"]
    return found


def judged():
    """Judges each answer, and each answer with one thing wrong in it."""
    planted = 0
    for operation, documents in answered.items():
        for document in documents:
            assert not problems(operation, document), problems(operation, document)
        document = documents[-1]
        for wrong in [document | {name: ANOTHER_TYPE} for name in [*document, "Unexpected"]]:
            assert problems(operation, wrong), (operation, wrong)
            planted += 1
    return sum(len(documents) for documents in answered.values()), planted


def refused(call, *arguments, saying):
    try:
        call(*arguments)
    except InvalidRequestException as error:
        assert saying in str(error), error
    else:
        raise AssertionError(f"{call.__name__} was not refused: {arguments}")


def ended(datasync, execution):
    deadline = time.monotonic() + 60
    while (described := datasync.describe_task_execution(execution))["status"] not in ("SUCCESS", "ERROR"):
        assert time.monotonic() < deadline, described
        time.sleep(0.02)
    return described


def locations(datasync):
    ec2 = {
        "subnet_arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-0a",
        "security_group_arns": [f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-0a"],
    }
    efs = datasync.create_location_efs(
        efs_filesystem_arn=FILE_SYSTEM, ec2_config=ec2, tags=[{"key": "team", "value": "a b"}]
    )["location_arn"]
    s3 = datasync.create_location_s3(
        s3_bucket_arn=f"arn:aws:s3:::{BUCKET}", s3_config={"bucket_access_role_arn": ROLE}, subdirectory="/pre/"
    )["location_arn"]
    datasync.update_location_efs(efs, in_transit_encryption="TLS1_2", file_system_access_role_arn=ROLE)
    assert datasync.describe_location_efs(efs)["in_transit_encryption"] == "TLS1_2"
    datasync.update_location_s3(s3, s3_storage_class="STANDARD_IA")
    assert datasync.describe_location_s3(s3)["s3_storage_class"] == "STANDARD_IA"
    found = {location["location_arn"] for page in pages(datasync.list_locations) for location in page["locations"]}
    assert found == {efs, s3}, found
    refused(datasync.describe_location_efs, efs[:-3] + "000", saying="not found")
    return efs, s3


def pages(call, **request):
    """One entry a page."""
    token = {}
    while token is not None:
        page = call(max_results=1, **request, **token)
        yield page
        token = {"next_token": page["next_token"]} if "next_token" in page else None


def task(datasync, efs, s3):
    report = {
        "destination": {"s3": {"s3_bucket_arn": f"arn:aws:s3:::{REPORTS}", "bucket_access_role_arn": ROLE}},
        "output_type": "STANDARD", "report_level": "SUCCESSES_AND_ERRORS", "object_version_ids": "INCLUDE",
        "overrides": {"skipped": {"report_level": "ERRORS_ONLY"}},
    }  # fmt: skip
    made = datasync.create_task(
        source_location_arn=efs,
        destination_location_arn=s3,
        name="photos",
        options={"verify_mode": "ONLY_FILES_TRANSFERRED", "log_level": "TRANSFER"},
        excludes=[{"filter_type": "SIMPLE_PATTERN", "value": "*.bak"}],
        schedule={"schedule_expression": "cron(0 3 * * ? *)", "status": "ENABLED"},
        task_report_config=report,
        tags=[{"key": "k", "value": "v"}],
    )["task_arn"]
    described = datasync.describe_task(made)
    assert described["status"] == "AVAILABLE" and described["task_report_config"] == report, described
    datasync.update_task(made, name="pictures")
    assert [entry["name"] for page in pages(datasync.list_tasks) for entry in page["tasks"]] == ["pictures"]
    refused(datasync.describe_task, made[:-3] + "000", saying="not found")
    return made


def executions(datasync, made):
    first = datasync.start_task_execution(made, override_options={"bytes_per_second": 10_000})["task_execution_arn"]
    # However fast the first one ends, the second one waits until it is cancelled.
    datasync.tag_resource(made, [{"key": "datasync-local:fault", "value": "stay-queued"}])
    queued = datasync.start_task_execution(made, tags=[{"key": "k", "value": "v"}])["task_execution_arn"]
    datasync.cancel_task_execution(queued)
    datasync.untag_resource(made, ["datasync-local:fault"])
    assert ended(datasync, queued)["status"] == "ERROR"
    described = ended(datasync, first)
    assert described["status"] == "SUCCESS" and described["files_transferred"] == 3, described
    entries = [entry for page in pages(datasync.list_task_executions, task_arn=made) for entry in page["task_executions"]]
    assert [entry["status"] for entry in entries] == ["SUCCESS", "ERROR"], entries
    refused(datasync.cancel_task_execution, first, saying="cannot be cancelled")


def update(datasync, made):
    """An execution of three files may end before the update arrives: then the next one is updated."""
    for _ in range(50):
        execution = datasync.start_task_execution(made, override_options={"transfer_mode": "ALL"})["task_execution_arn"]
        try:
            datasync.update_task_execution(execution, {"bytes_per_second": -1})
        except InvalidRequestException as error:
            assert "has ended" in str(error), error
        assert ended(datasync, execution)["status"] == "SUCCESS"
        if "UpdateTaskExecution" in answered:
            return


def tags(datasync, arn):
    datasync.tag_resource(arn, [{"key": f"t{number}", "value": str(number)} for number in range(3)])
    datasync.untag_resource(arn, ["t2"])
    found = {
        tag["key"]: tag["value"]
        for page in pages(datasync.list_tags_for_resource, resource_arn=arn)
        for tag in page["tags"]
    }
    assert found["t0"] == "0" and found["t1"] == "1" and "t2" not in found, found


def main():
    root = pathlib.Path(EFS_ROOT, "fs-01234567")
    root.joinpath("a").mkdir(parents=True)
    root.joinpath("a", "f").write_bytes(b"x" * 20_000)
    root.joinpath("g").write_bytes(b"g")
    root.joinpath("old.bak").write_bytes(b"left out")
    datasync = DataSyncClient(
        http_handler=Recorder(),
        region=REGION,
        endpoint=URL,
        credentials=Credentials(access_key=ACCOUNT, secret_key="local"),
        retry_max_attempts=0,
    )
    efs, s3 = locations(datasync)
    made = task(datasync, efs, s3)
    executions(datasync, made)
    update(datasync, made)
    for arn in (efs, made):
        tags(datasync, arn)
    datasync.delete_task(made)
    for location in (efs, s3):
        datasync.delete_location(location)
    called = {snake_case(name) for name in answered}
    assert called == OPERATIONS, called ^ OPERATIONS
    answers, planted = judged()
    print(f"{planted} planted faults found, {len(called)} operations, {answers} answers: every answer is valid")


main()
