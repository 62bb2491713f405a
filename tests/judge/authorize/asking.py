"""The authorisation requests of one call, as they come together."""

import re

from judge.world import listed

CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Asking:
    """What one operation asks IAM for."""

    def __init__(self, world, call):
        self.world = world
        self.call = call
        self.operation = call["operation"]
        self.parameters = call["parameters"]
        self.requests = []
        # Asked for only when what is read is missing.
        self.if_missing = []

    def arn(self, service, resource):
        return self.world.arn(self.call, service, resource)

    def request(self, action, resource="*", context=None, note=""):
        # The evaluator's `*` ends at a line feed, which an object's key may hold; IAM's does not.
        resource = CONTROLS.sub("_", resource)
        tags = self.world.tags.get(resource, {})
        keys = {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
        return {"action": action, "resource": resource, "context": {**keys, **(context or {})}, "note": note}

    def ask(self, action, resource="*", context=None, note=""):
        self.requests.append(self.request(action, resource, context, note))

    def forward(self, action, resource, note, context=None):
        """What the service asks of another service with the caller's permissions (forward access session)."""
        self.ask(action, resource, {"aws:ViaAWSService": "true", **(context or {})}, note)

    def use_key(self, key, service, actions, note):
        """What an encrypted resource asks of KMS with the caller's permissions."""
        via = {"kms:ViaService": f"{service}.{self.call['region']}.amazonaws.com"}
        for action in actions if key else ():
            self.forward(f"kms:{action}", key, note, via)

    def pass_role(self, role, service, note=""):
        if role:
            self.ask("iam:PassRole", role, {"iam:PassedToService": service}, note or f"of {self.operation}")

    @property
    def tags(self):
        return listed(self.parameters.get("Tags"))


def request_tags(tags):
    """The context keys of tags that a request bears."""
    keys = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return {**keys, "aws:TagKeys": list(tags)} if tags else {}
