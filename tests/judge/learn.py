"""What a call that succeeded made known.

Policies that a test puts in place by itself are not learnt: it plays somebody else there, and what is judged is
ours. Only across accounts the owner of a bucket is somebody else, and decides too.
"""

from judge.world import EC2_ID, EC2_TYPES, document, listed, walk


def learn(world, call, answer):
    """Takes in one call that succeeded, with what it answered."""
    by_service = {
        "ec2": learn_ec2,
        "efs": learn_efs,
        "datasync": learn_datasync,
        "iam": learn_iam,
        "s3": learn_s3,
        "sns": learn_sns,
        "sqs": learn_sqs,
        "lambda": learn_lambda,
        "logs": learn_logs,
        "kms": learn_kms,
    }
    if call["service"] in by_service:
        by_service[call["service"]](world, call, call["operation"], call["parameters"], answer)


def by_others(call):
    return call["principal"] == "test"


def keep(policies, arn, call, text):
    """The policy of a resource, or that there is none any more."""
    if text and not by_others(call):
        policies[arn] = document(text)
    elif not text:
        policies.pop(arn, None)


def learn_ec2(world, call, operation, p, answer):
    specifications = {one["ResourceType"]: listed(one["Tags"]) for one in p.get("TagSpecifications") or []}
    made = [one for one in walk(answer) if isinstance(one, str) and EC2_ID.fullmatch(one)]
    if operation.startswith(("Create", "Run", "Allocate")):
        for identifier in made:
            tags = specifications.get(EC2_TYPES[identifier.rsplit("-", 1)[0]])
            if tags:
                world.tags[world.ec2_arn(call, identifier)].update(tags)
    if operation == "CreateTags":
        for identifier in p["Resources"]:
            world.tags[world.ec2_arn(call, identifier)].update(listed(p["Tags"]))
    if operation == "DeleteTags":
        for identifier in p["Resources"]:
            tags = world.tags[world.ec2_arn(call, identifier)]
            for key in listed(p.get("Tags")) or list(tags):
                tags.pop(key, None)
    if operation == "AssociateRouteTable":
        world.within[answer.get("AssociationId")] = [p["RouteTableId"], p.get("SubnetId")]
    if operation == "ReplaceRouteTableAssociation":
        subnet = (world.within.get(p["AssociationId"]) or [None, None])[1]
        world.within[answer.get("NewAssociationId")] = [p["RouteTableId"], subnet]
    if operation == "DescribeRouteTables":
        for table in answer.get("RouteTables") or []:
            for one in table.get("Associations") or []:
                ids = [table["RouteTableId"], one.get("SubnetId")]
                world.within[one.get("RouteTableAssociationId")] = ids


def learn_efs(world, call, operation, p, answer):
    if operation in ("CreateFileSystem", "CreateAccessPoint"):
        arn = answer.get("FileSystemArn" if operation == "CreateFileSystem" else "AccessPointArn")
        world.tags[arn].update(listed(p.get("Tags")))
        if p.get("KmsKeyId"):
            world.keys[arn] = p["KmsKeyId"]
    elif operation == "CreateMountTarget":
        world.within[answer.get("MountTargetId")] = p["FileSystemId"]
    elif operation == "DescribeMountTargets":
        for one in answer.get("MountTargets") or []:
            world.within[one["MountTargetId"]] = one["FileSystemId"]
    elif operation in ("TagResource", "UntagResource"):
        kind = "access-point" if p["ResourceId"].startswith("fsap-") else "file-system"
        tags = world.tags[world.arn(call, "elasticfilesystem", f"{kind}/{p['ResourceId']}")]
        tags.update(listed(p.get("Tags")))
        for key in p.get("TagKeys") or []:
            tags.pop(key, None)
    elif operation in ("PutFileSystemPolicy", "DeleteFileSystemPolicy", "DeleteFileSystem"):
        arn = world.arn(call, "elasticfilesystem", f"file-system/{p['FileSystemId']}")
        keep(world.file_system_policies, arn, call, p.get("Policy"))


def learn_datasync(world, call, operation, p, answer):
    for key in ("LocationArn", "TaskArn", "TaskExecutionArn"):
        if answer.get(key) and operation.startswith(("Create", "Start")):
            world.tags[answer[key]].update(listed(p.get("Tags")))
    if operation == "TagResource":
        world.tags[p["ResourceArn"]].update(listed(p["Tags"]))
    elif operation == "UntagResource":
        for key in p["Keys"]:
            world.tags[p["ResourceArn"]].pop(key, None)
    if operation == "CreateLocationS3":
        made = world.locations[p["S3Config"]["BucketAccessRoleArn"]]
        made[answer["LocationArn"]] = (bucket_of(p["S3BucketArn"]), p.get("Subdirectory", "").strip("/"))
    elif operation == "DeleteLocation":
        world.deleted_locations.add(p["LocationArn"])
    report = ((p.get("TaskReportConfig") or {}).get("Destination") or {}).get("S3")
    if report:
        world.report_buckets.add(bucket_of(report["S3BucketArn"]))


def bucket_of(arn):
    return arn.split(":::")[-1].split("/")[0]


def learn_iam(world, call, operation, p, answer):
    role = world.role_arn(call, p.get("RoleName"))
    if operation == "CreatePolicy":
        world.managed_policies[answer["Policy"]["Arn"]] = document(p["PolicyDocument"])
    world.policy_version += 1
    # A boundary limits what may be done with its role, whoever put it there.
    if operation in ("CreateRole", "PutRolePermissionsBoundary") and p.get("PermissionsBoundary"):
        world.boundaries[role] = p["PermissionsBoundary"]
    elif operation in ("CreateRole", "DeleteRolePermissionsBoundary"):
        world.boundaries.pop(role, None)
    if by_others(call):
        return
    if operation == "CreateRole":
        world.trust[role] = document(p["AssumeRolePolicyDocument"])
        world.tags[role] = listed(p.get("Tags"))
        world.role_policies[role] = {}
    elif operation == "PutRolePolicy":
        world.put_role_policy(role, p["PolicyName"], document(p["PolicyDocument"]))
    elif operation == "DeleteRolePolicy":
        world.role_policies[role].pop(p["PolicyName"], None)
    elif operation == "UpdateAssumeRolePolicy":
        world.trust[role] = document(p["PolicyDocument"])
    elif operation == "DeleteRole":
        for known in (world.trust, world.role_policies, world.boundaries, world.tags):
            known.pop(role, None)
    elif operation == "AddRoleToInstanceProfile":
        world.within[f"{call['account']}/{p['InstanceProfileName']}"] = [role]


def learn_s3(world, call, operation, p, answer):
    if operation == "CreateBucket":
        world.bucket_owners[p["Bucket"]] = call["account"]
    elif operation == "DeleteBucket":
        world.bucket_owners.pop(p["Bucket"], None)
    if operation == "PutBucketPolicy":
        world.owner_policies[p["Bucket"]] = document(p["Policy"])
    elif operation in ("DeleteBucketPolicy", "DeleteBucket"):
        world.owner_policies.pop(p["Bucket"], None)
    if operation == "PutBucketPolicy" and not by_others(call):
        world.bucket_policies[p["Bucket"]] = document(p["Policy"])
    elif operation in ("DeleteBucketPolicy", "DeleteBucket"):
        world.bucket_policies.pop(p["Bucket"], None)
    elif operation == "PutBucketEncryption":
        rules = p["ServerSideEncryptionConfiguration"]["Rules"]
        key = rules[0].get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
        world.keys[p["Bucket"]] = key


def learn_kms(world, call, operation, p, answer):
    if operation == "CreateKey" and p.get("Policy"):
        world.owner_policies[answer["KeyMetadata"]["Arn"]] = document(p["Policy"])
    elif operation == "PutKeyPolicy":
        world.owner_policies[p["KeyId"]] = document(p["Policy"])


def learn_sns(world, call, operation, p, answer):
    attributes = dict(p.get("Attributes") or {})
    if operation == "SetTopicAttributes":
        attributes = {p["AttributeName"]: p.get("AttributeValue")}
    arn = answer.get("TopicArn") or p.get("TopicArn")
    if operation == "DeleteTopic":
        world.topic_policies.pop(arn, None)
    if attributes.get("Policy") and not by_others(call):
        world.topic_policies[arn] = document(attributes["Policy"])
    if "KmsMasterKeyId" in attributes:
        world.keys[arn] = attributes["KmsMasterKeyId"]


def learn_sqs(world, call, operation, p, answer):
    policy = (p.get("Attributes") or {}).get("Policy")
    if operation == "DeleteQueue" or (operation in ("CreateQueue", "SetQueueAttributes") and policy):
        name = p.get("QueueName") or p["QueueUrl"].rsplit("/", 1)[-1]
        keep(world.queue_policies, world.arn(call, "sqs", name), call, policy)


def learn_lambda(world, call, operation, p, answer):
    name = p.get("FunctionName")
    if not name:
        return
    arn = name if name.startswith("arn:") else world.arn(call, "lambda", f"function:{name}")
    if operation == "DeleteFunction":
        world.function_permissions.pop(arn, None)
    elif operation == "AddPermission" and not by_others(call):
        world.function_permissions[arn][p["StatementId"]] = p
    elif operation == "RemovePermission" and not by_others(call):
        world.function_permissions[arn].pop(p["StatementId"], None)


def learn_logs(world, call, operation, p, answer):
    if operation in ("PutResourcePolicy", "DeleteResourcePolicy"):
        name = p.get("policyName") or p.get("resourceArn")
        keep(world.log_policies, f"{call['account']}/{name}", call, p.get("policyDocument"))
