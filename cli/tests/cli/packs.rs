//! Task packs on the command line.

use crate::support::{TestDir, built_in};

const GOOD: &str = "the balloon gets bigger because warm air expands";

#[test]
fn task_of_a_pack_is_scored() {
    let dir = TestDir::new().with_pack();
    let score =
        dir.pupil(["score", "one.pupil", "--pack", "pack.pupil", "-t", "claim", "--json", GOOD]).json();
    assert_eq!((&score["model"], &score["task"]), (&"test model".into(), &"claim".into()));
    assert_eq!(score["labels"].as_array().unwrap().len(), 3);
    // The pack does not change the scores of the model's own tasks.
    let with = dir.pupil(["score", "one.pupil", "--pack", "pack.pupil", "-t", "balloons", GOOD]);
    assert_eq!(with.ok(), dir.pupil(["score", "one.pupil", GOOD]).ok());
    // If there are two tasks, one must be named.
    let ran = dir.pupil(["score", "one.pupil", "--pack", "pack.pupil", GOOD]);
    assert!(ran.failed(7).contains("it has: balloons, claim"), "{ran:?}");
}

#[test]
fn table_is_scored_on_tasks_of_model_and_pack() {
    let dir = TestDir::new().with_pack();
    dir.write("class.csv", format!("task,text\nclaim,{GOOD}\nballoons,{GOOD}\n"));
    dir.pupil(["score", "one.pupil", "--pack", "pack.pupil", "--csv", "class.csv", "--out", "out.csv"]).ok();
    let table = dir.read("out.csv");
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    assert!(header.contains(&"p_agrees") && header.contains(&"p_0"), "{table}");
    let ran = dir.pupil(["score", "one.pupil", "--csv", "class.csv", "--out", "again.csv"]);
    assert!(ran.failed(7).contains("does not have the requested task"), "{ran:?}");
}

#[test]
fn packs_are_listed_inspected_and_verified() {
    let dir = TestDir::new().with_pack();
    let ran = dir.pupil(["tasks", "one.pupil", "--pack", "pack.pupil"]);
    assert_eq!(
        ran.ok().lines().collect::<Vec<_>>(),
        ["balloons  0 to 2 points", "claim     one of agrees, disagrees, neither"]
    );
    let ran = dir.pupil(["inspect", "pack.pupil"]);
    for part in ["more questions\n", "pack for", "test model, blake3 ", "one of agrees, disagrees, neither"] {
        assert!(ran.ok().contains(part), "{part} is missing in:\n{}", ran.ok());
    }
    let seen = dir.pupil(["inspect", "pack.pupil", "--json"]).json();
    let hash = dir.pupil(["inspect", "one.pupil", "--json"]).json()["blake3"].clone();
    assert_eq!(seen["manifest"]["base"]["blake3"], hash);
    let ran = dir.pupil(["verify", "pack.pupil"]);
    assert!(ran.ok().contains("a task pack for test model"), "{ran:?}");
}

#[test]
fn pack_given_as_a_model_or_without_its_model_is_explained() {
    let dir = TestDir::new().with_pack();
    let ran = dir.pupil(["score", "pack.pupil", GOOD]);
    assert!(ran.failed(2).contains("open that model and attach the pack to it"), "{ran:?}");
    let ran = dir.pupil(["score", "many.pupil", "--pack", "pack.pupil", "-t", "claim", GOOD]);
    assert!(
        ran.failed(2).contains("pack.pupil: the task pack more questions belongs to the model"),
        "{ran:?}"
    );
    let ran = dir.pupil(["score", "one.pupil", "--pack", "many.pupil", GOOD]);
    assert!(ran.failed(2).contains("is a whole model, not a task pack"), "{ran:?}");
    let ran = dir.pupil(["score", "one.pupil", "--pack", "gone.pupil", GOOD]);
    assert!(ran.failed(3).contains("there is no file gone.pupil"), "{ran:?}");
}

#[test]
fn pack_finds_the_built_in_model_that_it_was_made_for() {
    for model in ["mind-ca", "science"] {
        let dir = TestDir::new().with_pack_for(&built_in(model), "more questions");
        let score = dir.pupil(["score", "--pack", "pack.pupil", "-t", "claim", "--json", GOOD]).json();
        assert_eq!((score["model"].as_str(), score["task"].as_str()), (Some(model), Some("claim")));
        assert!(dir.pupil(["tasks", "--pack", "pack.pupil"]).ok().contains("agrees, disagrees, neither"));
    }
}

#[test]
fn names_in_files_cannot_send_control_sequences_to_the_terminal() {
    let dir = TestDir::new();
    let one = dir.path("one.pupil");
    let dir = dir.with_pack_for(&one, "\u{1b}[2Jnice\u{1b}]0;x\u{7}");
    let ran = dir.pupil(["score", "many.pupil", "--pack", "pack.pupil", "-t", "claim", GOOD]);
    assert!(ran.failed(2).contains("[2Jnice"), "{ran:?}");
    assert!(!ran.stderr.contains(['\u{1b}', '\u{7}']), "{ran:?}");
}
