//! Text to ids: the engine compared with the `tokenizers` crate, on the tokenizers of the shipped models.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pupil_core::tokenizer::{Encoding, Tokenizer, TokenizerKind};
use pupil_tests::Raw;
use std::hint::black_box;

const MODELS: [(&str, TokenizerKind, &str); 2] = [
    (
        "word-level",
        TokenizerKind::WordLevel,
        concat!(env!("CARGO_MANIFEST_DIR"), "/../models/mind-ca/mind-ca.pupil"),
    ),
    (
        "word-piece",
        TokenizerKind::WordPiece,
        concat!(env!("CARGO_MANIFEST_DIR"), "/../models/science/science.pupil"),
    ),
];

/// Fifteen words.
const ANSWER: &str = "He thinks that the police officer has come to take him away for the robbery.";

fn texts() -> [(&'static str, String); 4] {
    [
        ("15 words", ANSWER.to_owned()),
        ("15 words, one not ASCII", ANSWER.replace("the police", "the police\u{2019}s")),
        ("15 words, half of them not ASCII", ANSWER.replace('e', "\u{e9}")),
        ("150 words", [ANSWER; 10].join(" ")),
    ]
}

fn tokenizer(c: &mut Criterion) {
    for (name, kind, file) in MODELS {
        let file = Raw::parse(&std::fs::read(file).expect("the shipped model exists"));
        let json = &file.data[file.range("tokenizer.shared")];
        let ours = Tokenizer::from_json(kind, json).expect("a tokenizer that the engine reads");
        let theirs = tokenizers::Tokenizer::from_bytes(json).expect("a tokenizer that the crate reads");
        let mut encoding = Encoding::new();
        let mut group = c.benchmark_group(format!("tokenizer/{name}"));
        for (what, text) in texts() {
            ours.encode(None, &text, &mut encoding).expect("it can be encoded");
            let ids = theirs.encode_fast(text.as_str(), true).expect("it can be encoded");
            assert_eq!(encoding.ids, ids.get_ids());
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(format!("engine/{what}"), |b| {
                b.iter(|| ours.encode(None, black_box(&text), &mut encoding).expect("it can be encoded"));
            });
            group.bench_function(format!("crate/{what}"), |b| {
                b.iter(|| theirs.encode_fast(black_box(text.as_str()), true).expect("it can be encoded"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, tokenizer);
criterion_main!(benches);
