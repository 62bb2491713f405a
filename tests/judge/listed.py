"""Calls of ours that no test makes for certain, as their source files make them: on a recorded stack's resources.

`crates/reconciler/src/resources/ec2/instance/change.rs` changes an instance in place; MiniStack cannot. `route_table/association.rs`
moves a subnet from one of our tables to another only if that other table has not let it go before.
"""

from judge import model
from judge.authorize import authorisation_requests

STACK, RESOURCE = "efs-s3:stack", "efs-s3:resource"
PROFILE_ASSOCIATION = "iip-assoc-0123456789abcdef0"
SUBNET_ASSOCIATION = "rtbassoc-0123456789abcdef0"
OF_INSTANCE = {"instance", "instance-security-group"}
OF_NETWORK = {"private-subnet-1", "private-route-table", "public-route-table"}


def listed_operations(stack):
    """The calls of `bootstrap-stack` on what a stack has."""
    ids = ids_of(stack)
    if OF_INSTANCE <= ids.keys():
        yield from change_instance(stack, ids)
    if OF_NETWORK <= ids.keys():
        stack.world.within[SUBNET_ASSOCIATION] = [ids["public-route-table"], ids["private-subnet-1"]]
        to = {"AssociationId": SUBNET_ASSOCIATION, "RouteTableId": ids["private-route-table"]}
        yield call(stack, "ReplaceRouteTableAssociation", **to)


def change_instance(stack, ids):
    instance, group = ids["instance"], ids["instance-security-group"]
    profile = {"Name": f"{stack.name}-instance-{stack.region}"}
    stack.world.within[PROFILE_ASSOCIATION] = [instance]
    yield call(stack, "ModifyInstanceAttribute", InstanceId=instance, Groups=[group])
    yield call(stack, "ModifyInstanceAttribute", InstanceId=instance, InstanceType={"Value": "t4g.small"})
    yield call(stack, "StopInstances", InstanceIds=[instance])
    yield call(stack, "StartInstances", InstanceIds=[instance])
    yield call(stack, "DeleteTags", Resources=[instance], Tags=[{"Key": "efs-s3:stopped-for-change"}])
    options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    yield call(stack, "ModifyInstanceMetadataOptions", InstanceId=instance, **options)
    yield call(stack, "AssociateIamInstanceProfile", InstanceId=instance, IamInstanceProfile=profile)
    to = {"AssociationId": PROFILE_ASSOCIATION, "IamInstanceProfile": profile}
    yield call(stack, "ReplaceIamInstanceProfileAssociation", **to)


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
