//! Parses the command line. No error message repeats an argument, since any argument may be an answer.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{CommandFactory, Parser};

use crate::args::Cli;
use crate::failure::{Exit, Failure};
use crate::similar;

/// Parses the command line; ends the program after `--help` and `--version`.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, Failure> {
    let args: Vec<OsString> = args.into_iter().collect();
    Cli::try_parse_from(&args).map_err(|error| match error.kind() {
        // These texts repeat nothing that was typed.
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => error.exit(),
        _ => refusal(&error, &args[1.min(args.len())..]),
    })
}

/// The failure for a command line that the parser rejects. Only names of known options are repeated.
fn refusal(error: &Error, args: &[OsString]) -> Failure {
    let names = Names::of(args);
    let option = names.first(error, ContextKind::InvalidArg);
    let place = position(error, args);
    let failure = |text: String| Failure::new(Exit::Usage, text);
    let help = format!("`{} --help` lists the options", names.command);
    match error.kind() {
        ErrorKind::UnknownArgument if is_option(error) => {
            let failure = failure(format!("{place} is an option that `{}` does not have", names.command));
            match names.first(error, ContextKind::SuggestedArg) {
                Some(similar) => failure
                    .hint(format!("there is {similar}; put `--` before an answer that begins with a hyphen")),
                None => failure.hint(format!("put `--` before an answer that begins with a hyphen; {help}")),
            }
        }
        ErrorKind::UnknownArgument => failure(format!("{place} is unexpected"))
            .hint(format!("put quotes around an answer of several words; {help}")),
        ErrorKind::InvalidSubcommand => {
            let listed = format!("the commands are {}; `pupil score` scores an answer", names.commands);
            let similar =
                refused(error).and_then(|typed| similar::nearest(typed, names.commands.split(", ")));
            failure(format!("{place} is not a pupil command")).hint(match similar {
                Some(similar) => format!("did you mean {similar}? {listed}"),
                None => listed,
            })
        }
        ErrorKind::MissingSubcommand => {
            failure("no command is given".to_owned()).hint(format!("the commands are {}", names.commands))
        }
        ErrorKind::InvalidUtf8 => failure("the value of an option is not valid UTF-8".to_owned())
            .hint("--answer-file reads an answer from a file"),
        ErrorKind::InvalidValue
        | ErrorKind::ValueValidation
        | ErrorKind::TooFewValues
        | ErrorKind::NoEquals => {
            let name = option.unwrap_or("an argument");
            if is_empty(error) {
                return failure(format!("{name} needs a value"))
                    .hint(format!("write {name}=VALUE if the value begins with a hyphen"));
            }
            let wanted = match name {
                "--delimiter" => "one ASCII character that is not a letter, digit or quote, or `tab`",
                "--threads" | "--html-groups" | "--count" | "--draw" | "--students" | "--answers" => {
                    "a number of at least 1"
                }
                "--max-error" | "--confidence" | "--coverage" | "--false-alarm" | "--validation"
                | "--calibration" | "--review-share" => "a number between 0 and 1, such as 0.05",
                "--trim-min" | "--trim-max" => "a number",
                "--tolerance" => "a number of at least 0 and less than 1",
                "--trim-tolerance" | "--rater-error-variance" => "a number of at least 0",
                "--repeats" | "--replicates" | "--seed" | "--min-group" | "--min-per-student" => {
                    "a whole number of at least 0"
                }
                "--error" => "exact or adjacent",
                "<SHELL>" => "bash, elvish, fish, powershell or zsh",
                _ => return failure(format!("the value of {name} is invalid")).hint(help),
            };
            failure(format!("the value of {name} is invalid: it must be {wanted}"))
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => {
            failure(format!("{} takes no value", option.unwrap_or("an option"))).hint(help)
        }
        ErrorKind::ArgumentConflict => {
            let others = names.all(error, ContextKind::PriorArg);
            match (option, others.first()) {
                (Some(option), Some(other)) if option == *other => {
                    failure(format!("{option} is given twice"))
                }
                (Some(option), Some(_)) => {
                    failure(format!("{option} and {} cannot be used together", others.join(" and ")))
                }
                _ => failure("some options cannot be used together".to_owned()).hint(help),
            }
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = names.all(error, ContextKind::InvalidArg);
            failure(format!(
                "missing: {}",
                if missing.is_empty() { "an argument".into() } else { missing.join(", ") }
            ))
            .hint(help)
        }
        _ => failure("the command line cannot be parsed".to_owned()).hint(help),
    }
}

/// The names that a message may contain.
struct Names {
    /// The program with the given subcommand.
    command: String,
    /// All subcommands, on one line.
    commands: String,
    /// The options of all subcommands, and the names of their arguments.
    known: BTreeSet<String>,
}

impl Names {
    /// Collects the names from the parser.
    fn of(args: &[OsString]) -> Self {
        let parser = Cli::command();
        let mut known = BTreeSet::new();
        let mut commands = Vec::new();
        for command in parser.get_subcommands() {
            commands.push(command.get_name().to_owned());
            for argument in command.get_arguments() {
                known.extend(argument.get_long().map(|long| format!("--{long}")));
                if argument.is_positional() {
                    known.extend(
                        argument.get_value_names().into_iter().flatten().map(|name| format!("<{name}>")),
                    );
                    known.insert(format!("<{}>", argument.get_id().as_str().to_uppercase()));
                }
            }
        }
        let meant = args.first().and_then(|first| commands.iter().find(|command| first == command.as_str()));
        let command = meant.map_or_else(|| "pupil".to_owned(), |command| format!("pupil {command}"));
        Self { command, commands: commands.join(", "), known }
    }

    /// The known names in a part of an error.
    fn all(&self, error: &Error, part: ContextKind) -> Vec<&str> {
        let texts: Vec<&str> = match error.get(part) {
            Some(ContextValue::String(text)) => vec![text],
            Some(ContextValue::Strings(texts)) => texts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        // The name of the value follows the name of the option: `--csv <TABLE>`.
        let name = |text: &str| self.known.get(text.split([' ', '=']).next().unwrap_or_default());
        texts.into_iter().filter_map(name).map(String::as_str).collect()
    }

    /// The first of them.
    fn first(&self, error: &Error, part: ContextKind) -> Option<&str> {
        self.all(error, part).first().copied()
    }
}

/// The rejected argument.
fn refused(error: &Error) -> Option<&str> {
    [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].into_iter().find_map(|part| {
        match error.get(part) {
            Some(ContextValue::String(text)) => Some(text.as_str()),
            _ => None,
        }
    })
}

/// Whether the rejected argument is written as an option.
fn is_option(error: &Error) -> bool {
    refused(error).is_some_and(|argument| argument.starts_with('-'))
}

/// Whether a value is missing, not wrong.
fn is_empty(error: &Error) -> bool {
    !matches!(error.get(ContextKind::InvalidValue), Some(ContextValue::String(value)) if !value.is_empty())
}

/// The position of the rejected argument, counted from 1 after the program's name.
fn position(error: &Error, args: &[OsString]) -> String {
    let found =
        refused(error).and_then(|refused| args.iter().position(|argument| is_meant(argument, refused)));
    found.map_or_else(|| "an argument".to_owned(), |place| format!("argument {}", place + 1))
}

/// Whether an argument is the rejected one: the parser leaves out a value after `=`, and names one letter of several.
fn is_meant(argument: &OsStr, refused: &str) -> bool {
    let argument = argument.to_string_lossy();
    let is_letter = refused.len() > 1 && refused.starts_with('-') && !refused.starts_with("--");
    argument == refused
        || argument.strip_prefix(refused).is_some_and(|rest| rest.starts_with('='))
        || (is_letter
            && !argument.starts_with("--")
            && argument.starts_with('-')
            && argument.contains(&refused[1..]))
}
