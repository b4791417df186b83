//! A whole run: the network of options beside the options' popularity.

use super::generate;
use super::network::{Network, Spec, mean_log_loss, popularity};
use super::{Choice, Choices};
use crate::files;
use crate::fit::{CurveFiles, replace_state};
use crate::knowledge::fit::FitSettings;
use crate::knowledge::texts;
use crate::model::pretrained::Encoders;
use crate::progress::Bar;
use crate::random;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// All settings of a run; paths are relative to the data folder given on the command line.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsRecipe {
    /// Short name; also the name of the run's folder.
    pub name: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// The answers.
    pub data: OptionsData,
    /// The encoder that reads questions and options; without one, each option has a vector of its own alone.
    pub encoder: Option<String>,
    /// The network.
    #[serde(default)]
    pub network: Spec,
    /// How it is trained.
    #[serde(default)]
    pub fit: FitSettings,
}

/// The answers that the network learns from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptionsData {
    /// The questions: see [`Choices::read_items`].
    pub questions: Option<PathBuf>,
    /// Answers to learn from: see [`Choices::read`].
    pub train: Option<PathBuf>,
    /// Answers to measure with.
    pub test: Option<PathBuf>,
    /// Made students instead of files.
    pub generated: Option<crate::knowledge::generate::Generated>,
}

/// What was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Mean negative logarithm of the probability of the chosen option.
    pub log_loss: f64,
    /// Share of answers whose most probable option is the chosen one.
    pub accuracy: f64,
    /// Of wrong answers, the share whose most probable wrong option is the chosen one.
    pub wrong_option: f64,
}

impl Measured {
    /// Compares probabilities with choices.
    #[must_use]
    pub fn of(choices: &Choices, predicted: &[Vec<Vec<f32>>]) -> Self {
        let (mut hits, mut all, mut wrong_hits, mut wrong) = (0.0, 0.0f64, 0.0, 0.0f64);
        for (choice, options) in choices.students.iter().flatten().zip(predicted.iter().flatten()) {
            let correct = choices.items[choice.item].correct;
            let most = |places: &mut dyn Iterator<Item = usize>| {
                places.max_by(|a, b| options[*a].total_cmp(&options[*b])).unwrap_or(0)
            };
            all += 1.0;
            hits += f64::from(u8::from(most(&mut (0..options.len())) == choice.option));
            if choice.option != correct {
                wrong += 1.0;
                let guess = most(&mut (0..options.len()).filter(|option| *option != correct));
                wrong_hits += f64::from(u8::from(guess == choice.option));
            }
        }
        let log_loss = mean_log_loss(choices, predicted);
        Self { log_loss, accuracy: hits / all.max(1.0), wrong_option: wrong_hits / wrong.max(1.0) }
    }
}

impl OptionsRecipe {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    ///
    /// When the file is missing, is not TOML, or has unknown, missing or contradictory settings.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read recipe {}", path.display()))?;
        let recipe: Self = toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = 1 + text[..at].matches('\n').count();
            anyhow::anyhow!("recipe {}, line {line}: {}", path.display(), error.message())
        })?;
        let (data, fit) = (&recipe.data, &recipe.fit);
        let check = || -> Result<()> {
            ensure!(
                data.generated.is_some() != (data.questions.is_some() && data.train.is_some()),
                "set either `data.questions` and `data.train`, files, or `data.generated`, made students"
            );
            ensure!(
                data.generated.is_none() || data.test.is_none(),
                "`data.test` belongs to `data.train`: made students have `data.generated.test_students`"
            );
            ensure!(fit.batch > 0 && fit.epochs > 0, "`fit.batch` and `fit.epochs` must be at least 1");
            for (name, value) in
                [("distillation", fit.distillation), ("mastery", fit.mastery), ("sampling", fit.sampling)]
            {
                ensure!(value == 0.0, "`fit.{name}` is {value}: a network of options has none, leave it out");
            }
            let dropout = recipe.network.dropout;
            ensure!((0.0..0.9).contains(&dropout), "`network.dropout` is {dropout}, it must lie in 0 to 0.9");
            Ok(())
        };
        check().with_context(|| format!("recipe {}", path.display()))?;
        Ok(recipe)
    }
}

/// Runs a recipe; returns the report. The parameters and the figures are written to a folder of the recipe's name below
/// `runs`; no file for devices is made.
///
/// # Errors
///
/// When the recipe or the data are wrong, training fails, or a file cannot be written.
pub fn run(recipe: &Path, data: &Path, encoders: &Encoders, runs: &Path) -> Result<String> {
    const VALIDATION: usize = 5;
    let recipe = OptionsRecipe::read(recipe)?;
    let folder = runs.join(files::part(&recipe.name));
    files::check_writable(&folder)?;
    let seed = recipe.seed;
    let (all, test) = match (&recipe.data.generated, &recipe.data.questions, &recipe.data.train) {
        (Some(made), _, _) => (
            generate::students(made.students, made.answers, seed).0,
            Some(generate::students(made.test_students, made.answers, seed + 1).0),
        ),
        (None, Some(questions), Some(train)) => {
            let items = Choices::read_items(&data.join(questions))?;
            let test = recipe.data.test.as_ref();
            let test = test.map(|test| Choices::read(&items, &data.join(test))).transpose()?;
            (Choices::read(&items, &data.join(train))?, test)
        }
        _ => anyhow::bail!("a recipe without made students names files"),
    };
    let order = random::permutation(all.students.len(), seed);
    let part = |keep: &dyn Fn(usize) -> bool| -> Choices {
        let chosen = order.iter().enumerate().filter(|(place, _)| keep(*place));
        let students: Vec<Vec<Choice>> = chosen.map(|(_, student)| all.students[*student].clone()).collect();
        Choices { items: all.items.clone(), students }
    };
    let (train, validation) =
        (part(&|place| place % VALIDATION != 0), part(&|place| place.is_multiple_of(VALIDATION)));
    let vectors = match &recipe.encoder {
        Some(name) => {
            let pairs: Vec<(&str, &str)> = all
                .items
                .iter()
                .flat_map(|item| item.options.iter().map(|option| (item.text.as_str(), option.as_str())))
                .collect();
            Some(texts::vectors(encoders, name, &pairs)?)
        }
        None => None,
    };
    let mut network = Network::new(&recipe.network, &train, vectors.as_deref(), seed)?;
    let title = format!("{}: options", recipe.name);
    network
        .fit(&train, &validation, &recipe.fit, seed, &Bar::new(title.clone()))?
        .write(&title, &CurveFiles::within(&folder))?;
    let measured = test.as_ref().unwrap_or(&validation);
    let shares = popularity(&train);
    let starts = train.pairs();
    let popular = |choice: &Choice| shares[starts[choice.item]..starts[choice.item + 1]].to_vec();
    let by_share: Vec<Vec<Vec<f32>>> =
        measured.students.iter().map(|own| own.iter().map(popular).collect()).collect();
    let figures = [
        ("popularity of options", Measured::of(measured, &by_share)),
        ("network of options", Measured::of(measured, &network.predict(measured)?)),
    ];
    replace_state(&folder.join("options.safetensors"), &folder.join("results.json"), &network.parameters()?)?;
    files::write_json(&folder.join("results.json"), &figures)?;
    let mut text = format!(
        "# {}\n\n{} students to learn from, {} to measure with; {} questions. {}\n\n| system | log loss | accuracy | of \
         wrong answers, the option |\n|---|---|---|---|\n",
        recipe.name,
        all.students.len(),
        measured.students.len(),
        all.items.len(),
        match recipe.data.generated {
            Some(_) => "The students are made, as is everything they choose.",
            None => "",
        },
    );
    for (name, m) in &figures {
        text += &format!("| {name} | {:.4} | {:.4} | {:.4} |\n", m.log_loss, m.accuracy, m.wrong_option);
    }
    files::write(&folder.join("report.md"), text.as_bytes())?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contradictory_recipes_are_refused_with_a_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.toml");
        for (rest, said) in [
            ("[data]\n", "set either `data.questions` and `data.train`"),
            ("[data]\nquestions = \"q\"\n", "set either `data.questions` and `data.train`"),
            ("[data]\ntest = \"t\"\n[data.generated]\n", "`data.test` belongs to"),
            ("[data.generated]\n[fit]\nmastery = 1.0\n", "`fit.mastery` is 1"),
            ("[data.generated]\n[fit]\nepochs = 0\n", "must be at least 1"),
            ("[data.generated]\n[network]\ndropout = 1.0\n", "`network.dropout` is 1"),
            ("[data.generated]\n[network]\nlayers = 1\n", "unknown field `layers`"),
        ] {
            std::fs::write(&path, format!("name = \"a\"\nseed = 1\n{rest}")).unwrap();
            let error = format!("{:#}", OptionsRecipe::read(&path).unwrap_err());
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn earlier_choices_tell_more_than_the_popularity_of_options() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.toml");
        let recipe = "name = \"made\"\nseed = 1\n[data.generated]\nstudents = 500\ntest_students = 150\nanswers = 40\n\
                      [fit]\nepochs = 12\nrate = 0.005\n";
        std::fs::write(&path, recipe).unwrap();
        let made =
            |runs: &str| run(&path, folder.path(), &Encoders::from(""), &folder.path().join(runs)).unwrap();
        let text = made("a");
        assert!(text.contains("The students are made"));
        let read = folder.path().join("a/made/results.json");
        let [(_, popular), (_, network)]: [(String, Measured); 2] = files::read_json(&read).unwrap();
        // 0.04 below; which wrong option is chosen, it does not foresee.
        assert!(network.log_loss < popular.log_loss - 0.03, "{text}");
        assert!(network.accuracy > popular.accuracy, "{text}");
        assert_eq!(made("b"), text);
    }
}
