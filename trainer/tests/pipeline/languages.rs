//! Whole recipes on answers in German, Spanish, French and Chinese. All sentences are invented here.

use crate::RECIPE;
use crate::support::Bench;
use pupil_core::format::manifest::Encoder;
use pupil_core::tokenizer::{Encoding, Tokenizer as Engine, TokenizerKind};
use pupil_core::{ReviewReason, Scorer};
use pupil_trainer::tokenizer::Tokenizer;
use pupil_trainer::{files, random};
use rand::Rng;
use std::fs;

/// A language: the ideas that score a point each, words without meaning for the score, and how a table is written.
struct Language {
    name: &'static str,
    ideas: [&'static str; 2],
    filler: [&'static str; 8],
    /// Between words, and at the end of an answer.
    joins: [&'static str; 2],
    delimiter: char,
    /// The levels as the table writes them.
    levels: [&'static str; 3],
    /// An answer with both ideas, and one with none.
    samples: [&'static str; 2],
    /// Words of the first sample.
    words: usize,
}

const LANGUAGES: [Language; 4] = [
    Language {
        name: "de",
        ideas: ["wärme", "größer"],
        filler: ["die", "luft", "dann", "für", "„so“", "wäre", "und", "ballon"],
        joins: [" ", "."],
        delimiter: ';',
        levels: ["0,0", "1,0", "2,0"],
        samples: ["Durch Wärme wird der Ballon größer.", "die luft und „so“ für ballon."],
        words: 6,
    },
    Language {
        name: "es",
        ideas: ["presión", "aumenta"],
        filler: ["el", "aire", "¿y?", "según", "niño", "que", "muy", "luego"],
        joins: [" ", "."],
        delimiter: ',',
        levels: ["0", "1", "2"],
        samples: ["la presión del aire aumenta", "el niño que luego según"],
        words: 5,
    },
    Language {
        name: "fr",
        ideas: ["chaleur", "réchauffe"],
        filler: ["l'air", "très", "« oui »", "ça", "puis", "le", "être", "où"],
        joins: [" ", "\u{a0}!"],
        delimiter: ';',
        levels: ["0,0", "1,0", "2,0"],
        samples: ["la chaleur réchauffe l'air", "le « oui » puis ça"],
        words: 5,
    },
    Language {
        name: "zh",
        ideas: ["分子", "更快"],
        filler: ["水", "因为", "所以", "了", "很", "它们", "，", "看"],
        joins: ["", "。"],
        delimiter: ',',
        levels: ["0", "1", "2"],
        samples: ["因为水热，所以分子动得更快。", "水很了，它们看。"],
        words: 12,
    },
];

/// A table of answers: the level is the number of ideas that an answer names.
fn table(language: &Language, rows: usize) -> String {
    let d = language.delimiter;
    let mut rng = random::generator(5);
    let mut out = format!("id{d}task{d}text{d}score{d}max_score\n");
    for i in 0..rows {
        let level = rng.random_range(0..3usize);
        let mut words: Vec<&str> = (0..6).map(|_| language.filler[rng.random_range(0..8)]).collect();
        for idea in &language.ideas[..level] {
            words.insert(rng.random_range(0..words.len()), idea);
        }
        let text = words.join(language.joins[0]) + language.joins[1];
        out += &format!("{i}{d}q1{d}\"{text}\"{d}\"{}\"{d}2\n", language.levels[level]);
    }
    out
}

/// The recipe without its teacher, on a table; both n-grams and an E-LSTM are trained.
fn recipe(model: &str) -> String {
    let end = RECIPE.find("[export]").unwrap();
    RECIPE[..end]
        .replace(
            "train = \"train.jsonl\"\ntest = { test = \"test.jsonl\" }\nunlabelled = \"unlabelled.jsonl\"",
            "train = \"answers.csv\"\nheld_out = 0.2",
        )
        .replace("copies = 1", "copies = 0")
        .replace("lambdas = [0.0, 1.0]", "lambdas = [0.0]")
        .replace(
            "seeds = [1, 2]\nbaseline = true\nsweep = { task = \"heat\", lambdas = [0.5] }",
            "seeds = [1]",
        )
        + &format!("[export]\nmodel = \"{model}\"\nlambda = 0.0\n[evaluate]\nreplicates = 20\n")
}

fn reads_alike(tokenizer: &[u8], language: &Language) {
    let (ours, engine) = (
        Tokenizer::from_json(tokenizer).unwrap(),
        Engine::from_json(TokenizerKind::WordLevel, tokenizer).unwrap(),
    );
    let mut encoding = Encoding::new();
    let decomposed = "wa\u{308}rme re\u{301}chauffe presio\u{301}n\u{3000}分\u{200b}子";
    let mixed =
        format!("{} {} {decomposed} ＨＯＴ、２０℃ 😀 か\u{3099}", language.samples[0], language.ideas[0]);
    for text in language.samples.into_iter().chain(language.filler).chain([decomposed, mixed.as_str()]) {
        engine.encode(None, text, &mut encoding).unwrap();
        assert_eq!(encoding.ids, ours.encode(None, text).unwrap().ids, "{text}");
    }
    // Both ideas are words of the vocabulary, or characters of it.
    engine.encode(None, &language.ideas.join(" "), &mut encoding).unwrap();
    assert_eq!(encoding.unknown, 0, "{}", language.name);
}

fn check(scorer: &Scorer, language: &Language) {
    let [full, poor] = language.samples.map(|answer| scorer.score("q1", answer).unwrap());
    assert!(full.expected > poor.expected, "{}: {:?} {:?}", language.name, full.expected, poor.expected);
    assert_eq!(full.words, language.words, "{}", language.name);
    for (score, what) in [(&full, "full"), (&poor, "poor")] {
        assert!(
            matches!(score.decision.reason(), None | Some(ReviewReason::LowConfidence)),
            "{}: the {what} answer goes to review: {:?}",
            language.name,
            score.decision
        );
    }
}

#[test]
fn every_language_goes_from_a_table_to_a_file() {
    for language in &LANGUAGES {
        let bench = Bench::new(&recipe("pupils"));
        files::write(&bench.path("data/answers.csv"), table(language, 150).as_bytes()).unwrap();
        let (_, path) = bench.open("a").run().unwrap();
        check(&Scorer::open(&path).unwrap(), language);
        let tokenizer =
            fs::read(bench.path("a/tiny/pupils/q1/e-lstm-lambda-0-seed-1/tokenizer.json")).unwrap();
        reads_alike(&tokenizer, language);

        files::write(&bench.path("recipe.toml"), recipe("n-gram").as_bytes()).unwrap();
        let (_, path) = bench.open("a").run().unwrap();
        let scorer = Scorer::open(&path).unwrap();
        check(&scorer, language);
        let lengths: Vec<_> = scorer.manifest().encoders.values().collect();
        let [Encoder::NGram(grams)] = lengths[..] else { panic!("{lengths:?}") };
        let want = if language.name == "zh" { (Some((1, 3)), None) } else { (Some((3, 5)), Some((1, 2))) };
        assert_eq!((grams.chars, grams.words), want, "{}", language.name);
    }
}

#[test]
fn chinese_answers_are_reviewed_by_their_characters() {
    let zh = &LANGUAGES[3];
    for model in ["pupils", "n-gram"] {
        let more = "min_words = 3\n";
        let bench = Bench::new(&recipe(model).replace("[evaluate]", &format!("{more}[evaluate]")));
        files::write(&bench.path("data/answers.csv"), table(zh, 150).as_bytes()).unwrap();
        let (_, path) = bench.open("a").run().unwrap();
        let scorer = Scorer::open(&path).unwrap();
        let reason = |answer: &str| scorer.score("q1", answer).unwrap().decision.reason();
        assert_eq!(reason("水。"), Some(ReviewReason::TooShort), "{model}");
        assert_eq!(reason("水水水水水水水水"), Some(ReviewReason::Repetition), "{model}");
        assert_eq!(reason("分子更快分子更快分子更快"), Some(ReviewReason::Repetition), "{model}");
        let whole = reason("因为水很热，所以它们更快。");
        assert!(matches!(whole, None | Some(ReviewReason::LowConfidence)), "{model}: {whole:?}");
    }
}
