//! Evaluations, tables and comparisons of invented scores.

use super::*;
use crate::head::HeadKind;
use pupil_metrics::{Stream, fisher_mean, mean};

fn task(id: &str, head: HeadKind, labels: &[&str]) -> TaskData {
    TaskData {
        id: id.into(),
        name: id.into(),
        head,
        labels: labels.iter().map(|l| (*l).to_owned()).collect(),
        points: Vec::new(),
    }
}

fn ordinal(id: &str) -> TaskData {
    task(id, HeadKind::Ordinal, &["0", "1", "2", "3"])
}

fn row(task: usize, id: usize, target: Target, predicted: Target) -> Scored {
    Scored {
        index: id,
        id: format!("r{id}"),
        task,
        group: None,
        cluster: None,
        target,
        predicted,
        probabilities: Vec::new(),
    }
}

/// Levels of `tasks` tasks; a system is wrong by one level in `errors` of ten rows, at random.
fn rows(tasks: usize, n: usize, errors: usize, seed: u64) -> Vec<Scored> {
    let mut truth = Stream::new(0, "truth", 0);
    let mut noise = Stream::new(seed, "noise", errors);
    let mut rows = Vec::new();
    for task in 0..tasks {
        for id in 0..n {
            let level = truth.below(4);
            let shift = usize::from(noise.below(10) < errors);
            let award = if level == 3 { 3 - shift } else { level + shift };
            rows.push(row(task, id, Target::Level(level), Target::Level(award)));
        }
    }
    rows
}

fn boot() -> Bootstrap {
    Bootstrap { replicates: 200, ..Bootstrap::default() }
}

fn run(system: &str, seed: u64) -> Run {
    Run { system: system.into(), split: "test".into(), seed: Some(seed) }
}

fn tasks() -> Vec<TaskData> {
    vec![ordinal("q1"), ordinal("q2"), ordinal("q10")]
}

fn system(name: &str, errors: usize, seed: u64) -> Evaluation {
    evaluate(run(name, seed), &tasks(), &rows(3, 120, errors, seed), &boot()).unwrap()
}

#[test]
fn figures_are_those_of_the_tally_and_lie_in_their_intervals() {
    let evaluation = system("student", 3, 1);
    assert_eq!(evaluation.tasks.len(), 3);
    for task in &evaluation.tasks {
        assert_eq!(task.n, 120);
        assert_eq!(task.metrics.len(), HeadKind::Ordinal.metrics().len());
        for (metric, estimate) in &task.metrics {
            assert_eq!(Some(estimate.value), task.outcomes.tally().metric(*metric), "{}", metric.name());
            let (low, high) = (estimate.low.unwrap(), estimate.high.unwrap());
            assert!(low <= estimate.value && estimate.value <= high, "{}: {estimate:?}", metric.name());
        }
        assert_eq!(task.confusion[0].total(), 120);
        assert_eq!(task.classes.iter().map(|c| c.support).sum::<u64>(), 120);
        assert!(task.calibration.is_none() && task.groups.is_empty() && task.label_kappas.is_empty());
    }
}

#[test]
fn means_over_tasks_are_arithmetic_and_fisher() {
    let evaluation = system("student", 3, 1);
    let kappas: Vec<f64> = evaluation.tasks.iter().map(|t| t.metrics[&Metric::Qwk].value).collect();
    let means = &evaluation.means[&Metric::Qwk];
    assert_eq!(means.tasks, 3);
    assert_eq!(Some(means.arithmetic.value), mean(kappas.iter().copied()));
    assert_eq!(means.fisher.map(|f| f.value), fisher_mean(kappas));
    assert!(evaluation.means[&Metric::Accuracy].fisher.is_none());
    // The interval of three pooled tasks is narrower than that of one.
    let width = |e: &Estimate| e.high.unwrap() - e.low.unwrap();
    assert!(width(&means.arithmetic) < width(&evaluation.tasks[0].metrics[&Metric::Qwk]));
}

#[test]
fn order_of_rows_does_not_matter() {
    let forward = rows(3, 60, 3, 1);
    let mut backward = forward.clone();
    backward.reverse();
    let make = |rows: &[Scored]| evaluate(run("student", 1), &tasks(), rows, &boot()).unwrap();
    assert_eq!(make(&forward), make(&backward));
}

#[test]
fn task_without_scored_answers_is_left_out_of_the_means() {
    let mut data = rows(2, 60, 3, 1);
    data.push(row(2, 0, Target::Missing, Target::Level(0)));
    let evaluation = evaluate(run("student", 1), &tasks(), &data, &boot()).unwrap();
    assert_eq!((evaluation.tasks[2].n, evaluation.tasks[2].metrics.len()), (0, 0));
    assert_eq!(evaluation.means[&Metric::Qwk].tasks, 2);
    let text = table(std::slice::from_ref(&evaluation));
    assert!(text.contains("q1") && !text.contains("q10"), "{text}");
    assert!(detail(&evaluation, Style::Text).contains("task q10, n = 0"));
}

#[test]
fn task_with_undefined_kappa_is_skipped_and_the_table_says_so() {
    let mut data = rows(2, 60, 3, 1);
    data.extend((0..20).map(|id| row(2, id, Target::Level(1), Target::Level(1))));
    let evaluation = evaluate(run("student", 1), &tasks(), &data, &boot()).unwrap();
    assert!(!evaluation.tasks[2].metrics.contains_key(&Metric::Qwk));
    assert_eq!(evaluation.tasks[2].metrics[&Metric::Accuracy].value, 1.0);
    assert_eq!((evaluation.means[&Metric::Qwk].tasks, evaluation.means[&Metric::Accuracy].tasks), (2, 3));
    let text = table(&[evaluation]);
    assert!(text.contains("student: means over 2 of 3 tasks."), "{text}");
}

#[test]
fn predictions_that_do_not_fit_are_refused() {
    type Change = fn(&mut Vec<Scored>);
    let good = rows(1, 5, 0, 1);
    let changes: [(Change, &str); 5] = [
        (|r| r[2].task = 9, "prediction 3: unknown task"),
        (|r| r[2].predicted = Target::Level(4), "prediction 3"),
        (|r| r[2].predicted = Target::Missing, "prediction 3"),
        (|r| r[2].probabilities = vec![1.0], "prediction 3: 1 probabilities"),
        (|r| r[2].id = "r0".into(), "prediction 3: the same answer"),
    ];
    for (change, part) in changes {
        let mut rows = good.clone();
        change(&mut rows);
        let error = evaluate(run("student", 1), &tasks(), &rows, &boot()).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn rubric_labels_have_a_table_and_a_kappa_each() {
    let tasks = [task("rubric", HeadKind::Sigmoid, &["heat", "mass", "never"])];
    let flags = |bits: usize| Target::Labels(vec![bits & 1 > 0, bits & 2 > 0, false]);
    let rows: Vec<Scored> = (0..40)
        .map(|i| Scored {
            probabilities: vec![0.75, 0.25, 0.0],
            ..row(0, i, flags(i % 4), flags(if i % 5 == 0 { 0 } else { i % 4 }))
        })
        .collect();
    let evaluation = evaluate(run("student", 1), &tasks, &rows, &boot()).unwrap();
    let got = &evaluation.tasks[0];
    assert_eq!((got.confusion.len(), got.label_kappas.len(), got.classes.len()), (3, 3, 3));
    assert_eq!(got.label_kappas[2], None);
    let kappas: Vec<f64> = got.label_kappas.iter().copied().flatten().collect();
    assert_eq!(Some(got.metrics[&Metric::Kappa].value), mean(kappas));
    // Rows 5, 10, 15, 25, 30 and 35 lose a label; 0 and 20 have none to lose.
    assert_eq!(got.metrics[&Metric::ExactMatch].value, 34.0 / 40.0);
    assert!(got.calibration.unwrap().log_loss > 0.0);
    let text = detail(&evaluation, Style::Text);
    assert!(text.contains("agreement by label") && text.contains("never"), "{text}");
}

#[test]
fn subgroups_show_who_is_scored_too_high() {
    let rows: Vec<Scored> = (0..40)
        .map(|i| {
            let (level, north) = (i % 3, i < 20);
            let award = level + usize::from(north);
            Scored {
                group: Some(if north { "north" } else { "south" }.into()),
                ..row(0, i, Target::Level(level), Target::Level(award))
            }
        })
        .collect();
    let evaluation = evaluate(run("student", 1), &[ordinal("q")], &rows, &boot()).unwrap();
    let groups = &evaluation.tasks[0].groups;
    let names: Vec<_> = groups.iter().map(|g| (g.group.as_str(), g.n, g.accuracy)).collect();
    assert_eq!(names, [("north", 20, Some(0.0)), ("south", 20, Some(1.0))]);
    let (north, south) =
        (groups[0].standardized_difference.unwrap(), groups[1].standardized_difference.unwrap());
    // z-scores have mean 0 over all answers, so the two halves differ from it equally.
    assert!(north > 0.4 && (north + south).abs() < 1e-12, "{north} {south}");
    assert!(detail(&evaluation, Style::Markdown).contains("| north |"));
}

#[test]
fn evaluation_is_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evaluation.json");
    let evaluation = system("student", 3, 1);
    evaluation.write(&path).unwrap();
    let read = Evaluation::read(&path).unwrap();
    assert_eq!(read.run, evaluation.run);
    assert_eq!(read.tasks[1].outcomes, evaluation.tasks[1].outcomes);
    assert_eq!(table(&[read]), table(std::slice::from_ref(&evaluation)));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"qwk\":{\"value\":"), "{text}");
    assert!(!text.contains("\"r17\""), "ids stay out of the file");

    std::fs::write(&path, text.replace("\"classes\":4,\"truth\"", "\"classes\":2,\"truth\"")).unwrap();
    assert!(Evaluation::read(&path).unwrap_err().to_string().contains("damaged"));
    std::fs::write(&path, "{}").unwrap();
    assert!(Evaluation::read(&path).unwrap_err().to_string().contains("not an evaluation"));
}

#[test]
fn labels_from_a_file_and_in_memory_have_the_same_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let mut data = rows(3, 40, 3, 1);
    for row in &mut data {
        let mut p = vec![0.1; 4];
        p[row.predicted.index().unwrap()] = 0.7;
        row.probabilities = p;
    }
    let labels = crate::labels::Labels { tasks: tasks(), rows: data };
    crate::labels::write(&path, &labels, &crate::labels::Provenance::default(), None).unwrap();
    let (read, _) = crate::labels::read(&path).unwrap();
    let make = |labels: &crate::labels::Labels| {
        evaluate(run("teacher", 1), &labels.tasks, &labels.rows, &boot()).unwrap()
    };
    assert_eq!(make(&read), make(&labels));
}

#[test]
fn answers_of_one_question_are_drawn_together() {
    // Every row three times: as much is known as from a third of the rows, so the interval is √3 as wide.
    let tripled = |errors: usize, clustered: bool| {
        let rows: Vec<Scored> = rows(3, 60, errors, 1)
            .into_iter()
            .flat_map(|row| (0..3).map(move |copy| (copy, row.clone())))
            .map(|(copy, row)| Scored {
                id: format!("{copy}-{}", row.id),
                cluster: clustered.then(|| row.id.clone()),
                ..row
            })
            .collect();
        let name = format!("errors {errors}");
        evaluate(run(&name, 1), &tasks(), &rows, &Bootstrap { replicates: 1000, ..boot() }).unwrap()
    };
    let [few, many] = [2, 4].map(|errors| tripled(errors, true));
    assert_eq!(few.tasks[0].clusters.len(), 180);
    let width = |e: &Estimate| e.high.unwrap() - e.low.unwrap();
    let compared = compare(std::slice::from_ref(&few), &[many], None, &few.bootstrap).unwrap();
    let clustered = compared.clustered.unwrap();
    assert_eq!(clustered.estimate.value, compared.mean.estimate.value);
    let ratio = width(&clustered.estimate) / width(&compared.mean.estimate);
    assert!((ratio - 3_f64.sqrt()).abs() < 0.25, "{ratio}");
    assert!(compared.render(Style::Text).contains("mean, clustered"));

    let text = table(std::slice::from_ref(&few));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].contains("mean  ") && lines[1].contains("clustered"), "{text}");
    assert_eq!(lines[3].matches('[').count(), 3, "{text}");
    let alone = tripled(2, false);
    assert!(alone.tasks[0].clusters.is_empty() && !table(std::slice::from_ref(&alone)).contains("clustered"));
    assert!(
        compare(std::slice::from_ref(&alone), std::slice::from_ref(&alone), None, &boot())
            .unwrap()
            .clustered
            .is_none()
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("e.json");
    few.write(&path).unwrap();
    assert_eq!(Evaluation::read(&path).unwrap().tasks[1].clusters, few.tasks[1].clusters);
    let mut damaged = few;
    damaged.tasks[1].clusters.pop();
    damaged.write(&path).unwrap();
    assert!(Evaluation::read(&path).unwrap_err().to_string().contains("damaged"));
}

#[test]
fn table_has_systems_as_rows_and_tasks_and_means_as_columns() {
    let systems = [system("a|b", 2, 1), system("plain", 4, 1), system("plain", 4, 2), system("plain", 4, 3)];
    let text = table(&systems);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "QWK by task, test (x 100)");
    let header: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(header, ["system", "q1", "q2", "q10", "mean", "Fisher", "mean"]);
    assert!(lines[3].starts_with("a|b ") && !lines[3].contains('±'), "{}", lines[3]);
    assert!(lines[4].starts_with("plain (3 seeds)"), "{}", lines[4]);
    assert_eq!(lines[4].matches('±').count(), 5, "{}", lines[4]);
    assert_eq!(lines[4].matches('[').count(), 2, "{}", lines[4]);
    let wide: Vec<usize> = lines[1..5].iter().map(|l| l.chars().count()).collect();
    assert!(wide.iter().all(|w| *w == wide[0]), "{wide:?}");
    assert!(text.contains("mean over tasks of every metric, test"), "{text}");

    let marked = markdown(&systems);
    assert!(marked.contains("| a\\|b "), "{marked}");
    assert!(marked.contains("| :-"), "{marked}");
    let pipes: Vec<usize> = marked
        .lines()
        .filter(|l| l.starts_with('|'))
        .take(4)
        .map(|l| l.replace("\\|", "").matches('|').count())
        .collect();
    assert_eq!(pipes, [7; 4]);
}

#[test]
fn table_shows_the_mean_and_deviation_of_seeds() {
    let systems = [system("plain", 4, 1), system("plain", 4, 2), system("plain", 4, 3)];
    let kappas: Vec<f64> = systems.iter().map(|e| e.means[&Metric::Qwk].arithmetic.value).collect();
    let centre = mean(kappas.iter().copied()).unwrap();
    let deviation = (kappas.iter().map(|k| (k - centre).powi(2)).sum::<f64>() / 2.0).sqrt();
    let want = format!("{:.1} ± {:.1} [", centre * 100.0, deviation * 100.0);
    let text = table(&systems);
    assert!(text.contains(&want), "{want}\n{text}");
}

#[test]
fn each_split_and_head_kind_has_its_own_table() {
    let mixed = [ordinal("points"), task("choice", HeadKind::Softmax, &["right", "wrong"])];
    let mut data = rows(1, 30, 3, 1);
    data.extend((0..30).map(|i| row(1, i, Target::Class(i % 2), Target::Class(i % 3 % 2))));
    let test = evaluate(run("student", 1), &mixed, &data, &boot()).unwrap();
    let mut unseen = test.clone();
    unseen.run.split = "unseen".into();
    let text = table(&[test, unseen]);
    for title in
        ["QWK by task, test", "macro-F1 by task, test", "QWK by task, unseen", "macro-F1 by task, unseen"]
    {
        assert_eq!(text.matches(title).count(), 1, "{title}\n{text}");
    }
    assert!(!text.lines().any(|l| l.contains("points") && l.contains("choice")));
}

#[test]
fn seeds_that_scored_other_rows_have_no_common_interval() {
    let shorter = evaluate(run("plain", 2), &tasks(), &rows(3, 100, 4, 2), &boot()).unwrap();
    let text = table(&[system("plain", 4, 1), shorter.clone()]);
    assert!(text.contains('±') && !text.contains('['), "{text}");
    let error = compare(&[system("plain", 4, 1)], &[shorter], None, &boot()).unwrap_err();
    assert!(error.to_string().contains("different rows"), "{error}");
}

#[test]
fn better_system_is_ahead_in_rows_and_seeds() {
    let good: Vec<_> = (1..=3).map(|s| system("distilled", 2, s)).collect();
    let poor: Vec<_> = (1..=3).map(|s| system("plain", 5, s)).collect();
    let comparison = compare(&good, &poor, None, &boot()).unwrap();
    assert_eq!(comparison.metric, Metric::Qwk);
    assert_eq!(comparison.tasks.len(), 3);
    let mean_of = |systems: &[Evaluation]| {
        mean(systems.iter().map(|e| e.means[&Metric::Qwk].arithmetic.value)).unwrap()
    };
    let want = mean_of(&good) - mean_of(&poor);
    let d = comparison.mean.estimate;
    assert!((d.value - want).abs() < 1e-12 && want > 0.0);
    assert!(0.0 < d.low.unwrap() && d.low.unwrap() < want && want < d.high.unwrap(), "{d:?}");
    assert_eq!(comparison.mean.ahead, Some(1.0));
    assert_eq!(comparison.by_seed.len(), 3);
    assert!((mean(comparison.by_seed.values().copied()).unwrap() - want).abs() < 1e-12);
    let error = comparison.seed_error.unwrap();
    let [s, t] = [&comparison.first, &comparison.second].map(|side| side.deviation.unwrap());
    assert!((error - ((s * s + t * t) / 3.0).sqrt()).abs() < 1e-12);

    let turned = compare(&poor, &good, Some(Metric::Qwk), &boot()).unwrap();
    assert_eq!(turned.mean.estimate.value, -d.value);
    assert!((turned.mean.estimate.low.unwrap() + d.high.unwrap()).abs() < 1e-12);
    assert_eq!(turned.identical, comparison.identical);

    let text = comparison.render(Style::Text);
    for part in [
        "distilled minus plain: QWK on test (x 100)",
        "ahead in",
        "over 3 seeds",
        "Difference by seed: 1: +",
        "ahead in 3 of 3",
        "Standard error from the choice of seeds alone",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(comparison.render(Style::Markdown).contains("| mean "));
}

#[test]
fn interval_of_a_difference_is_paired() {
    // The second system differs from the first in one row only; the choice of rows dominates both intervals, not the
    // difference.
    let first = rows(1, 200, 4, 1);
    let mut second = first.clone();
    second[0].predicted = Target::Level(second[0].predicted.index().unwrap() ^ 1);
    let tasks = [ordinal("q")];
    let make = |name: &str, rows: &[Scored]| evaluate(run(name, 1), &tasks, rows, &boot()).unwrap();
    let (a, b) = (make("float", &first), make("int8", &second));
    let comparison = compare(std::slice::from_ref(&a), std::slice::from_ref(&b), None, &boot()).unwrap();
    assert_eq!(comparison.identical, Some(199.0 / 200.0));
    let width = |e: &Estimate| e.high.unwrap() - e.low.unwrap();
    assert!(width(&comparison.mean.estimate) < width(&a.means[&Metric::Qwk].arithmetic) / 2.0);
    assert!(comparison.seed_error.is_none() && comparison.first.deviation.is_none());
    assert!(comparison.render(Style::Text).contains("Decided alike: 99.50 % of rows."));

    let same = compare(std::slice::from_ref(&a), std::slice::from_ref(&a), None, &boot()).unwrap();
    assert_eq!(
        (same.mean.estimate.value, same.mean.estimate.low, same.mean.ahead),
        (0.0, Some(0.0), Some(0.0))
    );
    assert_eq!(same.identical, Some(1.0));
}

#[test]
fn impossible_comparisons_are_refused() {
    let (a, b) = (system("a", 2, 1), system("b", 3, 1));
    let one = std::slice::from_ref(&a);
    assert!(compare(one, &[], None, &boot()).is_err());
    let mixed = compare(&[a.clone(), b.clone()], one, None, &boot()).unwrap_err();
    assert!(mixed.to_string().contains("mixes systems"));
    let absent = compare(one, std::slice::from_ref(&b), Some(Metric::ExactMatch), &boot()).unwrap_err();
    assert!(absent.to_string().contains("exact_match"));
    let mut moved = b;
    moved.run.split = "validation".into();
    assert!(compare(one, &[moved], None, &boot()).unwrap_err().to_string().contains("splits"));
}

#[test]
fn no_systems_make_no_table() {
    assert_eq!(table(&[]), "");
    assert_eq!(markdown(&[]), "");
}

#[test]
fn without_replicates_there_are_no_intervals() {
    let none = Bootstrap { replicates: 0, ..Bootstrap::default() };
    let evaluation = evaluate(run("student", 1), &tasks(), &rows(3, 30, 3, 1), &none).unwrap();
    assert_eq!(evaluation.tasks[0].metrics[&Metric::Qwk].low, None);
    assert!(!table(&[evaluation]).contains('['));
}

#[test]
fn advice_says_whether_a_model_is_ahead() {
    let data = tasks();
    let of = |system: &str, errors: [usize; 3]| {
        let all = errors.map(|errors| rows(3, 60, errors, 1));
        let chosen: Vec<Scored> =
            (0..3).flat_map(|task| all[task].iter().filter(move |r| r.task == task).cloned()).collect();
        evaluate(Run { seed: None, ..run(system, 0) }, &data, &chosen, &boot()).unwrap()
    };
    // Far ahead, equal, far behind.
    let (file, ngrams) = (of("pupil, int8", [1, 3, 8]), of("n-gram ridge, f32", [8, 3, 1]));
    let lines = advice("the ensemble", &file, Some(&ngrams), &boot()).unwrap();
    assert!(
        lines[0].starts_with("q1: use the ensemble: QWK ") && lines[0].contains(", difference +"),
        "{lines:?}"
    );
    assert!(lines[0].contains("] on 60 test answers; bag of words ") && lines[0].ends_with(']'), "{lines:?}");
    let undecided = "difference +0.0 [+0.0, +0.0]: not shown to be ahead of the bag of words";
    assert!(lines[1].starts_with("q2: use the ensemble: ") && lines[1].ends_with(undecided), "{lines:?}");
    let behind = "q10: use n-gram: the ensemble is behind the bag of words: QWK ";
    assert!(lines[2].starts_with(behind) && lines[2].contains("difference -"), "{lines:?}");
    assert!(how_to_follow(&lines).is_some() && how_to_follow(&lines[..2]).is_none());

    // Without n-grams, or without answers.
    let alone = advice("n-gram ridge", &file, None, &boot()).unwrap();
    assert!(alone[0].starts_with("q1: use n-gram ridge: QWK ") && alone[0].ends_with("] on 60 test answers"));
    assert!(how_to_follow(&alone).is_none(), "{alone:?}");
    let same: Vec<Scored> = (0..2).map(|id| row(0, id, Target::Level(1), Target::Level(1))).collect();
    let same = evaluate(run("pupil, int8", 1), &data, &same, &boot()).unwrap();
    let lines = advice("the ensemble", &same, Some(&same), &boot()).unwrap();
    assert_eq!(lines, ["q1: nothing can be said: QWK has no value on 2 test answers"]);
}
