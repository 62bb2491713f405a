"""What AWS's services ask on our behalf: of trust and resource policies, and by the roles that they are passed.

Each with the context keys that the service is documented to send; where those keys guard against a confused deputy,
once more for a resource of another account, which must be refused.
"""

import collections
import re

FUNCTIONS = ("bootstrap-stack", "start-execution", "on-execution-complete", "verify-versions")
DATASYNC = ("datasync-source", "datasync-destination", "datasync-report", "datasync-restore")
ROLES = (*FUNCTIONS, *DATASYNC, "flow-log", "instance")
# The roles of `[[sync]]` entries: `backup-read.home-eu-central-1`, `backup-write.<digest of a bucket>-eu-central-1`.
OF_SYNCS = {"read": "datasync-source", "write": "datasync-destination", "restore": "datasync-restore"}
ANOTHER_ACCOUNT = "999999999999"
# DataSync user guide, "Required permissions" of S3 locations.
OF_S3_LOCATION = ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads")
OF_S3_SOURCE = (
    "GetObject",
    "GetObjectTagging",
    "GetObjectVersion",
    "GetObjectVersionTagging",
    "ListMultipartUploadParts",
)
OF_S3_DESTINATION = ("AbortMultipartUpload", *OF_S3_SOURCE, "PutObject", "PutObjectTagging")
ALLOWED, IMPLICIT, EXPLICIT = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied"


def kind_of_role(arn):
    """`datasync-report` of `arn:aws:iam::1:role/alpha-datasync-report-eu-central-1`."""
    name = arn.rsplit("/", 1)[-1]
    of_sync = re.search(r"-(read|write|restore)\.[a-z0-9]", name)
    if of_sync:
        return OF_SYNCS[of_sync.group(1)]
    return next((kind for kind in ROLES if re.search(rf"-{kind}-[a-z]+(-[a-z]+)+-\d$", name)), name)


class Stack:
    """One stack, as recorded calls made it."""

    def __init__(self, world, account, name, region):
        self.world, self.account, self.name, self.region = world, account, name, region
        self.requests = []

    def arn(self, service, resource, account=None):
        return f"arn:aws:{service}:{self.region}:{account or self.account}:{resource}"

    def role(self, kind):
        return f"arn:aws:iam::{self.account}:role/{self.name}-{kind}-{self.region}"

    def roles(self, kind):
        """The role of a stack without entries, and those of entries."""
        yield self.role(kind)
        short = next((short for short, long in OF_SYNCS.items() if long == kind), None)
        ours = re.compile(rf"arn:aws:iam::{self.account}:role/{self.name}-{short}\.[a-z0-9-]+-{self.region}")
        if short:
            yield from sorted(arn for arn in self.world.trust if ours.fullmatch(arn))

    def add(self, principal, action, resource, wanted, note, context=None, policy=None, role=None):
        self.requests.append(
            {
                "principal": principal,
                "account": self.account,
                "region": self.region,
                "action": action,
                "resource": resource,
                "context": context or {},
                "policies": self.world.role_policies.get(role, {}) if role else {},
                "boundary": None,
                "resource_policy": policy,
                "wanted": wanted,
                "note": note,
                "owner": self.owner_of(resource),
                "operation": "",
            }
        )

    def owner_of(self, resource):
        return self.world.owner_of({"account": self.account}, resource)

    def by_service(self, service, action, resource, policy, source, note, account_too=True):
        """A service's call for a resource of ours, and for one of another account."""
        for account, wanted in ((self.account, ALLOWED), (ANOTHER_ACCOUNT, IMPLICIT)):
            context = {"aws:SourceArn": source(account)}
            if account_too:
                context["aws:SourceAccount"] = account
            self.add(service, action, resource, wanted, note, context, policy)


def stacks_of(world):
    """The stacks that recorded calls made, by their roles."""
    found = collections.defaultdict(set)
    for arn in world.trust:
        kind = kind_of_role(arn)
        name = re.fullmatch(rf"arn:aws:iam::(\d+):role/(.+)-{kind}-([a-z]+(?:-[a-z]+)+-\d)", arn)
        if name:
            found[name.groups()].add(kind)
    return [Stack(world, *stack) for stack in sorted(found)]


def add_service_requests(stack):
    """All that services ask of a stack."""
    for add in (assume_roles, invoke_functions, deliver, use_buckets, write_logs, mount, use_passed_roles):
        add(stack)


def assume_roles(stack):
    def assume(kind, service, source, note):
        for role in stack.roles(kind):
            trust = stack.world.trust.get(role)
            if trust:
                stack.by_service(service, "sts:AssumeRole", role, trust, source, note)

    for kind in FUNCTIONS:
        source = lambda account, kind=kind: stack.arn("lambda", f"function:{stack.name}-{kind}", account)
        assume(kind, "lambda.amazonaws.com", source, "execution role")
    for kind in DATASYNC:
        task = lambda account: stack.arn("datasync", "task/task-0123456789abcdef0", account)
        assume(kind, "datasync.amazonaws.com", task, "a task")
        # While the location is made there is no task (DataSync user guide, "Cross-service confused deputy").
        assume(kind, "datasync.amazonaws.com", lambda account: stack.arn("datasync", "*", account), "a location")
    flow_log = lambda account: stack.arn("ec2", "vpc-flow-log/fl-0123456789abcdef0", account)
    assume("flow-log", "vpc-flow-logs.amazonaws.com", flow_log, "flow log")
    trust = stack.world.trust.get(stack.role("instance"))
    if trust:
        # EC2 sends neither key.
        stack.add("ec2.amazonaws.com", "sts:AssumeRole", stack.role("instance"), ALLOWED, "instance", None, trust)


def invoke_functions(stack):
    for kind in FUNCTIONS:
        function = stack.arn("lambda", f"function:{stack.name}-{kind}")
        statements = [permission(function, one) for one in permissions(stack.world, function).values()]
        for one in permissions(stack.world, function).values():
            policy = {"Version": "2012-10-17", "Statement": statements}
            # One statement allows the rules of all syncs but `default`: `rule/backup-schedule.*`.
            rule = one["SourceArn"].replace(".*", ".home")
            source = lambda account, rule=rule: rule.replace(stack.account, account)
            stack.by_service(one["Principal"], one["Action"], function, policy, source, one["StatementId"])


def permissions(world, function):
    return {name: one for name, one in world.function_permissions.get(function, {}).items() if one.get("SourceArn")}


def permission(function, one):
    """The statement that AddPermission makes of its parameters."""
    account = {"StringEquals": {"aws:SourceAccount": one["SourceAccount"]}} if one.get("SourceAccount") else {}
    return {
        "Sid": one["StatementId"],
        "Effect": "Allow",
        "Principal": {"Service": one["Principal"]},
        "Action": one["Action"],
        "Resource": function,
        "Condition": {"ArnLike": {"aws:SourceArn": one["SourceArn"]}, **account},
    }


def deliver(stack):
    queue, topic = stack.arn("sqs", f"{stack.name}-dead-letters"), stack.arn("sns", f"{stack.name}-alerts")
    if queue in stack.world.queue_policies:
        rule = lambda account: stack.arn("events", f"rule/{stack.name}-schedule", account)
        policy = stack.world.queue_policies[queue]
        stack.by_service("events.amazonaws.com", "sqs:SendMessage", queue, policy, rule, "dead letter", False)
        require_tls(stack, "sqs:SendMessage", queue, policy)
    if topic in stack.world.topic_policies:
        alarm = lambda account: stack.arn("cloudwatch", f"alarm:{stack.name}-not-fresh", account)
        policy = stack.world.topic_policies[topic]
        stack.by_service("cloudwatch.amazonaws.com", "sns:Publish", topic, policy, alarm, "alarm")
        require_tls(stack, "sns:Publish", topic, policy)


def require_tls(stack, action, resource, policy):
    """Somebody of the account who may do everything, with and without TLS."""
    user = f"arn:aws:iam::{stack.account}:user/person"
    for secure, wanted in (("true", ALLOWED), ("false", EXPLICIT)):
        context = {"aws:SecureTransport": secure}
        stack.add(user, action, resource, wanted, f"TLS {secure}", context, policy)
        stack.requests[-1]["policies"] = {"all": allow_all()}


def use_buckets(stack):
    for sort in ("records", "data"):
        bucket = f"{stack.name}-{sort}-{stack.account}-{stack.region}"
        policy = stack.world.bucket_policies.get(bucket)
        if policy:
            require_tls(stack, "s3:GetObject", f"arn:aws:s3:::{bucket}/any", policy)


def allow_all():
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def write_logs(stack):
    stream = stack.arn("logs", f"log-group:/efs-s3/{stack.name}/datasync:log-stream:task-1-exec-2")
    group = stack.arn("logs", f"log-group:/efs-s3/{stack.name}/datasync:*")
    named = (f"{stack.name}-datasync", group, group.removesuffix(":*"))
    policies = [stack.world.log_policies.get(f"{stack.account}/{name}") for name in named]
    for policy in [one for one in policies if one][:1]:
        task = lambda account: stack.arn("datasync", "task/task-0123456789abcdef0", account)
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            note = "task log in Basic mode"
            stack.by_service("datasync.amazonaws.com", action, stream, policy, task, note)


def mount(stack):
    """Mounts by DataSync and by the instance; nobody mounts without IAM or without TLS."""
    # The latest: one that a stack gave up may have kept its policy.
    for arn, policy in reversed(stack.world.file_system_policies.items()):
        if f":{stack.account}:" not in arn or stack.world.tags[arn].get("efs-s3:stack") != stack.name:
            continue
        kinds = ("datasync-source", "instance", "datasync-restore")
        for kind, role in [(kind, role) for kind in kinds for role in stack.roles(kind)]:
            if not stack.world.role_policies.get(role) or not mounts(stack.world, role, arn):
                continue
            actions = ["ClientMount", "ClientRootAccess"] + ([] if kind == "datasync-source" else ["ClientWrite"])
            for secure, wanted in (("true", ALLOWED), ("false", EXPLICIT)):
                for action in actions:
                    context = {"aws:SecureTransport": secure, "elasticfilesystem:AccessedViaMountTarget": "true"}
                    note = f"{kind} mounts, TLS {secure}"
                    stack.add(role, f"elasticfilesystem:{action}", arn, wanted, note, context, policy, role)
        context = {"aws:SecureTransport": "true", "elasticfilesystem:AccessedViaMountTarget": "true"}
        note = "a client without IAM"
        stack.add("anonymous", "elasticfilesystem:ClientMount", arn, IMPLICIT, note, context, policy)
        return


def mounts(world, role, file_system):
    """Whether a role's policies name this file system: a sync may have one of its own."""
    return file_system in str(world.role_policies[role])


def data_buckets(stack, role):
    """The bucket and the prefix of each location that was made with this role; else the stack's own.

    Not of a bucket that is gone: its owner may delete it while the stack stays.
    """
    own = (f"{stack.name}-data-{stack.account}-{stack.region}", "")
    made = stack.world.locations.get(role, {})
    # The last one stands for those after it: a call like an earlier one is not recorded again.
    used = {place for arn, place in made.items() if arn not in stack.world.deleted_locations}
    used = used or {*list(made.values())[-1:]}
    there = sorted(place for place in used if place[0] in stack.world.bucket_owners)
    for bucket, prefix in there if made else [own]:
        yield f"arn:aws:s3:::{bucket}", f"{prefix}/" if prefix else ""


def use_data_buckets(stack):
    """What DataSync asks of the bucket of each location."""
    for kind, actions in (("datasync-destination", OF_S3_DESTINATION), ("datasync-restore", OF_S3_SOURCE)):
        for role, (data, prefix) in [(role, used) for role in stack.roles(kind) for used in data_buckets(stack, role)]:
            for action in OF_S3_LOCATION:
                yield role, f"s3:{action}", data
            for action in actions:
                yield role, f"s3:{action}", f"{data}/{prefix}a/file"
            if kind == "datasync-destination":
                # Its own working files, whatever the task's options are.
                yield role, "s3:DeleteObject", f"{data}/{prefix}.aws-datasync/a"


def use_passed_roles(stack):
    """Calls with the roles that services were passed, where no recorded call stands for them."""
    log = stack.arn("logs", f"log-group:/efs-s3/{stack.name}/vpc-flow-log")
    records = f"arn:aws:s3:::{stack.name}-records-{stack.account}-{stack.region}"
    # DataSync user guide, "Creating an IAM role for DataSync to access an Amazon S3 location" and "Task reports";
    # VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs"; Lambda developer guide, "Lambda
    # execution role" and "Retaining records of asynchronous invocations".
    asked = [
        ("datasync-report", "s3:PutObject", f"{records}/reports/report.json"),
        # User guide, "Providing DataSync access to your manifest".
        *[
            (kind, f"s3:{action}", f"{records}/manifests/manifest.csv")
            for kind in ("datasync-report", "datasync-restore")
            for action in ("GetObject", "GetObjectVersion")
        ],
        *[("flow-log", f"logs:{action}", f"{log}:*") for action in ("CreateLogStream", "DescribeLogStreams")],
        ("flow-log", "logs:DescribeLogGroups", stack.arn("logs", "log-group:*")),
        ("flow-log", "logs:PutLogEvents", f"{log}:log-stream:eni-0123456789abcdef0-all"),
        *[
            (kind, "sqs:SendMessage", stack.arn("sqs", f"{stack.name}-dead-letters"))
            for kind in FUNCTIONS
        ],
    ]
    asked = [(role, action, resource) for kind, action, resource in asked for role in stack.roles(kind)]
    for role, action, resource in [*asked, *use_data_buckets(stack)]:
        if stack.world.role_policies.get(role):
            policy = None
            if stack.owner_of(resource) != stack.account:
                policy = stack.world.policy_across_accounts(resource)
            stack.add(role, action, resource, ALLOWED, "by the service", None, policy, role)
    for kind in FUNCTIONS:
        role, group = stack.role(kind), stack.arn("logs", f"log-group:/aws/lambda/{stack.name}-{kind}")
        if stack.world.role_policies.get(role):
            stream = f"{group}:log-stream:2026/01/01/[$LATEST]0"
            stack.add(role, "logs:CreateLogStream", f"{group}:*", ALLOWED, "the function's log", None, None, role)
            stack.add(role, "logs:PutLogEvents", stream, ALLOWED, "the function's log", None, None, role)
