//! `pupil score` with one answer.

use crate::support::TestDir;

const GOOD: &str = "the balloon gets bigger because warm air expands";

#[test]
fn answer_is_scored_on_a_named_task() {
    let dir = TestDir::new();
    let ran = dir.pupil(["score", "many.pupil", "--task", "balloons", GOOD]);
    let text = ran.ok();
    for part in [
        "balloons",
        "test model",
        "level",
        "expected",
        "confidence",
        "decision",
        "words       8, 0 unknown",
        "▸ ",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours if stdout is not a terminal");
    assert!(text.lines().all(|line| line == line.trim_end()), "no line ends with a space");
}

#[test]
fn only_task_of_a_model_need_not_be_named() {
    let dir = TestDir::new();
    let named = dir.pupil(["score", "one.pupil", "--task", "balloons", GOOD]);
    assert_eq!(dir.pupil(["score", "one.pupil", GOOD]).ok(), named.ok());
}

#[test]
fn json_holds_the_whole_score() {
    let dir = TestDir::new();
    let score = dir.pupil(["score", "many.pupil", "-t", "balloons", "--json", GOOD]).json();
    assert_eq!(score["model"], "test model");
    assert_eq!(score["task"], "balloons");
    let labels = score["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 3);
    let sum: f64 = labels.iter().map(|label| label["probability"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    let awarded: Vec<&str> = labels
        .iter()
        .filter(|label| label["awarded"] == true)
        .map(|label| label["name"].as_str().unwrap())
        .collect();
    assert_eq!(awarded, [score["level"].to_string()]);
    assert!(score["expected"].is_f64());
    assert_eq!((&score["words"], &score["unknown_words"]), (&8.into(), &0.into()));
    assert_eq!((&score["truncated"], &score["repetitive"]), (&false.into(), &false.into()));
    assert!(score.get("explanation").is_none());
}

#[test]
fn short_and_unknown_answers_go_to_review_with_the_reason() {
    let dir = TestDir::new();
    for (answer, reason) in [("balloon", "too-short"), ("zebras juggle purple lanterns", "unknown-words")] {
        let score = dir.pupil(["score", "many.pupil", "-t", "balloons", "--json", answer]).json();
        assert_eq!((&score["decision"], &score["reason"]), (&"review".into(), &reason.into()), "{answer}");
    }
    let score = dir.pupil(["score", "many.pupil", "-t", "balloons", "--json", GOOD]).json();
    assert_eq!((&score["decision"], &score["reason"]), (&"automatic".into(), &serde_json::Value::Null));
}

#[test]
fn task_without_a_scale_has_no_level() {
    let dir = TestDir::new();
    for task in ["claim", "rubric"] {
        let score = dir.pupil(["score", "many.pupil", "-t", task, "--json", GOOD]).json();
        assert!(score["level"].is_null() && score["expected"].is_null(), "{score}");
        let text = dir.pupil(["score", "many.pupil", "-t", task, GOOD]);
        assert!(!text.ok().contains("level"), "{task}");
    }
    let text = dir.pupil(["score", "many.pupil", "-t", "claim", GOOD]);
    assert!(text.ok().starts_with("What is claimed  test model\n"), "{text:?}");
}

#[test]
fn explanation_names_words_by_their_bytes() {
    let dir = TestDir::new();
    let answer = "wärm air, it expands";
    let score = dir.pupil(["score", "many.pupil", "-t", "balloons", "--json", "--explain", answer]).json();
    let words = score["explanation"].as_array().unwrap();
    let found: Vec<&str> = words.iter().map(|word| word["word"].as_str().unwrap()).collect();
    assert_eq!(found, ["wärm", "air,", "it", "expands"]);
    for word in words {
        let at = |end: &str| usize::try_from(word[end].as_u64().unwrap()).unwrap();
        let span = at("start")..at("end");
        assert_eq!(&answer[span], word["word"].as_str().unwrap());
        assert_eq!(word["labels"].as_array().unwrap().len(), 3);
        assert!(word["expected"].is_f64());
    }
    // The effect of a word is the score with it minus the score without it.
    let without = dir.pupil(["score", "many.pupil", "-t", "balloons", "--json", "wärm air, it "]).json();
    let share = score["expected"].as_f64().unwrap() - without["expected"].as_f64().unwrap();
    assert!((share - words[3]["expected"].as_f64().unwrap()).abs() < 1e-6);
}

#[test]
fn explanation_for_people_shows_the_strongest_words_first() {
    let dir = TestDir::new();
    let ran = dir.pupil(["score", "many.pupil", "-t", "balloons", "--explain", GOOD]);
    let (_, shares) = ran.ok().split_once("What each word adds to the expected level\n").unwrap();
    let sizes: Vec<f32> = shares
        .lines()
        .map(|line| line.split_whitespace().nth(1).unwrap().parse::<f32>().unwrap().abs())
        .collect();
    assert_eq!(sizes.len(), 8);
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    let long = "the balloon gets bigger because warm air expands ".repeat(4);
    let ran = dir.pupil(["score", "many.pupil", "-t", "claim", "--explain", long.as_str()]);
    assert!(ran.ok().ends_with("and 20 words that change less\n"), "{ran:?}");
}

#[test]
fn pair_task_takes_a_reference() {
    let dir = TestDir::new();
    let args = ["score", "many.pupil", "-t", "compare", "--json", "--reference"];
    let one = dir.pupil(args.into_iter().chain(["the gas expands", GOOD])).json();
    let other = dir.pupil(args.into_iter().chain(["cold water shrinks", GOOD])).json();
    assert_ne!(one["labels"], other["labels"], "the reference is read");
    let explained = dir.pupil(args.into_iter().chain(["the gas expands", GOOD, "--explain"])).json();
    assert_eq!(explained["labels"], one["labels"]);
    assert_eq!(explained["explanation"].as_array().unwrap().len(), 8);
}

#[test]
fn missing_or_unwanted_reference_is_an_error() {
    let dir = TestDir::new();
    let ran = dir.pupil(["score", "many.pupil", "-t", "compare", GOOD]);
    assert!(
        ran.failed(2).contains("the task compare compares with a reference answer; name it with --reference")
    );
    let ran = dir.pupil(["score", "many.pupil", "-t", "claim", "--reference", "the gas expands", GOOD]);
    assert!(ran.failed(2).contains("the task claim reads the answer alone"));
    let ran = dir.pupil(["score", "many.pupil", "-t", "compare", "--reference", " ", GOOD]);
    assert!(ran.failed(8).contains("the reference answer is empty"));
}

#[test]
fn answer_comes_from_the_command_line_stdin_or_a_file_alike() {
    let dir = TestDir::new();
    let args = ["score", "one.pupil", "--json"];
    let want = dir.pupil(args.into_iter().chain([GOOD]));
    let with_mark = dir.write("marked.txt", format!("\u{feff}{GOOD}\n"));
    dir.write("answer.txt", format!("{GOOD}\r\n"));
    assert_eq!(dir.pupil_with_stdin(args.into_iter().chain(["-"]), GOOD.as_bytes()).ok(), want.ok());
    assert_eq!(dir.pupil(args.into_iter().chain(["--answer-file", "answer.txt"])).ok(), want.ok());
    let marked = dir.pupil(args.into_iter().chain(["--answer-file", with_mark.to_str().unwrap()]));
    assert_eq!(marked.ok(), want.ok());
}

#[test]
fn built_in_model_scores_without_a_file() {
    let dir = TestDir::new();
    let tasks = dir.pupil(["tasks", "--json"]).json();
    let task = tasks.as_array().unwrap().iter().find(|task| task["input"] == "answer").unwrap();
    let id = task["id"].as_str().unwrap();
    let score = dir.pupil(["score", "--task", id, "--json", "He did not know that it was a joke."]).json();
    assert_eq!(score["labels"].as_array().unwrap().len(), task["labels"].as_array().unwrap().len());
}

#[test]
fn missing_file_is_named() {
    let dir = TestDir::new();
    let ran = dir.pupil(["score", "nowhere.pupil", "-t", "balloons", GOOD]);
    assert!(ran.failed(3).contains("there is no file nowhere.pupil"), "{ran:?}");
    let ran = dir.pupil(["score", "one.pupil", "--answer-file", "nowhere.txt"]);
    assert!(ran.failed(3).contains("cannot read nowhere.txt: no such file"), "{ran:?}");
}

#[test]
fn file_that_is_not_a_model_is_distinguished_from_a_damaged_model() {
    let dir = TestDir::new();
    dir.write("notes.pupil", "These are notes, not a model.");
    let ran = dir.pupil(["score", "notes.pupil", GOOD]);
    assert!(ran.failed(4).contains("notes.pupil is not a .pupil file"), "{ran:?}");
    let mut bytes = std::fs::read(dir.path("one.pupil")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    dir.write("bent.pupil", bytes);
    let ran = dir.pupil(["score", "bent.pupil", GOOD]);
    assert!(ran.failed(5).contains("bent.pupil is damaged"), "{ran:?}");
    assert!(ran.stderr.contains("fetch or copy the file again"));
}

#[test]
fn unknown_task_lists_the_known_ones() {
    let dir = TestDir::new();
    let ran = dir.pupil(["score", "many.pupil", "--task", "baloons", GOOD]);
    let message = ran.failed(7);
    assert!(
        message.contains(
            "test model does not have the requested task; it has: balloons, claim, rubric, compare"
        ),
        "{message}"
    );
    let ran = dir.pupil(["score", "many.pupil", GOOD]);
    let message = ran.failed(7);
    assert!(message.contains("name one with --task; it has: balloons, claim, rubric, compare"), "{message}");
}

#[test]
fn empty_answer_is_refused() {
    let dir = TestDir::new();
    for answer in ["", "  \n\t"] {
        assert!(dir.pupil(["score", "one.pupil", answer]).failed(8).contains("the answer is empty"));
    }
    assert!(dir.pupil(["score", "one.pupil", "-"]).failed(8).contains("the answer is empty"));
    dir.write("empty.txt", "");
    let ran = dir.pupil(["score", "one.pupil", "--answer-file", "empty.txt"]);
    assert!(ran.failed(8).contains("the answer is empty"));
}

#[test]
fn answer_of_a_megabyte_is_refused_and_not_repeated() {
    let dir = TestDir::new();
    let answer = "balloon ".repeat(131_072);
    assert_eq!(answer.len(), 1 << 20);
    dir.write("long.txt", &answer);
    for ran in [
        dir.pupil(["score", "one.pupil", "--answer-file", "long.txt"]),
        dir.pupil_with_stdin(["score", "one.pupil", "-"], answer.as_bytes()),
    ] {
        let message = ran.failed(8);
        assert!(message.contains("the answer is too long: it has more than 65536 bytes"), "{message}");
        assert!(!message.contains("balloon"));
    }
    dir.write("longest.txt", &answer[..65_536]);
    dir.pupil(["score", "one.pupil", "--answer-file", "longest.txt"]).ok();
}

#[test]
fn position_of_bytes_that_are_not_utf_8_is_named() {
    let dir = TestDir::new();
    let latin1 = b"the w\xe4rm air";
    let ran = dir.pupil_with_stdin(["score", "one.pupil", "-"], latin1);
    assert!(ran.failed(8).contains("the answer is not valid UTF-8: byte 5 is invalid"), "{ran:?}");
    assert!(!ran.stderr.contains("rm air"), "no answer text in a message");
    dir.write("utf16.txt", b"\xff\xfet\0h\0e\0");
    let ran = dir.pupil(["score", "one.pupil", "--answer-file", "utf16.txt"]);
    assert!(ran.failed(8).contains("begins like UTF-16"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn position_in_an_argument_that_is_not_utf_8_is_named() {
    use std::os::unix::ffi::OsStrExt;

    let dir = TestDir::new();
    let bad = std::ffi::OsStr::from_bytes(b"warm \xff air");
    let ran = dir.pupil([std::ffi::OsStr::new("score"), std::ffi::OsStr::new("one.pupil"), bad]);
    assert!(ran.failed(8).contains("byte 5 is invalid"), "{ran:?}");
}

#[test]
fn wrong_usage_is_distinguished_from_a_wrong_answer() {
    let dir = TestDir::new();
    let ran = dir.pupil(["score", "one.pupil"]);
    assert!(ran.failed(2).contains("one.pupil was taken for the model; put the answer after it"), "{ran:?}");
    assert!(dir.pupil(["score"]).failed(2).contains("no answer is given"));
    let ran = dir.pupil(["score", "one.pupil", "answer", "--answer-file", "answer.txt"]);
    assert!(ran.failed(2).contains("the answer is given twice"), "{ran:?}");
    dir.pupil(["score", "one.pupil", "two", "three"]).failed(2);
    dir.pupil(["grade"]).failed(2);
}

#[test]
fn help_lists_the_exit_codes() {
    let dir = TestDir::new();
    let ran = dir.pupil(["--help"]);
    for code in 0..=9 {
        assert!(ran.ok().contains(&format!("\n  {code}  ")), "exit code {code} is missing");
    }
}

#[test]
fn experts_are_shown_on_request() {
    let dir = TestDir::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/mixtures.pupil");
    let ran = dir.pupil(["score", golden, "--task", "chosen", "--experts", "warm air needs room"]);
    let text = ran.ok();
    assert!(text.contains("Experts of block 1\n") && !text.contains("block 2"), "{text}");
    let json =
        dir.pupil(["score", golden, "--task", "chosen", "--experts", "--json", "warm air needs room"]).json();
    let weights: Vec<f64> =
        json["experts"][0]["weights"].as_array().unwrap().iter().map(|w| w.as_f64().unwrap()).collect();
    assert_eq!(weights.len(), 5);
    assert_eq!(weights.iter().filter(|w| **w > 0.0).count(), 2, "two of five experts run");
    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    let plain = dir.pupil(["score", golden, "--task", "chosen", "--json", "warm air needs room"]).json();
    assert!(plain.get("experts").is_none());
    assert_eq!(plain["labels"], json["labels"]);

    let members = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/members.pupil");
    let ran = dir.pupil(["score", members, "--task", "levels", "--experts", "warm air needs room"]);
    for heading in ["Experts of block 2 of member 1", "Experts of block 1 of member 3"] {
        assert!(ran.ok().contains(heading), "{ran:?}");
    }

    let ran = dir.pupil(["score", golden, "--task", "most", "--experts", "warm air"]);
    assert!(ran.failed(2).contains("the task most has no experts; leave --experts out"));
}

#[test]
fn reference_without_a_task_selects_the_built_in_science_model() {
    let dir = TestDir::new();
    let reference = "The bulb is not in a closed path with the battery.";
    let score = dir.pupil(["score", "--json", "--reference", reference, reference]).json();
    assert_eq!((score["model"].as_str(), score["task"].as_str()), (Some("science"), Some("science")));
    let awarded: Vec<&str> = score["labels"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|label| label["awarded"] == true)
        .map(|label| label["name"].as_str().unwrap())
        .collect();
    assert_eq!(awarded, ["correct"], "{score}");
    // The model's other task is found by its name. Tasks of the other model are still found too.
    let other = dir.pupil(["score", "--json", "-t", "circuits", "--reference", reference, reference]).json();
    assert_eq!(other["labels"].as_array().unwrap().len(), 5);
    let ran = dir.pupil(["score", "-t", "mindca-ss_burglar", "--reference", reference, GOOD]);
    assert!(ran.failed(2).contains("reads the answer alone"), "{ran:?}");
    let ran = dir.pupil(["score", "-t", "science", GOOD]);
    assert!(ran.failed(2).contains("name it with --reference"), "{ran:?}");
}

#[test]
fn table_with_references_selects_the_built_in_science_model() {
    let dir = TestDir::new();
    dir.write("class.csv", "text,reference\nIt floats.,It floats on water.\n");
    dir.pupil(["score", "--csv", "class.csv", "--force", "--out", "scored.csv"]).ok();
    let header = dir.read("scored.csv").lines().next().unwrap().to_owned();
    assert!(header.contains("p_correct,p_contradictory,p_incorrect"), "{header}");
    // A column of tasks selects the model that has the first of them.
    dir.write("class.csv", "task,text,reference\ncircuits,It floats.,It floats on water.\n");
    dir.pupil(["score", "--csv", "class.csv", "--force", "--out", "scored.csv"]).ok();
    let header = dir.read("scored.csv").lines().next().unwrap().to_owned();
    assert!(header.contains("p_non_domain"), "{header}");
    dir.write("class.csv", "task,text\nunheard-of,It floats.\n");
    let ran = dir.pupil(["score", "--csv", "class.csv", "--out", "again.csv"]);
    let message = ran.failed(7);
    assert!(
        message
            .contains("(line 2 of class.csv): no built-in model has the requested task; they have: mindca-"),
        "{message}"
    );
    assert!(message.contains("science"), "{message}");
}
