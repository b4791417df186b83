//! What the student model learns about mastery: labels for skills after answers.

use super::bkt::Skills;
use super::fit::Labels;
use super::histories::Histories;
use super::logistic::Logistic;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Where labels of mastery come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MasterySource {
    /// The posteriors of Bayesian knowledge tracing.
    #[default]
    Bkt,
    /// What performance factors analysis expects of the next answer to a question of the skill alone.
    Pfa,
    /// What is true of simulated students.
    Truth,
    /// A table, such as a language model may write: see [`read`].
    Csv(PathBuf),
}

impl Logistic {
    /// For each answer of each student, the probability that the student answers a question of each of its skills
    /// right after it: one label for each skill that the question asks for.
    ///
    /// # Panics
    ///
    /// When the regression is not one of performance factors.
    #[must_use]
    pub fn labels(&self, histories: &Histories) -> Labels {
        let of = |student: &super::histories::Student| {
            let mut state = super::logistic::State::new(histories.skills.len());
            let label = |answer: &super::histories::Answer| {
                state.take_in(histories, answer.question, f64::from(u8::from(answer.correct)));
                let skills = histories.skills_of(answer.question);
                skills.iter().map(|skill| (*skill, self.mastered(&state, *skill))).collect()
            };
            student.answers.iter().map(label).collect()
        };
        histories.students.iter().map(of).collect()
    }
}

/// Makes the labels of training students; `truth` has what is true of simulated ones.
///
/// # Errors
///
/// When a table cannot be read or is not of the form, or the truth is not known.
pub fn labels(
    source: &MasterySource,
    train: &Histories,
    bkt: &Skills,
    factors: &Logistic,
    truth: Option<Labels>,
    data: &Path,
) -> Result<Labels> {
    match source {
        MasterySource::Bkt => Ok(bkt.trace(train, 0.5).1),
        MasterySource::Pfa => Ok(factors.labels(train)),
        MasterySource::Truth => truth.context("only simulated students have a true mastery"),
        MasterySource::Csv(path) => read(&data.join(path), train),
    }
}

/// Reads a table with the columns `student`, `skill` (ids), `mastery` (0 to 1) and optionally `step`: after how many of
/// the student's answers it holds, after all of them where there is none. Students that are not in training and skills
/// that no question has are left out.
///
/// # Errors
///
/// When the file cannot be read, a column is missing, a value is out of its range or there twice, or nothing is left.
pub fn read(path: &Path, train: &Histories) -> Result<Labels> {
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
    let header = reader.headers().with_context(|| path.display().to_string())?.clone();
    let column = |name: &str| header.iter().position(|have| have.trim() == name);
    let needed = |name: &str| {
        let have = header.iter().collect::<Vec<_>>().join(", ");
        column(name).with_context(|| format!("{} has no column `{name}`, it has {have}", path.display()))
    };
    let (student, skill, mastery) = (needed("student")?, needed("skill")?, needed("mastery")?);
    let step = column("step");
    let places: HashMap<&str, usize> =
        train.students.iter().enumerate().map(|(place, student)| (student.id.as_str(), place)).collect();
    let skills: HashMap<&str, usize> =
        train.skills.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    let mut all: Labels = train.students.iter().map(|s| vec![Vec::new(); s.answers.len()]).collect();
    let mut seen = HashSet::new();
    for record in reader.records() {
        let record = record.with_context(|| path.display().to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let at = || format!("{}, line {line}", path.display());
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        let value = field(mastery).parse().ok().filter(|value: &f32| (0.0..=1.0).contains(value));
        let value = value.with_context(|| format!("{}: `mastery` is not a number of 0 to 1", at()))?;
        let after: Option<usize> = match step.map(field) {
            None | Some("") => None,
            Some(after) => {
                let after = after.parse().ok().filter(|after| *after > 0);
                Some(after.with_context(|| format!("{}: `step` is not a number from 1 on", at()))?)
            }
        };
        let (Some(place), Some(skill)) = (places.get(field(student)), skills.get(field(skill))) else {
            continue;
        };
        let answers = all[*place].len();
        let after = after.unwrap_or(answers);
        ensure!(
            (1..=answers).contains(&after),
            "{}: `step` is {after}, the student has {answers} answers",
            at()
        );
        ensure!(
            seen.insert((*place, *skill, after)),
            "{}: the mastery of this student, skill and step is there twice",
            at()
        );
        all[*place][after - 1].push((*skill, value));
    }
    ensure!(
        !seen.is_empty(),
        "{}: no row has one of the {} training students and one of the {} skills",
        path.display(),
        train.students.len(),
        train.skills.len()
    );
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::generate::Course;
    use super::super::histories::{Answer, Student};
    use super::super::logistic::Features;
    use super::*;

    fn two() -> Histories {
        let answers = [(0, true), (1, false), (0, true)];
        let answers: Vec<Answer> = answers.map(|(question, correct)| Answer { question, correct }).into();
        let student = |id: &str| Student { id: id.into(), answers: answers.clone() };
        Histories {
            questions: ["a", "b"].map(String::from).into(),
            skills: ["x", "y"].map(String::from).into(),
            question_skills: vec![vec![0], vec![0, 1]],
            students: vec![student("ann"), student("bob")],
            ..Histories::default()
        }
    }

    #[test]
    fn a_table_gives_labels_after_the_steps_that_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        std::fs::write(
            &path,
            "step,student,skill,mastery\n2,ann,y,0.25\n,bob,x,1\n1,eve,x,0.5\n1,ann,z,0.5\n",
        )
        .unwrap();
        let labels = read(&path, &two()).unwrap();
        assert_eq!(labels[0], [vec![], vec![(1, 0.25)], vec![]]);
        assert_eq!(labels[1], [vec![], vec![], vec![(0, 1.0)]]);
        std::fs::write(&path, "student,skill,mastery\nann,x,0.5\n").unwrap();
        assert_eq!(read(&path, &two()).unwrap()[0][2], [(0, 0.5)]);
    }

    #[test]
    fn tables_that_are_wrong_are_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        for (text, said) in [
            ("student,skill\nann,x\n", "no column `mastery`, it has student, skill"),
            ("student,skill,mastery\nann,x,1.5\n", "line 2: `mastery` is not a number of 0 to 1"),
            ("student,skill,mastery\nann,x,high\n", "line 2: `mastery` is not a number of 0 to 1"),
            ("student,skill,mastery,step\nann,x,1,0\n", "line 2: `step` is not a number from 1 on"),
            ("student,skill,mastery,step\nann,x,1,4\n", "line 2: `step` is 4, the student has 3 answers"),
            (
                "student,skill,mastery\nann,x,1\nann,x,0\n",
                "line 3: the mastery of this student, skill and step",
            ),
            (
                "student,skill,mastery\neve,x,1\n",
                "no row has one of the 2 training students and one of the 2",
            ),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = format!("{:#}", read(&path, &two()).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
        let error = read(&folder.path().join("none.csv"), &two()).unwrap_err();
        assert!(format!("{error:#}").contains("cannot read"));
    }

    #[test]
    fn performance_factors_and_tracing_agree_on_who_has_mastered_what() {
        let course = Course::new();
        let (students, truth) = course.students(400, 60, 1);
        let train = course.histories.with(students);
        let factors = Logistic::fit(&train, Features::Factors);
        let bkt = Skills::fit(&train);
        let area = |labels: &Labels| {
            let mut rows = Vec::new();
            for (labels, truth) in labels.iter().flatten().zip(truth.iter().flatten()) {
                rows.extend(labels.iter().map(|(skill, p)| (*p, truth[*skill].1 > 0.5)));
            }
            super::super::figures::Figures::of(&rows).auc
        };
        let of = |source: MasterySource| {
            labels(&source, &train, &bkt, &factors, Some(truth.clone()), Path::new(".")).unwrap()
        };
        let (by_factors, by_tracing) = (area(&of(MasterySource::Pfa)), area(&of(MasterySource::Bkt)));
        assert!(by_factors > 0.8 && by_tracing > 0.85, "{by_factors} {by_tracing}");
        // What is true, of the skills that are asked for and of all others.
        assert_eq!(of(MasterySource::Truth), truth);
        let missing = labels(&MasterySource::Truth, &train, &bkt, &factors, None, Path::new("."));
        assert!(missing.unwrap_err().to_string().contains("simulated students"));
    }
}
