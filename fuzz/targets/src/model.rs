//! Model files and task packs, changed and hashed again, and their scores.

use pupil_core::cpu::Cpu;
use pupil_core::format::limits::MAX_MEMORY_BYTES;
use pupil_core::format::manifest::Input as Reads;
use pupil_core::tokenizer::{Tokenizer, TokenizerKind};
use pupil_core::{BatchOptions, Error, OpenOptions, Policy, Result, Score, Scorer, Tracker};

use crate::bases::{Base, Opened, bases, known};
use crate::container::{self, Parts};
use crate::input::{Input, text};
use crate::json::{Json, mutate};

/// Multiplications of a score: enough for the small models, and done within a moment.
const MAX_WORK: u64 = 1 << 24;

/// What is taken beside the counted memory: errors, maps of names, a list of threads.
const SLACK: u64 = 8 << 20;

/// Opens the file that an input describes; if it opens, scores texts with the best kernels and with the plain ones,
/// alone and in a batch, twice.
pub fn file(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let base = &bases()[input.below(bases().len())];
    let file = changed(base, &mut input);
    exercise(base, &file, &mut input);
}

/// The file that an input describes.
fn changed(base: &Base, input: &mut Input<'_>) -> Vec<u8> {
    let mut parts = base.parts.clone();
    for _ in 0..input.below(12) {
        match input.byte() % 8 {
            0..=2 => mutate(&mut parts.manifest, known(), input),
            3 => container::mutate(&mut parts, input),
            4 | 5 => tokenizer(base, &mut parts, input),
            6 => fit_vocabularies(&mut parts),
            _ => parts.repair(input.byte()),
        }
    }
    if input.byte().is_multiple_of(2) {
        fit_vocabularies(&mut parts);
        parts.repair(input.byte());
    }
    let mut file = parts.bytes();
    // Rarely, something changes after the hashes were made.
    if input.rarely(32) {
        match input.byte() % 3 {
            0 => file.truncate(input.below(1 << 16)),
            1 => file.extend(input.take(16)),
            _ => {
                let place = input.below(1 << 16) % file.len();
                file[place] ^= input.byte();
            }
        }
    }
    file
}

/// Changes the text of a tokenizer.
fn tokenizer(base: &Base, parts: &mut Parts, input: &mut Input<'_>) {
    let names: Vec<&String> = base.tokenizers.keys().collect();
    if names.is_empty() {
        return;
    }
    let name = *input.one_of(&names);
    let mut json = base.tokenizers[name].clone();
    for _ in 0..=input.below(4) {
        mutate(&mut json, known(), input);
    }
    parts.set_bytes(name, json.text().into_bytes());
}

/// Gives every encoder as many embeddings as its tokenizer now has ids.
fn fit_vocabularies(parts: &mut Parts) {
    let mut sizes: Vec<(String, usize)> = Vec::new();
    for section in &parts.sections {
        let Some(name) = section.name.strip_prefix("tokenizer.") else { continue };
        let kinds = [TokenizerKind::WordLevel, TokenizerKind::WordPiece];
        let found = kinds.into_iter().find_map(|kind| Tokenizer::from_json(kind, &section.bytes).ok());
        sizes.extend(found.map(|tokenizer| (name.to_owned(), tokenizer.vocab_size())));
    }
    let Some(Json::Map(encoders)) = parts.manifest.get_mut("encoders") else { return };
    for (_, encoder) in encoders {
        let Some(Json::Text(name)) = encoder.get_mut("tokenizer") else { continue };
        let name = name.clone();
        if let Some((_, size)) = sizes.iter().find(|(known, _)| *known == name) {
            encoder.set("vocab", Json::Plain(size.to_string()));
        }
    }
}

fn options(cpu: Cpu, fold_limit_bytes: usize) -> OpenOptions {
    OpenOptions {
        cpu,
        fold_limit_bytes,
        max_work: MAX_WORK,
        max_answer_bytes: 1 << 14,
        ..OpenOptions::default()
    }
}

/// Runs something and fails if it takes more memory than a model may.
fn limited<T>(file: usize, run: impl FnOnce() -> T) -> T {
    let mut result = None;
    let used = allocation_counter::measure(|| result = Some(run()));
    let most = MAX_MEMORY_BYTES + 4 * file as u64 + SLACK;
    assert!(used.bytes_max <= most, "{} bytes were taken at once, {most} may be", used.bytes_max);
    result.expect("it ran")
}

/// What an error must be like.
fn check(error: &Error) {
    assert!(
        !error.message().is_empty() && error.message().len() < 4096,
        "a message of {} bytes",
        error.message().len()
    );
    assert!(!error.message().contains(['\n', '\u{1b}', '\0']), "{:?}", error.message());
}

/// Opens a file in every way, and compares what it gives.
fn exercise(base: &Base, file: &[u8], input: &mut Input<'_>) {
    let best = Cpu::detect();
    let narrowings = best.narrowings();
    let plain = *narrowings.last().expect("the list ends with no extension");
    let some = *input.one_of(&narrowings);
    let open = |options: &OpenOptions| match &base.opened {
        Opened::Pack(host) => host.attach_bytes_with(file.to_vec(), options),
        Opened::Scorer | Opened::Tracker => Scorer::from_bytes_with(file.to_vec(), options),
    };
    if matches!(base.opened, Opened::Tracker) {
        track(file, [best, plain, some], input);
    }
    let scorer = match limited(file.len(), || open(&options(best, 1 << 20))) {
        Ok(scorer) => scorer,
        Err(error) => return check(&error),
    };
    let same = "a file that opens once opens again";
    let others = [(plain, 0), (some, 1 << 20)].map(|(cpu, fold)| open(&options(cpu, fold)).expect(same));
    let texts: Vec<String> = (0..2).map(|_| text(input)).collect();
    let is_long = input.rarely(8);
    let own = scorer.packs().next().map_or(scorer.manifest(), |pack| pack).tasks.clone();
    for task in own.iter().take(4) {
        let reference = matches!(task.input, Reads::Pair).then(|| texts[1].as_str());
        for text in &texts {
            let found = limited(file.len(), || score(&scorer, &task.id, reference, text));
            for other in &others {
                assert_eq!(
                    described(&score(other, &task.id, reference, text)),
                    described(&found),
                    "{}",
                    task.id
                );
            }
            assert_eq!(described(&score(&scorer, &task.id, reference, text)), described(&found), "again");
            match &found {
                Ok(score) => sound(score, &task.id),
                Err(error) => check(error),
            }
        }
        if is_long {
            together(&scorer, &task.id, reference, &texts);
        }
    }
    let _ = (scorer.report(), scorer.blake3());
}

fn score(scorer: &Scorer, task: &str, reference: Option<&str>, answer: &str) -> Result<Score> {
    match reference {
        Some(reference) => scorer.score_pair(task, reference, answer),
        None => scorer.score(task, answer),
    }
}

/// A score or an error, for comparisons; numbers are equal if all their bits are.
fn described(score: &Result<Score>) -> String {
    match score {
        Ok(score) => format!("{score:?}"),
        Err(error) => format!("{:?} {}", error.kind(), error.message()),
    }
}

/// What every score must be like.
fn sound(score: &Score, task: &str) {
    let share = |p: f32| (0.0..=1.0).contains(&p);
    assert!(score.labels.iter().all(|label| share(label.probability)), "{task}: {score:?}");
    assert!(share(score.confidence), "{task}: {score:?}");
    assert!(score.expected.is_none_or(f32::is_finite), "{task}: {score:?}");
    assert!(score.unknown_words <= score.words, "{task}: {score:?}");
}

/// A batch gives what each of its answers gets alone; so do an explanation and the experts.
fn together(scorer: &Scorer, task: &str, reference: Option<&str>, texts: &[String]) {
    let options = BatchOptions { threads: 2, ..BatchOptions::default() };
    let answers: Vec<&String> = texts.iter().cycle().take(19).collect();
    let pairs: Vec<(&str, &String)> =
        answers.iter().map(|answer| (reference.unwrap_or(""), *answer)).collect();
    let batch = match reference {
        Some(_) => scorer.score_pair_batch(task, &pairs, &options),
        None => scorer.score_batch(task, &answers, &options),
    };
    let alone: Vec<String> =
        answers.iter().map(|answer| described(&score(scorer, task, reference, answer))).collect();
    match batch {
        Ok(scores) => {
            let scores: Vec<String> = scores.into_iter().map(|score| described(&Ok(score))).collect();
            assert_eq!(scores, alone, "a batch");
        }
        Err(error) => {
            let place = error.answer().expect("the error of a batch names an answer");
            assert!(score(scorer, task, reference, answers[place]).is_err(), "{error}");
        }
    }
    let short: String = texts[0].chars().take(40).collect();
    let explained = match reference {
        Some(reference) => scorer.explain_pair(task, reference, &short),
        None => scorer.explain(task, &short),
    };
    if let Ok(explained) = explained {
        assert_eq!(
            described(&Ok(explained.score)),
            described(&score(scorer, task, reference, &short)),
            "explained"
        );
    }
    if let Ok(experts) = scorer.experts(task, reference, &short) {
        let weights = experts.blocks.iter().flat_map(|block| &block.weights);
        assert!(weights.clone().all(|weight| (0.0..=1.0).contains(weight)), "{:?}", experts.blocks);
        assert_eq!(
            described(&Ok(experts.score)),
            described(&score(scorer, task, reference, &short)),
            "with experts"
        );
    }
}

/// Follows a student with a model of what students know.
fn track(file: &[u8], cpus: [Cpu; 3], input: &mut Input<'_>) {
    let open = |cpu| Tracker::from_bytes_with(file.to_vec(), &options(cpu, 1 << 20));
    let mut trackers = Vec::new();
    for cpu in cpus {
        match limited(file.len(), || open(cpu)) {
            Ok(tracker) => trackers.push(tracker),
            Err(error) => {
                assert!(trackers.is_empty(), "{error}");
                return check(&error);
            }
        }
    }
    let questions: Vec<String> = trackers[0].questions().iter().map(|question| question.id.clone()).collect();
    for _ in 0..input.below(32) {
        let (place, correct) = (input.below(questions.len() + 1), input.byte() % 2 == 1);
        for tracker in &mut trackers {
            match questions.get(place) {
                Some(question) => tracker.observe(question, correct).expect("the question is of the model"),
                None => tracker.observe_unlisted(correct),
            }
        }
    }
    let bits = |tracker: &mut Tracker| -> Vec<u32> {
        let mut numbers = tracker.predict_all().to_vec();
        numbers.push(tracker.predict_unlisted());
        numbers.extend(tracker.mastery().iter().map(|skill| skill.probability));
        assert!(numbers.iter().all(|p| (0.0..=1.0).contains(p)), "{numbers:?}");
        numbers.into_iter().map(f32::to_bits).collect()
    };
    let (first, others) = trackers.split_first_mut().expect("there are three");
    let (want, state) = (bits(first), first.snapshot());
    for other in others {
        assert_eq!(bits(other), want);
        assert_eq!(other.snapshot(), state);
    }
    let mut again = first.for_new_student();
    again.restore(&state).expect("a snapshot of its own");
    assert_eq!(bits(&mut again), want);
    let policy = if input.byte().is_multiple_of(2) { Policy::default() } else { Policy::ExpectedGain };
    if let Err(error) = first.recommend(3, &policy) {
        check(&error);
    }
    let asked: Vec<&String> = questions.iter().take(5).collect();
    let drawn = first.simulate(&asked, u64::from(input.byte())).expect("the questions are of the model");
    assert_eq!(drawn.len(), asked.len());
}
