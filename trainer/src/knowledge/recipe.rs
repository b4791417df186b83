//! The recipe of a knowledge model: every setting of a run, in one TOML file.

use super::fit::FitSettings;
use super::generate::Generated;
use super::mastery::MasterySource;
use super::network::{Kind, Spec};
use super::world::GraphSource;
use crate::recipe::CardRecipe;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// All settings of a run; paths are relative to the data folder given on the command line.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeRecipe {
    /// Short name; also the name of the run's folder and of the file.
    pub name: String,
    /// One sentence for the file and its card.
    #[serde(default)]
    pub description: String,
    /// Licence of the resulting file, as an SPDX expression.
    #[serde(default)]
    pub licence: String,
    /// Attributions, one line each.
    #[serde(default)]
    pub attribution: Vec<String>,
    /// What only a person knows and the card says.
    #[serde(default, skip_serializing_if = "CardRecipe::is_none")]
    pub card: CardRecipe,
    /// Number of the model among those of this name, counted up with each that is published; apps refuse older ones.
    #[serde(default, skip_serializing_if = "crate::recipe::is_not_counted")]
    pub version: u32,
    /// Seed of every random choice.
    pub seed: u64,
    /// The answers.
    pub data: HistoryData,
    /// The teachers: each is trained once for each fold.
    #[serde(default)]
    pub teachers: Vec<Spec>,
    /// Networks that are measured beside the others and teach nothing; each is trained once, on the first fold.
    #[serde(default)]
    pub baselines: Vec<Spec>,
    /// How teachers are trained.
    #[serde(default)]
    pub teacher_fit: FitSettings,
    /// How baselines are trained; as teachers without it.
    pub baseline_fit: Option<FitSettings>,
    /// Which skills are related.
    #[serde(default)]
    pub graph: GraphSource,
    /// What the student model learns about mastery.
    #[serde(default)]
    pub mastery: MasterySource,
    /// The student model.
    #[serde(default = "pupil")]
    pub pupil: Spec,
    /// How it is trained.
    #[serde(default)]
    pub fit: FitSettings,
    /// Seeds of the student model: of these, the one with the best validation AUC goes into the file.
    #[serde(default = "one")]
    pub seeds: Vec<u64>,
    /// With how many of the seeds student models without graph, mastery, distillation and own draws are measured as
    /// well.
    #[serde(default)]
    pub ablations: usize,
}

/// The answers that a knowledge model learns from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryData {
    /// Answers to learn from (CSV or JSON Lines).
    pub train: Option<PathBuf>,
    /// Answers to measure with.
    pub test: Option<PathBuf>,
    /// The questions and their skills (JSON Lines), where the answers do not name them.
    pub questions: Option<PathBuf>,
    /// Names of the skills for people (JSON Lines).
    pub skill_names: Option<PathBuf>,
    /// What becomes of rows that list one answer once for each of its skills.
    pub expanded: Expanded,
    /// Simulated students instead of files.
    pub generated: Option<Generated>,
    /// Parts of the students; the first validates the student model, each validates teachers of its own.
    pub folds: usize,
}

/// What becomes of rows that list one answer once for each of its skills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expanded {
    /// They stay: the second row of each pair tells nothing but whether a system knows that it repeats the first.
    #[default]
    Keep,
    /// The first row stays.
    Drop,
    /// They become one answer to a question of its own, which has the skills of all rows.
    Merge,
}

fn one() -> Vec<u64> {
    vec![1]
}

fn pupil() -> Spec {
    Spec { kind: Kind::Pupil, embedding: 32, hidden: 64, dropout: 0.3, ..Spec::default() }
}

impl KnowledgeRecipe {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    ///
    /// When the file is missing, is not TOML, or has unknown, missing or contradictory settings.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read recipe {}", path.display()))?;
        let mut recipe: Self = toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = 1 + text[..at].matches('\n').count();
            anyhow::anyhow!("recipe {}, line {line}: {}", path.display(), error.message())
        })?;
        if recipe.data.folds == 0 {
            recipe.data.folds = 5;
        }
        recipe.check().with_context(|| format!("recipe {}", path.display()))?;
        Ok(recipe)
    }

    fn check(&self) -> Result<()> {
        let data = &self.data;
        ensure!(
            data.train.is_some() != data.generated.is_some(),
            "set either `data.train`, a file of answers, or `data.generated`, simulated students"
        );
        ensure!(
            data.generated.is_none() || data.test.is_none(),
            "`data.test` belongs to `data.train`: simulated students have `data.generated.test_students`"
        );
        ensure!(data.folds >= 2, "`data.folds` is {}, at least 2 are needed", data.folds);
        ensure!(
            self.pupil.kind == Kind::Pupil,
            "`pupil.kind` must be \"pupil\", the model that a file holds"
        );
        ensure!(
            self.fit.distillation == 0.0 || !self.teachers.is_empty(),
            "`fit.distillation` is {}, but there are no `teachers`",
            self.fit.distillation
        );
        ensure!(
            self.mastery != MasterySource::Truth || data.generated.is_some(),
            "`mastery` is \"truth\": only simulated students have one; use \"bkt\" or \"pfa\""
        );
        ensure!(!self.seeds.is_empty(), "`seeds` needs at least one seed");
        ensure!(
            self.ablations <= self.seeds.len(),
            "`ablations` is {}, there are {} `seeds`",
            self.ablations,
            self.seeds.len()
        );
        let baselines = self.baseline_fit.iter().map(|fit| ("baseline_fit", fit));
        for (name, fit) in
            [("teacher_fit", &self.teacher_fit), ("fit", &self.fit)].into_iter().chain(baselines)
        {
            for (what, value) in [("epochs", fit.epochs), ("batch", fit.batch), ("window", fit.window)] {
                ensure!(value > 0, "`{name}.{what}` is 0, at least 1 is needed");
            }
            ensure!(fit.window > 1, "`{name}.window` is 1, at least 2 are needed");
            ensure!(
                (0.0..=1.0).contains(&fit.sampling),
                "`{name}.sampling` is {}, it must lie in 0 to 1",
                fit.sampling
            );
            ensure!(
                fit.rollout == 0 || fit.sampling > 0.0,
                "`{name}.rollout` is {}, but `{name}.sampling` is 0",
                fit.rollout
            );
            for (what, value) in [
                ("rate", fit.rate),
                ("weight_decay", fit.weight_decay),
                ("distillation", fit.distillation),
                ("mastery", fit.mastery),
            ] {
                ensure!(
                    value >= 0.0 && value.is_finite(),
                    "`{name}.{what}` is {value}, it must not be below 0"
                );
            }
        }
        for spec in self.teachers.iter().chain(&self.baselines).chain([&self.pupil]) {
            ensure!(
                spec.counts == 0 || spec.kind == Kind::Pupil,
                "`counts` is {} of a network of another kind than \"pupil\", which alone reads counts",
                spec.counts
            );
            ensure!(
                (0.0..0.9).contains(&spec.dropout),
                "`dropout` is {}, it must lie in 0 to 0.9",
                spec.dropout
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<KnowledgeRecipe> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.toml");
        std::fs::write(&path, text).unwrap();
        KnowledgeRecipe::read(&path)
    }

    #[test]
    fn a_recipe_of_two_lines_is_enough() {
        let recipe = read("name = \"a\"\nseed = 1\n[data]\ntrain = \"a.csv\"\n").unwrap();
        assert_eq!((recipe.data.folds, recipe.seeds, recipe.pupil.kind), (5, vec![1], Kind::Pupil));
    }

    #[test]
    fn graphs_and_labels_have_their_forms() {
        let of = |setting: &str| {
            let recipe =
                read(&format!("name = \"a\"\nseed = 1\n{setting}\n[data]\ntrain = \"a.csv\"\n")).unwrap();
            (recipe.graph, recipe.mastery)
        };
        assert_eq!(of("graph = \"transitions\"").0, GraphSource::Transitions);
        assert_eq!(of("graph = { csv = \"g.csv\" }").0, GraphSource::Csv("g.csv".into()));
        let texts = GraphSource::Texts { texts: "q.jsonl".into(), encoder: "a/b".into(), nearest: 5 };
        assert_eq!(of("graph = { texts = \"q.jsonl\", encoder = \"a/b\" }").0, texts);
        assert_eq!(of("mastery = \"pfa\"").1, MasterySource::Pfa);
        assert_eq!(of("mastery = { csv = \"m.csv\" }").1, MasterySource::Csv("m.csv".into()));
    }

    #[test]
    fn recipes_that_contradict_themselves_are_refused_with_a_way_out() {
        for (rest, said) in [
            ("", "set either `data.train`"),
            ("[data]\ntrain = \"a\"\ngenerated = {}\n", "set either `data.train`"),
            ("[data]\ntest = \"a\"\ngenerated = {}\n", "`data.test` belongs to `data.train`"),
            ("[data]\ntrain = \"a\"\nfolds = 1\n", "`data.folds` is 1, at least 2"),
            ("mastery = \"truth\"\n[data]\ntrain = \"a\"\n", "use \"bkt\""),
            ("[data]\ntrain = \"a\"\n[fit]\ndistillation = 0.5\n", "there are no `teachers`"),
            ("[data]\ntrain = \"a\"\n[fit]\nsampling = 1.5\n", "`fit.sampling` is 1.5"),
            ("[data]\ntrain = \"a\"\n[fit]\nepochs = 0\n", "`fit.epochs` is 0"),
            ("[data]\ntrain = \"a\"\n[fit]\nspeed = 1\n", "unknown field `speed`"),
            ("ablations = 2\n[data]\ntrain = \"a\"\n", "`ablations` is 2, there are 1 `seeds`"),
            ("seeds = []\n[data]\ntrain = \"a\"\n", "`seeds` needs at least one"),
            ("[data]\ntrain = \"a\"\n[pupil]\nkind = \"dkt\"\n", "`pupil.kind` must be"),
            (
                "[data]\ntrain = \"a\"\n[[teachers]]\nkind = \"dkt\"\ncounts = 8\n",
                "`counts` is 8 of a network",
            ),
            ("[data]\ntrain = \"a\"\n[[teachers]]\nkind = \"bert\"\n", "unknown variant `bert`"),
            ("graph = \"star\"\n[data]\ntrain = \"a\"\n", "`graph` is \"none\", \"transitions\""),
            ("graph = { texts = \"q\" }\n[data]\ntrain = \"a\"\n", "texts = \"FILE\", encoder = \"NAME\""),
            ("graph = { csv = \"q\", nearest = 3 }\n[data]\ntrain = \"a\"\n", "`graph` is \"none\""),
            ("graph = { text = \"q\" }\n[data]\ntrain = \"a\"\n", "unknown field `text`"),
            (
                "graph = { texts = \"q\", encoder = \"e\", nearest = 0 }\n[data]\ntrain = \"a\"\n",
                "`graph.nearest` is 0",
            ),
            ("mastery = \"irt\"\n[data]\ntrain = \"a\"\n", "unknown variant `irt`"),
            ("[data]\ntrain = \"a\"\nexpanded = \"all\"\n", "unknown variant `all`"),
            ("[data]\ntrain = \"a\"\n[fit]\nrollout = 5\n", "`fit.rollout` is 5, but `fit.sampling` is 0"),
        ] {
            let data = if rest.contains("[data]") { "" } else { "[data]\n" };
            let error = format!("{:#}", read(&format!("name = \"a\"\nseed = 1\n{rest}{data}")).unwrap_err());
            assert!(error.contains(said), "{rest}: {error}");
        }
    }
}
