//! The small models that inputs begin with.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use pupil_core::Scorer;
use pupil_core::format::manifest::{
    Bert, Calibration, ELstm, Encoder, Head, HeadKind, Input as Reads, Label, Member, Mixture, NGram,
    Pooling, Review, Scale, Scope, Task, TokenizerEntry,
};
use pupil_core::tokenizer::TokenizerKind;
use pupil_tests::Fixture;

use crate::container::Parts;
use crate::json::{Json, Words};

/// What a file is opened as.
pub enum Opened {
    /// A model that scores.
    Scorer,
    /// A model of what students know.
    Tracker,
    /// A task pack of this model.
    Pack(Scorer),
}

/// A model to begin with.
pub struct Base {
    /// Its parts.
    pub parts: Parts,
    /// Its tokenizers, by the name of their section.
    pub tokenizers: BTreeMap<String, Json>,
    /// What it is opened as.
    pub opened: Opened,
}

const WORDS: [&str; 10] = ["warm", "air", "balloon", "gas", "expands", "the", "not", "é", "日", "1"];

/// A WordPiece tokenizer with every part that the engine reads of one.
const PIECES: &str = concat!(
    r###"{"version":"1.0","truncation":{"direction":"Right","max_length":24,"strategy":"LongestFirst","stride":0},"###,
    r###""padding":null,"added_tokens":["###,
    r###"{"id":0,"content":"[PAD]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},"###,
    r###"{"id":1,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},"###,
    r###"{"id":2,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},"###,
    r###"{"id":3,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},"###,
    r###"{"id":4,"content":"[MASK]","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},"###,
    r###"{"id":14,"content":"warm air","single_word":true,"lstrip":false,"rstrip":true,"normalized":true,"special":false}],"###,
    r###""normalizer":{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},"###,
    r###"{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},"###,
    r###"{"type":"Strip","strip_left":true,"strip_right":false}]},"pre_tokenizer":{"type":"Sequence","pretokenizers":["###,
    r###"{"type":"BertPreTokenizer"},{"type":"Digits","individual_digits":true}]},"post_processor":{"type":"TemplateProcessing","###,
    r###""single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"###,
    r###""pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},"###,
    r###"{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],"###,
    r###""special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},"###,
    r###""decoder":null,"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":40,"###,
    r###""vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"warm":5,"air":6,"ba":7,"##lloon":8,"##s":9,"1":10,"##a":11,"!":12,"日":13}}}"###,
);

/// Names and values of tokenizers that the models here do not have.
const TOKENIZER_PARTS: [&str; 26] = [
    "NFC",
    "NFD",
    "NFKC",
    "NFKD",
    "Lowercase",
    "StripAccents",
    "Strip",
    "Sequence",
    "Whitespace",
    "WhitespaceSplit",
    "Punctuation",
    "Digits",
    "BertPreTokenizer",
    "BertNormalizer",
    "BertProcessing",
    "TemplateProcessing",
    "Removed",
    "Isolated",
    "MergedWithPrevious",
    "MergedWithNext",
    "Contiguous",
    "OnlyFirst",
    "OnlySecond",
    "WordLevel",
    "WordPiece",
    "Left",
];

fn task(id: &str, encoder: &str, kind: HeadKind, hidden: usize, labels: &[&str]) -> Task {
    let ordinal = kind == HeadKind::Ordinal;
    Task {
        id: id.into(),
        encoder: encoder.into(),
        head: Head { kind, hidden },
        labels: labels.iter().map(|label| Label::named(*label)).collect(),
        scale: ordinal.then(|| Scale { min: 0, ..Scale::default() }),
        thresholds: match kind {
            HeadKind::Ordinal => vec![0.75, 1.25],
            HeadKind::Sigmoid => vec![0.5; labels.len()],
            HeadKind::Softmax => Vec::new(),
        },
        ..Task::default()
    }
}

fn words(fixture: &mut Fixture) {
    let words = WORDS.map(str::to_owned);
    fixture.tokenizer("words", &words, false);
    fixture.tokenizer("pairs", &words[..6], true);
}

/// LSTMs, each kind of head, answers alone and pairs, and a section that belongs to nobody.
fn recurrent() -> Fixture {
    let mut fixture = Fixture::empty(11);
    words(&mut fixture);
    fixture.encoder("e0", "words", ELstm { hidden: 3, embedding: 4, ..ELstm::default() });
    fixture.encoder("e1", "pairs", ELstm { hidden: 9, embedding: 5, ..ELstm::default() });
    fixture.manifest.tasks = vec![
        task("levels", "e0", HeadKind::Ordinal, 2, &["0", "1", "2"]),
        Task {
            review: Review { min_words: 2, max_unknown: 0.5, ..Review::default() },
            ..task("rubric", "e0", HeadKind::Sigmoid, 3, &["a", "b"])
        },
        Task {
            input: Reads::Pair,
            calibration: Calibration { temperature: 1.5 },
            ..task("pair", "e1", HeadKind::Softmax, 3, &["x", "y"])
        },
    ];
    fixture
}

/// Transformers and mixtures of both scopes, with pieces of words and scales of 16 bits.
fn transformers() -> Fixture {
    let mut fixture = Fixture::empty(12);
    fixture.half_scales = true;
    words(&mut fixture);
    fixture.tokenizers.insert("pieces".into(), PIECES.into());
    fixture
        .manifest
        .tokenizers
        .insert("pieces".into(), TokenizerEntry::of_kind(TokenizerKind::WordPiece, "pieces"));
    let small = Bert { width: 8, layers: 1, heads: 2, intermediate: 12, positions: 24, ..Bert::default() };
    fixture.bert("b0", "pieces", Bert { vocab: 15, segments: 2, ..small.clone() });
    fixture.bert("b1", "words", Bert { pooling: Pooling::Cls, positions: 40, ..small });
    let mixture = Mixture {
        width: 8,
        blocks: 1,
        experts: 3,
        hidden: 5,
        gate: 4,
        task_embedding: 3,
        ..Mixture::default()
    };
    fixture.manifest.mixtures = BTreeMap::from([
        ("token".into(), mixture.clone()),
        ("chosen".into(), Mixture { top_k: Some(2), blocks: 2, ..mixture.clone() }),
        ("pooled".into(), Mixture { scope: Scope::Pooled, ..mixture }),
    ]);
    let mixed = |name: &str| Some(name.to_owned());
    fixture.manifest.tasks = vec![
        Task { mixture: mixed("token"), ..task("token", "b1", HeadKind::Sigmoid, 3, &["a", "b"]) },
        Task { mixture: mixed("chosen"), ..task("chosen", "b1", HeadKind::Ordinal, 4, &["0", "1", "2"]) },
        Task {
            mixture: mixed("pooled"),
            input: Reads::Pair,
            ..task("pooled", "b0", HeadKind::Softmax, 2, &["x", "y"])
        },
    ];
    fixture
}

/// Tasks of several members, n-grams among them.
fn members() -> Fixture {
    let mut fixture = transformers();
    fixture.encoder("e0", "words", ELstm { hidden: 8, embedding: 3, ..ELstm::default() });
    fixture.manifest.encoders.insert(
        "g0".into(),
        Encoder::NGram(NGram { words: None, buckets: 256, units: 2, sublinear: false, ..NGram::default() }),
    );
    let member = |encoder: &str, mixture: Option<&str>, kind, hidden, weight| Member {
        encoder: encoder.into(),
        mixture: mixture.map(Into::into),
        head: Head { kind, hidden },
        calibration: Calibration { temperature: 1.0 + weight },
        weight,
    };
    fixture.manifest.tasks = vec![
        Task {
            weight: 0.25,
            members: vec![
                member("b1", Some("pooled"), HeadKind::Ordinal, 2, 0.25),
                member("g0", None, HeadKind::Softmax, 2, 0.5),
            ],
            ..task("levels", "e0", HeadKind::Ordinal, 2, &["0", "1", "2"])
        },
        task("grams", "g0", HeadKind::Softmax, 0, &["x", "y"]),
    ];
    fixture
}

fn base(fixture: &Fixture, opened: Opened) -> Base {
    let tokenizers = fixture
        .tokenizers
        .iter()
        .map(|(name, json)| (format!("tokenizer.{name}"), Json::parse(json)))
        .collect();
    Base { parts: Parts::parse(&fixture.bytes()), tokenizers, opened }
}

/// The models.
///
/// # Panics
///
/// If one of them is refused.
pub fn bases() -> &'static [Base] {
    static BASES: OnceLock<Vec<Base>> = OnceLock::new();
    BASES.get_or_init(|| {
        let host = transformers().bytes();
        let pack = transformers().pack(blake3::hash(&host).to_hex().as_str());
        vec![
            base(&recurrent(), Opened::Scorer),
            base(&transformers(), Opened::Scorer),
            base(&members(), Opened::Scorer),
            base(&Fixture::guarded(13), Opened::Scorer),
            base(&Fixture::knowledge(14), Opened::Tracker),
            base(&Fixture::counting(15), Opened::Tracker),
            base(&pack, Opened::Pack(Scorer::from_bytes(host).expect("the host opens"))),
        ]
    })
}

/// The words of all of them.
pub fn known() -> &'static Words {
    static KNOWN: OnceLock<Words> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let trees = bases()
            .iter()
            .flat_map(|base| [&base.parts.manifest].into_iter().chain(base.tokenizers.values()));
        Words::of(trees, &TOKENIZER_PARTS)
    })
}

/// The tokenizers of all of them that differ.
pub fn tokenizers() -> &'static [Json] {
    static TOKENIZERS: OnceLock<Vec<Json>> = OnceLock::new();
    TOKENIZERS.get_or_init(|| {
        let mut found: Vec<Json> =
            bases()[..2].iter().flat_map(|base| base.tokenizers.values().cloned()).collect();
        found.sort_by_cached_key(Json::text);
        found.dedup();
        found
    })
}
