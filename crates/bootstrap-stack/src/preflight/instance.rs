//! The instance's type, in the zones of the stack's subnets.

use domain::config::{NetworkConfig, StackConfig};

use super::Findings;
use crate::graph::network_zones;
use crate::surroundings::Surroundings;

pub(super) fn check(config: &StackConfig, surroundings: &Surroundings, findings: &mut Findings) {
    let Some(offering) = surroundings.instance_zones.as_ref().filter(|_| config.instance.enabled)
    else {
        return;
    };
    let zones = match &config.network {
        NetworkConfig::New(network) => network_zones(network, surroundings),
        NetworkConfig::Existing(_) => surroundings
            .subnets
            .iter()
            .map(|subnet| subnet.availability_zone.clone())
            .collect::<Vec<_>>(),
    };
    if zones.is_empty() || zones.iter().any(|zone| offering.contains(zone)) {
        return;
    }
    let next = match &offering[..] {
        [] => "choose another type".to_owned(),
        some => format!("choose another type, or subnets in one of {}", some.join(", ")),
    };
    let why = format!("it is not offered in {}", zones.join(", "));
    findings.problem(format!("instance.type = {}", config.instance.instance_type), why, next);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{configured, surroundings};
    use crate::preflight::lines;

    fn found(sections: &str, offering: Option<&[&str]>) -> String {
        let instance_zones =
            offering.map(|zones| zones.iter().map(|zone| (*zone).to_owned()).collect());
        let all = Surroundings { instance_zones, ..surroundings() };
        lines(|findings| check(&configured(sections), &all, findings))
    }

    #[test]
    fn one_zone_of_the_stack_has_to_offer_the_type() {
        assert_eq!(found("", None), "");
        assert_eq!(found("", Some(&["eu-central-1b"])), "");
        insta::assert_snapshot!(found("", Some(&["eu-central-1c"])), @"! instance.type = t3.micro: it is not offered in eu-central-1a, eu-central-1b; choose another type, or subnets in one of eu-central-1c");
        insta::assert_snapshot!(found("", Some(&[])), @"! instance.type = t3.micro: it is not offered in eu-central-1a, eu-central-1b; choose another type");
        assert_eq!(found("[instance]\nenabled = false", Some(&[])), "");
    }
}
