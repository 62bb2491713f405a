"""Calls of ours that the local cloud does not take, as their source files make them: of a recorded stack's resources.

`crates/stack/src/kinds/instance/change.rs` changes an instance in place; MiniStack cannot.
"""

from judge import model
from judge.authorize import authorisation_requests

STACK, RESOURCE = "efs-s3:stack", "efs-s3:resource"
ASSOCIATION = "iip-assoc-0123456789abcdef0"


def listed_operations(stack):
    """The calls of `bootstrap-stack` on the instance of a stack."""
    ids = ids_of(stack)
    if not {"instance", "instance-security-group"} <= ids.keys():
        return
    instance, group = ids["instance"], ids["instance-security-group"]
    profile = {"Name": f"{stack.name}-instance-{stack.region}"}
    stack.world.within[ASSOCIATION] = [instance]
    yield call(stack, "ModifyInstanceAttribute", InstanceId=instance, Groups=[group])
    yield call(stack, "ModifyInstanceAttribute", InstanceId=instance, InstanceType={"Value": "t4g.small"})
    yield call(stack, "StopInstances", InstanceIds=[instance])
    yield call(stack, "StartInstances", InstanceIds=[instance])
    yield call(stack, "DeleteTags", Resources=[instance], Tags=[{"Key": "efs-s3:stopped-for-change"}])
    options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    yield call(stack, "ModifyInstanceMetadataOptions", InstanceId=instance, **options)
    yield call(stack, "AssociateIamInstanceProfile", InstanceId=instance, IamInstanceProfile=profile)
    yield call(
        stack, "ReplaceIamInstanceProfileAssociation", AssociationId=ASSOCIATION, IamInstanceProfile=profile
    )


def ids_of(stack):
    """The ids of what a stack has in EC2, by its name in the graph."""
    ours = f"arn:aws:ec2:{stack.region}:{stack.account}:"
    tagged = ((arn, tags) for arn, tags in stack.world.tags.items() if arn.startswith(ours))
    return {tags.get(RESOURCE): arn.rsplit("/", 1)[-1] for arn, tags in tagged if tags.get(STACK) == stack.name}


def call(stack, operation, **parameters):
    return {
        "principal": f"role:{stack.role('bootstrap-stack')}",
        "account": stack.account,
        "region": stack.region,
        "service": "ec2",
        "operation": operation,
        "parameters": parameters,
    }


def add_listed_requests(stack):
    """What these calls ask IAM for."""
    role = stack.role("bootstrap-stack")
    if not stack.world.role_policies.get(role):
        return
    for operation in listed_operations(stack):
        if violations := model.violations(operation):
            raise ValueError(f"{operation['operation']} is listed wrongly: {violations}")
        for one in authorisation_requests(stack.world, operation)[0]:
            note = f"listed: {operation['operation']}"
            stack.add(role, one["action"], one["resource"], "Allowed", note, one["context"], None, role)
