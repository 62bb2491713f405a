import base64
import json
import unittest

from judge.services import Stack, kind_of_role, use_data_buckets
from judge.verdicts import Judge

OURS, THEIRS, REGION = "111122223333", "999900001111", "eu-central-1"
ROLE = f"arn:aws:iam::{OURS}:role/backup-verify-versions-{REGION}"
WRITER = f"arn:aws:iam::{OURS}:role/backup-write.0a1b2c3d4e5f6789-{REGION}"
BUCKET = "arn:aws:s3:::vault"


def allowing(resources, role=None):
    statement = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": resources}
    if role:
        statement["Principal"] = {"AWS": f"arn:aws:iam::{OURS}:root"}
        statement["Condition"] = {"ArnEquals": {"aws:PrincipalArn": role}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def call(path, account=OURS, principal=f"role:{ROLE}", method="GET", body="", status=None):
    """A signed request to S3, as the proxy records it."""
    authorization = f"AWS4-HMAC-SHA256 Credential={account}/20260101/{REGION}/s3/aws4_request, Signature=0"
    headers = [["authorization", authorization], ["host", "127.0.0.1"]]
    recorded = {"n": 1, "principal": principal, "method": method, "path": path, "headers": headers, "status": status}
    return {**recorded, "body": base64.b64encode(body.encode()).decode(), "answer": ""}


class Accounts(unittest.TestCase):
    """A call to a bucket of another account needs both: the role's policy and the bucket's."""

    def setUp(self):
        self.judge = Judge()
        self.addCleanup(self.judge.simulator.end)
        self.learn(call("/vault", THEIRS, "test", "PUT", status=200))

    def learn(self, made):
        self.assertIsNotNone(self.judge.learn(made))

    def put_policy(self, policy):
        self.learn(call("/vault?policy", THEIRS, "test", "PUT", json.dumps(policy), 204))

    def declare(self, *resources):
        self.judge.declare(ROLE, {"permissions": allowing(list(resources))})

    def denied(self):
        return self.judge.ask(call("/vault/a"))["denied"]

    def test_the_roles_own_policy_is_not_enough(self):
        self.declare(f"{BUCKET}/*", BUCKET)
        self.assertIn("no resource-based policy allows the s3:GetObject action", self.denied()["message"])

    def test_the_policy_of_the_bucket_is_not_enough(self):
        self.put_policy(allowing([f"{BUCKET}/*", BUCKET], ROLE))
        self.declare("arn:aws:s3:::another/*")
        self.assertIn("no identity-based policy", self.denied()["message"])

    def test_both_together_are_enough(self):
        self.declare(f"{BUCKET}/*", BUCKET)
        self.put_policy(allowing([f"{BUCKET}/*", BUCKET], ROLE))
        self.assertIsNone(self.denied())

    def test_a_policy_for_another_role_does_not_help(self):
        self.declare(f"{BUCKET}/*", BUCKET)
        self.put_policy(allowing([f"{BUCKET}/*", BUCKET], f"{ROLE}-2"))
        self.assertIsNotNone(self.denied())

    def test_a_policy_that_is_taken_back_denies_again(self):
        self.declare(f"{BUCKET}/*", BUCKET)
        self.put_policy(allowing([f"{BUCKET}/*", BUCKET], ROLE))
        self.learn(call("/vault?policy", THEIRS, "test", "DELETE", status=204))
        self.assertIsNotNone(self.denied())

    def test_within_the_account_nothing_changes(self):
        self.learn(call("/ours", OURS, "test", "PUT", status=200))
        self.declare("arn:aws:s3:::ours/*")
        self.assertIsNone(self.judge.ask(call("/ours/a"))["denied"])

    def test_the_resource_account_is_the_owner(self):
        policy = allowing([f"{BUCKET}/*"])
        self.put_policy(allowing([f"{BUCKET}/*", BUCKET], ROLE))
        for account, allowed in ((THEIRS, True), (OURS, False)):
            policy["Statement"][0]["Condition"] = {"StringEquals": {"aws:ResourceAccount": account}}
            self.judge.declare(ROLE, {"permissions": policy})
            self.assertEqual(self.denied() is None, allowed, account)


class Syncs(unittest.TestCase):
    """The roles of `[[sync]]` entries are known by their kind."""

    def test_a_role_of_a_sync_has_the_kind_of_the_default_one(self):
        for name, kind in (
            (f"backup-write.0a1b2c3d4e5f6789-{REGION}", "datasync-destination"),
            (f"backup-read.home-2-{REGION}", "datasync-source"),
            (f"backup-restore.f0a1b2c3d4e5f678-{REGION}", "datasync-restore"),
            (f"backup-datasync-report-{REGION}", "datasync-report"),
        ):
            self.assertEqual(kind_of_role(f"arn:aws:iam::{OURS}:role/{name}"), kind)

    def test_each_sync_writes_to_its_bucket_below_its_prefix(self):
        judge = Judge()
        self.addCleanup(judge.simulator.end)
        judge.world.trust[WRITER] = {}
        judge.world.locations[WRITER] = {"arn:1": ("vault", "home"), "arn:2": ("vault", "work")}
        judge.world.bucket_owners["vault"] = THEIRS
        asked = list(use_data_buckets(Stack(judge.world, OURS, "backup", REGION)))
        for prefix in ("home", "work"):
            self.assertIn((WRITER, "s3:PutObject", f"{BUCKET}/{prefix}/a/file"), asked)
        judge.world.deleted_locations.add("arn:1")
        asked = list(use_data_buckets(Stack(judge.world, OURS, "backup", REGION)))
        self.assertNotIn((WRITER, "s3:PutObject", f"{BUCKET}/home/a/file"), asked)
        del judge.world.bucket_owners["vault"]
        asked = list(use_data_buckets(Stack(judge.world, OURS, "backup", REGION)))
        self.assertNotIn(WRITER, [role for role, _, _ in asked])
