"""The calls of the command line against the policy that it prints for people: `efs-s3 iam-policy`."""


class People:
    """What the command line asked for, by account."""

    def __init__(self):
        self.asked = []

    def ask(self, world, operation):
        self.asked.append(operation)

    def judge(self, simulator):
        return []
