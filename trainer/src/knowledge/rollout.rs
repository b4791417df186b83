//! Simulated answers: how well a model predicts when it reads its own draws instead of a student's answers.

use super::figures::Figures;
use super::histories::{Histories, Student};
use crate::random;
use anyhow::Result;
use rand::Rng;

/// How far ahead a model is measured; the first step is a prediction from true answers alone.
pub const STEPS: [usize; 4] = [1, 5, 10, 20];

/// Where simulations begin in a student's history.
const FIRST: usize = 10;
const EVERY: usize = 40;

/// Most simulations; of more, so many are taken at even distances.
const MOST: usize = 600;

/// Gives the probability of a right answer for each answer of each student, in view of those before it.
pub type Predictor<'a> = &'a dyn Fn(&Histories) -> Result<Vec<Vec<f32>>>;

/// The figures at each of [`STEPS`]: from the tenth answer on and every forty answers, the model reads the student's
/// answers until there, and from then on its own draws at the student's true questions. Its probabilities are compared
/// with what the student answered.
///
/// # Errors
///
/// Those of the predictor.
pub fn simulated(histories: &Histories, predict: Predictor<'_>, seed: u64) -> Result<Vec<Figures>> {
    let length = STEPS[STEPS.len() - 1];
    let known = histories.questions.len();
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for (place, student) in histories.students.iter().enumerate() {
        let n = student.answers.len();
        starts.extend(
            (FIRST..n).step_by(EVERY).filter(|start| start + length <= n).map(|start| (place, start)),
        );
    }
    let starts: Vec<(usize, usize)> = match starts.len() {
        n if n > MOST => (0..MOST).map(|k| starts[k * n / MOST]).collect(),
        _ => starts,
    };
    let of = |(place, start): &(usize, usize)| Student {
        id: String::new(),
        answers: histories.students[*place].answers[..*start].to_vec(),
    };
    let mut drawn = histories.with(starts.iter().map(of).collect());
    let mut rng = random::generator(seed);
    let mut figures = Vec::new();
    for step in 1..=length {
        // The next question, with any answer: predictions read those before it.
        for (student, (place, start)) in drawn.students.iter_mut().zip(&starts) {
            student.answers.push(histories.students[*place].answers[start + step - 1]);
        }
        let probabilities = predict(&drawn)?;
        let mut rows = Vec::new();
        for ((student, p), (place, start)) in drawn.students.iter_mut().zip(&probabilities).zip(&starts) {
            let truth = histories.students[*place].answers[start + step - 1];
            let p = p[start + step - 1];
            if truth.question < known {
                rows.push((p, truth.correct));
            }
            student.answers[start + step - 1].correct = rng.random::<f32>() < p;
        }
        if STEPS.contains(&step) {
            figures.push(Figures::of(&rows));
        }
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::super::histories::Answer;
    use super::*;

    #[test]
    fn only_the_first_step_sees_true_answers_alone() {
        // A student who answers right for ever; a model that repeats the last answer it read.
        let answers = vec![Answer { question: 0, correct: true }; 40];
        let histories = Histories {
            questions: vec!["q".into()],
            students: vec![Student { id: "s".into(), answers }; 50],
            ..Histories::default()
        };
        let calls = std::cell::RefCell::new(Vec::new());
        let predict = |h: &Histories| {
            calls.borrow_mut().push(h.students[0].answers.len());
            Ok(h.students.iter().map(|s| vec![0.5; s.answers.len()]).collect())
        };
        let figures = simulated(&histories, &predict, 1).unwrap();
        assert_eq!(calls.into_inner(), (11..=30).collect::<Vec<_>>());
        assert!(figures.len() == 4 && figures.iter().all(|f| f.answers == 50 && f.accuracy == 1.0));
        // The model that believes what it read: after a wrong draw it never finds back.
        let repeat = |h: &Histories| {
            let p = |s: &Student| {
                let before = s.answers.iter().map(|a| if a.correct { 0.9 } else { 0.0 });
                [0.9].into_iter().chain(before).take(s.answers.len()).collect()
            };
            Ok(h.students.iter().map(p).collect())
        };
        let figures = simulated(&histories, &repeat, 1).unwrap();
        assert_eq!(figures[0].accuracy, 1.0);
        // 0.9 to the 19th power is 0.135.
        assert!(figures[3].accuracy < 0.4 && figures[1].accuracy > figures[3].accuracy, "{figures:?}");
    }
}
