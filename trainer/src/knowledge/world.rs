//! What is known about the questions before training: their skills, how easy they are, which skills are related.

use super::histories::Histories;
use super::network::World;
use super::texts;
use crate::model::pretrained::Encoders;
use anyhow::{Context, Result, ensure};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Answers that every question is given in addition, as right as all answers are on average.
const PRIOR: f64 = 5.0;

/// Where the graph of related skills comes from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "toml::Value")]
pub enum GraphSource {
    /// There is none.
    #[default]
    None,
    /// How often a question of one skill follows a question of another.
    Transitions,
    /// A table with the columns `from`, `to` and `weight`, such as a language model may write: ids of skills, and a
    /// number above 0.
    Csv(PathBuf),
    /// How alike the texts of the skills' questions are to an encoder: see [`texts::edges`].
    Texts {
        /// The texts: see [`texts::read`].
        texts: PathBuf,
        /// Name of the encoder, such as `sentence-transformers/all-MiniLM-L6-v2`.
        encoder: String,
        /// Related skills of each.
        nearest: usize,
    },
}

/// A graph as a recipe has it, if it is more than a word.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    csv: Option<PathBuf>,
    texts: Option<PathBuf>,
    encoder: Option<String>,
    nearest: Option<usize>,
}

impl TryFrom<toml::Value> for GraphSource {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        const FORMS: &str = "`graph` is \"none\", \"transitions\", { csv = \"FILE\" } or \
                             { texts = \"FILE\", encoder = \"NAME\" }";
        const NEAREST: usize = 5;
        match &value {
            toml::Value::String(name) if name == "none" => return Ok(Self::None),
            toml::Value::String(name) if name == "transitions" => return Ok(Self::Transitions),
            toml::Value::Table(_) => {}
            _ => return Err(FORMS.into()),
        }
        let table: Table =
            value.try_into().map_err(|e: toml::de::Error| format!("{}; {FORMS}", e.message()))?;
        match table {
            Table { csv: Some(path), texts: None, encoder: None, nearest: None } => Ok(Self::Csv(path)),
            Table { csv: None, texts: Some(texts), encoder: Some(encoder), nearest } => {
                let nearest = nearest.unwrap_or(NEAREST);
                if nearest == 0 {
                    return Err("`graph.nearest` is 0, at least 1 is needed".into());
                }
                Ok(Self::Texts { texts, encoder, nearest })
            }
            _ => Err(FORMS.into()),
        }
    }
}

/// Share of right answers to each question, those to unknown ones last.
#[must_use]
pub fn shares(histories: &Histories) -> Vec<f64> {
    let mut counts = vec![(0.0, 0.0); histories.questions.len() + 1];
    let (mut right, mut all) = (0.0, 0.0);
    for answer in histories.students.iter().flat_map(|student| &student.answers) {
        let hit = f64::from(u8::from(answer.correct));
        counts[answer.question].0 += hit;
        counts[answer.question].1 += 1.0;
        right += hit;
        all += 1.0;
    }
    let mean = (right + 1.0) / (all + 2.0);
    counts.into_iter().map(|(hits, n)| (hits + PRIOR * mean) / (n + PRIOR)).collect()
}

/// Makes the graph of related skills: `[skills, skills]`, the rows shares of related skills.
///
/// # Errors
///
/// When a file cannot be read or is not of the form, an encoder is missing, or candle fails.
pub fn graph(
    train: &Histories,
    source: &GraphSource,
    data: &Path,
    encoders: &Encoders,
) -> Result<Option<Tensor>> {
    let weights = match source {
        GraphSource::None => return Ok(None),
        GraphSource::Transitions => transitions(train),
        GraphSource::Csv(path) => edges(&data.join(path), train)?,
        GraphSource::Texts { texts, encoder, nearest } => {
            let path = data.join(texts);
            let read = texts::read(&path)?;
            let vectors = |texts: &[&str]| texts::vectors(encoders, encoder, texts);
            texts::edges(train, &read, *nearest, vectors).with_context(|| path.display().to_string())?
        }
    };
    let s = train.skills.len();
    Ok(Some(Tensor::from_vec(normalized(weights, s), (s, s), &Device::Cpu)?))
}

/// Makes what a network knows of questions from training answers and a graph.
///
/// # Errors
///
/// When candle fails.
pub fn world(train: &Histories, graph: Option<Tensor>) -> Result<World> {
    let (q, s) = (train.questions.len(), train.skills.len());
    let mut pooling = vec![0.0f32; (q + 1) * s];
    for (question, skills) in train.question_skills.iter().enumerate() {
        skills.iter().for_each(|skill| pooling[question * s + skill] = 1.0 / skills.len() as f32);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a logit of a few digits is enough")]
    let easiness = shares(train).iter().map(|p| (p / (1.0 - p)).ln() as f32).collect();
    Ok(World {
        questions: q,
        skills: s,
        question_skills: train.question_skills.clone(),
        pooling: Tensor::from_vec(pooling, (q + 1, s), &Device::Cpu)?,
        easiness,
        graph,
    })
}

/// `[skills, skills]`: how often a question of the column's skill follows one of the row's.
fn transitions(train: &Histories) -> Vec<f32> {
    let s = train.skills.len();
    let mut weights = vec![0.0; s * s];
    for pair in train.students.iter().flat_map(|student| student.answers.windows(2)) {
        for from in train.skills_of(pair[0].question) {
            for to in train.skills_of(pair[1].question).iter().filter(|to| *to != from) {
                weights[from * s + to] += 1.0;
            }
        }
    }
    weights
}

fn edges(path: &Path, train: &Histories) -> Result<Vec<f32>> {
    let s = train.skills.len();
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    let header = reader.headers().with_context(|| path.display().to_string())?.clone();
    let column = |name: &str| {
        let found = header.iter().position(|have| have.trim() == name);
        found.with_context(|| {
            let have = header.iter().collect::<Vec<_>>().join(", ");
            format!("{} has no column `{name}`, it has {have}", path.display())
        })
    };
    let (from, to, weight) = (column("from")?, column("to")?, column("weight")?);
    let mut weights = vec![0.0f32; s * s];
    let mut known = 0usize;
    for record in reader.records() {
        let record = record.with_context(|| path.display().to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        let value: f32 =
            field(weight).parse().ok().filter(|w: &f32| *w > 0.0 && w.is_finite()).with_context(|| {
                format!("{}, line {line}: `weight` is not a number above 0", path.display())
            })?;
        let place = |id: &str| train.skills.iter().position(|skill| skill == id);
        // A language model may name skills that the questions do not have.
        if let (Some(from), Some(to)) = (place(field(from)), place(field(to))) {
            weights[from * s + to] += value;
            known += 1;
        }
    }
    ensure!(known > 0, "{}: no row joins two of the {s} skills of the questions", path.display());
    Ok(weights)
}

/// Divides each row by its sum, where that is not 0.
fn normalized(mut weights: Vec<f32>, width: usize) -> Vec<f32> {
    for row in weights.chunks_mut(width) {
        let sum: f32 = row.iter().sum();
        if sum > 0.0 {
            row.iter_mut().for_each(|weight| *weight /= sum);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::super::histories::{Answer, Student};
    use super::*;

    fn three() -> Histories {
        let answers = [(0, true), (1, false), (0, true), (2, true), (3, false)];
        let answers = answers.map(|(question, correct)| Answer { question, correct }).into();
        Histories {
            questions: ["a", "b", "c"].map(String::from).into(),
            skills: ["x", "y", "z"].map(String::from).into(),
            question_skills: vec![vec![0], vec![1], vec![0, 2]],
            students: vec![Student { id: "1".into(), answers }],
            ..Histories::default()
        }
    }

    fn graph_of(source: &GraphSource, folder: &Path) -> Result<Vec<Vec<f32>>> {
        Ok(graph(&three(), source, folder, &Encoders::from(""))?.expect("there is one").to_vec2()?)
    }

    #[test]
    fn transitions_count_what_follows_and_rows_sum_to_1() {
        // x → y, y → x, x → z (question c asks for x as well, which is no step).
        let graph = graph_of(&GraphSource::Transitions, Path::new(".")).unwrap();
        assert_eq!(graph, [vec![0.0, 0.5, 0.5], vec![1.0, 0.0, 0.0], vec![0.0; 3]]);
    }

    #[test]
    fn a_table_of_edges_is_read_and_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            std::fs::write(folder.path().join("g.csv"), text).unwrap();
            graph_of(&GraphSource::Csv("g.csv".into()), folder.path())
        };
        let graph = read("from,to,weight\nx,y,1\nx,z,3\nx,unheard,9\n").unwrap();
        assert_eq!(graph[0], [0.0, 0.25, 0.75]);
        for (text, said) in [
            ("from,to\nx,y\n", "no column `weight`"),
            ("from,to,weight\nx,y,1\nx,z,0\n", "line 3: `weight` is not a number above 0"),
            ("from,to,weight\nu,v,1\n", "no row joins two of the 3 skills"),
        ] {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
        let error = graph_of(&GraphSource::Csv("none.csv".into()), folder.path()).unwrap_err();
        assert!(format!("{error:#}").contains("cannot read"));
    }

    #[test]
    fn questions_are_as_easy_as_their_answers_and_the_mean() {
        let shares = shares(&three());
        // (3 + 1) / (5 + 2) of all answers are right.
        let mean = 4.0 / 7.0;
        let want =
            [(2.0, 2.0), (0.0, 1.0), (1.0, 1.0), (0.0, 1.0)].map(|(r, n)| (r + 5.0 * mean) / (n + 5.0));
        assert!(shares.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{shares:?}");
    }
}
