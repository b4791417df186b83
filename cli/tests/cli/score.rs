//! `pupil score` with one answer.

use crate::support::Place;

const GOOD: &str = "the balloon gets bigger because warm air expands";

#[test]
fn answer_is_scored_on_a_named_task() {
    let place = Place::new();
    let ran = place.pupil(["score", "many.pupil", "--task", "balloons", GOOD]);
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
    assert!(!text.contains('\u{1b}'), "no colours where stdout is no terminal");
    assert!(text.lines().all(|line| line == line.trim_end()), "no line ends with a space");
}

#[test]
fn only_task_of_a_model_need_not_be_named() {
    let place = Place::new();
    let named = place.pupil(["score", "one.pupil", "--task", "balloons", GOOD]);
    assert_eq!(place.pupil(["score", "one.pupil", GOOD]).ok(), named.ok());
}

#[test]
fn json_holds_the_whole_score() {
    let place = Place::new();
    let score = place.pupil(["score", "many.pupil", "-t", "balloons", "--json", GOOD]).json();
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
    let place = Place::new();
    for (answer, reason) in [("balloon", "too-short"), ("zebras juggle purple lanterns", "mostly-unknown")] {
        let score = place.pupil(["score", "many.pupil", "-t", "balloons", "--json", answer]).json();
        assert_eq!((&score["decision"], &score["reason"]), (&"review".into(), &reason.into()), "{answer}");
    }
    let score = place.pupil(["score", "many.pupil", "-t", "balloons", "--json", GOOD]).json();
    assert_eq!((&score["decision"], &score["reason"]), (&"automatic".into(), &serde_json::Value::Null));
}

#[test]
fn task_without_a_scale_has_no_level() {
    let place = Place::new();
    for task in ["claim", "rubric"] {
        let score = place.pupil(["score", "many.pupil", "-t", task, "--json", GOOD]).json();
        assert!(score["level"].is_null() && score["expected"].is_null(), "{score}");
        let text = place.pupil(["score", "many.pupil", "-t", task, GOOD]);
        assert!(!text.ok().contains("level"), "{task}");
    }
    let text = place.pupil(["score", "many.pupil", "-t", "claim", GOOD]);
    assert!(text.ok().starts_with("What is claimed  test model\n"), "{text:?}");
}

#[test]
fn explanation_names_words_by_their_bytes() {
    let place = Place::new();
    let answer = "wärm air, it expands";
    let score = place.pupil(["score", "many.pupil", "-t", "balloons", "--json", "--explain", answer]).json();
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
    // The share of a word is the score with it less the score without it.
    let without = place.pupil(["score", "many.pupil", "-t", "balloons", "--json", "wärm air, it "]).json();
    let share = score["expected"].as_f64().unwrap() - without["expected"].as_f64().unwrap();
    assert!((share - words[3]["expected"].as_f64().unwrap()).abs() < 1e-6);
}

#[test]
fn explanation_for_people_shows_the_strongest_words_first() {
    let place = Place::new();
    let ran = place.pupil(["score", "many.pupil", "-t", "balloons", "--explain", GOOD]);
    let (_, shares) = ran.ok().split_once("What each word adds to the expected level\n").unwrap();
    let sizes: Vec<f32> = shares
        .lines()
        .map(|line| line.split_whitespace().nth(1).unwrap().parse::<f32>().unwrap().abs())
        .collect();
    assert_eq!(sizes.len(), 8);
    assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    let long = "the balloon gets bigger because warm air expands ".repeat(4);
    let ran = place.pupil(["score", "many.pupil", "-t", "claim", "--explain", long.as_str()]);
    assert!(ran.ok().ends_with("and 20 words that change less\n"), "{ran:?}");
}

#[test]
fn pair_task_takes_a_reference() {
    let place = Place::new();
    let args = ["score", "many.pupil", "-t", "compare", "--json", "--reference"];
    let one = place.pupil(args.into_iter().chain(["the gas expands", GOOD])).json();
    let other = place.pupil(args.into_iter().chain(["cold water shrinks", GOOD])).json();
    assert_ne!(one["labels"], other["labels"], "the reference is read");
    let explained = place.pupil(args.into_iter().chain(["the gas expands", GOOD, "--explain"])).json();
    assert_eq!(explained["labels"], one["labels"]);
    assert_eq!(explained["explanation"].as_array().unwrap().len(), 8);
}

#[test]
fn reference_that_is_missing_or_not_wanted_is_said() {
    let place = Place::new();
    let ran = place.pupil(["score", "many.pupil", "-t", "compare", GOOD]);
    assert!(
        ran.failed(2).contains("the task compare compares with a reference answer; name it with --reference")
    );
    let ran = place.pupil(["score", "many.pupil", "-t", "claim", "--reference", "the gas expands", GOOD]);
    assert!(ran.failed(2).contains("the task claim reads the answer alone"));
    let ran = place.pupil(["score", "many.pupil", "-t", "compare", "--reference", " ", GOOD]);
    assert!(ran.failed(8).contains("the reference answer is empty"));
}

#[test]
fn answer_comes_from_the_command_line_stdin_or_a_file_alike() {
    let place = Place::new();
    let args = ["score", "one.pupil", "--json"];
    let want = place.pupil(args.into_iter().chain([GOOD]));
    let with_mark = place.write("marked.txt", format!("\u{feff}{GOOD}\n"));
    place.write("answer.txt", format!("{GOOD}\r\n"));
    assert_eq!(place.pupil_with_stdin(args.into_iter().chain(["-"]), GOOD.as_bytes()).ok(), want.ok());
    assert_eq!(place.pupil(args.into_iter().chain(["--answer-file", "answer.txt"])).ok(), want.ok());
    let marked = place.pupil(args.into_iter().chain(["--answer-file", with_mark.to_str().unwrap()]));
    assert_eq!(marked.ok(), want.ok());
}

#[test]
fn built_in_model_scores_without_a_file() {
    let place = Place::new();
    let tasks = place.pupil(["tasks", "--json"]).json();
    let task = tasks.as_array().unwrap().iter().find(|task| task["input"] == "answer").unwrap();
    let id = task["id"].as_str().unwrap();
    let score = place.pupil(["score", "--task", id, "--json", "He did not know that it was a joke."]).json();
    assert_eq!(score["labels"].as_array().unwrap().len(), task["labels"].as_array().unwrap().len());
}

#[test]
fn missing_file_is_named() {
    let place = Place::new();
    let ran = place.pupil(["score", "nowhere.pupil", "-t", "balloons", GOOD]);
    assert!(ran.failed(3).contains("there is no file nowhere.pupil"), "{ran:?}");
    let ran = place.pupil(["score", "one.pupil", "--answer-file", "nowhere.txt"]);
    assert!(ran.failed(3).contains("cannot read nowhere.txt: no such file"), "{ran:?}");
}

#[test]
fn file_that_is_no_model_is_told_from_a_damaged_one() {
    let place = Place::new();
    place.write("notes.pupil", "These are notes of a lesson, and no model at all.");
    let ran = place.pupil(["score", "notes.pupil", GOOD]);
    assert!(ran.failed(4).contains("notes.pupil is not a .pupil file"), "{ran:?}");
    let mut bytes = std::fs::read(place.path("one.pupil")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    place.write("bent.pupil", bytes);
    let ran = place.pupil(["score", "bent.pupil", GOOD]);
    assert!(ran.failed(5).contains("bent.pupil is damaged"), "{ran:?}");
    assert!(ran.stderr.contains("fetch or copy the file again"));
}

#[test]
fn unknown_task_lists_the_known_ones() {
    let place = Place::new();
    let ran = place.pupil(["score", "many.pupil", "--task", "baloons", GOOD]);
    let message = ran.failed(7);
    assert!(
        message.contains(
            "test model does not have the task that is asked for; it has: balloons, claim, rubric, compare"
        ),
        "{message}"
    );
    let ran = place.pupil(["score", "many.pupil", GOOD]);
    let message = ran.failed(7);
    assert!(message.contains("name one with --task; it has: balloons, claim, rubric, compare"), "{message}");
}

#[test]
fn empty_answer_is_refused() {
    let place = Place::new();
    for answer in ["", "  \n\t"] {
        assert!(place.pupil(["score", "one.pupil", answer]).failed(8).contains("the answer is empty"));
    }
    assert!(place.pupil(["score", "one.pupil", "-"]).failed(8).contains("the answer is empty"));
    place.write("empty.txt", "");
    let ran = place.pupil(["score", "one.pupil", "--answer-file", "empty.txt"]);
    assert!(ran.failed(8).contains("the answer is empty"));
}

#[test]
fn answer_of_a_megabyte_is_refused_and_not_repeated() {
    let place = Place::new();
    let answer = "balloon ".repeat(131_072);
    assert_eq!(answer.len(), 1 << 20);
    place.write("long.txt", &answer);
    for ran in [
        place.pupil(["score", "one.pupil", "--answer-file", "long.txt"]),
        place.pupil_with_stdin(["score", "one.pupil", "-"], answer.as_bytes()),
    ] {
        let message = ran.failed(8);
        assert!(message.contains("the answer is too long: it has more than 65536 bytes"), "{message}");
        assert!(!message.contains("balloon"));
    }
    place.write("longest.txt", &answer[..65_536]);
    place.pupil(["score", "one.pupil", "--answer-file", "longest.txt"]).ok();
}

#[test]
fn bytes_that_are_not_utf_8_are_placed() {
    let place = Place::new();
    let latin1 = b"the w\xe4rm air";
    let ran = place.pupil_with_stdin(["score", "one.pupil", "-"], latin1);
    assert!(ran.failed(8).contains("the answer is not UTF-8: byte 5 does not fit"), "{ran:?}");
    assert!(!ran.stderr.contains("rm air"), "no answer text in a message");
    place.write("utf16.txt", b"\xff\xfet\0h\0e\0");
    let ran = place.pupil(["score", "one.pupil", "--answer-file", "utf16.txt"]);
    assert!(ran.failed(8).contains("begins like UTF-16"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn argument_that_is_not_utf_8_is_placed() {
    use std::os::unix::ffi::OsStrExt;

    let place = Place::new();
    let bad = std::ffi::OsStr::from_bytes(b"warm \xff air");
    let ran = place.pupil([std::ffi::OsStr::new("score"), std::ffi::OsStr::new("one.pupil"), bad]);
    assert!(ran.failed(8).contains("byte 5 does not fit"), "{ran:?}");
}

#[test]
fn wrong_usage_is_told_from_a_wrong_answer() {
    let place = Place::new();
    let ran = place.pupil(["score", "one.pupil"]);
    assert!(ran.failed(2).contains("one.pupil was taken for the model; put the answer after it"), "{ran:?}");
    assert!(place.pupil(["score"]).failed(2).contains("no answer is given"));
    let ran = place.pupil(["score", "one.pupil", "answer", "--answer-file", "answer.txt"]);
    assert!(ran.failed(2).contains("the answer is given twice"), "{ran:?}");
    place.pupil(["score", "one.pupil", "two", "three"]).failed(2);
    place.pupil(["grade"]).failed(2);
}

#[test]
fn help_lists_the_exit_codes() {
    let place = Place::new();
    let ran = place.pupil(["--help"]);
    for code in 0..=9 {
        assert!(ran.ok().contains(&format!("\n  {code}  ")), "exit code {code} is missing");
    }
}

#[test]
fn experts_are_shown_on_request() {
    let place = Place::new();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/mixtures.pupil");
    let ran = place.pupil(["score", golden, "--task", "chosen", "--experts", "warm air needs room"]);
    let text = ran.ok();
    assert!(text.contains("Experts of block 1\n") && !text.contains("block 2"), "{text}");
    let json = place
        .pupil(["score", golden, "--task", "chosen", "--experts", "--json", "warm air needs room"])
        .json();
    let weights: Vec<f64> =
        json["experts"][0].as_array().unwrap().iter().map(|w| w.as_f64().unwrap()).collect();
    assert_eq!(weights.len(), 5);
    assert_eq!(weights.iter().filter(|w| **w > 0.0).count(), 2, "two of five experts run");
    assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-6);
    let plain = place.pupil(["score", golden, "--task", "chosen", "--json", "warm air needs room"]).json();
    assert!(plain.get("experts").is_none());
    assert_eq!(plain["labels"], json["labels"]);

    let ran = place.pupil(["score", golden, "--task", "most", "--experts", "warm air"]);
    assert!(ran.failed(2).contains("the task most has no experts; leave --experts out"));
}

#[test]
fn reference_alone_asks_the_built_in_science_model() {
    let place = Place::new();
    let reference = "The bulb is not in a closed path with the battery.";
    let score = place.pupil(["score", "--json", "--reference", reference, reference]).json();
    assert_eq!((score["model"].as_str(), score["task"].as_str()), (Some("science"), Some("science")));
    let awarded: Vec<&str> = score["labels"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|label| label["awarded"] == true)
        .map(|label| label["name"].as_str().unwrap())
        .collect();
    assert_eq!(awarded, ["correct"], "{score}");
    // Its other task is known by name, and the model without references still answers to its own.
    let other =
        place.pupil(["score", "--json", "-t", "circuits", "--reference", reference, reference]).json();
    assert_eq!(other["labels"].as_array().unwrap().len(), 5);
    let ran = place.pupil(["score", "-t", "mindca-ss_burglar", "--reference", reference, GOOD]);
    assert!(ran.failed(2).contains("reads the answer alone"), "{ran:?}");
    let ran = place.pupil(["score", "-t", "science", GOOD]);
    assert!(ran.failed(2).contains("name it with --reference"), "{ran:?}");
}

#[test]
fn table_with_references_asks_the_built_in_science_model() {
    let place = Place::new();
    place.write("class.csv", "text,reference\nIt floats.,It floats on water.\n");
    place.pupil(["score", "--csv", "class.csv", "--out", "scored.csv"]).ok();
    let header = place.read("scored.csv").lines().next().unwrap().to_owned();
    assert!(header.contains("p_correct,p_contradictory,p_incorrect"), "{header}");
    // A table with a column of tasks asks the model that has the first of them.
    place.write("class.csv", "task,text,reference\ncircuits,It floats.,It floats on water.\n");
    place.pupil(["score", "--csv", "class.csv", "--out", "scored.csv"]).ok();
    let header = place.read("scored.csv").lines().next().unwrap().to_owned();
    assert!(header.contains("p_non_domain"), "{header}");
    place.write("class.csv", "task,text\nunheard-of,It floats.\n");
    let ran = place.pupil(["score", "--csv", "class.csv", "--out", "again.csv"]);
    let message = ran.failed(7);
    assert!(
        message.contains(
            "(line 2 of class.csv): no built-in model has the task that is asked for; they have: mindca-"
        ),
        "{message}"
    );
    assert!(message.contains("science"), "{message}");
}
