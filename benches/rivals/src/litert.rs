//! LiteRT, in a separate Python process that measures its own calls.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::system::{First, System};

/// The process; it ends when this value is dropped.
pub(crate) struct Python {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts `litert.py`.
    pub(crate) fn start(python: &Path) -> Result<Rc<RefCell<Self>>> {
        let mut child = command(python)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let answers = BufReader::new(child.stdout.take().context("stdout is a pipe")?);
        Ok(Rc::new(RefCell::new(Self { questions: child.stdin.take(), child, answers })))
    }

    /// Sends a request and reads the reply.
    fn ask<T: for<'de> Deserialize<'de>>(&mut self, question: &Value) -> Result<T> {
        let pipe = self.questions.as_mut().context("the process has ended")?;
        writeln!(pipe, "{question}").context("the LiteRT process has stopped reading")?;
        pipe.flush()?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("the LiteRT process ended at the request {}", question["do"]);
        }
        let mut reply: serde_json::Map<String, Value> = serde_json::from_str(&line)?;
        if let Some(error) = reply.get("error") {
            bail!("LiteRT cannot {}: {error}", question["do"]);
        }
        Ok(serde_json::from_value(reply.remove("answer").context("a reply without an answer")?)?)
    }

    /// Version of a Python package.
    pub(crate) fn version(&mut self, package: &str) -> Result<String> {
        self.ask(&json!({ "do": "version", "package": package }))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The script ends when its input ends.
        self.questions = None;
        let _ended = self.child.wait();
    }
}

/// The script, in Python.
pub(crate) fn command(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("litert.py")).env("OMP_NUM_THREADS", "1");
    command
}

/// A model in the process.
pub(crate) struct LiteRt {
    name: String,
    python: Rc<RefCell<Python>>,
    path: PathBuf,
    /// A file for a class of answers, if there is one.
    class: Option<PathBuf>,
}

impl LiteRt {
    /// Opens a file, and one for a class if it exists.
    pub(crate) fn new(
        name: &str,
        python: &Rc<RefCell<Python>>,
        path: PathBuf,
        class: PathBuf,
    ) -> Result<Self> {
        let class = Some(class).filter(|class| class.is_file());
        for path in [Some(&path), class.as_ref()].into_iter().flatten() {
            let () = python.borrow_mut().ask(&json!({ "do": "open", "path": path }))?;
        }
        Ok(Self { name: name.into(), python: Rc::clone(python), path, class })
    }

    fn ask<T: for<'de> Deserialize<'de>>(&self, what: &str, ids: &[u32], calls: usize) -> Result<T> {
        let question = json!({ "do": what, "path": self.path, "ids": [ids], "calls": calls });
        self.python.borrow_mut().ask(&question)
    }
}

impl System for LiteRt {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        self.ask("run", ids, 1)
    }

    fn seconds(&mut self, ids: &[u32], calls: usize) -> Result<f64> {
        self.ask("time", ids, calls)
    }

    fn class_seconds(&mut self, answers: &[Vec<u32>], calls: usize) -> Result<Option<f64>> {
        let Some(class) = &self.class else { return Ok(None) };
        let question = json!({ "do": "time", "path": class, "ids": answers, "calls": calls });
        self.python.borrow_mut().ask(&question).map(Some)
    }

    fn first(&mut self, ids: &[u32]) -> Result<First> {
        let (opened, answered) = self.ask("first", ids, 1)?;
        Ok(First { opened, answered })
    }
}
