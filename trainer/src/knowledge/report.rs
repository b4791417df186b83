//! The report of a run, which, after a few lines for a hub of models, is also the card of its file.

use super::histories::Histories;
use super::intervals::Estimate;
use super::measure::{Group, Mean, Measured, Step, System};
use super::recipe::KnowledgeRecipe;
use super::rollout::{DRAWS, STEPS};
use crate::file::{FrontMatter, HubFigure, HubResult};
use std::fmt::Write;

/// The report, in Markdown.
#[must_use]
pub fn text(
    recipe: &KnowledgeRecipe,
    all: &Histories,
    test: &Histories,
    measured: &Measured,
    bytes: usize,
    notes: &[String],
) -> String {
    let mut text = format!("# {}\n\n", recipe.name);
    if !recipe.description.is_empty() {
        let _ = writeln!(text, "{}\n", recipe.description);
    }
    let _ = writeln!(
        text,
        "{} students and {} answers to learn from, {} and {} to measure with; {} questions, {} skills; a file of {bytes} \
         bytes.\n",
        all.students.len(),
        all.answers(),
        test.students.len(),
        test.answers(),
        all.questions.len(),
        all.skills.len()
    );
    notes.iter().for_each(|note| {
        let _ = writeln!(text, "{note}\n");
    });
    if !recipe.licence.is_empty() {
        let _ = writeln!(text, "Licence: {}.", recipe.licence);
    }
    recipe.attribution.iter().for_each(|line| {
        let _ = writeln!(text, "Attribution: {line}");
    });
    on_true_histories(&mut text, &measured.systems);
    if measured.groups.iter().any(|group| group.seeds > 1) || measured.groups.len() > 1 {
        student_models(&mut text, &measured.groups);
    }
    if measured.beginnings > 0 {
        simulated(&mut text, measured);
    }
    text
}

/// The first lines of the card, before the report: the figures of the file on `split`, and what the recipe says.
#[must_use]
pub fn front_matter(recipe: &KnowledgeRecipe, measured: &Measured, split: &str) -> String {
    let file = measured.systems.iter().find(|system| system.name == "file");
    let figures = |system: &System| {
        vec![
            HubFigure::new("roc_auc", "area under the curve", system.figures.auc),
            HubFigure::new("accuracy", "accuracy", system.figures.accuracy),
        ]
    };
    let results = file.map(|file| HubResult { split: split.to_owned(), figures: figures(file) });
    FrontMatter {
        name: &recipe.name,
        data: &recipe.name,
        licence: &recipe.licence,
        said: &recipe.card,
        task: ("tabular-classification", "Probability that a student answers a question right"),
        tags: &["knowledge-tracing"],
        base: None,
        results: results.as_slice(),
    }
    .yaml()
}

/// A value with its interval.
fn estimate(estimate: &Estimate) -> String {
    let interval = estimate.interval.map_or(String::new(), |(low, high)| format!(" [{low:.4}, {high:.4}]"));
    format!("{:.4}{interval}", estimate.value)
}

/// A difference with its interval; empty where there is none.
fn difference(other: Option<&Estimate>) -> String {
    other.map_or(String::new(), |difference| {
        let interval =
            difference.interval.map_or(String::new(), |(low, high)| format!(" [{low:+.4}, {high:+.4}]"));
        format!("{:+.4}{interval}", difference.value)
    })
}

fn on_true_histories(text: &mut String, systems: &[System]) {
    *text += "\n## On true histories\n\n| system | AUC | less one DKT | less all teachers | accuracy | calibration error | \
              parameters |\n|---|---|---|---|---|---|---|\n";
    for system in systems {
        let f = system.figures;
        let parameters = system.parameters.map_or(String::new(), |n| n.to_string());
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.4} | {:.4} | {parameters} |",
            system.name,
            estimate(&system.auc),
            difference(system.less_dkt.as_ref()),
            difference(system.less_teachers.as_ref()),
            f.accuracy,
            f.calibration_error
        );
    }
    let answers = systems.first().map_or(0, |system| system.figures.answers);
    let _ = writeln!(
        text,
        "\n{answers} answers: all but the first of each student, and but those to unknown questions. Intervals hold 95 % of \
         1,000 resamples of the students; those of differences are of the same resamples. The calibration error is over \
         ten bins of equal width."
    );
}

fn student_models(text: &mut String, groups: &[Group]) {
    let steps: Vec<String> = STEPS.iter().skip(1).map(|step| format!("step {step}")).collect();
    let _ = writeln!(
        text,
        "\n## Student models\n\n| student models | seeds | AUC | less the first row | {} |\n|---|---|---|---|{}",
        steps.join(" | "),
        "---|".repeat(steps.len())
    );
    let of = |mean: &Mean| {
        let spread = mean.spread.map_or(String::new(), |spread| format!(" ± {spread:.4}"));
        format!("{:.4}{spread}", mean.auc.value)
    };
    for (n, group) in groups.iter().enumerate() {
        let less = if n == 0 { String::new() } else { difference(Some(&group.histories.less_first)) };
        let mut cells = vec![of(&group.histories), less];
        cells.extend(group.draws.iter().skip(1).map(of));
        let _ = writeln!(text, "| {} | {} | {} |", group.name, group.seeds, cells.join(" | "));
    }
    *text += "\nMeans over seeds; ± is half the 95 % interval of the mean over seeds (Student's t), the interval of a \
              difference is over students. Steps are simulated from the model's own draws.\n";
}

fn simulated(text: &mut String, measured: &Measured) {
    let _ = writeln!(
        text,
        "\n## Simulated\n\nFrom the eleventh answer on and every twenty answers, {} times in all, a system reads what the \
         student answered until there, and then its own predictions at the student's true questions. AUC, and in brackets \
         less that of one DKT simulated in the same way.",
        measured.beginnings
    );
    type Steps = fn(&System) -> &Vec<Step>;
    let feeds: [(&str, Steps); 3] = [
        ("own draws; each simulation counts", |system| &system.draws),
        ("own draws; the mean of the simulations from one place counts", |system| &system.mean_of_draws),
        ("own probabilities", |system| &system.probabilities),
    ];
    for (feed, of) in feeds {
        let count =
            if feed.starts_with("own draws") { format!(", {DRAWS} from each place") } else { String::new() };
        let _ = writeln!(text, "\nReading {feed}{count}:\n");
        let steps: Vec<String> = STEPS.iter().map(|step| format!("step {step}")).collect();
        let _ = writeln!(text, "| system | {} |\n|---|{}", steps.join(" | "), "---|".repeat(steps.len()));
        for system in measured.systems.iter().filter(|system| !of(system).is_empty()) {
            let cell = |step: &Step| {
                let less = difference(step.less_dkt.as_ref());
                let less = if less.is_empty() { less } else { format!(" ({less})") };
                format!("{:.4}{less}", step.auc.value)
            };
            let cells: Vec<String> = of(system).iter().map(cell).collect();
            let _ = writeln!(text, "| {} | {} |", system.name, cells.join(" | "));
        }
    }
    *text += "\nAccuracy and calibration error of every step are in `results.json`.\n";
}
