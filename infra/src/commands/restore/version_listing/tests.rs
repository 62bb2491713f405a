use super::*;

#[test]
fn a_prefix_has_directories_above_it() {
    for (prefix, expected) in [
        ("", vec![]),
        ("a", vec![""]),
        ("a/", vec![""]),
        ("a/b/c", vec!["", "a/", "a/b/"]),
        ("ä/b/", vec!["", "ä/"]),
    ] {
        assert_eq!(ancestor_prefixes(prefix).collect::<Vec<_>>(), expected, "{prefix}");
    }
}
