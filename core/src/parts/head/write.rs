//! The head of a task in a file that is made.

use super::sections::{layers, level_thresholds};
use crate::format::writer::FileBuilder;
use crate::layers::LinearWeights;

/// The arrays of a head as a file holds them.
#[derive(Clone, Copy, Debug)]
pub struct HeadWeights<'a> {
    /// `[hidden, input]`, before ReLU.
    pub hidden: LinearWeights<'a>,
    /// `[outputs, hidden]`; see [`HeadKind::outputs`](crate::format::manifest::HeadKind::outputs).
    pub output: LinearWeights<'a>,
    /// Thresholds between levels, which fall strictly; see
    /// [`HeadKind::level_thresholds`](crate::format::manifest::HeadKind::level_thresholds).
    pub level_thresholds: &'a [f32],
}

impl FileBuilder {
    /// Adds the sections of the head of the task of that id; for a further member of a task the id is its
    /// [`section_id`](crate::format::manifest::MemberRef::section_id).
    pub fn head(&mut self, task: &str, w: &HeadWeights<'_>) -> &mut Self {
        let [hidden, output] = layers(task);
        self.dense(&hidden, &w.hidden).dense(&output, &w.output).level_thresholds(task, w.level_thresholds)
    }

    /// Adds the only section of an ordinal head without layers; none where there are no thresholds. The id is as in
    /// [`head`](Self::head).
    pub fn level_thresholds(&mut self, task: &str, values: &[f32]) -> &mut Self {
        if values.is_empty() { self } else { self.f32(level_thresholds(task), &[values.len()], values) }
    }
}
