//! Several teachers, and several models of a task, in whole recipes.

use crate::RECIPE;
use crate::support::Bench;
use pupil_core::Scorer;
use pupil_trainer::files;
use pupil_trainer::labels;
use pupil_trainer::recipe::Recipe;
use std::fs;

/// An ensemble of n-grams and two E-LSTMs.
fn ensemble() -> String {
    format!("{RECIPE}\n[ngram]\nlambdas = [0.0, 1.0]\nbuckets = 1024\n[ensemble]\neach = 2\n")
}

#[test]
fn members_of_an_ensemble_go_into_one_file_that_scores_as_they_do() {
    let recipe = ensemble().replace("[export]", "[export]\nmodel = \"ensemble\"");
    let bench = Bench::new(&recipe);
    let (tables, path) = bench.open("a").run().unwrap();
    assert!(tables.contains("ensemble, f32") && tables.contains("ensemble, int8"), "{tables}");
    let scorer = Scorer::open(&path).unwrap();
    let manifest = scorer.manifest();
    for task in &manifest.tasks {
        let members: Vec<_> = task.all_members().collect();
        assert_eq!(members.len(), 3, "{members:?}");
        let sum: f32 = members.iter().map(|m| m.weight).sum();
        assert!((sum - 1.0).abs() < 1e-5 && members.iter().all(|m| m.weight > 0.0), "{members:?}");
    }
    // The two E-LSTMs of a task have one vocabulary.
    assert_eq!((manifest.encoders.len(), manifest.tokenizers.len()), (6, 2));
    let level = |answer: &str| scorer.score("rust", answer).unwrap().level.unwrap();
    assert!(level("the metal gets very the and it") < level("because the oxygen and water gets it"));
    assert!(scorer.score("rust", "").is_ok());
    // How sure the members are without their temperatures is told as well.
    let card = fs::read_to_string(path.with_file_name("card.md")).unwrap();
    let section = card.split("## How well confidence").nth(1).expect("a section about confidence");
    let row = section.lines().find(|line| line.starts_with("| rust |")).unwrap();
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    assert_eq!(cells[3].split(", ").count(), 3, "{row}");
    // Error, bias and Brier, each before and after.
    assert!(cells[4..10].iter().all(|cell| cell.parse::<f64>().is_ok()), "{row}");
    // The same recipe gives the same bytes, at once and after another run has begun.
    assert_eq!(fs::read(&path).unwrap(), fs::read(bench.open("b").run().unwrap().1).unwrap());
    assert_eq!(fs::read(&path).unwrap(), fs::read(bench.open("a").run().unwrap().1).unwrap());
}

#[test]
fn engine_and_trainer_agree_on_an_ensemble() {
    let bench = Bench::new(&ensemble());
    bench.open("a").run().unwrap();
    let read = |name: &str| {
        let text = fs::read_to_string(bench.path(&format!("a/tiny/results/test/{name}.json"))).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["means"].as_object().expect("an evaluation has means").clone()
    };
    let (floats, integers) = (read("ensemble--f32-seed-1"), read("ensemble--int8-seed-1"));
    for (metric, value) in &floats {
        let (have, want) =
            (integers[metric]["arithmetic"]["value"].as_f64(), value["arithmetic"]["value"].as_f64());
        if let (Some(have), Some(want)) = (have, want) {
            assert!((have - want).abs() < 0.06, "{metric}: {have} by the engine, {want} by the trainer");
        }
    }
}

#[test]
fn teachers_of_every_kind_are_combined_by_weights() {
    // A finished model and its labels, which then teach beside a new teacher and the n-grams.
    let bench = Bench::new(RECIPE);
    let first = bench.open("first");
    let (_, path) = first.run().unwrap();
    fs::copy(path, bench.path("data/finished.pupil")).unwrap();
    fs::copy(bench.path("first/tiny/labels/train-seed-1.csv"), bench.path("data/labels.csv")).unwrap();
    let also = "[[teacher.also]]\npupil = \"finished.pupil\"\n\n[[teacher.also]]\nngram = true\n\n\
                [[teacher.also]]\nencoder = \"elsewhere\"\nprobabilities = \"labels.csv\"\n\n";
    let recipe = RECIPE.replace("[label]", &format!("{also}[label]"));
    assert_ne!(recipe, RECIPE);
    files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
    let pipeline = bench.open("a");
    let (tables, _) = pipeline.run().unwrap();
    for row in ["teacher, finished.pupil", "teacher, n-gram", "teachers, combined"] {
        assert!(tables.contains(row), "{row}: {tables}");
    }
    let weights = fs::read_to_string(bench.path("a/tiny/teacher-weights.json")).unwrap();
    let weights: Vec<serde_json::Value> = serde_json::from_str(&weights).unwrap();
    let all: Vec<f64> = weights.iter().filter_map(|w| w["weight"].as_f64()).collect();
    assert_eq!(all.len(), 4);
    assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-9 && all.iter().all(|w| *w > 0.0), "{all:?}");
    let page = fs::read_to_string(bench.path("a/tiny/results.md")).unwrap();
    assert!(page.contains("## Weights of the teachers"), "{page}");
    // The weighted mean lies between the smallest and the largest probability.
    let made = pipeline.label().unwrap();
    let own = labels::read(&bench.path("a/tiny/labels/train-seed-1.csv")).unwrap().0;
    let finished = labels::read(&bench.path("first/tiny/labels/train-seed-1.csv")).unwrap().0;
    assert_eq!(made.train.rows.len(), own.rows.len());
    assert_ne!(made.train.rows, own.rows);
    assert_eq!(finished.rows.len(), own.rows.len());
    for row in &made.train.rows {
        assert!((row.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    }
    // Equal weights are a setting.
    let equal = recipe.replace("[teacher]\n", "[teacher]\nweights = \"equal\"\n");
    files::write(&bench.path("recipe.toml"), equal.as_bytes()).unwrap();
    bench.open("a").label().unwrap();
    let weights = fs::read_to_string(bench.path("a/tiny/teacher-weights.json")).unwrap();
    assert_eq!(weights.matches("0.25").count(), 4, "{weights}");
}

#[test]
fn impossible_ensembles_and_teachers_are_refused() {
    let bench = Bench::new(RECIPE);
    let read = |recipe: String| {
        files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
        format!("{:#}", Recipe::read(&bench.path("recipe.toml")).expect_err("the recipe is refused"))
    };
    for (lines, want) in [
        ("[ensemble]\nmembers = []\n", "ensemble.members needs at least one"),
        ("[ensemble]\nmembers = [\"e-lstm\", \"e-lstm\"]\n", "names ELstm twice"),
        ("[ensemble]\nmembers = [\"e-lstm\"]\neach = 9\n", "ensemble.each is 9"),
        ("[ensemble]\nmembers = [\"e-lstm\"]\neach = 3\n", "distil.seeds has 2 seeds"),
        (
            "[ensemble]\nmembers = [\"n-gram\"]\nlambda = 0.5\n",
            "ensemble.lambda 0.5 is not among ngram.lambdas",
        ),
        ("[ensemble]\nmembers = [\"unimoe\"]\n", "is not in unimoe.systems"),
        ("[[teacher.also]]\nencoder = \"a/b\"\n", "teacher.also 1.seeds needs at least one seed"),
        ("[[teacher.also]]\nseeds = [1]\n", "teacher.also 1.encoder is missing"),
        ("[[teacher.also]]\nngram = true\npupil = \"a\"\n", "more than one of"),
        ("[[teacher.also]]\nngram = true\nweights = \"equal\"\n", "`teacher.weights`"),
        ("[[teacher.also]]\nngram = true\n[[teacher.also.also]]\nngram = true\n", "list it in teacher.also"),
    ] {
        let error = read(format!("{RECIPE}\n{lines}"));
        assert!(error.contains(want), "{lines}: {error}");
    }
    let error = read(RECIPE.replace("[export]", "[export]\nmodel = \"ensemble\""));
    assert!(error.contains("no table [ensemble]"), "{error}");
    // A finished model without the tasks, and a missing encoder, are found before anything is trained.
    for (also, want) in [
        ("pupil = \"missing.pupil\"", "teacher.pupil"),
        ("encoder = \"owner/missing\"\nseeds = [1]", "missing"),
    ] {
        let recipe = RECIPE.replace("[label]", &format!("[[teacher.also]]\n{also}\n\n[label]"));
        files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
        let (recipe, data) = (bench.path("recipe.toml"), bench.path("data"));
        let opened =
            pupil_trainer::stages::Pipeline::open(&recipe, &data, bench.path("encoder"), &bench.path("x"));
        let error = format!("{:#}", opened.err().expect("the teacher is refused"));
        assert!(error.contains(want) && !bench.path("x/tiny/teachers").exists(), "{error}");
    }
}
