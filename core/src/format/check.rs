//! The rules of a manifest that need no section.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::FORMAT;
use super::limits::{
    EPSILONS, MAX_BLOCKS, MAX_EMBEDDING, MAX_ENCODERS, MAX_EXPERT_HIDDEN, MAX_EXPERTS, MAX_GRAPH_INPUTS,
    MAX_HEAD_HIDDEN, MAX_HEADS, MAX_HIDDEN, MAX_INTERMEDIATE, MAX_LABELS, MAX_LAYERS, MAX_MIXTURES,
    MAX_NAME_BYTES, MAX_POSITIONS, MAX_SEGMENTS, MAX_TASK_EMBEDDING, MAX_TASKS, MAX_TOKENIZERS, MAX_VOCAB,
    MAX_WIDTH, TEMPERATURES,
};
use super::manifest::{
    Base, Bert, ELstm, Encoder, HeadKind, Input, Manifest, Mixture, Onnx, OnnxRole, Pooling, Review, Scope,
    Task, later,
};
use crate::error::{Error, ErrorKind, Result};
use crate::tokenizer::TokenizerKind;

/// Digits of a BLAKE3 hash in hexadecimal.
const HASH_DIGITS: usize = 64;

#[cold]
fn damaged(message: String) -> Error {
    Error::new(ErrorKind::Damaged, message)
}

#[cold]
fn unsupported(message: String) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

impl Manifest {
    /// Checks every rule that needs no section: names, references, dimensions, thresholds.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn check(&self) -> Result<()> {
        if self.format > FORMAT {
            return Err(later(self.format));
        }
        if self.format == 0 {
            return Err(damaged("manifest has format 0, the first is 1".into()));
        }
        count("tokenizers", self.tokenizers.len(), MAX_TOKENIZERS)?;
        count("encoders", self.encoders.len(), MAX_ENCODERS)?;
        count("mixtures", self.mixtures.len(), MAX_MIXTURES)?;
        count("tasks", self.tasks.len(), MAX_TASKS)?;
        if let Some(base) = &self.base {
            self.check_base(base)?;
        }
        for (id, tokenizer) in &self.tokenizers {
            name("tokenizer", id)?;
            if tokenizer.kind == TokenizerKind::Unknown {
                return Err(unsupported(format!("tokenizer {id} is of a kind this version does not know")));
            }
            if tokenizer.section != format!("tokenizer.{id}") {
                return Err(damaged(format!("tokenizer {id} does not name its section tokenizer.{id}")));
            }
        }
        for (id, encoder) in &self.encoders {
            check_encoder(id, encoder)?;
            let tokenizer = encoder.tokenizer();
            if !self.tokenizers.contains_key(tokenizer) {
                return Err(damaged(format!("encoder {id} names the missing tokenizer {tokenizer}")));
            }
        }
        for (id, mixture) in &self.mixtures {
            name("mixture", id)?;
            check_mixture(id, mixture)?;
            self.check_shared(id, mixture)?;
        }
        let mut ids = BTreeSet::new();
        for task in &self.tasks {
            name("task", &task.id)?;
            if !ids.insert(task.id.as_str()) {
                return Err(damaged(format!("task {} stands twice", task.id)));
            }
            let Some(encoder) = self.encoder(&task.encoder) else {
                return Err(damaged(format!("task {} names the missing encoder {}", task.id, task.encoder)));
            };
            check_task(task)?;
            check_head(task, encoder)?;
            self.check_mixed(task)?;
        }
        Ok(())
    }

    /// Experts of the base must be there and fit.
    fn check_shared(&self, id: &str, mixture: &Mixture) -> Result<()> {
        let Some(of) = &mixture.experts_of else { return Ok(()) };
        let Some(theirs) = self.base.as_ref().and_then(|base| base.mixtures.get(of)) else {
            return Err(damaged(format!("mixture {id} uses the experts of {of}, which no base has")));
        };
        let shape = |m: &Mixture| (m.scope, m.width, m.blocks, m.experts, m.hidden);
        if shape(mixture) != shape(theirs) || theirs.experts_of.is_some() {
            return Err(damaged(format!("mixture {id} uses the experts of {of}, which is of another shape")));
        }
        Ok(())
    }

    /// The mixture of a task must be there and fit the encoder.
    fn check_mixed(&self, task: &Task) -> Result<()> {
        let Some(name) = &task.mixture else { return Ok(()) };
        let id = &task.id;
        let Some(mixture) = self.mixtures.get(name) else {
            return Err(damaged(format!("task {id} names the missing mixture {name}")));
        };
        let Some(encoder) = self.encoder(&task.encoder) else { return Ok(()) };
        if encoder.output_len() != mixture.width {
            return Err(damaged(format!(
                "task {id} has an encoder that gives {} numbers and a mixture of width {}",
                encoder.output_len(),
                mixture.width
            )));
        }
        if mixture.scope == Scope::Token && !matches!(encoder, Encoder::Bert(_)) {
            return Err(damaged(format!(
                "task {id} has a mixture of scope token, and an encoder that gives no vector for each token"
            )));
        }
        Ok(())
    }

    /// A pack brings mixtures and tasks, nothing that the base has.
    fn check_base(&self, base: &Base) -> Result<()> {
        for (what, have) in [("tokenizers", self.tokenizers.len()), ("encoders", self.encoders.len())] {
            if have > 0 {
                return Err(damaged(format!("manifest has {have} {what} and a base, which brings them")));
            }
        }
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if base.blake3.len() != HASH_DIGITS || !base.blake3.chars().all(hex) {
            return Err(damaged(format!(
                "base needs a hash of {HASH_DIGITS} hexadecimal digits in lower case"
            )));
        }
        count("encoders of the base", base.encoders.len(), MAX_ENCODERS)?;
        base.encoders.iter().try_for_each(|(id, encoder)| check_encoder(id, encoder))?;
        count("mixtures of the base", base.mixtures.len(), MAX_MIXTURES)?;
        base.mixtures.iter().try_for_each(|(id, mixture)| {
            name("mixture", id)?;
            check_mixture(id, mixture)
        })
    }
}

fn check_encoder(id: &str, encoder: &Encoder) -> Result<()> {
    name("encoder", id)?;
    match encoder {
        Encoder::ELstm(lstm) => check_lstm(id, lstm),
        Encoder::Bert(bert) => check_bert(id, bert),
        Encoder::Onnx(onnx) => check_onnx(id, onnx),
        Encoder::Unknown => {
            Err(unsupported(format!("encoder {id} is of a family this version does not know")))
        }
    }
}

fn check_bert(id: &str, bert: &Bert) -> Result<()> {
    for (what, value, most) in [
        ("vocab", bert.vocab, MAX_VOCAB),
        ("width", bert.width, MAX_WIDTH),
        ("layers", bert.layers, MAX_LAYERS),
        ("heads", bert.heads, MAX_HEADS),
        ("intermediate", bert.intermediate, MAX_INTERMEDIATE),
        ("positions", bert.positions, MAX_POSITIONS),
        ("segments", bert.segments, MAX_SEGMENTS),
    ] {
        dimension(id, what, value, most)?;
    }
    if !bert.width.is_multiple_of(bert.heads) {
        return Err(damaged(format!(
            "encoder {id} has width {}, which {} heads do not share evenly",
            bert.width, bert.heads
        )));
    }
    if bert.pooling == Pooling::Unknown {
        return Err(unsupported(format!("encoder {id} pools in a way this version does not know")));
    }
    epsilon("encoder", id, bert.epsilon)
}

fn check_onnx(id: &str, onnx: &Onnx) -> Result<()> {
    for (what, value, most) in [
        ("vocab", onnx.vocab, MAX_VOCAB),
        ("width", onnx.width, MAX_WIDTH),
        ("positions", onnx.positions, MAX_POSITIONS),
        ("inputs", onnx.inputs.len(), MAX_GRAPH_INPUTS),
    ] {
        dimension(id, what, value, most)?;
    }
    if onnx.pad as usize >= onnx.vocab {
        return Err(damaged(format!("encoder {id} has pad {}, its ids end at {}", onnx.pad, onnx.vocab - 1)));
    }
    if onnx.pooling == Some(Pooling::Unknown) {
        return Err(unsupported(format!("encoder {id} pools in a way this version does not know")));
    }
    name("output of a graph", &onnx.output)?;
    let mut names = BTreeSet::new();
    for input in &onnx.inputs {
        name("input of a graph", &input.name)?;
        if !names.insert(input.name.as_str()) {
            return Err(damaged(format!("encoder {id} has the input {} twice", input.name)));
        }
        if input.role == OnnxRole::Unknown {
            return Err(unsupported(format!(
                "encoder {id} feeds its input {} with something this version does not know",
                input.name
            )));
        }
    }
    for (role, what, least) in
        [(OnnxRole::Ids, "ids", 1), (OnnxRole::Mask, "mask", 0), (OnnxRole::Segments, "segments", 0)]
    {
        let inputs = onnx.inputs.iter().filter(|input| input.role == role).count();
        if !(least..=1).contains(&inputs) {
            return Err(damaged(format!(
                "encoder {id} has {inputs} inputs for {what}, {least} to 1 are allowed"
            )));
        }
    }
    Ok(())
}

fn check_lstm(id: &str, lstm: &ELstm) -> Result<()> {
    dimension(id, "vocab", lstm.vocab, MAX_VOCAB)?;
    dimension(id, "embedding", lstm.embedding, MAX_EMBEDDING)?;
    dimension(id, "hidden", lstm.hidden, MAX_HIDDEN)?;
    match lstm.state_bits {
        8 | 16 => Ok(()),
        bits => Err(unsupported(format!("encoder {id} has a state of {bits} bits, 8 and 16 are known"))),
    }
}

fn check_mixture(id: &str, mixture: &Mixture) -> Result<()> {
    if mixture.scope == Scope::Unknown {
        return Err(unsupported(format!("mixture {id} has a scope this version does not know")));
    }
    for (what, value, most) in [
        ("width", mixture.width, MAX_WIDTH),
        ("blocks", mixture.blocks, MAX_BLOCKS),
        ("experts", mixture.experts, MAX_EXPERTS),
        ("hidden", mixture.hidden, MAX_EXPERT_HIDDEN),
        ("gate", mixture.gate, MAX_EXPERT_HIDDEN),
        ("task_embedding", mixture.task_embedding, MAX_TASK_EMBEDDING),
    ] {
        dimension(id, what, value, most)?;
    }
    if mixture.experts < 2 {
        return Err(damaged(format!("mixture {id} has {} experts, at least 2 are mixed", mixture.experts)));
    }
    match mixture.top_k {
        Some(top_k) if !(1..=mixture.experts).contains(&top_k) => {
            Err(damaged(format!("mixture {id} has top_k {top_k}, it must lie in 1..={}", mixture.experts)))
        }
        _ => epsilon("mixture", id, mixture.epsilon),
    }
}

fn epsilon(what: &str, id: &str, epsilon: f32) -> Result<()> {
    if EPSILONS.contains(&epsilon) {
        return Ok(());
    }
    Err(damaged(format!(
        "{what} {id} has epsilon {epsilon}, it must lie in {}..={}",
        EPSILONS.start(),
        EPSILONS.end()
    )))
}

fn check_task(task: &Task) -> Result<()> {
    let id = &task.id;
    if task.input == Input::Unknown {
        return Err(unsupported(format!("task {id} reads an input this version does not know")));
    }
    let labels = task.labels.len();
    count("labels", labels, MAX_LABELS)?;
    let mut names = BTreeSet::new();
    for label in &task.labels {
        if label.name.is_empty() {
            return Err(damaged(format!("task {id} has a label without name")));
        }
        if !names.insert(label.name.as_str()) {
            return Err(damaged(format!("task {id} has the label {} twice", label.name)));
        }
    }
    let (least, thresholds) = match task.head.kind {
        HeadKind::Softmax => (2, 0),
        HeadKind::Sigmoid => (1, labels),
        HeadKind::Ordinal => (2, labels.saturating_sub(1)),
        HeadKind::Unknown => {
            return Err(unsupported(format!("task {id} has a head this version does not know")));
        }
    };
    if labels < least {
        return Err(damaged(format!("task {id} has {labels} labels, its head needs {least}")));
    }
    if task.thresholds.len() != thresholds {
        return Err(damaged(format!(
            "task {id} has {} thresholds, its head needs {thresholds}",
            task.thresholds.len()
        )));
    }
    check_thresholds(task)?;
    check_scale(task)?;
    let temperature = task.calibration.temperature;
    if !TEMPERATURES.contains(&temperature) {
        return Err(damaged(format!(
            "task {id} has temperature {temperature}, it must lie in {}..={}",
            TEMPERATURES.start(),
            TEMPERATURES.end()
        )));
    }
    check_review(id, &task.review)
}

/// A head has a hidden layer, or is no more than a reading of what a graph gives.
fn check_head(task: &Task, encoder: &Encoder) -> Result<()> {
    let id = &task.id;
    let bare = task.head.hidden == 0 && matches!(encoder, Encoder::Onnx(_)) && task.mixture.is_none();
    if !bare {
        return dimension(id, "head.hidden", task.head.hidden, MAX_HEAD_HIDDEN);
    }
    if task.head.kind == HeadKind::Ordinal {
        return Err(damaged(format!("task {id} has an ordinal head without layers, which needs cuts")));
    }
    if encoder.output_len() != task.labels.len() {
        return Err(damaged(format!(
            "task {id} has {} labels and a graph that gives {} numbers, and no layer between them",
            task.labels.len(),
            encoder.output_len()
        )));
    }
    Ok(())
}

fn check_thresholds(task: &Task) -> Result<()> {
    let id = &task.id;
    let top = match task.head.kind {
        HeadKind::Ordinal => {
            if let Some(pair) =
                task.thresholds.windows(2).find(|p| p[0].partial_cmp(&p[1]) != Some(Ordering::Less))
            {
                return Err(damaged(format!(
                    "task {id} has thresholds {} and {}, they must rise",
                    pair[0], pair[1]
                )));
            }
            // At most 1023, which an f32 holds exactly.
            f32::from(u16::try_from(task.labels.len() - 1).unwrap_or(u16::MAX))
        }
        _ => 1.0,
    };
    match task.thresholds.iter().find(|&&t| !(0.0..=top).contains(&t)) {
        Some(t) => Err(damaged(format!("task {id} has threshold {t}, it must lie in 0..={top}"))),
        None => Ok(()),
    }
}

fn check_scale(task: &Task) -> Result<()> {
    let id = &task.id;
    let labels = task.labels.len();
    match (task.head.kind, &task.scale) {
        (HeadKind::Ordinal, None) => Err(damaged(format!("task {id} has an ordinal head and no scale"))),
        (HeadKind::Sigmoid, Some(_)) => Err(damaged(format!("task {id} has a sigmoid head and a scale"))),
        // 2^20 + 1023 levels: an f32 holds each point of the scale exactly.
        (_, Some(scale)) if scale.min.unsigned_abs() > 1 << 20 => {
            Err(damaged(format!("task {id} has a scale from {}, beyond 2^20", scale.min)))
        }
        (_, Some(scale)) => {
            let points = scale.levels(labels);
            if points.len() != labels || points.first() != Some(&scale.min) {
                return Err(damaged(format!(
                    "task {id} has {labels} levels from {}, its scale has {} points",
                    scale.min,
                    points.len()
                )));
            }
            if let Some(pair) = points.windows(2).find(|pair| pair[0] >= pair[1]) {
                return Err(damaged(format!(
                    "task {id} has points {} and {}, they must rise",
                    pair[0], pair[1]
                )));
            }
            if let Some(last) = points.last().filter(|last| **last > MAX_POINTS) {
                return Err(damaged(format!("task {id} has a scale to {last}, beyond {MAX_POINTS}")));
            }
            check_names(task, &points)
        }
        _ => Ok(()),
    }
}

/// Most points of a level: 2^20 and 1023 levels above it.
const MAX_POINTS: i32 = (1 << 20) + 1023;

/// A level whose name is a whole number is worth as many points.
fn check_names(task: &Task, points: &[i32]) -> Result<()> {
    for (label, point) in task.labels.iter().zip(points) {
        if label.name.parse::<i64>().is_ok_and(|named| named != i64::from(*point)) {
            return Err(damaged(format!(
                "task {} has a level {} that its scale makes {point} points",
                task.id, label.name
            )));
        }
    }
    Ok(())
}

fn check_review(id: &str, review: &Review) -> Result<()> {
    let shares = [
        ("max_unknown", review.max_unknown),
        ("max_repeated", review.max_repeated),
        ("min_confidence", review.min_confidence),
    ];
    for (field, value) in shares {
        if !(0.0..=1.0).contains(&value) {
            return Err(damaged(format!("task {id} has review.{field} {value}, it must lie in 0..=1")));
        }
    }
    Ok(())
}

fn count(what: &str, have: usize, most: usize) -> Result<()> {
    if have > most {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("manifest has {have} {what}, at most {most} are read"),
        ));
    }
    Ok(())
}

fn dimension(owner: &str, what: &str, value: usize, most: usize) -> Result<()> {
    if value == 0 {
        return Err(damaged(format!("{owner} has {what} 0")));
    }
    if value > most {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("{owner} has {what} {value}, at most {most} is read"),
        ));
    }
    Ok(())
}

fn name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(damaged(format!(
            "{what} has a name of {} bytes, 1 to {MAX_NAME_BYTES} are allowed",
            name.len()
        )));
    }
    if name.chars().any(char::is_control) {
        return Err(damaged(format!("{what} has a name with a control character")));
    }
    Ok(())
}
