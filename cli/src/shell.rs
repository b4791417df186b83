//! `pupil completions` and `pupil manual`: files for shells and for `man`.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::args::{Cli, CompletionsArgs, ManualArgs};
use crate::failure::{Exit, Failure};
use crate::stdout;

/// Prints the completions of a shell.
pub(crate) fn completions(options: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "pupil", &mut script);
    stdout::print(&String::from_utf8_lossy(&script))
}

/// Prints the manual page of the program and of all its commands, in the format of `man`.
pub(crate) fn manual(_: &ManualArgs) -> Result<(), Failure> {
    let failed = |error| Failure::new(Exit::Internal, format!("cannot make the manual: {error}"));
    let mut program = Cli::command();
    program.build();
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(program.clone());
    man.render(&mut page).map_err(failed)?;
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("pupil {}", command.get_name());
        writeln!(page, ".SH \"{}\"", name.to_uppercase()).map_err(failed)?;
        let man = clap_mangen::Man::new(command.clone().bin_name(name));
        man.render_synopsis_section(&mut page).map_err(failed)?;
        man.render_description_section(&mut page).map_err(failed)?;
        man.render_options_section(&mut page).map_err(failed)?;
        man.render_extra_section(&mut page).map_err(failed)?;
    }
    stdout::print(&String::from_utf8_lossy(&page))
}
