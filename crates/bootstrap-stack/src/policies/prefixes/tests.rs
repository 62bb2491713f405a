use super::*;
use crate::policies::{destination_access, restore_access};
use crate::testing::{config_with, stack_names};

/// The views of this many syncs of one bucket; each `deleting`th removes what is gone.
fn views_of(count: usize, prefix: impl Fn(usize) -> String, deleting: usize) -> Vec<StackConfig> {
    let view = |number: usize| {
        let mut view = config_with("");
        view.destination.bucket = Some("b".repeat(63));
        view.destination.prefix = prefix(number);
        if number.is_multiple_of(deleting) {
            view.task.preserve_deleted_files = PreserveDeletedFiles::Remove;
        }
        view
    };
    (0..count).map(view).collect()
}

fn prefixes_of(views: &[StackConfig]) -> Prefixes {
    Prefixes::of_syncs("arn:b", &views.iter().collect::<Vec<_>>())
}

#[test]
fn each_prefix_is_named_once_and_in_order() {
    let prefixes = prefixes_of(&views_of(4, |number| format!("p{}/", (4 - number) / 2), 4));
    assert_eq!(prefixes.objects(), json!(["arn:b/p0/*", "arn:b/p1/*", "arn:b/p2/*"]));
    assert_eq!(
        prefixes.deletable(),
        [
            "arn:b/p2/*",
            "arn:b/p0/.aws-datasync/*",
            "arn:b/p0/*/.aws-datasync/*",
            "arn:b/p1/.aws-datasync/*",
            "arn:b/p1/*/.aws-datasync/*",
        ]
    );
    assert_eq!(prefixes_of(&views_of(1, |_| "p/".to_owned(), 2)).objects(), json!("arn:b/p/*"));
}

#[test]
fn the_closest_neighbours_are_merged_first() {
    let mut list = ["a/x/", "a/y/", "b/1/", "b/12/", "ä/", "ö/"].map(str::to_owned).to_vec();
    for expected in [&["a/x/", "a/y/", "b/1", "ä/", "ö/"][..], &["a/", "b/1", "ä/", "ö/"], &[""]]
    {
        assert!(merge_closest(&mut list));
        assert_eq!(list, expected);
    }
    assert!(!merge_closest(&mut list));
    assert!(!merge_closest(&mut Vec::new()));
}

/// Whether a pattern of IAM that ends in a star has an object.
fn has_object(resources: &Value, object: &str) -> bool {
    let patterns = resources.as_array().map_or(std::slice::from_ref(resources), Vec::as_slice);
    patterns
        .iter()
        .any(|pattern| object.starts_with(pattern.as_str().unwrap().trim_end_matches('*')))
}

#[test]
fn the_policies_of_a_hundred_syncs_fit_and_cover_all_of_them() {
    let short = |number: usize| format!("part-{number:02}/");
    let long = |number: usize| format!("{}/{number:02}/", "d".repeat(200 + number % 7));
    let scattered = |number: usize| format!("{number:02}{}/", "d".repeat(800));
    let shapes: [&dyn Fn(usize) -> String; 3] = [&short, &long, &scattered];
    for (prefix, deleting) in shapes.into_iter().flat_map(|shape| [(shape, 1), (shape, 3)]) {
        let views = views_of(100, prefix, deleting);
        let sharing: Vec<_> = views.iter().collect();
        let writing = destination_access(&stack_names(), &sharing);
        let restoring = restore_access(&stack_names(), &sharing, "arn:fs");
        for policy in [&writing, &restoring] {
            assert!(policy.to_string().len() <= INLINE_LIMIT, "{}", prefix(1));
        }
        for view in &views {
            let bucket = "b".repeat(63);
            let object = format!("arn:aws:s3:::{bucket}/{}a", view.destination.prefix);
            assert!(has_object(&writing["Statement"][1]["Resource"], &object), "{object}");
            assert!(has_object(&restoring["Statement"][1]["Resource"], &object), "{object}");
        }
    }
}

/// The right to delete of a sync that removes what is gone does not reach the objects of one that
/// preserves it, as long as there is room.
#[test]
fn what_may_be_deleted_is_merged_last() {
    let views = views_of(100, |number| format!("part-{number:02}/"), 20);
    let policy = destination_access(&stack_names(), &views.iter().collect::<Vec<_>>());
    let deletable = policy["Statement"][2]["Resource"].as_array().unwrap();
    let bucket = "b".repeat(63);
    let of_removing =
        [0, 20, 40, 60, 80].map(|n| json!(format!("arn:aws:s3:::{bucket}/part-{n:02}/*")));
    assert_eq!(deletable[..5], of_removing);
    assert_eq!(deletable[5..], [json!(format!("arn:aws:s3:::{bucket}/part-*/.aws-datasync/*"))]);
}
