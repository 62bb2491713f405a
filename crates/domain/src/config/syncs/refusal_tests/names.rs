//! Entries without a usable name, and what is no list of entries.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const NAMES: &[&str] = &[
    "[[sync]]\nsource.subdirectory = \"/home/\"",
    "[[sync]]\nname = \"\"",
    "[[sync]]\nname = \"Home\"",
    "[[sync]]\nname = \"2024\"",
    "[[sync]]\nname = \"home-\"",
    "[[sync]]\nname = \"home.old\"",
    "[[sync]]\nname = \"home-directories-of-us\"",
    "[[sync]]\nname = 7",
    "[[sync]]\nname = \"home\"\ndestination.prefix = \"a/\"\n\
     [[sync]]\nname = \"home\"\ndestination.prefix = \"b/\"",
    "[[sync]]\ndestination.prefix = \"a/\"\n[[sync]]\ndestination.prefix = \"b/\"",
];

pub(in crate::config) const FORMS: &[&str] = &[
    "[sync]\nname = \"home\"",
    "[sync.home]\nsource.subdirectory = \"/home/\"",
    "[[sync.home]]\nsource.subdirectory = \"/home/\"",
    "[[syncs]]\nname = \"home\"",
    "sync = 1\n[stack]\nname = \"backup\"\nregion = \"eu-central-1\"",
    "sync = []\n[stack]\nname = \"backup\"\nregion = \"eu-central-1\"",
    "sync = [\"home\", \"web\"]\n[stack]\nname = \"backup\"\nregion = \"eu-central-1\"",
];

#[test]
fn refused_names() {
    insta::assert_snapshot!(describe_refusals(NAMES), @r#"
    [[sync]] source.subdirectory = "/home/"
        sync[1].name: is required and missing: the name of the sync, such as home; commands and alerts show it
    [[sync]] name = ""
        sync[1].name = "": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
    [[sync]] name = "Home"
        sync[1].name = "Home": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
    [[sync]] name = "2024"
        sync[1].name = "2024": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
    [[sync]] name = "home-"
        sync[1].name = "home-": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
    [[sync]] name = "home.old"
        sync[1].name = "home.old": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
    [[sync]] name = "home-directories-of-us"
        sync[1].name = "home-directories-of-us": must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
    [[sync]] name = 7
        sync[1].name = 7: must be 1 to 20 of a-z, 0-9 and -, begin with a letter and not end in -: it becomes part of resource names
    [[sync]] name = "home" destination.prefix = "a/" [[sync]] name = "home" destination.prefix = "b/"
        sync[2].name = "home": is the name of another sync: choose another name, each occurs once
    [[sync]] destination.prefix = "a/" [[sync]] destination.prefix = "b/"
        sync[1].name: is required and missing: the name of the sync, such as home; commands and alerts show it
        sync[2].name: is required and missing: the name of the sync, such as home; commands and alerts show it
    "#);
}

#[test]
fn refused_forms() {
    insta::assert_snapshot!(describe_refusals(FORMS), @r#"
    [sync] name = "home"
        sync = { name = "home" }: must be a list of tables: write `[[sync]]` on a line of its own before each sync, and its name below
    [sync.home] source.subdirectory = "/home/"
        sync = { home = { source = { subdirectory = "/home/" } } }: must be a list of tables: write `[[sync]]` on a line of its own before each sync, and its name below
    [[sync.home]] source.subdirectory = "/home/"
        sync = { home = [{ source = { subdirectory = "/home/" } }] }: must be a list of tables: write `[[sync]]` on a line of its own before each sync, and its name below
    [[syncs]] name = "home"
        syncs = [{ name = "home" }]: is not a known key; did you mean `sync`?
    sync = 1 [stack] name = "backup" region = "eu-central-1"
        sync = 1: must be a list of tables: write `[[sync]]` on a line of its own before each sync, and its name below
    sync = [] [stack] name = "backup" region = "eu-central-1"
        sync = []: must be a list of tables: write `[[sync]]` on a line of its own before each sync, and its name below
    sync = ["home", "web"] [stack] name = "backup" region = "eu-central-1"
        sync = ["home", "web"]: must be a list of tables: write `[[sync]]` on a line of its own before each sync, and its name below
    "#);
}
