//! A number of bytes as a person types it: `10MB`, `1.5 GiB`, `4096`.

/// The units by their names in lower case: decimal as in SI, binary as in IEC 80000-13.
const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// Parses a number of bytes. A fraction of a byte is left out.
///
/// # Errors
/// When the text is none, or is more than 64 bits hold.
pub fn parse_byte_size(text: &str) -> Result<u64, ByteSizeError> {
    parse_exactly(text.trim()).ok_or_else(|| ByteSizeError(text.to_owned()))
}

fn parse_exactly(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    match number.split_once('.') {
        None => number.parse::<u64>().ok()?.checked_mul(*factor),
        Some(_) if *factor == 1 => None,
        Some((whole, fraction)) => {
            let whole = whole.parse::<u64>().ok()?.checked_mul(*factor)?;
            whole.checked_add(scale_fraction(fraction, *factor)?)
        }
    }
}

/// Returns the bytes of the digits behind the point.
fn scale_fraction(digits: &str, factor: u64) -> Option<u64> {
    let value: u64 = digits.parse().ok()?;
    let of = 10_u64.checked_pow(u32::try_from(digits.len()).ok()?)?;
    u64::try_from(u128::from(value) * u128::from(factor) / u128::from(of)).ok()
}

/// A text that is no number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no number of bytes: it must be a number, alone or with one of kB, MB, GB, TB \
        (powers of 1,000) or KiB, MiB, GiB, TiB (powers of 1,024), such as 10MB"
)]
pub struct ByteSizeError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_type_them() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("4096", Some(4_096)),
            ("10MB", Some(10_000_000)),
            ("10 MB", Some(10_000_000)),
            ("10mib", Some(10_485_760)),
            ("1GiB", Some(1 << 30)),
            ("1.5 GiB", Some(3 << 29)),
            ("64.0 MiB", Some(64 << 20)),
            ("0.5kB", Some(500)),
            ("12 B", Some(12)),
            ("1.5", None),
            ("10M", None),
            ("10 bits", None),
            ("-1", None),
            ("1.", None),
            (".5MB", None),
            ("1.2.3MB", None),
            ("MB", None),
            ("20000000000000000000", None),
            ("99999999999TiB", None),
            ("", None),
        ] {
            assert_eq!(parse_byte_size(text).ok(), bytes, "{text}");
        }
    }

    #[test]
    fn a_refusal_says_what_is_accepted() {
        insta::assert_snapshot!(
            parse_byte_size("10M").unwrap_err(),
            @"
        `10M` is no number of bytes: it must be a number, alone or with one of kB, MB, GB, TB (powers of 1,000) or KiB, MiB, GiB, TiB (powers of 1,024), such as 10MB
        "
        );
    }
}
