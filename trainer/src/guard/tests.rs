use super::limits::{lower, upper};
use super::{Example, Fitted, HeldBack, Reasons, Settings, first, fit, hashes};
use pupil_core::format::manifest::GuardLimits;
use pupil_core::guard::{Reference, TextModel, Values};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::random;

const SUBJECTS: [&[&str]; 2] = [
    &["the water", "the ice", "warm air", "the metal spoon", "the cup of tea", "a hot stone", "the sun"],
    &["the magnet", "the iron nail", "the north pole", "a compass needle", "the battery", "a copper wire"],
];
const VERBS: [&[&str]; 2] = [
    &["gets warmer", "cools down slowly", "melts", "loses its heat", "takes in heat", "expands a little"],
    &["pulls the nail", "turns to the north", "pushes the other one away", "lets current flow", "sticks"],
];
const CAUSES: [&[&str]; 2] = [
    &[
        "it stands in the sun",
        "heat moves to the cold side",
        "the particles move faster",
        "air is a bad conductor",
    ],
    &["opposite poles attract", "it is made of iron", "the circuit is closed", "the field is strong here"],
];
const OPENINGS: [&str; 5] = ["I think that", "", "you can see that", "in the end", "so"];
const LINKS: [&str; 4] = ["because", "since", "and this is so because", "when"];

/// An answer to one of two questions, in sentences that people write.
fn answer(task: usize, rng: &mut ChaCha8Rng) -> String {
    let pick = |list: &'static [&'static str], rng: &mut ChaCha8Rng| list[rng.random_range(0..list.len())];
    let one = |rng: &mut ChaCha8Rng| {
        [
            pick(&OPENINGS, rng),
            pick(SUBJECTS[task], rng),
            pick(VERBS[task], rng),
            pick(&LINKS, rng),
            pick(CAUSES[task], rng),
        ]
        .join(" ")
    };
    let mut text = one(rng);
    if rng.random_range(0..3) == 0 {
        text = format!("{text} and {}", one(rng));
    }
    text.trim().to_owned()
}

fn answers(seed: u64, number: usize) -> Vec<(usize, String)> {
    let mut rng = random::generator(seed);
    (0..number).map(|n| (n % 2, answer(n % 2, &mut rng))).collect()
}

fn example(n: usize, (task, text): &(usize, String)) -> Example<'_> {
    Example { text, reference: None, question: None, task: *task, key: n as u64 }
}

fn fitted(settings: &Settings) -> Fitted {
    let genuine = answers(1, 3000);
    let examples: Vec<Example<'_>> = genuine.iter().enumerate().map(|(n, a)| example(n, a)).collect();
    fit(settings, &examples, &[]).unwrap()
}

/// A guard that judges answers.
struct Judge {
    fitted: Fitted,
    model: TextModel,
}

impl Judge {
    fn new(fitted: Fitted) -> Self {
        Self { model: fitted.tables.model().unwrap(), fitted }
    }

    fn values(&self, task: usize, text: &str) -> Values {
        let mut reference = Reference::default();
        reference.read(None);
        self.model.values(text, &reference, self.fitted.topics.get(&task).map_or(&[], Vec::as_slice))
    }

    fn reason(&self, task: usize, text: &str) -> Option<&'static str> {
        first(self.values(task, text).beyond(&self.fitted.limits_of(task)))
    }

    /// How many of a hundred are held back, and how many for this reason.
    fn of_hundred(&self, reason: &str, texts: &[(usize, String)]) -> (usize, usize) {
        let found: Vec<_> = texts.iter().filter_map(|(task, text)| self.reason(*task, text)).collect();
        let own = found.iter().filter(|r| **r == reason).count();
        (found.len() * 100 / texts.len(), own * 100 / texts.len())
    }
}

fn shuffled(text: &str, rng: &mut ChaCha8Rng) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.shuffle(rng);
    words.join(" ")
}

#[test]
fn made_up_answers_are_held_back_for_their_reasons_and_genuine_ones_are_not() {
    let judge = Judge::new(fitted(&Settings::default()));
    let mut rng = random::generator(2);
    let fresh = answers(3, 1000);
    let mut held = HeldBack::default();
    for (task, text) in &fresh {
        held.add(judge.values(*task, text).beyond(&judge.fitted.limits_of(*task)));
    }
    assert!(held.shares()["all"] <= 0.01, "{held:?}");
    let long: Vec<&(usize, String)> = fresh.iter().filter(|(_, text)| text.len() > 60).take(100).collect();
    type Change<'a> = &'a mut dyn FnMut(&(usize, String)) -> (usize, String);
    let of = |change: Change<'_>| long.iter().map(|a| change(a)).collect::<Vec<_>>();
    let kinds = [
        ("word-list", 80, of(&mut |(task, text)| (*task, shuffled(text, &mut rng)))),
        ("off-topic", 90, of(&mut |(task, text)| (1 - task, text.clone()))),
        (
            "gibberish",
            95,
            of(&mut |(task, text)| {
                let letters =
                    |c: char| if c == ' ' { c } else { char::from(b'a' + (c as u8).wrapping_mul(37) % 26) };
                (*task, text.chars().map(letters).collect())
            }),
        ),
        ("other-language", 100, of(&mut |(task, _)| (*task, "вода нагревается на солнце".to_owned()))),
    ];
    for (reason, least, texts) in kinds {
        let (all, own) = judge.of_hundred(reason, &texts);
        assert!(own >= least, "{reason}: {all} of 100 are held back, {own} for it");
    }
    // Sixty words are too few to tell how another language is spelled, but not that it is another.
    let german = "das Wasser wird in der Sonne warm, weil sich die Teilchen schneller bewegen";
    let reason = judge.reason(0, german);
    assert!(matches!(reason, Some("other-language" | "gibberish" | "unknown-words")), "{reason:?}");
}

#[test]
fn case_punctuation_and_a_typing_error_leave_genuine_answers_alone() {
    let judge = Judge::new(fitted(&Settings::default()));
    let mut rng = random::generator(4);
    let genuine: Vec<(usize, String)> =
        answers(5, 400).into_iter().filter(|(task, text)| judge.reason(*task, text).is_none()).collect();
    let mut wrong = 0;
    for (task, text) in &genuine {
        for changed in [text.to_uppercase(), text.replace(' ', ", "), format!("\u{201c}{text}.\u{201d}")] {
            assert_eq!(judge.values(*task, &changed), judge.values(*task, text), "{changed}");
        }
        let mut letters: Vec<char> = text.chars().collect();
        let place = rng.random_range(0..letters.len() - 1);
        letters.swap(place, place + 1);
        let swapped: String = letters.into_iter().collect();
        wrong += usize::from(judge.reason(*task, &swapped).is_some());
    }
    assert!(wrong * 100 <= 3 * genuine.len(), "{wrong} of {}", genuine.len());
}

#[test]
fn questions_are_known_by_their_words_and_by_how_they_read() {
    let mut rng = random::generator(6);
    let things = ["spoon", "nail", "cup", "stone", "wire", "lamp", "magnet", "kettle", "bottle", "coin"];
    let ask = |n: usize| {
        let thing = things[n % things.len()];
        match n / things.len() {
            0 => format!("What happens to the {thing} if you leave it in the sun? Explain your answer."),
            1 => format!("Why does the {thing} get warm, and how do you know?"),
            _ => format!("What would a {thing} look like at night? Explain how you can tell."),
        }
    };
    let refer = |n: usize| format!("The {} gets warmer because it takes in heat.", things[n % things.len()]);
    let rows: Vec<(String, String, String)> = (0..3000)
        .map(|n| {
            let text =
                answer(0, &mut rng).replace("the cup of tea", &format!("the {}", things[n % things.len()]));
            (ask(n % 20), refer(n % 20), text)
        })
        .collect();
    let examples: Vec<Example<'_>> = rows
        .iter()
        .enumerate()
        .map(|(n, (question, reference, text))| Example {
            text,
            reference: Some(reference),
            question: Some(question),
            task: 0,
            key: (n % 20) as u64,
        })
        .collect();
    let known = hashes("what would a look like at night explain how you can tell");
    let fitted = fit(&Settings::default(), &examples, &known).unwrap();
    assert!(fitted.topics.is_empty(), "the words of a pair's reference are its topic");
    let model = fitted.tables.model().unwrap();
    let mut reference = Reference::default();
    let mut found = |text: &str, of: &str| {
        reference.read(Some(of));
        first(model.values(text, &reference, &[]).beyond(&fitted.limits_of(0)))
    };
    for n in 0..20 {
        assert_eq!(found(&ask(n), &refer(n)), Some("copied-question"), "{}", ask(n));
    }
    let unseen = (20..30).filter(|n| found(&ask(*n), &refer(*n)) == Some("copied-question")).count();
    assert!(unseen >= 8, "{unseen} of 10");
    let order = "heat in takes it because warmer gets spoon the";
    assert_eq!(found(order, &refer(0)), Some("word-list"));
}

#[test]
fn a_changed_reference_answer_is_held_back_and_the_same_one_is_not() {
    let things = ["spoon", "nail", "cup", "stone", "wire", "lamp", "magnet", "kettle", "bottle", "coin"];
    let refer = |thing: &str| {
        format!(
            "Energy flows from the light into the {thing}, whose temperature rises until it gives off as much."
        )
    };
    let mut rng = random::generator(7);
    let rows: Vec<(usize, String, String)> = (0..2000)
        .map(|n| {
            let thing = things[n % things.len()];
            (n, refer(thing), answer(0, &mut rng).replace("the cup of tea", &format!("energy, the {thing}")))
        })
        .collect();
    let examples: Vec<Example<'_>> = rows
        .iter()
        .map(|(n, reference, text)| Example {
            text,
            reference: Some(reference),
            question: None,
            // Of the second task there are too few answers for a limit of its own.
            task: usize::from(*n < 50),
            key: *n as u64,
        })
        .collect();
    let fitted = fit(&Settings::default(), &examples, &[]).unwrap();
    let model = fitted.tables.model().unwrap();
    let mut words = Reference::default();
    let mut is_near = |task: usize, text: &str, of: &str| {
        words.read(Some(of));
        model.values(text, &words, &[]).beyond(&fitted.limits_of(task)).near_reference
    };
    let genuine = rows.iter().filter(|(_, right, text)| is_near(0, text, right)).count();
    assert!(genuine <= rows.len() / 500, "{genuine} of {}", rows.len());
    for (task, thing) in things.iter().enumerate().map(|(n, thing)| (n % 2, thing)) {
        let right = refer(thing);
        assert!(!is_near(task, &right, &right));
        assert!(!is_near(task, &right.to_uppercase().replace(',', " --"), &right));
        for changed in [
            right.replace("rises", "falls"),
            right.replace("gives", "never gives"),
            right.replace("from the light into", "into the light from"),
            format!("It is not true that {right}"),
            format!("The spoon melts. {right}"),
        ] {
            assert!(is_near(task, &changed, &right), "{changed}");
        }
    }
    let off =
        Settings { reasons: Reasons { near_reference: false, ..Reasons::default() }, ..Settings::default() };
    assert!(fit(&off, &examples, &[]).unwrap().near.is_empty());
}

#[test]
fn reasons_that_are_off_have_no_limits_and_few_answers_none_but_the_script() {
    let off = Reasons { word_list: false, off_topic: false, ..Reasons::default() };
    let limits = fitted(&Settings { reasons: off, ..Settings::default() }).limits;
    assert_eq!((limits.order, limits.keywords, limits.off_topic), (None, None, None));
    assert!(limits.gibberish.is_some() && limits.other_language.is_some());
    assert_eq!((limits.copied, limits.question), (None, None), "no question is known");
    let none = Reasons {
        other_language: false,
        gibberish: false,
        unknown_words: false,
        copied_question: false,
        near_reference: false,
        word_list: false,
        off_topic: false,
    };
    assert_eq!(fitted(&Settings { reasons: none, ..Settings::default() }).limits, GuardLimits::default());
    let few = answers(1, 60);
    let examples: Vec<Example<'_>> = few.iter().enumerate().map(|(n, a)| example(n, a)).collect();
    let limits = fit(&Settings::default(), &examples, &[]).unwrap().limits;
    let script = GuardLimits { other_language: limits.other_language, ..GuardLimits::default() };
    assert_eq!(limits, script);
}

#[test]
fn the_same_answers_give_the_same_guard_whatever_their_order() {
    let genuine = answers(1, 500);
    let mut examples: Vec<Example<'_>> = genuine.iter().enumerate().map(|(n, a)| example(n, a)).collect();
    let once = fit(&Settings::default(), &examples, &hashes("kettle lamp")).unwrap();
    assert_eq!(fit(&Settings::default(), &examples, &hashes("kettle lamp")).unwrap(), once);
    examples.reverse();
    assert_eq!(fit(&Settings::default(), &examples, &hashes("kettle lamp")).unwrap(), once);
}

#[test]
fn no_answer_and_one_answer_make_a_guard_too() {
    for examples in
        [vec![], vec![Example { text: "ice melts", reference: None, question: None, task: 0, key: 1 }]]
    {
        let fitted = fit(&Settings::default(), &examples, &[]).unwrap();
        Judge::new(fitted).values(0, "ice melts");
    }
}

#[test]
fn limits_are_quantiles_or_a_continued_tail() {
    let values = || -5000..5000;
    assert_eq!((lower(values(), 0.001), upper(values(), 0.001)), (Some(-4990), Some(4989)));
    assert_eq!((lower(0..99, 0.01), lower(values(), 0.0)), (None, None));
    // Values that speak for the answer hold nothing back, however rare they are.
    assert_eq!((lower(0..10_000, 0.001), upper(-10_000..0, 0.5)), (Some(-48), Some(48)));
    // Exponential values of mean 20: a share of e^-k lies beyond 20 k.
    let n = 2000;
    let exponential = (0..n).map(|i| {
        #[expect(clippy::cast_possible_truncation, reason = "a whole value")]
        let value = (20.0 * ((f64::from(i) + 0.5) / f64::from(n)).ln()) as i32;
        value
    });
    let limit = lower(exponential, 1e-4).unwrap();
    let want = 20.0 * 1e-4_f64.ln();
    assert!((f64::from(limit) - want).abs() < 15.0, "{limit}, should be about {want}");
}

#[test]
fn settings_that_no_file_holds_are_refused() {
    type Change = fn(&mut Settings);
    let changes: [(Change, &str); 6] = [
        (|s| s.max_held_back = 0.6, "guard.max_held_back is 0.6"),
        (|s| s.max_held_back = f64::NAN, "guard.max_held_back is NaN"),
        (|s| s.letters = 1000, "guard.letters is 1000, but must be a power of 2"),
        (|s| s.topic = 1 << 17, "guard.topic is 131072"),
        (|s| s.classes = 300, "guard.classes is 300"),
        (|s| s.known_words = 200_000, "guard.known_words is 200000"),
    ];
    for (change, said) in changes {
        let mut settings = Settings::default();
        change(&mut settings);
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    Settings::default().check().unwrap();
}
