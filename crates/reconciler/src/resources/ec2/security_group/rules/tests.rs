use super::*;

fn new_rule(protocol: &str, port: i32, peer: &str, description: &str) -> SecurityGroupRule {
    SecurityGroupRule {
        protocol: protocol.to_owned(),
        from_port: port,
        to_port: port,
        peer: peer.to_owned(),
        description: description.to_owned(),
    }
}

fn sdk_rule(id: &str, port: i32, cidr: &str, description: &str) -> Described {
    let rule = Described::builder()
        .security_group_rule_id(id)
        .ip_protocol("tcp")
        .from_port(port)
        .to_port(port);
    rule.cidr_ipv4(cidr).description(description).build()
}

#[test]
fn only_what_differs_is_done() {
    let desired =
        [new_rule("tcp", 22, "10.0.0.0/8", "new text"), new_rule("tcp", 2049, "10.0.0.0/8", "NFS")];
    let present = [
        sdk_rule("sgr-1", 22, "10.0.0.0/8", "old text"),
        sdk_rule("sgr-2", 80, "10.0.0.0/8", ""),
        sdk_rule("sgr-2", 80, "10.0.0.0/9", ""),
    ];
    let expected = RuleChanges {
        missing: vec![desired[1].clone()],
        described: vec![("sgr-1".to_owned(), desired[0].clone())],
        surplus: vec!["sgr-2".to_owned()],
    };
    assert_eq!(RuleChanges::compare_rules(&desired, &present), expected);
    assert_eq!(RuleChanges::compare_rules(&[], &[]), RuleChanges::default());
    let right = [
        sdk_rule("sgr-1", 22, "10.0.0.0/8", "new text"),
        sdk_rule("sgr-3", 2049, "10.0.0.0/8", "NFS"),
    ];
    assert_eq!(RuleChanges::compare_rules(&desired, &right), RuleChanges::default());
}

#[test]
fn a_rule_comes_back_as_it_was_sent_whatever_its_peer() {
    for sent in [
        new_rule("tcp", 2049, "sg-1", "NFS from DataSync"),
        new_rule("tcp", 443, "10.0.0.0/8", "HTTPS"),
        new_rule("tcp", 443, "::/0", "HTTPS"),
        new_rule("udp", 53, "pl-1", ""),
        new_rule("-1", -1, "0.0.0.0/0", ""),
    ] {
        assert_eq!(of_permission(&to_permission(&sent)), std::slice::from_ref(&sent));
    }
}

#[test]
fn rules_are_told_in_the_desired_order() {
    let desired = [new_rule("tcp", 443, "10.0.0.0/8", ""), new_rule("tcp", 80, "10.0.0.0/8", "")];
    let surplus = new_rule("tcp", 22, "0.0.0.0/0", "");
    let permissions: Vec<_> = [&surplus, &desired[1], &desired[0]].map(to_permission).into();
    assert_eq!(told(&desired, &permissions), [desired[0].clone(), desired[1].clone(), surplus]);
}
