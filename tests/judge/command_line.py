"""The calls of the command line against the policy that it prints for people: `efs-s3 iam-policy`.

The policy is that of a stack as `efs-s3 init` configures it, so calls about what a test configured otherwise (an
existing bucket, a key) may be denied here: they are counted and listed, and fail nothing.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from judge.authorize import authorisation_requests
from judge.figures import ROOT, record
from judge.services import stacks_of
from judge.verdicts import key_policy, loosened


class People:
    """What the command line asked for, by account."""

    def __init__(self):
        self.asked = {}

    def ask(self, world, operation):
        requests, if_missing = authorisation_requests(world, operation)
        for one in requests + if_missing:
            context = json.dumps(one["context"], sort_keys=True)
            key = (operation["account"], one["action"], loosened(one["resource"]), context)
            name = f"{operation['service']}:{operation['operation']}"
            self.asked.setdefault(key, {**one, "account": operation["account"], "operation": name})

    def judge(self, world, simulator):
        """Prints what the printed policies do not allow."""
        stacks = {}
        for stack in stacks_of(world):
            stacks.setdefault(stack.account, stack)
        policies = {account: printed_policies(stack) for account, stack in stacks.items()}
        judged = [one for one in self.asked.values() if policies.get(one["account"])]
        denied = set()
        for one in judged:
            stack = stacks[one["account"]]
            full = {
                **one,
                "principal": f"arn:aws:iam::{stack.account}:user/person",
                "region": stack.region,
                "policies": policies[stack.account],
                "resource_policy": key_policy(stack.account) if one["action"].startswith("kms:") else None,
            }
            if simulator.verdict(full)["verdict"] != "Allowed":
                denied.add(f"{one['action']} on {one['resource']} ({one['operation']}, {one['note']})")
        record("requests of the command line judged", len(judged), "requests")
        record("requests of the command line denied", len(denied), "requests")
        print("\n".join(f"  denied to a person: {one}" for one in sorted(denied)))


def printed_policies(stack):
    """What `efs-s3 iam-policy` prints for everything, by name."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "stack.toml"
        run(config, "init", "--name", stack.name, "--region", stack.region)
        printed = run(config, "iam-policy", "--account", stack.account, "--output", "json")
    return {one["name"]: one["policy"] for one in json.loads(printed)}


def run(config, *arguments):
    command = [ROOT / "target/debug/efs-s3", "--config", config, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
