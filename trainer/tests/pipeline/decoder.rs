//! Decoders with adapters as teachers, in whole recipes.

use crate::RECIPE;
use crate::support::Bench;
use pupil_trainer::files;
use pupil_trainer::fit::read_state;
use pupil_trainer::labels;
use pupil_trainer::model::pretrained::Encoders;
use pupil_trainer::stages::{Pipeline, Prompted};
use std::fs;
use std::path::Path;

const LORA: &str = r#"
[teacher.lora]
rank = 2
alpha = 4.0
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
"#;

/// A bench whose folder `tiny-llama`, beside that of the encoder, has a Llama of one layer with random weights.
fn bench(recipe: &str) -> Bench {
    let bench = Bench::new(recipe);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/decoders/tiny-llama.gguf");
    files::write(&bench.path("tiny-llama/model.gguf"), &fs::read(fixture).unwrap()).unwrap();
    bench
}

/// The recipe with the decoder as the only teacher.
fn alone() -> String {
    RECIPE
        .replace("a tiny random encoder", "own/tiny-llama")
        .replace(
            "train_words = true\n[teacher.fit]",
            &format!("class_weights = \"positive\"{LORA}[teacher.fit]"),
        )
        .replace("seeds = [1, 2]\nmax", "seeds = [1]\nmax")
        .replace(
            "rate = 3e-3\nhead",
            "rate = 1e-2\nschedule = \"cosine\"\nkeep = \"exact-match\"\naccumulation = 2\nhead",
        )
}

fn open(bench: &Bench, runs: &str) -> anyhow::Result<Pipeline> {
    let folder = bench.path("tiny-llama");
    Pipeline::open(&bench.path("recipe.toml"), &bench.path("data"), folder, &bench.path(runs))
}

/// The message with which a recipe is refused.
fn refused(bench: &Bench, recipe: &str) -> String {
    files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
    match open(bench, "refused") {
        Ok(_) => panic!("this recipe is opened:\n{recipe}"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn decoder_with_adapters_teaches_and_its_adapters_are_stored_for_others() {
    let bench = bench(&alone());
    let labelled = open(&bench, "a").unwrap().label_after_teaching();
    assert_eq!(labelled.train.rows.len(), 200);
    let folder = bench.path("a/tiny/teachers/teacher-0-seed-1");
    let state = read_state(&folder.join("model.safetensors")).unwrap();
    // Adapters and head alone: no frozen weight is stored.
    let names: Vec<&str> = state.keys().map(String::as_str).collect();
    let head = ["head.hidden.bias", "head.hidden.weight", "head.norm.bias", "head.norm.weight"];
    let rest = ["head.output.bias", "head.output.weight"];
    assert_eq!(names, [&["encoder"][..], &head, &rest].concat());
    let record: serde_json::Value = files::read_json(&folder.join("finished.json")).unwrap();
    let history = &record["history"];
    let exact = history["exact_match"].as_array().unwrap();
    let best = exact.iter().map(|e| e.as_f64().unwrap()).fold(0.0, f64::max);
    let kept = usize::try_from(history["best_epoch"].as_u64().unwrap()).unwrap();
    assert!((exact[kept].as_f64().unwrap() - best).abs() < 1e-12 && best > 0.4, "{history}");

    // The stored parameters are those of the kept epoch: they give its loss again.
    let pipeline = open(&bench, "a").unwrap();
    let spec = &pipeline.plan().all_teachers()[0];
    let trained = pipeline.teachers().trained(spec).unwrap();
    assert_eq!(trained.learner.state().unwrap()["encoder"], state["encoder"]);

    // Another run starts from the adapters as `peft` would read them.
    let adapter = folder.join("adapter");
    let started =
        alone().replace("rank = 2", &format!("adapters = {:?}\nrank = 2", adapter.display().to_string()));
    files::write(&bench.path("recipe.toml"), started.as_bytes()).unwrap();
    let pipeline = open(&bench, "b").unwrap();
    let spec = &pipeline.plan().all_teachers()[0];
    let untrained = pipeline.teachers().untrained(spec).unwrap();
    assert_eq!(untrained.learner.state().unwrap()["encoder"], state["encoder"]);
    // Adapters of other settings are others.
    let other = started.replace("alpha = 4.0", "alpha = 6.0");
    files::write(&bench.path("recipe.toml"), other.as_bytes()).unwrap();
    let text = format!("{:#}", open(&bench, "b").unwrap().teach().unwrap_err());
    assert!(
        text.contains("teacher.lora.adapters") && text.contains("the recipe's have rank 2, alpha 6"),
        "{text}"
    );
}

#[test]
fn decoder_joins_the_other_teachers_and_a_second_run_trains_nothing() {
    let lora = LORA.replace("[teacher.lora]", "[teacher.also.lora]");
    let also = format!(
        "\n[[teacher.also]]\nencoder = \"own/tiny-llama\"\nseeds = [1]\nmax_tokens = 32\n{lora}\
         [teacher.also.fit]\nepochs = 3\nbatch = 16\nrate = 1e-2\n\n[label]"
    );
    let recipe = RECIPE.replace("\n[label]", &also).replace("seeds = [1, 2]\nmax", "seeds = [1]\nmax");
    let bench = bench(&recipe);
    let labelled = bench.open("a").label_after_teaching();
    assert_eq!(labelled.weights.len(), 2);
    assert!(labelled.weights.iter().all(|w| *w > 0.0), "{:?}", labelled.weights);
    let titles: Vec<&str> = labelled.teachers.iter().map(|t| t.title.as_str()).collect();
    assert_eq!(titles, ["a tiny random encoder", "own/tiny-llama"]);
    let file = bench.path("a/tiny/also-1/teachers/teacher-0-seed-1/model.safetensors");
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    bench.open("a").teach().unwrap();
    assert_eq!(before, fs::metadata(&file).unwrap().modified().unwrap());
}

trait Taught {
    fn label_after_teaching(&self) -> pupil_trainer::stages::Labelled;
}

impl Taught for Pipeline {
    fn label_after_teaching(&self) -> pupil_trainer::stages::Labelled {
        self.teach().unwrap();
        self.label().unwrap()
    }
}

#[test]
fn settings_that_do_not_fit_a_decoder_are_refused_with_a_way_out() {
    let bench = bench(&alone());
    for (from, to, said) in [
        (
            LORA,
            "\n",
            "teacher.encoder own/tiny-llama is a decoder, of which only adapters are trained: add a table [teacher.lora]",
        ),
        (
            "max_tokens = 32\nclass",
            "max_tokens = 900\nclass",
            "teacher.max_tokens is 900, the encoder reads 512",
        ),
        (
            "max_tokens = 32\nclass",
            "max_tokens = 32\ntrain_words = true\nclass",
            "of a decoder only adapters are trained",
        ),
        ("rank = 2", "rank = 0", "teacher.lora.rank is 0"),
        ("\"q_proj\"", "\"lm_head\"", "teacher.lora.targets has \"lm_head\""),
        ("accumulation = 2", "accumulation = 0", "accumulation must be at least 1"),
    ] {
        let recipe = alone();
        assert!(recipe.contains(from), "{from}");
        let text = refused(&bench, &recipe.replace(from, to));
        assert!(text.contains(said), "{text}");
    }
    // An encoder of BERT's family has no adapters.
    let recipe = RECIPE
        .replace("\n[teacher.fit]", &format!("\n{LORA}[teacher.fit]"))
        .replace("train_words = true\n", "");
    let text = bench.refused(&recipe, "a");
    assert!(text.contains("is of BERT's family, whose weights are all trained: leave it out"), "{text}");
    // Half precision is for GPUs.
    let recipe = alone().replace("rank = 2", "precision = \"bf16\"\nrank = 2");
    files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
    let error = format!("{:#}", open(&bench, "a").unwrap().teach().unwrap_err());
    assert!(error.contains("set it to `f32`, or train on a GPU"), "{error}");
}

const PROMPT: &str = r#"
[prompt]
encoder = "own/tiny-llama"
format = "plain"
instruction = "Score."
shots = 1
max_tokens = 250
[prompt.rubrics]
heat = "particles, faster"
"#;

#[test]
fn prompt_scores_answers_without_training_and_goes_on_where_it_was() {
    let bench = bench(&format!("{RECIPE}{PROMPT}"));
    let (pipeline, out) = (bench.open("a"), bench.path("prompt.csv"));
    let encoders = Encoders::from(bench.path("encoder"));
    let some = Prompted { set: Some("test"), limit: Some(2), with_text: false };
    assert_eq!(pipeline.prompt(&encoders, some, &out).unwrap().0, 4);
    let (first, provenance) = labels::read(&out).unwrap();
    assert_eq!(provenance.teacher, "own/tiny-llama, 1 shots");
    for row in &first.rows {
        let sum: f32 = row.probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{row:?}");
    }
    // Answers differ in what they make likely.
    assert!(first.rows.windows(2).any(|w| w[0].probabilities != w[1].probabilities));
    let more = Prompted { limit: Some(5), ..some };
    assert_eq!(pipeline.prompt(&encoders, more, &out).unwrap().0, 6);
    let (whole, _) = labels::read(&out).unwrap();
    assert_eq!(whole.rows.len(), 10);
    for row in &first.rows {
        assert!(whole.rows.contains(row), "{row:?}");
    }
    assert_eq!(pipeline.prompt(&encoders, more, &out).unwrap().0, 0);

    // Its file for the training part teaches as any other.
    let train = bench.path("data/zero.csv");
    pipeline.prompt(&encoders, Prompted { set: None, limit: Some(10), ..more }, &train).unwrap();
    let taught = RECIPE
        .replace(
            "encoder_licence = \"MIT\"\nseeds = [1, 2]\nmax_tokens = 32\ntrain_words = true",
            "probabilities = \"zero.csv\"\nmin_coverage = 0.01",
        )
        .replace("copies = 1", "copies = 0");
    files::write(&bench.path("recipe.toml"), taught.as_bytes()).unwrap();
    let labelled = bench.open("b").label().unwrap();
    assert_eq!(labelled.train.rows.len(), 20);
}

#[test]
fn prompts_that_cannot_be_made_are_refused_with_numbers() {
    let bench = bench(&format!("{RECIPE}{PROMPT}"));
    let encoders = Encoders::from(bench.path("encoder"));
    let out = bench.path("prompt.csv");
    let said = |recipe: String, set: Option<&str>| {
        files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
        let given = Prompted { set, limit: Some(1), with_text: false };
        let opened = Pipeline::open(
            &bench.path("recipe.toml"),
            &bench.path("data"),
            bench.path("encoder"),
            &bench.path("a"),
        );
        format!("{:#}", opened.and_then(|p| p.prompt(&encoders, given, &out)).err().unwrap())
    };
    let whole = format!("{RECIPE}{PROMPT}");
    for (recipe, set, part) in [
        (RECIPE.to_owned(), None, "the recipe has no table `prompt`: add one with `encoder`"),
        (whole.clone(), Some("other"), "--set other: there is no such test set, there are test"),
        (
            whole.replace("max_tokens = 250", "max_tokens = 40"),
            None,
            "tokens without an answer, and prompt.max_tokens is 40",
        ),
        (
            whole.replace("max_tokens = 250", "max_tokens = 3000"),
            None,
            "prompt.max_tokens is 3000, the decoder reads 512",
        ),
        (whole.replace("encoder = \"own/tiny-llama\"\nformat", "format"), None, "prompt.encoder is missing"),
        (
            whole.replace("encoder = \"own/tiny-llama\"\nformat", "encoder = \"own/encoder\"\nformat"),
            None,
            "has no decoder",
        ),
    ] {
        let text = said(recipe, set);
        assert!(text.contains(part), "{text}");
    }
    assert!(!out.exists());
}
