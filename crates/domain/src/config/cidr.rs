//! Address ranges in CIDR notation, written as AWS keeps them: else what AWS reports would never
//! equal what we asked for.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// The ranges that are never routed on the internet: RFC 1918, and RFC 6598 (carrier-grade NAT),
/// which a VPC may have too.
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// A range, or what is wrong with the text.
pub(super) fn parse_range(text: &str) -> Result<IpNet, String> {
    let range: IpNet = text.parse().map_err(|_| not_a_range(text))?;
    let canonical = range.trunc().to_string();
    if canonical != text {
        return Err(format!(
            "must begin with the first address of the range, as AWS stores it: {canonical}"
        ));
    }
    Ok(range)
}

fn not_a_range(text: &str) -> String {
    match text.parse::<IpAddr>() {
        Ok(address) => {
            format!(
                "must be a range of addresses; for this address alone, write {}",
                IpNet::from(address)
            )
        }
        Err(_) => "must be a range of addresses in CIDR notation, such as 10.42.0.0/16".to_owned(),
    }
}

/// Parses an IPv4 range; otherwise like [`parse_range`].
pub(super) fn parse_ipv4(text: &str) -> Result<Ipv4Net, String> {
    match parse_range(text)? {
        IpNet::V4(range) => Ok(range),
        IpNet::V6(_) => Err(
            "must be a range of IPv4 addresses, such as 10.42.0.0/16: EFS mount targets need one"
                .to_owned(),
        ),
    }
}

pub(super) fn is_private(range: &Ipv4Net) -> bool {
    PRIVATE
        .iter()
        .filter_map(|private| private.parse::<Ipv4Net>().ok())
        .any(|private| private.contains(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MALFORMED_RANGES: [&str; 7] =
        ["", "10.42.0.0", "10.42.0.0/33", "10.42.0/16", "10.42.0.0/16 ", "10.042.0.0/16", "a/8"];

    #[test]
    fn a_range_begins_with_its_first_address() {
        assert_eq!(
            parse_range("10.42.0.0/16").map(|range| range.to_string()),
            Ok("10.42.0.0/16".to_owned())
        );
        assert_eq!(
            parse_range("2001:db8::/32").map(|range| range.to_string()),
            Ok("2001:db8::/32".to_owned())
        );
        let error = parse_range("10.42.1.0/16").unwrap_err();
        assert_eq!(
            error,
            "must begin with the first address of the range, as AWS stores it: \
             10.42.0.0/16"
        );
        for bad in MALFORMED_RANGES {
            assert!(parse_range(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn private_is_what_no_one_else_on_the_internet_has() {
        for (range, expected) in [
            ("10.42.0.0/16", true),
            ("172.31.0.0/16", true),
            ("172.32.0.0/16", false),
            ("192.168.7.0/24", true),
            ("192.169.0.0/16", false),
            ("100.127.0.0/16", true),
            ("100.128.0.0/16", false),
            ("8.8.8.0/24", false),
        ] {
            assert_eq!(is_private(&parse_ipv4(range).unwrap()), expected, "{range}");
        }
    }
}
