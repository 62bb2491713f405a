//! EC2 tells the zones that offer an instance type (EC2 API reference,
//! `DescribeInstanceTypeOfferings`). The local cloud does not know the call: every type is offered
//! in the zones a, b and c of the region.

use hyper::StatusCode;

use super::refusals::refusal_with_body;
use super::{Answer, Call, form_field};

const OFFERING_ZONES: [&str; 3] = ["a", "b", "c"];

fn offering_item(instance_type: &str, region: &str, zone: &str) -> String {
    format!(
        "<item><instanceType>{instance_type}</instanceType>\
         <locationType>availability-zone</locationType>\
         <location>{region}{zone}</location></item>"
    )
}

pub(super) fn answer(call: &Call, body: &[u8]) -> Option<Answer> {
    if call.service != "ec2" || call.operation != "DescribeInstanceTypeOfferings" {
        return None;
    }
    let instance_type = form_field(body, "Filter.1.Value.1").unwrap_or_default();
    let offering = |zone| offering_item(&instance_type, &call.region, zone);
    let items: String = OFFERING_ZONES.into_iter().map(offering).collect();
    let body = format!(
        "<DescribeInstanceTypeOfferingsResponse><requestId>1</requestId>\
         <instanceTypeOfferingSet>{items}\
         </instanceTypeOfferingSet></DescribeInstanceTypeOfferingsResponse>"
    );
    Some(refusal_with_body(StatusCode::OK, "text/xml;charset=UTF-8", body))
}
