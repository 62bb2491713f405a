"""Amazon EFS (Service Authorization Reference; user guide, "Identity and access management for EFS")."""

from judge.authorize.asking import request_tags

LINKED_ROLE = "role/aws-service-role/elasticfilesystem.amazonaws.com/AWSServiceRoleForAmazonElasticFileSystem"
FACE = "network-interface/eni-0123456789abcdef0"
ON_MOUNT_TARGET = ("DeleteMountTarget", "ModifyMountTargetSecurityGroups", "DescribeMountTargetSecurityGroups")


def requests(asking):
    p, operation = asking.parameters, asking.operation
    action = f"elasticfilesystem:{operation}"
    if operation == "CreateFileSystem":
        create_file_system(asking, action)
    elif operation == "CreateAccessPoint":
        asking.ask(action, file_system(asking, p["FileSystemId"]), request_tags(asking.tags))
        keys = {**request_tags(asking.tags), "elasticfilesystem:CreateAction": operation}
        new = asking.arn("elasticfilesystem", "access-point/*")
        asking.ask("elasticfilesystem:TagResource", new, keys, "tags on create")
    elif operation == "CreateMountTarget":
        create_mount_target(asking, action)
    elif operation in ON_MOUNT_TARGET:
        change_mount_target(asking, action)
    elif p.get("ResourceId"):
        asking.ask(action, resource(asking, p["ResourceId"]), request_tags(asking.tags))
    elif p.get("AccessPointId"):
        asking.ask(action, resource(asking, p["AccessPointId"]))
    elif p.get("MountTargetId"):
        asking.ask(action, of_mount_target(asking))
    else:
        asking.ask(action, file_system(asking, p.get("FileSystemId") or "*"))


def file_system(asking, identifier):
    return asking.arn("elasticfilesystem", f"file-system/{identifier}")


def resource(asking, identifier):
    kind = "access-point" if identifier.startswith("fsap-") else "file-system"
    return asking.arn("elasticfilesystem", f"{kind}/{identifier}")


def of_mount_target(asking):
    """Mount targets have no ARN and no tags: their file system is asked for."""
    return file_system(asking, asking.world.within.get(asking.parameters["MountTargetId"], "*"))


def create_file_system(asking, action):
    p = asking.parameters
    new = file_system(asking, "*")
    encrypted = {"elasticfilesystem:Encrypted": str(bool(p.get("Encrypted"))).lower()}
    asking.ask(action, new, {**request_tags(asking.tags), **encrypted})
    keys = {**request_tags(asking.tags), "elasticfilesystem:CreateAction": asking.operation}
    asking.ask("elasticfilesystem:TagResource", new, keys, "tags on create")
    role = f"arn:aws:iam::{asking.call['account']}:{LINKED_ROLE}"
    service = {"iam:AWSServiceName": "elasticfilesystem.amazonaws.com"}
    asking.forward("iam:CreateServiceLinkedRole", role, "first file system of the account", service)
    if p.get("KmsKeyId"):
        # EFS User Guide, "Encrypting data at rest".
        needed = ["DescribeKey", "CreateGrant", "GenerateDataKeyWithoutPlaintext"]
        asking.use_key(p["KmsKeyId"], "elasticfilesystem", needed, "EFS with a key")


def create_mount_target(asking, action):
    p = asking.parameters
    asking.ask(action, file_system(asking, p["FileSystemId"]))
    note = "of CreateMountTarget"
    asking.forward("ec2:DescribeSubnets", "*", note)
    asking.forward("ec2:DescribeNetworkInterfaces", "*", note)
    asking.forward("ec2:CreateNetworkInterface", asking.arn("ec2", "network-interface/*"), note)
    for identifier in [p["SubnetId"], *(p.get("SecurityGroups") or [])]:
        arn = asking.world.ec2_arn(asking.call, identifier)
        asking.forward("ec2:CreateNetworkInterface", arn, note)


def change_mount_target(asking, action):
    operation = asking.operation
    asking.ask(action, of_mount_target(asking), note="on the mount target's file system")
    face = asking.arn("ec2", FACE)
    if operation == "DeleteMountTarget":
        asking.forward("ec2:DeleteNetworkInterface", face, f"of {operation}")
    elif operation == "DescribeMountTargetSecurityGroups":
        asking.forward("ec2:DescribeNetworkInterfaceAttribute", "*", f"of {operation}")
    else:
        asking.forward("ec2:ModifyNetworkInterfaceAttribute", face, f"of {operation}")
        for group in asking.parameters.get("SecurityGroups") or []:
            arn = asking.world.ec2_arn(asking.call, group)
            asking.forward("ec2:ModifyNetworkInterfaceAttribute", arn, f"of {operation}")
