"""Roles in buckets of other accounts.

MiniStack 1.5.33 lets another account's request into a bucket if the bucket's policy allows it, but takes every caller for
the root user of its account, whom a policy that names a role does not mean. Here the session token of a request is the ARN of
the role that makes it: functions get it with their credentials, and `datasync-local` signs with it
(`crates/datasync-local/src/clients.rs`). A request without one is made by a person of the account.
"""

import contextvars
import dataclasses
import re

from ministack.core import iam_evaluator
from ministack.services import lambda_svc, s3

ROLE = re.compile(r"arn:[a-z-]+:iam::(\d{12}):role/.+")

# Of a request to S3; none outside of one.
_token = contextvars.ContextVar("token", default=None)


def install():
    lambda_svc.execution_credentials = naming_role(lambda_svc.execution_credentials)
    s3._apply_bucket_scope = remembering_token(s3._apply_bucket_scope)
    iam_evaluator.evaluate_resource_policy = asking_for_role(iam_evaluator.evaluate_resource_policy)


def naming_role(make_credentials):
    return lambda config: {**make_credentials(config), "AWS_SESSION_TOKEN": config.get("Role", "")}


def remembering_token(apply_scope):
    def apply_and_forget(method, bucket, key, headers, *rest):
        set_before = _token.set(headers.get("x-amz-security-token", ""))
        try:
            return apply_scope(method, bucket, key, headers, *rest)
        finally:
            _token.reset(set_before)

    return apply_and_forget


def asking_for_role(evaluate):
    def evaluate_for_role(policy, context, *rest, **options):
        token = _token.get()
        return evaluate(policy, context if token is None else as_caller(context, token), *rest, **options)

    return evaluate_for_role


def as_caller(context, token):
    """The context of the role that the token names; a role of another account than the credentials' is not believed."""
    # No client of the local cloud uses TLS, which the clients of AWS always do. MiniStack's `*` ends at a line feed, which a
    # key may have.
    resource = context.resource_arn.replace("\n", "_")
    context = dataclasses.replace(context, secure_transport=True, resource_arn=resource)
    role = ROLE.fullmatch(token)
    if not role or role[1] != context.principal_account:
        return context
    # The role's ARN is also `aws:PrincipalArn` of its sessions (IAM User Guide, "AWS global condition context keys").
    return dataclasses.replace(context, principal_arn=token, principal_type="AssumedRole")
