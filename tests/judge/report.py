"""What the record of a test run comes to: `make judge-iam`."""

import collections
import json
from pathlib import Path

from judge import model, statements
from judge.accepted import Accepted
from judge.command_line import People
from judge.figures import record
from judge.listed import add_listed_requests
from judge.recording import Recording
from judge.services import add_service_requests, kind_of_role, stacks_of
from judge.verdicts import Judge


def report(folder):
    """Judges every recorded call anew; 0 when nothing is wrong."""
    recording = Recording(folder)
    judge, checked = Judge(), Checked()
    people = People(judge.simulator)
    for line in recording.lines():
        if "declare" in line:
            judge.declare(**line["declare"])
        elif "invocation" in line:
            people.learn(**line["invocation"])
        else:
            judge_call(line["call"], judge, people, checked)
    print(f"recorded at commit {recording.summary['commit']}")
    record("judged calls", recording.summary["judged"], "calls")
    record("recorded calls of the end-to-end tests", recording.summary["calls"], "calls")
    problems = [f"unreadable: {one['call']}: {one['why']}" for one in judge.unreadable]
    strangers = recording.summary["by_principal"].get("unknown", 0)
    problems += [f"{strangers} calls by processes that had ended when they were looked for"] if strangers else []
    problems += checked.report() + judge_people(people)
    problems += judge_requests(judge, people, Accepted(), recording.complete)
    judge.simulator.end()
    print("\n".join(problems) or "nothing is wrong")
    return 1 if problems else 0


def judge_call(call, judge, people, checked):
    if call["judged"]:
        judge.ask(call)
    operation = judge.learn(call)
    if operation and operation["principal"] != "test":
        checked.check(operation)
    if operation:
        people.ask(judge.world, operation, call)


class Checked:
    """The requests that were held against the service models."""

    def __init__(self):
        self.operations = collections.Counter()
        self.found = set()

    def check(self, operation):
        name = (operation["service"], operation["operation"])
        self.operations[name] += 1
        self.found.update((*name, *one) for one in model.violations(operation))

    def report(self):
        record("requests held against the service models", sum(self.operations.values()), "requests")
        record("operations held against the service models", len(self.operations), "operations")
        record("violations of the service models", len(self.found), "violations")
        return [f"model: {' '.join(one)}" for one in sorted(self.found)]


def judge_people(people):
    record("requests of the command line judged", len(people.asked), "requests")
    record("requests of the command line denied", len(people.denied), "requests")
    return sorted({f"person: {denial(one)}" for one in people.denied})


def judge_requests(judge, people, accepted, complete):
    """Figures and problems of what roles and services ask for."""
    services = [one | judge.simulator.verdict(one) for one in listed_requests(judge.world)]
    judged = list(judge.asked.values())
    denied = [one for one in judged if one["verdict"] != "Allowed"]
    wrong = [one for one in services if one["verdict"] != one["wanted"]]
    distinct = {(kind_of_role(one["principal"]), one["action"], sort_of(one["resource"])) for one in judged}
    record("requests of roles judged", len(judged), "requests")
    record("role action and resource judged", len(distinct), "combinations")
    record("requests of roles denied", len(denied), "requests")
    record("requests of services judged", len(services), "requests")
    record("requests of services judged wrongly", len(wrong), "requests")
    problems = sorted({denial(one) for one in denied} | {f"service: {denial(one)}" for one in wrong})
    across = [one for one in judged + list(people.asked.values()) if one["owner"] != one["account"]]
    needs = judge_grants(judge, judged + services, accepted)
    needs += judge_statements(judge, judged + services, services + across, accepted)
    if complete:
        return problems + needs + accepted.out_of_date()
    print(f"not all end-to-end tests were recorded; {len(needs)} grants have no use in this record:")
    print("\n".join(f"  {one}" for one in needs))
    return problems


def listed_requests(world):
    """What is asked besides the recorded calls: by services, and by calls that the local cloud does not take."""
    for stack in stacks_of(world):
        add_service_requests(stack)
        add_listed_requests(stack)
        yield from stack.requests


def judge_grants(judge, requests, accepted):
    """Granted actions that no request used."""
    granted, unused = statements.granted(judge.world), statements.unused(judge.world, requests)
    open_ones = accepted.without("unused", unused)
    record("granted actions", len(granted), "actions")
    record("granted actions that requests use", len(granted) - len(unused), "actions")
    record("granted actions accepted with a reason", len(unused) - len(open_ones), "actions")
    record("granted actions that nothing uses", len(open_ones), "actions")
    return [f"granted and never used: {' '.join(one)}" for one in open_ones]


def judge_statements(judge, of_roles, on_resources, accepted):
    """Statements whose removal no request notices: of roles, and of what a service or another account asks for."""
    needless, count = statements.unneeded(judge.world, of_roles, judge.simulator)
    idle, of_resources = statements.unneeded_of_resources(
        [one for one in on_resources if one["resource_policy"]], judge.simulator
    )
    record("statements of roles", count, "statements")
    record("statements of roles whose removal is noticed", count - len(needless), "statements")
    record("statements of resources", of_resources, "statements")
    record("statements of resources whose removal is noticed", of_resources - len(idle), "statements")
    return [f"never needed: {' '.join(one)}" for one in accepted.without("unneeded", needless + idle)]


def denial(one):
    near = f", near {', '.join(one['near'])}" if one.get("near") else ""
    role = kind_of_role(one["principal"])
    return f"{one['verdict']}: {role} {one['action']} on {one['resource']} ({one['operation']}, {one['note']}{near})"


def sort_of(resource):
    """The type of a resource, without its id."""
    parts = resource.split(":", 5)
    if parts[-1] == resource:
        return resource
    if parts[2] == "s3":
        return "object" if "/" in resource else "bucket"
    return f"{parts[2]}:{parts[-1].replace('/', ':').split(':')[0]}"
