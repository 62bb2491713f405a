use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::authorize_security_group_egress::AuthorizeSecurityGroupEgressOutput;
use aws_sdk_ec2::operation::authorize_security_group_ingress::AuthorizeSecurityGroupIngressOutput;
use aws_sdk_ec2::operation::create_security_group::CreateSecurityGroupOutput;
use aws_sdk_ec2::operation::delete_security_group::DeleteSecurityGroupOutput;
use aws_sdk_ec2::operation::describe_security_group_rules::DescribeSecurityGroupRulesOutput;
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::modify_security_group_rules::ModifySecurityGroupRulesOutput;
use aws_sdk_ec2::operation::revoke_security_group_egress::RevokeSecurityGroupEgressOutput;
use aws_sdk_ec2::types::{
    IpPermission, IpRange, SecurityGroupRule as DescribedRule, UserIdGroupPair,
};
use aws_smithy_mocks::{Rule, mock};

use super::*;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};

fn new_rule(port: i32, peer: &str, description: &str) -> SecurityGroupRule {
    SecurityGroupRule {
        protocol: "tcp".into(),
        from_port: port,
        to_port: port,
        peer: peer.into(),
        description: description.into(),
    }
}

fn desired_security_group() -> SecurityGroup {
    SecurityGroup {
        name: "backup-mount-targets".into(),
        description: "Mount targets of the file system".into(),
        vpc_id: "vpc-1".into(),
        ingress: vec![
            new_rule(2049, "sg-9", "NFS from DataSync"),
            new_rule(2049, "sg-8", "NFS from the instance"),
        ],
        egress: Vec::new(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("mount-target-security-group")
}

fn sdk_security_group(vpc_id: &str, resource: &str) -> Described {
    let peer =
        |id: &str, text: &str| UserIdGroupPair::builder().group_id(id).description(text).build();
    let permission = IpPermission::builder().ip_protocol("tcp").from_port(2049).to_port(2049);
    let permission = permission.user_id_group_pairs(peer("sg-8", "NFS from the instance"));
    let permission = permission.user_id_group_pairs(peer("sg-9", "NFS from DataSync")).build();
    let group = Described::builder()
        .group_id(format!("sg-of-{vpc_id}"))
        .vpc_id(vpc_id)
        .group_name("backup-mount-targets");
    let group =
        group.description("Mount targets of the file system").set_tags(managed_tags(resource));
    group.ip_permissions(permission).build()
}

fn by_filter(filter: &'static str, groups: fn() -> Vec<Described>) -> Rule {
    mock!(Client::describe_security_groups)
        .match_requests(move |request| request.filters().iter().any(|f| f.name() == Some(filter)))
        .then_output(move || {
            DescribeSecurityGroupsOutput::builder().set_security_groups(Some(groups())).build()
        })
}

fn tagged_groups(groups: fn() -> Vec<Described>) -> Rule {
    by_filter("tag:efs-s3:stack", groups)
}

fn named_groups(groups: fn() -> Vec<Described>) -> Rule {
    by_filter("group-name", groups)
}

fn managed_groups() -> Vec<Described> {
    vec![
        sdk_security_group("vpc-0", "mount-target-security-group"),
        sdk_security_group("vpc-1", "mount-target-security-group"),
    ]
}

fn everything_out() -> DescribedRule {
    let all = DescribedRule::builder()
        .security_group_rule_id("sgr-all")
        .is_egress(true)
        .ip_protocol("-1");
    all.from_port(-1).to_port(-1).cidr_ipv4("0.0.0.0/0").build()
}

fn nfs_from(group: &str, text: &str) -> DescribedRule {
    let info = aws_sdk_ec2::types::ReferencedSecurityGroup::builder().group_id(group).build();
    let nfs =
        DescribedRule::builder().security_group_rule_id(format!("sgr-{group}")).is_egress(false);
    let nfs = nfs.ip_protocol("tcp").from_port(2049).to_port(2049).referenced_group_info(info);
    nfs.description(text).build()
}

fn mock_rules(rules: fn() -> Vec<DescribedRule>) -> Rule {
    mock!(Client::describe_security_group_rules).then_output(move || {
        DescribeSecurityGroupRulesOutput::builder().set_security_group_rules(Some(rules())).build()
    })
}

fn mock_authorise() -> Rule {
    mock!(Client::authorize_security_group_ingress)
        .then_output(|| AuthorizeSecurityGroupIngressOutput::builder().build())
}

fn revoke_out(id: &'static str) -> Rule {
    mock!(Client::revoke_security_group_egress)
        .match_requests(move |request| request.security_group_rule_ids() == [id])
        .then_output(|| RevokeSecurityGroupEgressOutput::builder().build())
}

fn refuses_create(code: &'static str) -> Rule {
    mock!(Client::create_security_group).then_http_response(move || ec2_refusal(code))
}

async fn read_live(ec2: Client) -> Option<LiveResource> {
    desired_security_group().read(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap()
}

async fn live_security_group() -> LiveResource {
    read_live(client!(aws_sdk_ec2, &tagged_groups(managed_groups))).await.unwrap()
}

#[tokio::test]
async fn ours_in_our_vpc_is_read_as_it_is_desired_whatever_the_order_of_its_rules() {
    let found = live_security_group().await;
    assert_eq!((found.state.clone(), found.managed), (json!(desired_security_group()), true));
    assert_eq!(found.attribute("id"), "sg-of-vpc-1");
    assert_eq!(
        found.attribute("arn"),
        "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-of-vpc-1"
    );
}

#[tokio::test]
async fn somebody_elses_by_the_same_name_is_seen_and_without_a_vpc_not_looked_for() {
    let untagged = tagged_groups(Vec::new);
    let foreign = named_groups(|| vec![sdk_security_group("vpc-1", "another")]);
    assert!(!read_live(client!(aws_sdk_ec2, &untagged, &foreign)).await.unwrap().managed);
    assert_eq!(read_live(client!(aws_sdk_ec2, &untagged, &named_groups(Vec::new))).await, None);
    let placeless = SecurityGroup { vpc_id: "${vpc.id}".into(), ..desired_security_group() };
    let aws = Aws { ec2: client!(aws_sdk_ec2, &untagged), ..mocked::aws() };
    assert_eq!(placeless.read(&aws, &resource_id()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_new_group_gets_its_rules_and_loses_the_one_it_was_born_with() {
    let create = mock!(Client::create_security_group)
        .match_requests(|request| {
            let tags = request
                .tag_specifications()
                .first()
                .map(|specification| specification.tags().to_vec());
            request.vpc_id() == Some("vpc-1") && tags == managed_tags("mount-target-security-group")
        })
        .then_output(|| CreateSecurityGroupOutput::builder().group_id("sg-1").build());
    let rules = mock!(Client::describe_security_group_rules)
        .sequence()
        .output(|| DescribeSecurityGroupRulesOutput::builder().build())
        .output(|| {
            DescribeSecurityGroupRulesOutput::builder()
                .security_group_rules(everything_out())
                .build()
        })
        .repeatedly()
        .build();
    let (authorise, revoke) = (mock_authorise(), revoke_out("sgr-all"));
    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &create, &rules, &authorise, &revoke), ..mocked::aws() };
    desired_security_group().create(&aws, &resource_id()).await.unwrap();
    assert_eq!((create.num_calls(), authorise.num_calls(), revoke.num_calls()), (1, 1, 1));
}

#[tokio::test]
async fn one_that_exists_is_completed_only_when_it_is_ours() {
    let exists = refuses_create("InvalidGroup.Duplicate");
    let rules = mock_rules(|| {
        vec![nfs_from("sg-9", "NFS from DataSync"), nfs_from("sg-8", "NFS from the instance")]
    });
    let aws = Aws {
        ec2: client!(aws_sdk_ec2, &exists, &tagged_groups(managed_groups), &rules),
        ..mocked::aws()
    };
    desired_security_group().create(&aws, &resource_id()).await.unwrap();

    let foreign = named_groups(|| vec![sdk_security_group("vpc-1", "another")]);
    let aws = Aws {
        ec2: client!(aws_sdk_ec2, &exists, &tagged_groups(Vec::new), &foreign),
        ..mocked::aws()
    };
    let error = desired_security_group().create(&aws, &resource_id()).await.unwrap_err();
    assert_eq!(error.to_string(), "creating security group `backup-mount-targets`");
}

#[tokio::test]
async fn rules_are_changed_in_place() {
    let rules = mock_rules(|| vec![nfs_from("sg-9", "another text"), everything_out()]);
    let authorise = mock!(Client::authorize_security_group_ingress)
        .match_requests(|request| {
            let peers = request.ip_permissions().iter().flat_map(IpPermission::user_id_group_pairs);
            request.group_id() == Some("sg-of-vpc-1")
                && peers.filter_map(UserIdGroupPair::group_id).eq(["sg-8"])
        })
        .then_output(|| AuthorizeSecurityGroupIngressOutput::builder().build());
    let modify = mock!(Client::modify_security_group_rules)
        .match_requests(|request| {
            let [update] = request.security_group_rules() else { return false };
            let rule = update.security_group_rule().unwrap();
            update.security_group_rule_id() == Some("sgr-sg-9")
                && (rule.description(), rule.referenced_group_id())
                    == (Some("NFS from DataSync"), Some("sg-9"))
        })
        .then_output(|| ModifySecurityGroupRulesOutput::builder().build());
    let revoke = revoke_out("sgr-all");
    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &rules, &authorise, &modify, &revoke), ..mocked::aws() };
    desired_security_group()
        .update(
            &aws,
            &resource_id(),
            &live_security_group().await,
            &["ingress".into(), "egress".into()],
        )
        .await
        .unwrap();
    assert_eq!((authorise.num_calls(), modify.num_calls(), revoke.num_calls()), (1, 1, 1));
}

#[tokio::test]
async fn what_may_go_out_is_changed_in_place() {
    let rules = mock_rules(Vec::new);
    let authorise = mock!(Client::authorize_security_group_egress)
        .match_requests(|request| {
            let ranges = request.ip_permissions().iter().flat_map(IpPermission::ip_ranges);
            ranges.filter_map(IpRange::cidr_ip).eq(["10.0.0.0/16"])
        })
        .then_output(|| AuthorizeSecurityGroupEgressOutput::builder().build());
    let aws = Aws { ec2: client!(aws_sdk_ec2, &rules, &authorise), ..mocked::aws() };
    let datasync = SecurityGroup {
        ingress: Vec::new(),
        egress: vec![new_rule(2049, "10.0.0.0/16", "NFS")],
        ..desired_security_group()
    };
    datasync
        .update(&aws, &resource_id(), &live_security_group().await, &["egress".into()])
        .await
        .unwrap();
    assert_eq!(authorise.num_calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_was_outdated_is_repeated() {
    let rules = mock!(Client::describe_security_group_rules)
        .sequence()
        .output(|| DescribeSecurityGroupRulesOutput::builder().build())
        .output(|| {
            let rules = vec![
                nfs_from("sg-9", "NFS from DataSync"),
                nfs_from("sg-8", "NFS from the instance"),
            ];
            DescribeSecurityGroupRulesOutput::builder()
                .set_security_group_rules(Some(rules))
                .build()
        })
        .build();
    let duplicate = mock!(Client::authorize_security_group_ingress)
        .then_http_response(|| ec2_refusal("InvalidPermission.Duplicate"));
    let aws = Aws { ec2: client!(aws_sdk_ec2, &rules, &duplicate), ..mocked::aws() };
    desired_security_group()
        .update(&aws, &resource_id(), &live_security_group().await, &["ingress".into()])
        .await
        .unwrap();
    assert_eq!((rules.num_calls(), duplicate.num_calls()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn delete_waits_for_interfaces_to_go_and_one_that_is_gone_is_deleted_already() {
    let delete = mock!(Client::delete_security_group)
        .sequence()
        .http_response(|| ec2_refusal("DependencyViolation"))
        .output(|| DeleteSecurityGroupOutput::builder().build())
        .http_response(|| ec2_refusal("InvalidGroup.NotFound"))
        .http_response(|| ec2_refusal("UnauthorizedOperation"))
        .build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete), ..mocked::aws() };
    let found = live_security_group().await;
    desired_security_group().delete(&aws, &found).await.unwrap();
    assert_eq!(delete.num_calls(), 2);
    desired_security_group().delete(&aws, &found).await.unwrap();
    desired_security_group().delete(&aws, &found).await.unwrap_err();
}
