//! Bayesian knowledge tracing (Corbett and Anderson 1995), one model a skill.

use super::fit::Labels;
use super::histories::Histories;

/// A skill is either mastered or not; each answer may teach it, nothing is forgotten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bkt {
    /// Probability that a student knows the skill at first.
    pub start: f64,
    /// Probability that an answer teaches it.
    pub learn: f64,
    /// Probability of a right answer without the skill.
    pub guess: f64,
    /// Probability of a wrong answer with it.
    pub slip: f64,
}

impl Default for Bkt {
    fn default() -> Self {
        Self { start: 0.4, learn: 0.1, guess: 0.2, slip: 0.1 }
    }
}

/// Guess and slip stay below these, so that mastery keeps its meaning (Baker, Corbett and Aleven 2008).
const MOST_GUESS: f64 = 0.5;
const MOST_SLIP: f64 = 0.3;

impl Bkt {
    /// Probability of a right answer, where the skill is known with a probability.
    #[must_use]
    pub fn right(&self, known: f64) -> f64 {
        known * (1.0 - self.slip) + (1.0 - known) * self.guess
    }

    /// Probability that the skill is known after an answer: what the answer says, then what it teaches.
    #[must_use]
    pub fn after(&self, known: f64, correct: bool) -> f64 {
        let (with, without) =
            if correct { (1.0 - self.slip, self.guess) } else { (self.slip, 1.0 - self.guess) };
        let seen = known * with / (known * with + (1.0 - known) * without);
        seen + (1.0 - seen) * self.learn
    }

    /// Fits the four parameters to sequences of answers by expectation maximization.
    #[must_use]
    pub fn fit(sequences: &[Vec<bool>], rounds: usize) -> Self {
        let mut model = Self::default();
        for _ in 0..rounds {
            model = model.improved(sequences);
        }
        model
    }

    fn improved(&self, sequences: &[Vec<bool>]) -> Self {
        // One observation of each kind in the proportions of the default, so that rare skills stay near it.
        let prior = Self::default();
        let mut start = (prior.start, 1.0);
        let mut learn = (prior.learn, 1.0);
        let mut guess = (prior.guess, 1.0);
        let mut slip = (prior.slip, 1.0);
        for answers in sequences.iter().filter(|answers| !answers.is_empty()) {
            let emitted = |correct: bool| {
                if correct { [self.guess, 1.0 - self.slip] } else { [1.0 - self.guess, self.slip] }
            };
            // Forward, normalized at each answer.
            let mut forward: Vec<[f64; 2]> = Vec::with_capacity(answers.len());
            let mut before = [1.0 - self.start, self.start];
            for correct in answers {
                let e = emitted(*correct);
                let (a, b) = (before[0] * e[0], before[1] * e[1]);
                let sum = a + b;
                let now = [a / sum, b / sum];
                forward.push(now);
                before = [now[0] * (1.0 - self.learn), now[1] + now[0] * self.learn];
            }
            // Backward, in the same scale.
            let mut later = [1.0, 1.0];
            for t in (0..answers.len()).rev() {
                let now = forward[t];
                let weight = [now[0] * later[0], now[1] * later[1]];
                let known = weight[1] / (weight[0] + weight[1]);
                if answers[t] {
                    guess.0 += 1.0 - known;
                }
                guess.1 += 1.0 - known;
                if !answers[t] {
                    slip.0 += known;
                }
                slip.1 += known;
                if t == 0 {
                    start.0 += known;
                    start.1 += 1.0;
                    break;
                }
                let e = emitted(answers[t]);
                let earlier = forward[t - 1];
                let stays = earlier[0] * (1.0 - self.learn) * e[0] * later[0];
                let learns = earlier[0] * self.learn * e[1] * later[1];
                let knew = earlier[1] * e[1] * later[1];
                let sum = stays + learns + knew;
                learn.0 += learns / sum;
                learn.1 += (stays + learns) / sum;
                let back =
                    [(1.0 - self.learn) * e[0] * later[0] + self.learn * e[1] * later[1], e[1] * later[1]];
                let scale = back[0] + back[1];
                later = [back[0] / scale, back[1] / scale];
            }
        }
        let share = |(part, all): (f64, f64)| part / all;
        Self {
            start: share(start).clamp(0.01, 0.99),
            learn: share(learn).clamp(0.001, 0.9),
            guess: share(guess).clamp(0.01, MOST_GUESS),
            slip: share(slip).clamp(0.01, MOST_SLIP),
        }
    }
}

/// A model for each skill.
#[derive(Clone, Debug)]
pub struct Skills(pub Vec<Bkt>);

impl Skills {
    /// Fits a model for each skill of the questions.
    #[must_use]
    pub fn fit(train: &Histories) -> Self {
        const ROUNDS: usize = 30;
        let mut sequences: Vec<Vec<Vec<bool>>> = vec![Vec::new(); train.skills.len()];
        for student in &train.students {
            let mut own: Vec<Vec<bool>> = vec![Vec::new(); train.skills.len()];
            for answer in &student.answers {
                train.skills_of(answer.question).iter().for_each(|skill| own[*skill].push(answer.correct));
            }
            for (all, own) in sequences.iter_mut().zip(own) {
                if !own.is_empty() {
                    all.push(own);
                }
            }
        }
        Self(sequences.iter().map(|sequences| Bkt::fit(sequences, ROUNDS)).collect())
    }

    /// For each student and answer: the probability of a right answer before it, the mean over the question's skills
    /// (`otherwise` where it has none), and the probability that each of these is known after it.
    #[must_use]
    pub fn trace(&self, histories: &Histories, otherwise: f64) -> (Vec<Vec<f32>>, Labels) {
        let (mut predicted, mut mastered) = (Vec::new(), Vec::new());
        for student in &histories.students {
            let mut known: Vec<f64> = self.0.iter().map(|skill| skill.start).collect();
            let (mut p, mut m) = (Vec::new(), Vec::new());
            for answer in &student.answers {
                let skills = histories.skills_of(answer.question);
                let mean =
                    skills.iter().map(|s| self.0[*s].right(known[*s])).sum::<f64>() / skills.len() as f64;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a probability of f32's digits is enough"
                )]
                p.push(if skills.is_empty() { otherwise } else { mean } as f32);
                skills.iter().for_each(|s| known[*s] = self.0[*s].after(known[*s], answer.correct));
                #[expect(clippy::cast_possible_truncation, reason = "as above")]
                m.push(skills.iter().map(|s| (*s, known[*s] as f32)).collect());
            }
            predicted.push(p);
            mastered.push(m);
        }
        (predicted, mastered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use rand::Rng;

    #[test]
    fn an_answer_moves_mastery_by_bayes_rule() {
        let model = Bkt { start: 0.5, learn: 0.2, guess: 0.25, slip: 0.1 };
        assert!((model.right(0.5) - (0.45 + 0.125)).abs() < 1e-12);
        // 0.45 / 0.575 = 0.7826; then 0.2 of the rest.
        assert!((model.after(0.5, true) - (0.782_608_695_652 + 0.2 * 0.217_391_304_348)).abs() < 1e-9);
        // 0.05 / 0.425 = 0.1176.
        assert!((model.after(0.5, false) - (0.117_647_058_824 + 0.2 * 0.882_352_941_176)).abs() < 1e-9);
    }

    #[test]
    fn parameters_are_found_again() {
        let truth = Bkt { start: 0.3, learn: 0.15, guess: 0.2, slip: 0.08 };
        let mut rng = random::generator(3);
        let sequences: Vec<Vec<bool>> = (0..4000)
            .map(|_| {
                let mut known = rng.random_bool(truth.start);
                (0..12)
                    .map(|_| {
                        let right = rng.random_bool(if known { 1.0 - truth.slip } else { truth.guess });
                        known |= rng.random_bool(truth.learn);
                        right
                    })
                    .collect()
            })
            .collect();
        let found = Bkt::fit(&sequences, 60);
        for (name, found, truth) in [
            ("start", found.start, truth.start),
            ("learn", found.learn, truth.learn),
            ("guess", found.guess, truth.guess),
            ("slip", found.slip, truth.slip),
        ] {
            assert!((found - truth).abs() < 0.03, "{name}: {found}, in truth {truth}");
        }
    }

    #[test]
    fn a_skill_without_answers_keeps_plausible_parameters() {
        let model = Bkt::fit(&[], 10);
        assert_eq!(model, Bkt::default());
    }
}
