//! `export.model = "best"`, and what a run says in the end.

use crate::RECIPE;
use crate::support::Bench;
use pupil_core::Scorer;
use pupil_trainer::files;
use pupil_trainer::recipe::Recipe;
use std::fs;

/// The recipe with n-grams, E-LSTMs and an ensemble of both, of which the best goes into the file.
fn best() -> String {
    RECIPE
        .replace("baseline = true\nsweep = { task = \"heat\", lambdas = [0.5] }\n", "")
        .replace("copies = 1", "copies = 0")
        .replace("lambda = 1.0\nship", "lambda = 0.0\nmodel = \"best\"\nship")
        .replace("lambdas = [0.0, 1.0]", "lambdas = [0.0]")
        + "\n[ensemble]\nlambda = 0.0\neach = 2\n"
}

#[test]
fn small_n_grams_are_exported_where_nothing_is_better() {
    // E-LSTMs that learn nothing.
    let recipe = best().replace("epochs = 25", "epochs = 1").replace("rate = 1e-2", "rate = 1e-9");
    let bench = Bench::new(&recipe);
    let (tables, path) = bench.open("a").run().unwrap();
    let line = tables.lines().find(|l| l.starts_with("exported: ")).unwrap();
    assert!(line.starts_with("exported: n-gram ridge, chosen by 32 validation answers (x 100): "), "{line}");
    assert!(line.contains("E-LSTM λ=0 ") && line.contains("ensemble "), "{line}");
    assert_eq!(Scorer::open(&path).unwrap().manifest().encoders.len(), 2);
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("models of one task each: TF-IDF of n-grams"), "{card}");
    // The file is the n-grams, so there is nothing beside them.
    let last: Vec<&str> = tables.lines().rev().take(2).collect();
    for (line, task) in last.iter().zip(["rust", "heat"]) {
        assert!(line.starts_with(&format!("{task}: use n-gram ridge: QWK ")), "{line}");
        assert!(line.contains("] on 30 test answers") && !line.contains("bag of words"), "{line}");
    }
}

#[test]
fn an_ensemble_is_exported_where_it_is_better() {
    let recipe = best() + "\n[ngram]\nchars = []\nwords = [3, 4]\n";
    let bench = Bench::new(&recipe);
    let (tables, path) = bench.open("a").run().unwrap();
    let line = tables.lines().find(|l| l.starts_with("exported: ")).unwrap();
    assert!(line.starts_with("exported: the ensemble, chosen by 32 validation answers"), "{tables}");
    let scorer = Scorer::open(&path).unwrap();
    assert_eq!(scorer.manifest().encoders.len(), 6);
    let page = fs::read_to_string(bench.path("a/tiny/results.md")).unwrap();
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("6 models of 2 tasks, combined for each task: n-grams, E-LSTMs"), "{card}");
    for (task, line) in ["rust", "heat"].iter().zip(tables.lines().rev()) {
        let start = format!("{task}: use the ensemble: QWK ");
        assert!(line.starts_with(&start) && line.contains(" on 30 test answers; bag of words "), "{line}");
        assert!(line.contains(", difference +"), "{line}");
        assert!(page.contains(line) && card.contains(line), "{line}\n{page}\n{card}");
    }
    for text in [&page, &card] {
        assert!(text.contains("## Which model is exported") && text.contains("| ensemble | "), "{text}");
    }

    // Test answers decide nothing: with other scores in the test set, the choice and its figures are the same.
    let test = fs::read_to_string(bench.path("data/test.jsonl")).unwrap();
    let other = test.replace("\"score\":2", "\"score\":x").replace("\"score\":0", "\"score\":2");
    files::write(&bench.path("data/test.jsonl"), other.replace("\"score\":x", "\"score\":0").as_bytes())
        .unwrap();
    let (again, other) = bench.open("b").run().unwrap();
    assert!(again.contains(line), "{again}");
    assert_eq!(Scorer::open(&other).unwrap().manifest().encoders.len(), 6);
    assert!(again.lines().last().unwrap().starts_with("To use n-gram, set export.model = "), "{again}");
}

#[test]
fn a_choice_is_made_again_with_the_same_result() {
    let bench = Bench::new(&best().replace("epochs = 25", "epochs = 2"));
    let pipeline = bench.open("a");
    let (tables, path) = pipeline.run().unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let (again, _) = bench.open("a").run().unwrap();
    assert_eq!(
        tables.lines().rev().take(3).collect::<Vec<_>>(),
        again.lines().rev().take(3).collect::<Vec<_>>()
    );
    assert!(fs::read(&path).unwrap() == bytes);
}

#[test]
fn a_model_behind_n_grams_is_advised_against() {
    let recipe = RECIPE.replace("epochs = 25", "epochs = 1").replace("rate = 1e-2", "rate = 1e-9");
    let bench =
        Bench::new(&recipe.replace("seeds = [1, 2]\nbaseline = true", "seeds = [1]\nbaseline = false"));
    let (tables, _) = bench.open("a").run().unwrap();
    let line = tables.lines().find(|l| l.starts_with("rust: ")).unwrap();
    let start = "rust: use n-gram: E-LSTM λ=1 is behind the bag of words: QWK ";
    assert!(line.starts_with(start) && line.contains("; bag of words "), "{line}");
    assert!(line.contains(", difference -"), "{line}");
    let last = tables.lines().last().unwrap();
    assert_eq!(last, "To use n-gram, set export.model = \"n-gram\" and export.lambda = 0.0 and run again.");

    // Without n-grams the line has the figure alone.
    files::write(&bench.path("recipe.toml"), (recipe + "\n[ngram]\nlambdas = []\n").as_bytes()).unwrap();
    let (tables, _) = bench.open("a").run().unwrap();
    let line = tables.lines().last().unwrap();
    assert!(
        line.starts_with("rust: use E-LSTM λ=1: QWK ") && line.ends_with(" on 30 test answers"),
        "{line}"
    );
}

#[test]
fn impossible_choices_are_refused() {
    let bench = Bench::new("");
    for (from, to, want) in [
        (
            "\nlambda = 0.0\nmodel",
            "\nlambda = 3.0\nmodel",
            "export.lambda 3 is not among distil.lambdas [0.0]",
        ),
        ("lambdas = [0.0]", "lambdas = []", "ensemble.lambda 0 is not among distil.lambdas []"),
    ] {
        files::write(&bench.path("recipe.toml"), best().replace(from, to).as_bytes()).unwrap();
        let error = format!("{:#}", Recipe::read(&bench.path("recipe.toml")).err().unwrap());
        assert!(error.contains(want), "{error}");
    }
    let nothing = best().replace("lambdas = [0.0]", "lambdas = []");
    let nothing = nothing[..nothing.find("[ensemble]").unwrap()].to_owned();
    files::write(&bench.path("recipe.toml"), (nothing + "[ngram]\nlambdas = []\n").as_bytes()).unwrap();
    let error = format!("{:#}", Recipe::read(&bench.path("recipe.toml")).err().unwrap());
    assert!(
        error.contains("there is nothing to choose from: set ngram.lambdas or distil.lambdas"),
        "{error}"
    );
}
