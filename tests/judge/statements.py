"""Whether each granted action is used, and whether each statement is needed."""

import copy
import fnmatch
import json

from judge.services import kind_of_role


def as_list(value):
    return value if isinstance(value, list) else [value]


def granted(world):
    """Each action that a role of ours was ever granted: (kind of role, statement, action)."""
    found = set()
    for role, policy in world.policies_ever:
        for one in as_list(json.loads(policy)["Statement"]):
            if one["Effect"] == "Allow":
                found.update((kind_of_role(role), one.get("Sid", "?"), action) for action in as_list(one["Action"]))
    return found


def used(judged):
    """Each action that a statement allowed a request: (kind of role, statement, action)."""
    allowed = [one for one in judged if one["verdict"] == "Allowed"]
    return {(kind_of_role(one["principal"]), sid, one["action"]) for one in allowed for sid in one["allowed_by"]}


def unused(world, judged):
    """The granted actions that no request used."""
    uses = {(kind, sid, action.lower()) for kind, sid, action in used(judged)}

    def is_used(kind, sid, action):
        return any(k == kind and s == sid and fnmatch.fnmatch(a, action.lower()) for k, s, a in uses)

    return sorted(one for one in granted(world) if not is_used(*one))


def unneeded(world, judged, simulator):
    """Statements of roles without which every request is still allowed; and how many there are in all."""
    statements = {(kind, sid) for kind, sid, _ in granted(world)}
    needed = set()
    for one in judged:
        kind = kind_of_role(one["principal"])
        if one["verdict"] != "Allowed" or len(one["allowed_by"]) != 1:
            continue
        statement = (kind, one["allowed_by"][0])
        if statement in statements - needed and denied_without(one, statement[1], simulator):
            needed.add(statement)
    return sorted(statements - needed), len(statements)


def denied_without(one, sid, simulator):
    asked = copy.deepcopy(one)
    for policy in asked["policies"].values():
        policy["Statement"] = [each for each in as_list(policy["Statement"]) if each.get("Sid") != sid]
    return simulator.verdict(asked)["verdict"] != "Allowed"


def unneeded_of_resources(requests, simulator):
    """Statements of trust and resource policies without which every verdict stays; and how many there are in all."""
    by_statement = {}
    for one in requests:
        policy = one["resource_policy"]
        for index in range(len(as_list(policy["Statement"])) if policy else 0):
            by_statement.setdefault(shape_of(one, as_list(policy["Statement"])[index]), []).append((one, index))
    kept = [key for key, uses in by_statement.items() if not any(changes(*use, simulator) for use in uses)]
    return sorted(kept), len(by_statement)


def shape_of(one, statement):
    """What the statements of all stacks have in common: the resource that bears them, and their name or effect."""
    bearer = kind_of_role(one["resource"]) if ":role/" in one["resource"] else one["resource"].split(":")[2]
    name = statement.get("Sid") or f"{statement['Effect']} {' '.join(as_list(statement['Action']))}"
    return bearer, name


def changes(one, index, simulator):
    asked = copy.deepcopy(one)
    statements = as_list(asked["resource_policy"]["Statement"])
    asked["resource_policy"]["Statement"] = statements[:index] + statements[index + 1 :]
    if not asked["resource_policy"]["Statement"]:
        return one["verdict"] == "Allowed"
    return simulator.verdict(asked)["verdict"] != one["verdict"]
