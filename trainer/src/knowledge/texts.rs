//! Related skills by an encoder's view of the texts of their questions.

use super::histories::{self, Histories};
use crate::model::bert::Bert;
use crate::model::pretrained::Encoders;
use crate::model::{Batch, Encoder, Mode};
use crate::progress::Bar;
use anyhow::{Context, Result, ensure};
use candle_core::Device;
use std::collections::HashMap;
use std::path::Path;

/// Longer texts are cut.
const MAX_TOKENS: usize = 128;

/// Texts that are encoded together.
const BATCH: usize = 16;

/// A text, or a pair of which the encoder reads the first before the second.
pub trait Text {
    /// The first of a pair, and the text.
    fn parts(&self) -> (Option<&str>, &str);
}

impl Text for &str {
    fn parts(&self) -> (Option<&str>, &str) {
        (None, self)
    }
}

impl Text for (&str, &str) {
    fn parts(&self) -> (Option<&str>, &str) {
        (Some(self.0), self.1)
    }
}

/// Vectors of texts, or of pairs of texts, by a pretrained encoder: the means of their tokens' states, each of length
/// 1.
///
/// # Errors
///
/// When the encoder is missing or malformed.
pub fn vectors<T: Text>(encoders: &Encoders, name: &str, texts: &[T]) -> Result<Vec<Vec<f32>>> {
    let pretrained = encoders.open_first(name)?;
    let config = pretrained.config()?;
    let tokenizer = pretrained.tokenizer(MAX_TOKENS.min(config.longest()))?;
    let bert = Bert::new(config, rayon::current_num_threads())?;
    let parameters = bert.load(&mut pretrained.weights()?, false, &Device::Cpu)?;
    let bar = Bar::new("texts of questions".into());
    let mut all = Vec::with_capacity(texts.len());
    for chunk in texts.chunks(BATCH) {
        let mut batch = Batch::default();
        for text in chunk {
            let (first, second) = text.parts();
            let encoded = tokenizer.encode(first, second)?;
            batch.push(&encoded.ids, &encoded.segments);
        }
        let states = bert.forward(&parameters, &batch, Mode::Infer)?.to_vec2::<f32>()?;
        all.extend(states.into_iter().map(|vector| unit(&vector)));
        bar.set(all.len() as u64, texts.len() as u64, "");
    }
    bar.finish();
    Ok(all)
}

/// The vector with length 1; 0 stays.
fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    vector.iter().map(|v| if length > 0.0 { v / length } else { 0.0 }).collect()
}

/// Texts of questions: JSON Lines with `question` (or `question_id`) and `text`.
///
/// # Errors
///
/// When the file cannot be read, a line has no text, or a question is there twice.
pub fn read(path: &Path) -> Result<HashMap<String, String>> {
    let text = histories::read(path)?;
    let mut all = HashMap::new();
    for (line, value) in histories::lines(&text, path)? {
        let place = || format!("{}, line {line}", path.display());
        let id = histories::id_of(value.get("question").or_else(|| value.get("question_id")));
        let id = id.with_context(place)?.with_context(|| format!("{}: a question needs an id", place()))?;
        let text = value.get("text").and_then(serde_json::Value::as_str).map(str::trim);
        let text = text.filter(|text| !text.is_empty()).with_context(|| {
            format!(
                "{}: a question needs a `text`; without texts, set `graph` to \"transitions\" or to {{ csv = \"FILE\" }}",
                place()
            )
        })?;
        ensure!(all.insert(id, text.to_owned()).is_none(), "{}: duplicate question", place());
    }
    Ok(all)
}

/// `[skills, skills]`: for each skill the `nearest` others, weighted by the cosine of the mean vectors of their
/// questions, where it is above 0. `vector` gives the vectors of texts.
///
/// # Errors
///
/// When no question of two skills has a text, or the vectors cannot be made.
pub fn edges(
    train: &Histories,
    texts: &HashMap<String, String>,
    nearest: usize,
    vector: impl FnOnce(&[&str]) -> Result<Vec<Vec<f32>>>,
) -> Result<Vec<f32>> {
    let s = train.skills.len();
    let with_text: Vec<(usize, &str)> = train
        .questions
        .iter()
        .enumerate()
        .filter_map(|(place, id)| Some((place, texts.get(id)?.as_str())))
        .collect();
    let of: Vec<&str> = with_text.iter().map(|(_, text)| *text).collect();
    let mut means: Vec<Option<Vec<f32>>> = vec![None; s];
    for ((place, _), vector) in with_text.iter().zip(vector(&of)?) {
        for skill in &train.question_skills[*place] {
            match &mut means[*skill] {
                Some(sum) => sum.iter_mut().zip(&vector).for_each(|(sum, v)| *sum += v),
                none => *none = Some(vector.clone()),
            }
        }
    }
    let known = means.iter().flatten().count();
    ensure!(
        known > 1,
        "{} of the {} questions have a text, and of the {s} skills {known}: a graph needs two; set `graph` to \
         \"transitions\"",
        with_text.len(),
        train.questions.len()
    );
    let means: Vec<Option<Vec<f32>>> = means.into_iter().map(|mean| mean.map(|mean| unit(&mean))).collect();
    let mut weights = vec![0.0; s * s];
    for (from, one) in means.iter().enumerate() {
        let Some(one) = one else { continue };
        let cosine = |(to, other): (usize, &Option<Vec<f32>>)| {
            let other = other.as_ref().filter(|_| to != from)?;
            let cosine: f32 = one.iter().zip(other).map(|(a, b)| a * b).sum();
            (cosine > 0.0).then_some((to, cosine))
        };
        let mut related: Vec<(usize, f32)> = means.iter().enumerate().filter_map(cosine).collect();
        related.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        related.iter().take(nearest).for_each(|(to, cosine)| weights[from * s + to] = *cosine);
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four() -> Histories {
        Histories {
            questions: ["a", "b", "c", "d", "e"].map(String::from).into(),
            skills: ["w", "x", "y", "z"].map(String::from).into(),
            question_skills: vec![vec![0], vec![1], vec![2], vec![0, 2], vec![3]],
            ..Histories::default()
        }
    }

    #[test]
    fn skills_are_related_by_the_cosines_of_the_means_of_their_questions() {
        let texts = ["a", "b", "c", "d"].map(|id| (id.to_owned(), format!("text of {id}"))).into();
        let vectors = |texts: &[&str]| {
            let of = |text: &&str| match &text[8..] {
                "a" => vec![1.0, 0.0],
                "b" => vec![0.6, 0.8],
                "c" => vec![-1.0, 0.0],
                _ => vec![0.0, 1.0],
            };
            Ok(texts.iter().map(of).collect())
        };
        // Means: w (1, 1) / √2, x (0.6, 0.8), y (-1, 1) / √2; no question of z has a text.
        let graph = edges(&four(), &texts, 2, vectors).unwrap();
        let want = [[0.0, 1.4, 0.0, 0.0], [1.4, 0.0, 0.2, 0.0], [0.0, 0.2, 0.0, 0.0], [0.0; 4]];
        for (have, want) in graph.iter().zip(want.iter().flatten()) {
            assert!((have - want / 2f32.sqrt()).abs() < 1e-6, "{graph:?}");
        }
        let nearest = edges(&four(), &texts, 1, vectors).unwrap();
        assert!(nearest[6] == 0.0 && nearest[4] > 0.9);
    }

    #[test]
    fn texts_that_are_missing_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.jsonl");
        for (text, said) in [
            (r#"{"question": "a"}"#, "line 1: a question needs a `text`"),
            (r#"{"question": "a", "text": " "}"#, "line 1: a question needs a `text`"),
            (r#"{"text": "secret"}"#, "line 1: a question needs an id"),
            (
                "{\"question\": 1, \"text\": \"t\"}\n{\"question_id\": 1, \"text\": \"t\"}",
                "line 2: duplicate",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", read(&path).unwrap_err());
            assert!(error.contains(said) && !error.contains("secret"), "{error}");
        }
        std::fs::write(&path, "{\"question\": \"a\", \"text\": \" What? \"}").unwrap();
        let texts = read(&path).unwrap();
        assert_eq!(texts["a"], "What?");
        let vectors = |texts: &[&str]| Ok(vec![vec![1.0]; texts.len()]);
        let error = edges(&four(), &texts, 2, vectors).unwrap_err().to_string();
        assert!(error.contains("1 of the 5 questions have a text, and of the 4 skills 1"), "{error}");
    }
}
