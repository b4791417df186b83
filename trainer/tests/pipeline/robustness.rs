//! Attacks on exported files: the table in the card, figures in the manifest, limits, and the command.

use crate::RECIPE;
use crate::support::Bench;
use crate::unimoe;
use pupil_core::Scorer;
use pupil_trainer::files;
use pupil_trainer::robustness::{Group, Report};
use pupil_trainer::stages::Pipeline;
use std::fs;
use std::path::Path;
use std::process::Command;

/// N-grams alone, which are fitted at once.
fn n_grams(robustness: &str) -> String {
    let pupils = RECIPE.find("[pupil]").unwrap();
    format!(
        "{}[export]\nmodel = \"n-gram\"\nlambda = 0.0\n[evaluate]\nreplicates = 20\n[ngram]\nbuckets = 4096\n\
         [robustness]\nper_kind = 30\n{robustness}\n",
        &RECIPE[..pupils]
    )
}

fn report(bench: &Bench, path: &str) -> Report {
    files::read_json(&bench.path(path)).unwrap()
}

#[test]
fn the_table_goes_into_the_card_and_figures_into_the_file() {
    let bench = Bench::new(&n_grams(""));
    let (_, path) = bench.open("a").run().unwrap();
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    for text in [
        "## Robustness of tiny",
        "from 60 test answers to 2 questions",
        "| shuffled ",
        "| same-case ",
        "| real-right ",
    ] {
        assert!(card.contains(text), "{text}: {card}");
    }
    let report = report(&bench, "a/tiny/robustness-tiny.json");
    assert_eq!((report.tasks.len(), report.seed, report.per_kind), (2, 7, 30));
    // N-grams of whole words see the order of pairs at most: shuffled key words are as good.
    let shuffled = report.row("shuffled").unwrap();
    assert!(shuffled.n == 30 && shuffled.best.value > 0.3, "{shuffled:?}");
    assert_eq!(report.row("same-case").unwrap().kept.unwrap().value, 1.0);
    let scorer = Scorer::open(&path).unwrap();
    for task in scorer.tasks() {
        let metric = task.metrics.iter().find(|m| m.split == "attacks").unwrap();
        assert!(metric.name == "best_automatic" && metric.n.unwrap() > 200, "{metric:?}");
        assert!(task.metrics.iter().any(|m| m.split == "changes" && m.name == "kept"));
        assert!(task.metrics.iter().any(|m| m.name == "qwk"));
    }
    // The same recipe gives the same bytes.
    assert_eq!(fs::read(&path).unwrap(), fs::read(bench.open("b").run().unwrap().1).unwrap());
}

#[test]
fn a_file_beyond_its_limits_is_written_only_by_force() {
    let bench = Bench::new(&n_grams("max_best_automatic = 0.0\nlimits = { \"keywords-all\" = 1.0 }"));
    let error = format!("{:#}", bench.open("a").run().unwrap_err());
    assert!(error.contains("tiny.pupil is not written") && !error.contains("is kept"), "{error}");
    assert!(error.contains("tiny, shuffled: ") && error.contains("the limit is 0.0 %"), "{error}");
    assert!(!error.contains("keywords-all") && error.contains("--force"), "{error}");
    assert!(!bench.path("a/tiny/tiny.pupil").exists() && !bench.path("a/tiny/card.md").exists());
    assert!(bench.path("a/tiny/robustness-tiny.md").is_file());

    // An older file stays as it is.
    files::write(&bench.path("a/tiny/tiny.pupil"), b"older").unwrap();
    let error = format!("{:#}", bench.open("a").run().unwrap_err());
    assert!(error.contains("the file that is there is kept"), "{error}");
    assert_eq!(fs::read(bench.path("a/tiny/tiny.pupil")).unwrap(), b"older");

    let forced = Pipeline { force: true, ..bench.open("a") };
    let (_, path) = forced.run().unwrap();
    assert!(Scorer::open(path).is_ok());
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("## Robustness of tiny"), "{card}");

    // Within the limits nothing has to be forced.
    let wide = n_grams("max_best_automatic = 1.0\nmin_kept = 0.0");
    files::write(&bench.path("recipe.toml"), wide.as_bytes()).unwrap();
    bench.open("a").run().unwrap();
}

#[test]
fn the_best_score_needs_the_confidence_that_the_aim_takes() {
    let n_grams = |lines: &str| n_grams(lines).replace("lambda = 0.0", "lambda = 0.0\nreview_share = 0.0");
    let bench = Bench::new(&n_grams(""));
    bench.open("a").run().unwrap();
    let earned = |report: &Report| -> usize {
        let attacks = report.rows.iter().filter(|row| row.group == Group::Attack);
        attacks.map(|row| row.best_automatic.count).sum()
    };
    let before = report(&bench, "a/tiny/robustness-tiny.json");
    assert!(earned(&before) > 50, "{}", earned(&before));

    files::write(&bench.path("recipe.toml"), n_grams("aim = 0.1").as_bytes()).unwrap();
    let (_, path) = bench.open("a").run().unwrap();
    let scorer = Scorer::open(&path).unwrap();
    for task in scorer.tasks() {
        let (best, others) = task.labels.split_last().unwrap();
        assert!(best.min_confidence > 0.0 && others.iter().all(|l| l.min_confidence == 0.0), "{task:?}");
    }
    let after = report(&bench, "a/tiny/robustness-tiny.json");
    assert!(earned(&after) < earned(&before), "{} {}", earned(&after), earned(&before));
    // What is awarded stays the same; only who looks at it changes.
    for (row, was) in after.rows.iter().zip(&before.rows) {
        assert_eq!((&row.name, row.best), (&was.name, was.best));
    }
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("The best score is automatic from a confidence of its own on"), "{card}");
    assert!(card.contains("| task | confidence from | needed for |"), "{card}");
}

#[test]
fn without_test_answers_those_of_training_are_attacked() {
    let recipe = n_grams("").replace("test = { test = \"test.jsonl\" }", "folds = 3");
    let bench = Bench::new(&recipe.replace("\n[teacher]", "\n[negatives]\nrate = 0.5\n[teacher]"));
    bench.open("a").run().unwrap();
    let report = report(&bench, "a/tiny/robustness-tiny.json");
    // Made-up answers of the training part are not among them.
    assert!(report.learned && report.answers == 160 && report.seen_questions == 0, "{report:?}");
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("to 2 questions; the model has learned from these answers"), "{card}");
}

#[test]
fn task_packs_are_attacked_with_their_base() {
    let adapt = "\n[unimoe.adapt]\ntasks = [\"rust\"]\nrehearsal = 20\n[unimoe.adapt.fit]\nepochs = 2\nbatch = 16\n\
                 rate = 1e-2\npatience = 2\n[robustness]\nper_kind = 20\n";
    let recipe = unimoe::RECIPE
        .replace(
            "systems = [\"individual\", \"mtl\", \"unimoe\", \"unimoe-guided\"]",
            "systems = [\"unimoe\"]\ntasks = [\"heat\"]",
        )
        .replace("export = \"unimoe-guided\"", "export = \"unimoe\"")
        .replace("epochs = 12", "epochs = 2")
        .replace("[unimoe.mixture]", "[unimoe.mixture]\nscope = \"pooled\"");
    let bench = Bench::new(&(recipe + adapt));
    let (_, path) = bench.open("a").run().unwrap();
    assert_eq!(report(&bench, "a/shared/robustness-shared.json").tasks, ["heat"]);
    let pack = report(&bench, "a/shared/robustness-shared-rust.json");
    assert!(pack.tasks == ["rust"] && pack.row("shuffled").unwrap().n == 20, "{pack:?}");
    let scorer = Scorer::open(path).unwrap().attach(bench.path("a/shared/shared-rust.pupil")).unwrap();
    let task = scorer.task("rust").unwrap();
    assert!(task.metrics.iter().any(|m| m.split == "attacks"), "{:?}", task.metrics);
    let card = fs::read_to_string(bench.path("a/shared/card.md")).unwrap();
    assert_eq!(card.matches("## Robustness of").count(), 2, "{card}");
}

/// Answers with references: the right one has the same words as the reference.
pub(crate) fn pairs(rows: usize, first: usize) -> String {
    let things = ["sun", "lamp", "magnet", "stone", "gas", "wire", "plant", "door", "boat", "coin"];
    let mut out = String::new();
    for i in 0..rows {
        let (a, b) = (things[(first + i / 6) % 10], things[(first + i / 6 + 3) % 10]);
        let (label, text) = match i % 3 {
            0 => ("correct", format!("the {a} heats the {b} since it is large")),
            1 => ("contradictory", format!("the {a} does not heat the {b}")),
            _ => ("irrelevant", format!("a {} is there", things[(first + i) % 10])),
        };
        out += &format!(
            "{{\"id\":\"{first}-{i}\",\"task\":\"judge\",\"text\":\"{text}\",\"label\":\"{label}\",\"question\":\"What does \
             the {a} do to the {b}?\",\"reference\":\"the {a} heats the {b}\"}}\n"
        );
    }
    out
}

#[test]
fn pairs_are_attacked_on_questions_that_training_does_not_have() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded/pairs.toml");
    let recipe = fs::read_to_string(fixture).unwrap() + "\n[robustness]\nper_kind = 20\nsets = [\"sets\"]\n";
    let bench = Bench::new(&recipe.replace("epochs = 20", "epochs = 2").replace("epochs = 8", "epochs = 1"));
    let data = bench.path("data");
    files::write(&data.join("classes.jsonl"), pairs(48, 0).as_bytes()).unwrap();
    files::write(&data.join("classes-test.jsonl"), (pairs(12, 0) + &pairs(12, 8)).as_bytes()).unwrap();
    let row = "{\"reference\":\"the sun heats\",\"text\":\"the sun cools\",\"label3\":\"contradictory\",\"split\":\"heldout\"}\n";
    files::write(&data.join("sets/own.jsonl"), row.repeat(3).as_bytes()).unwrap();
    bench.open("a").run().unwrap();
    let report = report(&bench, "a/pairs/robustness-pairs.json");
    assert_eq!((report.questions, report.seen_questions, report.answers), (2, 2, 12));
    assert_eq!(report.set_task.as_deref(), Some("judge"));
    assert_eq!(report.row("own/contradictory").unwrap().n, 3);
    assert!(report.row("question-copied").unwrap().n > 0 && report.row("real-contradictory").unwrap().n == 4);
    let scorer = Scorer::open(bench.path("a/pairs/pairs.pupil")).unwrap();
    let metrics = &scorer.task("judge").unwrap().metrics;
    assert!(metrics.iter().any(|m| m.name == "accuracy" && m.split == "own"), "{metrics:?}");

    // The command gives the same table.
    let output = Command::new(env!("CARGO_BIN_EXE_pupil-train"))
        .args(["robustness".as_ref(), bench.path("a/pairs/pairs.pupil").as_os_str()])
        .args(["--recipe".as_ref(), bench.path("recipe.toml").as_os_str()])
        .args(["--data".as_ref(), data.as_os_str(), "--json".as_ref(), bench.path("own.json").as_os_str()])
        .output()
        .unwrap();
    let (out, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && out.contains("own/contradictory"), "{error}{out}");
    let again: Report = files::read_json(&bench.path("own.json")).unwrap();
    assert_eq!(again.rows, report.rows);
}

#[test]
fn the_command_attacks_any_file_with_graded_answers() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("graded.csv");
    let mut rows = String::from("text,score\n");
    for i in 0..30 {
        let balloon = ["first", "second", "larger", "cold", "warm"][i % 5];
        rows += &format!(
            "The {balloon} balloon grows because the air in it is number {i} and gets warm,{}\n",
            i % 3
        );
    }
    fs::write(&csv, rows).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/golden/e_lstm.pupil");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_pupil-train"))
            .args(["robustness".as_ref(), file.as_os_str()])
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let csv = csv.to_str().unwrap();
    let (done, out, error) = run(&["--csv", csv, "--task", "balloons", "--per-kind", "20", "--seed", "5"]);
    assert!(done, "{error}");
    for text in [
        "30 test answers to 1 questions",
        "it is not known which questions training had",
        "seed 5",
        "keywords-all",
    ] {
        assert!(out.contains(text), "{text}: {out}");
    }
    let (done, _, error) = run(&[]);
    assert!(
        !done
            && error
                .contains("name a recipe (--recipe), graded answers (--csv) or adversarial sets (--sets)"),
        "{error}"
    );
    let (done, _, error) = run(&["--csv", csv, "--task", "ice"]);
    assert!(
        !done && error.contains("--task ice: the file has no such task, it has balloons, rubric"),
        "{error}"
    );
    let (done, _, error) = run(&["--sets", "absent.jsonl"]);
    assert!(!done && error.contains("there is no such file"), "{error}");
    let (done, _, error) = run(&["--csv", csv, "--task", "balloons", "--pack", "absent.pupil"]);
    assert!(!done && error.contains("absent.pupil"), "{error}");
}

#[test]
fn impossible_settings_of_robustness_are_refused_before_training() {
    let bench = Bench::new(RECIPE);
    for (lines, want) in [
        ("per_kind = 3", "robustness.per_kind is 3, but must be from 20"),
        ("max_best_automatic = 10.0", "robustness.max_best_automatic is 10, but must be a share from 0 to 1"),
        ("min_kept = -1.0", "robustness.min_kept is -1"),
        ("limits = { antonyms = 0.1 }", "there is no row `antonyms`; there are antonym, negation-inserted"),
        ("limits = { antonym = 2.0 }", "robustness.limits is 2"),
        ("aim = -0.5", "robustness.aim is -0.5"),
        ("aims = { same-case = 0.1 }", "robustness.aims: there is no attack `same-case`; there are antonym"),
        ("aims = { real-wrong = 1.5 }", "robustness.aims is 1.5"),
        ("sets = [\"absent\"]", "there is no such file"),
        ("set_task = \"heat\"", "robustness.set_task: heat must be a task that reads a reference answer"),
    ] {
        let recipe = format!("{RECIPE}\n[robustness]\n{lines}\n");
        let error = bench.refused(&recipe, "x");
        assert!(error.contains(want) && !bench.path("x").exists(), "{lines}: {error}");
    }
}
