use pipeline::names::Names;
use serde_json::{Value, json};
use stack::Aws;
use stack::apply::{self, Unheard};
use stack::graph::Graph;
use stack::kinds::{default_security_group::DefaultSecurityGroup, flow_log::FlowLog, instance::Instance, instance_profile::InstanceProfile, log_group::LogGroup, role::Role, security_group::{SecurityGroup, SecurityGroupRule}, subnet::Subnet, vpc::Vpc};

fn rule(port: i32, peer: &str, text: &str) -> SecurityGroupRule {
    SecurityGroupRule { protocol: "tcp".into(), from_port: port, to_port: port, peer: peer.into(), description: text.into() }
}
fn trust(service: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
}
fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}
fn graph() -> Graph {
    let mut g = Graph::default();
    let vpc = g.add("vpc", Vpc { cidr: "10.42.0.0/16".into(), dns_support: true, dns_hostnames: true, duplicates: vec![] });
    g.add("default-security-group", DefaultSecurityGroup { vpc_id: vpc.attribute("id"), ingress: vec![], egress: vec![] });
    let subnet = g.add("private-subnet-1", Subnet { vpc_id: vpc.attribute("id"), cidr: "10.42.1.0/24".into(), availability_zone: "eu-central-1a".into(), map_public_ip_on_launch: false, duplicates: vec![] });
    let group = |name: &str, ingress, egress| SecurityGroup { name: format!("backup-{name}"), description: name.into(), vpc_id: vpc.attribute("id"), ingress, egress };
    let datasync = g.add("datasync-security-group", group("datasync", vec![], vec![rule(2049, "10.42.0.0/16", "NFS")]));
    let inst = g.add("instance-security-group", group("instance", vec![], vec![rule(2049, "10.42.0.0/16", "NFS"), rule(443, "0.0.0.0/0", "HTTPS"), rule(80, "0.0.0.0/0", "HTTP")]));
    g.add("mount-target-security-group", group("mount-targets", vec![rule(2049, &datasync.attribute("id"), "NFS from DataSync"), rule(2049, &inst.attribute("id"), "NFS from the instance")], vec![]));
    let logs = g.add("flow-log-group", LogGroup { name: "/efs-s3/backup/vpc-flow-log".into(), retention_days: 30 });
    let flow_role = g.add("flow-log-role", Role::new("backup-flow-log", trust("vpc-flow-logs.amazonaws.com"), allow("logs:PutLogEvents")));
    g.add("flow-log", FlowLog { vpc_id: vpc.attribute("id"), log_group_name: logs.attribute("name"), role_arn: flow_role.attribute("arn"), traffic_type: "ALL".into(), max_aggregation_seconds: 600, duplicates: vec![] });
    let role = g.add("instance-role", Role::new("backup-instance", trust("ec2.amazonaws.com"), Value::Null).with_managed_policies(vec!["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore".into(), "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy".into()]));
    let profile = g.add("instance-profile", InstanceProfile { name: "backup-instance".into(), role_name: role.attribute("name") });
    g.add("instance", Instance {
        image: "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id".into(),
        instance_type: std::env::var("A2_TYPE").unwrap_or("t3.micro".into()), subnet_id: subnet.attribute("id"), security_group_ids: vec![inst.attribute("id")], instance_profile_name: profile.attribute("name"),
        associate_public_ip: false, key_name: None, root_volume_gb: 16, user_data: format!("#!/bin/bash\necho {}\n{}", vpc.attribute("id"), std::env::var("A2_DATA").unwrap_or_default()), imds_v2_only: true, duplicates: vec![],
    });
    g
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::unwrap_used)]
async fn main() {
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).region("eu-central-1").load().await;
    let aws = Aws::new(&config, Names::new("backup", "111122223333", "eu-central-1"));
    let g = graph();
    let done = match std::env::args().nth(1).as_deref() {
        Some("plan") => { let seen = stack::observe::observe(&aws, &g).await.unwrap(); println!("{}", stack::render::plan(&stack::plan::plan(&g, &seen))); return }
        Some("destroy") => apply::destroy(&aws, &g, false, &Unheard, None).await,
        _ => apply::apply(&aws, &g, &Unheard, None).await,
    };
    match done { Ok(done) => println!("{}", stack::render::plan(&done.plan)), Err(error) => println!("ERROR {}", aws_edge::failure::chain(&error)) }
}
