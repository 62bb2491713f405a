use super::super::version_picker::sort_page;
use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

/// `key@second`, with `!` for a delete marker.
fn listed(text: &str) -> ListedVersion {
    let (key, rest) = text.rsplit_once('@').unwrap();
    let second = rest.trim_end_matches('!').parse().unwrap();
    ListedVersion {
        key: key.into(),
        last_modified: at(second),
        deleted: rest.ends_with('!'),
        ..ListedVersion::default()
    }
}

/// What becomes of each version that stands: `-` did not stand, `?` undecided, `x` undecided and
/// not restored.
fn judged(lines: &[&str], moment: i64) -> String {
    let lines = sort_page(lines.iter().map(|line| listed(line)).collect());
    let (mut changes, mut as_of) =
        (TreeHistoryBuilder::new(at(moment)), super::super::VersionPicker::new(at(moment)));
    lines.iter().for_each(|line| changes.add_version(line));
    let tree = changes.finish();
    let standing = lines.into_iter().filter_map(|line| as_of.pick_version(line)).map(|line| {
        let sign = match tree.existence_of(&line.key, line.last_modified) {
            Existence::Existed => "",
            Existence::DidNotExist { .. } => "-",
            Existence::Undecided { restored: true, .. } => "?",
            Existence::Undecided { restored: false, .. } => "x",
        };
        format!("{sign}{}", line.key)
    });
    standing.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_later_version_tells_which_stood() {
    let kept: &[&str] = &["d@5", "d/@1", "d/x@1", "d/y@1", "d!@3", "d0@1"];
    assert_eq!(judged(kept, 4), "d! d/ d/x d/y d0", "before it was replaced");
    assert_eq!(judged(kept, 5), "d d! -d/ -d/x -d/y d0");
    let back: &[&str] = &["d@5", "d/@9", "d/x@1", "d/y@9", "d-@1"];
    assert_eq!(judged(back, 5), "d d- -d/x");
    assert_eq!(judged(back, 9), "-d d- d/ ?d/x d/y", "x may or may not have come back");
    let removed: &[&str] = &["d@5", "d@9!", "d/@1", "d/@5!", "d/@9", "d/x@1", "d/x@5!", "d/y@9"];
    assert_eq!(judged(removed, 5), "d", "delete markers leave nothing open");
    assert_eq!(judged(removed, 9), "d/ d/y");
}

#[test]
fn changes_below_changes_are_judged_from_the_top() {
    let nested: &[&str] = &["a@5", "a/@7", "a/b@7", "a/b/@3", "a/b/c@3", "a/e@2", "a/e/f@8"];
    assert_eq!(judged(nested, 9), "-a a/ a/b ?a/e/f".replace("?a/e/f", "-a/b/ -a/b/c -a/e a/e/f"));
    assert_eq!(judged(&["a@9", "a/b@7", "a/b/c@3"], 9), "a -a/b -a/b/c");
}

#[test]
fn what_times_do_not_tell_is_undecided() {
    assert_eq!(judged(&["d@5", "d/x@5", "d/y@1"], 9), "xd ?d/x ?d/y", "one second");
    assert_eq!(
        judged(&["d@5", "d@6!", "d/x@3"], 9),
        "?d/x",
        "the file was there after x, and is deleted"
    );
    assert_eq!(judged(&["d@5", "d@6!", "d/x@3", "d/y@8"], 9), "?d/x d/y");
}
