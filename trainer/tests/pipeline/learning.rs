//! Ways of learning from a teacher: what they refuse, and studies that compare them.

use crate::support::Bench;
use pupil_trainer::data::Target;
use pupil_trainer::experiment::ModelSpec;
use pupil_trainer::model::pretrained::Encoders;
use pupil_trainer::stages::study;

const RECIPE: &str = r#"
name = "learning"
seed = 7

[data]
name = "invented"
train = "train.jsonl"
test = { test = "test.jsonl" }
unlabelled = "unlabelled.jsonl"
validation = 0.2

[teacher]
ngram = true

[pupil]
vocab = 60
min_count = 1
max_tokens = 32
embedding = 8
hidden = 8
dense = 8

[distil]
lambdas = [1.0]
seeds = [1, 2]
[distil.fit]
epochs = 2
batch = 16
rate = 1e-2
"#;

fn with(table: &str, setting: &str) -> String {
    RECIPE.replace(table, &format!("{table}\n{setting}"))
}

fn studied(bench: &Bench) -> anyhow::Result<String> {
    let encoders = Encoders::from(bench.path("encoder"));
    study(&bench.path("recipe.toml"), &bench.path("data"), &encoders, &bench.path("runs"))
}

#[test]
fn losses_between_levels_are_refused_for_classes_without_an_order() {
    let bench = Bench::new(RECIPE);
    let softmax = |setting: &str| {
        with("[distil]", setting).replace("validation = 0.2", "validation = 0.2\nhead = \"softmax\"")
    };
    for form in ["wasserstein", "rps"] {
        let error = bench.refused(&softmax(&format!("kd_form = \"{form}\"")), "a");
        assert!(error.contains(&format!("kd_form is `{form}`, which compares levels")), "{error}");
        assert!(error.contains("of task heat its classes have no order: choose another form"), "{error}");
    }
    let error = bench.refused(&softmax("ranking = 0.5"), "a");
    assert!(error.contains("ranking is 0.5") && error.contains("its classes have no order"), "{error}");
    assert!(
        bench.refused(&with("[distil]", "moments = -1.0"), "a").contains("distil.moments must be a weight")
    );
    let error = bench.refused(&with("[distil]", "feature_units = \"influential\""), "a");
    assert!(error.contains("distil.features is 0: set it to a weight"), "{error}");
    let error = bench.refused(&with("[data]", "graded = 0.0"), "a");
    assert!(error.contains("data.graded is 0, but must be above 0"), "{error}");
}

#[test]
fn a_share_of_the_scores_is_used_and_the_other_answers_count_as_unlabelled() {
    let corpus = |setting: &str| Bench::new(&with("[data]", setting)).open("a").corpus;
    let (all, half) = (corpus("graded = 1.0"), corpus("graded = 0.5"));
    assert_eq!(all.train.answers.len(), half.train.answers.len());
    assert_ne!(all.blake3, half.blake3);
    for task in 0..2 {
        assert_eq!((all.graded(task), half.graded(task)), (80, 40));
    }
    let has_score = |i: &usize| half.train.answers[*i].target != Target::Missing;
    assert!(half.split.validation.iter().all(has_score) && half.split.validation.len() < 20);
    assert!(half.split.train.len() > all.split.train.len(), "those without a score are trained on");
    // Scores that are used are the right ones.
    for (a, b) in all.train.answers.iter().zip(&half.train.answers) {
        assert!(b.target == Target::Missing || a.target == b.target);
    }
}

#[test]
fn a_study_compares_variations_with_the_first_and_trains_nothing_twice() {
    let variations = r#"
[[study.variation]]
name = "Forward KL"
[[study.variation]]
name = "RPS"
set = { distil = { kd_form = "rps" } }
[[study.variation]]
name = "wrong answers copied"
set = { label = { targeted = 1.0, target = "wrong" } }
[[study.variation]]
name = "weak classes copied"
set = { label = { targeted = 1.0, target = "validation" } }
"#;
    let bench = Bench::new(&format!("{RECIPE}{variations}"));
    let page = studied(&bench).unwrap();
    for row in ["| Forward KL ", "| RPS ", "| wrong answers copied ", "| weak classes copied "] {
        assert!(page.contains(row), "no `{row}` in\n{page}");
    }
    assert!(page.contains("by 2 seeds") && page.contains(" of 2 "), "{page}");
    let first = |name: &str| {
        let file = format!("runs/learning/study/{name}/pupils/heat/e-lstm-lambda-1-seed-1/model.safetensors");
        std::fs::metadata(bench.path(&file)).unwrap().modified().unwrap()
    };
    let before = first("rps");
    assert_eq!(studied(&bench).unwrap(), page);
    assert_eq!(first("rps"), before);
    let copies = |name: &str| {
        let file = format!("runs/learning/study/{name}/pupils/first/copies.json");
        std::fs::read_to_string(bench.path(&file)).unwrap()
    };
    assert_ne!(copies("wrong-answers-copied"), copies("weak-classes-copied"));
}

#[test]
fn a_study_repeats_everything_with_other_seeds_of_the_recipe() {
    let draws = r#"
[study]
draws = [1, 2, 3]
[[study.variation]]
name = "a quarter"
set = { data = { graded = 0.25 } }
[[study.variation]]
name = "all"
"#;
    let one = RECIPE.replace("seeds = [1, 2]", "seeds = [1]");
    let page = studied(&Bench::new(&format!("{one}{draws}"))).unwrap();
    assert!(page.contains("by 3 seeds") && page.contains("| all "), "{page}");
    let error = studied(&Bench::new(&format!("{RECIPE}{draws}"))).unwrap_err();
    assert!(format!("{error:#}").contains("need a single seed of their own, not 2"), "{error:#}");
    let error = studied(&Bench::new(&one)).unwrap_err().to_string();
    assert!(error.contains("a study compares at least two"), "{error}");
    let unknown = draws.replace("graded = 0.25", "grade = 0.25");
    let error = format!("{:#}", studied(&Bench::new(&format!("{one}{unknown}"))).unwrap_err());
    assert!(error.contains("variation `a quarter`"), "{error}");
}

#[test]
fn branches_of_a_joint_model_are_merged() {
    let shared = r#"
[unimoe]
encoder = "lstm"
systems = ["unimoe-guided"]
balance = 0.01
lambda = 1.0
seeds = [1]
export = "unimoe-guided"
[unimoe.mixture]
experts = 2
hidden = 8
gate = 8
[unimoe.fit]
epochs = 2
batch = 16
rate = 1e-2
[unimoe.merge]
density = 0.3
[unimoe.merge.fit]
epochs = 1
batch = 16
rate = 5e-3
"#;
    let recipe = format!("{}{shared}", RECIPE.replace("lambdas = [1.0]", "lambdas = []"));
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    pipeline.distil().unwrap();
    let labelled = pipeline.labels().unwrap();
    let (students, specs) = (pipeline.students(&labelled), pipeline.plan().students().unwrap());
    let spec = specs.iter().find(|spec| spec.merge.is_some()).unwrap();
    let done = students.require(spec).unwrap();
    assert!(done.validation_loss().is_finite());
    let joint = ModelSpec { merge: None, folder: spec.folder.join("joint"), ..spec.clone() };
    let before = students.trained(&joint).unwrap().learner.state().unwrap();
    let after = students.trained(spec).unwrap().learner.state().unwrap();
    let changed = |name: &str| {
        let pairs = before[name].iter().zip(&after[name]);
        pairs.filter(|(a, b)| a != b).count() as f64 / before[name].len() as f64
    };
    // Each branch keeps three tenths of all changes, so that two of them change six tenths at most.
    let all: usize = before.values().map(Vec::len).sum();
    let share = before.keys().map(|n| changed(n) * before[n].len() as f64).sum::<f64>() / all as f64;
    assert!(share > 0.25 && share <= 0.6, "{share}");
    assert!(bench.refused(&recipe.replace("0.3", "0.0"), "b").contains("unimoe.merge.density is 0"));
}
