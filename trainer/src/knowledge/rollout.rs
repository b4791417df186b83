//! Simulated answers: how well a system predicts when it reads its own draws instead of a student's answers.

use super::figures::Figures;
use super::follow::Follower;
use super::histories::Histories;
use crate::random;
use anyhow::Result;
use rand::Rng;
use rayon::prelude::*;

/// How far ahead a system is measured; the first step is a prediction from true answers alone.
pub const STEPS: [usize; 4] = [1, 5, 10, 20];

/// Where simulations begin in a student's history.
const FIRST: usize = 10;
const EVERY: usize = 20;

/// Simulations of each beginning, each with draws of its own.
pub const DRAWS: usize = 8;

/// What a system reads in place of a student's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// A right or a wrong answer, drawn from its own probability; every simulation counts.
    Draws,
    /// The same; what counts is the mean probability of all simulations from one beginning.
    MeanOfDraws,
    /// Its own probability of a right answer.
    Probabilities,
}

/// Where all simulations begin, and what the students then answered: the same for all systems.
#[derive(Clone, Debug)]
pub struct Beginnings {
    /// Student and place of the first answer that is not read.
    starts: Vec<(usize, usize)>,
}

/// Probabilities at each of [`STEPS`], in the order of the beginnings and of the draws of each.
#[derive(Clone, Debug, Default)]
pub struct Simulated {
    /// One list a step, [`DRAWS`] entries a beginning.
    pub draws: Vec<Vec<f32>>,
    /// One list a step, an entry a beginning; none for systems that cannot read probabilities.
    pub probabilities: Option<Vec<Vec<f32>>>,
}

impl Beginnings {
    /// From the eleventh answer on, and every twenty answers, where twenty more follow.
    #[must_use]
    pub fn of(histories: &Histories) -> Self {
        let length = STEPS[STEPS.len() - 1];
        let starts = histories.students.iter().enumerate().flat_map(|(place, student)| {
            let n = student.answers.len();
            (FIRST..n)
                .step_by(EVERY)
                .take_while(move |start| start + length <= n)
                .map(move |start| (place, start))
        });
        Self { starts: starts.collect() }
    }

    /// Number of beginnings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether no history is long enough.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Follows the students' true questions from each beginning.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn simulate(&self, system: &dyn Follower, histories: &Histories, seed: u64) -> Result<Simulated> {
        let length = STEPS[STEPS.len() - 1];
        // The beginnings of one student follow each other, so one follower reads the history once.
        let of_student: Vec<(usize, &[(usize, usize)])> = {
            let mut before = 0;
            let chunks = self.starts.chunk_by(|a, b| a.0 == b.0);
            chunks
                .map(|chunk| {
                    before += chunk.len();
                    (before - chunk.len(), chunk)
                })
                .collect()
        };
        // One list for each beginning: probabilities of all draws at all steps, then those of probabilities read.
        let run = |(first, chunk): &(usize, &[(usize, usize)])| -> Result<Vec<Vec<f32>>> {
            let answers = &histories.students[chunk[0].0].answers;
            let (mut reader, mut read, mut lists) = (system.copied(), 0, Vec::new());
            for (n, (_, start)) in chunk.iter().enumerate() {
                while read < *start {
                    reader.take_in(answers[read].question, f32::from(u8::from(answers[read].correct)))?;
                    read += 1;
                }
                let mut list = Vec::with_capacity((DRAWS + 1) * STEPS.len());
                for draw in 0..=DRAWS {
                    let drawn = draw < DRAWS;
                    if !drawn && !system.reads_probabilities() {
                        continue;
                    }
                    // The same numbers for all systems, so that luck is shared.
                    let mut rng = random::generator(
                        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                            .wrapping_add(((first + n) * DRAWS + draw) as u64),
                    );
                    let mut follower = reader.copied();
                    for step in 1..=length {
                        let question = answers[start + step - 1].question;
                        let p = follower.predict(question)?;
                        if STEPS.contains(&step) {
                            list.push(p);
                        }
                        let right = if drawn { f32::from(u8::from(rng.random::<f32>() < p)) } else { p };
                        follower.take_in(question, right)?;
                    }
                }
                lists.push(list);
            }
            Ok(lists)
        };
        let lists: Vec<Vec<Vec<f32>>> = of_student.par_iter().map(run).collect::<Result<_>>()?;
        let lists: Vec<Vec<f32>> = lists.into_iter().flatten().collect();
        let steps = STEPS.len();
        let draws = (0..steps)
            .map(|s| lists.iter().flat_map(|list| (0..DRAWS).map(move |d| list[d * steps + s])).collect())
            .collect();
        let fed = |s: usize| lists.iter().map(|list| list[DRAWS * steps + s]).collect();
        let probabilities = system.reads_probabilities().then(|| (0..steps).map(fed).collect());
        Ok(Simulated { draws, probabilities })
    }

    /// Rows of a step that count, those to unknown questions left out: places in a list of the simulations, whether
    /// the answer is right, and the student.
    #[must_use]
    pub fn rows(
        &self,
        histories: &Histories,
        step: usize,
        each: usize,
    ) -> (Vec<usize>, Vec<bool>, Vec<usize>) {
        let known = histories.questions.len();
        let (mut places, mut right, mut students) = (Vec::new(), Vec::new(), Vec::new());
        for (n, (student, start)) in self.starts.iter().enumerate() {
            let truth = histories.students[*student].answers[start + STEPS[step] - 1];
            if truth.question < known {
                for draw in 0..each {
                    places.push(n * each + draw);
                    right.push(truth.correct);
                    students.push(*student);
                }
            }
        }
        (places, right, students)
    }
}

impl Simulated {
    /// The list of a step; none where the system cannot be fed so.
    #[must_use]
    pub fn list(&self, feed: Feed, step: usize) -> Option<Vec<f32>> {
        let mean = |draws: &[f32]| draws.iter().sum::<f32>() / draws.len() as f32;
        match feed {
            Feed::Draws => Some(self.draws[step].clone()),
            Feed::MeanOfDraws => Some(self.draws[step].chunks_exact(DRAWS).map(mean).collect()),
            Feed::Probabilities => self.probabilities.as_ref().map(|lists| lists[step].clone()),
        }
    }
}

impl Feed {
    /// Entries that a list has for each beginning.
    #[must_use]
    pub fn each(self) -> usize {
        match self {
            Self::Draws => DRAWS,
            Self::MeanOfDraws | Self::Probabilities => 1,
        }
    }
}

/// Figures of a step.
#[must_use]
pub fn figures(list: &[f32], places: &[usize], right: &[bool]) -> Figures {
    let rows: Vec<(f32, bool)> =
        places.iter().zip(right).map(|(place, right)| (list[*place], *right)).collect();
    Figures::of(&rows)
}

#[cfg(test)]
mod tests {
    use super::super::histories::{Answer, Student};
    use super::*;

    /// Repeats the last answer that it read, with a probability of 0.9 for a right one and 0 for a wrong one.
    #[derive(Clone)]
    struct Repeats(f32);

    impl Follower for Repeats {
        fn predict(&mut self, _: usize) -> Result<f32> {
            Ok(self.0)
        }

        fn take_in(&mut self, _: usize, right: f32) -> Result<()> {
            self.0 = 0.9 * right;
            Ok(())
        }

        fn copied(&self) -> Box<dyn Follower> {
            Box::new(self.clone())
        }
    }

    fn students(answers: &[Answer], count: usize) -> Histories {
        let student = Student { id: "s".into(), answers: answers.to_vec() };
        Histories { questions: vec!["q".into()], students: vec![student; count], ..Histories::default() }
    }

    #[test]
    fn only_the_first_step_sees_true_answers_alone() {
        // Students who answer right for ever.
        let histories = students(&[Answer { question: 0, correct: true }; 55], 50);
        let beginnings = Beginnings::of(&histories);
        assert_eq!(beginnings.starts[..3], [(0, 10), (0, 30), (1, 10)]);
        let simulated = beginnings.simulate(&Repeats(0.9), &histories, 1).unwrap();
        let mean = |list: &[f32]| list.iter().sum::<f32>() / list.len() as f32;
        assert!(simulated.draws.iter().all(|list| list.len() == 100 * DRAWS));
        assert!(simulated.draws[0].iter().all(|p| (*p - 0.9).abs() < 1e-6));
        // Draws are right until the first wrong one: 0.9 to the nineteenth power is 0.135.
        let share = mean(&simulated.draws[3]) / 0.9;
        assert!((share - 0.135).abs() < 0.04, "{share}");
        // A mean of draws lies between, and fed probabilities fall as powers of 0.9.
        let means = simulated.list(Feed::MeanOfDraws, 3).unwrap();
        assert!(means.len() == 100 && means.iter().any(|p| *p > 0.05 && *p < 0.85));
        let fed = simulated.list(Feed::Probabilities, 1).unwrap();
        assert!(fed.iter().all(|p| (*p - 0.9f32.powi(5)).abs() < 1e-5), "{fed:?}");
        let again = beginnings.simulate(&Repeats(0.9), &histories, 1).unwrap();
        assert_eq!(again.draws, simulated.draws);
        assert_ne!(beginnings.simulate(&Repeats(0.9), &histories, 2).unwrap().draws, simulated.draws);
    }

    #[test]
    fn answers_to_unknown_questions_are_read_and_not_counted() {
        let mut answers = vec![Answer { question: 0, correct: true }; 31];
        answers[14] = Answer { question: 1, correct: false };
        let histories = students(&answers, 3);
        let beginnings = Beginnings::of(&histories);
        // The fifth step from the eleventh answer on.
        assert_eq!(beginnings.rows(&histories, 1, 2), (vec![], vec![], vec![]));
        let (places, right, of) = beginnings.rows(&histories, 2, 2);
        assert_eq!((places, right.len(), of), (vec![0, 1, 2, 3, 4, 5], 6, vec![0, 0, 1, 1, 2, 2]));
    }
}
