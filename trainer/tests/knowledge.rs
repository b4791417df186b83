//! The shipped knowledge model finds what is true of simulated students.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use pupil_core::format::manifest::DataSource;
use pupil_core::{Policy, Tracker};
use pupil_trainer::knowledge;
use pupil_trainer::knowledge::export::{Description, file};
use pupil_trainer::knowledge::figures::Figures;
use pupil_trainer::knowledge::fit::{FitSettings, Targets, fit, predict};
use pupil_trainer::knowledge::follow;
use pupil_trainer::knowledge::followers::OfFile;
use pupil_trainer::knowledge::generate::{Course, Simulated};
use pupil_trainer::knowledge::network::{Kind, Network, Spec};
use pupil_trainer::knowledge::recipe::KnowledgeRecipe;
use pupil_trainer::knowledge::world::{GraphSource, graph, world};
use pupil_trainer::model::pretrained::Encoders;
use pupil_trainer::progress::Bar;
use pupil_trainer::random;
use rand::Rng;

/// Students that the model has not learned from: those of the recipe have seeds near 1,000,003.
const FIRST_SEED: u64 = 5_000_000;

fn model() -> Tracker {
    Tracker::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/practice/practice.pupil")).unwrap()
}

fn ask(course: &Course, student: &mut Simulated<'_>, tracker: &mut Tracker, question: usize) {
    let right = student.answer(question);
    tracker.observe(&course.histories.questions[question], right).unwrap();
}

/// A student after so many answers to random questions, none of them twice.
fn started<'a>(course: &'a Course, model: &Tracker, seed: u64, answers: usize) -> (Simulated<'a>, Tracker) {
    let (mut student, mut tracker) = (course.student(seed), model.for_new_student());
    let order = random::permutation(course.histories.questions.len(), seed);
    order[..answers].iter().for_each(|question| ask(course, &mut student, &mut tracker, *question));
    (student, tracker)
}

#[test]
fn the_model_is_of_the_course() {
    let (course, model) = (Course::new(), model());
    let ids: Vec<&str> = model.questions().iter().map(|q| q.id.as_str()).collect();
    assert_eq!(ids, course.histories.questions);
    assert!(model.questions().iter().map(|q| &q.skills).eq(&course.histories.question_skills));
}

#[test]
fn mastery_is_that_of_the_student() {
    let (course, model) = (Course::new(), model());
    let (mut rows, mut unseen) = (Vec::new(), Vec::new());
    for seed in 0..400 {
        let (student, mut tracker) = started(&course, &model, FIRST_SEED + seed, 50);
        for (skill, known) in tracker.mastery().iter().zip(student.known()) {
            let rows = if skill.answers >= 3 { &mut rows } else { &mut unseen };
            rows.push((skill.probability, *known));
        }
    }
    let figures = Figures::of(&rows);
    assert!(rows.len() > 3000 && figures.auc > 0.9 && figures.calibration_error < 0.08, "{figures:?}");
    // What was hardly asked for follows from the skills that it builds on, less surely.
    assert!(unseen.len() > 50 && Figures::of(&unseen).auc > 0.7, "{:?}", Figures::of(&unseen));
}

#[test]
fn the_weakest_skill_is_one_that_the_student_lacks() {
    let (course, model) = (Course::new(), model());
    let (mut found, mut chance, mut students) = (0.0, 0.0, 0.0);
    for seed in 0..400 {
        let (student, mut tracker) = started(&course, &model, FIRST_SEED + 1000 + seed, 50);
        let lacking = student.known().iter().filter(|known| !**known).count();
        // Of students who lack most or nothing, there is nothing to find.
        if !(1..=5).contains(&lacking) {
            continue;
        }
        let mastery = tracker.mastery();
        let weakest = (0..mastery.len())
            .min_by(|a, b| mastery[*a].probability.total_cmp(&mastery[*b].probability))
            .unwrap();
        found += f64::from(u8::from(!student.known()[weakest]));
        chance += lacking as f64 / mastery.len() as f64;
        students += 1.0;
    }
    assert!(students > 100.0);
    let (found, chance) = (found / students, chance / students);
    assert!(
        found > 0.85 && chance < 0.5,
        "found of {found:.3}, by chance of {chance:.3} of {students} students"
    );
}

/// Skills that students learn with recommended questions, above those with random ones: the mean and its 95 % interval
/// over students, each of whom practises both ways from the same state.
fn gain(policy: &Policy) -> (f64, f64, f64) {
    const PRACTISED: usize = 25;
    let (course, model) = (Course::new(), model());
    let count = |student: &Simulated<'_>| student.known().iter().filter(|known| **known).count() as f64;
    let differences: Vec<f64> = (0..400)
        .map(|seed| {
            let (student, tracker) = started(&course, &model, FIRST_SEED + 2000 + seed, 25);
            let (mut taught, mut followed) = (student.clone(), tracker.clone());
            let (mut left, mut random) = (student, tracker);
            let order = random::permutation(course.histories.questions.len(), seed ^ 0xabcd);
            let asked = |question: &usize| random.was_asked(&course.histories.questions[*question]).unwrap();
            let unasked: Vec<usize> = order.into_iter().filter(|question| !asked(question)).collect();
            for question in &unasked[..PRACTISED] {
                let chosen = followed.recommend(1, policy).unwrap().remove(0).question;
                let chosen = course.histories.questions.iter().position(|q| *q == chosen).unwrap();
                ask(&course, &mut taught, &mut followed, chosen);
                ask(&course, &mut left, &mut random, *question);
            }
            count(&taught) - count(&left)
        })
        .collect();
    let mut rng = random::generator(1);
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / differences.len() as f64;
    let mut resampled: Vec<f64> = (0..2000)
        .map(|_| {
            mean(&mut (0..differences.len()).map(|_| differences[rng.random_range(0..differences.len())]))
        })
        .collect();
    resampled.sort_by(f64::total_cmp);
    (mean(&mut differences.iter().copied()), resampled[50], resampled[1949])
}

#[test]
fn students_learn_more_from_recommended_questions_than_from_random_ones() {
    let (mean, low, high) = gain(&Policy::ExpectedGain);
    println!("{mean:.3} skills more, {low:.3} to {high:.3}");
    assert!(low > 0.0, "{mean:.3} skills more, {low:.3} to {high:.3}");
}

/// A recipe of few students and epochs, with every kind of network.
const SMALL: &str = r#"
name = "small"
seed = 3
seeds = [1, 2]
graph = "transitions"
mastery = "truth"
ablations = 1
[data]
folds = 2
[data.generated]
students = 60
test_students = 20
answers = 40
[[teachers]]
kind = "dkt"
embedding = 8
hidden = 8
[[baselines]]
kind = "attention"
embedding = 8
hidden = 8
heads = 2
layers = 1
[teacher_fit]
epochs = 2
[pupil]
kind = "pupil"
embedding = 8
hidden = 12
[fit]
epochs = 3
distillation = 0.5
mastery = 0.5
sampling = 0.3
"#;

#[test]
fn a_run_is_repeated_bit_for_bit_and_goes_on_where_it_was_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = folder.path().join("small.toml");
    std::fs::write(&recipe, SMALL).unwrap();
    let run = |runs: &str| {
        let (text, path) =
            knowledge::run::run(&recipe, folder.path(), Encoders::from(""), &folder.path().join(runs))
                .unwrap();
        (text, std::fs::read(path).unwrap())
    };
    let first = run("a");
    let runs = folder.path().join("a/small");
    let fits = |folder: &std::path::Path| {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name.ends_with(".safetensors"));
        names.sort();
        names
    };
    // Two folds of a teacher, a baseline, two student models, and one without each of four things.
    assert_eq!(fits(&runs).len(), 2 + 1 + 2 + 4, "{:?}", fits(&runs));
    for said in [
        "question mean",
        "BKT",
        "PFA",
        "DKT, one",
        "attention, one",
        "all teachers",
        "| file |",
        "without graph",
        "less one DKT",
        "| student model | 2 |",
        "Reading own probabilities",
    ] {
        assert!(first.0.contains(said), "{said} is not in {}", first.0);
    }
    for name in fits(&runs) {
        let beside = |ending: &str| {
            let file = name.replace("safetensors", ending);
            std::fs::read_to_string(runs.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"))
        };
        let csv = beside("history.csv");
        assert!(csv.starts_with("epoch,train_loss,validation_auc,kept\n1,"), "{name}: {csv}");
        assert_eq!(csv.matches(",1\n").count(), 1, "{name}: {csv}");
        assert!(beside("history.svg").contains("Area under the curve"), "{name}");
    }
    let card = std::fs::read_to_string(runs.join("card.md")).unwrap();
    assert!(card.contains("- \"knowledge-tracing\"\n") && card.ends_with(&first.0), "{card}");
    // What is kept is not fitted again; what is missing is, to the same parameters.
    let kept = |name: &str| std::fs::metadata(runs.join(name)).unwrap().modified().unwrap();
    let before = kept("teacher-1-fold-1.safetensors");
    std::fs::remove_file(runs.join("pupil-seed-2.json")).unwrap();
    assert_eq!(run("a"), first);
    assert_eq!(kept("teacher-1-fold-1.safetensors"), before);
    assert_eq!(run("b"), first);
    let tracker = Tracker::from_bytes(first.1).unwrap();
    let about = tracker.manifest().knowledge.as_ref().unwrap();
    assert_eq!((about.skills.len(), about.questions.len(), about.hidden), (10, 120, 12));
    assert!(about.metrics.iter().any(|metric| metric.name == "auc" && metric.value > 0.5));
}

#[test]
fn the_file_predicts_what_its_network_does() {
    let course = Course::new();
    let (students, labels) = course.students(40, 40, 1);
    let train = course.histories.with(students);
    let known = {
        let encoders = Encoders::from("");
        let graph = graph(&train, &GraphSource::Transitions, std::path::Path::new("."), &encoders).unwrap();
        world(&train, graph).unwrap()
    };
    let spec = Spec { kind: Kind::Pupil, embedding: 8, hidden: 16, counts: 6, ..Spec::default() };
    let network = Network::new(&spec, &known, 1).unwrap();
    let settings = FitSettings { epochs: 3, mastery: 1.0, ..FitSettings::default() };
    let before = network.parameters().unwrap();
    let targets = Targets { mastery: Some(&labels), ..Targets::default() };
    fit(&network, &train, &train, targets, &settings, 1, &Bar::new("fit".into())).unwrap();
    // Everything is trained.
    for (name, values) in network.parameters().unwrap() {
        assert_ne!(values, before[&name], "{name} has not changed");
    }
    let folder = tempfile::tempdir().unwrap();
    let recipe = folder.path().join("r.toml");
    std::fs::write(&recipe, "name = \"r\"\nseed = 1\n[data.generated]\n").unwrap();
    let recipe = KnowledgeRecipe::read(&recipe).unwrap();
    let said = Description {
        recipe: &recipe,
        recipe_blake3: "",
        data: DataSource::default(),
        metrics: Vec::new(),
        teacher: None,
    };
    let tracker = Tracker::from_bytes(file(&network, &train, &said).unwrap()).unwrap();
    let (of_file, of_network) = (
        follow::predict(&OfFile::new(&tracker, &train), &train).unwrap(),
        predict(&network, &train).unwrap(),
    );
    for (file, network) in of_file.iter().flatten().zip(of_network.iter().flatten()) {
        assert!((file - network).abs() < 0.03, "{file} {network}");
    }
}
