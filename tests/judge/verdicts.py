"""The verdict on each call: what it asks for, by which role, and whether that role may."""

import collections
import hashlib
import json
import re

from judge.authorize import authorisation_requests
from judge.learn import learn
from judge.principals import role_of
from judge.simulator import Simulator
from judge.wire import parse_answer, parse_request
from judge.world import World

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# What varies in the names of objects that no policy tells apart.
VARYING = re.compile(r"[0-9a-f]{16,}|exec-[0-9a-f]+|\d+")


class Judge:
    def __init__(self):
        self.world = World()
        self.simulator = Simulator()
        self.asked = {}  # requests that were judged, by their text
        self.counts = collections.Counter()
        self.digests = {}  # role: version of all policies, its policies, and their digest
        self.open = {}  # calls that were asked about and not answered yet
        self.unreadable = []

    def ask(self, call):
        """What is denied of a call, if anything."""
        operation = self.open_call(call)
        role = operation and not self.is_nowhere(operation) and role_of(operation)
        if not role:
            return {"denied": None, "if_missing": None, "stable": operation is not None}
        requests, if_missing = authorisation_requests(self.world, operation)
        denied = self.first_denied(role, operation, requests)
        # Of a recorded call it is known whether something was missing; IAM's refusal of that is a 403.
        may_miss = not denied and call.get("status") in (None, 403, 404)
        missing = self.first_denied(role, operation, if_missing) if may_miss else None
        stable = not any("aws:ResourceTag/" in key for one in requests for key in one["context"])
        return {"denied": denied, "if_missing": missing, "stable": stable and operation["service"] != "iam"}

    def is_nowhere(self, operation):
        """Whether the task reports to a bucket that does not exist, which S3 answers before it asks for permissions."""
        bucket = operation["parameters"].get("Bucket")
        return bucket in self.world.report_buckets and bucket not in self.world.bucket_owners

    def open_call(self, call):
        try:
            self.open[call["n"]] = parse_request(call)
        except Exception as error:  # whatever a foreign parser raises
            self.open[call["n"]] = None
            self.unreadable.append({"call": f"{call['method']} {call['path'][:200]}", "why": repr(error)[:300]})
        return self.open[call["n"]]

    def learn(self, call):
        """Takes in an answered call."""
        operation = self.open.pop(call["n"], None) or self.open_call(call)
        self.open.pop(call["n"], None)
        if operation and call["status"] < 300:
            learn(self.world, operation, parse_answer(operation, call))
        return operation

    def declare(self, role, policies):
        """The policies of a role that no call has made: of the reconciler that runs in the tests' own process."""
        self.world.role_policies[role] = {}
        for name, policy in policies.items():
            self.world.put_role_policy(role, name, policy)

    def first_denied(self, role, operation, requests):
        for request in requests:
            found = self.judge(role, operation, request)
            if found["verdict"] != "Allowed":
                return {"message": message(found), "action": found["action"], "resource": found["resource"]}
        return None

    def judge(self, role, operation, request):
        """The request with its verdict; what was judged before is not judged again."""
        policies, digest = self.policies_of(role)
        owner = self.world.owner_of(operation, request["resource"])
        resource_policy = self.resource_policy(operation, request, owner)
        like, context = loosened(request["resource"]), json.dumps(request["context"], sort_keys=True)
        key = (role, digest, request["action"], like, context, json.dumps(resource_policy), owner)
        self.counts[key] += 1
        if key not in self.asked:
            full = {
                "principal": role,
                "account": operation["account"],
                "region": operation["region"],
                "action": request["action"],
                "resource": request["resource"],
                "context": request["context"],
                "policies": policies,
                "boundary": self.boundary_of(role),
                "owner": owner,
                "resource_policy": resource_policy,
            }
            name = f"{operation['service']}:{operation['operation']}"
            verdict = self.simulator.verdict(full)
            self.asked[key] = {**full, **verdict, "operation": name, "note": verdict.get("note") or request["note"]}
        return self.asked[key]

    def policies_of(self, role):
        """The policies of a role, and what tells them from others."""
        version, policies, digest = self.digests.get(role, (None, {}, ""))
        if version != self.world.policy_version:
            policies = dict(self.world.role_policies.get(role, {}))
            digest = json.dumps([policies, self.world.boundaries.get(role)], sort_keys=True)
            digest = hashlib.sha256(digest.encode()).hexdigest()
            self.digests[role] = (self.world.policy_version, policies, digest)
        return policies, digest

    def boundary_of(self, role):
        arn = self.world.boundaries.get(role)
        return {arn: self.world.managed_policies.get(arn, EVERYTHING)} if arn else None

    def resource_policy(self, operation, request, owner):
        """The policy of what is asked for. Across accounts it must allow the call too (IAM User Guide, "Cross-account
        policy evaluation logic")."""
        if owner != operation["account"]:
            return self.world.policy_across_accounts(request["resource"])
        if request["action"].startswith("kms:"):
            return key_policy(operation["account"])
        if request["action"].startswith("s3:"):
            return self.world.bucket_policies.get(operation["parameters"].get("Bucket"))
        return None


def key_policy(account):
    """A key's default policy lets the policies of the account decide (KMS developer guide)."""
    statement = {
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def loosened(resource):
    """The resource without what varies in the names of objects."""
    if not resource.startswith("arn:aws:s3:::") or "/" not in resource:
        return resource
    bucket, key = resource.split("/", 1)
    if "-records-" in bucket:
        return f"{bucket}/{VARYING.sub('…', key)}"
    first, slash, _ = key.partition("/")
    return f"{bucket}/{VARYING.sub('…', first) if slash else ''}{slash}*"


def message(asked):
    """The words of IAM's refusal (IAM user guide, "Troubleshoot access denied error messages")."""
    account, role = asked["account"], asked["principal"].rsplit("/", 1)[-1]
    user = f"arn:aws:sts::{account}:assumed-role/{role}/{role}"
    action = asked["action"]
    # Its own policies allow it: then it is the other account's that does not.
    policy = "resource-based" if asked["owner"] != account and asked.get("allowed_by") else "identity-based"
    return (
        f"User: {user} is not authorized to perform: {action} on resource: {asked['resource']} "
        f"because no {policy} policy allows the {action} action"
    )
