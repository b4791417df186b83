//! Training answers from further data sets, and teachers that start from those of another run.

use super::RECIPE;
use super::support::Bench;
use pupil_trainer::data::Target;
use pupil_trainer::files;
use pupil_trainer::fit::read_state;
use std::fs;

#[test]
fn data_that_extends_tasks_is_only_trained_on() {
    let bench = Bench::new(RECIPE);
    let line = |n: usize, task: &str, part: &str| {
        format!(
            "{{\"id\":\"x-{n}\",\"task\":\"{task}\",\"text\":\"very warm {n}\",\"score\":1,\"part\":\"{part}\"}}\n"
        )
    };
    let rows: String =
        (0..30).map(|n| line(n, ["heat", "rust"][n % 2], if n < 20 { "mine" } else { "theirs" })).collect();
    files::write(&bench.path("data/further.jsonl"), rows.as_bytes()).unwrap();
    let before = bench.open("a").corpus;
    let part = "\n[[data.also]]\nname = \"further\"\nextends = true\n\
                train = { path = \"further.jsonl\", only = { part = \"mine\" } }\n";
    let recipe = RECIPE.replace("\n[teacher]", &format!("{part}\n[teacher]"));
    files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
    let corpus = bench.open("a").corpus;
    assert_eq!(corpus.train.tasks, before.train.tasks);
    assert_eq!(corpus.split.validation, before.split.validation);
    assert_eq!(corpus.split.train.len(), before.split.train.len() + 20);
    let added: Vec<&pupil_trainer::data::Answer> = corpus
        .split
        .train
        .iter()
        .map(|i| &corpus.train.answers[*i])
        .filter(|a| a.id.starts_with("x-"))
        .collect();
    assert_eq!(added.len(), 20);
    assert!(added.iter().all(|a| a.target == Target::Level(1)));
    assert_ne!(corpus.blake3, before.blake3);

    // What it says of unknown tasks names the file and the line.
    let unknown = rows.replacen("\"heat\"", "\"frost\"", 1);
    files::write(&bench.path("data/further.jsonl"), unknown.as_bytes()).unwrap();
    let text = bench.refused(&recipe, "a");
    assert!(text.contains("further.jsonl, line 1, field `task`: not one of the known tasks"), "{text}");
}

#[test]
fn teachers_start_from_the_encoders_of_another_run() {
    let bench = Bench::new(RECIPE);
    bench.open("a").teach().unwrap();
    let started = RECIPE
        .replace("name = \"tiny\"", "name = \"later\"")
        .replace("seeds = [1, 2]\nmax", "start = \"tiny\"\nseeds = [4, 5, 6]\nmax");
    files::write(&bench.path("recipe.toml"), started.as_bytes()).unwrap();
    let pipeline = bench.open("a");
    let teachers = pipeline.teachers();
    let first = [1, 2].map(|seed| {
        read_state(&bench.path(&format!("a/tiny/teachers/teacher-0-seed-{seed}/model.safetensors"))).unwrap()
    });
    // Three seeds take the two encoders in turn; this encoder's word vectors are trained and begin there too.
    for (spec, of) in pipeline.plan().all_teachers().iter().zip([0, 1, 0]) {
        let learner = teachers.untrained(spec).unwrap().learner;
        let state = learner.state().unwrap();
        assert_eq!(state["encoder"], first[of]["encoder"], "seed {}", spec.seed);
        assert_eq!(state["words"], first[of]["words"], "seed {}", spec.seed);
        let others = || state.iter().filter(|(name, _)| !["encoder", "words"].contains(&name.as_str()));
        assert!(others().count() > 0 && others().any(|(name, values)| first[of][name] != *values));
    }

    // A teacher belongs to the encoder that it started from: with another one it is trained again.
    pipeline.teach().unwrap();
    let record = |seed: u64| bench.path(&format!("a/later/teachers/teacher-0-seed-{seed}/finished.json"));
    let before = [4, 5].map(|seed| fs::read(record(seed)).unwrap());
    let model = |seed: u64| bench.path(&format!("a/tiny/teachers/teacher-0-seed-{seed}/model.safetensors"));
    fs::copy(model(1), model(2)).unwrap();
    bench.open("a").teach().unwrap();
    assert_eq!(before[0], fs::read(record(4)).unwrap());
    assert_ne!(before[1], fs::read(record(5)).unwrap());
}

#[test]
fn starts_that_do_not_exist_or_fit_are_refused() {
    let bench = Bench::new(RECIPE);
    let start = |name: &str| {
        RECIPE.replace(
            "max_tokens = 32\ntrain_words",
            &format!("start = \"{name}\"\nmax_tokens = 32\ntrain_words"),
        )
    };
    let text = bench.refused(&start("nowhere"), "a");
    assert!(text.contains("teacher.start: the run nowhere has no finished teacher in"), "{text}");
    assert!(text.contains("run `teach` with its recipe first, or leave teacher.start out"), "{text}");

    let ngram = start("tiny").replace("encoder = \"a tiny random encoder\"", "ngram = true");
    let text = bench.refused(&ngram, "a");
    assert!(
        text.contains("teacher.start names teachers to start from, but teacher is not a fine-tuned"),
        "{text}"
    );
}
