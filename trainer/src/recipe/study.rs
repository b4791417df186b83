//! Variations of a recipe that are measured side by side.

use super::Recipe;
use crate::files;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// Variations of the recipe, the first of which the others are compared with.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StudyRecipe {
    /// Seeds of the recipe: everything, the split of the answers and the teachers included, is repeated with each of
    /// them. Without any, models differ in their own seeds alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<u64>,
    /// The variations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variation: Vec<Variation>,
}

/// Settings that differ from those of the recipe.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Variation {
    /// Its name in the table.
    pub name: String,
    /// The settings, as in a recipe; none for the recipe as it is.
    #[serde(default)]
    pub set: toml::Table,
}

impl StudyRecipe {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            self.draws.is_empty() || !self.variation.is_empty(),
            "study.draws repeats variations, but there are none: add [[study.variation]]"
        );
        let mut folders = BTreeSet::new();
        for variation in &self.variation {
            let name = &variation.name;
            ensure!(
                !name.is_empty() && folders.insert(variation.folder()),
                "study.variation: the names of variations must differ, also in lower case, but `{name}` is empty or repeats"
            );
            for key in ["name", "study"] {
                ensure!(
                    !variation.set.contains_key(key),
                    "study.variation `{name}` sets `{key}`, which is the same for all variations"
                );
            }
        }
        Ok(())
    }
}

impl Variation {
    /// Name of its folder.
    #[must_use]
    pub fn folder(&self) -> String {
        files::part(&self.name.to_lowercase().replace(' ', "-"))
    }

    /// The recipe at `path` with the settings of this variation, and another seed if one is given.
    ///
    /// # Errors
    ///
    /// When the recipe with them has unknown or contradictory settings.
    pub fn applied(&self, path: &Path, seed: Option<u64>) -> Result<Recipe> {
        let about = || format!("recipe {}, variation `{}`", path.display(), self.name);
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read recipe {}", path.display()))?;
        let mut table: toml::Table = toml::from_str(&text).with_context(about)?;
        table.remove("study");
        merge(&mut table, &self.set);
        let mut recipe: Recipe = table.try_into().with_context(about)?;
        recipe.seed = seed.unwrap_or(recipe.seed);
        recipe.check().with_context(about)?;
        Ok(recipe)
    }
}

/// Puts settings into a table; tables are merged, everything else is replaced.
fn merge(into: &mut toml::Table, settings: &toml::Table) {
    for (key, value) in settings {
        match (into.get_mut(key), value) {
            (Some(toml::Value::Table(there)), toml::Value::Table(own)) => merge(there, own),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_merged_table_by_table() {
        let parse = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        let mut table = parse("seed = 1\n[distil]\nlambdas = [0.0]\n[distil.fit]\nepochs = 3\nbatch = 8");
        merge(&mut table, &parse("[distil]\nlambdas = [1.0]\n[distil.fit]\nepochs = 5\n[label]\ncopies = 1"));
        let want =
            "seed = 1\n[distil]\nlambdas = [1.0]\n[distil.fit]\nepochs = 5\nbatch = 8\n[label]\ncopies = 1";
        assert_eq!(table, parse(want));
    }

    #[test]
    fn variations_have_names_of_their_own_and_leave_the_recipes_name() {
        let study = |text: &str| toml::from_str::<StudyRecipe>(text).unwrap().check();
        assert!(
            study("[[variation]]\nname = \"a\"\n[[variation]]\nname = \"b\"\nset = { seed = 2 }").is_ok()
        );
        let twice = study("[[variation]]\nname = \"a b\"\n[[variation]]\nname = \"A b\"").unwrap_err();
        assert!(twice.to_string().contains("must differ"), "{twice}");
        let named = study("[[variation]]\nname = \"a\"\nset = { name = \"x\" }").unwrap_err();
        assert!(named.to_string().contains("sets `name`"), "{named}");
        assert!(study("draws = [1]").unwrap_err().to_string().contains("there are none"));
    }
}
