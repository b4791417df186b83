//! Runs of a program, with a fault made by strace or a limit set by `prlimit`.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// The calls by which files come to be, besides `openat`, which opens files to read as well.
const CALLS: [&str; 9] =
    ["write", "fsync", "fdatasync", "rename", "renameat2", "fchmod", "unlink", "mkdir", "ftruncate"];

/// A call that writes: the n-th of its name, of the first thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) nth: usize,
}

/// What happens at a call.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) call: String,
    pub(super) nth: usize,
    /// As strace names it: `error=ENOSPC`.
    pub(super) does: &'static str,
}

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its status as shells count: 128 and more for a signal.
    pub(super) status: i32,
    /// What it wrote to stderr.
    pub(super) said: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        let status = output.status.code().or_else(|| output.status.signal().map(|n| 128 + n)).unwrap_or(-1);
        Self { status, said: String::from_utf8_lossy(&output.stderr).into_owned() }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.status == 0
    }

    /// Whether a signal ended it, be it an abort for want of memory.
    pub(super) fn is_killed(&self) -> bool {
        self.status >= 128
    }
}

fn finished(mut command: Command) -> Result<Ended> {
    let output = command.stdin(Stdio::null()).output().context("cannot start a program")?;
    Ok(Ended::of(&output))
}

/// Runs a program, with a fault or without one.
pub(super) fn run(program: &Path, arguments: &[&str], folder: &Path, fault: Option<&Fault>) -> Result<Ended> {
    let mut command = match fault {
        None => Command::new(program),
        Some(Fault { call, nth, does }) => {
            let mut command = Command::new("strace");
            command.args(["-f", "-qqq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
            command.args(["-e", &format!("inject={call}:{does}:when={nth}")]).arg(program);
            command
        }
    };
    command.args(arguments).current_dir(folder);
    finished(command)
}

/// Runs a program and lists its calls that write.
pub(super) fn calls(program: &Path, arguments: &[&str], folder: &Path) -> Result<Vec<Call>> {
    let log = folder.with_extension("calls");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qqq", "-s", "0", "-e", &format!("trace=openat,{}", CALLS.join(",")), "-o"])
        .arg(&log);
    let ended = finished({
        command.arg(program).args(arguments).current_dir(folder);
        command
    })?;
    if !ended.is_ok() {
        bail!("without a fault, {} ends with {}: {}", program.display(), ended.status, ended.said.trim());
    }
    let text = std::fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))?;
    Ok(listed(&text))
}

/// The calls of the first thread in a log of strace.
fn listed(log: &str) -> Vec<Call> {
    let thread = log.split_whitespace().next().unwrap_or_default();
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut found = Vec::new();
    for line in log.lines() {
        let Some((own, rest)) = line.split_once(' ').filter(|(own, _)| *own == thread) else { continue };
        debug_assert_eq!(own, thread, "filtered");
        let Some((name, arguments)) = rest.trim_start().split_once('(') else { continue };
        let nth = counts.entry(name).or_default();
        *nth += 1;
        if CALLS.contains(&name) || name == "openat" && arguments.contains("O_CREAT") {
            found.push(Call { name: name.to_owned(), nth: *nth });
        }
    }
    found
}

/// Runs a program under a limit, as `prlimit` takes it.
pub(super) fn limited(program: &Path, arguments: &[&str], folder: &Path, limit: &str) -> Result<Ended> {
    let mut command = Command::new("prlimit");
    command.args([limit, "--core=0"]).arg(program).args(arguments).current_dir(folder);
    finished(command)
}

/// Runs a program twice at once.
pub(super) fn at_once(program: &Path, arguments: &[&str], folder: &Path) -> Result<[Ended; 2]> {
    let start = || {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().context("cannot start a program")
    };
    let (first, second) = (start()?, start()?);
    Ok([Ended::of(&first.wait_with_output()?), Ended::of(&second.wait_with_output()?)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_first_thread_are_counted_by_name() {
        let log = "7  openat(AT_FDCWD, \"lib.so\", O_RDONLY) = 3\n7  write(1, \"\"..., 4) = 4\n8  write(1, \"\"..., 4) = 4\n\
                   7  openat(AT_FDCWD, \".x.partial\", O_WRONLY|O_CREAT, 0600) = 5\n7  write(5, \"\"..., 9) = 9\n\
                   7  rename(\".x.partial\", \"x\") = 0\n7  +++ exited with 0 +++\n";
        let found: Vec<(String, usize)> = listed(log).into_iter().map(|call| (call.name, call.nth)).collect();
        let want = [("write", 1), ("openat", 2), ("write", 2), ("rename", 1)];
        assert_eq!(found, want.map(|(name, nth)| (name.to_owned(), nth)));
    }
}
