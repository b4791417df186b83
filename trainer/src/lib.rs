//! Fine-tunes a teacher on graded answers, distils it into student models, quantizes them and writes `.pupil` files.

#![deny(unsafe_code)]

/// As the macro of the standard library, which panics when a line cannot be written: a log on a full disk must not end
/// a run.
macro_rules! eprintln {
    ($($arg:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($arg)*);
    }};
}

pub mod attack;
pub mod corpus;
pub mod data;
pub mod experiment;
pub mod file;
pub mod files;
pub mod fit;
pub mod guard;
pub mod head;
pub mod knowledge;
pub mod labels;
pub mod loss;
pub mod model;
pub mod negatives;
pub mod ngram;
pub mod ops;
pub mod overlap;
pub mod perturb;
pub mod progress;
pub mod prompt;
pub mod random;
pub mod recipe;
pub mod report;
pub mod robustness;
pub mod script;
pub mod spelling;
pub mod stages;
pub mod tokenizer;
mod tool;
pub mod workers;

pub use tool::TOOL;

/// An error with its causes, each on its own line and without duplicates: many errors repeat their cause.
#[must_use]
pub fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    let mut causes = String::new();
    let mut last = text.clone();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !last.contains(&cause) {
            causes += &format!("\n    {cause}");
            last = cause;
        }
    }
    if !causes.is_empty() {
        text += &format!("\n\nCaused by:{causes}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn each_cause_is_printed_once() {
        let repeated = Err::<(), _>(anyhow!("graph: no input `ids`"))
            .context("graph: no input `ids`")
            .context("file would be refused: graph: no input `ids`")
            .context("a.onnx cannot be imported");
        let text = told(&repeated.unwrap_err());
        let want =
            "a.onnx cannot be imported\n\nCaused by:\n    file would be refused: graph: no input `ids`";
        assert_eq!(text, want);
        assert_eq!(told(&anyhow!("alone")), "alone");
    }
}
