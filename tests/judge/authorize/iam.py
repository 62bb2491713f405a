"""IAM (Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM")."""

from judge.authorize.asking import request_tags

# Actions with the condition key iam:PermissionsBoundary: what the request sets, or what the role has.
BOUNDED = (
    "AttachRolePolicy",
    "CreateRole",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "GetRole",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "UpdateRoleDescription",
)


def requests(asking):
    p, operation, account = asking.parameters, asking.operation, asking.call["account"]
    role = asking.world.role_arn(asking.call, p.get("RoleName"))
    profile = f"arn:aws:iam::{account}:instance-profile/{p.get('InstanceProfileName')}"
    target = profile if p.get("InstanceProfileName") else role if p.get("RoleName") else p.get("PolicyArn", "*")
    context = request_tags(asking.tags)
    if p.get("PolicyArn"):
        context["iam:PolicyARN"] = p["PolicyArn"]
    boundary = p.get("PermissionsBoundary") or asking.world.boundaries.get(role)
    if boundary and operation in BOUNDED:
        context["iam:PermissionsBoundary"] = boundary
    asking.ask(f"iam:{operation}", target, context)
    if asking.tags and operation in ("CreateRole", "CreateInstanceProfile"):
        tagging = operation.replace("Create", "Tag")
        asking.ask(f"iam:{tagging}", target, request_tags(asking.tags), "tags on create")
    if operation == "AddRoleToInstanceProfile":
        asking.pass_role(role, "ec2.amazonaws.com")
