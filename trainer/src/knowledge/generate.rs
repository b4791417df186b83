//! Simulated students whose mastery is known: a course of arithmetic, for the model that is shipped and for tests.
//!
//! A student knows each skill or does not. Known skills give right answers but for slips, unknown ones wrong answers
//! but for guesses; how often depends on the question. Each answer to a question of a skill may teach it: less likely
//! while a skill that it builds on is unknown, and more likely the faster the student learns. Nothing is forgotten. All
//! numbers are set here, none come from real students.

use super::fit::Labels;
use super::histories::{Answer, Histories, Student};
use crate::random;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Skills: id, name, and the places of those that it builds on.
const SKILLS: [(&str, &str, &[usize]); 10] = [
    ("add", "Adding", &[]),
    ("subtract", "Subtracting", &[0]),
    ("multiply", "Multiplying", &[0]),
    ("divide", "Dividing", &[1, 2]),
    ("fractions", "Fractions", &[3]),
    ("add-fractions", "Adding fractions", &[0, 4]),
    ("decimals", "Decimals", &[3]),
    ("percent", "Percentages", &[4, 6]),
    ("ratio", "Ratios", &[3]),
    ("equations", "Simple equations", &[1, 3]),
];

/// Questions of one skill each.
const PER_SKILL: usize = 12;

/// How many students are simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generated {
    /// Students to learn from.
    pub students: usize,
    /// Students to measure with.
    pub test_students: usize,
    /// Answers of each.
    pub answers: usize,
}

impl Default for Generated {
    fn default() -> Self {
        Self { students: 3000, test_students: 500, answers: 80 }
    }
}

/// A question as it is in truth.
#[derive(Clone, Copy, Debug)]
struct Truth {
    guess: f64,
    slip: f64,
}

/// The course: its questions and skills.
#[derive(Clone, Debug)]
pub struct Course {
    /// Questions and skills, without students.
    pub histories: Histories,
    truths: Vec<Truth>,
}

impl Default for Course {
    fn default() -> Self {
        Self::new()
    }
}

impl Course {
    /// The course, always the same.
    #[must_use]
    pub fn new() -> Self {
        let mut rng = random::generator(20_260_101);
        let mut histories = Histories::default();
        let mut truths = Vec::new();
        for (place, (id, name, builds_on)) in SKILLS.iter().enumerate() {
            histories.skills.push((*id).to_owned());
            histories.skill_names.push((*name).to_owned());
            for n in 1..=PER_SKILL {
                histories.questions.push(format!("{id}-{n}"));
                // The last question of a skill asks for one that it builds on as well.
                let mut skills = vec![place];
                if n == PER_SKILL {
                    skills.extend(builds_on.first());
                }
                skills.sort_unstable();
                histories.question_skills.push(skills);
                truths.push(Truth { guess: rng.random_range(0.08..0.3), slip: rng.random_range(0.03..0.2) });
            }
        }
        Self { histories, truths }
    }

    /// A student of the course.
    #[must_use]
    pub fn student(&self, seed: u64) -> Simulated<'_> {
        let mut rng = random::generator(seed);
        let ability: f64 = rng.random_range(-1.0..1.0);
        let speed = rng.random_range(0.04..0.16);
        let mut known = [false; SKILLS.len()];
        for (place, (_, _, builds_on)) in SKILLS.iter().enumerate() {
            let ready = builds_on.iter().all(|skill| known[*skill]);
            // Later skills are known less often.
            let level = 0.75 - 0.07 * place as f64 + 0.35 * ability;
            known[place] = rng.random_bool((if ready { level } else { 0.2 * level }).clamp(0.02, 0.95));
        }
        Simulated { course: self, known, speed, rng }
    }

    /// Students, half of whom practise block by block, as a course goes, with repetition, and half in any order; with
    /// the truth about all skills after each answer.
    #[must_use]
    pub fn students(&self, count: usize, answers: usize, seed: u64) -> (Vec<Student>, Labels) {
        let mut all = (Vec::new(), Vec::new());
        for n in 0..count as u64 {
            let mut student = self.student(seed.wrapping_mul(1_000_003).wrapping_add(n));
            let mut skill = student.rng.random_range(0..4usize);
            let in_order = student.rng.random_bool(0.5);
            let (mut given, mut truth) = (Vec::new(), Vec::new());
            while given.len() < answers {
                // Most questions are of the current skill, some go back, some ahead.
                let of = match student.rng.random_range(0..10) {
                    0..=6 if in_order => skill,
                    8.. if in_order => student.rng.random_range(0..=skill),
                    _ => student.rng.random_range(0..SKILLS.len()),
                };
                let question = of * PER_SKILL + student.rng.random_range(0..PER_SKILL);
                let correct = student.answer(question);
                given.push(Answer { question, correct });
                let known = student.known.iter().map(|known| f32::from(u8::from(*known)));
                truth.push(known.enumerate().collect());
                if student.rng.random_bool(0.15) {
                    skill = (skill + 1) % SKILLS.len();
                }
            }
            all.0.push(Student { id: format!("simulated-{seed}-{n}"), answers: given });
            all.1.push(truth);
        }
        all
    }
}

/// A simulated student.
#[derive(Clone, Debug)]
pub struct Simulated<'a> {
    course: &'a Course,
    known: [bool; SKILLS.len()],
    /// Probability that an answer teaches its skill.
    speed: f64,
    rng: ChaCha8Rng,
}

impl Simulated<'_> {
    /// Which skills the student knows.
    #[must_use]
    pub fn known(&self) -> &[bool] {
        &self.known
    }

    /// Whether the student's answer to a question is right; the student may learn from it.
    pub fn answer(&mut self, question: usize) -> bool {
        let truth = self.course.truths[question];
        let skills = self.course.histories.skills_of(question);
        let able = skills.iter().all(|skill| self.known[*skill]);
        let right = self.rng.random_bool(if able { 1.0 - truth.slip } else { truth.guess });
        for skill in skills {
            let ready = SKILLS[*skill].2.iter().all(|before| self.known[*before]);
            let chance = if ready { self.speed } else { 0.2 * self.speed };
            let learns = self.rng.random_bool(chance);
            self.known[*skill] |= learns;
        }
        right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_are_the_same_for_a_seed_and_never_forget() {
        let course = Course::new();
        assert_eq!(course.students(5, 30, 1), course.students(5, 30, 1));
        assert_ne!(course.students(5, 30, 1).0, course.students(5, 30, 2).0);
        let mut student = course.student(3);
        let mut before = student.known().to_vec();
        for n in 0..600 {
            student.answer(n % course.truths.len());
            assert!(before.iter().zip(student.known()).all(|(before, now)| now >= before));
            before = student.known().to_vec();
        }
        assert!(before.iter().filter(|known| **known).count() > 5);
    }

    #[test]
    fn known_skills_give_right_answers() {
        let course = Course::new();
        let (mut known, mut unknown) = ((0, 0), (0, 0));
        for seed in 0..4000 {
            let mut student = course.student(seed);
            let skill = usize::try_from(seed % 10).unwrap();
            let counts = if student.known()[skill] { &mut known } else { &mut unknown };
            counts.0 += usize::from(student.answer(skill * PER_SKILL));
            counts.1 += 1;
        }
        let share = |(right, all): (usize, usize)| right as f64 / all as f64;
        assert!(known.1 > 500 && unknown.1 > 500 && share(known) > 0.8 && share(unknown) < 0.3);
    }
}
