//! Cross-validation of whole recipes.

use crate::RECIPE;
use crate::support::Bench;
use pupil_core::Scorer;
use pupil_trainer::files;
use pupil_trainer::recipe::Recipe;
use pupil_trainer::report::Evaluation;
use pupil_trainer::stages::Pipeline;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The recipe with cross-validation instead of a test set, and small fits.
fn recipe(folds: usize) -> String {
    RECIPE
        .replace("test = { test = \"test.jsonl\" }", &format!("folds = {folds}"))
        .replace("seeds = [1, 2]\nmax_tokens", "seeds = [1]\nmax_tokens")
        .replace("seeds = [1, 2]\nbaseline = true\n", "seeds = [1]\n")
        .replace("epochs = 4", "epochs = 1")
        .replace("epochs = 25", "epochs = 6")
        .replace("lambda = 1.0\nship", "lambda = 1.0\nmodel = \"best\"\nship")
        + "\n[ensemble]\neach = 1\n[ngram]\nlambdas = [0.0, 1.0]\n"
}

#[test]
fn each_answer_is_tested_once_by_models_that_have_not_seen_it() {
    let bench = Bench::new(&recipe(4));
    let pipeline = bench.open("a");
    assert_eq!(pipeline.folds.len(), 4);
    let all: BTreeSet<&str> = pipeline
        .corpus
        .train
        .answers
        .iter()
        .filter(|a| a.target != pupil_trainer::data::Target::Missing)
        .map(|a| a.id.as_str())
        .collect();
    let mut tested: Vec<&str> = Vec::new();
    for fold in &pipeline.folds {
        let test = &fold.corpus.tests["cross-validation"];
        let held: BTreeSet<&str> = test.answers.iter().map(|a| a.id.as_str()).collect();
        let split = &fold.corpus.split;
        let learned = split.train.iter().chain(&split.validation).map(|i| &fold.corpus.train.answers[*i]);
        assert!(learned.clone().all(|a| !held.contains(a.id.as_str())));
        let (copies, _) = pupil_trainer::perturb::perturbed(&fold.corpus, 1, 7);
        assert!(copies.answers.iter().all(|a| !held.contains(a.id.rsplit_once('~').unwrap().0)));
        tested.extend(held);
        // Every level of both tasks, in about the same number.
        let mut levels: BTreeMap<String, usize> = BTreeMap::new();
        for a in &test.answers {
            *levels.entry(format!("{} {:?}", a.task, a.target)).or_default() += 1;
        }
        assert!(levels.len() == 6 && levels.values().all(|n| (4..=10).contains(n)), "{levels:?}");
        assert!(fold.corpus.blake3 != pipeline.corpus.blake3);
    }
    assert_eq!(tested.len(), 160);
    assert_eq!(tested.into_iter().collect::<BTreeSet<_>>(), all);
    // The last models learn from everything but the validation part.
    assert_eq!((pipeline.corpus.tests.len(), pipeline.corpus.split.validation.len()), (0, 32));
}

#[test]
fn folds_may_be_asked_for_without_changing_the_recipe() {
    let bench = Bench::new(&recipe(3).replace("folds = 3", "held_out = 0.25"));
    let open = |recipe: &str| {
        let path = bench.path("recipe.toml");
        files::write(&path, recipe.as_bytes()).unwrap();
        let (data, encoder) = (bench.path("data"), bench.path("encoder"));
        let opened = Pipeline::open_with(&path, &data, encoder, &bench.path("runs"), Some(3));
        opened.map(|pipeline| {
            let held = pipeline.folds.iter().map(|fold| &fold.corpus.tests["cross-validation"]);
            let ids = held.map(|set| set.answers.iter().map(|a| a.id.clone()).collect::<Vec<_>>());
            ids.collect::<Vec<_>>()
        })
    };
    let asked = open(&recipe(3).replace("folds = 3", "held_out = 0.25")).unwrap();
    assert_eq!(asked.iter().map(Vec::len).sum::<usize>(), 160);
    // As if the recipe had them.
    assert_eq!(asked, open(&recipe(3)).unwrap());
    assert_eq!(asked, open(&recipe(5)).unwrap());
    let refused = format!("{:#}", open(RECIPE).expect_err("there is a test set"));
    assert!(refused.contains("with --folds 3") && refused.contains("either cross-validate"), "{refused}");
}

#[test]
fn a_run_with_folds_resumes_and_gives_the_same_bytes() {
    let bench = Bench::new(&recipe(3));
    let (tables, path) = bench.open("a").run().unwrap();
    for row in ["cross-validation", "teacher", "E-LSTM λ=1, int8", "ensemble, int8", "λ sweep on heat"] {
        assert!(tables.contains(row), "no `{row}` in\n{tables}");
    }
    let lines: Vec<&str> =
        tables.lines().filter(|l| l.starts_with("rust: ") || l.starts_with("heat: ")).collect();
    assert!(
        lines.len() == 2 && lines.iter().all(|l| l.contains(" on 80 cross-validation answers")),
        "{lines:?}"
    );
    let scorer = Scorer::open(&path).unwrap();
    let qwk = scorer.manifest().tasks[0].metrics.iter().find(|m| m.name == "qwk").unwrap();
    assert_eq!((&*qwk.split, qwk.n), ("cross-validation", Some(80)));
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("Cross-validation: measured by the engine on 3 files"), "{card}");
    let file = bench.path("a/tiny/results/cross-validation/E-LSTM-λ-1--int8-seed-1.json");
    let evaluation = Evaluation::read(&file).unwrap();
    assert_eq!(evaluation.tasks.iter().map(|t| t.n).collect::<Vec<_>>(), [80, 80]);

    // Another run ends after its first fold and a teacher of the second one.
    let broken = bench.open("b");
    broken.folds[0].teach().unwrap();
    broken.folds[0].distil().unwrap();
    broken.folds[1].teach().unwrap();
    drop(broken);
    let stamp = |file: &str| fs::metadata(bench.path(file)).unwrap().modified().unwrap();
    let kept = [
        "b/tiny/fold-1/pupils/heat/e-lstm-lambda-1-seed-1/model.safetensors",
        "b/tiny/fold-2/teachers/teacher-0-seed-1/model.safetensors",
    ];
    let before = kept.map(stamp);
    let (again, other) = bench.open("b").run().unwrap();
    assert_eq!(before, kept.map(stamp));
    assert!(fs::read(&path).unwrap() == fs::read(&other).unwrap());
    let end = |text: &str| text.lines().rev().take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(end(&tables), end(&again));

    // With another number of folds the exported models are not trained again, those of folds are.
    let last = "a/tiny/pupils/heat/e-lstm-lambda-1-seed-1/model.safetensors";
    let first = "a/tiny/fold-1/pupils/heat/e-lstm-lambda-1-seed-1/model.safetensors";
    let before = [last, first].map(stamp);
    files::write(&bench.path("recipe.toml"), recipe(2).as_bytes()).unwrap();
    let changed = bench.open("a");
    changed.teach().unwrap();
    changed.distil().unwrap();
    let after = [last, first].map(stamp);
    assert!(before[0] == after[0] && before[1] != after[1]);
}

#[test]
fn keys_stay_in_one_fold_and_repeated_answers_are_counted() {
    let keyed = recipe(4).replace("folds = 4", "folds = 4\ncolumns = { split_key = \"key\" }");
    let bench = Bench::new(&keyed);
    let file = bench.path("data/train.jsonl");
    let lines = fs::read_to_string(&file).unwrap();
    // Twenty students; the answers of the first two are the same.
    let own = |(i, line): (usize, &str)| {
        let line = line.replacen('{', &format!("{{\"key\":\"s{}\",", i / 8), 1);
        let text = line.split("\"text\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        if i < 16 { line.replace(&text, "particles get faster") + "\n" } else { line + "\n" }
    };
    let train: String = lines.lines().enumerate().map(own).collect();
    files::write(&file, train.as_bytes()).unwrap();
    fs::write(bench.path("data/unlabelled.jsonl"), "").unwrap();
    let bare = keyed.replace("unlabelled = \"unlabelled.jsonl\"\n", "");
    files::write(&bench.path("recipe.toml"), bare.as_bytes()).unwrap();
    let pipeline = bench.open("a");
    let mut fold_of: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut shared = 0;
    for (n, fold) in pipeline.folds.iter().enumerate() {
        for answer in &fold.corpus.tests["cross-validation"].answers {
            fold_of.entry(answer.split_key.clone().unwrap()).or_default().insert(n);
        }
        shared += fold.corpus.overlaps.iter().find(|o| o.set == "cross-validation").unwrap().shared;
    }
    assert!(fold_of.len() == 20 && fold_of.values().all(|folds| folds.len() == 1), "{fold_of:?}");
    let apart = fold_of["s0"] != fold_of["s1"];
    assert!(!apart || shared > 0, "{shared}");
}

#[test]
fn impossible_folds_are_refused_before_training() {
    let bench = Bench::new("");
    for (from, to, want) in [
        ("folds = 4", "folds = 1", "data.folds is 1, but must be from 2 to 20"),
        ("folds = 4", "folds = 21", "data.folds is 21, but must be from 2 to 20"),
        ("folds = 4", "folds = 4\nheld_out = 0.2", "data.folds is 4 and data.held_out 0.2"),
        ("folds = 4", "folds = 4\ntest = { test = \"test.jsonl\" }", "and there are test sets"),
        (
            "[teacher]\n",
            "[teacher]\nrun = \"other\"\n",
            "the teachers of teacher.run have learned from all answers",
        ),
    ] {
        files::write(&bench.path("recipe.toml"), recipe(4).replace(from, to).as_bytes()).unwrap();
        let error = format!("{:#}", Recipe::read(&bench.path("recipe.toml")).err().unwrap());
        assert!(error.contains(want), "{error}");
    }
    // Three answers, and four folds.
    let file = bench.path("data/train.jsonl");
    let few: String = fs::read_to_string(&file).unwrap().lines().take(3).map(|l| format!("{l}\n")).collect();
    files::write(&file, few.as_bytes()).unwrap();
    files::write(&bench.path("recipe.toml"), recipe(4).as_bytes()).unwrap();
    let [recipe, data, encoder, runs] = ["recipe.toml", "data", "encoder", "runs"].map(|p| bench.path(p));
    let error = pupil_trainer::stages::Pipeline::open(&recipe, &data, &encoder, &runs).err().unwrap();
    let error = format!("{error:#}");
    assert!(error.contains("fill only 3 folds: lower data.folds"), "{error}");
    assert!(!runs.exists());
}

#[test]
fn commented_settings_for_own_answers_are_valid() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/recipes/own-data.toml");
    let own = fs::read_to_string(file).unwrap();
    let bench = Bench::new("");
    let read = |text: &str| {
        files::write(&bench.path("recipe.toml"), text.as_bytes()).unwrap();
        Recipe::read(&bench.path("recipe.toml")).unwrap()
    };
    let folded = own.replace("\nheld_out = 0.2\n", "\n").replace("\n# folds = 5\n", "\nfolds = 5\n");
    assert_eq!(read(&folded).data.folds, 5);
    // The lines from the table of a further teacher to the next blank line.
    let (before, rest) = own.split_once("# [[teacher.also]]\n").unwrap();
    let (also, after) = rest.split_once("\n\n").unwrap();
    let also = also.replace("# ", "");
    let recipe = read(&format!("{before}[[teacher.also]]\n{also}\n\n{after}"));
    assert_eq!(recipe.teacher.also.len(), 1);
}
