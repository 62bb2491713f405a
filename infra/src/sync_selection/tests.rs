use super::*;
use crate::hint::hint_for;

pub(crate) fn syncs(names: &[&str]) -> Vec<SyncName> {
    names.iter().map(|name| SyncName::parse(name).unwrap()).collect()
}

fn selection(names: &[&str], all: bool) -> SyncSelection {
    SyncSelection { names: names.iter().map(|name| (*name).to_owned()).collect(), all }
}

fn selected(
    configured: &[&str],
    (names, all): (&[&str], bool),
    unselected: Unselected,
) -> Result<String> {
    let found = select_syncs(&syncs(configured), &selection(names, all), unselected)?;
    Ok(found.iter().map(SyncName::as_str).collect::<Vec<_>>().join(" "))
}

#[test]
fn names_or_all_select_syncs_in_the_order_of_the_configuration() {
    let three = ["home", "archive", "projects"];
    for unselected in [Unselected::All, Unselected::Refused] {
        for (configured, arguments, expected) in [
            (&["default"][..], (&[][..], false), "default"),
            (&["default"], (&[], true), "default"),
            (&["default"], (&["default"], false), "default"),
            (&["home"], (&[], false), "home"),
            (&three, (&[], true), "home archive projects"),
            (&three, (&["projects"], false), "projects"),
            (&three, (&["projects", "home", "projects"], false), "home projects"),
        ] {
            assert_eq!(selected(configured, arguments, unselected).unwrap(), expected);
        }
    }
    let shown = selected(&three, (&[], false), Unselected::All).unwrap();
    assert_eq!(shown, "home archive projects");
}

#[test]
fn one_sync_is_the_named_or_the_only_one() {
    let of = |configured: &[&str], name| select_sync(&syncs(configured), name).ok();
    assert_eq!(of(&["default"], None), Some(SyncName::default()));
    assert_eq!(of(&["a", "b"], Some("b")), SyncName::parse("b").ok());
    assert_eq!(of(&["a", "b"], None), None);
    assert_eq!(of(&["a", "b"], Some("default")), None);
}

#[test]
fn each_refused_selection_lists_the_syncs_and_says_what_to_do() {
    let three = ["home", "archive", "projects"];
    let twenty_two: Vec<String> = (1..=22).map(|number| format!("s{number}")).collect();
    let many: Vec<&str> = twenty_two.iter().map(String::as_str).collect();
    let refused = |configured, arguments| {
        let error = selected(configured, arguments, Unselected::Refused).unwrap_err();
        format!("{error}\n  next: {}\n", hint_for(&error, "efs-s3 sync"))
    };
    let one = select_sync(&syncs(&three), None).unwrap_err();
    let texts = [
        refused(&three, (&[], false)),
        refused(&three, (&["hmoe"], false)),
        refused(&three, (&["home", "Archive"], false)),
        refused(&three, (&["scratch"], false)),
        refused(&["default"], (&["home"], false)),
        refused(&many, (&[], false)),
        format!("{one}\n  next: {}\n", hint_for(&one, "efs-s3 get")),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    no sync is selected; the stack has 3: home, archive, projects
      next: select one with `--sync NAME`, several of them, or `--all`
    the stack has no sync `hmoe`; it has home, archive, projects
      next: give `--sync home` if that is meant
    the stack has no sync `Archive`; it has home, archive, projects
      next: give `--sync archive` if that is meant
    the stack has no sync `scratch`; it has home, archive, projects
      next: correct `--sync`, or add a `[[sync]]` entry of this name to stack.toml and run `efs-s3 deploy`
    the stack has no sync `home`; it has default
      next: correct `--sync`, or add a `[[sync]]` entry of this name to stack.toml and run `efs-s3 deploy`
    no sync is selected; the stack has 22: s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, s16, s17, s18, s19, s20 and 2 more
      next: select one with `--sync NAME`, several of them, or `--all`
    no sync is selected; the stack has 3: home, archive, projects
      next: select one with `--sync NAME`
    ");
}
