//! Checks that every setting, option and command in a message exists.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use pupil_trainer::knowledge::recipe::KnowledgeRecipe;
use pupil_trainer::recipe::Recipe;
use serde::de::DeserializeOwned;

/// The tables of a recipe.
const TABLES: [&str; 12] = [
    "data",
    "negatives",
    "teacher",
    "label",
    "pupil",
    "distil",
    "ngram",
    "unimoe",
    "ensemble",
    "export",
    "evaluate",
    "robustness",
];

/// A recipe with every table that has settings.
const RECIPE: &str = r#"
name = "t"
seed = 1
[data]
name = "mine"
train = "a.csv"
validation = 0.1
held_out = 0.1
[teacher]
encoder = "none"
seeds = [1]
[label]
[pupil]
[distil]
lambdas = [1.0]
seeds = [1]
[distil.fit]
[ngram]
[unimoe]
encoder = "bert"
systems = ["unimoe"]
seeds = [1]
balance = 0.1
lambda = 0.1
export = "unimoe"
tasks = ["a"]
[unimoe.fit]
[unimoe.mixture]
[unimoe.adapt]
tasks = ["b"]
rehearsal = 1
[unimoe.adapt.fit]
[export]
[evaluate]
[negatives]
[robustness]
"#;

/// The tables of the recipe of a knowledge model.
const KNOWLEDGE_TABLES: [&str; 5] = ["data", "teacher_fit", "graph", "pupil", "fit"];

/// Such a recipe.
const KNOWLEDGE: &str = r#"
name = "t"
seed = 1
[data]
[data.generated]
"#;

/// The folder of the trainer whose messages are about recipes of knowledge models.
const KNOWLEDGE_FOLDER: &str = "src/knowledge";

/// The string literals of a Rust file that are messages: those with a space.
fn messages(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code = source.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            // A character literal, perhaps a quote, or a lifetime.
            let escaped = chars.next() == Some('\\');
            chars.nth(usize::from(escaped));
        } else if c == '"' {
            let mut text = String::new();
            while let Some(c) = chars.next().filter(|c| *c != '"') {
                let c = if c == '\\' { chars.next().filter(|c| !c.is_whitespace()) } else { Some(c) };
                text.extend(c);
            }
            if text.contains(' ') {
                found.push(text);
            }
        }
    }
    found
}

/// Every message of the sources under a folder.
fn all_messages(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with(KNOWLEDGE_FOLDER) {
                all_messages(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            found.extend(messages(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

/// The messages about models of texts.
fn messages_about_texts() -> Vec<String> {
    let mut found = Vec::new();
    all_messages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 300, "{} messages", found.len());
    found
}

/// Those about knowledge models.
fn messages_about_knowledge() -> Vec<String> {
    let mut found = Vec::new();
    all_messages(&Path::new(env!("CARGO_MANIFEST_DIR")).join(KNOWLEDGE_FOLDER), &mut found);
    assert!(found.len() > 30, "{} messages", found.len());
    found
}

fn words(message: &str) -> impl Iterator<Item = &str> {
    message
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))
        .map(|word| word.trim_end_matches(['.', '-']))
}

/// Whether a recipe has the setting: a value of the wrong type is refused because of its type, not its name.
fn exists<R: DeserializeOwned>(recipe: &str, setting: &str) -> bool {
    let mut recipe: toml::Table = recipe.parse().unwrap();
    let mut table = &mut recipe;
    let (parents, name) = setting.rsplit_once('.').unwrap();
    for part in parents.split('.') {
        let entry = table.entry(part).or_insert_with(|| toml::Table::new().into());
        // A setting inside a value that is not a table does not exist.
        let Some(inner) = entry.as_table_mut() else { return false };
        table = inner;
    }
    table.insert(name.to_owned(), toml::Value::Array(vec![toml::Value::Array(vec![true.into()])]));
    let text = toml::to_string(&recipe).unwrap();
    match toml::from_str::<R>(&text) {
        Ok(_) => true,
        Err(error) => !error.message().contains("unknown field"),
    }
}

/// The settings of these tables that messages name.
fn named(messages: &[String], tables: &[&str]) -> BTreeSet<String> {
    let of_table =
        |word: &&str| tables.iter().any(|t| word.strip_prefix(t).is_some_and(|rest| rest.starts_with('.')));
    messages.iter().flat_map(|message| words(message)).filter(of_table).map(str::to_owned).collect()
}

#[test]
fn every_setting_that_a_message_names_exists() {
    toml::from_str::<Recipe>(RECIPE).unwrap();
    let in_recipe = |setting: &str| exists::<Recipe>(RECIPE, setting);
    assert!(
        in_recipe("data.levels")
            && !in_recipe("data.level")
            && !in_recipe("unimoe.fit.rates")
            && !in_recipe("data.name.x")
    );
    let found = named(&messages_about_texts(), &TABLES);
    assert!(found.len() > 40, "{found:?}");
    let absent: Vec<_> = found.iter().filter(|setting| !in_recipe(setting)).collect();
    assert!(absent.is_empty(), "{absent:?}");

    let in_knowledge = |setting: &str| exists::<KnowledgeRecipe>(KNOWLEDGE, setting);
    assert!(in_knowledge("data.folds") && !in_knowledge("data.levels"));
    let found = named(&messages_about_knowledge(), &KNOWLEDGE_TABLES);
    assert!(found.contains("data.generated.test_students"), "{found:?}");
    let absent: Vec<_> = found.iter().filter(|setting| !in_knowledge(setting)).collect();
    assert!(absent.is_empty(), "{absent:?}");
}

#[test]
fn every_option_and_command_that_a_message_names_exists() {
    let program = env!("CARGO_BIN_EXE_pupil-train");
    let help = |arguments: &[&str]| {
        let output = Command::new(program).args(arguments).arg("--help").output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let top = help(&[]);
    let commands: Vec<&str> = top
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        // The further lines of a description have a deeper indent.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"distil") && commands.contains(&"import-onnx"), "{commands:?}");
    let mut known: BTreeSet<String> = BTreeSet::new();
    for text in commands.iter().map(|command| help(&[command])).chain([top.clone()]) {
        known.extend(words(&text).filter(|w| w.starts_with("--")).map(str::to_owned));
    }
    // Options of cargo, in commands that messages quote.
    known.extend(["--release", "--features"].map(str::to_owned));
    let mut absent = BTreeSet::new();
    for message in messages_about_texts().into_iter().chain(messages_about_knowledge()) {
        // Three dashes begin a card, and no option.
        let option =
            |word: &&str| word.strip_prefix("--").is_some_and(|name| name.starts_with(char::is_alphanumeric));
        for word in words(&message).filter(option) {
            if !known.contains(word) {
                absent.insert(word.to_owned());
            }
        }
        // Commands that a message tells people to run.
        for quoted in message.split("run `").skip(1).filter_map(|rest| rest.split('`').next()) {
            let command = quoted.strip_prefix("pupil-train ").unwrap_or(quoted);
            let command = command.split_whitespace().next().unwrap_or_default();
            if command != "cargo" && !commands.contains(&command) {
                absent.insert(quoted.to_owned());
            }
        }
    }
    assert!(absent.is_empty(), "{absent:?}");
}
