//! What is awarded, and how sure the model is of it.

/// What a head awards for an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Award<'a> {
    /// The class or level at that place.
    One(usize),
    /// Each label whose probability reaches its threshold.
    Each {
        /// One for each label.
        probabilities: &'a [f32],
        /// One for each label.
        thresholds: &'a [f32],
    },
}

impl Award<'_> {
    /// Whether the label at that place is awarded.
    pub fn has(self, label: usize) -> bool {
        match self {
            Self::One(place) => label == place,
            Self::Each { probabilities, thresholds } => probabilities[label] >= thresholds[label],
        }
    }

    /// The place of the one label that is awarded; none where each label is awarded by itself.
    pub fn one(self) -> Option<usize> {
        match self {
            Self::One(place) => Some(place),
            Self::Each { .. } => None,
        }
    }

    /// How sure the model is, from 0 to 1: the probability of the awarded label or level. Where each label is awarded
    /// by itself, that of the likelier side of the least sure one, `max(p, 1 - p)`, wherever its threshold lies.
    pub fn confidence(self, probabilities: &[f32]) -> f32 {
        match self {
            Self::One(place) => probabilities[place],
            Self::Each { probabilities, .. } => probabilities.iter().fold(1.0, |least: f32, &p| {
                let sure = if p >= 0.5 { p } else { 1.0 - p };
                if sure < least { sure } else { least }
            }),
        }
    }
}

/// Index of the largest value, the first of equals.
pub(super) fn first_largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (k, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = k;
        }
    }
    best
}
