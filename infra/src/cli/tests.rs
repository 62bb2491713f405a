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
    assert_eq!(cli.command_text(), "efs-s3 --local status");
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
