//! Promises about automatic scores in whole recipes.

use crate::support::Bench;
use crate::{RECIPE, robustness, unimoe};
use pupil_core::format::manifest::Agreement;
use pupil_core::{Decision, ReviewReason, Scorer};
use pupil_metrics::proportion::upper_bound;
use pupil_trainer::corpus::Corpus;
use pupil_trainer::data::{Answer, Target};
use pupil_trainer::experiment::award_of;
use pupil_trainer::files;
use pupil_trainer::recipe::Recipe;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// N-grams alone, with a calibration part and what is to be promised.
fn n_grams(data: &str, export: &str) -> String {
    let pupils = RECIPE.find("[pupil]").unwrap();
    let recipe = RECIPE[..pupils].replace("validation = 0.2", &format!("validation = 0.2\n{data}"));
    format!(
        "{recipe}[export]\nmodel = \"n-gram\"\nlambda = 0.0\n{export}\n[evaluate]\nreplicates = 20\n[ngram]\nbuckets = 4096\n"
    )
}

const EASY: &str = "max_error = 0.4\nconfidence = 0.8";

fn refusal(recipe: &str) -> String {
    let bench = Bench::new(RECIPE);
    files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
    let error = Recipe::read(&bench.path("recipe.toml")).expect_err("it is refused");
    format!("{error:#}")
}

/// The graded calibration answers of a task.
fn calibration(corpus: &Corpus, task: usize) -> Vec<&Answer> {
    let answers = corpus.split.calibration.iter().map(|i| &corpus.train.answers[*i]);
    answers.filter(|a| a.task == task && a.target != Target::Missing).collect()
}

/// Counts again what the file says about a task, by scoring the calibration answers; whether it promises something.
fn recounted(corpus: &Corpus, scorer: &Scorer, task: usize) -> bool {
    let data = &corpus.train.tasks[task];
    let entry = scorer.task(&data.id).unwrap();
    let guarantee = entry.guarantee.expect("the task has a guarantee");
    let answers = calibration(corpus, task);
    let (mut automatic, mut wrong) = (0, 0);
    for answer in &answers {
        let score = match &answer.reference {
            Some(reference) if entry.input == pupil_core::format::manifest::Input::Pair => {
                scorer.score_pair(&data.id, reference, &answer.text).unwrap()
            }
            _ => scorer.score(&data.id, &answer.text).unwrap(),
        };
        let is_wrong = match (guarantee.agreement, &award_of(data, &score).unwrap(), &answer.target) {
            (Agreement::Adjacent, Target::Level(a), Target::Level(b)) => a.abs_diff(*b) > 1,
            (_, award, human) => award != human,
        };
        if matches!(score.decision, Decision::Automatic | Decision::Review(ReviewReason::Audit)) {
            automatic += 1;
            wrong += usize::from(is_wrong);
        }
    }
    // Distributions are of the task's own calibration answers.
    let of = entry.monitor.as_ref().expect("the task has distributions");
    assert_eq!(of.answers, answers.len());
    let words: Vec<usize> =
        answers.iter().map(|a| scorer.score(&data.id, &a.text).map_or(0, |s| s.words)).collect();
    if entry.input != pupil_core::format::manifest::Input::Pair {
        for cut in &of.words {
            assert_eq!(cut.above, words.iter().filter(|n| **n as f32 > cut.at).count(), "{of:?}");
        }
    }
    assert!(!of.words.is_empty() && !of.confidence.is_empty() && !of.unknown.is_empty());
    let have = (guarantee.answers, guarantee.automatic, guarantee.wrong);
    assert_eq!(have, (answers.len(), automatic, wrong), "{}", data.id);
    if automatic > 0 {
        let outside = 1.0 - f64::from(guarantee.confidence);
        let bound = upper_bound(wrong as u64, automatic as u64, outside);
        assert!((bound - f64::from(guarantee.bound)).abs() < 1e-6 && guarantee.bound <= guarantee.max_error);
    } else {
        assert_eq!((guarantee.bound, entry.review.min_confidence), (1.0, 1.0));
    }
    automatic > 0
}

#[test]
fn promises_rest_on_answers_that_nothing_else_has_seen() {
    let bench = Bench::new(&n_grams("calibration = 0.3", EASY));
    let pipeline = bench.open("a");
    let (tables, path) = pipeline.run().unwrap();
    let (corpus, split) = (&pipeline.corpus, &pipeline.corpus.split);
    let aside: BTreeSet<usize> = split.calibration.iter().copied().collect();
    assert_eq!(aside.len(), 48);
    assert!(split.train.iter().chain(&split.validation).all(|i| !aside.contains(i)));
    assert_eq!(split.train.iter().filter(|i| **i < 160).count() + split.validation.len() + 48, 160);
    let scorer = Scorer::open(&path).unwrap();
    assert!([0, 1].map(|task| recounted(corpus, &scorer, task)).contains(&true), "{tables}");
    // The threshold is the confidence of a validation answer.
    for task in 0..2 {
        let entry = scorer.task(&corpus.train.tasks[task].id).unwrap();
        let validation =
            split.validation.iter().map(|i| &corpus.train.answers[*i]).filter(|a| a.task == task);
        let mut known = validation.map(|a| scorer.score(&entry.id, &a.text).unwrap().confidence);
        let least = entry.review.min_confidence;
        assert!(!entry.guarantee.unwrap().is_promised() || known.any(|c| c == least), "{least}");
    }
    for file in ["card.md", "results.md"] {
        let page = fs::read_to_string(bench.path("a/tiny").join(file)).unwrap();
        for part in [
            "## What is promised about automatic scores",
            "With 80 % confidence, at most 40 % of the automatic scores differ from a person's.",
            "to the same questions, by students like those",
            "| task | calibration answers |",
            "| heat | 24 |",
            "| test | heat | 30 |",
            "| test | all tasks | 60 |",
        ] {
            assert!(page.contains(part), "no `{part}` in {file}:\n{page}");
        }
    }
    // The same recipe gives the same bytes.
    assert_eq!(fs::read(&path).unwrap(), fs::read(bench.open("b").run().unwrap().1).unwrap());
}

#[test]
fn audits_are_a_share_of_what_would_be_automatic_and_change_no_promise() {
    let bench = Bench::new(&n_grams("calibration = 0.3", &format!("{EASY}\naudit_share = 0.25")));
    let pipeline = bench.open("a");
    let (_, path) = pipeline.run().unwrap();
    let scorer = Scorer::open(&path).unwrap();
    let tasks: Vec<_> = scorer.tasks().map(|task| task.audit.unwrap()).collect();
    assert!(tasks.iter().all(|audit| audit.share == 0.25) && tasks[0].salt != tasks[1].salt, "{tasks:?}");
    let promised: Vec<usize> = (0..2).filter(|task| recounted(&pipeline.corpus, &scorer, *task)).collect();
    assert!(!promised.is_empty());
    let mut counts = [0; 2];
    for task in promised {
        for answer in &pipeline.corpus.train.answers {
            let score = scorer.score(&pipeline.corpus.train.tasks[task].id, &answer.text).unwrap();
            let is_chosen = tasks[task].chooses(&answer.text);
            match score.decision {
                Decision::Automatic => assert!(!is_chosen && score.guarantee.is_some()),
                Decision::Review(ReviewReason::Audit) => assert!(is_chosen && score.guarantee.is_none()),
                Decision::Review(_) => continue,
            }
            counts[usize::from(is_chosen)] += 1;
        }
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("a share of 0.25 of the scores that would be automatic"), "{card}");
    // The salt is the same for the same recipe, and another one for other models.
    assert_eq!(fs::read(&path).unwrap(), fs::read(bench.open("b").run().unwrap().1).unwrap());
    let other = Bench::new(&n_grams("calibration = 0.25", &format!("{EASY}\naudit_share = 0.25")));
    let scorer = Scorer::open(other.open("a").run().unwrap().1).unwrap();
    assert_ne!(scorer.tasks().next().unwrap().audit.unwrap().salt, tasks[0].salt);
}

#[test]
fn confidences_are_compared_with_right_scores_before_and_after_the_temperature() {
    let bench = Bench::new(&n_grams("", ""));
    let pipeline = bench.open("a");
    let (_, path) = pipeline.run().unwrap();
    let scorer = Scorer::open(&path).unwrap();
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    let results = fs::read_to_string(bench.path("a/tiny/results.md")).unwrap();
    let (name, set) = pipeline.corpus.tests.iter().next().unwrap();
    let section = |page: &str| {
        let start = page.find(&format!("### Confidence on {name}\n")).expect("there is a section");
        page[start..].to_owned()
    };
    assert!(section(&results).contains("| all tasks | "), "{results}");
    for (place, data) in pipeline.corpus.train.tasks.iter().enumerate() {
        let answers: Vec<&Answer> =
            set.answers.iter().filter(|a| a.task == place && a.target != Target::Missing).collect();
        // Ten bins of equal width, counted anew.
        let mut bins = [(0.0, 0.0, 0.0); 10];
        for answer in &answers {
            let score = scorer.score(&data.id, &answer.text).unwrap();
            let place =
                (1..10_u8).filter(|tenth| f64::from(score.confidence) >= f64::from(*tenth) / 10.0).count();
            let bin = &mut bins[place];
            bin.0 += 1.0;
            bin.1 += f64::from(score.confidence);
            bin.2 += f64::from(u8::from(award_of(data, &score).unwrap() == answer.target));
        }
        let apart: f64 = bins.iter().map(|(_, sure, right)| (sure - right).abs()).sum();
        let expected = format!("{:.3}", apart / answers.len() as f64);
        let page = section(&card);
        let row = page.lines().find(|line| line.starts_with(&format!("| {} |", data.id))).unwrap();
        let cells: Vec<&str> = row.split(" | ").collect();
        assert_eq!((cells[1], cells[4]), (answers.len().to_string().as_str(), &*expected), "{row}");
        assert!(cells[3].parse::<f64>().is_ok_and(|before| before >= 0.0), "{row}");
        let temperature = scorer.task(&data.id).unwrap().calibration.temperature;
        assert_eq!(cells[2], format!("{temperature:.2}"));
    }
}

#[test]
fn too_few_answers_promise_nothing_and_say_how_many_would() {
    let bench = Bench::new(&n_grams("calibration = 0.3", "max_error = 0.05"));
    let (_, path) = bench.open("a").run().unwrap();
    let scorer = Scorer::open(&path).unwrap();
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    for id in ["heat", "rust"] {
        let guarantee = scorer.task(id).unwrap().guarantee.unwrap();
        assert!(!guarantee.is_promised() && guarantee.answers == 24, "{guarantee:?}");
        // 45 right scores of 45 would be enough.
        assert!(guarantee.needed.is_none_or(|needed| needed >= 45), "{guarantee:?}");
        for answer in ["because the oxygen and water gets it", "particles faster", "the metal", ""] {
            assert_ne!(scorer.score(id, answer).unwrap().decision, Decision::Automatic);
        }
        let row = card.lines().find(|line| line.starts_with(&format!("| {id} | 24 | no promise |"))).unwrap();
        assert!(row.contains("| about ") || row.contains("| a better model |"), "{row}");
    }
    assert!(card.contains("| nothing is automatic |"), "{card}");
}

#[test]
fn one_answer_of_each_student_counts_and_tasks_may_share_a_promise() {
    let key = "calibration = 0.3\ncolumns = { split_key = \"id\", split_key_after = \"-\" }";
    let bench = Bench::new(&n_grams(key, &format!("{EASY}\npooled = true")));
    // The same student answers both tasks.
    let train = fs::read_to_string(bench.path("data/train.jsonl")).unwrap();
    let lines = train
        .lines()
        .enumerate()
        .map(|(i, line)| line.replace(&format!("10-{i}\""), &format!("{i}-{}\"", i / 2)));
    files::write(&bench.path("data/train.jsonl"), lines.collect::<Vec<_>>().join("\n").as_bytes()).unwrap();
    let pipeline = bench.open("a");
    let (_, path) = pipeline.run().unwrap();
    let scorer = Scorer::open(&path).unwrap();
    let keys: BTreeSet<&str> = pipeline
        .corpus
        .split
        .calibration
        .iter()
        .map(|i| pipeline.corpus.train.answers[*i].split_key.as_deref().unwrap())
        .collect();
    let both: Vec<_> = ["heat", "rust"].map(|id| scorer.task(id).unwrap()).into();
    let guarantee = both[0].guarantee.unwrap();
    // One answer of each of 24 students, whichever task it is of, if tasks share the promise; otherwise of each task.
    assert_eq!((keys.len(), guarantee.answers), (24, 24));
    assert!([1, 2].contains(&guarantee.tasks));
    if guarantee.tasks == 2 {
        assert_eq!(both[0].guarantee, both[1].guarantee);
        assert_eq!(both[0].review.min_confidence, both[1].review.min_confidence);
        let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
        assert!(card.contains("| heat (2 tasks together) | 24 |"), "{card}");
    }
}

#[test]
fn every_kind_of_model_makes_promises() {
    let with = |recipe: &str| {
        let share = recipe.replace("validation = 0.2\n", "validation = 0.2\ncalibration = 0.3\n");
        let quick = share.replace("epochs = 25", "epochs = 6").replace("epochs = 12", "epochs = 3");
        quick.replace("seeds = [1, 2]", "seeds = [1]").replace("baseline = true\n", "")
    };
    let export = |recipe: &str, more: &str| {
        recipe.replace("[export]", &format!("[export]\n{more}max_error = 0.6\nconfidence = 0.7"))
    };
    let ensemble = format!("{RECIPE}\n[ngram]\nlambdas = [1.0]\nbuckets = 1024\n[ensemble]\neach = 1\n");
    let packs = unimoe::RECIPE.replace("seeds = [1]\nexport", "tasks = [\"heat\"]\nseeds = [1]\nexport");
    let packs = packs.replace(
        "systems = [\"individual\", \"mtl\", \"unimoe\", \"unimoe-guided\"]",
        "systems = [\"unimoe-guided\"]",
    );
    let recipes = [
        ("tiny", "tiny", export(&with(RECIPE), "agreement = \"adjacent\"\n")),
        ("tiny", "tiny", export(&with(&ensemble), "model = \"ensemble\"\n")),
        ("shared", "shared", export(&(with(&packs) + unimoe::ADAPT + "\n[export]\n"), "")),
    ];
    for (name, file, recipe) in recipes {
        let bench = Bench::new(&recipe);
        let pipeline = bench.open("a");
        let (_, path) = pipeline.run().unwrap();
        assert_eq!(path, bench.path(&format!("a/{name}/{file}.pupil")));
        let scorer = Scorer::open(&path).unwrap();
        let scorer = if name == "shared" {
            scorer.attach(bench.path("a/shared/shared-rust.pupil")).unwrap()
        } else {
            scorer
        };
        for task in 0..2 {
            recounted(&pipeline.corpus, &scorer, task);
        }
    }
}

#[test]
fn pairs_and_rubrics_make_promises() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded/pairs.toml");
    let recipe = fs::read_to_string(fixture).unwrap();
    let recipe = recipe.replace("validation = 0.25", "validation = 0.25\ncalibration = 0.3");
    let recipe = recipe.replace("epochs = 20", "epochs = 2").replace("epochs = 8", "epochs = 1");
    let bench = Bench::new(&recipe.replace("[export]", "[export]\nmax_error = 0.8\nconfidence = 0.6"));
    files::write(&bench.path("data/classes.jsonl"), robustness::pairs(48, 0).as_bytes()).unwrap();
    files::write(&bench.path("data/classes-test.jsonl"), robustness::pairs(12, 3).as_bytes()).unwrap();
    let pipeline = bench.open("a");
    let (_, path) = pipeline.run().unwrap();
    recounted(&pipeline.corpus, &Scorer::open(&path).unwrap(), 0);

    let recipe = n_grams("calibration = 0.3", "max_error = 0.6\nconfidence = 0.7");
    let recipe = recipe.replace("train.jsonl", "train.csv").replace("test.jsonl", "test.csv");
    let one = "columns = { fixed_task = \"rubric\" }\n";
    let bench = Bench::new(&recipe.replace("unlabelled = \"unlabelled.jsonl\"\n", one));
    for (part, rows) in [("train", 120), ("test", 40)] {
        let mut table = "text,oxygen,water\n".to_owned();
        for i in 0..rows {
            let (oxygen, water) = (i % 2, i / 2 % 2);
            let words = [["air", "oxygen"][oxygen], ["dry", "water"][water]];
            table += &format!("number {i} says {} and {},{oxygen},{water}\n", words[0], words[1]);
        }
        files::write(&bench.path(&format!("data/{part}.csv")), table.as_bytes()).unwrap();
    }
    let pipeline = bench.open("a");
    let (_, path) = pipeline.run().unwrap();
    assert!(recounted(&pipeline.corpus, &Scorer::open(&path).unwrap(), 0));
}

#[test]
fn folds_keep_their_own_promises() {
    let recipe = n_grams("calibration = 0.3\nfolds = 3", EASY);
    let bench = Bench::new(&recipe.replace("test = { test = \"test.jsonl\" }\n", ""));
    let pipeline = bench.open("a");
    for fold in &pipeline.folds {
        let split = &fold.corpus.split;
        let aside: BTreeSet<usize> = split.calibration.iter().copied().collect();
        assert!((30..=34).contains(&aside.len()), "{}", aside.len());
        assert!(split.train.iter().chain(&split.validation).all(|i| !aside.contains(i)));
    }
    let (_, path) = pipeline.run().unwrap();
    recounted(&pipeline.corpus, &Scorer::open(&path).unwrap(), 0);
    let card = fs::read_to_string(bench.path("a/tiny/card.md")).unwrap();
    assert!(card.contains("| cross-validation | all tasks | 160 |"), "{card}");
}

#[test]
fn contradictions_are_refused_with_a_way_out() {
    for (data, export, part) in [
        ("", "max_error = 0.05", "set data.calibration"),
        ("calibration = 0.1", "", "data.calibration belongs to a promise"),
        ("", "confidence = 0.9", "export.confidence belongs to a promise"),
        ("", "agreement = \"adjacent\"", "export.agreement belongs to a promise"),
        ("", "pooled = true", "export.pooled belongs to a promise"),
        ("calibration = 0.1", "max_error = 0.05\nreview_share = 0.15", "leave one of them out"),
        ("calibration = 0.1", "max_error = 0.0", "export.max_error is 0, but must be between 0 and 1"),
        ("calibration = 0.1", "max_error = 1.5", "export.max_error is 1.5"),
        ("calibration = 0.1", "max_error = 0.1\nconfidence = 1.0", "export.confidence is 1, but must be"),
        ("calibration = 0.8", "max_error = 0.1", "together with data.held_out and data.calibration below 1"),
        ("calibration = -0.1", "max_error = 0.1", "data.calibration below 1"),
        ("calibration = 0.1", "max_error = 0.1\nagreement = \"near\"", "unknown variant"),
        ("", "audit_share = 1.0", "export.audit_share is 1, but must be at least 0 and below 1"),
        ("", "audit_share = -0.5", "export.audit_share is -0.5"),
    ] {
        let refused = refusal(&n_grams(data, export));
        assert!(refused.contains(part), "{data} {export}: {refused}");
    }
    let open = |recipe: &str| {
        let bench = Bench::new(recipe);
        let encoder = bench.path("encoder");
        let opened = pupil_trainer::stages::Pipeline::open(
            &bench.path("recipe.toml"),
            &bench.path("data"),
            encoder,
            &bench.path("a"),
        );
        format!("{:#}", opened.err().expect("it is refused"))
    };
    let none = open(&n_grams("calibration = 0.001", "max_error = 0.05"));
    assert!(none.contains("none of its 0 answers has a human score"), "{none}");
    let tiny = open(&n_grams("calibration = 0.3", "max_error = 0.000000001"));
    assert!(tiny.contains("needs more than ten million answers"), "{tiny}");
}
