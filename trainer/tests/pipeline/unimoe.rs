//! Models of several tasks.

use crate::support::Bench;
use pupil_core::Scorer;
use pupil_trainer::experiment::{ModelSpec, Variant};
use pupil_trainer::files;
use pupil_trainer::model::bert::{Config, Family};
use pupil_trainer::recipe::System;
use pupil_trainer::stages::Pipeline;
use std::fs;

pub(crate) const RECIPE: &str = r#"
name = "shared"
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
train_words = true
[teacher.fit]
epochs = 4
batch = 16
rate = 3e-3
head_rate_factor = 3.0
patience = 4

[label]
copies = 1

[unimoe]
encoder = "bert"
layers = [1]
systems = ["individual", "mtl", "unimoe", "unimoe-guided"]
max_tokens = 32
train_words = true
balance = 0.01
lambda = 0.5
beyond_scores = true
seeds = [1]
export = "unimoe-guided"

[unimoe.mixture]
experts = 3
hidden = 8
gate = 8
task_embedding = 4

[unimoe.fit]
epochs = 12
batch = 16
rate = 5e-3
head_rate_factor = 2.0
patience = 12

[evaluate]
replicates = 50
"#;

pub(crate) const ADAPT: &str = r#"
[unimoe.adapt]
tasks = ["rust"]
rehearsal = 20
[unimoe.adapt.fit]
epochs = 12
batch = 16
rate = 1e-2
patience = 12
"#;

/// The models of a system.
fn models(pipeline: &Pipeline, system: System) -> Vec<ModelSpec> {
    let series = pipeline.plan().series().unwrap();
    let own = series.iter().find(|s| s.variant == Variant::System(system)).unwrap();
    own.models().cloned().collect()
}

#[test]
fn every_system_is_trained_evaluated_and_saved() {
    let bench = Bench::new(RECIPE);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    let tables = pipeline.evaluate(&labelled).unwrap();
    for row in ["teacher", "individual, f32", "MTL, int8", "UniMoE, f32", "UniMoE guided, int8"] {
        assert!(tables.contains(row), "no `{row}` in\n{tables}");
    }
    let page = fs::read_to_string(bench.path("a/shared/results.md")).unwrap();
    assert!(page.contains("UniMoE guided, seed 1, block 2: mean weight of each expert"), "{page}");
    let picture = fs::read_to_string(bench.path("a/shared/experts-test.svg")).unwrap();
    assert!(page.contains("](experts-test.svg)") && picture.contains(">UniMoE guided<"), "{picture}");
    let costs: Vec<&str> =
        page.split("## Cost").nth(1).unwrap().lines().filter(|l| l.starts_with("| ")).collect();
    assert!(costs.iter().any(|row| row.starts_with("| individual | 2 | ")), "{costs:?}");
    assert!(costs.iter().any(|row| row.starts_with("| UniMoE guided | 1 | ")), "{costs:?}");

    // The expert weights of a task sum to 1.
    let students = pipeline.students(&labelled);
    let guided = &models(&pipeline, System::UnimoeGuided)[0];
    let model = students.trained(guided).unwrap();
    for block in model.expert_weights(&pipeline.corpus.tests["test"]).unwrap() {
        for row in block {
            assert_eq!(row.len(), 3);
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{row:?}");
        }
    }

    // The file scores as the f32 model does, up to the error of eight bits, and reports which experts it used.
    let scorer = Scorer::open(pipeline.export(&labelled).unwrap()).unwrap();
    let used = scorer.experts("heat", None, "the particles get faster because").unwrap();
    assert_eq!(used.score.level, Some(2), "{used:?}");
    assert_eq!(used.blocks.iter().map(|block| block.weights.len()).collect::<Vec<_>>(), [3, 3]);
    // It names its teacher and its seed.
    let training = &scorer.manifest().training;
    assert!(training.teacher.is_some() && training.seed == Some(7), "{training:?}");
    assert_eq!(training.extra["model_seeds"], serde_json::json!([1]));
    let card = fs::read_to_string(bench.path("a/shared/card.md")).unwrap();
    assert!(card.contains(", fine-tuned; seeds ["), "{card}");
    let set = &pipeline.corpus.tests["test"];
    let rows = model.score(&students.decisions(guided, &model).unwrap()[0], set, 0).unwrap();
    for row in rows {
        let score = scorer.score("heat", &set.answers[row.index].text).unwrap();
        for (label, p) in score.labels.iter().zip(row.probabilities) {
            assert!((label.probability - p).abs() < 0.05, "{} but {p}", label.probability);
        }
    }

    // Nothing is trained again, and a setting that a system does not use does not affect it.
    let stamp = |f: &str| fs::metadata(bench.path(f)).unwrap().modified().unwrap();
    let files = ["mtl-seed-1", "unimoe-seed-1", "unimoe-guided-seed-1"]
        .map(|f| format!("a/shared/pupils/{f}/model.safetensors"));
    let before = files.each_ref().map(|f| stamp(f));
    files::write(&bench.path("recipe.toml"), RECIPE.replace("lambda = 0.5", "lambda = 0.4").as_bytes())
        .unwrap();
    bench.open("a").distil().unwrap();
    let after = files.each_ref().map(|f| stamp(f));
    assert_eq!(before[..2], after[..2]);
    assert_ne!(before[2], after[2]);
}

#[test]
fn no_teacher_is_trained_if_no_model_learns_from_one() {
    let alone = r#"systems = ["mtl"]"#;
    let recipe = RECIPE
        .replace(r#"systems = ["individual", "mtl", "unimoe", "unimoe-guided"]"#, alone)
        .replace(r#"export = "unimoe-guided""#, r#"export = "mtl""#);
    let bench = Bench::new(&recipe);
    let (tables, file) = bench.open("a").run().unwrap();
    assert!(!bench.path("a/shared/teachers").exists() && !bench.path("a/shared/labels").exists());
    assert!(tables.contains("MTL, int8") && !tables.contains("teacher"), "{tables}");
    let scorer = Scorer::open(file).unwrap();
    assert_eq!(scorer.tasks().count(), 2);
    assert_eq!(scorer.manifest().training.teacher, None);
    let card = fs::read_to_string(bench.path("a/shared/card.md")).unwrap();
    assert!(card.contains("| teacher | none: it learned from human scores alone |"), "{card}");

    // With a guided system in addition, the same recipe needs a teacher, and the error says so.
    let guided = recipe.replace(alone, r#"systems = ["mtl", "mtl-guided"]"#);
    files::write(&bench.path("recipe.toml"), guided.as_bytes()).unwrap();
    let error = bench.open("a").distil().err().expect("there is no teacher yet").to_string();
    assert!(error.contains("there is no teacher") && error.contains("run `teach` first"), "{error}");
}

#[test]
fn lstm_learns_several_tasks_with_experts() {
    let recipe = RECIPE.replace("encoder = \"bert\"\nlayers = [1]", "encoder = \"lstm\"").replace(
        "[unimoe]",
        "[pupil]\nvocab = 60\nmin_count = 1\nembedding = 8\nhidden = 8\nmax_tokens = 32\n\n[unimoe]",
    );
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    let guided = &models(&pipeline, System::UnimoeGuided)[0];
    let losses = pipeline.students(&labelled).finished(guided).unwrap().history.validation_loss;
    assert!(losses.iter().fold(f64::INFINITY, |m, l| m.min(*l)) < 0.7 * losses[0], "{losses:?}");
}

#[test]
fn task_is_added_without_a_change_to_encoder_and_old_heads() {
    let recipe = RECIPE
        .replace(
            "max_tokens = 32\ntrain_words = true\nbalance",
            "max_tokens = 32\ntasks = [\"heat\"]\nbalance",
        )
        .replace("[\"individual\", \"mtl\", \"unimoe\", \"unimoe-guided\"]", "[\"unimoe-guided\"]")
        + ADAPT;
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    let tables = pipeline.evaluate(&labelled).unwrap();
    for row in [
        "added: mixture and head, f32",
        "added: mixture and head, int8 pack",
        "added: gates and head, int8 pack",
        "added: head alone, f32",
        "old tasks, rust added, f32",
    ] {
        assert!(tables.contains(row), "no `{row}` in\n{tables}");
    }
    let students = pipeline.students(&labelled);
    let state = |spec: &ModelSpec| students.trained(spec).unwrap().learner.state().unwrap();
    let all = pipeline.plan().added().unwrap();
    assert_eq!(all.len(), 3);
    let before = state(&all[0].base.as_ref().unwrap().model);
    let after = state(&all[0]);
    let mut moved = Vec::new();
    for (name, old) in &before {
        let new = &after[name];
        // The values of the old task are first. In the mixture they may change; elsewhere they must be equal bit by
        // bit.
        if new[..old.len()] != old[..] {
            moved.push(name.as_str());
        }
        assert!(!name.starts_with("head.") || new.len() > old.len(), "{name}");
    }
    assert!(
        !moved.is_empty()
            && moved.iter().all(|n| n.starts_with("mixture.block.") || n.starts_with("mixture.norm.")),
        "{moved:?}"
    );
    // Only gates and normalization change, then nothing in the mixture.
    let gate = state(&all[1]);
    let moved: Vec<&str> = before
        .iter()
        .filter(|(name, old)| gate[*name][..old.len()] != old[..])
        .map(|(n, _)| n.as_str())
        .collect();
    assert!(
        !moved.is_empty() && moved.iter().all(|n| n.contains(".gate") || n.starts_with("mixture.norm.")),
        "{moved:?}"
    );
    let head = state(&all[2]);
    assert!(before.iter().all(|(name, old)| head[name][..old.len()] == old[..]));
}

#[test]
fn task_pack_is_exported_with_its_metrics_and_scores_on_its_base() {
    let recipe = RECIPE
        .replace(
            "max_tokens = 32\ntrain_words = true\nbalance",
            "max_tokens = 32\ntasks = [\"heat\"]\nbalance",
        )
        .replace("[\"individual\", \"mtl\", \"unimoe\", \"unimoe-guided\"]", "[\"unimoe-guided\"]")
        + &ADAPT.replace("rehearsal =", "pack = \"gate\"\nrehearsal =");
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    let path = pipeline.export(&labelled).unwrap();
    let pack = path.with_file_name("shared-rust.pupil");
    let scorer = pupil_core::Scorer::open(&path).unwrap();
    assert_eq!(scorer.tasks().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["heat"]);
    let with = scorer.attach(&pack).unwrap();
    let task = with.task("rust").unwrap();
    assert!(task.metrics.iter().any(|m| m.name == "qwk" && m.split == "test"), "{:?}", task.metrics);
    let text = "iron and water and air make rust";
    assert_eq!(with.score("heat", text).unwrap(), scorer.score("heat", text).unwrap());
    let used = with.experts("rust", None, text).unwrap();
    assert_eq!(used.blocks.len(), with.packs().next().unwrap().mixtures["heat"].blocks);
    // Gates and head are a small part of the file; the experts are in the base file.
    let bytes = |p: &std::path::Path| std::fs::metadata(p).unwrap().len();
    let info = pupil_core::FileInfo::read(&pack).unwrap();
    assert!(info.manifest.sections.keys().all(|name| !name.contains(".expert.")));
    assert!(bytes(&pack) * 5 < bytes(&path) * 3, "{} of {}", bytes(&pack), bytes(&path));
}

#[test]
fn guided_model_starts_from_a_teacher_if_set() {
    let recipe = RECIPE
        .replace("layers = [1]", "layers = [0, 1]\nstart = \"teacher\"")
        .replace("seeds = [1]\nmax", "seeds = [1, 2]\nmax")
        .replace("seeds = [1]\nexport", "seeds = [1, 2]\nexport");
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.label().unwrap();
    let students = pipeline.students(&labelled);
    let start = |system: System, seed: u64| {
        let own = models(&pipeline, system).into_iter().find(|spec| spec.seed == seed).unwrap();
        students.untrained(&own).unwrap().learner.parameters.values().unwrap()
    };
    let teachers = [1, 2].map(|seed| {
        let file = bench.path(&format!("a/shared/teachers/teacher-0-seed-{seed}/model.safetensors"));
        pupil_trainer::fit::read_state(&file).unwrap()["encoder"].clone()
    });
    assert_ne!(teachers[0], teachers[1]);
    // Seed 1 uses the second of two teachers, seed 2 the first; all layers are kept, so every value comes from the
    // teacher.
    assert_eq!(start(System::UnimoeGuided, 1), teachers[1]);
    assert_eq!(start(System::UnimoeGuided, 2), teachers[0]);
    let plain = start(System::Unimoe, 1);
    assert!(!teachers.contains(&plain));
    assert_eq!(start(System::Unimoe, 2), plain);
}

/// Writes files with the same answers under other task and class names.
fn second_data_set(bench: &Bench) {
    for file in ["train", "test"] {
        let mut text = fs::read_to_string(bench.path(&format!("data/{file}.jsonl"))).unwrap();
        for (from, to) in [
            ("\"task\":\"heat\"", "\"task\":\"ice\""),
            ("\"task\":\"rust\"", "\"task\":\"salt\""),
            (",\"max_score\":2", ""),
            ("\"score\":0", "\"score\":\"no\""),
            ("\"score\":1", "\"score\":\"part\""),
            ("\"score\":2", "\"score\":\"yes\""),
        ] {
            text = text.replace(from, to);
        }
        files::write(&bench.path(&format!("data/{file}-2.jsonl")), text.as_bytes()).unwrap();
    }
}

#[test]
fn test_sets_of_some_tasks_are_evaluated_separately() {
    let part = "\n[[data.also]]\nname = \"more\"\ntrain = \"train-2.jsonl\"\ntest = { other = \"test-2.jsonl\" }\n\
                classes = [\"no\", \"part\", \"yes\"]\n";
    let merged =
        "\n[[evaluate.merged]]\nname = \"2-way\"\nclasses = { no = [\"no\"], some = [\"part\", \"yes\"] }\n";
    let recipe = RECIPE
        .replace("\n[teacher]", &format!("{part}\n[teacher]"))
        .replace(
            "[\"individual\", \"mtl\", \"unimoe\", \"unimoe-guided\"]",
            "[\"unimoe\", \"unimoe-guided\"]",
        )
        .replace("epochs = 12", "epochs = 1")
        + merged;
    let bench = Bench::new(&recipe);
    second_data_set(&bench);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    pipeline.evaluate(&labelled).unwrap();
    let page = fs::read_to_string(bench.path("a/shared/results.md")).unwrap();
    let titles: Vec<&str> = page.lines().filter_map(|l| l.strip_prefix("## ")).collect();
    // Only the second set has the classes that are merged.
    let sections = ["What to use", "How well confidence says how often scores are right"];
    assert_eq!(titles[..5], [&sections[..], &["other, 2-way", "other", "test"]].concat(), "{page}");
    let of_second = page.split("## other\n").nth(1).unwrap().split("\n## ").next().unwrap();
    assert!(of_second.contains("UniMoE guided, f32 minus UniMoE, f32"), "{of_second}");
}

#[test]
fn models_of_other_settings_are_not_evaluated() {
    let recipe =
        RECIPE.replace("[\"individual\", \"mtl\", \"unimoe\", \"unimoe-guided\"]", "[\"unimoe-guided\"]");
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    pipeline.distil().unwrap();
    let refused = |from: &str, to: &str| {
        assert!(recipe.contains(from), "{from}");
        files::write(&bench.path("recipe.toml"), recipe.replace(from, to).as_bytes()).unwrap();
        let pipeline = bench.open("a");
        let error = pipeline.label().and_then(|labelled| pipeline.evaluate(&labelled));
        error.err().map(|e| format!("{e:#}")).unwrap_or_default()
    };
    assert_eq!(refused("seed = 7", "seed = 7"), "");
    // Another seed splits the answers differently: training answers would become validation or test answers.
    assert!(refused("seed = 7", "seed = 8").contains("of these settings and answers yet: run `teach` first"));
    let other = refused("lambda = 0.5", "lambda = 0.25");
    assert!(other.contains("has not been trained with these settings and answers"), "{other}");
    let elsewhere = recipe.replace("[teacher]\n", "[teacher]\nrun = \"absent\"\n");
    files::write(&bench.path("recipe.toml"), elsewhere.as_bytes()).unwrap();
    let [file, data, encoder, runs] = ["recipe.toml", "data", "encoder", "a"].map(|part| bench.path(part));
    let error = Pipeline::open(&file, &data, &encoder, &runs);
    let error = format!("{:#}", error.err().unwrap());
    assert!(error.contains("the run absent has no teacher"), "{error}");
}

#[test]
fn encoder_that_the_engine_lacks_cannot_be_exported() {
    let bench = Bench::new(RECIPE);
    let file = bench.path("encoder/config.json");
    let config: Config = files::read_json(&file).unwrap();
    let longer = config.max_position_embeddings + 2;
    let other = Config { family: Family::Mpnet, max_position_embeddings: longer, ..config };
    files::write_json(&file, &other).unwrap();
    let [recipe, data, encoder, runs] = ["recipe.toml", "data", "encoder", "a"].map(|part| bench.path(part));
    let error = format!("{:#}", Pipeline::open(&recipe, &data, &encoder, &runs).err().unwrap());
    assert!(error.contains("the engine cannot run an encoder of the family Mpnet"), "{error}");
}

#[test]
fn errors_name_the_mistake() {
    let bench = Bench::new(RECIPE);
    for (from, to, want) in [
        ("export = \"unimoe-guided\"", "export = \"mtl-guided\"", "unimoe.export MtlGuided is not among"),
        ("experts = 3", "experts = 9", "mixture.experts is 9, 2 to 8 are possible"),
        ("layers = [1]", "layers = [2]", "unimoe.layers names 2, the encoder has 0 to 1"),
        (
            "max_tokens = 32\ntrain_words = true\n[teacher.fit]",
            "joint = false\nmax_tokens = 32\n[teacher.fit]",
            "unimoe.start is `teacher`: this needs a teacher of BERT's family that is trained here on all tasks",
        ),
        ("encoder = \"bert\"", "encoder = \"lstm\"", "an LSTM cannot start from a transformer"),
        (
            "[evaluate]",
            "[[evaluate.merged]]\nname = \"2-way\"\nclasses = { no = [\"O\"] }\n[evaluate]",
            "names the class O, which no task has",
        ),
        (
            "epochs = 4\nbatch",
            "sampling = \"gap\"\nepochs = 4\nbatch",
            "teacher.fit.sampling is `gap`: a teacher has no teacher",
        ),
        (
            "name = \"invented\"",
            "pairs = true\nname = \"invented\"",
            "answers of the training part have no reference",
        ),
        (
            "balance = 0.01",
            "quantization_aware = true\nbalance = 0.01",
            "unimoe.quantization_aware rounds only frozen word vectors",
        ),
        ("[evaluate]", "[export]\nreview_share = 1.5\n[evaluate]", "export.review_share must be in 0..=1"),
        ("balance = 0.01", "balance = -1.0", "unimoe.balance and unimoe.lambda must be at least 0"),
        (
            "seeds = [1]\nexport",
            "tasks = [\"ice\"]\nseeds = [1]\nexport",
            "there is no task ice, there are heat, rust",
        ),
    ] {
        assert!(RECIPE.contains(from), "{from}");
        let mut recipe = RECIPE.replace(from, to);
        if want.contains("start") {
            recipe = recipe.replace("[unimoe]", "[unimoe]\nstart = \"teacher\"");
        }
        files::write(&bench.path("recipe.toml"), recipe.as_bytes()).unwrap();
        let error = Pipeline::open(
            &bench.path("recipe.toml"),
            &bench.path("data"),
            bench.path("encoder"),
            &bench.path("a"),
        )
        .and_then(|p| {
            p.teach()?;
            p.distil().map(drop)
        });
        let text = format!("{:#}", error.err().unwrap());
        assert!(text.contains(want), "{to}: {text}");
    }
}

#[test]
fn probabilities_from_elsewhere_replace_a_teacher() {
    let bench = Bench::new(RECIPE);
    let here = bench.open("a");
    here.teach().unwrap();
    let train = &here.label().unwrap().train;
    // As written by another tool: one file per task, with the index of each answer among those of the task.
    for (t, task) in train.tasks.iter().enumerate() {
        let mut csv = String::from("sample_index,p(0=yes),p(1=yes),p(2=yes)\n");
        for (place, row) in train.rows.iter().filter(|r| r.task == t).enumerate() {
            let p: Vec<String> = row.probabilities.iter().map(|p| format!("{p:?}")).collect();
            csv += &format!("{place},{}\n", p.join(","));
        }
        files::write(&bench.path(&format!("data/teacher-{}.csv", task.id)), csv.as_bytes()).unwrap();
    }
    let start = RECIPE.find("seeds = [1]\nmax_tokens").unwrap();
    let end = RECIPE.find("[unimoe]").unwrap();
    let elsewhere = RECIPE.replace(
        &RECIPE[start..end],
        "probabilities = { heat = \"teacher-heat.csv\", rust = \"teacher-rust.csv\" }\n\n",
    );
    files::write(&bench.path("recipe.toml"), elsewhere.as_bytes()).unwrap();
    let there = bench.open("b");
    there.teach().unwrap();
    let labelled = there.distil().unwrap();
    assert_eq!(labelled.train.rows.len(), train.rows.len());
    for (have, want) in labelled.train.rows.iter().zip(&train.rows) {
        assert_eq!((have.index, &have.probabilities), (want.index, &want.probabilities));
    }
    assert!(!bench.path("b/shared/teachers").exists());
    assert!(!there.evaluate(&labelled).unwrap().contains("teacher"));

    let missing = elsewhere.replace("teacher-rust.csv", "absent.csv");
    files::write(&bench.path("recipe.toml"), missing.as_bytes()).unwrap();
    let [file, data, encoder, runs] = ["recipe.toml", "data", "encoder", "c"].map(|part| bench.path(part));
    let error = Pipeline::open(&file, &data, &encoder, &runs);
    let error = format!("{:#}", error.err().unwrap());
    assert!(error.contains("absent.csv"), "{error}");
}

#[test]
fn search_ranks_settings_and_tasks_are_sampled_by_their_gap() {
    let recipe = RECIPE
        .replace("[\"individual\", \"mtl\", \"unimoe\", \"unimoe-guided\"]", "[\"unimoe-guided\"]")
        .replace("epochs = 12\nbatch = 16", "epochs = 3\nsampling = \"gap\"\nbatch = 16")
        + "\n[unimoe.search]\nexperts = [2, 3]\nbalance = [0.01]\nlambda = [0.0, 0.5]\n";
    let bench = Bench::new(&recipe);
    let pipeline = bench.open("a");
    let page = pipeline.search().unwrap();
    let losses: Vec<f64> = page
        .lines()
        .skip(2)
        .map(|l| l.trim_end_matches(" |").rsplit(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(losses.len(), 4, "{page}");
    assert!(losses.is_sorted(), "{page}");
    let labelled = pipeline.label().unwrap();
    let specs = pipeline.plan().students().unwrap();
    let spec = specs.iter().find(|spec| spec.mixture.is_some()).unwrap();
    let done = pipeline.students(&labelled).train(spec, &|_, _, _| {}).unwrap();
    assert_eq!(done.history.shares.len(), 3);
    for shares in &done.history.shares {
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
    }
}
