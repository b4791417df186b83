//! The report of a run, which is also the card of its file.

use super::figures::Figures;
use super::histories::Histories;
use super::recipe::KnowledgeRecipe;
use super::rollout::STEPS;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What was measured of one system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// Its name.
    pub name: String,
    /// Number of trained parameters, where it is a network.
    pub parameters: Option<usize>,
    /// On true histories.
    pub figures: Figures,
    /// At each of [`STEPS`], reading its own draws; empty where nothing was simulated.
    pub steps: Vec<Figures>,
}

/// The report, in Markdown.
#[must_use]
pub fn text(
    recipe: &KnowledgeRecipe,
    all: &Histories,
    test: &Histories,
    systems: &[System],
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
    text += "\n## On true histories\n\n| system | AUC | accuracy | calibration error | parameters |\n|---|---|---|---|---|\n";
    for system in systems {
        let f = system.figures;
        let parameters = system.parameters.map_or(String::new(), |n| n.to_string());
        let _ = writeln!(
            text,
            "| {} | {:.4} | {:.4} | {:.4} | {parameters} |",
            system.name, f.auc, f.accuracy, f.calibration_error
        );
    }
    let answers = systems.first().map_or(0, |system| system.figures.answers);
    let _ = writeln!(
        text,
        "\n{answers} answers: all but the first of each student, and but those to unknown questions. The calibration error \
         is over ten bins of equal width.\n"
    );
    let steps: Vec<String> = STEPS.iter().map(ToString::to_string).collect();
    let _ = writeln!(
        text,
        "## Simulated\n\nFrom the tenth answer on and every forty answers, a system reads what the student answered until \
         there, and then its own draws. AUC / accuracy / calibration error at steps {}:\n",
        steps.join(", ")
    );
    let _ = writeln!(text, "| system | {} |\n|---|{}", steps.join(" | "), "---|".repeat(steps.len()));
    for system in systems.iter().filter(|system| !system.steps.is_empty()) {
        let cells: Vec<String> = system
            .steps
            .iter()
            .map(|f| format!("{:.4} / {:.4} / {:.4}", f.auc, f.accuracy, f.calibration_error))
            .collect();
        let _ = writeln!(text, "| {} | {} |", system.name, cells.join(" | "));
    }
    let simulated = systems.first().and_then(|system| system.steps.first()).map_or(0, |f| f.answers);
    let _ = writeln!(text, "\nAbout {simulated} simulations.");
    text
}
