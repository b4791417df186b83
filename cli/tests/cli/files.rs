//! `pupil tasks`, `inspect` and `verify`.

use std::fs;

use crate::support::TestDir;

/// The models that ship, and the recipe of each.
const SHIPPED: [(&str, &str); 3] =
    [("mind-ca", "mind-ca-unimoe"), ("science", "science"), ("practice", "practice")];

#[test]
fn tasks_are_listed_in_their_order() {
    let dir = TestDir::new();
    let ran = dir.pupil(["tasks", "many.pupil"]);
    let lines: Vec<&str> = ran.ok().lines().collect();
    assert_eq!(
        lines,
        [
            "balloons                   0 to 2 points",
            "claim     What is claimed  one of agrees, disagrees, neither",
            "rubric                     any of names heat, names expansion",
            "compare                    one of correct, incorrect, against a reference",
        ]
    );
    let tasks = dir.pupil(["tasks", "many.pupil", "--json"]).json();
    assert_eq!(tasks[0]["id"], "balloons");
    assert_eq!(tasks[0]["points"], serde_json::json!([0, 1, 2]));
    assert_eq!(tasks[2]["labels"][1], "names expansion");
    assert_eq!(tasks[3]["input"], "pair");
}

#[test]
fn inspection_shows_where_a_model_comes_from() {
    let dir = TestDir::new();
    let ran = dir.pupil(["inspect", "one.pupil"]);
    let text = ran.ok();
    for part in [
        "test model\n",
        "Weights without a meaning.",
        "CC0-1.0",
        "Nobody in particular",
        "e-lstm, 30 words, embedding 8, hidden 2 x 4",
        "0 to 2 points; qwk on test 0.713 [0.690, 0.735], n 1 209",
        "invented, 12 345 answers",
        "a coin",
        "kernels on this machine",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    let json = dir.pupil(["inspect", "one.pupil", "--json"]).json();
    assert_eq!(json["manifest"]["name"], "test model");
    assert_eq!(json["manifest"]["tasks"][0]["metrics"][0]["n"], 1209);
    assert_eq!(json["file_bytes"], fs::metadata(dir.path("one.pupil")).unwrap().len());
    assert!(!json["kernels"].as_array().unwrap().is_empty());
}

#[test]
fn inspection_shows_what_is_promised_and_when() {
    let dir = TestDir::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/guarded.pupil");
    let ran = dir.pupil(["inspect", golden]);
    for part in [
        "\nautomatic scores\n",
        "balloons  at most 5 % of automatic scores are more than one level away, with 90 % confidence; 75 % of answers are \
         scored automatically (calibrated on 160 answers: 120 automatic, 2 of them wrong, upper bound 4.37 %)",
        "to the same questions, by students like those, at the same time",
    ] {
        assert!(ran.ok().contains(part), "{part} is missing in:\n{}", ran.ok());
    }
    let json = dir.pupil(["inspect", golden, "--json"]).json();
    assert_eq!(json["manifest"]["tasks"][0]["guarantee"]["automatic"], 120);
    // A file without a promise says nothing about one.
    assert!(!dir.pupil(["inspect", "one.pupil"]).ok().contains("automatic scores"));
    // The best score may need more confidence than others.
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/science/science.pupil");
    let shown = dir.pupil(["inspect", shipped]);
    let least =
        shown.ok().lines().find(|line| line.contains("only from a confidence of")).unwrap().to_owned();
    assert!(
        least.contains("science") && least.contains("correct only from") && !least.contains("contra"),
        "{least}"
    );
}

#[test]
fn inspection_shows_transformers_and_experts() {
    let dir = TestDir::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/mixtures.pupil");
    let ran = dir.pupil(["inspect", golden]);
    let text = ran.ok();
    for part in
        ["  bert, ", " layers, width ", "mixtures of experts", "on every token, ", "on the pooled vector, "]
    {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn members_of_a_task_are_shown() {
    let dir = TestDir::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/members.pupil");
    let ran = dir.pupil(["inspect", golden]);
    let text = ran.ok();
    for part in [
        "n-gram, 3 to 5 characters, 1 to 2 words, 1 024 buckets, 1 numbers out",
        "n-gram, 3 to 5 characters, 300 buckets, 3 numbers out",
        "1 to 3 points, by e-lstm 0.20 + bert 0.10 + e-lstm 0.20 + e-lstm 0.15 + bert 0.25 + n-gram 0.10",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    let ran = dir.pupil(["tasks", golden]);
    assert!(ran.ok().contains("against a reference, by e-lstm 0.50 + bert 0.30 + n-gram 0.20"), "{ran:?}");
    let json = dir.pupil(["tasks", golden, "--json"]).json();
    assert_eq!(json[2]["members"][0]["family"], "n-gram");
    assert!((json[2]["members"][0]["weight"].as_f64().unwrap() - 0.4).abs() < 1e-6);
    assert_eq!(json[4]["members"].as_array().unwrap().len(), 1);
}

#[test]
fn knowledge_model_is_shown_with_its_skills_and_what_opens_it() {
    let dir = TestDir::new();
    let model = dir.knowledge_model();
    let ran = dir.pupil(["inspect", &model]);
    for part in [
        "\nknowledge\n",
        "21 questions, 4 skills, embedding 11, hidden 19",
        "skills    Addition, Subtraction, multiply, divide",
        // 28 bytes of frame, 4 for each unit, 2 for each skill, a bit for each question.
        "state     115 bytes a student",
        "apps open it with `Tracker`",
        "auc on test 0.500",
    ] {
        assert!(ran.ok().contains(part), "{part} is missing in:\n{}", ran.ok());
    }
    for part in ["kernels", "tables", "tasks"] {
        assert!(!ran.ok().contains(part), "{part} is said of a knowledge model:\n{}", ran.ok());
    }
    let json = dir.pupil(["inspect", &model, "--json"]).json();
    assert_eq!(json["manifest"]["knowledge"]["skills"][1]["id"], "subtract");
    assert!(json.get("table_bytes").is_none());
    let ran = dir.pupil(["verify", &model]);
    assert!(ran.ok().contains(": a knowledge model of 21 questions, 13 sections"), "{ran:?}");
    assert_eq!(dir.pupil(["verify", &model, "--json"]).json()["questions"], 21);
    assert!(dir.pupil(["verify", "one.pupil", "--json"]).json().get("questions").is_none());
}

#[test]
fn commands_that_score_say_what_a_knowledge_model_is_for() {
    let dir = TestDir::new();
    let model = dir.knowledge_model();
    dir.write("class.csv", "text,points\nwarm air expands,1\n");
    let commands: [&[&str]; 7] = [
        &["score", &model, "warm air expands"],
        &["score", &model, "--task", "balloons", "warm air expands"],
        &["score", &model, "--csv", "class.csv", "--force", "--out", "out.csv"],
        &["evaluate", &model, "--csv", "class.csv", "--score", "points"],
        &["suggest", &model, "--csv", "class.csv", "--count", "1", "--force", "--out", "out.csv"],
        &["monitor", &model, "--csv", "class.csv", "--write-reference", "reference.json"],
        &["tasks", &model],
    ];
    for command in commands {
        let ran = dir.pupil(command);
        let said = ran.failed(2);
        assert!(said.contains("knowledge"), "{command:?}: {said}");
        assert!(said.contains("`Tracker`") && said.contains("`pupil inspect`"), "{command:?}: {said}");
        assert!(!said.contains("warm"), "{command:?}: {said}");
    }
    assert!(!dir.path("reference.json").exists() && !dir.path("out.csv").exists());
}

#[test]
fn built_in_model_can_be_inspected_and_credits_its_sources() {
    let dir = TestDir::new();
    let json = dir.pupil(["inspect", "--json"]).json();
    assert!(!json["manifest"]["tasks"].as_array().unwrap().is_empty());
    assert!(!json["manifest"]["licence"].as_str().unwrap().is_empty());
    // Only the main metric of a task is shown, so that it fits on one line.
    let ran = dir.pupil(["inspect"]);
    let tasks: Vec<&str> = ran.ok().lines().filter(|line| line.contains(" points; ")).collect();
    assert_eq!(tasks.len(), json["manifest"]["tasks"].as_array().unwrap().len());
    assert!(tasks.iter().all(|line| line.len() < 100 && line.contains("qwk on test")), "{tasks:?}");
}

#[test]
fn shipped_models_were_made_from_the_recipes_beside_them() {
    let dir = TestDir::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");
    for (name, recipe) in SHIPPED {
        let [model, recipe] =
            [format!("{root}/{name}/{name}.pupil"), format!("{root}/recipes/{recipe}.toml")];
        let with = |file: &str| dir.pupil(["inspect", &model, "--provenance", "--made-from", file]);
        let ran = with(&recipe);
        assert!(
            ran.ok().contains("  is ")
                && ran.ok().contains("not among the files given") == (name != "practice")
        );
        let json = dir.pupil(["inspect", &model, "--provenance", "--json"]).json();
        assert_eq!((json["tool"].as_str(), json["model"].as_str()), (Some("pupil-train 0.1.0"), Some(name)));
        let origins = json["origins"].as_array().unwrap();
        assert_eq!(origins[0]["part"], "recipe");
        assert!(origins.len() > 1 && origins.iter().all(|one| one["found"].is_null()), "{json}");
        // What the card says is what the file says.
        let card = fs::read_to_string(format!("{root}/{name}/card.md")).unwrap();
        for hash in origins[1..].iter().filter_map(|one| one["blake3"].as_str()) {
            assert!(card.contains(hash), "the card of {name} lacks {hash}");
        }
        // A recipe that was edited since is not the one.
        let other = dir.write("other.toml", fs::read_to_string(&recipe).unwrap() + "#");
        let ran = with(other.to_str().unwrap());
        assert_eq!(ran.code, 10);
        assert!(
            ran.stderr.contains("was not made from") && ran.stderr.contains("other.toml (blake3 "),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn files_that_a_model_was_made_from_are_found_by_their_hashes() {
    let dir = TestDir::new();
    let ran = dir.pupil(["inspect", "one.pupil", "--provenance"]);
    assert!(ran.ok().contains("data     invented, 12 345 answers, "), "{}", ran.ok());
    let failed = dir.pupil(["inspect", "one.pupil", "--provenance", "--made-from", "absent.csv"]);
    assert_eq!(failed.code, 3);
    // --made-from says nothing without --provenance.
    assert_eq!(dir.pupil(["inspect", "one.pupil", "--made-from", "one.pupil"]).code, 2);
}

#[test]
fn whole_file_is_verified() {
    let dir = TestDir::new();
    let ran = dir.pupil(["verify", "one.pupil"]);
    let hash = blake3::hash(&fs::read(dir.path("one.pupil")).unwrap()).to_hex();
    assert!(ran.ok().starts_with("ok test model: 1 task, "), "{ran:?}");
    assert!(ran.stdout.ends_with(&format!("blake3 {hash}\n")));
    let json = dir.pupil(["verify", "one.pupil", "--json"]).json();
    assert_eq!(json["blake3"], hash.as_str());
}

#[test]
fn any_changed_byte_is_found() {
    let dir = TestDir::new();
    let whole = fs::read(dir.path("one.pupil")).unwrap();
    for at in [0, 8, 40, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        dir.write("bent.pupil", bytes);
        let ran = dir.pupil(["verify", "bent.pupil"]);
        assert!([4, 5, 6].contains(&ran.code), "byte {at}: {ran:?}");
        ran.failed(ran.code);
    }
    dir.write("short.pupil", &whole[..whole.len() - 1]);
    dir.pupil(["verify", "short.pupil"]).failed(5);
}

#[test]
fn verification_needs_an_existing_file() {
    let dir = TestDir::new();
    dir.pupil(["verify"]).failed(2);
    assert!(dir.pupil(["verify", "nowhere.pupil"]).failed(3).contains("there is no file nowhere.pupil"));
}

#[test]
fn closed_stdout_is_not_an_error() {
    let dir = TestDir::new();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_pupil"))
        .args(["inspect", "one.pupil", "--json"])
        .current_dir(dir.path("."))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

/// A table and what its scores are written over.
fn table(dir: &TestDir) -> [&'static str; 9] {
    dir.write("class.csv", "id,text\n1,warm air needs more room\n2,the gas expands\n");
    dir.write("scored.csv", OLD);
    ["score", "many.pupil", "-t", "balloons", "--csv", "class.csv", "--out", "scored.csv", "--force"]
}

const OLD: &str = "what was there before\n";

/// `cargo xtask faults` does it at every call that writes.
#[cfg(target_os = "linux")]
#[test]
fn table_is_the_old_or_the_new_one_when_the_program_is_killed_while_it_writes() {
    let dir = TestDir::new();
    let args = table(&dir);
    dir.pupil(args).ok();
    let whole = dir.read("scored.csv");
    let names = dir.names();
    for limit in [0, 1, 64, whole.len() - 1, whole.len()] {
        dir.write("scored.csv", OLD);
        // Linux ends a program that makes a file longer than this, in the middle of the call.
        let limited = [format!("--fsize={limit}"), "--core=0".into(), env!("CARGO_BIN_EXE_pupil").into()];
        let args = limited.into_iter().chain(args.map(str::to_owned));
        let ended = dir.quietly("prlimit", args).wait().unwrap();
        assert_eq!(ended.success(), limit == whole.len(), "{limit}: {ended}");
        assert_eq!(dir.read("scored.csv"), if ended.success() { &whole } else { OLD }, "{limit}");
    }
    // What was begun is hidden, and is in nobody's way.
    let left: Vec<String> = dir.names().into_iter().filter(|name| !names.contains(name)).collect();
    assert!(left.len() == 4 && left.iter().all(|name| name.starts_with(".scored.csv.")), "{left:?}");
    dir.pupil(args).ok();
    assert_eq!(dir.read("scored.csv"), whole);
}

#[test]
fn table_that_several_programs_write_at_once_is_whole() {
    let dir = TestDir::new();
    let args = table(&dir);
    dir.pupil(args).ok();
    let whole = dir.read("scored.csv");
    let names = dir.names();
    for mut child in [0; 6].map(|_| dir.start(args)) {
        assert!(child.wait().unwrap().success());
        assert_eq!(dir.read("scored.csv"), whole);
    }
    assert_eq!(dir.names(), names);
}

#[cfg(target_os = "linux")]
#[test]
fn folder_that_nobody_can_write_to_and_a_full_device_are_errors() {
    let dir = TestDir::new();
    let mut args = table(&dir);
    // Not even the superuser makes files here.
    for (place, words) in
        [("/sys/scored.csv", "cannot write /sys/scored.csv"), ("/dev/full", "no space left")]
    {
        args[7] = place;
        let ran = dir.pupil(args);
        let said = ran.failed(3);
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(dir.read("scored.csv"), OLD);
}
