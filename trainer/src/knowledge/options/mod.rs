//! Which option of a question a student chooses, after MCQStudentBert (arXiv 2405.20079): a question is expanded into a
//! row for each of its options, 1 for the chosen one, and p = σ(head([vector of question and option; student])). In the
//! trainer alone: no file holds such a model. It was tried on made answers alone.

pub mod generate;
pub mod network;
pub mod run;

use super::histories::{id_of, lines, read as text_of};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// A question with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// The texts of the options.
    pub options: Vec<String>,
    /// Place of the right one.
    pub correct: usize,
}

/// An option that a student chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Place of the question.
    pub item: usize,
    /// Place of the option.
    pub option: usize,
}

/// Questions, and what students chose, the first answer first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The questions.
    pub items: Vec<Item>,
    /// For each student, the choices.
    pub students: Vec<Vec<Choice>>,
}

/// A row of the expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Place of the student.
    pub student: usize,
    /// Place of the answer.
    pub at: usize,
    /// Place of the question and the option among all pairs of these.
    pub pair: usize,
    /// Whether the student chose the option.
    pub chosen: bool,
}

impl Choices {
    /// Reads questions: JSON Lines with `question`, `text`, `options` (texts) and `correct`, the place of the right
    /// option from 0.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, a question is there twice, or has fewer than two options or no right one.
    pub fn read_items(path: &Path) -> Result<Vec<Item>> {
        let text = text_of(path)?;
        let (mut items, mut seen) = (Vec::new(), HashMap::new());
        for (line, value) in lines(&text, path)? {
            let place = || format!("{}, line {line}", path.display());
            let id = id_of(value.get("question")).with_context(place)?;
            let id = id.with_context(|| format!("{}: a question needs a `question`, its id", place()))?;
            ensure!(seen.insert(id.clone(), line).is_none(), "{}: duplicate question", place());
            let text = value.get("text").and_then(Value::as_str);
            let text = text.with_context(|| format!("{}: a question needs a `text`", place()))?;
            let list = value.get("options").and_then(Value::as_array);
            let options: Option<Vec<String>> =
                list.and_then(|list| list.iter().map(|option| Some(option.as_str()?.to_owned())).collect());
            let options = options.filter(|options| options.len() > 1);
            let options =
                options.with_context(|| format!("{}: `options` is no list of two or more texts", place()))?;
            let correct = value.get("correct").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            let correct = correct.filter(|correct| *correct < options.len()).with_context(|| {
                format!("{}: `correct` is not the place of one of {} options, from 0", place(), options.len())
            })?;
            items.push(Item { id, text: text.to_owned(), options, correct });
        }
        ensure!(!items.is_empty(), "{} has no questions", path.display());
        Ok(items)
    }

    /// Reads choices: CSV with `student`, `question` and `option`, the place of the chosen option from 0, in the order
    /// in which they were given.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, a column is missing, a question is not known or has no such option.
    pub fn read(items: &[Item], path: &Path) -> Result<Self> {
        let mut reader =
            csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
        let header = reader.headers().with_context(|| path.display().to_string())?.clone();
        let needed = |name: &str| {
            header.iter().position(|have| have.trim() == name).with_context(|| {
                let have = header.iter().collect::<Vec<_>>().join(", ");
                format!("{} has no column `{name}`, it has {have}", path.display())
            })
        };
        let (student, question, option) = (needed("student")?, needed("question")?, needed("option")?);
        let places: HashMap<&str, usize> =
            items.iter().enumerate().map(|(place, item)| (item.id.as_str(), place)).collect();
        let (mut students, mut of) = (Vec::<Vec<Choice>>::new(), HashMap::<String, usize>::new());
        for record in reader.records() {
            let record = record.with_context(|| path.display().to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let field = |at: usize| record.get(at).unwrap_or_default().trim();
            let item = places.get(field(question)).copied();
            let item = item.with_context(|| {
                format!("{}, line {line}: the question is none of the {} known", path.display(), items.len())
            })?;
            let count = items[item].options.len();
            let option: Option<usize> = field(option).parse().ok().filter(|option| *option < count);
            let option = option.with_context(|| {
                format!(
                    "{}, line {line}: `option` is not the place of one of {count} options, from 0",
                    path.display()
                )
            })?;
            let place = *of.entry(field(student).to_owned()).or_insert_with(|| {
                students.push(Vec::new());
                students.len() - 1
            });
            students[place].push(Choice { item, option });
        }
        ensure!(!students.is_empty(), "{} has no answers", path.display());
        Ok(Self { items: items.to_vec(), students })
    }

    /// For each question the place of its first option among all pairs of a question and an option; at last, how many
    /// pairs there are.
    #[must_use]
    pub fn pairs(&self) -> Vec<usize> {
        let mut starts = vec![0];
        for item in &self.items {
            starts.push(starts[starts.len() - 1] + item.options.len());
        }
        starts
    }

    /// A row for each option of each answered question.
    #[must_use]
    pub fn expanded(&self) -> Vec<Row> {
        let starts = self.pairs();
        let mut rows = Vec::new();
        for (student, choices) in self.students.iter().enumerate() {
            for (at, choice) in choices.iter().enumerate() {
                rows.extend((0..self.items[choice.item].options.len()).map(|option| Row {
                    student,
                    at,
                    pair: starts[choice.item] + option,
                    chosen: option == choice.option,
                }));
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: &str = r#"{"question": "q1", "text": "1/2 + 1/3?", "options": ["5/6", "2/5", "1/6"], "correct": 0}
{"question": "q2", "text": "2 · 3?", "options": ["5", "6"], "correct": 1}"#;

    #[test]
    fn questions_expand_into_their_options() {
        let folder = tempfile::tempdir().unwrap();
        let (items, answers) = (folder.path().join("q.jsonl"), folder.path().join("a.csv"));
        std::fs::write(&items, ITEMS).unwrap();
        std::fs::write(&answers, "student,question,option\nann,q2,0\nbob,q1,2\nann,q1,0\n").unwrap();
        let choices = Choices::read(&Choices::read_items(&items).unwrap(), &answers).unwrap();
        assert_eq!(choices.pairs(), [0, 3, 5]);
        let row = |student, at, pair, chosen| Row { student, at, pair, chosen };
        let want = [
            row(0, 0, 3, true),
            row(0, 0, 4, false),
            row(0, 1, 0, true),
            row(0, 1, 1, false),
            row(0, 1, 2, false),
            row(1, 0, 0, false),
            row(1, 0, 1, false),
            row(1, 0, 2, true),
        ];
        assert_eq!(choices.expanded(), want);
    }

    #[test]
    fn files_that_are_wrong_are_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        for (text, said) in [
            (r#"{"text": "secret"}"#, "line 1: a question needs a `question`"),
            (r#"{"question": 1}"#, "line 1: a question needs a `text`"),
            (r#"{"question": 1, "text": "t", "options": ["secret"]}"#, "`options` is no list of two or more"),
            (r#"{"question": 1, "text": "t", "options": [1, 2]}"#, "`options` is no list of two or more"),
            (
                r#"{"question": 1, "text": "t", "options": ["a", "b"], "correct": 2}"#,
                "`correct` is not the place of one of 2 options",
            ),
            ("", "has no questions"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", Choices::read_items(&path).unwrap_err());
            assert!(error.contains(said) && !error.contains("secret"), "{error}");
        }
        std::fs::write(&path, ITEMS).unwrap();
        let items = Choices::read_items(&path).unwrap();
        for (text, said) in [
            ("student,question\na,q1\n", "no column `option`, it has student, question"),
            ("student,question,option\na,secret,1\n", "line 2: the question is none of the 2 known"),
            (
                "student,question,option\na,q1,1\na,q2,2\n",
                "line 3: `option` is not the place of one of 2 options",
            ),
            ("student,question,option\n", "has no answers"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", Choices::read(&items, &path).unwrap_err());
            assert!(error.contains(said) && !error.contains("secret"), "{error}");
        }
    }
}
