//! Counts of true and awarded classes.

use serde::{Deserialize, Serialize};

/// A square table of counts; rows are true classes, columns awarded ones.
///
/// In JSON it is a list of rows.
///
/// ```
/// use pupil_metrics::Confusion;
///
/// let mut table = Confusion::new(3);
/// table.add(2, 1);
/// assert_eq!((table.get(2, 1), table.total()), (1, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<Vec<u64>>", try_from = "Vec<Vec<u64>>")]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
    /// Points of the levels if these are not one point apart; not written as JSON.
    points: Vec<i32>,
}

impl Confusion {
    /// An empty table of `classes` × `classes`.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes], points: Vec::new() }
    }

    /// An empty table of levels with these points.
    ///
    /// ```
    /// use pupil_metrics::Confusion;
    ///
    /// assert_eq!(Confusion::of_levels(&[0, 2, 5]).distance(0, 2), 5);
    /// assert_eq!(Confusion::new(3).distance(0, 2), 2);
    /// ```
    #[must_use]
    pub fn of_levels(points: &[i32]) -> Self {
        Self { points: uneven(points), ..Self::new(points.len()) }
    }

    /// How far the second class is above the first: in points of a scale, otherwise in classes.
    ///
    /// # Panics
    ///
    /// When an index is not less than the number of classes.
    #[must_use]
    pub fn distance(&self, from: usize, to: usize) -> i64 {
        assert!(from < self.classes && to < self.classes, "a class index is out of range");
        match self.points.as_slice() {
            [] => to as i64 - from as i64,
            points => i64::from(points[to]) - i64::from(points[from]),
        }
    }

    /// Counts pairs of (true, awarded) indices.
    ///
    /// # Panics
    ///
    /// When an index is not less than `classes`.
    #[must_use]
    pub fn from_pairs(classes: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut table = Self::new(classes);
        for (truth, predicted) in pairs {
            table.add(truth, predicted);
        }
        table
    }

    /// Counts one decision.
    ///
    /// # Panics
    ///
    /// When an index is not less than the number of classes.
    pub fn add(&mut self, truth: usize, predicted: usize) {
        assert!(truth < self.classes && predicted < self.classes, "a class index is out of range");
        self.counts[truth * self.classes + predicted] += 1;
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Decisions with this true and this awarded class.
    ///
    /// # Panics
    ///
    /// When an index is not less than the number of classes.
    #[must_use]
    pub fn get(&self, truth: usize, predicted: usize) -> u64 {
        assert!(truth < self.classes && predicted < self.classes, "a class index is out of range");
        self.counts[truth * self.classes + predicted]
    }

    /// All decisions.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How often each class is true.
    #[must_use]
    pub fn true_counts(&self) -> Vec<u64> {
        (0..self.classes).map(|i| self.row(i).iter().sum()).collect()
    }

    /// How often each class is awarded.
    #[must_use]
    pub fn predicted_counts(&self) -> Vec<u64> {
        (0..self.classes).map(|j| (0..self.classes).map(|i| self.get(i, j)).sum()).collect()
    }

    /// Counts of one true class over the awarded classes.
    ///
    /// # Panics
    ///
    /// When the index is not less than the number of classes.
    #[must_use]
    pub fn row(&self, truth: usize) -> &[u64] {
        &self.counts[truth * self.classes..(truth + 1) * self.classes]
    }

    /// Cells that are not empty, as (true, awarded, count).
    pub(crate) fn cells(&self) -> impl Iterator<Item = (usize, usize, u64)> + '_ {
        (0..self.classes)
            .flat_map(move |i| (0..self.classes).map(move |j| (i, j, self.counts[i * self.classes + j])))
            .filter(|cell| cell.2 > 0)
    }
}

/// The points of levels where these are not one apart, otherwise none.
pub(crate) fn uneven(points: &[i32]) -> Vec<i32> {
    let one_apart = points.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
    if one_apart { Vec::new() } else { points.to_vec() }
}

impl From<Confusion> for Vec<Vec<u64>> {
    fn from(table: Confusion) -> Self {
        (0..table.classes).map(|i| table.row(i).to_vec()).collect()
    }
}

impl TryFrom<Vec<Vec<u64>>> for Confusion {
    type Error = &'static str;

    fn try_from(rows: Vec<Vec<u64>>) -> Result<Self, Self::Error> {
        let classes = rows.len();
        if rows.iter().any(|r| r.len() != classes) {
            return Err("a confusion table must be square");
        }
        Ok(Self { classes, counts: rows.into_iter().flatten().collect(), points: Vec::new() })
    }
}
