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
    /// Adds the sections of the head of the task of that id.
    pub fn head(&mut self, task: &str, w: &HeadWeights<'_>) -> &mut Self {
        let [hidden, output] = layers(task);
        self.dense(&hidden, &w.hidden).dense(&output, &w.output);
        if !w.level_thresholds.is_empty() {
            self.f32(level_thresholds(task), &[w.level_thresholds.len()], w.level_thresholds);
        }
        self
    }
}
