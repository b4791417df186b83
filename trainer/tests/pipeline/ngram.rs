//! The baseline of n-grams in whole recipes.

use crate::RECIPE;
use crate::support::Bench;
use pupil_core::Scorer;
use pupil_core::format::manifest::Encoder;
use pupil_trainer::files;
use std::fs;

/// The recipe with students that learn next to nothing.
fn weak() -> String {
    RECIPE.replace("epochs = 25", "epochs = 1").replace("rate = 1e-2", "rate = 1e-9")
}

#[test]
fn models_behind_n_grams_are_named_in_every_report() {
    let bench = Bench::new(&weak());
    let (tables, _) = bench.open("a").run().unwrap();
    assert!(tables.contains("n-gram ridge, int8"), "{tables}");
    let warning = "warning: on test E-LSTM λ=0, int8 agrees less with people than n-gram ridge, int8: QWK -";
    let page = fs::read_to_string(bench.path("a/tiny/results.md")).unwrap();
    assert!(page.contains("## Behind n-grams") && page.contains(warning), "{page}");
    let line = page.lines().find(|l| l.starts_with(warning)).unwrap();
    assert!(line.contains("] (x 100) on average over 2 tasks; behind on heat -"), "{line}");
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(
        card.contains("n-gram ridge") && card.contains("agrees less with people than n-gram ridge"),
        "{card}"
    );

    // Without n-grams nothing of it is left.
    files::write(&bench.path("recipe.toml"), (weak() + "\n[ngram]\nlambdas = []\n").as_bytes()).unwrap();
    let (tables, _) = bench.open("a").run().unwrap();
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(!tables.contains("n-gram") && !card.contains("n-gram"), "{tables}\n{card}");
}

#[test]
fn n_grams_alone_become_a_file() {
    let pupils = RECIPE.find("[pupil]").unwrap();
    let recipe = format!(
        "{}[export]\nmodel = \"n-gram\"\nlambda = 0.0\n[evaluate]\nreplicates = 20\n[ngram]\nbuckets = 4096\n",
        &RECIPE[..pupils]
    );
    let bench = Bench::new(&recipe);
    let (tables, path) = bench.open("a").run().unwrap();
    assert!(tables.contains("n-gram ridge, int8") && !tables.contains("teacher"), "{tables}");
    assert!(!bench.path("a/tiny/teachers").exists());
    let scorer = Scorer::open(&path).unwrap();
    let encoders: Vec<&Encoder> = scorer.manifest().encoders.values().collect();
    assert!(matches!(encoders[..], [Encoder::NGram(_), Encoder::NGram(_)]));
    let level = |answer: &str| scorer.score("rust", answer).unwrap().level.unwrap();
    assert!(level("the metal gets very the and it") < level("because the oxygen and water gets it"));
    assert!(scorer.score("rust", "").is_ok());
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("TF-IDF of n-grams"), "{card}");
    // The same recipe gives the same bytes.
    assert_eq!(fs::read(&path).unwrap(), fs::read(bench.open("b").run().unwrap().1).unwrap());
}

#[test]
fn n_grams_learn_from_a_teacher_too() {
    let recipe = RECIPE.replace("[pupil]", "[ngram]\nlambdas = [0.0, 1.0]\n[pupil]");
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    pipeline.distil().unwrap();
    let read = |lambda: u8| {
        fs::read(bench.path(&format!("a/tiny/pupils/heat/n-gram-lambda-{lambda}/model.safetensors"))).unwrap()
    };
    assert_ne!(read(0), read(1));
}

#[test]
fn impossible_settings_of_n_grams_are_refused() {
    let bench = Bench::new(RECIPE);
    for (lines, want) in [
        ("[ngram]\nchars = [3]\n", "ngram.chars has 1 numbers"),
        ("[ngram]\nwords = [2, 1]\n", "n-grams of 2 to 1 words"),
        ("[ngram]\nbuckets = 7\n", "7 buckets, but 256 to 1048576 are possible"),
        ("[ngram]\npenalties = []\n", "ngram.penalties has 0 values"),
        ("[ngram]\npenalties = [0.0]\n", "ngram.penalties must be from 0.000001 to 1000000, not 0"),
        ("[ngram]\nfolds = 1\n", "ngram.folds is 1"),
        ("[ngram]\nlambdas = [-1.0]\n", "ngram.lambdas must be weights of at least 0, not -1"),
    ] {
        files::write(&bench.path("recipe.toml"), format!("{RECIPE}\n{lines}").as_bytes()).unwrap();
        let error = pupil_trainer::recipe::Recipe::read(&bench.path("recipe.toml")).err().unwrap();
        let error = format!("{error:#}");
        assert!(error.contains(want), "{error}");
    }
    let exported = RECIPE.replace("lambda = 1.0\nship", "lambda = 1.0\nmodel = \"n-gram\"\nship");
    files::write(&bench.path("recipe.toml"), exported.as_bytes()).unwrap();
    let error = pupil_trainer::recipe::Recipe::read(&bench.path("recipe.toml")).err().unwrap();
    assert!(format!("{error:#}").contains("export.lambda 1 is not among ngram.lambdas [0.0]"), "{error:#}");
}
