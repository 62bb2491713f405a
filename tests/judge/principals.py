"""Which role a caller has on AWS."""

import re

RESTORING_READS = ("GetObject", "HeadObject")
# The role of the sync `default`, and those of all others.
OF_RESTORES = re.compile(r"-(datasync-restore-|restore\.)")


def role_of(world, call):
    """The ARN of the role that a call is made with, or None for people and for tests."""
    who = call["principal"]
    if who.startswith("role:"):
        return who.removeprefix("role:")
    if who.startswith("lambda:"):
        name = who.removeprefix("lambda:")
        function = world.arn(call, "lambda", f"function:{name}")
        return world.function_roles.get(function) or world.role_arn(call, f"{name}-{call['region']}")
    if who == "datasync-local" and call["service"] == "s3":
        return role_of_datasync(world, call)
    return None


def role_of_datasync(world, call):
    """DataSync takes the role that it was passed for the location, the report or the manifest of the object."""
    p = call["parameters"]
    key = p.get("Key") or p.get("Prefix") or ""
    passed = world.passed_roles.get(p.get("Bucket"), ())
    fitting = [one for one in passed if key.startswith(one[0].rstrip("/"))]
    longest = max((len(prefix) for prefix, _, _ in fitting), default=0)
    roles = sorted({role for prefix, role, _ in fitting if len(prefix) == longest})
    if len(roles) < 2:
        return roles[0] if roles else None
    # Two locations in one bucket: the destination, and the source of restores, which reads versions by a manifest.
    restoring = call["operation"] in RESTORING_READS and p.get("VersionId")
    named = [role for role in roles if bool(OF_RESTORES.search(role)) == bool(restoring)]
    return (named or roles)[0]
