//! The baseline without training: scores from a language model and a prompt, as a CSV that teaches and is measured as
//! any other.

use super::Pipeline;
use crate::corpus::Corpus;
use crate::data::{Answer, Dataset, Target};
use crate::labels::{self, Labels, Provenance, Scored};
use crate::model::decoder::{LoraSettings, Precision, RunSettings};
use crate::model::pretrained::{Encoders, device};
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::prompt::{Asked, Scorer, Shown, probabilities};
use crate::random;
use crate::recipe::Recipe;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// Shortest time between two writings of an unfinished file.
const BETWEEN: Duration = Duration::from_secs(60);

/// The answers that a language model scores.
#[derive(Clone, Copy, Debug)]
pub struct Prompted<'a> {
    /// A test set of the recipe; by default the training file.
    pub set: Option<&'a str>,
    /// Most answers of each task, drawn by the recipe's seed; by default all.
    pub limit: Option<usize>,
    /// Whether the CSV has the answers' texts.
    pub with_text: bool,
}

impl Pipeline {
    /// Scores answers by the recipe's prompt and writes their probabilities. Answers that the file has already are not
    /// scored again, so a run that was killed goes on. Returns the number of answers that were scored and the seconds
    /// that it took.
    ///
    /// # Errors
    ///
    /// When the recipe has no prompt, or the test set or the decoder does not exist, or the file cannot be written.
    pub fn prompt(&self, encoders: &Encoders, given: Prompted<'_>, out: &Path) -> Result<(usize, f64)> {
        let recipe = &self.recipe.prompt;
        ensure!(!recipe.encoder.is_empty(), "the recipe has no table `prompt`: add one with `encoder`");
        let set = match given.set {
            None => &self.corpus.train,
            Some(name) => self.corpus.tests.get(name).with_context(|| {
                let known: Vec<&str> = self.corpus.tests.keys().map(String::as_str).collect();
                format!("--set {name}: there is no such test set, there are {}", known.join(", "))
            })?,
        };
        let pretrained = encoders.open(&recipe.encoder)?;
        let key = serde_json::json!([
            pretrained.blake3(),
            recipe,
            self.recipe.seed,
            self.corpus.blake3,
            self.recipe.data.pairs,
            self.recipe.guard.questions,
            crate::tool::TOOL
        ]);
        let provenance = Provenance {
            teacher: format!("{}, {} shots", recipe.encoder, recipe.shots),
            teacher_blake3: blake3::hash(key.to_string().as_bytes()).to_hex().to_string(),
            data_blake3: set.blake3.clone(),
            created_by: crate::tool::TOOL.to_owned(),
            ..Provenance::default()
        };
        let before = labels::cached(out, &provenance.teacher_blake3, &set.blake3);
        let mut rows = before.filter(|l| l.tasks == set.tasks).map_or(Vec::new(), |l| l.rows);
        let done: BTreeSet<usize> = rows.iter().map(|r| r.index).collect();
        let wanted: Vec<usize> =
            drawn(set, given.limit, self.recipe.seed).into_iter().filter(|i| !done.contains(i)).collect();
        let write = |rows: &mut Vec<Scored>| {
            rows.sort_by_key(|r| r.index);
            let made = Labels { tasks: set.tasks.clone(), rows: rows.clone() };
            labels::write(out, &made, &provenance, given.with_text.then_some(set))
        };
        if wanted.is_empty() {
            write(&mut rows)?;
            return Ok((0, 0.0));
        }
        let device = device()?;
        if device.is_cpu() && recipe.precision == Precision::Bf16 {
            bail!(
                "prompt.precision is `bf16`: a CPU has no fast products in it; set it to `f32`, or use a GPU"
            );
        }
        let network = pretrained.network()?;
        ensure!(
            pretrained.is_decoder()?,
            "prompt.encoder {} has no decoder: name one, such as HuggingFaceTB/SmolLM2-135M-Instruct",
            recipe.encoder
        );
        ensure!(
            recipe.max_tokens <= network.longest(),
            "prompt.max_tokens is {}, the decoder reads {}",
            recipe.max_tokens,
            network.longest()
        );
        let run = RunSettings { precision: recipe.precision, checkpointing: false, language: true };
        // The smallest adapters, which change nothing.
        let lora = LoraSettings { rank: 1, targets: vec!["q_proj".to_owned()], ..LoraSettings::default() };
        let bar = Bar::new("weights".to_owned());
        let decoder = pretrained
            .decoder(lora, run, &device, |layer, layers| bar.set(layer as u64, layers as u64, "layers"))?;
        bar.finish();
        let scorer = Scorer::new(
            decoder,
            pretrained.tokenizer(network.longest() + 1)?,
            recipe.format,
            recipe.max_tokens,
        )?;
        let questions: Vec<_> = (0..set.tasks.len()).map(|t| asked(&self.recipe, &self.corpus, t)).collect();
        let mut empty: BTreeMap<(usize, Option<&str>), Vec<Vec<f64>>> = BTreeMap::new();
        let (started, mut written) = (Instant::now(), Instant::now());
        let bar = Bar::new("prompts".to_owned());
        for (n, i) in wanted.iter().enumerate() {
            let answer = &set.answers[*i];
            let reference = answer.reference.as_deref().filter(|_| self.recipe.data.pairs);
            let own = &questions[answer.task];
            let nothing = match empty.get(&(answer.task, reference)) {
                Some(known) => known,
                None => {
                    let found = scorer.likelihoods(own, reference, "")?;
                    empty.entry((answer.task, reference)).or_insert(found)
                }
            };
            let found = scorer.likelihoods(own, reference, &answer.text)?;
            rows.push(Scored::new(set, *i, probabilities(&set.tasks[answer.task], &found, nothing)));
            bar.set(n as u64 + 1, wanted.len() as u64, "answers");
            if written.elapsed() > BETWEEN {
                write(&mut rows)?;
                written = Instant::now();
            }
        }
        bar.finish();
        let seconds = started.elapsed().as_secs_f64();
        write(&mut rows)?;
        Ok((wanted.len(), seconds))
    }
}

/// The answers of a set, or at most so many of each task.
fn drawn(set: &Dataset, limit: Option<usize>, seed: u64) -> Vec<usize> {
    let mut counts = vec![0; set.tasks.len()];
    let mut chosen = random::permutation(set.answers.len(), seed);
    chosen.retain(|i| {
        let count = &mut counts[set.answers[*i].task];
        *count += 1;
        *count <= limit.unwrap_or(usize::MAX)
    });
    chosen.sort_unstable();
    chosen
}

/// What is asked about the answers to a task: one question about its levels or classes, or one about each of its
/// rubric labels.
fn asked<'a>(recipe: &'a Recipe, corpus: &'a Corpus, task: usize) -> Vec<Asked<'a>> {
    let (prompt, data) = (&recipe.prompt, &corpus.train.tasks[task]);
    let id = data.id.as_str();
    let question = recipe
        .guard
        .questions
        .get(id)
        .map(String::as_str)
        .or_else(|| corpus.train.of_task(task).find_map(|i| corpus.train.answers[i].question.as_deref()));
    let one = |criterion: Option<usize>| Asked {
        instruction: &prompt.instruction,
        question,
        rubric: prompt.rubrics.get(id).map(String::as_str),
        criterion: criterion.map(|label| data.labels[label].as_str()),
        options: match criterion {
            Some(_) => vec!["no", "yes"],
            None => data.labels.iter().map(String::as_str).collect(),
        },
        shown: shown(recipe, corpus, task, criterion),
    };
    if data.head.is_multi_label() {
        (0..data.labels.len()).map(|l| one(Some(l))).collect()
    } else {
        vec![one(None)]
    }
}

/// The option that an answer's human score is.
fn option_of(target: &Target, criterion: Option<usize>) -> Option<usize> {
    match (target, criterion) {
        (Target::Class(k) | Target::Level(k), _) => Some(*k),
        (Target::Labels(labels), Some(label)) => Some(usize::from(labels[label])),
        _ => None,
    }
}

/// Graded answers of the training part that are shown: as many of each option as possible, in a random order.
fn shown<'a>(recipe: &Recipe, corpus: &'a Corpus, task: usize, criterion: Option<usize>) -> Vec<Shown<'a>> {
    let (data, rows) = (&corpus.train, &corpus.split.train);
    let seed = derive(recipe.seed, 40 + task as u64);
    let options = if criterion.is_some() { 2 } else { data.tasks[task].labels.len() };
    let mut of_option: Vec<Vec<&'a Answer>> = vec![Vec::new(); options];
    for place in random::permutation(rows.len(), seed) {
        let answer = &data.answers[rows[place]];
        if answer.task == task
            && !answer.text.trim().is_empty()
            && let Some(option) = option_of(&answer.target, criterion)
        {
            of_option[option].push(answer);
        }
    }
    let mut chosen = Vec::new();
    let most = of_option.iter().map(Vec::len).max().unwrap_or(0);
    for round in 0..most {
        for (option, answers) in of_option.iter().enumerate() {
            if chosen.len() < recipe.prompt.shots
                && let Some(answer) = answers.get(round)
            {
                chosen.push(Shown { text: &answer.text, option });
            }
        }
    }
    let order = random::permutation(chosen.len(), derive(seed, 1));
    order.into_iter().map(|i| chosen[i].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_human_score() {
        assert_eq!(option_of(&Target::Level(2), None), Some(2));
        assert_eq!(option_of(&Target::Labels(vec![false, true]), Some(1)), Some(1));
        assert_eq!(option_of(&Target::Labels(vec![false, true]), Some(0)), Some(0));
        assert_eq!(option_of(&Target::Missing, None), None);
    }
}
