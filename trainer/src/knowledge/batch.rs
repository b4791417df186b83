//! Students side by side, as a network reads them.

use super::follow::Follower;
use super::histories::{Answer, Histories};
use crate::random;
use anyhow::Result;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// The answers of several students, time-major: row `t * students + s` is answer t of student s. Shorter histories are
/// filled up with answers that do not count.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Number of students.
    pub students: usize,
    /// Answers of the longest.
    pub steps: usize,
    /// Place of each question; the number of questions for unknown ones.
    pub questions: Vec<u32>,
    /// 1 for a right answer, as the network reads it.
    pub read: Vec<f32>,
    /// 1 for a right answer, as it was.
    pub correct: Vec<f32>,
    /// 1 where the answer counts: not the first of a student, and not filled up.
    pub counts: Vec<f32>,
    /// Where each row comes from: the student's place in the histories, and the place of the answer.
    pub source: Vec<Option<(usize, usize)>>,
    /// Of each student, the answers before the first row.
    pub before: Vec<Vec<Answer>>,
}

impl Batch {
    /// Makes a batch of parts of histories.
    #[must_use]
    pub fn new(histories: &Histories, windows: &[(usize, Range<usize>)]) -> Self {
        let students = windows.len();
        let steps = windows.iter().map(|(_, range)| range.len()).max().unwrap_or(0);
        let rows = students * steps;
        let unknown = u32::try_from(histories.questions.len()).unwrap_or(u32::MAX);
        let mut batch = Self {
            students,
            steps,
            questions: vec![unknown; rows],
            read: vec![0.0; rows],
            correct: vec![0.0; rows],
            counts: vec![0.0; rows],
            source: vec![None; rows],
            before: Vec::new(),
        };
        for (s, (student, range)) in windows.iter().enumerate() {
            let all: &[Answer] = &histories.students[*student].answers;
            batch.before.push(all[..range.start].to_vec());
            let answers = &all[range.clone()];
            for (t, answer) in answers.iter().enumerate() {
                let row = t * students + s;
                batch.questions[row] = u32::try_from(answer.question).unwrap_or(unknown);
                batch.correct[row] = f32::from(u8::from(answer.correct));
                batch.read[row] = batch.correct[row];
                batch.counts[row] = f32::from(u8::from(range.start + t > 0));
                batch.source[row] = Some((*student, range.start + t));
            }
        }
        batch
    }

    /// Replaces each answer that is read by a draw, with the probability `share`: `probability` has that of a right
    /// answer.
    pub fn draw(&mut self, probability: &[f32], share: f64, rng: &mut ChaCha8Rng) {
        for (read, p) in self.read.iter_mut().zip(probability) {
            let (replaced, right) = (rng.random::<f64>() < share, rng.random::<f32>() < *p);
            if replaced {
                *read = f32::from(u8::from(right));
            }
        }
    }
}

impl Batch {
    /// Replaces runs of `length` answers that are read by draws, each of which depends on those before it: of all
    /// answers about the share `share`. `system` is a student without answers.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn roll_out(
        &mut self,
        system: &dyn Follower,
        share: f64,
        length: usize,
        rng: &mut ChaCha8Rng,
    ) -> Result<()> {
        // Runs of draws and of true answers alternate; the latter are 1 / `begins` long on average.
        let begins = if share < 1.0 { (share / (length as f64 * (1.0 - share))).min(1.0) } else { 1.0 };
        for s in 0..self.students {
            let (mut follower, mut left) = (system.copied(), 0);
            for row in (s..self.read.len()).step_by(self.students) {
                if self.source[row].is_none() {
                    break;
                }
                if left == 0 && rng.random::<f64>() < begins {
                    left = length;
                }
                let question = self.questions[row] as usize;
                if left > 0 {
                    left -= 1;
                    self.read[row] = f32::from(u8::from(rng.random::<f32>() < follower.predict(question)?));
                }
                follower.take_in(question, self.read[row])?;
            }
        }
        Ok(())
    }
}

/// Windows of at most `length` answers, those of similar length together: `students` of the longest are a batch, of
/// shorter ones so many more that no batch has more answers. Batches count alike in training, and so do answers then.
/// With a generator, batches are in random order.
#[must_use]
pub fn windows(
    histories: &Histories,
    length: usize,
    students: usize,
    rng: Option<&mut ChaCha8Rng>,
) -> Vec<Vec<(usize, Range<usize>)>> {
    let mut all: Vec<(usize, Range<usize>)> = Vec::new();
    for (place, student) in histories.students.iter().enumerate() {
        let n = student.answers.len();
        all.extend((0..n).step_by(length).map(|start| (place, start..n.min(start + length))));
    }
    all.sort_by_key(|(place, range)| (range.len(), *place));
    let most = students * all.last().map_or(0, |(_, range)| range.len());
    let mut batches: Vec<Vec<(usize, Range<usize>)>> = Vec::new();
    for (place, range) in all {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * range.len() <= most => batch.push((place, range)),
            _ => batches.push(vec![(place, range)]),
        }
    }
    if let Some(rng) = rng {
        let order = random::permutation(batches.len(), rng.random());
        batches = order.into_iter().map(|place| std::mem::take(&mut batches[place])).collect();
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::super::histories::Student;
    use super::*;

    fn of(lengths: &[usize]) -> Histories {
        let answers = |n| vec![Answer { question: 0, correct: true }; n];
        let students = lengths.iter().map(|n| Student { id: String::new(), answers: answers(*n) });
        Histories { questions: vec!["q".into()], students: students.collect(), ..Histories::default() }
    }

    #[test]
    fn batches_have_as_many_answers_whatever_the_length_of_histories() {
        let mut lengths = vec![3; 100];
        lengths.extend([25, 10, 10]);
        let batches = windows(&of(&lengths), 10, 3, None);
        // 25 answers are two windows of 10 and one of 5.
        let sizes: Vec<(usize, usize)> = batches.iter().map(|b| (b.len(), b[b.len() - 1].1.len())).collect();
        assert_eq!(sizes.iter().map(|(n, _)| n).sum::<usize>(), 105);
        assert_eq!(sizes[..10], [(10, 3); 10]);
        assert_eq!(sizes[10..], [(3, 10), (2, 10)]);
        let equal = windows(&of(&[7; 10]), 200, 4, None);
        assert_eq!(equal.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
    }

    /// Expects what it read last, for certain.
    #[derive(Clone)]
    struct Echo(f32);

    impl Follower for Echo {
        fn predict(&mut self, _: usize) -> Result<f32> {
            Ok(self.0)
        }

        fn take_in(&mut self, _: usize, right: f32) -> Result<()> {
            self.0 = right;
            Ok(())
        }

        fn copied(&self) -> Box<dyn Follower> {
            Box::new(self.clone())
        }
    }

    #[test]
    fn draws_of_a_run_depend_on_those_before() {
        // Answers alternate; what is drawn repeats the last that was read, as often as a run is long.
        let answers = (0..400).map(|n| Answer { question: 0, correct: n % 2 == 0 }).collect();
        let student = Student { id: String::new(), answers };
        let histories =
            Histories { questions: vec!["q".into()], students: vec![student; 20], ..Histories::default() };
        let parts: Vec<(usize, Range<usize>)> = (0..20).map(|s| (s, 0..400)).collect();
        let mut batch = Batch::new(&histories, &parts);
        let echo = Echo(1.0);
        batch.roll_out(&echo, 0.5, 10, &mut random::generator(1)).unwrap();
        let changed = batch.read.iter().zip(&batch.correct).filter(|(read, correct)| read != correct).count();
        // Half of all answers are drawn, and every second of these differs from the true one.
        let share = changed as f64 / batch.read.len() as f64;
        assert!((share - 0.25).abs() < 0.03, "{share}");
        let mut of_one: Vec<f32> = batch.read.iter().step_by(20).copied().collect();
        of_one.dedup();
        assert!(of_one.len() < 280, "{}", of_one.len());
        let mut all = Batch::new(&histories, &parts);
        all.roll_out(&echo, 1.0, 10, &mut random::generator(1)).unwrap();
        assert!(all.read.iter().all(|read| *read == 1.0));
    }

    #[test]
    fn every_answer_is_in_one_batch_in_any_order() {
        let histories = of(&[5, 12, 1, 30]);
        let mut seen = std::collections::BTreeSet::new();
        for (place, range) in windows(&histories, 8, 2, Some(&mut random::generator(1))).into_iter().flatten()
        {
            assert!(range.into_iter().all(|at| seen.insert((place, at))));
        }
        assert_eq!(seen.len(), 48);
    }
}
