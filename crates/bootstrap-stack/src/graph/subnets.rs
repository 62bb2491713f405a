//! The division of the VPC's addresses. Pure.
//!
//! Sixteen blocks of one size: the public subnet of the n-th zone is the n-th block, its private
//! subnet the n-th of the upper half. Adding a zone moves no other subnet.

use ipnet::Ipv4Net;

/// The largest number of zones: there are blocks for as many.
pub(crate) const MAX_ZONES: usize = 6;

/// Four more bits: sixteen blocks.
const BLOCK_BITS: u8 = 4;
const PRIVATE_HALF: usize = 8;

/// The public and the private block of a zone, counted from 0. They are empty if the VPC can't be
/// divided, which the rules of the configuration exclude.
pub(super) fn subnet_cidrs(vpc: &str, zone: usize) -> (String, String) {
    (
        nth_block(vpc, zone).unwrap_or_default(),
        nth_block(vpc, PRIVATE_HALF + zone).unwrap_or_default(),
    )
}

fn nth_block(vpc: &str, index: usize) -> Option<String> {
    let vpc: Ipv4Net = vpc.parse().ok()?;
    let mut blocks = vpc.subnets(vpc.prefix_len() + BLOCK_BITS).ok()?;
    blocks.nth(index).map(|block| block.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_zone_has_a_public_and_a_private_block() {
        assert_eq!(
            subnet_cidrs("10.42.0.0/16", 0),
            ("10.42.0.0/20".into(), "10.42.128.0/20".into())
        );
        assert_eq!(
            subnet_cidrs("10.42.0.0/16", 1),
            ("10.42.16.0/20".into(), "10.42.144.0/20".into())
        );
        assert_eq!(
            subnet_cidrs("192.168.7.0/24", 5),
            ("192.168.7.80/28".into(), "192.168.7.208/28".into())
        );
    }

    #[test]
    fn no_two_blocks_are_the_same() {
        let all: Vec<_> = (0..MAX_ZONES).map(|zone| subnet_cidrs("10.0.0.0/20", zone)).collect();
        let distinct: BTreeSet<&String> =
            all.iter().flat_map(|(public, private)| [public, private]).collect();
        assert_eq!(distinct.len(), 2 * MAX_ZONES);
    }
}
