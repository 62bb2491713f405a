//! EC2 tells the security groups and the private DNS of an interface endpoint, and has it `pending`
//! until its network interfaces exist (EC2 API reference, `VpcEndpoint`). The local cloud tells
//! neither, and its endpoints are available at once: here the first read after each change says
//! `pending`.

use std::collections::HashMap;

use hyper::body::Bytes;
use hyper::header::CONTENT_LENGTH;

use super::{Answer, Call, element_texts, form_field};

/// The interface endpoints, by id.
#[derive(Debug, Default)]
pub(super) struct InterfaceEndpoints(HashMap<String, Endpoint>);

#[derive(Debug, Default)]
struct Endpoint {
    security_groups: Vec<String>,
    private_dns: bool,
    is_pending: bool,
}

impl InterfaceEndpoints {
    pub(super) fn rewrite(&mut self, call: &Call, body: &[u8], answer: Answer) -> Answer {
        if call.service != "ec2" {
            return answer;
        }
        match call.operation.as_str() {
            "CreateVpcEndpoint" => self.remember(body, &answer),
            "ModifyVpcEndpoint" => self.change(body),
            "DescribeVpcEndpoints" => return self.complete(answer),
            _ => {}
        }
        answer
    }

    fn remember(&mut self, body: &[u8], answer: &Answer) {
        if form_field(body, "VpcEndpointType").as_deref() != Some("Interface") {
            return;
        }
        let answered = String::from_utf8_lossy(&answer.body);
        for endpoint_id in element_texts(&answered, "vpcEndpointId") {
            // A repeated client token answers with the endpoint that there is.
            self.0.entry(endpoint_id.to_owned()).or_insert_with(|| Endpoint {
                security_groups: numbered_fields(body, "SecurityGroupId"),
                private_dns: form_field(body, "PrivateDnsEnabled").as_deref() == Some("true"),
                is_pending: true,
            });
        }
    }

    fn change(&mut self, body: &[u8]) {
        let endpoint_id = form_field(body, "VpcEndpointId").unwrap_or_default();
        let Some(endpoint) = self.0.get_mut(&endpoint_id) else { return };
        let removed = numbered_fields(body, "RemoveSecurityGroupId");
        endpoint.security_groups.retain(|group| !removed.contains(group));
        endpoint.security_groups.extend(numbered_fields(body, "AddSecurityGroupId"));
        if let Some(private_dns) = form_field(body, "PrivateDnsEnabled") {
            endpoint.private_dns = private_dns == "true";
        }
        endpoint.is_pending = true;
    }

    fn complete(&mut self, answer: Answer) -> Answer {
        const START: &str = "<vpcEndpointId>";
        const END: &str = "</vpcEndpointId>";
        let xml = String::from_utf8_lossy(&answer.body).into_owned();
        let mut complete = |item: &str| {
            let (id, rest) = item.split_once(END)?;
            let endpoint = self.0.get_mut(id)?;
            Some(format!("{id}{END}{}", endpoint.complete_item(rest)))
        };
        let items = xml.split(START).map(|item| complete(item).unwrap_or_else(|| item.to_owned()));
        let body = items.collect::<Vec<_>>().join(START);
        let mut headers = answer.headers;
        headers.remove(CONTENT_LENGTH);
        Answer { status: answer.status, headers, body: Bytes::from(body) }
    }
}

impl Endpoint {
    fn complete_item(&mut self, rest: &str) -> String {
        if rest.contains("<groupSet") {
            return rest.to_owned();
        }
        let group = |id: &String| format!("<item><groupId>{id}</groupId></item>");
        let groups: String = self.security_groups.iter().map(group).collect();
        let private_dns = self.private_dns;
        let told = format!(
            "<groupSet>{groups}</groupSet>\
             <privateDnsEnabled>{private_dns}</privateDnsEnabled>{rest}"
        );
        if std::mem::take(&mut self.is_pending) {
            return told.replacen("<state>available<", "<state>pending<", 1);
        }
        told
    }
}

/// The values of `name.1`, `name.2` and so on.
fn numbered_fields(body: &[u8], name: &str) -> Vec<String> {
    (1..).map_while(|number| form_field(body, &format!("{name}.{number}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body_text, test_answer, test_call};
    use super::*;

    const LISTED: &str = "<vpcEndpointSet><item><vpcEndpointId>vpce-0</vpcEndpointId>\
        <state>available</state></item><item><vpcEndpointId>vpce-1</vpcEndpointId>\
        <state>available</state></item></vpcEndpointSet>";

    fn send(
        endpoints: &mut InterfaceEndpoints,
        operation: &str,
        body: &[u8],
        answer: &str,
    ) -> String {
        let answer = test_answer(answer);
        body_text(&endpoints.rewrite(&test_call("ec2", operation), body, answer))
    }

    #[test]
    fn groups_and_private_dns_are_told_and_each_change_is_pending_once() {
        let mut endpoints = InterfaceEndpoints::default();
        let create = b"Action=CreateVpcEndpoint&VpcEndpointType=Interface&SecurityGroupId.1=sg-1\
            &PrivateDnsEnabled=true";
        send(&mut endpoints, "CreateVpcEndpoint", create, "<vpcEndpointId>vpce-1</vpcEndpointId>");
        let pending = send(&mut endpoints, "DescribeVpcEndpoints", b"", LISTED);
        assert_eq!(element_texts(&pending, "state"), ["available", "pending"]);
        assert_eq!(element_texts(&pending, "groupId"), ["sg-1"]);
        assert_eq!(element_texts(&pending, "privateDnsEnabled"), ["true"]);
        let available = send(&mut endpoints, "DescribeVpcEndpoints", b"", LISTED);
        assert_eq!(element_texts(&available, "state"), ["available", "available"]);
        let change = b"VpcEndpointId=vpce-1&AddSecurityGroupId.1=sg-2&RemoveSecurityGroupId.1=sg-1";
        send(&mut endpoints, "ModifyVpcEndpoint", change, "");
        let changed = send(&mut endpoints, "DescribeVpcEndpoints", b"", LISTED);
        assert_eq!(element_texts(&changed, "state"), ["available", "pending"]);
        assert_eq!(element_texts(&changed, "groupId"), ["sg-2"]);
    }

    #[test]
    fn a_gateway_endpoint_stays_as_it_is() {
        let mut endpoints = InterfaceEndpoints::default();
        let create = b"VpcEndpointType=Gateway&RouteTableId.1=rtb-1";
        send(&mut endpoints, "CreateVpcEndpoint", create, "<vpcEndpointId>vpce-0</vpcEndpointId>");
        assert_eq!(send(&mut endpoints, "DescribeVpcEndpoints", b"", LISTED), LISTED);
    }
}
