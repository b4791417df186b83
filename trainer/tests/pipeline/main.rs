//! Whole recipes on invented answers and a tiny random encoder: the same stages in seconds instead of hours.

#![expect(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod best;
mod decoder;
mod ensemble;
mod experiment;
mod faults;
mod folds;
mod languages;
mod learning;
mod messages;
mod negatives;
mod ngram;
mod promise;
mod recorded;
mod robustness;
mod start;
mod support;
mod unimoe;

use pupil_core::{Decision, FileInfo, ReviewReason, Scorer};
use pupil_trainer::data::{Columns, ReadOptions};
use pupil_trainer::files;
use pupil_trainer::fit::write_state;
use pupil_trainer::knowledge::recipe::KnowledgeRecipe;
use pupil_trainer::recipe::Recipe;
use pupil_trainer::stages::Pipeline;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use support::Bench;

const RECIPE: &str = r#"
name = "tiny"
licence = "MIT"
seed = 7

[data]
name = "invented"
train = "train.jsonl"
test = { test = "test.jsonl" }
unlabelled = "unlabelled.jsonl"
validation = 0.2

[teacher]
encoder = "a tiny random encoder"
encoder_licence = "MIT"
seeds = [1, 2]
max_tokens = 32
train_words = true
[teacher.fit]
epochs = 4
batch = 16
rate = 3e-3
head_rate_factor = 3.0
patience = 4

[label]
copies = 1

[pupil]
tokenizer = "word-level"
vocab = 60
min_count = 1
max_tokens = 32
embedding = 8
hidden = 8
dense = 8
dropout = 0.1
head_dropout = 0.0
quantization_aware = false
pretrained_embedding = true

[distil]
lambdas = [0.0, 1.0]
temperature = 1.5
seeds = [1, 2]
baseline = true
sweep = { task = "heat", lambdas = [0.5] }
[distil.fit]
epochs = 25
batch = 16
rate = 1e-2
warmup = 0.05
patience = 25
word_dropout = 0.02

[export]
lambda = 1.0
ship = true

[evaluate]
replicates = 50
"#;

#[test]
fn recipe_gives_a_working_file_and_the_same_file_again() {
    let bench = Bench::new(RECIPE);
    let (tables, path) = bench.open("a").run().unwrap();
    for row in
        ["teacher", "averaged embeddings, f32", "E-LSTM λ=0, int8", "E-LSTM λ=1, f32", "λ sweep on heat"]
    {
        assert!(tables.contains(row), "no `{row}` in\n{tables}");
    }
    let scorer = Scorer::open(&path).unwrap();
    let level = |answer: &str| scorer.score("rust", answer).unwrap().level.unwrap();
    assert!(level("the metal gets very the and it") < level("because the oxygen and water gets it"));
    let empty = scorer.score("rust", "").unwrap();
    assert_eq!(empty.decision, Decision::Review(ReviewReason::TooShort));
    let qwk = &scorer.manifest().tasks[0].metrics.iter().find(|m| m.name == "qwk").unwrap();
    assert!(qwk.value > 0.6 && qwk.low.unwrap() <= qwk.value, "{qwk:?}");
    assert!(bench.path("a/tiny/results.md").is_file());
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.starts_with("---\nlicense: \"mit\"\n") && card.contains("\n---\n\n# tiny\n"), "{card}");
    assert!(
        card.contains(
            "      name: \"QWK, mean over 2 tasks\"\n      args:\n        weights: \"quadratic\"\n"
        ),
        "{card}"
    );
    // The teacher's course has a row for each epoch.
    let folder = bench.path("a/tiny/teachers/teacher-0-seed-1");
    let csv = fs::read_to_string(folder.join("history.csv")).unwrap();
    assert!(csv.starts_with("epoch,train_loss,validation_loss,kept\n1,") && csv.lines().count() > 2, "{csv}");
    let svg = fs::read_to_string(folder.join("history.svg")).unwrap();
    assert!(
        svg.contains("teacher-0-seed-1") && svg.matches("<circle").count() == 2 * (csv.lines().count() - 1)
    );

    // In another folder, one stage at a time, the bytes are the same.
    let again = bench.open("b");
    again.teach().unwrap();
    let labelled = again.distil().unwrap();
    let other = again.export(&labelled).unwrap();
    assert_eq!(fs::read(&path).unwrap(), fs::read(&other).unwrap());

    // A second run trains nothing: student models and teachers are the files of the first run.
    let stamp = |f: &str| fs::metadata(bench.path(f)).unwrap().modified().unwrap();
    let kept = [
        "a/tiny/teachers/teacher-0-seed-1/model.safetensors",
        "a/tiny/pupils/heat/e-lstm-lambda-1-seed-2/model.safetensors",
        "a/tiny/labels/train-seed-2.csv",
    ];
    let before: Vec<_> = kept.iter().map(|f| stamp(f)).collect();
    bench.open("a").run().unwrap();
    assert_eq!(before, kept.iter().map(|f| stamp(f)).collect::<Vec<_>>());

    // A changed setting of the student models trains them again and leaves the teacher unchanged.
    let changed = RECIPE.replace("rate = 1e-2", "rate = 9e-3");
    files::write(&bench.path("recipe.toml"), changed.as_bytes()).unwrap();
    bench.open("a").distil().unwrap();
    let after: Vec<_> = kept.iter().map(|f| stamp(f)).collect();
    assert_eq!((before[0], before[2]), (after[0], after[2]));
    assert_ne!(before[1], after[1]);
}

#[test]
fn stages_out_of_order_name_what_is_missing() {
    let bench = Bench::new(RECIPE);
    let pipeline = bench.open("a");
    let error = pipeline.label().err().unwrap().to_string();
    assert!(error.contains("run `teach` first"), "{error}");
}

#[test]
fn errors_name_the_mistake_in_a_recipe() {
    let bench = Bench::new(RECIPE);
    for (from, to, want) in [
        ("lambda = 1.0", "lambda = 3.0", "export.lambda 3 is not among distil.lambdas"),
        ("temperature = 1.5", "features = -1.0", "distil.features must be a weight of at least 0, not -1"),
        ("copies = 1", "targeted = 65.0", "label.targeted is 65, but must be from 0 to 64"),
        ("patience = 25", "ema = 1.0", "distil.fit: ema is 1, but must be in 0..1"),
        ("validation = 0.2", "validation = 0.0", "data.validation must be above 0"),
        ("test = { test = \"test.jsonl\" }", "held_out = 0.0", "there is nothing to test on"),
        ("seed = 7", "sede = 7", "sede"),
        ("train = \"train.jsonl\"", "train = \"absent.jsonl\"", "absent.jsonl"),
    ] {
        files::write(&bench.path("recipe.toml"), RECIPE.replace(from, to).as_bytes()).unwrap();
        let runs = bench.path("a");
        let error =
            Pipeline::open(&bench.path("recipe.toml"), &bench.path("data"), bench.path("encoder"), &runs);
        let text = format!("{:#}", error.err().unwrap());
        assert!(text.contains(want), "{to}: {text}");
    }
}

#[test]
fn several_data_sets_make_one_corpus() {
    let bench = Bench::new(RECIPE);
    let renamed = |file: &str| {
        let text = fs::read_to_string(bench.path(&format!("data/{file}"))).unwrap();
        text.replace(r#""task":"heat""#, r#""task":"ice""#).replace(r#""task":"rust""#, r#""task":"salt""#)
    };
    files::write(&bench.path("data/train-2.jsonl"), renamed("train.jsonl").as_bytes()).unwrap();
    files::write(&bench.path("data/test-2.jsonl"), renamed("test.jsonl").as_bytes()).unwrap();
    let part = "\n[[data.also]]\nname = \"more\"\ntrain = \"train-2.jsonl\"\n\
                test = { test = \"test-2.jsonl\", other = \"test-2.jsonl\" }\ncolumns = { split_key = \"id\" }\n";
    files::write(
        &bench.path("recipe.toml"),
        RECIPE.replace("\n[teacher]", &format!("{part}\n[teacher]")).as_bytes(),
    )
    .unwrap();
    let corpus = bench.open("a").corpus;
    let ids: Vec<&str> = corpus.train.tasks.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids, ["heat", "rust", "ice", "salt"]);
    let count = |set: &pupil_trainer::data::Dataset| -> Vec<usize> {
        (0..4).map(|t| set.of_task(t).count()).collect()
    };
    assert_eq!(
        count(&corpus.train),
        [100, 100, 80, 80],
        "graded answers, and 40 unscored answers for the first two tasks"
    );
    assert_eq!(count(&corpus.tests["test"]), [30, 30, 30, 30]);
    assert_eq!(count(&corpus.tests["other"]), [0, 0, 30, 30]);
    let names: Vec<&str> = corpus.sources.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        ["invented train", "more train-2", "invented test", "invented unlabelled", "more test-2"]
    );

    files::write(
        &bench.path("recipe.toml"),
        RECIPE.replace("\n[teacher]", &format!("{}\n[teacher]", part.replace("train-2", "train"))).as_bytes(),
    )
    .unwrap();
    let again = Pipeline::open(
        &bench.path("recipe.toml"),
        &bench.path("data"),
        bench.path("encoder"),
        &bench.path("a"),
    );
    let text = format!("{:#}", again.err().unwrap());
    assert!(text.contains("both data sets have a task `heat`"), "{text}");
}

#[test]
fn unscored_answers_with_a_split_key_that_is_set_aside_are_not_trained_on() {
    let bench = Bench::new(RECIPE);
    let line = |id: &str, text: &str, score: &str| {
        format!("{{\"id\":\"{id}\",\"task\":\"heat\",\"text\":\"{text}\"{score}}}\n")
    };
    // Forty students have two scored answers and one unscored answer each. A second file has another unscored answer of
    // each student, and repeats a scored one.
    let student = |s: usize| {
        let score = |n: usize| format!(",\"score\":{}", (s + n) % 3);
        line(&format!("a-{s}"), "particles", &score(0)) + &line(&format!("b-{s}"), "faster", &score(1))
    };
    let train: String = (0..40).map(|s| student(s) + &line(&format!("c-{s}"), "air", "")).collect();
    let more: String = (0..40)
        .map(|s| line(&format!("d-{s}"), "metal", "") + &line(&format!("a-{s}"), "particles", ""))
        .collect();
    files::write(&bench.path("data/train.jsonl"), train.as_bytes()).unwrap();
    files::write(&bench.path("data/unlabelled.jsonl"), more.as_bytes()).unwrap();
    let recipe = RECIPE.replace(
        "test = { test = \"test.jsonl\" }",
        "held_out = 0.2\ncolumns = { split_key = \"id\", split_key_after = \"-\" }",
    );
    files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
    let corpus = bench.open("a").corpus;
    let keys = |rows: &[usize]| -> BTreeSet<String> {
        rows.iter().filter_map(|i| corpus.train.answers[*i].split_key.clone()).collect()
    };
    let (train, validation) = (keys(&corpus.split.train), keys(&corpus.split.validation));
    let held: BTreeSet<String> =
        corpus.tests["held-out"].answers.iter().filter_map(|a| a.split_key.clone()).collect();
    assert!(train.is_disjoint(&validation) && train.is_disjoint(&held) && validation.is_disjoint(&held));
    assert_eq!((validation.len(), held.len(), train.len()), (8, 8, 24));
    // Two scored answers, and one without a score from each file.
    assert_eq!(corpus.split.train.len(), 24 * 4);
}

#[test]
fn other_answers_are_labelled_only_by_teachers_with_the_same_settings() {
    let bench = Bench::new(RECIPE);
    let pipeline = bench.open("a");
    let set = &pipeline.corpus.tests["test"];
    let how = ReadOptions::default();
    let refused = |pipeline: &Pipeline| pipeline.label_other(set, &how).err().unwrap().to_string();
    assert!(refused(&pipeline).contains("run `teach` first"));
    pipeline.teach().unwrap();
    let (labels, hash) = pipeline.label_other(set, &how).unwrap();
    assert_eq!((labels.rows.len(), hash.len()), (60, 64));
    // Another column of the same file is a different set.
    let columns = Columns { text: Some("draft".into()), ..Columns::default() };
    let other = ReadOptions { columns, ..ReadOptions::default() };
    pipeline.label_other(set, &other).unwrap();
    let kept = fs::read_dir(bench.path("a/tiny/labels")).unwrap();
    let kept = kept.filter(|f| f.as_ref().unwrap().path().extension().is_some_and(|e| e == "csv")).count();
    assert_eq!(kept, 2 * pipeline.recipe.teacher.seeds.len());
    files::write(&bench.path("recipe.toml"), RECIPE.replace("seed = 7", "seed = 8").as_bytes()).unwrap();
    assert!(refused(&bench.open("a")).contains("of these settings and answers yet"));
}

#[test]
fn swapped_files_are_different_data() {
    let bench = Bench::new(RECIPE);
    let before = bench.open("a").corpus.blake3;
    assert_eq!(bench.open("a").corpus.blake3, before);
    let [train, test] = ["train", "test"].map(|name| bench.path(&format!("data/{name}.jsonl")));
    let (of_train, of_test) = (fs::read(&train).unwrap(), fs::read(&test).unwrap());
    files::write(&train, &of_test).unwrap();
    files::write(&test, &of_train).unwrap();
    assert_ne!(bench.open("a").corpus.blake3, before);
}

#[test]
fn recipes_of_the_repository_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/recipes");
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        // One of the two kinds.
        match (Recipe::read(&file), KnowledgeRecipe::read(&file)) {
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => {}
            found => panic!("{}: {found:?}", file.display()),
        }
    }
}

#[test]
fn recipes_of_shipped_models_are_unchanged() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    for (model, recipe) in [("mind-ca", "mind-ca-unimoe"), ("science", "science")] {
        let manifest = FileInfo::read(models.join(model).join(format!("{model}.pupil"))).unwrap().manifest;
        let kept = files::hash(&models.join("recipes").join(format!("{recipe}.toml"))).unwrap();
        assert_eq!(
            manifest.training.recipe_blake3,
            Some(kept),
            "{model}.pupil was made from another recipe than {recipe}.toml: put changes into a separate file"
        );
    }
}

#[test]
fn damaged_teacher_is_an_error() {
    let bench = Bench::new(RECIPE);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let file = bench.path("a/tiny/teachers/teacher-0-seed-1/model.safetensors");
    write_state(&file, &BTreeMap::from([("encoder".to_owned(), vec![0.0; 3])])).unwrap();
    let error = format!("{:#}", pipeline.label().err().unwrap());
    assert!(error.contains("`encoder` has 3 values"), "{error}");
}
