//! Every kind on sentences of our own.

use super::*;
use crate::data::{Answer, Target, TaskData};
use crate::head::HeadKind;
use std::collections::BTreeSet;

const RIGHT: &str = "The water is hot because the sun heats it, so 20 grams of salt dissolve quickly.";
const WRONG: [&str; 5] = [
    "The salt sinks to the bottom.",
    "It is a kind of magic.",
    "The cup is made of thick glass.",
    "Nobody can tell.",
    "Perhaps someone stirred with a spoon.",
];
const ELSEWHERE: [&str; 2] =
    ["A magnet attracts iron nails.", "Birds have hollow bones so that they can fly."];
const QUESTION: &str = "A cup stands in the sun. Why does the salt dissolve quickly in this cup?";

fn source(answer: &'static str) -> Source<'static> {
    Source {
        answer,
        question: Some(QUESTION),
        reference: None,
        right: &[RIGHT],
        wrong: &WRONG,
        elsewhere: &ELSEWHERE,
    }
}

/// All texts that a kind makes of a source with many seeds, in both parts.
fn made_of(kind: &str, source: &Source<'_>) -> BTreeSet<String> {
    let kind = find(kind).unwrap();
    let parts = [Part::Train, Part::Heldout];
    parts.iter().flat_map(|part| (0..150).filter_map(|seed| kind.make(source, *part, seed))).collect()
}

fn made(kind: &str, answer: &'static str) -> BTreeSet<String> {
    made_of(kind, &Source::of(answer))
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn the_same_seed_gives_the_same_text_and_another_seed_another_one() {
    // What has no more than one place in the sentence, or needs an answer that is one of the right ones.
    let rare = [
        "negation-removed",
        "roles-swapped",
        "same-contractions",
        "same-synonym",
        "same-negated-antonym",
        "same-joined",
    ];
    for kind in &KINDS {
        let texts = || (0..30).map(|seed| kind.make(&source(RIGHT), Part::Train, seed)).collect::<Vec<_>>();
        assert_eq!(texts(), texts(), "{}", kind.name);
        let distinct: BTreeSet<String> = texts().into_iter().flatten().collect();
        assert!(distinct.len() > 1 || rare.contains(&kind.name), "{}: {distinct:?}", kind.name);
        assert!(!distinct.contains(RIGHT), "{}", kind.name);
    }
    let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), KINDS.len());
    assert!(find("antonyms").is_none());
}

#[test]
fn one_word_becomes_its_antonym_in_the_same_form() {
    for (answer, want) in [
        (
            "The shortest string vibrates fast.",
            &["The longest string vibrates fast.", "The shortest string vibrates slow."][..],
        ),
        ("The HOTTER plate expanded.", &["The COLDER plate expanded.", "The HOTTER plate contracted."]),
        ("Heavier things sink.", &["Lighter things sink.", "Heavier things float."]),
        ("It is an easy way.", &["It is a difficult way."]),
        ("Easier is better.", &["More difficult is better.", "Easier is worse."]),
        // The switch is an adjective in the first, a verb in the second.
        ("The switch is open.", &["The switch is closed."]),
        ("They open it.", &["They close it."]),
        ("It is close to the wall.", &[]),
        ("The salt is left in the light.", &[]),
        ("There are a few of them.", &[]),
    ] {
        assert_eq!(made("antonym", answer), set(want), "{answer}");
    }
}

#[test]
fn a_negation_is_put_where_a_verb_is() {
    for (answer, want) in [
        ("The lamp is on.", &["The lamp is not on.", "The lamp isn't on.", "The lamp is never on."][..]),
        ("It can float.", &["It can not float.", "It can't float.", "It can never float."]),
        ("The ice melted.", &["The ice did not melt.", "The ice didn't melt.", "The ice never melted."]),
        (
            "Plants need water.",
            &["Plants do not need water.", "Plants don't need water.", "Plants never need water."],
        ),
        ("It has a root.", &["It has no root."]),
        // A second negation would take back the first, and a question says nothing.
        ("It is not a metal.", &[]),
        ("Is the lamp on?", &[]),
    ] {
        assert_eq!(made("negation-inserted", answer), set(want), "{answer}");
    }
    let fragments = made("negation-inserted", "By evaporation.");
    assert!(fragments.contains("Not by evaporation") && fragments.len() == 6, "{fragments:?}");
}

#[test]
fn the_only_negation_is_taken_out() {
    for (answer, want) in [
        ("It is not a metal.", &["It is a metal."][..]),
        ("It doesn't float.", &["It does float."]),
        ("They did n't see him.", &["They did see him."]),
        ("They dont move.", &["They do move."]),
        ("There is no air.", &["There is air."]),
        ("It works without air.", &["It works with air."]),
        ("It cannot burn.", &["It can burn."]),
        ("Not all metals rust.", &["All metals rust."]),
        // Taking out one of two negations may make the sentence right.
        ("It is not a metal and not a gas.", &[]),
        ("Not only water but also light.", &[]),
        ("No, it is a metal.", &[]),
        ("It is a metal.", &[]),
    ] {
        assert_eq!(made("negation-removed", answer), set(want), "{answer}");
    }
}

#[test]
fn a_denial_stands_before_or_after_the_answer() {
    let before = made("denial-before", "Because the sun heats it.");
    assert!(before.contains("It is not true that the sun heats it."), "{before:?}");
    assert!(
        before.len() == 32 && before.iter().all(|text| text.ends_with(" the sun heats it.")),
        "{before:?}"
    );
    let name = made("denial-before", "Phil is right, Phil did it");
    assert!(name.contains("I doubt that Phil is right, Phil did it."), "{name:?}");
    let after = made("denial-after", "The sun heats it");
    assert!(after.contains("The sun heats it. No, that is wrong.") && after.len() == 30, "{after:?}");
    let both = made("answer-then-denied", "The sun heats it.");
    for text in [
        "The sun heats it. But the sun does not heat it.",
        "The sun heats it. However, it is false that the sun heats it.",
    ] {
        assert!(both.contains(text), "{text}: {both:?}");
    }
    assert!(both.iter().all(|text| text.starts_with("The sun heats it. ")), "{both:?}");
}

#[test]
fn numbers_units_and_roles_change() {
    let numbers = made("number-changed", "It took 1.5 hours.");
    assert!(numbers.contains("It took 3.0 hours.") && numbers.contains("It took 2.5 hours."), "{numbers:?}");
    let units = made("number-changed", "It is 30 cm long.");
    assert!(units.contains("It is 30 m long.") || units.contains("It is 30 mm long."), "{units:?}");
    assert!(made("number-changed", "two bulbs").contains("seven bulbs"));
    assert!(made("number-changed", "a few bulbs").is_empty());
    // A number that other right answers do not mention does not make an answer right.
    let right =
        ["It took 5 hours in the sun.", "Because of the sun.", "The sun shone.", "The sun melted it."];
    let source = Source { right: &right, ..Source::of(right[0]) };
    assert!(made_of("number-changed", &source).is_empty());
    assert!(!made_of("number-changed", &Source { reference: Some(right[0]), ..source }).is_empty());
    for (answer, want) in [
        ("The whale is larger than the boat.", &["The boat is larger than the whale."][..]),
        ("Light moves faster than sound.", &["Sound moves faster than light."]),
        ("Heat flows from the cup to the hand.", &["Heat flows from the hand to the cup."]),
        ("The sun heats the water.", &["The water heats the sun."]),
        ("It is larger than the boat.", &[]),
        ("The whale is not larger than the boat.", &[]),
        ("The whale is a mammal.", &[]),
    ] {
        assert_eq!(made("roles-swapped", answer), set(want), "{answer}");
    }
}

#[test]
fn lists_and_repetitions_have_words_of_the_answer_alone() {
    let known: BTreeSet<String> = words::normal(RIGHT).into_iter().collect();
    for kind in [
        "shuffled",
        "keywords-commas",
        "keywords-spaces",
        "keywords-and",
        "keywords-all",
        "keyword-repeated",
        "phrase-repeated",
    ] {
        let texts = made_of(kind, &source(RIGHT));
        assert!(texts.len() > 5, "{kind}: {texts:?}");
        for text in &texts {
            let own = words::normal(text);
            assert!(
                own.iter().all(|word| known.contains(word) || kind == "keywords-and" && word == "and"),
                "{text}"
            );
            assert!(!text.contains(RIGHT.trim_end_matches('.')), "{text}");
        }
    }
    for text in made_of("shuffled", &source(RIGHT)) {
        let (mut own, mut all) = (words::normal(&text), words::normal(RIGHT));
        own.sort();
        all.sort();
        assert_eq!(own, all);
    }
    for text in made_of("keywords-commas", &source(RIGHT)) {
        let list: Vec<&str> = text.split(", ").collect();
        assert!(
            (5..=8).contains(&list.len()) && list.iter().all(|word| !words::is_function_word(word)),
            "{text}"
        );
    }
    for text in made_of("keyword-repeated", &source(RIGHT)) {
        let list = words::normal(&text);
        assert!(list.len() >= 4 && list.iter().all(|word| *word == list[0]), "{text}");
    }
    // Few words may be an answer.
    for kind in ["shuffled", "keywords-all", "keywords-commas", "phrase-repeated"] {
        assert!(made(kind, "By evaporation.").is_empty(), "{kind}");
    }
    // Scripts without spaces have words of one character.
    let texts = made("shuffled", "因为水变热了。");
    assert!(!texts.is_empty() && texts.iter().all(|text| text.split(' ').count() == 6), "{texts:?}");
}

#[test]
fn answers_are_joined_as_the_kinds_say() {
    let wrong_first = made_of("wrong-then-right", &source(RIGHT));
    assert!(wrong_first.contains(&format!("Nobody can tell. {RIGHT}")), "{wrong_first:?}");
    assert!(wrong_first.contains(
        "Nobody can tell. Or the water is hot because the sun heats it, so 20 grams of salt dissolve quickly."
    ));
    let right_first = made_of("right-then-wrong", &source(RIGHT));
    assert!(right_first.contains(&format!("{RIGHT} It is a kind of magic.")), "{right_first:?}");
    let (right, wrong) = (["It was hot.", "It was warm."], ["It was cold.", "It was green."]);
    let graded = |answer| Source { right: &right, wrong: &wrong, ..Source::of(answer) };
    assert!(made_of("same-joined", &graded("It was hot.")).contains("It was hot. It was warm."));
    let texts = made_of("same-joined", &graded("It was cold."));
    assert!(texts.iter().all(|text| text.contains("green") && !text.contains("hot")), "{texts:?}");
    assert!(made_of("same-joined", &graded("It was partly hot.")).is_empty());
    for text in made_of("wrong-joined", &source(RIGHT)) {
        let count = WRONG.iter().filter(|wrong| text.contains(*wrong)).count();
        assert!((3..=5).contains(&count), "{text}");
    }
    for text in made_of("wrong-keywords", &source(RIGHT)) {
        assert!(WRONG.iter().any(|wrong| text.starts_with(wrong)), "{text}");
    }
    assert_eq!(
        made_of("question-copied", &source(RIGHT)),
        set(&[QUESTION, "Why does the salt dissolve quickly in this cup?"])
    );
    assert!(made_of("question-keywords", &source(RIGHT)).iter().all(|text| text.starts_with(QUESTION)));
    assert_eq!(made_of("other-question", &source(RIGHT)), set(&ELSEWHERE));
    // An answer that shares most of its words might be right here too.
    let near = ["The sun heats the water, and salt dissolves quickly in hot water."];
    assert!(made_of("other-question", &Source { elsewhere: &near, ..source(RIGHT) }).is_empty());
    // Without other answers or a question these make nothing.
    for kind in [
        "wrong-then-right",
        "right-then-wrong",
        "wrong-keywords",
        "wrong-joined",
        "question-copied",
        "question-keywords",
        "other-question",
        "same-joined",
    ] {
        assert!(made(kind, RIGHT).is_empty(), "{kind}");
    }
}

#[test]
fn texts_from_elsewhere_share_no_words_with_the_answer() {
    for kind in [
        "off-topic",
        "off-topic-long",
        "gibberish-letters",
        "gibberish-keyboard",
        "gibberish-words",
        "other-language",
    ] {
        let texts = made_of(kind, &source(RIGHT));
        assert!(texts.len() > 20, "{kind}: {}", texts.len());
        for text in &texts {
            assert!(words::shared(text, RIGHT) < 0.5 && !text.contains('{'), "{kind}: {text}");
        }
    }
    let long = made_of("off-topic-long", &source(RIGHT));
    assert!(long.iter().all(|text| words::words(text).len() > 100), "{long:?}");
    let german = made("other-language-words", "The water is hot because the sun is in it.");
    assert!(german.contains("Der Wasser ist heiß weil der Sonne ist in es."), "{german:?}");
}

#[test]
fn inserted_words_are_the_only_change() {
    for kind in ["adjective-inserted", "adverb-inserted"] {
        let texts = made(kind, "The salt sinks to a bottom that is an end.");
        assert!(texts.len() > 30, "{kind}: {texts:?}");
        let before = words::normal("The salt sinks to a bottom that is an end.");
        for text in &texts {
            let after = words::normal(text);
            assert_eq!(after.len(), before.len() + 1, "{text}");
            // An article may follow the new word.
            let kept = before.iter().filter(|word| after.contains(word)).count();
            assert!(kept + 1 >= before.len(), "{text}");
        }
        assert!(!texts.iter().any(|text| words::negates(text)), "{texts:?}");
    }
    assert!(made("adjective-inserted", "It was an end.").contains("It was a basic end."));
}

#[test]
fn label_preserving_changes_keep_the_content_words() {
    let content = |text: &str| -> Vec<String> {
        let mut all: Vec<String> = words::content_words(text).into_iter().map(words::lower).collect();
        all.sort();
        all
    };
    let answer = "It isn't hot, since the big sun is afraid of 1.5 clouds.";
    for kind in KINDS.iter().filter(|kind| kind.outcome == Outcome::Same) {
        for text in made(kind.name, answer) {
            let (before, after) = (content(answer), content(&text));
            match kind.name {
                // One word is misspelt or replaced.
                "same-typo" | "same-synonym" => {
                    assert!(
                        before.iter().filter(|word| after.contains(word)).count() + 1 >= before.len(),
                        "{text}"
                    );
                    assert_eq!(after.len(), before.len(), "{text}");
                }
                // Words of politeness or agreement come in addition.
                "same-politeness" | "same-affirmed" => {
                    assert!(before.iter().all(|word| after.contains(word)), "{text}")
                }
                _ => assert_eq!(before, after, "{}: {text}", kind.name),
            }
        }
    }
    assert!(made("same-case", "The sun").is_superset(&set(&["the sun", "THE SUN"])));
    assert_eq!(
        made("same-punctuation", "The sun, I think"),
        set(&["The sun, I think.", "The sun, I think!", "The sun I think"])
    );
    assert!(made("same-spaces", "The hot sun").contains("The  hot sun"));
    assert!(
        made("same-politeness", "The sun.")
            .is_superset(&set(&["I think that the sun", "The sun. Thank you."]))
    );
    assert!(
        made("same-affirmed", "Because the sun shines.")
            .is_superset(&set(&["It is true that the sun shines.", "Because the sun shines. That is true."]))
    );
    assert!(made("same-contractions", "It is not hot.").contains("It isn't hot."));
    assert!(made("same-contractions", "It doesn't melt.").contains("It does not melt."));
    assert!(made("same-contractions", "He's gone and I'm sad.").contains("He's gone and I am sad."));
    assert!(!made("same-contractions", "He's gone.").contains("He is gone."));
    assert_eq!(made("same-synonym", "He was afraid."), set(&["He was scared."]));
    assert_eq!(made("same-negated-antonym", "The sand is wet."), set(&["The sand is not dry."]));
    assert!(made("same-negated-antonym", "The sand is wet sand.").is_empty());
    assert!(made("same-negated-antonym", "The sand is not wet.").is_empty());
    for text in made("same-typo", "evaporation") {
        assert!((10..=12).contains(&text.chars().count()), "{text}");
        assert!(text.starts_with('e'), "{text}");
    }
}

#[test]
fn the_parts_share_no_template_word_or_pair() {
    // A pair belongs to one part in both directions and all forms.
    assert_eq!(Part::of_pair("Hot", "cold"), Part::of_pair("cold", "hot"));
    assert_eq!(Part::of("It is false that"), Part::of("it is FALSE that"));
    let kinds = [
        "antonym",
        "negation-inserted",
        "denial-before",
        "denial-after",
        "gibberish-letters",
        "gibberish-words",
        "gibberish-keyboard",
        "other-language",
        "adjective-inserted",
        "adverb-inserted",
        "same-politeness",
        "same-affirmed",
    ];
    let answers = [
        RIGHT,
        "Plants need water because they grow.",
        "By boiling.",
        "The ice melted. People like it because they see it. It can float. It was wet. It has a root.",
        "The door is closed and it is never a long way.",
    ];
    for name in kinds {
        let kind = find(name).unwrap();
        let all = |part| -> BTreeSet<String> {
            answers
                .iter()
                .flat_map(|answer| (0..80).filter_map(|seed| kind.make(&Source::of(answer), part, seed)))
                .collect()
        };
        let (train, heldout) = (all(Part::Train), all(Part::Heldout));
        assert!(
            !train.is_empty() && !heldout.is_empty() && train.is_disjoint(&heldout),
            "{name}: {heldout:?}"
        );
    }
    // About one key of five is held out.
    let heldout = (0..5000).filter(|n| Part::of(&format!("key {n}")) == Part::Heldout).count();
    assert!((900..1100).contains(&heldout), "{heldout}");
}

#[test]
fn kinds_that_need_english_do_nothing_in_other_scripts() {
    for answer in ["因为水变热了，所以盐溶解得快。", "Потому что вода тёплая и соль растворяется."]
    {
        let source = Source {
            answer,
            question: None,
            reference: None,
            right: &[],
            wrong: &["水在杯子里。", "不知道。", "魔法。"],
            elsewhere: &[],
        };
        for kind in &KINDS {
            let made = (0..20).find_map(|seed| kind.make(&source, Part::Train, seed));
            assert!(!kind.english || made.is_none(), "{}: {made:?}", kind.name);
        }
    }
    assert!(looks_english([RIGHT, "Because the sun heats it."]));
    assert!(!looks_english(["Das Salz löst sich schnell, weil das Wasser warm ist."]));
    assert!(!looks_english(["水"]) && !looks_english([]));
}

#[test]
fn no_text_that_must_be_wrong_is_a_right_answer() {
    let right = ["The sun is hot.", "The sun is cold."];
    let source = Source { right: &right, ..Source::of("The sun is hot.") };
    assert!(!made_of("antonym", &source).contains("The sun is cold."));
    assert!(made("antonym", "The sun is hot.").contains("The sun is cold."));
}

fn answer(id: &str, task: usize, text: &str, reference: Option<&str>, target: Target) -> Answer {
    Answer {
        id: id.to_owned(),
        task,
        text: text.to_owned(),
        reference: reference.map(str::to_owned),
        question: Some(QUESTION.to_owned()),
        target,
        second: Target::Missing,
        group: None,
        split_key: None,
    }
}

fn task(head: HeadKind, labels: &[&str]) -> TaskData {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    TaskData { id: "t".into(), name: "t".into(), head, labels, points: Vec::new() }
}

#[test]
fn verdicts_follow_from_the_kind_of_head_and_the_names_of_classes() {
    let of = |head, labels: &[&str]| Verdicts::of(&task(head, labels));
    let class = Target::Class;
    let known = of(HeadKind::Softmax, &["contradictory", "Correct", "incorrect"]).unwrap();
    assert_eq!((known.best, known.worst, known.opposite), (class(1), class(2), class(0)));
    let known = of(HeadKind::Softmax, &["correct", "partially_correct", "irrelevant", "non_domain"]).unwrap();
    assert_eq!((&known.best, &known.worst, &known.opposite), (&class(0), &class(2), &class(2)));
    let tasks = task(HeadKind::Softmax, &["correct", "partially_correct", "irrelevant", "non_domain"]);
    assert!(
        !known.is_wrong(&tasks, &class(1))
            && known.is_wrong(&tasks, &class(3))
            && !known.is_wrong(&tasks, &class(0))
    );
    assert_eq!(of(HeadKind::Softmax, &["apple", "pear"]), None);
    let known = of(HeadKind::Ordinal, &["0", "1", "2"]).unwrap();
    assert_eq!((known.best, known.worst), (Target::Level(2), Target::Level(0)));
    let known = of(HeadKind::Sigmoid, &["a", "b"]).unwrap();
    assert_eq!(known.stated(Outcome::Wrong), Some(&Target::Labels(vec![false, false])));
    assert_eq!(known.stated(Outcome::Same), None);
}

#[test]
fn answers_are_grouped_by_the_reference_that_models_read() {
    let tasks =
        [task(HeadKind::Softmax, &["correct", "incorrect"]), task(HeadKind::Softmax, &["apple", "pear"])];
    let class = |n| Target::Class(n);
    let answers = [
        answer("1", 0, "Because the sun is hot.", Some("The sun."), class(0)),
        answer("2", 0, "It is magic.", Some("The  SUN."), class(1)),
        answer("3", 0, "A magnet has two poles.", Some("Two poles."), class(0)),
        answer("4", 0, "", Some("Two poles."), class(1)),
        answer("5", 0, "Who knows?", Some("Two poles."), Target::Missing),
        answer("6", 1, "An apple.", Some("Fruit."), class(0)),
    ];
    let pool = Pool::new(&tasks, &answers, true);
    assert_eq!(pool.questions.len(), 2);
    let first = &pool.questions[0];
    assert_eq!((first.right.len(), first.wrong.len(), first.answers.len()), (2, 1, 2));
    assert_eq!((first.reference, first.text, first.english), (Some("The sun."), Some(QUESTION), true));
    // Neither the empty text nor the answer without a score counts.
    assert_eq!((pool.questions[1].wrong.len(), pool.questions[1].answers.len()), (0, 2));
    let elsewhere = pool.elsewhere(0, 1);
    assert!(elsewhere.iter().all(|text| text.contains("poles")) && !elsewhere.is_empty(), "{elsewhere:?}");
    assert_eq!(elsewhere, pool.elsewhere(0, 1));
    assert_eq!(Pool::new(&tasks, &answers, false).questions.len(), 1);
}

#[test]
fn the_page_has_a_row_for_each_kind() {
    let page = include_str!("../../../docs/robustness.md");
    let rows: Vec<&str> = page.lines().skip_while(|line| !line.starts_with("| kind |")).skip(2).collect();
    let rows: Vec<&str> = rows.into_iter().take_while(|line| line.starts_with('|')).collect();
    let want: Vec<String> = KINDS
        .iter()
        .map(|kind| {
            let outcome = match kind.outcome {
                Outcome::Opposite => "contradicts",
                Outcome::Wrong => "wrong",
                Outcome::Same => "same score",
                Outcome::NotBetter => "not better",
            };
            let english = if kind.english { "yes" } else { "" };
            format!("| `{}` | {outcome} | {english} | {} |", kind.name, kind.about)
        })
        .collect();
    assert_eq!(rows, want);
}
