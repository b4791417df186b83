//! The commands of the README, run on the built-in model.

use crate::support::TestDir;

/// The arguments after `cargo run --release --` in every command of the README.
fn commands() -> Vec<Vec<String>> {
    let readme = include_str!("../../../README.md");
    let lines = readme.lines().filter_map(|line| line.strip_prefix("cargo run --release -- "));
    lines.map(|line| arguments(line.split(" #").next().unwrap_or(line))).collect()
}

/// Splits a command at its spaces, except within double quotes.
fn arguments(line: &str) -> Vec<String> {
    let mut quoted = false;
    let cut = |c: char| {
        quoted ^= c == '"';
        c == ' ' && !quoted
    };
    line.split(cut).filter(|word| !word.is_empty()).map(|word| word.replace('"', "")).collect()
}

#[test]
fn every_command_of_the_readme_works() {
    let dir = TestDir::new();
    dir.write("class.csv", "text\nHe feared that the officer had come to arrest him.\n");
    dir.write("graded.csv", "text,points\nHe feared that the officer had come to arrest him.,2\nHe ran.,0\n");
    let commands = commands();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let ran = dir.pupil(&command);
        assert!(!ran.ok().is_empty(), "{command:?}");
    }
    assert!(dir.read("scored.csv").starts_with(
        "text,level,expected,confidence,decision,reason,words,unknown_words,truncated,repetitive,"
    ));
}
