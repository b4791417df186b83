//! Imperfect data: blank answers, one answer, answers in two files, incomplete teachers. Nothing panics, and errors
//! that can be found before training are reported before it.

use crate::support::Bench;
use pupil_core::Scorer;
use pupil_trainer::data::Target;
use pupil_trainer::experiment::Decisions;
use pupil_trainer::files;
use pupil_trainer::stages::Pipeline;
use std::fmt::Write;
use std::fs;

/// Student models of one task each, from human scores alone.
const ALONE: &str = r#"
name = "faults"
seed = 7
[data]
name = "invented"
train = "train.csv"
test = { test = "test.csv" }
validation = 0.3
[teacher]
encoder = "none"
seeds = [1]
max_tokens = 32
[teacher.fit]
epochs = 1
[pupil]
vocab = 60
min_count = 1
max_tokens = 32
embedding = 4
hidden = 4
dense = 4
pretrained_embedding = false
[distil]
lambdas = [0.0]
seeds = [1]
[distil.fit]
epochs = 3
batch = 2
rate = 1e-2
patience = 3
[export]
lambda = 0.0
[evaluate]
replicates = 20
"#;

/// A model of many tasks on the transformer, instead of student models of one task each.
const SHARED: &str = r#"
[unimoe]
encoder = "bert"
systems = ["mtl", "unimoe"]
max_tokens = 32
balance = 0.01
lambda = 0.5
seeds = [1]
export = "unimoe"
mixture = { scope = "token", experts = 2, blocks = 1, hidden = 4, gate = 4, task_embedding = 2 }
[unimoe.fit]
epochs = 2
batch = 2
"#;

fn shared() -> String {
    ALONE.replace("lambdas = [0.0]", "lambdas = []") + SHARED
}

fn bench(recipe: &str, train: &str, test: &str) -> Bench {
    let bench = Bench::new(recipe);
    files::write(&bench.path("data/train.csv"), train.as_bytes()).unwrap();
    files::write(&bench.path("data/test.csv"), test.as_bytes()).unwrap();
    bench
}

fn opened(bench: &Bench) -> anyhow::Result<Pipeline> {
    let [recipe, data, encoder, runs] = ["recipe.toml", "data", "encoder", "runs"].map(|p| bench.path(p));
    Pipeline::open(&recipe, &data, &encoder, &runs)
}

fn refused(bench: &Bench) -> String {
    format!("{:#}", opened(bench).err().expect("the recipe cannot be opened"))
}

/// Answers to two tasks, each with all three levels.
fn answers(rows: usize) -> String {
    let mut csv = String::from("id,task,text,score\n");
    for i in 0..rows {
        let words = ["water", "heat and water", "heat and water and air"][i / 2 % 3];
        writeln!(csv, "a{i},q{},{words} number {i},{}", i % 2 + 1, i / 2 % 3).unwrap();
    }
    csv
}

#[test]
fn every_family_trains_on_blank_answers_and_evaluates_them() {
    let blanks = ["", "\"   \"", "\u{1}", "\u{7f}\u{200b}"];
    // In training and test, one answer in four of each task has words.
    let mut csv = String::from("id,task,text,score\n");
    for i in 0..48 {
        let text = if i % 8 < 2 { "heat and water" } else { blanks[i % 4] };
        writeln!(csv, "a{i},q{},{text},{}", i % 2 + 1, i / 2 % 3).unwrap();
    }
    let lstm = shared().replace("\"bert\"", "\"lstm\"").replace("scope = \"token\", ", "");
    let word_pieces = ALONE.replace("[pupil]", "[pupil]\ntokenizer = \"word-piece\"");
    let taught =
        ALONE.replace("lambdas = [0.0]", "baseline = true\nlambdas = [0.0, 1.0]") + "[label]\ncopies = 1\n";
    let guided = shared().replace("[\"mtl\", \"unimoe\"]", "[\"unimoe\", \"unimoe-guided\"]");
    for recipe in [&taught, &word_pieces, &guided, &lstm] {
        let bench = bench(recipe, &csv, &csv);
        opened(&bench).unwrap().run().unwrap();
        // No answer has a word.
        let wordless = csv.replace("heat and water", "");
        files::write(&bench.path("data/train.csv"), wordless.as_bytes()).unwrap();
        opened(&bench).unwrap().run().unwrap();
    }
}

#[test]
fn engine_and_trainer_give_the_same_score_to_a_blank_answer() {
    let bench = bench(ALONE, &answers(60), &answers(30));
    let pipeline = opened(&bench).unwrap();
    let (_, file) = pipeline.run().unwrap();
    let labelled = pipeline.labels().unwrap();
    let students = pipeline.students(&labelled);
    let scorer = Scorer::open(file).unwrap();
    let mut set = pipeline.corpus.tests["test"].clone();
    set.answers[0].text = String::new();
    for spec in pipeline.plan().exported().unwrap().models() {
        let model = students.trained(spec).unwrap();
        let [own] = spec.tasks[..] else { panic!("a model of one task") };
        let task = &set.tasks[own];
        set.answers[0].task = own;
        let row = model.logits(&set, &[0], |_| {}).unwrap().remove(0);
        let temperature = scorer.manifest().task(&task.id).unwrap().calibration.temperature;
        let float = model.head(own).probabilities(&row, temperature);
        assert_eq!(Decisions::plain(model.head(own)).thresholds.len(), 2);
        for blank in ["", " \n", "\u{1}"] {
            let score = scorer.score(&task.id, blank).unwrap();
            for (label, p) in score.labels.iter().zip(&float) {
                assert!((label.probability - p).abs() < 2e-3, "{blank:?}: {} but {p}", label.probability);
            }
        }
    }
}

#[test]
fn one_answer_is_enough_for_training_for_validation_and_for_a_test() {
    // Two answers to each task: one for training, one for validation.
    let train = "id,task,text,score\na,q1,water,0\nb,q1,heat,1\nc,q2,air,2\nd,q2,ice,0\n";
    let test = "id,task,text,score,group\ne,q1,water,1,x\n";
    for recipe in [
        ALONE.replace("validation = 0.3", "validation = 0.5"),
        shared().replace("validation = 0.3", "validation = 0.5"),
    ] {
        let bench = bench(&recipe, train, test);
        let (tables, _) = opened(&bench).unwrap().run().unwrap();
        assert!(!tables.contains("NaN"), "{tables}");
        let page = fs::read_to_string(bench.path("runs/faults/results.md")).unwrap();
        assert!(!page.contains("NaN"), "{page}");
    }
    // All test answers of a task have the same score: no kappa, nothing to compare, no intervals.
    let same = "id,task,text,score\ne,q1,water,0\nf,q1,heat,0\ng,q2,air,2\nh,q2,ice,2\n";
    let bench = bench(&ALONE.replace("lambdas = [0.0]", "lambdas = [0.0, 0.0]"), &answers(40), same);
    opened(&bench).unwrap().run().unwrap();
}

#[test]
fn tasks_with_a_single_observed_label_or_class_are_trained_and_evaluated() {
    let rubric = "text,E1,E2\nheat,1,0\nwater,1,0\nair,1,0\nice,1,0\n";
    let classes = "id,task,text,score\na,q,heat,yes\nb,q,water,yes\nc,q,air,yes\nd,q,ice,yes\n";
    let named = ALONE.replace("[data]", "[data]\nhead = \"softmax\"\nclasses = [\"no\", \"yes\"]");
    let fixed = ALONE.replace("[data]", "[data]\ncolumns = { fixed_task = \"t\" }");
    for (recipe, train) in [(&fixed, rubric), (&named, classes)] {
        for recipe in [recipe.clone(), recipe.replace("lambdas = [0.0]", "lambdas = []") + SHARED] {
            let bench = bench(&recipe, train, train);
            opened(&bench).unwrap().run().unwrap();
            let one: String = train.lines().take(2).map(|line| format!("{line}\n")).collect();
            files::write(&bench.path("data/test.csv"), one.as_bytes()).unwrap();
            let (tables, _) = opened(&bench).unwrap().run().unwrap();
            assert!(!tables.contains("NaN"), "{tables}");
        }
    }
}

#[test]
fn teacher_that_is_worse_than_its_student_models_is_reported() {
    let recipe = ALONE
        .replace("lambdas = [0.0]", "lambdas = [0.0, 0.01]")
        .replace("epochs = 3\nbatch = 2", "epochs = 20\nbatch = 8")
        .replace("\nlambda = 0.0", "\nlambda = 0.01")
        .replace("seeds = [1]\nmax_tokens", "probabilities = \"teacher.csv\"\nmax_tokens");
    let bench = bench(&recipe, &answers(120), &answers(40));
    // High where people give few points, and low where they give many.
    let rows = (0..120).map(|i| format!("a{i},q{},{}\n", i % 2 + 1, ["0,0,1", "0,1,0", "1,0,0"][i / 2 % 3]));
    let rows = "id,task,prob_0,prob_1,prob_2\n".to_owned() + &rows.collect::<String>();
    files::write(&bench.path("data/teacher.csv"), rows.as_bytes()).unwrap();
    opened(&bench).unwrap().run().unwrap();
    let page = fs::read_to_string(bench.path("runs/faults/results.md")).unwrap();
    let warned = page.split("## Teacher").nth(1).expect("the page has a section on the teacher");
    assert!(
        warned.contains("validation answers of task q1") && warned.contains("QWK -100.0 against"),
        "{page}"
    );
}

#[test]
fn test_set_without_scores_is_refused_before_training() {
    let bench = bench(ALONE, &answers(40), "id,task,text,points\nx,q1,water,1\n");
    let text = refused(&bench);
    for part in
        ["test.csv", "`test`", "`score`, `label` or `labels`", "`data.columns.target`", "`data.unlabelled`"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!bench.path("runs").exists());
}

#[test]
fn recipe_that_cannot_be_trained_or_exported_is_refused_before_training() {
    let long = "q".repeat(150);
    let cases: [(String, String, &str); 9] = [
        (
            ALONE.replace(
                "seeds = [1]\n[distil.fit]",
                "seeds = [1]\nsweep = { task = \"q9\", lambdas = [0.0] }\n[distil.fit]",
            ),
            answers(40),
            "distil.sweep.task: there is no task q9, there are q1, q2",
        ),
        (
            shared().replace("balance = 0.01", "balance = 0.01\ntasks = [\"q9\"]"),
            answers(40),
            "unimoe.tasks: there is no task q9",
        ),
        (
            shared().replace("balance = 0.01", "balance = 0.01\nlayers = [7]"),
            answers(40),
            "unimoe.layers names 7",
        ),
        (
            shared().replace("max_tokens = 32\nbalance", "max_tokens = 3000\nbalance"),
            answers(40),
            "unimoe.max_tokens is 3000, the encoder reads 32",
        ),
        (ALONE.replace("dense = 4", "dense = 5000"), answers(40), "head.hidden 5000, at most 4096"),
        (ALONE.into(), answers(40).replace("q1", &long), "the model file cannot hold the task"),
        (
            ALONE.replace("max_tokens = 32\nembedding", "max_tokens = 1\nembedding"),
            answers(40),
            "pupil.max_tokens is 1",
        ),
        (
            ALONE.into(),
            answers(40) + "z1,q3,only one,0\nz2,q3,,\nz3,q3,,1\n",
            "graded answers to train on and",
        ),
        (
            ALONE
                .replace("lambdas = [0.0]", "lambdas = [0.0, 1.0]")
                .replace("[teacher]\n", "[teacher]\nrun = \"absent\"\n"),
            answers(40),
            "the run absent has no teacher",
        ),
    ];
    let mut failed = Vec::new();
    for (recipe, train, part) in cases {
        let validation = if part.contains("graded") { "validation = 0.01" } else { "validation = 0.3" };
        let bench = bench(
            &recipe.replace("validation = 0.3", validation),
            &train,
            &answers(20).replace("q1", if train.contains(&long) { &long } else { "q1" }),
        );
        let text = opened(&bench).err().map_or("no error".to_owned(), |e| format!("{e:#}"));
        if !text.contains(part) || bench.path("runs").exists() {
            failed.push((part, text));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    let blocked = bench(ALONE, &answers(40), &answers(20));
    files::write(&blocked.path("runs"), b"a file").unwrap();
    assert!(refused(&blocked).contains("set another one with --runs"));
}

/// Rows of a teacher for some of the answers.
fn teacher_rows(ids: impl Iterator<Item = usize>) -> String {
    let rows = ids.map(|i| format!("a{i},q{},0.2,0.3,0.5\n", i % 2 + 1));
    "ID,Task,prob_0,prob_1,prob_2\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn teacher_from_elsewhere_must_cover_the_answers_that_models_learn_from_it() {
    let recipe = ALONE
        .replace("lambdas = [0.0]", "lambdas = [0.0, 1.0]")
        .replace("seeds = [1]\nmax_tokens", "probabilities = \"teacher.csv\"\nmax_tokens");
    let with = |recipe: &str, rows: &str| {
        let bench = bench(recipe, &answers(80), &answers(20));
        files::write(&bench.path("data/teacher.csv"), rows.as_bytes()).unwrap();
        bench
    };
    opened(&with(&recipe, &teacher_rows(0..80))).unwrap();
    // A third of the second task, and all of the first.
    let holes = || teacher_rows((0..80).filter(|i| i % 2 == 0 || i % 3 == 0));
    let text = refused(&with(&recipe, &holes()));
    assert!(text.contains("of task q2 have a row") && text.contains("`teacher.min_coverage`"), "{text}");
    let lower = |share: &str| {
        recipe.replace(
            "max_tokens = 32\n[teacher",
            &format!("min_coverage = {share}\nmax_tokens = 32\n[teacher"),
        )
    };
    opened(&with(&lower("0.1"), &holes())).unwrap();
    assert!(
        refused(&with(&lower("1.5"), &holes()))
            .contains("teacher.min_coverage is 1.5, but must be from 0 to 1")
    );
    // No row at all is never enough.
    let text = refused(&with(&lower("0.0"), &teacher_rows((0..80).step_by(2))));
    assert!(text.contains("teacher.probabilities: 0 of the") && text.contains("of task q2"), "{text}");
    // A task that no model learns from a teacher may be left out.
    let of_first =
        recipe.replace("lambdas = [0.0, 1.0]", "lambdas = [0.0]\nsweep = { task = \"q1\", lambdas = [1.0] }");
    opened(&with(&of_first, &teacher_rows((0..80).step_by(2)))).unwrap();
    let guided = shared()
        .replace(
            "seeds = [1]\nmax_tokens = 32\n[teacher",
            "probabilities = \"teacher.csv\"\nmax_tokens = 32\n[teacher",
        )
        .replace("systems = [\"mtl\", \"unimoe\"]", "systems = [\"unimoe\", \"unimoe-guided\"]");
    opened(&with(
        &guided.replace("balance = 0.01", "balance = 0.01\ntasks = [\"q1\"]"),
        &teacher_rows((0..80).step_by(2)),
    ))
    .unwrap();
    assert!(refused(&with(&guided, &teacher_rows((0..80).step_by(2)))).contains("of task q2"));
    let unknown = refused(&with(&recipe, &(teacher_rows(0..80) + "a999,q1,0.2,0.3,0.5\n")));
    assert!(unknown.contains("teacher.csv, line 82: no such answer in the data: its `id`"), "{unknown}");
}

#[test]
fn unscored_copies_of_validation_and_test_answers_are_not_trained_on() {
    let texts = |from: usize, n: usize| (from..from + n).map(|i| format!("heat and water number {i}"));
    let mut train = String::from("id,task,text,score\n");
    for (i, text) in texts(0, 40).enumerate() {
        writeln!(train, "g{i},q1,{text},{}", i % 3).unwrap();
    }
    // Unscored rows in the training file and in a separate file; half of each are test answers, in another letter case
    // and with other white space.
    for (i, text) in texts(100, 10).enumerate() {
        writeln!(train, "u{i},q1,{},", text.to_uppercase()).unwrap();
    }
    let mut more = String::from("id,task,text\n");
    for (i, text) in texts(100, 10).chain(texts(0, 40)).enumerate() {
        writeln!(more, "m{i},q1,\"  {}\"", text.replace(' ', "  ")).unwrap();
    }
    let mut test = String::from("id,task,text,score\n");
    for (i, text) in texts(100, 5).chain(texts(0, 4)).enumerate() {
        writeln!(test, "t{i},q1,{text},{}", i % 3).unwrap();
    }
    let recipe =
        ALONE.replace("validation = 0.3", "unlabelled = \"more.csv\"\nheld_out = 0.2\nvalidation = 0.2");
    let bench = bench(&recipe, &train, &test);
    files::write(&bench.path("data/more.csv"), more.as_bytes()).unwrap();
    let corpus = opened(&bench).unwrap().corpus;
    let measured = |text: &str| {
        let plain = |t: &str| t.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let validation = corpus.split.validation.iter().map(|i| &corpus.train.answers[*i]);
        corpus
            .tests
            .values()
            .flat_map(|t| &t.answers)
            .chain(validation)
            .any(|a| plain(&a.text) == plain(text))
    };
    let unscored: Vec<&str> = corpus
        .split
        .train
        .iter()
        .map(|i| &corpus.train.answers[*i])
        .filter(|a| a.target == Target::Missing)
        .map(|a| a.text.as_str())
        .collect();
    assert!(unscored.iter().all(|text| !measured(text)), "{unscored:?}");
    // Left out are five of ten in either file, and of the forty those that are validation, held-out or test answers.
    let out = corpus.left_out.unscored.len();
    assert_eq!(unscored.len() + out, 10 + 50);
    assert!((5 + 5 + 16..=5 + 5 + 20).contains(&out), "{out}");
    assert!(corpus.left_out.key(false).is_some());
    let of = |name: &str| corpus.overlaps.iter().find(|o| o.set == name).unwrap();
    // The five unscored answers are left out, so only graded ones can be in both.
    assert!(of("test").shared <= 4 && of("test").answers == 9 && of("test").training == of("test").shared);
    assert_eq!((of("held-out").shared, of("validation").shared), (0, 0));

    let pipeline = opened(&bench).unwrap();
    pipeline.run().unwrap();
    let page = fs::read_to_string(bench.path("runs/faults/results.md")).unwrap();
    let line = format!("| test | 9 | {} |", of("test").shared);
    assert!(page.contains("## Answers that stand in training and test") && page.contains(&line), "{page}");
    let card = fs::read_to_string(bench.path("runs/faults/card.md")).unwrap();
    assert!(card.contains(&line), "{card}");
    let json: serde_json::Value = files::read_json(&bench.path("runs/faults/results/overlap.json")).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
}

#[test]
fn perturbed_and_rehearsed_answers_are_not_validation_or_test_answers() {
    // Short answers, whose copies are often other answers; half of the training part is also in the test set.
    let words = ["heat", "water", "air", "ice", "gas", "warm"];
    let mut train = String::from("id,task,text,score\n");
    for i in 0..72 {
        writeln!(train, "g{i},q{},{} {},{}", i % 2 + 1, words[i / 2 % 6], words[i / 12 % 6], i / 2 % 3)
            .unwrap();
    }
    let mut test = String::from("id,task,text,score\n");
    for i in 0..12 {
        writeln!(test, "t{i},q{},{},{}", i % 2 + 1, words[i / 2], i % 3).unwrap();
        writeln!(test, "s{i},q{},{} {},{}", i % 2 + 1, words[i / 2 % 6], words[0], i % 3).unwrap();
    }
    let recipe = shared().replace(
        "systems = [\"mtl\", \"unimoe\"]",
        "tasks = [\"q1\"]\nsystems = [\"unimoe\", \"unimoe-guided\"]",
    ) + "[unimoe.adapt]\ntasks = [\"q2\"]\nrehearsal = 100\n[unimoe.adapt.fit]\nepochs = 1\n[label]\ncopies = 2\n";
    let bench = bench(&recipe, &train, &test);
    let pipeline = opened(&bench).unwrap();
    assert!(pipeline.corpus.left_out.copies > 0);
    assert_eq!(
        (pipeline.corpus.left_out.key(false), pipeline.corpus.left_out.key(true).is_some()),
        (None, true)
    );
    let (copies, out) = pupil_trainer::perturb::perturbed(&pipeline.corpus, 2, 7);
    assert_eq!(copies.answers.len() + out, 2 * pipeline.corpus.split.train.len());
    assert!(copies.answers.iter().all(|a| !pipeline.corpus.reserved.holds(a)));
    pipeline.teach().unwrap();
    let labelled = pipeline.label().unwrap();
    let rehearsed = pipeline.students(&labelled).rehearsed(1, 0, 1000);
    let graded: Vec<_> =
        pipeline.corpus.split.train.iter().filter(|i| pipeline.corpus.train.answers[**i].task == 0).collect();
    assert!(!rehearsed.is_empty() && rehearsed.len() < graded.len());
    assert!(
        rehearsed
            .iter()
            .all(|i| !pipeline.corpus.reserved.holds(&pipeline.corpus.train.answers[*graded[*i]]))
    );
    pipeline.run().unwrap();
}

#[test]
fn error_for_a_data_file_instead_of_a_recipe_does_not_repeat_its_text() {
    let bench = Bench::new("");
    for (name, text) in [
        ("a.jsonl", "{\"text\":\"marker one\",\"score\":1}\n"),
        ("a.csv", "text,score\n\"marker\",1\n"),
        ("a.txt", "marker = 'marker\n"),
    ] {
        files::write(&bench.path(name), text.as_bytes()).unwrap();
        let paths = ["data", "encoder", "runs"].map(|folder| bench.path(folder));
        let error = Pipeline::open(&bench.path(name), &paths[0], &paths[1], &paths[2]).err().unwrap();
        let said = format!("{error:#} {}", pupil_trainer::told(&error));
        assert!(said.contains(name) && said.contains("line 1") && !said.contains("marker"), "{said}");
    }
}

#[test]
fn every_data_file_may_have_its_own_settings() {
    // Semicolons in an old encoding, a file with another extension, and the teacher's own table.
    let score = |i: usize| i % 3;
    let mut train = String::from("id;text;Punkte\n");
    let mut teacher = String::from("ID;prob_0;prob_1;prob_2\n");
    for i in 0..90 {
        let words = ["nichts", "etwas wärmer", "die Teilchen werden schneller und größer"][score(i)];
        train.push_str(&format!("n{i};{words} {i};{},0\n", score(i)));
        let p: Vec<&str> = (0..3).map(|k| if k == score(i) { "0.8" } else { "0.1" }).collect();
        teacher.push_str(&format!("n{};{}\n", i, p.join(";")));
    }
    let latin =
        |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
    let recipe = r#"
name = "tiny"
seed = 7
[data]
name = "mine"
train = "train.txt"
format = "csv"
encoding = "windows-1252"
test = { test = { path = "test.data", encoding = "utf-8", delimiter = "|" } }
validation = 0.2
[data.columns]
fixed_task = "q"
target = "Punkte"
[teacher]
encoder = "elsewhere"
probabilities = { path = "teacher.txt", format = "csv" }
[distil]
lambdas = [1.0]
seeds = [1]
[distil.fit]
epochs = 1
[export]
lambda = 1.0
"#;
    let bench = Bench::new(recipe);
    files::write(&bench.path("data/train.txt"), &latin(&train)).unwrap();
    files::write(&bench.path("data/test.data"), "text|Punkte\nwärmer|1\nnichts|0\n".as_bytes()).unwrap();
    files::write(&bench.path("data/teacher.txt"), teacher.as_bytes()).unwrap();
    let pipeline = bench.open("a");
    let corpus = &pipeline.corpus;
    assert_eq!(corpus.train.tasks[0].points, [0, 1, 2]);
    assert!(corpus.train.answers[2].text.contains("größer"));
    assert_eq!(corpus.tests["test"].answers[0].text, "wärmer");
    assert_eq!(pipeline.label().unwrap().train.rows.len(), 90);
    for (old, new, part) in [
        (
            "encoding = \"windows-1252\"",
            "encoding = \"windows-1252\"\nsheet = \"one\"",
            "no file is a spreadsheet",
        ),
        ("format = \"csv\" }", "format = \"json-lines\" }", "from a table"),
        ("delimiter = \"|\"", "delimiter = \"|\", sheet = \"one\"", "not a spreadsheet"),
        ("probabilities = { path", "probabilities = { delimeter = \";\", path", "unknown field `delimeter`"),
    ] {
        assert!(recipe.contains(old), "{old}");
        files::write(&bench.path("recipe.toml"), recipe.replace(old, new).as_bytes()).unwrap();
        let said = refused(&bench);
        assert!(said.contains(part), "{said}");
    }
}
