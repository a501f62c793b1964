use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::*;

#[test]
fn the_commands_are_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_with_operands_shows_examples() {
    for command in Arguments::command().get_subcommands().filter(|command| !command.is_hide_set()) {
        let help = command.clone().render_long_help().to_string();
        assert!(help.contains("Examples:"), "{} has no examples", command.get_name());
    }
}

#[test]
fn wrong_usage_is_refused() {
    let check = |line: &str, expected: ErrorKind| {
        let error = Arguments::try_parse_from(line.split(' ')).unwrap_err();
        assert_eq!(error.kind(), expected, "{line}");
    };
    check("docmill run", ErrorKind::MissingRequiredArgument);
    check("docmill run x --collection a.b", ErrorKind::ValueValidation);
    check("docmill run x --password-secret a", ErrorKind::MissingRequiredArgument);
    check("docmill run x --threads 0", ErrorKind::ValueValidation);
    check("docmill run x --fail-on maybe", ErrorKind::InvalidValue);
    check("docmill submit x --lane slow", ErrorKind::ValueValidation);
    check("docmill submit x --pages 3-1", ErrorKind::ValueValidation);
    check("docmill submit x --document a/b", ErrorKind::ValueValidation);
    check("docmill results", ErrorKind::MissingRequiredArgument);
    check("docmill dead replay q3 d --all", ErrorKind::ArgumentConflict);
    check("docmill dead", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
    check("docmill nonsense", ErrorKind::InvalidSubcommand);
}

#[test]
fn common_options_may_stand_behind_the_command() {
    let arguments =
        Arguments::try_parse_from(["docmill", "status", "q3", "--nats", "nats://n:1", "--json"]).unwrap();
    assert_eq!(arguments.common.nats.as_deref(), Some("nats://n:1"));
    assert!(arguments.common.json);
}
