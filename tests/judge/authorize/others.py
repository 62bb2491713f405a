"""CloudWatch, CloudWatch Logs, EventBridge, Lambda, SNS and SQS (Service Authorization Reference of each)."""

from judge.authorize.asking import request_tags
from judge.world import listed

LAMBDA_ACTIONS = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}


def logs(asking):
    p, operation = asking.parameters, asking.operation
    group = asking.arn("logs", f"log-group:{p.get('logGroupName') or ''}")
    tags = request_tags(p.get("tags") or {})
    if operation == "DescribeLogGroups":
        asking.ask(f"logs:{operation}", asking.arn("logs", "log-group:*"))
    elif operation in ("DescribeResourcePolicies", "PutResourcePolicy", "DeleteResourcePolicy"):
        asking.ask(f"logs:{operation}")
    elif operation in ("TagResource", "ListTagsForResource", "UntagResource"):
        asking.ask(f"logs:{operation}", p["resourceArn"], tags)
    elif operation == "PutLogEvents":
        asking.ask(f"logs:{operation}", f"{group}:log-stream:{p['logStreamName']}")
    else:
        asking.ask(f"logs:{operation}", group, tags if operation == "CreateLogGroup" else None)
        if operation == "CreateLogGroup" and tags:
            asking.ask("logs:TagResource", group, tags, "tags on create")


def sns(asking):
    p, operation = asking.parameters, asking.operation
    topic = p.get("TopicArn") or p.get("ResourceArn") or (asking.arn("sns", p["Name"]) if p.get("Name") else "*")
    if p.get("SubscriptionArn"):
        topic = p["SubscriptionArn"].rsplit(":", 1)[0]
    tags = request_tags(asking.tags)
    asking.ask(f"sns:{operation}", topic, tags if operation in ("CreateTopic", "TagResource") else None)
    if operation == "CreateTopic" and tags:
        asking.ask("sns:TagResource", topic, tags, "tags on create")
    if operation == "Publish":
        asking.use_key(asking.world.keys.get(topic), "sns", ["GenerateDataKey", "Decrypt"], "encrypted topic")


def sqs(asking):
    p, operation = asking.parameters, asking.operation
    name = p.get("QueueName") or (p.get("QueueUrl") or "*").rsplit("/", 1)[-1]
    queue = asking.arn("sqs", name)
    # Batches are allowed by the action for one (SQS developer guide, "API permissions").
    asking.ask(f"sqs:{operation.removesuffix('Batch')}", queue)
    if operation == "CreateQueue" and p.get("tags"):
        asking.ask("sqs:TagQueue", queue, request_tags(p["tags"]), "tags on create")


def functions(asking):
    p, operation = asking.parameters, asking.operation
    name = p.get("FunctionName") or (p.get("Resource") or "*").rsplit(":", 1)[-1]
    arn = name if name.startswith("arn:") else asking.arn("lambda", f"function:{name}")
    arn = ":".join(arn.split(":")[:7])
    tags = request_tags(p.get("Tags") or {})
    if operation == "ListFunctions":
        asking.ask("lambda:ListFunctions")
        return
    tagging = operation in ("CreateFunction", "TagResource")
    asking.ask(f"lambda:{LAMBDA_ACTIONS.get(operation, operation)}", arn, tags if tagging else None)
    if operation == "CreateFunction" and tags:
        asking.ask("lambda:TagResource", arn, tags, "tags on create")
    if operation in ("CreateFunction", "UpdateFunctionConfiguration"):
        asking.pass_role(p.get("Role"), "lambda.amazonaws.com")


def events(asking):
    p, operation = asking.parameters, asking.operation
    name = p.get("Rule") or p.get("Name")
    rule = asking.arn("events", f"rule/{name}") if name else p.get("ResourceARN") or "*"
    if operation in ("ListRules", "ListRuleNamesByTarget"):
        rule = "*"
    if operation == "PutEvents":
        rule = asking.arn("events", "event-bus/default")
    tags = request_tags(asking.tags)
    asking.ask(f"events:{operation}", rule, tags if operation in ("PutRule", "TagResource") else None)
    if operation == "PutRule" and tags:
        asking.ask("events:TagResource", rule, tags, "tags on create")


def cloudwatch(asking):
    p, operation = asking.parameters, asking.operation
    action = f"cloudwatch:{operation}"
    if operation in ("PutMetricAlarm", "DeleteAlarms"):
        tags = request_tags(listed(p.get("Tags")))
        for name in [p["AlarmName"]] if p.get("AlarmName") else p.get("AlarmNames") or []:
            alarm = asking.arn("cloudwatch", f"alarm:{name}")
            asking.ask(action, alarm, tags)
            if tags:
                asking.ask("cloudwatch:TagResource", alarm, tags, "tags on create")
    elif "Dashboard" in operation and operation != "ListDashboards":
        for name in [p["DashboardName"]] if p.get("DashboardName") else p.get("DashboardNames") or []:
            asking.ask(action, f"arn:aws:cloudwatch::{asking.call['account']}:dashboard/{name}")
    elif p.get("ResourceARN"):
        asking.ask(action, p["ResourceARN"])
    elif operation == "DescribeAlarms":
        asking.ask(action, asking.arn("cloudwatch", "alarm:*"))
    else:
        asking.ask(action)
