"""Which role a caller has on AWS."""


def role_of(call):
    """The ARN of the role that a call is made with, or None for people and for tests.

    Functions and DataSync's stand-in name theirs in the session token (`infra/src/local/launcher/other_accounts.py`).
    """
    who = call["principal"]
    if who.startswith("role:"):
        return who.removeprefix("role:")
    return call["token"] if who.startswith("lambda:") or who == "datasync-local" else None
