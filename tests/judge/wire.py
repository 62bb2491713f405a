"""Wire requests to operations and parameters, by LocalStack's parsers on botocore's newest models."""

import base64
import datetime
import functools
import re
from urllib.parse import urlsplit

import botocore.loaders
import botocore.model
import botocore.parsers
from localstack.aws.protocol import parser as parsers
from rolo import Request

# botocore's names of services, where the signature has another.
BY_SIGNING_NAME = {"elasticfilesystem": "efs", "monitoring": "cloudwatch"}
# Answers that say what exists.
TELLING = re.compile(r"(Create|Run|Allocate|Put|Start|Associate|Replace|DescribeRouteTables|DescribeMountTargets)")
# A parameter above this is told by its length.
LONGEST_TEXT = 16384

loader = botocore.loaders.Loader()


class Unreadable(Exception):
    """A request that no parser understands."""


@functools.cache
def model(service):
    return botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)


@functools.cache
def request_parser(service, protocol):
    kinds = {
        "query": parsers.QueryRequestParser,
        "ec2": parsers.EC2RequestParser,
        "json": parsers.JSONRequestParser,
        "rest-json": parsers.RestJSONRequestParser,
        "rest-xml": parsers.RestXMLRequestParser,
        "smithy-rpc-v2-cbor": parsers.RpcV2CBORRequestParser,
    }
    kind = parsers.S3RequestParser if service == "s3" else kinds[protocol]
    return kind(model(service))


response_parser = functools.cache(botocore.parsers.create_parser)


def scope_of(headers):
    """Account (the access key of the local cloud), region and service of the signature."""
    found = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", headers.get("authorization", ""))
    if found is None:
        raise Unreadable("the request is not signed")
    return found.groups()


def parse_request(call):
    """The operation that a recorded call asks for."""
    headers = {name.lower(): value for name, value in call["headers"]}
    account, region, signing_name = scope_of(headers)
    service = BY_SIGNING_NAME.get(signing_name, signing_name)
    protocol = protocol_of(service, headers)
    url = urlsplit(call["path"])
    request = Request(
        method=call["method"],
        path=url.path,
        raw_path=url.path,
        query_string=url.query,
        headers=headers,
        body=base64.b64decode(call["body"]),
    )
    operation, parameters = request_parser(service, protocol).parse(request)
    return {
        "principal": call["principal"],
        "token": headers.get("x-amz-security-token"),
        "account": account,
        "region": region,
        "service": service,
        "protocol": protocol,
        "operation": operation.name,
        "parameters": plain(parameters),
    }


def parse_answer(operation, call):
    """What the answer of a call says, if it says what exists."""
    shape = model(operation["service"]).operation_model(operation["operation"]).output_shape
    if call["status"] >= 300 or shape is None or not TELLING.match(operation["operation"]):
        return {}
    if operation["service"] == "s3":
        return {}
    answer = {
        "status_code": call["status"],
        "headers": {name.lower(): value for name, value in call["answer_headers"]},
        "body": base64.b64decode(call["answer"]),
    }
    return plain(response_parser(operation["protocol"]).parse(answer, shape))


def protocol_of(service, headers):
    metadata = model(service).metadata
    if headers.get("smithy-protocol"):
        return "smithy-rpc-v2-cbor"
    if "x-amz-target" in headers:
        return "json"
    form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if form and "query" in metadata.get("protocols", []):
        return "query"
    return metadata["protocol"]


def plain(value):
    """JSON of what a parser gave."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name != "ResponseMetadata" and one is not None}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (bytes, bytearray)):
        text = {} if len(value) > LONGEST_TEXT else {"text": bytes(value).decode(errors="replace")}
        return {"__bytes__": len(value), **text}
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if hasattr(value, "read"):
        return {"__stream__": True}
    return value
