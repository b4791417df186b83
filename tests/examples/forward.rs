//! Times the forward pass of a MiniLM-sized model with a mixture on every token, one thread, random weights.
//!
//! ```sh
//! cargo run --release -p pupil-tests --example forward
//! ```
#![expect(clippy::print_stdout, reason = "a tool for the command line")]

use std::error::Error;
use std::time::Instant;

use pupil_core::Scorer;
use pupil_core::format::manifest::{Bert, Head, HeadKind, Label, Mixture, Task};
use pupil_tests::{Fixture, invented_word};

fn main() -> Result<(), Box<dyn Error>> {
    let mut fixture = Fixture::empty(1);
    fixture.half_scales = true;
    let words: Vec<String> = (0..5000).map(invented_word).collect();
    fixture.tokenizer("t", &words, false);
    fixture.bert("e", "t", Bert { vocab: 30_522, ..Bert::default() });
    fixture.manifest.mixtures.insert("m".into(), Mixture::default());
    let task = |id: &str, mixture: Option<&str>| Task {
        id: id.into(),
        encoder: "e".into(),
        mixture: mixture.map(Into::into),
        head: Head { kind: HeadKind::Softmax, hidden: 192 },
        labels: ["0", "1", "2"].map(Label::named).into(),
        ..Task::default()
    };
    fixture.manifest.tasks = vec![task("plain", None), task("mixed", Some("m"))];
    let bytes = fixture.bytes();
    println!("file of {} bytes", bytes.len());
    let answer = words[..64].join(" ");
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), bytes)?;
    let mut opened = Vec::new();
    for _ in 0..20 {
        let begin = Instant::now();
        let scorer = Scorer::open(file.path())?;
        let open = begin.elapsed();
        scorer.score("plain", &answer)?;
        opened.push((begin.elapsed(), open));
    }
    opened.sort();
    println!(
        "file to first score: least {:?}, median {:?}; of it open {:?}",
        opened[0].0, opened[10].0, opened[10].1
    );
    let scorer = Scorer::open(file.path())?;
    println!("{:?}", scorer.report().variants);
    for task in ["plain", "mixed"] {
        let mut times: Vec<_> = (0..60)
            .map(|_| {
                let begin = Instant::now();
                scorer.score(task, &answer).map(|score| (begin.elapsed(), score.tokens))
            })
            .collect::<Result<_, _>>()?;
        times.sort();
        println!("{task}: {} tokens, least {:?}, median {:?}", times[0].1, times[0].0, times[30].0);
    }
    Ok(())
}
