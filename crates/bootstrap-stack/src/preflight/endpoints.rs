//! The endpoint services of private mode, in the zones of the stack's subnets. All endpoints are in
//! the zone of the instance, and so one zone must have each service and the instance's type.

use domain::config::StackConfig;
use domain::names::Names;

use super::PreflightFindings;
use super::instance::subnet_zones;
use crate::data_sources::{DataSources, required_services};

const KEY: &str = "network.mode = private";

pub(super) fn check_endpoints(
    config: &StackConfig,
    names: &Names,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let Some(services) = &data_sources.endpoint_services else { return };
    let zones = subnet_zones(config, data_sources);
    let lacking = |name: &String| {
        let service = services.iter().find(|service| service.name == *name);
        let offered = service.map(|service| service.zones.clone()).unwrap_or_default();
        (!zones.iter().any(|zone| offered.contains(zone))).then(|| (name.clone(), offered))
    };
    let lacking: Vec<_> = required_services(names).iter().filter_map(lacking).collect();
    for (name, offered) in &lacking {
        add_missing_service(name, offered, &zones, findings);
    }
    if lacking.is_empty() {
        check_common_zone(config, data_sources, &zones, findings);
    }
}

fn add_missing_service(
    name: &str,
    offered: &[String],
    zones: &[String],
    findings: &mut PreflightFindings,
) {
    let other_ways = "write instance.enabled = false, or network.mode = \"standard\"";
    let next = match offered {
        [] => other_ways.to_owned(),
        some => format!("name {} in network.availability_zones, or {other_ways}", join_or(some)),
    };
    let why = format!("the endpoint service {name} is not available in {}", zones.join(", "));
    findings.add_problem(KEY, why, next);
}

/// Reports services and a type that are all available, but in no zone together.
fn check_common_zone(
    config: &StackConfig,
    data_sources: &DataSources,
    zones: &[String],
    findings: &mut PreflightFindings,
) {
    let suitable = data_sources.suitable_zones().unwrap_or_default();
    let type_is_offered =
        data_sources.instance_zones.as_ref().is_none_or(|offering| overlaps(offering, zones));
    if overlaps(&suitable, zones) || !type_is_offered {
        return;
    }
    let instance_type = &config.instance.instance_type;
    let why = format!(
        "none of {} has the endpoint services of Systems Manager and instance.type = \
         {instance_type}",
        zones.join(", ")
    );
    let next = match &suitable[..] {
        [] => "choose another type".to_owned(),
        some => {
            format!("name {} in network.availability_zones, or choose another type", join_or(some))
        }
    };
    findings.add_problem(KEY, why, next);
}

fn overlaps(some: &[String], others: &[String]) -> bool {
    some.iter().any(|zone| others.contains(zone))
}

fn join_or(zones: &[String]) -> String {
    zones.join(" or ")
}

#[cfg(test)]
mod tests {
    use reconciler::data_sources::EndpointService;

    use super::*;
    use crate::preflight::finding_lines;
    use crate::testing::{config_with, stack_names, three_zones};

    const PRIVATE: &str = "[network]\nmode = \"private\"";

    /// Zones by their letters.
    fn zone_names(letters: &str) -> Vec<String> {
        letters.chars().map(|letter| format!("eu-central-1{letter}")).collect()
    }

    fn lines_for(services: &[(&str, &str)], offering: Option<&str>) -> String {
        let service = |(service, letters): &(&str, &str)| EndpointService {
            name: stack_names().endpoint_service(service),
            zones: zone_names(letters),
        };
        let all = DataSources {
            endpoint_services: Some(services.iter().map(service).collect()),
            instance_zones: offering.map(zone_names),
            ..three_zones()
        };
        finding_lines(|findings| {
            check_endpoints(&config_with(PRIVATE), &stack_names(), &all, findings)
        })
    }

    #[test]
    fn one_zone_with_everything_is_enough() {
        assert_eq!(lines_for(&[("ssm", "abc"), ("ssmmessages", "abc")], Some("abc")), "");
        assert_eq!(lines_for(&[("ssm", "ab"), ("ssmmessages", "bc")], Some("b")), "");
        assert_eq!(lines_for(&[("ssm", "b"), ("ssmmessages", "b")], None), "");
    }

    #[test]
    fn without_endpoints_in_the_configuration_nothing_is_checked() {
        let lines = finding_lines(|findings| {
            check_endpoints(&config_with(""), &stack_names(), &three_zones(), findings)
        });
        assert_eq!(lines, "");
    }

    #[test]
    fn a_service_in_none_of_the_zones_is_a_problem() {
        insta::assert_snapshot!(lines_for(&[("ssm", "c"), ("ssmmessages", "ab")], None), @r#"! network.mode = private: the endpoint service com.amazonaws.eu-central-1.ssm is not available in eu-central-1a, eu-central-1b; name eu-central-1c in network.availability_zones, or write instance.enabled = false, or network.mode = "standard""#);
        insta::assert_snapshot!(lines_for(&[("ssm", "abc")], Some("a")), @r#"! network.mode = private: the endpoint service com.amazonaws.eu-central-1.ssmmessages is not available in eu-central-1a, eu-central-1b; write instance.enabled = false, or network.mode = "standard""#);
    }

    #[test]
    fn services_and_a_type_without_a_common_zone_are_a_problem() {
        let services = [("ssm", "ac"), ("ssmmessages", "abc")];
        insta::assert_snapshot!(lines_for(&services, Some("bc")), @r#"! network.mode = private: none of eu-central-1a, eu-central-1b has the endpoint services of Systems Manager and instance.type = t3.micro; name eu-central-1c in network.availability_zones, or choose another type"#);
        insta::assert_snapshot!(lines_for(&services, Some("b")), @r#"! network.mode = private: none of eu-central-1a, eu-central-1b has the endpoint services of Systems Manager and instance.type = t3.micro; choose another type"#);
        assert_eq!(lines_for(&services, Some("c")), "", "the check of the type reports it");
    }
}
