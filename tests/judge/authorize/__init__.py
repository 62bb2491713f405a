"""Operations to the authorisation requests that AWS makes of them: action, resource, context.

What an operation asks for is from the Service Authorization Reference; the names of actions are those of the
operations but where a module says otherwise. Tags of resources are those that calls before gave them.
"""

from judge.authorize import datasync, ec2, efs, iam, others, s3
from judge.authorize.asking import Asking

BY_SERVICE = {
    "s3": s3.requests,
    "ec2": ec2.requests,
    "efs": efs.requests,
    "datasync": datasync.requests,
    "iam": iam.requests,
    "logs": others.logs,
    "sns": others.sns,
    "sqs": others.sqs,
    "lambda": others.functions,
    "events": others.events,
    "cloudwatch": others.cloudwatch,
    # GetCallerIdentity asks for nothing (STS API reference).
    "sts": lambda asking: None,
}


def authorisation_requests(world, call):
    """Those of one call; and those that decide how something missing is answered."""
    asking = Asking(world, call)
    ask_for = BY_SERVICE.get(call["service"])
    if ask_for is None:
        asking.ask(f"{call['service']}:{call['operation']}", note="a service that the judge does not know")
    else:
        ask_for(asking)
    return asking.requests, asking.if_missing
