//! New identifiers in AWS's patterns.

/// 17 random lower-case hexadecimal digits that begin with 0, as AWS's own do.
#[must_use]
pub fn random_hex17() -> String {
    format!("0{:016x}", rand::random::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_17_hexadecimal_digits() {
        let id = random_hex17();
        assert!(
            id.len() == 17 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
            "{id}"
        );
        assert_ne!(id, random_hex17());
    }
}
