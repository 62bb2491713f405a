use super::*;

fn rules_of(value: &str) -> Vec<FilterRule> {
    if value.is_empty() {
        vec![]
    } else {
        vec![FilterRule { filter_type: None, value: value.into() }]
    }
}

const DOCUMENTED: [(&str, &str, &str, bool); 24] = [
    ("", "", "/a", true),
    ("", "/a", "/a", false),
    ("", "/a", "/a/b/c", false),
    ("", "/a/", "/a/b", false),
    ("", "/a", "/ab", true),
    ("", "a", "/a", false),
    ("", "*.tmp", "/x/y.tmp", false),
    ("", "*.tmp", "/x/y.tmp2", true),
    ("", "*/temp", "/x/y/temp/z", false),
    ("", "/a*|/b*", "/bcd/e", false),
    ("", "/a|/b", "/c", true),
    ("", r"/a\|b", "/a|b", false),
    ("", r"/a\|b", "/a", true),
    ("", r"/\*", "/*", false),
    ("", r"/\*", "/x", true),
    ("", "/A", "/a", true),
    ("/docs*|/code", "", "/docs-old/x", true),
    ("/docs*|/code", "", "/code/x/y", true),
    ("/docs*|/code", "", "/other", false),
    ("/docs*", "*.tmp", "/docs/a.tmp", false),
    ("", "", "/x/.snapshot/y", false),
    ("", "", "/.aws-datasync/y", false),
    ("", "", "/x.snapshot", true),
    ("", "*ü*", "/schön/ü", false),
];

#[test]
fn filters_admit_as_documented() {
    for (includes, excludes, path, admitted) in DOCUMENTED {
        let filters = FilterSet::new(&rules_of(includes), &rules_of(excludes)).unwrap();
        assert_eq!(filters.admits(path), admitted, "+{includes} -{excludes} {path}");
    }
}

#[test]
fn an_include_takes_a_star_at_its_end_only() {
    assert!(FilterList::from_includes(&rules_of("*.txt")).is_err());
    assert!(FilterList::from_includes(&rules_of("/a*b")).is_err());
    assert!(FilterList::from_includes(&rules_of(r"/a*|/b|/c\*d")).is_ok());
}
