//! The name that was probably meant by one that is not known.

/// The known name that is most similar to `name`, if the difference looks like a typing error.
#[must_use]
pub fn find_similar<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|known| (strsim::levenshtein(name, known), known));
    let (distance, nearest) = distances.min()?;
    (distance <= name.len().max(nearest.len()) / 2).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_has_a_similar_name_and_another_word_has_none() {
        let known = ["home", "projects", "archive"];
        for (name, expected) in [
            ("hmoe", Some("home")),
            ("Home", Some("home")),
            ("project", Some("projects")),
            ("scratch", None),
            ("", None),
        ] {
            assert_eq!(find_similar(name, known), expected, "{name}");
        }
        assert_eq!(find_similar("home", []), None);
    }
}
