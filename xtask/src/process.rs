//! Child processes: printed before they run, an error when they fail.

use std::cell::RefCell;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

thread_local! {
    /// Where this thread and the commands that it runs write, if not to the terminal.
    static LOG: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// Makes this thread, and the commands that it runs from now on, write into a file.
pub(crate) fn log_into(file: File) {
    LOG.set(Some(file));
}

/// Writes a line for people.
pub(crate) fn say_line(line: &str) {
    LOG.with_borrow_mut(|log| match log {
        // A log that cannot be written must not stop the command that it logs.
        Some(file) => drop(writeln!(file, "{line}")),
        None => eprintln!("{line}"),
    });
}

/// Like `eprintln!`, but into the log of the thread if it has one.
macro_rules! say {
    ($($arg:tt)*) => { $crate::process::say_line(&format!($($arg)*)) };
}
pub(crate) use say;

/// A command to run.
pub(crate) struct Run {
    command: Command,
    shown: String,
    shown_env: String,
}

impl Run {
    /// A program by name or path.
    pub(crate) fn program(program: impl AsRef<Path>) -> Self {
        let program = program.as_ref().as_os_str();
        Self {
            command: Command::new(program),
            shown: program.to_string_lossy().into_owned(),
            shown_env: String::new(),
        }
    }

    /// Prints a shorter word instead of the program's path.
    pub(crate) fn shown_as(mut self, name: &str) -> Self {
        name.clone_into(&mut self.shown);
        self
    }

    /// Adds arguments.
    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        for arg in args {
            let arg = arg.as_ref();
            self.shown.push(' ');
            self.shown.push_str(&quoted(&arg.to_string_lossy()));
            self.command.arg(arg);
        }
        self
    }

    /// Adds arguments that are not printed, since they only control how the program is started.
    pub(crate) fn silent_args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable for the child.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref();
        self.shown_env.push_str(&format!("{key}={} ", quoted(&value.to_string_lossy())));
        self.command.env(key, value);
        self
    }

    /// Sets a variable that is not printed: what it does is said elsewhere, and its value differs between machines.
    pub(crate) fn silent_env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Hides environment variables from the child.
    pub(crate) fn without_env(mut self, keys: &[&str]) -> Self {
        for key in keys {
            self.command.env_remove(key);
        }
        self
    }

    /// Sets the child's working folder.
    pub(crate) fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Prints the command, runs it, and fails unless it ends with status 0.
    pub(crate) fn run(mut self) -> Result<()> {
        say!("$ {}{}", self.shown_env, self.shown);
        LOG.with_borrow(|log| -> Result<()> {
            if let Some(file) = log {
                self.command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file.try_clone()?);
            }
            Ok(())
        })?;
        let status = self.command.status().with_context(|| format!("cannot start `{}`", self.shown))?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.shown);
        }
        Ok(())
    }

    /// Runs the command without printing it and returns its stderr; fails unless it ends with status 0.
    pub(crate) fn stderr(mut self) -> Result<String> {
        let output = self.command.stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot start `{}`", self.shown))?;
        let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if !output.status.success() {
            bail!("`{}` ended with {}: {text}", self.shown, output.status);
        }
        Ok(text)
    }

    /// Runs the command without printing it and returns its stdout, or `None` when it failed or is absent.
    pub(crate) fn output(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// Quotes an argument that a shell would split.
fn quoted(arg: &str) -> String {
    if arg.is_empty() || arg.contains([' ', '"', '\'', '*', '$']) {
        format!("{arg:?}")
    } else {
        arg.to_owned()
    }
}

/// The full path of a program on PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path: OsString = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(name)).find(|candidate| candidate.is_file())
}
