//! The guard of a file: fitted to the training answers of its tasks.

use crate::corpus::Corpus;
use crate::experiment::Experiment;
use crate::guard::{Example, Fitted, fit, hashes};
use crate::recipe::Recipe;
use anyhow::{Context, Result, ensure};
use pupil_core::format::manifest::{Manifest, TaskGuard};
use pupil_core::format::writer::FileBuilder;
use std::collections::HashSet;

/// What a guard is called in a file.
const NAME: &str = "texts";

/// Share of the words of the training answers that must be among the most frequent words of the pretrained encoder, if
/// these are to be known: otherwise it is of another language.
const SAME_LANGUAGE: f64 = 0.6;

/// Fits the guard of these tasks, if the recipe wants one.
///
/// # Errors
///
/// When the vocabulary of the pretrained encoder cannot be read, or a question belongs to no task.
pub fn guard(experiment: &Experiment<'_>, tasks: &[usize]) -> Result<Option<Fitted>> {
    let settings = &experiment.recipe.guard;
    if !settings.enabled {
        return Ok(None);
    }
    let examples = examples(experiment.recipe, experiment.corpus, tasks)?;
    let known = known_words(experiment, &examples)?;
    fit(settings, &examples, &known).map(Some).context("guard")
}

/// The training answers of these tasks.
fn examples<'a>(recipe: &'a Recipe, corpus: &'a Corpus, tasks: &[usize]) -> Result<Vec<Example<'a>>> {
    let all = &corpus.train;
    for id in recipe.guard.questions.keys() {
        ensure!(
            all.task_index(id).is_some(),
            "guard.questions has the text of {id}, which is no task of the data"
        );
    }
    let of = corpus.split.train.iter().map(|i| &all.answers[*i]).filter(|a| tasks.contains(&a.task));
    let example = |a: &'a crate::data::Answer| {
        let id = &all.tasks[a.task].id;
        let given = recipe.guard.questions.get(id).map(String::as_str);
        let key = a.split_key.clone().unwrap_or_else(|| format!("{id} {}", a.id));
        let hash = blake3::hash(key.as_bytes());
        let key = hash.as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
        Example {
            text: &a.text,
            reference: a.reference.as_deref().filter(|_| recipe.data.pairs),
            question: a.question.as_deref().or(given),
            task: a.task,
            key,
        }
    };
    Ok(of.map(example).collect())
}

/// The most frequent words of the pretrained encoder, if it is of the language of the answers.
fn known_words(experiment: &Experiment<'_>, examples: &[Example<'_>]) -> Result<Vec<u64>> {
    let number = experiment.recipe.guard.known_words;
    if number == 0 {
        return Ok(Vec::new());
    }
    let entries = experiment.pretrained.tokenizer(4)?.entries();
    // A vocabulary of word pieces marks those that continue a word, and lists the frequent ones first.
    if !entries.iter().any(|(entry, _)| entry.starts_with("##")) {
        return Ok(Vec::new());
    }
    let is_word = |word: &&str| word.chars().count() > 1 && word.chars().all(char::is_alphabetic);
    let words = entries.iter().map(|(entry, _)| entry.as_str()).filter(is_word);
    let known: Vec<u64> = words.take(number).flat_map(hashes).collect();
    let set: HashSet<u64> = known.iter().copied().collect();
    let (mut all, mut among) = (0_usize, 0_usize);
    for hash in examples.iter().flat_map(|e| hashes(e.text)) {
        all += 1;
        among += usize::from(set.contains(&hash));
    }
    Ok(if among as f64 >= SAME_LANGUAGE * all as f64 { known } else { Vec::new() })
}

/// Names the guard in a manifest, and in its tasks, whose places in the corpus are `tasks`.
pub(super) fn enter(manifest: &mut Manifest, guard: &Fitted, corpus: &Corpus) {
    manifest.guards.insert(NAME.to_owned(), guard.tables.guard.clone());
    for task in &mut manifest.tasks {
        let place = corpus.train.task_index(&task.id);
        task.guard = place.map(|place| TaskGuard {
            model: NAME.to_owned(),
            topic: guard.topics.get(&place).map_or(0, Vec::len),
            limits: guard.limits_of(place),
            held_back: guard.held_back.get(&place).map(|held| held.shares()).unwrap_or_default(),
        });
    }
}

/// Adds the sections of a guard that was entered.
pub(super) fn add(file: &mut FileBuilder, guard: &Fitted, manifest: &Manifest, corpus: &Corpus) {
    file.guard(NAME, &guard.tables.weights());
    for task in &manifest.tasks {
        let topic = corpus.train.task_index(&task.id).and_then(|place| guard.topics.get(&place));
        if let Some(weights) = topic {
            file.topic(&task.id, weights);
        }
    }
}
