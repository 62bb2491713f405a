"""What recorded calls made: tags, policies, and what belongs to what."""

import collections
import json
import re

EC2_TYPES = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "rtb": "route-table",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "eipalloc": "elastic-ip",
    "vpce": "vpc-endpoint",
    "fl": "vpc-flow-log",
    "i": "instance",
    "vol": "volume",
    "eni": "network-interface",
    "ami": "image",
}
EC2_ID = re.compile(r"(vpc|subnet|sg|sgr|rtb|igw|nat|eipalloc|vpce|fl|i|vol|eni)-[0-9a-f]+")


class World:
    def __init__(self):
        self.tags = collections.defaultdict(dict)  # ARN: tags
        self.role_policies = collections.defaultdict(dict)  # role ARN: {name: document}
        self.policy_version = 0  # grows with each change of a role's policies
        self.policies_ever = set()  # (role ARN, document as text), of roles that are gone too
        self.managed_policies = {}  # policy ARN: document
        self.boundaries = {}  # role ARN: policy ARN
        self.trust = {}  # role ARN: document
        self.bucket_policies = {}
        self.bucket_owners = {}  # bucket: account
        self.owner_policies = {}  # bucket or key: what its owner put, who is somebody else across accounts
        self.topic_policies = {}
        self.queue_policies = {}
        self.file_system_policies = {}
        self.function_permissions = collections.defaultdict(dict)  # function ARN: {statement id: parameters}
        self.log_policies = {}  # account and name or resource: document
        self.within = {}  # association: ids; profile: roles; mount target: file system
        self.keys = {}  # what is encrypted: KMS key ARN
        # Role ARN: {location ARN: bucket and prefix} of the locations that were made with it.
        self.locations = collections.defaultdict(dict)
        self.deleted_locations = set()
        self.report_buckets = set()  # buckets that tasks report to

    def put_role_policy(self, role, name, policy):
        self.role_policies[role][name] = policy
        self.policies_ever.add((role, json.dumps(policy, sort_keys=True)))
        self.policy_version += 1

    def owner_of(self, call, resource):
        """The account that owns a resource: of S3, whose ARNs have none, that which made the bucket."""
        parts = resource.split(":", 5)
        if len(parts) < 6:
            return call["account"]
        if parts[2] == "s3":
            return self.bucket_owners.get(parts[5].split("/")[0], call["account"])
        return parts[4] if parts[4].isdigit() and parts[2] == "kms" else call["account"]

    def policy_across_accounts(self, resource):
        """The policy that must allow a call from another account; without one nothing is allowed."""
        name = resource.split(":::")[-1].split("/")[0] if ":::" in resource else resource
        return self.owner_policies.get(name) or {"Version": "2012-10-17", "Statement": []}

    def arn(self, call, service, resource):
        return f"arn:aws:{service}:{call['region']}:{call['account']}:{resource}"

    def ec2_arn(self, call, identifier):
        kind = EC2_TYPES.get(identifier.rsplit("-", 1)[0], "unknown")
        return self.arn(call, "ec2", f"{kind}/{identifier}")

    def role_arn(self, call, name):
        return f"arn:aws:iam::{call['account']}:role/{name}"


def listed(tags):
    """Tags as a dictionary, of either spelling."""
    return {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value", "")) for tag in tags or []}


def walk(value):
    """Everything in a JSON value."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from walk(one)


def document(text):
    """A policy document, which may be text or bytes that were parsed."""
    return json.loads(text["text"] if isinstance(text, dict) else text)
