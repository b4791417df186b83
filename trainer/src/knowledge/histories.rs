//! Students' answers in the order in which they were given.

use crate::random;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The answers of many students, and what is known about the questions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histories {
    /// Ids of the questions.
    pub questions: Vec<String>,
    /// Ids of the skills.
    pub skills: Vec<String>,
    /// Names of the skills for people; empty where the id will do.
    pub skill_names: Vec<String>,
    /// Places of the skills that each question asks for, ascending.
    pub question_skills: Vec<Vec<usize>>,
    /// The students.
    pub students: Vec<Student>,
}

/// A student's answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Student {
    /// The student's id.
    pub id: String,
    /// Answers, the first first.
    pub answers: Vec<Answer>,
}

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Place of the question; the number of questions for one that is not known.
    pub question: usize,
    /// Whether the answer is right.
    pub correct: bool,
}

impl Histories {
    /// Answers of all students.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.students.iter().map(|student| student.answers.len()).sum()
    }

    /// Skills of a question; none for one that is not known.
    #[must_use]
    pub fn skills_of(&self, question: usize) -> &[usize] {
        self.question_skills.get(question).map_or(&[], Vec::as_slice)
    }

    /// The same questions with some of the students.
    #[must_use]
    pub fn with(&self, students: Vec<Student>) -> Self {
        Self { students, ..self.without_students() }
    }

    fn without_students(&self) -> Self {
        Self {
            questions: self.questions.clone(),
            skills: self.skills.clone(),
            skill_names: self.skill_names.clone(),
            question_skills: self.question_skills.clone(),
            students: Vec::new(),
        }
    }

    /// Training and validation students: every student is in one of `folds` parts, and part `fold` validates.
    ///
    /// # Panics
    ///
    /// When `folds` is 0.
    #[must_use]
    pub fn split(&self, folds: usize, fold: usize, seed: u64) -> (Self, Self) {
        let order = random::permutation(self.students.len(), seed);
        let (mut train, mut validation) = (Vec::new(), Vec::new());
        for (place, student) in order.into_iter().enumerate() {
            let part = if place % folds == fold { &mut validation } else { &mut train };
            part.push(self.students[student].clone());
        }
        (self.with(train), self.with(validation))
    }

    /// Adds what a table of questions says about skills: JSON Lines with `question` (or `question_id`) and `skills`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has a question twice.
    pub fn read_questions(path: &Path) -> Result<Self> {
        let text = read(path)?;
        let mut all = Self::default();
        let (mut skills, mut seen) = (Names::default(), HashMap::new());
        for (line, value) in lines(&text, path)? {
            let place = || format!("{}, line {line}", path.display());
            let id = id_of(value.get("question").or_else(|| value.get("question_id"))).with_context(place)?;
            let id = id.with_context(|| format!("{}: a question needs an id", place()))?;
            ensure!(seen.insert(id.clone(), line).is_none(), "{}: duplicate question", place());
            let mut own: Vec<usize> = skills_of(&value, &mut skills).with_context(place)?;
            own.sort_unstable();
            own.dedup();
            all.questions.push(id);
            all.question_skills.push(own);
        }
        ensure!(!all.questions.is_empty(), "{} has no questions", path.display());
        all.skill_names = vec![String::new(); skills.list.len()];
        all.skills = skills.list;
        Ok(all)
    }

    /// Names of skills for people: JSON Lines with `skill` (or `skill_id`) and `name`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn read_skill_names(&mut self, path: &Path) -> Result<()> {
        let text = read(path)?;
        for (line, value) in lines(&text, path)? {
            let place = || format!("{}, line {line}", path.display());
            let id = id_of(value.get("skill").or_else(|| value.get("skill_id"))).with_context(place)?;
            let at = id.and_then(|id| self.skills.iter().position(|skill| *skill == id));
            if let (Some(at), Some(name)) = (at, value.get("name").and_then(Value::as_str)) {
                name.clone_into(&mut self.skill_names[at]);
            }
        }
        Ok(())
    }

    /// Reads answers. JSON Lines have a student a line (`id`, `questions`, `correct`, where a question may be null) or
    /// an answer a line, CSV an answer a line: `student`, `question`, `correct` and optionally `skills` and `time`.
    /// Answers of a student are ordered by `time`, if there is one. With `known` questions, others become unknown ones;
    /// without, the questions are those of the file. A line of the form `id`, `skills`, `correct` with one skill an
    /// answer makes each skill a question.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not of such a form, or no answer is to a known question.
    pub fn read(path: &Path, known: Option<&Self>) -> Result<Self> {
        let text = read(path)?;
        let mut rows = if path.extension().is_some_and(|e| e == "csv") {
            csv_rows(&text, path)?
        } else {
            let lines = lines(&text, path)?;
            if lines.first().is_some_and(|(_, value)| value.get("correct").is_some_and(Value::is_array)) {
                sequence_rows(&lines, path)?
            } else {
                let table = lines.iter().map(|(line, value)| row_of(value, *line, path));
                table.collect::<Result<_>>()?
            }
        };
        ensure!(!rows.is_empty(), "{} has no answers", path.display());
        let mut all = known.map_or_else(|| of_rows(&rows, path), |known| Ok(known.without_students()))?;
        let places: HashMap<String, usize> =
            all.questions.iter().enumerate().map(|(place, id)| (id.clone(), place)).collect();
        let mut students = Names::default();
        rows.iter_mut().for_each(|row| row.place = students.place(&row.student));
        // Stable, so that answers without a time, or of one time, stay in the order of the file.
        rows.sort_by(|a, b| a.place.cmp(&b.place).then(a.time.total_cmp(&b.time)));
        all.students = students.list.into_iter().map(|id| Student { id, answers: Vec::new() }).collect();
        for row in rows {
            let place = row.question.as_ref().and_then(|id| places.get(id));
            let question = place.copied().unwrap_or(all.questions.len());
            all.students[row.place].answers.push(Answer { question, correct: row.correct });
        }
        let known = all.students.iter().flat_map(|s| &s.answers).any(|a| a.question < all.questions.len());
        ensure!(known, "{}: no answer is to one of the {} questions", path.display(), all.questions.len());
        Ok(all)
    }

    /// Pairs of questions whose second row repeats the first: where data sets list an answer to a question of two
    /// skills once for each. Such are the pairs of different questions that follow each other at least `least` times
    /// after a right answer and as often after a wrong one, with the same result in at least the share `agreement` of
    /// either. Right answers alone would not do: who moves on to the next skill has mostly answered right and goes on
    /// so.
    #[must_use]
    pub fn expanded_pairs(&self, least: usize, agreement: f64) -> Vec<(usize, usize)> {
        let mut counts: BTreeMap<(usize, usize), [(usize, usize); 2]> = BTreeMap::new();
        for pair in self.students.iter().flat_map(|student| student.answers.windows(2)) {
            if pair[0].question != pair[1].question {
                let entry = counts.entry((pair[0].question, pair[1].question)).or_default();
                let entry = &mut entry[usize::from(pair[0].correct)];
                entry.0 += 1;
                entry.1 += usize::from(pair[0].correct == pair[1].correct);
            }
        }
        let expanded = |(n, same): (usize, usize)| n >= least && same as f64 >= agreement * n as f64;
        counts.into_iter().filter(|(_, count)| count.iter().all(|c| expanded(*c))).map(|(p, _)| p).collect()
    }

    /// Lists of questions that stand for one question in at least `least` places: see [`Self::expanded_pairs`].
    #[must_use]
    pub fn composites(&self, pairs: &[(usize, usize)], least: usize) -> Vec<Vec<usize>> {
        let mut counts: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for student in &self.students {
            for run in runs(&student.answers, pairs).filter(|run| run.len() > 1) {
                *counts.entry(run.iter().map(|row| row.question).collect()).or_default() += 1;
            }
        }
        counts.into_iter().filter(|(_, n)| *n >= least).map(|(questions, _)| questions).collect()
    }

    /// Makes one row of rows that repeat each other: an answer to a question of its own for each of the `composites`,
    /// to the first question of the rows otherwise. A composite has the skills of all its questions, and their ids
    /// joined by `+`. Returns the number of rows that were left out.
    ///
    /// # Errors
    ///
    /// When the id of a composite is that of another question.
    pub fn merge_expanded(&mut self, pairs: &[(usize, usize)], composites: &[Vec<usize>]) -> Result<usize> {
        let (before, known) = (self.answers(), self.questions.len());
        for composite in composites {
            let ids: Vec<&str> = composite.iter().map(|place| self.questions[*place].as_str()).collect();
            let id = ids.join("+");
            ensure!(
                !self.questions[..known].contains(&id),
                "a question is named like several others together, joined by `+`: rename it, or set `data.expanded` to \
                 \"drop\""
            );
            let mut skills: Vec<usize> =
                composite.iter().flat_map(|place| &self.question_skills[*place]).copied().collect();
            skills.sort_unstable();
            skills.dedup();
            self.questions.push(id);
            self.question_skills.push(skills);
        }
        let unknown = self.questions.len();
        for student in &mut self.students {
            let rows = std::mem::take(&mut student.answers);
            let one = |run: &[Answer]| {
                let composite = composites.iter().position(|composite| {
                    composite.len() == run.len()
                        && composite.iter().zip(run).all(|(q, row)| *q == row.question)
                });
                let first = if run[0].question == known { unknown } else { run[0].question };
                Answer { question: composite.map_or(first, |place| known + place), correct: run[0].correct }
            };
            student.answers = runs(&rows, pairs).map(one).collect();
        }
        Ok(before - self.answers())
    }
}

/// Rows that repeat the one before: see [`Histories::expanded_pairs`].
fn runs<'a>(rows: &'a [Answer], pairs: &'a [(usize, usize)]) -> impl Iterator<Item = &'a [Answer]> {
    rows.chunk_by(|a, b| a.correct == b.correct && pairs.contains(&(a.question, b.question)))
}

/// An answer in a file.
#[derive(Debug, Default)]
struct Row {
    student: String,
    question: Option<String>,
    skills: Vec<String>,
    correct: bool,
    time: f64,
    place: usize,
}

/// Names in the order in which they occur first.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    places: HashMap<String, usize>,
}

impl Names {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.places.insert(name.to_owned(), self.list.len());
        self.list.push(name.to_owned());
        self.list.len() - 1
    }
}

pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

pub(super) fn lines(text: &str, path: &Path) -> Result<Vec<(usize, Value)>> {
    let parse = |(n, line): (usize, &str)| {
        let value: Value = serde_json::from_str(line).map_err(|e| {
            anyhow::anyhow!("{}, line {}: not JSON, column {}", path.display(), n + 1, e.column())
        })?;
        ensure!(value.is_object(), "{}, line {}: not a JSON object", path.display(), n + 1);
        Ok((n + 1, value))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect()
}

/// An id as text: a text or a number. None where it is null or missing.
pub(super) fn id_of(value: Option<&Value>) -> Result<Option<String>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => Ok(Some(id.clone())),
        Some(Value::Number(id)) => Ok(Some(id.to_string())),
        Some(_) => bail!("an id is neither a text nor a number"),
    }
}

fn skill_list(value: &Value) -> Result<Vec<String>> {
    let list = match value.get("skills") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(Value::String(joined)) => return Ok(separated(joined)),
        Some(_) => bail!("`skills` is neither a list nor a text"),
    };
    list.iter().map(|skill| id_of(Some(skill))?.context("a skill is null")).collect()
}

fn skills_of(value: &Value, names: &mut Names) -> Result<Vec<usize>> {
    Ok(skill_list(value)?.iter().map(|skill| names.place(skill)).collect())
}

fn separated(joined: &str) -> Vec<String> {
    joined.split(';').map(str::trim).filter(|skill| !skill.is_empty()).map(str::to_owned).collect()
}

/// Whether an answer is right: true or false, or a number of which 0 is wrong and 1 is right.
fn correct_of(value: Option<&Value>) -> Result<bool> {
    match value {
        Some(Value::Bool(correct)) => Ok(*correct),
        Some(Value::Number(n)) if n.as_f64() == Some(0.0) => Ok(false),
        Some(Value::Number(n)) if n.as_f64() == Some(1.0) => Ok(true),
        _ => bail!("`correct` is none of 0, 1, true and false"),
    }
}

fn row_of(value: &Value, line: usize, path: &Path) -> Result<Row> {
    let place = || format!("{}, line {line}", path.display());
    let student = id_of(value.get("student").or_else(|| value.get("id"))).with_context(place)?;
    Ok(Row {
        student: student.with_context(|| format!("{}: an answer needs a `student`", place()))?,
        question: id_of(value.get("question").or_else(|| value.get("question_id"))).with_context(place)?,
        skills: skill_list(value).with_context(place)?,
        correct: correct_of(value.get("correct")).with_context(place)?,
        time: value.get("time").and_then(Value::as_f64).unwrap_or(0.0),
        place: 0,
    })
}

fn sequence_rows(lines: &[(usize, Value)], path: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (line, value) in lines {
        let place = || format!("{}, line {line}", path.display());
        let student = id_of(value.get("student").or_else(|| value.get("id"))).with_context(place)?;
        let student = student.with_context(|| format!("{}: a student needs an `id`", place()))?;
        let list = |name: &str| value.get(name).and_then(Value::as_array);
        let asked = list("questions").or_else(|| list("skills"));
        let asked = asked.with_context(|| format!("{}: neither `questions` nor `skills`", place()))?;
        let correct = list("correct").with_context(|| format!("{}: `correct` is no list", place()))?;
        ensure!(
            asked.len() == correct.len(),
            "{}: {} questions and {} results",
            place(),
            asked.len(),
            correct.len()
        );
        let is_skill = list("questions").is_none();
        for (question, correct) in asked.iter().zip(correct) {
            let question = id_of(Some(question)).with_context(place)?;
            rows.push(Row {
                student: student.clone(),
                skills: if is_skill { question.iter().cloned().collect() } else { Vec::new() },
                question,
                correct: correct_of(Some(correct)).with_context(place)?,
                ..Row::default()
            });
        }
    }
    Ok(rows)
}

fn csv_rows(text: &str, path: &Path) -> Result<Vec<Row>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().with_context(|| path.display().to_string())?.clone();
    let column = |name: &str| header.iter().position(|have| have.trim() == name);
    let needed = |name: &str| {
        let have = header.iter().collect::<Vec<_>>().join(", ");
        column(name).with_context(|| format!("{} has no column `{name}`, it has {have}", path.display()))
    };
    let (student, question, correct) = (needed("student")?, needed("question")?, needed("correct")?);
    let (skills, time) = (column("skills"), column("time"));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.with_context(|| path.display().to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        let result = match field(correct) {
            "1" | "1.0" | "true" => true,
            "0" | "0.0" | "false" => false,
            _ => bail!("{}, line {line}: `correct` is none of 0, 1, true and false", path.display()),
        };
        let time = match time.map(field) {
            None | Some("") => 0.0,
            Some(time) => time
                .parse()
                .ok()
                .filter(|time: &f64| time.is_finite())
                .with_context(|| format!("{}, line {line}: `time` is not a number", path.display()))?,
        };
        rows.push(Row {
            student: field(student).to_owned(),
            question: Some(field(question)).filter(|id| !id.is_empty()).map(str::to_owned),
            skills: skills.map(|at| separated(field(at))).unwrap_or_default(),
            correct: result,
            time,
            place: 0,
        });
    }
    Ok(rows)
}

/// Questions and skills as the answers name them.
fn of_rows(rows: &[Row], path: &Path) -> Result<Histories> {
    let (mut questions, mut skills) = (Names::default(), Names::default());
    let mut question_skills: Vec<Vec<usize>> = Vec::new();
    for row in rows {
        let Some(id) = &row.question else { continue };
        let place = questions.place(id);
        if place == question_skills.len() {
            let mut own: Vec<usize> = row.skills.iter().map(|skill| skills.place(skill)).collect();
            own.sort_unstable();
            own.dedup();
            question_skills.push(own);
        }
    }
    ensure!(
        !skills.list.is_empty(),
        "{}: no answer names a skill; add a column `skills`, or a table of questions (`data.questions`)",
        path.display()
    );
    Ok(Histories {
        questions: questions.list,
        skill_names: vec![String::new(); skills.list.len()],
        skills: skills.list,
        question_skills,
        students: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn written(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    const CSV: &str = "student,question,skills,correct,time\n\
        ann,q1,add,1,20\nbob,q2,add;carry,0,1\nann,q2,add;carry,0,10\nbob,q1,add,1,2\n";

    #[test]
    fn all_forms_give_the_same_histories() {
        let folder = tempfile::tempdir().unwrap();
        let csv = Histories::read(&written(&folder, "a.csv", CSV), None).unwrap();
        let answer = |question, correct| Answer { question, correct };
        assert_eq!((csv.questions.len(), csv.skills.len(), csv.answers()), (2, 2, 4));
        assert_eq!(csv.students[0].answers, [answer(1, false), answer(0, true)]);
        assert_eq!(csv.question_skills, [vec![0], vec![0, 1]]);
        let lines = r#"{"student":"ann","question":"q1","skills":["add"],"correct":true,"time":20}
{"student":"bob","question":"q2","skills":["add","carry"],"correct":0,"time":1}
{"student":"ann","question":"q2","skills":["add","carry"],"correct":0,"time":10}
{"student":"bob","question":"q1","skills":"add","correct":1,"time":2}
"#;
        assert_eq!(Histories::read(&written(&folder, "b.jsonl", lines), None).unwrap(), csv);
        let questions = r#"{"question_id":"q1","skills":["add"]}
{"question_id":"q2","skills":["add","carry"]}"#;
        let questions = Histories::read_questions(&written(&folder, "q.jsonl", questions)).unwrap();
        let sequences = r#"{"id":"ann","questions":["q2","q1"],"correct":[0,1]}
{"id":"bob","questions":["q2","q1"],"correct":[0,1]}"#;
        let sequences = written(&folder, "c.jsonl", sequences);
        assert_eq!(Histories::read(&sequences, Some(&questions)).unwrap(), csv);
    }

    #[test]
    fn unknown_questions_stay_in_the_sequence() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"id":1,"skills":[7,null,8,7],"correct":[1,0,1,true]}"#;
        let all = Histories::read(&written(&folder, "a.jsonl", text), None).unwrap();
        let places: Vec<usize> = all.students[0].answers.iter().map(|answer| answer.question).collect();
        assert_eq!((places, all.skills.len(), all.students[0].id.as_str()), (vec![0, 2, 1, 0], 2, "1"));
    }

    #[test]
    fn files_that_are_wrong_are_refused_with_the_line_and_without_their_text() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text, said) in [
            ("a.csv", "student,question\nx,y\n", "no column `correct`, it has student, question"),
            ("b.csv", "student,question,skills,correct\nann,secret,s,2\n", "line 2: `correct` is none of"),
            ("c.csv", "student,question,skills,correct,time\nann,secret,s,1,noon\n", "line 2: `time` is not"),
            ("d.csv", "student,question,correct\nann,secret,1\n", "no answer names a skill"),
            ("e.csv", "student,question,skills,correct\n", "has no answers"),
            ("a.jsonl", "{\"id\": 1}\nsecret\n", "line 2: not JSON"),
            ("b.jsonl", r#"{"id":1,"skills":[1,2],"correct":[1]}"#, "line 1: 2 questions and 1 results"),
            ("c.jsonl", r#"{"id":1,"skills":[[1]],"correct":[1]}"#, "neither a text nor a number"),
            ("d.jsonl", r#"{"question":"secret","correct":1}"#, "line 1: an answer needs a `student`"),
            ("e.jsonl", r#"{"student":"x","question":"secret"}"#, "`correct` is none of"),
            ("f.jsonl", "[1]", "line 1: not a JSON object"),
        ] {
            let error = Histories::read(&written(&folder, name, text), None).unwrap_err();
            let message = format!("{error:#}");
            assert!(message.contains(said) && !message.contains("secret"), "{name}: {message}");
        }
    }

    #[test]
    fn students_are_in_one_part_only() {
        let students = (0..23).map(|n| Student { id: n.to_string(), answers: Vec::new() }).collect();
        let all = Histories { students, ..Histories::default() };
        let mut seen = Vec::new();
        for fold in 0..5 {
            let (train, validation) = all.split(5, fold, 3);
            assert_eq!(train.students.len() + validation.students.len(), 23);
            assert!(train.students.iter().all(|student| !validation.students.contains(student)));
            seen.extend(validation.students.into_iter().map(|student| student.id));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 23);
    }

    #[test]
    fn rows_of_expanded_pairs_are_found_and_become_one() {
        // Questions 0 and 1 are one question of two skills; 2 follows 1 with any result, and 0 follows 2 after right
        // answers alone.
        let answer = |question, correct| Answer { question, correct };
        let mut students: Vec<Student> = (0..60)
            .map(|n| Student {
                id: n.to_string(),
                answers: vec![answer(0, n % 2 == 0), answer(1, n % 2 == 0), answer(2, n % 3 == 0)],
            })
            .collect();
        let right =
            |n: usize| Student { id: format!("r{n}"), answers: vec![answer(2, true), answer(0, true)] };
        students.extend((0..60).map(right));
        students.push(Student {
            id: "other".into(),
            answers: vec![answer(0, true), answer(1, false), answer(3, true)],
        });
        let all = Histories {
            questions: ["a", "b", "c"].map(String::from).into(),
            skills: ["x", "y"].map(String::from).into(),
            question_skills: vec![vec![0], vec![1], vec![0, 1]],
            students,
            ..Histories::default()
        };
        let pairs = all.expanded_pairs(20, 0.9);
        assert_eq!(pairs, [(0, 1)]);
        assert_eq!(all.expanded_pairs(32, 0.9), []);
        let composites = all.composites(&pairs, 60);
        assert_eq!((composites.as_slice(), all.composites(&pairs, 61).len()), (&[vec![0, 1]][..], 0));
        let mut dropped = all.clone();
        assert_eq!(dropped.merge_expanded(&pairs, &[]).unwrap(), 60);
        assert_eq!(dropped.students[0].answers, [answer(0, true), answer(2, true)]);
        let mut merged = all.clone();
        assert_eq!(merged.merge_expanded(&pairs, &composites).unwrap(), 60);
        assert_eq!(merged.students[0].answers, [answer(3, true), answer(2, true)]);
        assert_eq!((merged.questions[3].as_str(), &merged.question_skills[3]), ("a+b", &vec![0, 1]));
        // Rows with two results are two answers, and an unknown question stays unknown.
        assert_eq!(merged.students[120].answers, [answer(0, true), answer(1, false), answer(4, true)]);
        let mut named = all;
        named.questions[2] = "a+b".into();
        assert!(named.merge_expanded(&pairs, &composites).unwrap_err().to_string().contains("rename it"));
    }
}
