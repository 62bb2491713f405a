"""The calls of the command line against the policies that it prints for people: `efs-s3 iam-policy`.

Each call is judged with the policy of the configuration that the command had, and of each task that the command is
documented for (docs/OPERATIONS.md).
"""

import json
import subprocess
import tempfile
from pathlib import Path

from judge.authorize import authorisation_requests
from judge.recording import ROOT
from judge.verdicts import key_policy, loosened

READ_ONLY, OPERATE, DEPLOY = "--read-only", "--operate", "--deploy"
# The whole policy, for commands whose name is not known since their calls passed a proxy of the tests.
EVERYTHING = ""
TASKS = {
    "plan": (DEPLOY, READ_ONLY, OPERATE),
    "drift": (DEPLOY, READ_ONLY, OPERATE),
    "deploy": (DEPLOY,),
    "destroy": (DEPLOY,),
    "unlock": (DEPLOY,),
    **dict.fromkeys(("outputs", "status", "runs", "run", "logs", "proof", "ls", "find", "diff", "cat", "versions", "get", "split"), (READ_ONLY, OPERATE)),
    **dict.fromkeys(("sync", "cancel", "failures", "pause", "resume", "verify", "audit", "restore", "invoke"), (OPERATE,)),
}
CALLERS = ("cli", "cargo-lambda")


class People:
    """What the command line asked for, and whether a person with its policy may."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.invocations = {}  # number: command and configuration
        self.latest = {}  # account: configuration of its latest command
        self.printed = {}  # configuration, account and task: policies
        self.asked = {}

    def learn(self, number, made):
        self.invocations[number] = made

    def ask(self, world, operation, call):
        """Judges one recorded call of the command line, or of what it starts."""
        caller, _, number = operation["principal"].partition(":")
        if caller not in CALLERS:
            return
        account = operation["account"]
        made = self.invocations.get(int(number)) if number else None
        config = made["config"] if made else self.latest.get(account)
        if config is None:
            return
        self.latest[account] = config
        requests, if_missing = authorisation_requests(world, operation)
        for task in TASKS.get(made["command"], (EVERYTHING,)) if made else (EVERYTHING,):
            for request in requests + if_missing:
                self.judge(world, operation, request, task, config, call)

    def judge(self, world, operation, request, task, config, call):
        context = json.dumps(request["context"], sort_keys=True)
        account, action = operation["account"], request["action"]
        owner = world.owner_of(operation, request["resource"])
        policy = key_policy(account) if action.startswith("kms:") else None
        if owner != account:
            policy = world.policy_across_accounts(request["resource"])
        key = (account, task, config, action, loosened(request["resource"]), context, json.dumps(policy), owner)
        if key in self.asked:
            return
        asked = {
            **request,
            "account": account,
            "region": operation["region"],
            "principal": f"arn:aws:iam::{account}:user/person{task}",
            "policies": self.policies_of(config, account, task),
            "resource_policy": policy,
            "owner": owner,
        }
        name = f"{operation['service']}:{operation['operation']}"
        verdict = self.simulator.verdict(asked)
        if owner != account and verdict.get("allowed_by") and call["status"] == 403:
            # Its owner allows it to nobody yet, and that was the answer.
            return
        self.asked[key] = {**asked, **verdict, "operation": name, "note": verdict.get("note") or request["note"]}

    def policies_of(self, config, account, task):
        key = (config, account, task)
        if key not in self.printed:
            self.printed[key] = print_policies(config, account, task)
        return self.printed[key]

    @property
    def denied(self):
        return [one for one in self.asked.values() if one["verdict"] != "Allowed"]


def print_policies(config, account, task):
    """What `efs-s3 iam-policy` prints, by name."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stack.toml"
        file.write_text(config)
        command = [ROOT / "target/debug/efs-s3", "--config", file, "iam-policy", "--account", account]
        command += ["--output", "json", *([task] if task else [])]
        printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return {one["name"]: one["policy"] for one in json.loads(printed)}
