"""What the record of a test run comes to: `make judge-iam`."""

import collections
import json
from pathlib import Path

from judge import command_line, model, statements
from judge.figures import record
from judge.services import kind_of_role, service_requests
from judge.verdicts import Judge

ACCEPTED = json.loads((Path(__file__).parent / "accepted.json").read_text())


def report(folder):
    """Judges every recorded call anew; 0 when nothing is wrong."""
    folder = Path(folder)
    judge, found, people = Judge(), collections.Counter(), command_line.People()
    checked = collections.Counter()
    for line in open(folder / "calls.jsonl"):
        told = json.loads(line)
        if "declare" in told:
            judge.declare(**told["declare"])
            continue
        call = told["call"]
        if call["judged"]:
            judge.ask(call)
        operation = judge.learn(call)
        if operation and call["principal"] != "test":
            checked[operation["service"], operation["operation"]] += 1
            found.update((operation["service"], operation["operation"], *one) for one in model.violations(operation))
        if operation and call["principal"] == "cli":
            people.ask(judge.world, operation)
    problems = [f"model: {' '.join(map(str, one))}" for one in sorted(found)]
    problems += [f"unreadable: {one['call']}: {one['why']}" for one in judge.unreadable]
    tell_calls(folder, checked, found)
    problems += judge_requests(judge, complete=(folder / "complete").exists())
    people.judge(judge.world, judge.simulator)
    judge.simulator.end()
    print("\n".join(problems) or "nothing is wrong")
    return 1 if problems else 0


def tell_calls(folder, checked, found):
    summary = json.loads((folder / "summary.json").read_text())
    record("judged calls", summary["judged"], "calls")
    record("recorded calls of the end-to-end tests", summary["calls"], "calls")
    record("requests held against the service models", sum(checked.values()), "requests")
    record("operations held against the service models", len(checked), "operations")
    record("violations of the service models", sum(found.values()), "violations")


def judge_requests(judge, complete):
    """Figures and problems of what roles and services ask for."""
    services = [one | judge.simulator.verdict(one) for one in service_requests(judge.world)]
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
    grants = statements.unused(judge.world, judged + services)
    needless, count = statements.unneeded(judge.world, judged + services, judge.simulator)
    idle, of_resources = statements.unneeded_of_resources(
        [one for one in services if one["resource_policy"]], judge.simulator
    )
    record("granted actions", len(statements.granted(judge.world)), "actions")
    record("granted actions that nothing uses", len(without(grants, "unused")), "actions")
    record("statements whose removal is noticed", count - len(needless), "statements")
    record("statements of roles", count, "statements")
    record("statements of resources whose removal is noticed", of_resources - len(idle), "statements")
    record("statements of resources", of_resources, "statements")
    needs = [f"granted and never used: {' '.join(one)}" for one in without(grants, "unused")]
    needs += [f"never needed: {' '.join(one)}" for one in without(needless, "unneeded")]
    needs += [f"never needed: {' '.join(one)}" for one in without(idle, "unneeded")]
    needs += stale(grants, "unused") + stale(needless + idle, "unneeded")
    if not complete:
        print(f"not all end-to-end tests were recorded; {len(needs)} grants have no use in this record:")
        print("\n".join(f"  {one}" for one in needs))
        return problems
    return problems + needs


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


def entries(name):
    return {tuple(one["what"]) for one in ACCEPTED[name]}


def without(found, name):
    """What is found and not accepted with a reason."""
    return [one for one in found if one not in entries(name)]


def stale(found, name):
    """What is accepted and not found any more."""
    return [f"accepted.json is out of date: {' '.join(one)}" for one in sorted(entries(name) - set(found))]
