"""AWS DataSync (Service Authorization Reference; what it asks of others: CloudFormation's handlers, the guides)."""

from judge.authorize.asking import request_tags

SERVICE = "datasync.amazonaws.com"
LINKED_ROLE = "role/aws-service-role/datasync.amazonaws.com/AWSServiceRoleForDataSync"
# The reference lists no resource type for these.
WITHOUT_RESOURCE = ("ListTasks", "ListLocations", "ListTaskExecutions")


def requests(asking):
    p, operation = asking.parameters, asking.operation
    action = f"datasync:{operation}"
    tags = request_tags(asking.tags)
    s3 = p.get("S3Config") or {}
    if operation.startswith("CreateLocation"):
        asking.ask(action, "*", tags)
        asking.ask("datasync:TagResource", asking.arn("datasync", "location/*"), tags, "tags on create")
        create_location(asking)
    elif operation == "CreateTask":
        create_task(asking, action, tags)
    elif operation == "StartTaskExecution":
        asking.ask(action, p["TaskArn"], tags)
        if tags:
            execution = f"{p['TaskArn']}/execution/exec-0123456789abcdef0"
            asking.ask("datasync:TagResource", execution, tags, "tags on create")
    elif operation in WITHOUT_RESOURCE:
        asking.ask(action)
    else:
        named = ("TaskExecutionArn", "TaskArn", "LocationArn", "ResourceArn")
        arn = next((p[name] for name in named if p.get(name)), "*")
        asking.ask(action, arn, tags)
        if operation == "DeleteTask":
            face = asking.arn("ec2", "network-interface/eni-0123456789abcdef0")
            asking.forward("ec2:DeleteNetworkInterface", face, f"of {operation}")
    asking.pass_role(p.get("FileSystemAccessRoleArn"), SERVICE)
    asking.pass_role(s3.get("BucketAccessRoleArn"), SERVICE)
    report = ((p.get("TaskReportConfig") or {}).get("Destination") or {}).get("S3") or {}
    asking.pass_role(report.get("BucketAccessRoleArn"), SERVICE, f"of {operation}, TaskReportConfig")
    manifest = ((p.get("ManifestConfig") or {}).get("Source") or {}).get("S3") or {}
    asking.pass_role(manifest.get("BucketAccessRoleArn"), SERVICE, f"of {operation}, ManifestConfig")


def create_location(asking):
    p, note = asking.parameters, f"of {asking.operation}"
    if asking.operation == "CreateLocationEfs":
        for action in ("elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeMountTargets"):
            asking.forward(action, p["EfsFilesystemArn"], note)
        asking.forward("ec2:DescribeSubnets", "*", note)
        asking.forward("ec2:DescribeSecurityGroups", "*", note)
        if p.get("AccessPointArn"):
            asking.forward("elasticfilesystem:DescribeAccessPoints", p["AccessPointArn"], note)
    elif asking.operation == "CreateLocationS3":
        asking.forward("s3:ListAllMyBuckets", "*", f"{note} (CloudFormation)")
        asking.forward("s3:GetBucketLocation", p["S3BucketArn"], f"{note} (S3 API reference, GetBucketLocation)")
        asking.forward("s3:ListBucket", p["S3BucketArn"], f"{note} (CloudFormation, Terraform issue 21974)")
        asking.forward("iam:GetRole", p["S3Config"]["BucketAccessRoleArn"], f"{note} (CloudFormation)")


def create_task(asking, action, tags):
    p, note = asking.parameters, f"of {asking.operation}"
    for location in (p["SourceLocationArn"], p["DestinationLocationArn"]):
        asking.ask(action, location, tags)
    asking.ask("datasync:TagResource", asking.arn("datasync", "task/*"), tags, "tags on create")
    described = ("DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeSubnets")
    for name in described:
        asking.forward(f"ec2:{name}", "*", note)
    asking.forward("logs:DescribeResourcePolicies", "*", note)
    for kind in ("network-interface/*", "subnet/subnet-0123456789abcdef0", "security-group/sg-0123456789abcdef0"):
        asking.forward("ec2:CreateNetworkInterface", asking.arn("ec2", kind), note)
    face = asking.arn("ec2", "network-interface/eni-0123456789abcdef0")
    asking.forward("ec2:CreateNetworkInterfacePermission", face, note)
    if p.get("CloudWatchLogGroupArn"):
        asking.forward("logs:DescribeLogGroups", asking.arn("logs", "log-group:*"), note)
    if p.get("TaskMode") == "ENHANCED":
        role = f"arn:aws:iam::{asking.call['account']}:{LINKED_ROLE}"
        service = {"iam:AWSServiceName": SERVICE}
        asking.forward("iam:CreateServiceLinkedRole", role, "first Enhanced task of the account", service)
