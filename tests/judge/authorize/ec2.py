"""Amazon EC2 (Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2")."""

from judge.authorize.asking import request_tags
from judge.world import EC2_ID, listed, walk

# What is made, and the parameters that name what it is made in.
MAKES = {
    "AllocateAddress": ("elastic-ip", []),
    "CreateVpc": ("vpc", []),
    "CreateInternetGateway": ("internet-gateway", []),
    "CreateSubnet": ("subnet", ["VpcId"]),
    "CreateRouteTable": ("route-table", ["VpcId"]),
    "CreateSecurityGroup": ("security-group", ["VpcId"]),
    "CreateNatGateway": ("natgateway", ["SubnetId", "AllocationId"]),
    "CreateVpcEndpoint": ("vpc-endpoint", ["VpcId", "RouteTableIds", "SubnetIds", "SecurityGroupIds"]),
    "CreateFlowLogs": ("vpc-flow-log", ["ResourceIds"]),
}
# What is changed, where not every id of the request is asked for.
ON = {
    "AttachInternetGateway": ["InternetGatewayId", "VpcId"],
    "DetachInternetGateway": ["InternetGatewayId", "VpcId"],
    "AssociateRouteTable": ["RouteTableId", "SubnetId"],
    "ModifyInstanceAttribute": ["InstanceId", "Groups"],
    "AssociateIamInstanceProfile": ["InstanceId"],
}
# Ids in these parameters are no resources of the request.
NOT_ASKED = ("IpPermissions", "SecurityGroupRuleIds", "TagSpecifications")
OF_ROUTES = ("GatewayId", "NatGatewayId")
# Canonical, who publishes Ubuntu's images, and Amazon, who publishes those of Amazon Linux.
UBUNTU = {"ec2:Owner": "099720109477", "ec2:Public": "true"}
AMAZON_LINUX = {"ec2:Owner": "137112412989", "ec2:Public": "true"}
HOSTED_ZONE = "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"
ANY_IMAGE = "ami-0123456789abcdef0"


def requests(asking):
    p, operation, world = asking.parameters, asking.operation, asking.world
    specifications = {one["ResourceType"]: listed(one["Tags"]) for one in p.get("TagSpecifications") or []}
    if operation.startswith(("Describe", "Get")):
        asking.ask(f"ec2:{operation}")
    elif operation in MAKES:
        kind, places = MAKES[operation]
        make(asking, kind, specifications)
        on(asking, *ids_of(p, places))
        if p.get("PrivateDnsEnabled"):
            # A dependent action of CreateVpcEndpoint, on a hosted zone of EC2's own.
            asking.ask("route53:AssociateVPCWithHostedZone", HOSTED_ZONE, note="private DNS of an endpoint")
        if operation == "CreateFlowLogs":
            asking.pass_role(p.get("DeliverLogsPermissionArn"), "vpc-flow-logs.amazonaws.com")
    elif operation == "RunInstances":
        run_instances(asking, specifications)
    elif operation in ("DisassociateRouteTable", "ReplaceRouteTableAssociation"):
        within = [one for one in world.within.get(p["AssociationId"], []) if one]
        on(asking, *sorted({*within, *ids_of(p, ["RouteTableId"])}))
    elif operation in ("CreateTags", "DeleteTags"):
        for identifier in p["Resources"]:
            arn = world.ec2_arn(asking.call, identifier)
            asking.ask(f"ec2:{operation}", arn, request_tags(listed(p.get("Tags"))))
    elif operation == "ModifySecurityGroupRules":
        on(asking, p["GroupId"], *[one["SecurityGroupRuleId"] for one in p["SecurityGroupRules"]])
    elif operation in ON:
        on(asking, *ids_of(p, ON[operation]))
    elif operation != "ReplaceIamInstanceProfileAssociation":
        on_every_id(asking)
    if operation in ("AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation"):
        pass_profile(asking)
    for kind, tags in specifications.items():
        keys = {**request_tags(tags), "ec2:CreateAction": operation}
        asking.ask("ec2:CreateTags", asking.arn("ec2", f"{kind}/*"), keys, "tags on create")


def make(asking, kind, specifications):
    tags = specifications.get(kind, {})
    note = "made" if tags else "made, without tags"
    asking.ask(f"ec2:{asking.operation}", asking.arn("ec2", f"{kind}/*"), request_tags(tags), note)


def on(asking, *identifiers):
    for identifier in identifiers:
        asking.ask(f"ec2:{asking.operation}", asking.world.ec2_arn(asking.call, identifier))


def ids_of(p, places):
    values = [p.get(place) for place in places]
    return [one for value in values if value for one in (value if isinstance(value, list) else [value])]


def on_every_id(asking):
    p, operation = asking.parameters, asking.operation
    left_out = NOT_ASKED + (OF_ROUTES if "Route" in operation else ())
    asked = {name: value for name, value in p.items() if name not in left_out}
    ids = [one for one in walk(asked) if isinstance(one, str) and EC2_ID.fullmatch(one)]
    on(asking, *ids)
    if not ids:
        asking.ask(f"ec2:{operation}", note="without a resource")


def run_instances(asking, specifications):
    p = asking.parameters
    image = p["ImageId"] if p["ImageId"].startswith("ami-") else ANY_IMAGE
    arn = f"arn:aws:ec2:{asking.call['region']}::image/{image}"
    owner = AMAZON_LINUX if "/ami-amazon-linux-latest/" in p["ImageId"] else UBUNTU
    asking.ask("ec2:RunInstances", arn, owner, "the image")
    for kind in ("instance", "volume", "network-interface"):
        make(asking, kind, specifications)
    faces = p.get("NetworkInterfaces") or []
    within = [one.get("SubnetId") for one in faces] + [group for one in faces for group in one.get("Groups") or []]
    on(asking, *[one for one in [*ids_of(p, ["SubnetId", "SecurityGroupIds"]), *within] if one])
    if p.get("KeyName"):
        asking.ask("ec2:RunInstances", asking.arn("ec2", f"key-pair/{p['KeyName']}"), note="the key pair")
    if p["ImageId"].startswith("resolve:ssm:"):
        parameter = f"arn:aws:ssm:{asking.call['region']}::parameter{p['ImageId'].split(':')[2]}"
        asking.ask("ssm:GetParameters", parameter, note="resolve:ssm")
    pass_profile(asking)


def pass_profile(asking):
    profile = asking.parameters.get("IamInstanceProfile") or {}
    name = profile.get("Name") or profile.get("Arn", "").rsplit("/", 1)[-1]
    for role in asking.world.within.get(f"{asking.call['account']}/{name}", []):
        asking.pass_role(role, "ec2.amazonaws.com")
    if asking.parameters.get("AssociationId"):
        # Unknown, where its instance bears no tag.
        instances = asking.world.within.get(asking.parameters["AssociationId"], ["i-*"])
        on(asking, *instances)
