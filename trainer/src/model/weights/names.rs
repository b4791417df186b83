//! What files call the parameters.

/// Whose names a file uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `transformers.BertModel`.
    Bert,
    /// `transformers.MPNetModel`.
    Mpnet,
}

/// A name without that of the model before it, which `transformers` writes for models with a head.
pub(super) fn without_model(name: String) -> String {
    let bare = name.strip_prefix("bert.").or_else(|| name.strip_prefix("mpnet."));
    bare.map(str::to_owned).unwrap_or(name)
}

/// Parts of the trainer's `attention.self.qkv`, one after the other.
const BERT_QKV: [&str; 3] = ["attention.self.query", "attention.self.key", "attention.self.value"];
const MPNET_QKV: [&str; 3] = ["attention.attn.q", "attention.attn.k", "attention.attn.v"];

impl Naming {
    /// The tensors whose rows, one after the other, are the trainer's parameter `name`.
    pub(super) fn stored(self, name: &str) -> Vec<String> {
        // A layer's parameter, such as `encoder.layer.3.` and `attention.self.qkv` and `.weight`.
        let parts = name.strip_prefix("encoder.layer.").and_then(|rest| {
            let (layer, rest) = rest.split_once('.')?;
            let (part, kind) = rest.rsplit_once('.')?;
            Some((layer, part, kind))
        });
        let Some((layer, part, kind)) = parts else { return vec![self.outside_layers(name)] };
        let own: Vec<&str> = match (self, part) {
            (Self::Bert, "attention.self.qkv") => BERT_QKV.to_vec(),
            (Self::Mpnet, "attention.self.qkv") => MPNET_QKV.to_vec(),
            (Self::Mpnet, "attention.output.dense") => vec!["attention.attn.o"],
            (Self::Mpnet, "attention.output.LayerNorm") => vec!["attention.LayerNorm"],
            (Self::Bert | Self::Mpnet, other) => vec![other],
        };
        own.into_iter().map(|part| format!("encoder.layer.{layer}.{part}.{kind}")).collect()
    }

    fn outside_layers(self, name: &str) -> String {
        match self {
            Self::Bert | Self::Mpnet => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_found() {
        let stored = |naming: Naming, name: &str| naming.stored(name).join(" ");
        let qkv = "encoder.layer.11.attention.self.qkv.weight";
        assert_eq!(
            stored(Naming::Bert, qkv),
            "encoder.layer.11.attention.self.query.weight encoder.layer.11.attention.self.key.weight \
             encoder.layer.11.attention.self.value.weight"
        );
        assert_eq!(stored(Naming::Bert, "embeddings.LayerNorm.bias"), "embeddings.LayerNorm.bias");
        let norm = "encoder.layer.0.attention.output.LayerNorm.bias";
        assert_eq!(stored(Naming::Mpnet, norm), "encoder.layer.0.attention.LayerNorm.bias");
        assert_eq!(without_model("mpnet.embeddings.x".into()), "embeddings.x");
        assert_eq!(without_model("embeddings.x".into()), "embeddings.x");
    }
}
