//! What a worker program was asked to do: few words, read by hand.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::telemetry::Program;

/// The arguments of a worker program, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The configuration file: `--config`, else `DOCMILL_CONFIG`.
    pub config: Option<PathBuf>,
    /// What to do.
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Work until told to end. What no argument means.
    Work,
    /// Make streams, consumers and buckets, and end.
    Provision,
    /// Check the settings, and end.
    CheckConfig,
    /// Print [`Invocation::usage`].
    Help,
    /// Print name and version.
    Version,
    /// A word that the chassis doesn't know, and everything after it: the program's own.
    Other(Vec<OsString>),
}

impl Invocation {
    /// Reads the arguments, without the program's name, and `DOCMILL_CONFIG` of the environment.
    ///
    /// # Errors
    /// A sentence on what is wrong, for an unknown option, a missing path, or two commands.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, String> {
        let mut config = None;
        let mut command = None;
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let next = match argument.to_str() {
                Some("--config") => {
                    config = Some(arguments.next().map(PathBuf::from).ok_or("--config needs a path")?);
                    continue;
                }
                Some(text) if text.starts_with("--config=") => {
                    config = text.split_once('=').map(|(_, path)| PathBuf::from(path));
                    continue;
                }
                Some("--check-config") => Command::CheckConfig,
                Some("--help" | "-h" | "help") => Command::Help,
                Some("--version" | "-V") => Command::Version,
                Some("provision") => Command::Provision,
                Some(text) if text.starts_with('-') => return Err(format!("{text} is not an option")),
                Some(_) | None => {
                    Command::Other(std::iter::once(argument).chain(arguments.by_ref()).collect())
                }
            };
            match command {
                None => command = Some(next),
                Some(_) => return Err("give one command, not two".to_owned()),
            }
        }
        let variable =
            || environment.into_iter().find(|(key, value)| key == "DOCMILL_CONFIG" && !value.is_empty());
        let config = config.or_else(|| variable().map(|(_, path)| PathBuf::from(path)));
        Ok(Self { config, command: command.unwrap_or(Command::Work) })
    }

    /// The help text.
    pub fn usage(program: Program) -> String {
        let Program { name, version } = program;
        format!(
            "{name} {version}

usage: {name} [--config FILE]                  work until SIGTERM
       {name} [--config FILE] provision        make streams, consumers and buckets
       {name} [--config FILE] --check-config   check the settings
       {name} --help | --version

Settings come from FILE (TOML; also DOCMILL_CONFIG) and from the environment, which wins:
key `url` of section `nats` is DOCMILL_NATS__URL.
Exit codes: 0 ended as asked, 1 failed, 2 wrong usage or configuration.
"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read() {
        let check = |arguments: &[&str], variable: &str, expected: Result<(Option<&str>, Command), &str>| {
            let environment = [("DOCMILL_CONFIG".to_owned(), variable.to_owned())];
            let read = Invocation::read(arguments.iter().map(OsString::from), environment);
            let expected = expected
                .map(|(config, command)| Invocation { config: config.map(PathBuf::from), command })
                .map_err(str::to_owned);
            assert_eq!(read, expected, "{arguments:?}");
        };
        let other = |words: &[&str]| Command::Other(words.iter().map(OsString::from).collect());
        check(&[], "", Ok((None, Command::Work)));
        check(&[], "a.toml", Ok((Some("a.toml"), Command::Work)));
        check(&["--config", "b.toml"], "a.toml", Ok((Some("b.toml"), Command::Work)));
        check(&["--config=b.toml", "provision"], "", Ok((Some("b.toml"), Command::Provision)));
        check(&["provision", "--config", "b.toml"], "", Ok((Some("b.toml"), Command::Provision)));
        check(&["--check-config"], "", Ok((None, Command::CheckConfig)));
        check(&["-h"], "", Ok((None, Command::Help)));
        check(&["-V"], "", Ok((None, Command::Version)));
        check(&["read-pages", "--config", "7"], "", Ok((None, other(&["read-pages", "--config", "7"]))));
        check(&["--config"], "", Err("--config needs a path"));
        check(&["--fast"], "", Err("--fast is not an option"));
        check(&["provision", "--check-config"], "", Err("give one command, not two"));
    }
}
