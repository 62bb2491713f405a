//! The instance's type, in the zones of the stack's subnets.

use domain::config::{NetworkConfig, StackConfig};

use super::PreflightFindings;
use crate::data_sources::DataSources;
use crate::graph::network_zones;

/// The zones of the subnets that the instance may be in.
pub(super) fn subnet_zones(config: &StackConfig, data_sources: &DataSources) -> Vec<String> {
    match &config.network {
        NetworkConfig::New(network) => network_zones(network, data_sources),
        NetworkConfig::Existing(_) => {
            let subnets = data_sources.subnets.iter();
            subnets.map(|subnet| subnet.availability_zone.clone()).collect()
        }
    }
}

pub(super) fn check_instance(
    config: &StackConfig,
    data_sources: &DataSources,
    findings: &mut PreflightFindings,
) {
    let Some(offering) = data_sources.instance_zones.as_ref().filter(|_| config.instance.enabled)
    else {
        return;
    };
    let zones = subnet_zones(config, data_sources);
    if zones.is_empty() || zones.iter().any(|zone| offering.contains(zone)) {
        return;
    }
    let next = match &offering[..] {
        [] => "choose another type".to_owned(),
        some => format!("choose another type, or subnets in one of {}", some.join(", ")),
    };
    let why = format!("it is not offered in {}", zones.join(", "));
    findings.add_problem(format!("instance.type = {}", config.instance.instance_type), why, next);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::finding_lines;
    use crate::testing::{config_with, three_zones};

    fn lines_for(sections: &str, offering: Option<&[&str]>) -> String {
        let instance_zones =
            offering.map(|zones| zones.iter().map(|zone| (*zone).to_owned()).collect());
        let all = DataSources { instance_zones, ..three_zones() };
        finding_lines(|findings| check_instance(&config_with(sections), &all, findings))
    }

    #[test]
    fn one_zone_of_the_stack_has_to_offer_the_type() {
        assert_eq!(lines_for("", None), "");
        assert_eq!(lines_for("", Some(&["eu-central-1b"])), "");
        assert_eq!(
            lines_for("", Some(&["eu-central-1c"])),
            "! instance.type = t3.micro: it is not offered in eu-central-1a, eu-central-1b; \
             choose another type, or subnets in one of eu-central-1c"
        );
        assert_eq!(
            lines_for("", Some(&[])),
            "! instance.type = t3.micro: it is not offered in eu-central-1a, eu-central-1b; \
             choose another type"
        );
        assert_eq!(lines_for("[instance]\nenabled = false", Some(&[])), "");
    }
}
