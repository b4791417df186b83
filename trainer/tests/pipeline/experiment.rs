//! Behaviour of every kind of model: resuming, and the same options.

use crate::support::Bench;
use pupil_core::Scorer;
use pupil_trainer::experiment::{EncoderSpec, Experiment, ModelSpec};
use pupil_trainer::fit::State;
use pupil_trainer::stages::Pipeline;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Models of one task and of both tasks, on both encoders, with and without a teacher.
const RECIPE: &str = r#"
name = "kinds"
seed = 7

[data]
name = "invented"
train = "train.jsonl"
test = { test = "test.jsonl" }
unlabelled = "unlabelled.jsonl"
validation = 0.2

[teacher]
encoder = "a tiny random encoder"
seeds = [1]
max_tokens = 32
[teacher.fit]
epochs = 2
batch = 16
rate = 3e-3

[label]
copies = 1

[pupil]
vocab = 60
min_count = 1
max_tokens = 32
embedding = 8
hidden = 8
dense = 8

[distil]
lambdas = [0.0, 1.0]
seeds = [1]
baseline = true
[distil.fit]
epochs = 3
batch = 16
rate = 1e-2

[unimoe]
encoder = "bert"
layers = [1]
systems = ["individual", "mtl", "unimoe-guided"]
tasks = ["heat"]
max_tokens = 32
balance = 0.01
lambda = 0.5
seeds = [1]
export = "unimoe-guided"
[unimoe.mixture]
experts = 2
hidden = 8
gate = 8
task_embedding = 4
[unimoe.fit]
epochs = 2
batch = 16
rate = 5e-3
[unimoe.adapt]
tasks = ["rust"]
rehearsal = 10
[unimoe.adapt.fit]
epochs = 2
batch = 16
rate = 1e-2

[evaluate]
replicates = 20
"#;

fn state(experiment: &Experiment<'_>, spec: &ModelSpec) -> State {
    experiment.trained(spec).unwrap().learner.state().unwrap()
}

/// Trains a model in one run, and again in a run that is interrupted and resumed; the parameters must be equal.
fn resumed(whole: &Experiment<'_>, broken: &mut Experiment<'_>, spec: &ModelSpec) {
    whole.train(spec, &|_, _, _| {}).unwrap();
    broken.between_checkpoints = Duration::ZERO;
    let stop = |done: u64, total: u64, _: &str| assert!(2 * done < total, "the run ends here");
    let ended = catch_unwind(AssertUnwindSafe(|| broken.train(spec, &stop)));
    assert!(ended.is_err() && broken.finished(spec).is_none(), "{}", spec.folder.display());
    let first = AtomicU64::new(u64::MAX);
    let total = AtomicU64::new(0);
    let count = |done: u64, all: u64, _: &str| {
        first.fetch_min(done, Ordering::Relaxed);
        total.store(all, Ordering::Relaxed);
    };
    let done = broken.train(spec, &count).unwrap();
    let (first, total) = (first.into_inner(), total.into_inner());
    assert!(3 * first > total, "{} started again: {first} of {total}", spec.folder.display());
    assert_eq!(state(whole, spec), state(broken, spec), "{}", spec.folder.display());
    assert_eq!(
        done.history.validation_loss,
        whole.finished(spec).unwrap().history.validation_loss,
        "{}",
        spec.folder.display()
    );
}

#[test]
fn every_kind_of_model_resumes_after_an_interruption() {
    let bench = Bench::new(RECIPE);
    let (whole, broken) = (bench.open("a"), bench.open("b"));
    for spec in whole.plan().all_teachers() {
        resumed(&whole.teachers(), &mut broken.teachers(), &spec);
    }
    let (labelled, again) = (whole.label().unwrap(), broken.label().unwrap());
    let (students, mut others) = (whole.students(&labelled), broken.students(&again));
    let mut specs = whole.plan().students().unwrap();
    // N-grams are solved for at once, without a checkpoint.
    specs.retain(|spec| !matches!(spec.encoder, EncoderSpec::NGram(_)));
    // The baseline and both weights for each of two tasks, and three systems; then the added task with three choices.
    assert_eq!(specs.len(), 6 + 3);
    specs.extend(whole.plan().added().unwrap());
    assert_eq!(specs.len(), 6 + 3 + 3);
    for spec in &specs {
        resumed(&students, &mut others, spec);
    }
}

/// The parameters of every student of a recipe, in the order of the plan.
fn trained(recipe: &str) -> Vec<(String, State)> {
    let bench = Bench::new(recipe);
    let pipeline: Pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    let students = pipeline.students(&labelled);
    let specs = pipeline.plan().students().unwrap();
    specs.iter().map(|spec| (spec.folder.display().to_string(), state(&students, spec))).collect()
}

#[test]
fn options_apply_to_every_kind_of_model() {
    let plain = trained(RECIPE);
    let table = |table: &str, option: &str| RECIPE.replace(table, &format!("{table}\n{option}"));
    let unimoe = |option: &str| table("[unimoe]", option);
    let distil = |option: &str| table("[distil]", option);
    // The option, and parts of the folder names of the models that it must change.
    for (recipe, changes) in [
        (unimoe("class_weights = \"balanced\""), &["individual", "mtl", "unimoe-guided"][..]),
        (unimoe("kd_form = \"code\""), &["unimoe-guided"]),
        (unimoe("beyond_scores = true"), &["unimoe-guided"]),
        (table("[unimoe.fit]", "sampling = \"gap\""), &["unimoe-guided"]),
        (distil("class_weights = \"balanced\""), &["e-lstm", "mean-embedding"]),
        (distil("kd_form = \"code\""), &["e-lstm-lambda-1"]),
        (distil("beyond_scores = false"), &["e-lstm-lambda-1"]),
        (table("[distil.fit]", "sampling = \"gap\""), &["e-lstm-lambda-1"]),
    ] {
        for ((name, before), (other, after)) in plain.iter().zip(trained(&recipe)) {
            assert_eq!(*name, other);
            let changed = changes.iter().any(|part| name.contains(part));
            assert_eq!(*before != after, changed, "{name}\n{recipe}");
        }
    }
}

#[test]
fn models_of_one_task_each_are_exported_as_one_file() {
    let recipe = RECIPE
        .replace("export = \"unimoe-guided\"", "export = \"individual\"")
        .replace("tasks = [\"heat\"]\n", "");
    let recipe = recipe
        .replace(&recipe[recipe.find("[unimoe.adapt]").unwrap()..recipe.find("[evaluate]").unwrap()], "");
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    let (tables, path) = pipeline.run().unwrap();
    assert!(tables.contains("individual, int8"), "{tables}");
    let scorer = Scorer::open(path).unwrap();
    assert_eq!(scorer.manifest().encoders.keys().collect::<Vec<_>>(), ["heat", "rust"]);
    assert_eq!(scorer.tasks().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["heat", "rust"]);
    for task in scorer.tasks() {
        assert!(task.metrics.iter().any(|m| m.name == "qwk"), "{:?}", task.metrics);
    }
}

#[test]
fn models_of_one_task_are_also_evaluated_on_coarser_classes() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded");
    let merged = "\n[[evaluate.merged]]\nname = \"2-way\"\nclasses = { right = [\"correct\"], wrong = [\"contradictory\", \"irrelevant\"] }\n";
    let recipe = fs::read_to_string(fixtures.join("pairs.toml")).unwrap() + merged;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipe.toml");
    fs::write(&file, recipe).unwrap();
    let (data, encoder) = (fixtures.join("data"), fixtures.join("encoder"));
    let (tables, _) = Pipeline::open(&file, &data, &encoder, folder.path()).unwrap().run().unwrap();
    let (_, coarse) = tables.split_once("test, 2-way").unwrap_or_else(|| panic!("{tables}"));
    for row in ["teacher", "E-LSTM λ=0, f32", "E-LSTM λ=1, int8"] {
        assert!(coarse.contains(row), "no `{row}` in\n{coarse}");
    }
}
