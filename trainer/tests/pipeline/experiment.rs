//! Behaviour of every kind of model: resuming, and the same options.

use crate::support::Bench;
use pupil_core::Scorer;
use pupil_trainer::experiment::{EncoderSpec, Experiment, ModelSpec};
use pupil_trainer::files;
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
    every_kind_resumes(RECIPE);
}

fn every_kind_resumes(recipe: &str) {
    let bench = Bench::new(recipe);
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
    trained_on(&Bench::new(recipe))
}

fn trained_on(bench: &Bench) -> Vec<(String, State)> {
    let pipeline: Pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    let students = pipeline.students(&labelled);
    let specs = pipeline.plan().students().unwrap();
    specs.iter().map(|spec| (spec.folder.display().to_string(), state(&students, spec))).collect()
}

#[test]
fn averages_of_parameters_resume_in_every_kind_of_model() {
    let averaged = RECIPE.replace("batch = 16\n", "batch = 16\nema = 0.95\n");
    assert_eq!(averaged.matches("ema").count(), 4);
    every_kind_resumes(&averaged);
}

#[test]
fn vectors_are_cached_and_their_map_is_in_no_file() {
    let recipe = RECIPE
        .replace("[distil]", "[distil]\nfeatures = 0.5")
        .replace("[unimoe]", "[unimoe]\nfeatures = 0.5");
    let (plain, bench) = (Bench::new(RECIPE), Bench::new(&recipe));
    let without = plain.open("a").run().unwrap().1;
    assert!(!plain.path("a/kinds/labels/train-vectors.safetensors").exists());
    let path = bench.open("a").run().unwrap().1;
    let sections = |path: &Path| pupil_core::FileInfo::read(path).unwrap().manifest.sections;
    assert_eq!(
        sections(&path).keys().collect::<Vec<_>>(),
        sections(&without).keys().collect::<Vec<_>>(),
        "the file has what it has without the setting"
    );
    let pipeline = bench.open("a");
    let students = bench.open("a").distil().unwrap();
    for spec in pipeline.plan().students().unwrap().iter().chain(&pipeline.plan().added().unwrap()) {
        let state = state(&pipeline.students(&students), spec);
        assert!(!state.keys().any(|name| name.contains("map")), "{:?}", state.keys());
    }
    // A second run reads the vectors and trains nothing.
    let stamp = |file: &str| fs::metadata(bench.path(file)).unwrap().modified().unwrap();
    let files = [
        "a/kinds/labels/train-vectors.safetensors",
        "a/kinds/labels/perturbed-vectors.safetensors",
        "a/kinds/pupils/heat/e-lstm-lambda-1-seed-1/model.safetensors",
    ];
    let before = files.map(stamp);
    bench.open("a").run().unwrap();
    assert_eq!(before, files.map(stamp));
    // A damaged file is made again, and gives the same bytes.
    let bytes = fs::read(bench.path(files[0])).unwrap();
    fs::write(bench.path(files[0]), &bytes[..bytes.len() / 2]).unwrap();
    bench.open("a").label().unwrap();
    assert!(fs::read(bench.path(files[0])).unwrap() == bytes, "{} has other bytes", files[0]);
    assert_eq!(stamp(files[2]), before[2]);
}

#[test]
fn targeted_copies_follow_a_first_student_and_are_made_once() {
    let recipe = RECIPE
        .replace("copies = 1", "copies = 1\ntargeted = 1.5")
        .replace("[distil]", "[distil]\nfeatures = 0.5");
    let bench = Bench::new(&recipe);
    let path = bench.open("a").run().unwrap().1;
    let page = fs::read_to_string(bench.path("a/kinds/results.md")).unwrap();
    assert!(page.contains("## Targeted copies") && page.contains("| targeted copies |"), "{page}");
    let pipeline = bench.open("a");
    let labelled = pipeline.labels().unwrap();
    let targeted = labelled.targeted.as_ref().unwrap();
    let (set, corpus) = (&targeted.copies.0, &pipeline.corpus);
    let (given, answers) = (targeted.counts.values().sum::<usize>(), corpus.split.train.len());
    assert_eq!(given, (answers * 3).div_ceil(2), "{answers} answers");
    assert_eq!(set.answers.len() + targeted.left_out.iter().sum::<usize>(), given);
    assert!(set.answers.iter().all(|a| !corpus.reserved.holds(a) && a.id.contains("~t")));
    assert!(targeted.counts.keys().all(|i| corpus.split.train.contains(i)));
    assert!(targeted.counts.values().max() > targeted.counts.values().min(), "{:?}", targeted.counts);
    let overlaps: serde_json::Value = files::read_json(&bench.path("a/kinds/results/overlap.json")).unwrap();
    let last = overlaps.as_array().unwrap().last().unwrap();
    assert_eq!((&last["set"], &last["answers"]), (&"targeted copies".into(), &set.answers.len().into()));

    // Models that learn from copies learn from these; the others and the first student do not.
    let plain = Bench::new(&recipe.replace("targeted = 1.5", "targeted = 0.0"));
    plain.open("a").teach().unwrap();
    plain.open("a").distil().unwrap();
    let parameters = |bench: &Bench, name: &str| {
        fs::read(bench.path("a/kinds/pupils").join(name).join("model.safetensors")).unwrap()
    };
    for (name, changed) in [
        ("heat/e-lstm-lambda-1-seed-1", true),
        ("heat/e-lstm-lambda-0-seed-1", false),
        ("heat/mean-embedding-lambda-0-seed-1", false),
        ("unimoe-guided-seed-1", false),
    ] {
        assert_eq!(parameters(&bench, name) != parameters(&plain, name), changed, "{name}");
    }
    let first = "first/heat/e-lstm-lambda-1-seed-1";
    assert!(parameters(&bench, first) == parameters(&plain, "heat/e-lstm-lambda-1-seed-1"));

    // In another folder, the bytes are the same; and nothing is made twice.
    let other = bench.open("b").run().unwrap().1;
    assert!(fs::read(&path).unwrap() == fs::read(&other).unwrap());
    let stamp = |file: &str| fs::metadata(bench.path(file)).unwrap().modified().unwrap();
    let files = [
        "a/kinds/pupils/first/copies.json",
        "a/kinds/pupils/first/heat/e-lstm-lambda-1-seed-1/model.safetensors",
        "a/kinds/labels/targeted-kinds-seed-1.csv",
        "a/kinds/labels/targeted-kinds-vectors.safetensors",
        "a/kinds/pupils/heat/e-lstm-lambda-1-seed-1/model.safetensors",
    ];
    let before = files.map(stamp);
    bench.open("a").run().unwrap();
    assert_eq!(before, files.map(stamp));
    // A run that ended before the copies were written goes on where it stopped, with the same copies.
    let counts = fs::read(bench.path(files[0])).unwrap();
    fs::remove_file(bench.path(files[0])).unwrap();
    bench.open("a").distil().unwrap();
    assert!(fs::read(bench.path(files[0])).unwrap() == counts);
    assert_eq!(before[1..], files.map(stamp)[1..]);
}

#[test]
fn targeted_copies_need_a_model_that_learns_from_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipe.toml");
    let recipe = RECIPE.replace("copies = 1", "copies = 1\ntargeted = 1.0");
    let refused = |recipe: &str| {
        fs::write(&file, recipe).unwrap();
        format!("{:#}", pupil_trainer::recipe::Recipe::read(&file).unwrap_err())
    };
    let error = refused(&recipe.replace("[distil]", "[distil]\nbeyond_scores = false"));
    assert!(error.contains("label.targeted is 1, but no model learns from copies"), "{error}");
    let elsewhere = recipe
        .replace("copies = 1\n", "")
        .replace("[teacher.fit]", "probabilities = \"a.csv\"\n[teacher.fit]");
    let error = refused(&elsewhere);
    assert!(error.contains("label.targeted: a teacher from elsewhere cannot label"), "{error}");
}

/// A recipe in which only the models of all tasks learn from copies.
#[test]
fn first_student_is_of_the_first_series_that_learns_from_copies() {
    let recipe = RECIPE
        .replace("copies = 1", "targeted = 1.0")
        .replace("[distil]", "[distil]\nbeyond_scores = false")
        .replace("[unimoe]", "[unimoe]\nbeyond_scores = true");
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    assert!(bench.path("a/kinds/pupils/first/unimoe-guided-seed-1/model.safetensors").is_file());
    // It knows one task, so only answers to that one are copied.
    let targeted = labelled.targeted.unwrap();
    assert!(targeted.copies.0.answers.iter().all(|a| a.task == 0) && !targeted.copies.0.answers.is_empty());
}

#[test]
fn vectors_of_a_teacher_from_elsewhere_are_refused() {
    let elsewhere = RECIPE
        .replace("copies = 1", "copies = 0")
        .replace("[teacher.fit]", "probabilities = \"a.csv\"\n[teacher.fit]");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recipe.toml");
    for (table, setting) in [("[distil]", "distil.features"), ("[unimoe]", "unimoe.features")] {
        fs::write(&file, elsewhere.replace(table, &format!("{table}\nfeatures = 0.5"))).unwrap();
        let error = format!("{:#}", pupil_trainer::recipe::Recipe::read(&file).unwrap_err());
        assert!(error.contains(&format!("{setting} is 0.5: a teacher from elsewhere gives")), "{error}");
    }
}

#[test]
fn a_map_to_the_teachers_vectors_resumes_in_every_kind_of_model() {
    every_kind_resumes(
        &RECIPE
            .replace("[distil]", "[distil]\nfeatures = 0.5")
            .replace("[unimoe]", "[unimoe]\nfeatures = 0.5"),
    );
}

#[test]
fn selected_answers_and_influential_vectors_resume_in_every_kind_of_model() {
    every_kind_resumes(
        &RECIPE
            .replace("[distil]", "[distil]\nselect = \"open\"")
            .replace("[unimoe]", "[unimoe]\nfeatures = 0.5\nfeature_units = \"influential\""),
    );
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
        (table("[unimoe.fit]", "ema = 0.9"), &["individual", "mtl", "unimoe-guided"]),
        (table("[distil.fit]", "ema = 0.9"), &["e-lstm", "mean-embedding"]),
        (unimoe("features = 0.5"), &["unimoe-guided"]),
        (distil("features = 0.5"), &["e-lstm-lambda-1"]),
        (unimoe("kd_form = \"skew-kl\"\nmoments = 1.0"), &["unimoe-guided"]),
        (unimoe("select = \"open\""), &["unimoe-guided"]),
        (distil("kd_form = \"wasserstein\""), &["e-lstm-lambda-1"]),
        (distil("ranking = 1.0"), &["e-lstm-lambda-1"]),
        (distil("features = 0.5\nfeature_units = \"influential\""), &["e-lstm-lambda-1"]),
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
fn second_raters_change_what_every_kind_of_model_learns_and_nothing_that_is_measured() {
    let rated = |setting: &str| {
        let bench = Bench::new(&RECIPE.replace("validation = 0.2", &format!("validation = 0.2\n{setting}")));
        let file = bench.path("data/train.jsonl");
        let lines = fs::read_to_string(&file).unwrap();
        // The second rater sees two levels less where there are any, and leaves some answers out.
        let second = |(i, line): (usize, &str)| match i % 5 {
            0 => format!("{line}\n"),
            _ => line.replace("\"max_score\"", "\"score2\":0,\"max_score\"") + "\n",
        };
        fs::write(&file, lines.lines().enumerate().map(second).collect::<String>()).unwrap();
        bench
    };
    let corpus = |setting: &str| rated(setting).open("a").corpus;
    let (plain, both) = (corpus(""), corpus("second_rater = \"half\""));
    assert_eq!((&plain.split, &plain.blake3), (&both.split, &both.blake3));
    assert_eq!(plain.tests, both.tests);
    let all: Vec<_> = ["", "second_rater = \"half\"", "second_rater = \"mean\""]
        .iter()
        .map(|setting| trained_on(&rated(setting)))
        .collect();
    for (n, (name, ignored)) in all[0].iter().enumerate() {
        assert!(*ignored != all[1][n].1 && *ignored != all[2][n].1 && all[1][n].1 != all[2][n].1, "{name}");
    }
    let bench = rated("second_rater = \"mean\"\nhead = \"softmax\"");
    let (recipe, data, encoder) = (bench.path("recipe.toml"), bench.path("data"), bench.path("encoder"));
    let error = Pipeline::open(&recipe, &data, &encoder, &bench.path("a")).err().unwrap().to_string();
    assert!(error.contains("the classes of task heat have no order: set it to `half`"), "{error}");
    // The setting stays out of the key of a model that does not use it.
    assert_eq!(trained_on(&rated("second_rater = \"ignore\"")), all[0]);
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
