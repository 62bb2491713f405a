use clap::CommandFactory;

use super::*;

#[test]
fn the_definition_is_sound() {
    CliArguments::command().debug_assert();
}

#[test]
fn global_arguments_may_follow_the_command() {
    let cli =
        CliArguments::try_parse_from(["efs-s3", "status", "--local", "--output", "json"]).unwrap();
    assert!(cli.global.local);
    assert_eq!(cli.global.output, OutputFormat::Json);
    assert_eq!(cli.global.in_force(), [("--local", None)]);
}

#[test]
fn an_account_has_twelve_digits() {
    for wrong in ["1", "12345678901x", "1234567890123"] {
        assert!(
            CliArguments::try_parse_from(["efs-s3", "status", "--local-account", wrong]).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn syncs_are_selected_by_name_or_all_together() {
    let parse = |arguments: &[&str]| {
        CliArguments::try_parse_from(["efs-s3"].iter().chain(arguments)).map(|cli| cli.command)
    };
    let status = parse(&["status", "--sync", "home", "--sync", "archive"]).unwrap();
    let Command::Status(syncs) = status else { panic!("{status:?}") };
    assert_eq!(syncs.names, ["home", "archive"]);
    assert!(syncs.is_list());
    let sync = parse(&["sync", "--all", "--wait"]).unwrap();
    assert!(matches!(&sync, Command::Sync(arguments) if arguments.syncs.all && arguments.wait));
    for refused in [
        &["status", "--sync", "home", "--all"][..],
        &["cancel", "exec-1", "--all"],
        &["cancel", "exec-1", "--sync", "home"],
        &["get", "a", "--sync", "home", "--sync", "archive"],
        &["restore", "--at", "2 hours ago", "--all"],
    ] {
        assert!(parse(refused).is_err(), "{refused:?}");
    }
}
