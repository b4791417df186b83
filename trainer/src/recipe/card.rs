//! What only a person knows of a model and its card says.

use serde::{Deserialize, Serialize};

/// Entries of the card for the index of a hub of models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardRecipe {
    /// Languages of the answers, as codes of ISO 639, such as `en`.
    pub language: Vec<String>,
    /// Names that the training data has on the hub, such as `owner/name`.
    pub datasets: Vec<String>,
    /// Words to find the model by, besides those that every card has.
    pub tags: Vec<String>,
}

impl CardRecipe {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
