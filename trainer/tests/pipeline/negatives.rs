//! Made-up answers: how many there are, what they are kept apart from, and who learns them.

use super::RECIPE;
use super::support::Bench;
use pupil_trainer::corpus::Corpus;
use pupil_trainer::data::Target;
use pupil_trainer::files;
use pupil_trainer::overlap::Reserved;
use pupil_trainer::tokenizer::normalized;
use std::collections::BTreeSet;

fn with(settings: &str) -> String {
    RECIPE.replace("\n[teacher]", &format!("\n[negatives]\n{settings}\n[teacher]"))
}

fn corpus(settings: &str) -> Corpus {
    Bench::new(&with(settings)).open("a").corpus
}

fn made(corpus: &Corpus) -> Vec<(usize, &str, &Target)> {
    let rows = &corpus.train.answers[corpus.made.clone()];
    rows.iter().map(|a| (a.task, a.text.as_str(), &a.target)).collect()
}

#[test]
fn the_training_part_gets_as_many_made_up_answers_as_the_recipe_says() {
    let plain = corpus("rate = 0.0");
    assert!(plain.made.is_empty());
    let more = corpus("rate = 1.5");
    // 64 graded training answers for each of two tasks.
    assert_eq!(more.made.len(), 2 * 96);
    for task in 0..2 {
        assert_eq!(made(&more).iter().filter(|row| row.0 == task).count(), 96);
        assert_eq!(more.graded(task), 80, "answers of the file alone");
    }
    // The split and what is counted stay the same, the answers are other ones.
    assert_eq!((more.split.clone(), more.overlaps.clone()), (plain.split, plain.overlaps));
    assert_ne!(more.train.blake3, plain.train.blake3);
    assert_eq!(made(&more), made(&corpus("rate = 1.5")));
    let other = Bench::new(&with("rate = 1.5").replacen("seed = 7", "seed = 8", 1)).open("a").corpus;
    assert_ne!(made(&more), made(&other));
}

#[test]
fn made_up_answers_are_neither_graded_nor_reserved_ones_and_differ() {
    let corpus = corpus("rate = 4.0");
    let read = |task: usize, text: &str| (task, normalized(text));
    let graded: BTreeSet<_> = corpus
        .split
        .train
        .iter()
        .map(|i| &corpus.train.answers[*i])
        .filter(|a| a.target != Target::Missing)
        .map(|a| read(a.task, &a.text))
        .collect();
    let mut seen = BTreeSet::new();
    for (task, text, _) in made(&corpus) {
        assert!(!graded.contains(&read(task, text)) && seen.insert(read(task, text)), "{text}");
    }
    // Everything that could be made is reserved: nothing is made.
    let rows = &corpus.train.answers[corpus.made.clone()];
    let reserved = Reserved::new(false, rows.iter());
    let mut train = corpus.train.clone();
    train.answers.truncate(corpus.made.start);
    let recipe = pupil_trainer::recipe::NegativesRecipe { rate: 4.0, ..Default::default() };
    let again = pupil_trainer::negatives::made(&recipe, &train, &corpus.split.train, &reserved, false, 7);
    assert!(again.iter().all(|a| !reserved.holds(a)));
}

#[test]
fn kinds_are_made_by_their_shares_with_the_score_that_they_state() {
    // Only shuffled right answers: all words of one, and the lowest level.
    let all_zero: String = pupil_trainer::attack::KINDS
        .iter()
        .filter(|kind| kind.name != "shuffled")
        .map(|kind| format!("{} = 0\n", kind.name))
        .collect();
    let corpus = corpus(&format!("rate = 0.5\n[negatives.kinds]\n{all_zero}"));
    let rows = made(&corpus);
    assert!(rows.len() > 20, "{}", rows.len());
    let sorted = |text: &str| {
        let mut words: Vec<String> = normalized(text).split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    let right: BTreeSet<_> = corpus
        .split
        .train
        .iter()
        .map(|i| &corpus.train.answers[*i])
        .filter(|a| a.target == Target::Level(2))
        .map(|a| (a.task, sorted(&a.text)))
        .collect();
    for (task, text, target) in rows {
        assert_eq!(*target, Target::Level(0));
        assert!(right.contains(&(task, sorted(text))), "{text}");
    }
}

#[test]
fn every_kind_of_model_learns_them_but_n_grams() {
    for recipe in [RECIPE, super::unimoe::RECIPE] {
        let with = |weight: f32| {
            recipe.replace("\n[teacher]", &format!("\n[negatives]\nrate = 1.0\nweight = {weight}\n[teacher]"))
        };
        let keys = |recipe: &str| -> Vec<(String, String)> {
            let bench = Bench::new(recipe);
            let pipeline = bench.open("a");
            pipeline.teach().unwrap();
            let labelled = pipeline.distil().unwrap();
            let (teachers, students) = (pipeline.teachers(), pipeline.students(&labelled));
            let of = |experiment: &pupil_trainer::experiment::Experiment<'_>,
                      specs: Vec<_>|
             -> Vec<(String, String)> {
                specs
                    .iter()
                    .map(|spec| {
                        let parameters = files::hash(&experiment.parameters_of(spec)).unwrap();
                        (spec.folder.display().to_string(), parameters)
                    })
                    .collect()
            };
            let mut all = of(&teachers, pipeline.plan().all_teachers());
            all.extend(of(&students, pipeline.plan().students().unwrap()));
            all
        };
        let (full, light) = (keys(&with(1.0)), keys(&with(0.2)));
        for (((name, before), (_, after)), (_, light)) in keys(recipe).into_iter().zip(full).zip(light) {
            assert_eq!(before != after, !name.contains("n-gram"), "{name}");
            assert_eq!(after != light, !name.contains("n-gram"), "{name}, by their weight");
        }
        // A teacher that is kept from them is the one of a recipe without any.
        let honest = keys(&with(1.0).replace("\n[teacher]\n", "\n[teacher]\nnegatives = false\n"));
        for ((name, before), (_, after)) in keys(recipe).into_iter().zip(honest) {
            assert!(!name.contains("teacher") || before == after, "{name}");
        }
    }
}

#[test]
fn vocabularies_hold_no_made_up_words() {
    let bench = Bench::new(&with("rate = 3.0").replace("vocab = 60", "vocab = 4000"));
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let labelled = pipeline.distil().unwrap();
    let spec = pipeline
        .plan()
        .students()
        .unwrap()
        .into_iter()
        .find(|s| s.folder.display().to_string().contains("e-lstm"))
        .unwrap();
    let students = pipeline.students(&labelled);
    let json = String::from_utf8(students.untrained(&spec).unwrap().tokenizer.to_json().unwrap()).unwrap();
    let vocab = &serde_json::from_str::<serde_json::Value>(&json).unwrap()["model"]["vocab"];
    let words =
        |text: &str| -> Vec<String> { normalized(text).split_whitespace().map(str::to_owned).collect() };
    let corpus = &pipeline.corpus;
    let own: BTreeSet<String> =
        corpus.train.answers[..corpus.made.start].iter().flat_map(|a| words(&a.text)).collect();
    let alone: BTreeSet<String> = made(corpus)
        .iter()
        .flat_map(|row| words(row.1))
        .filter(|word| !own.contains(word) && word.len() > 3 && word.chars().all(char::is_alphabetic))
        .collect();
    assert!(alone.len() > 5, "{alone:?}");
    for word in alone {
        assert!(vocab.get(&word).is_none(), "{word}");
    }
    assert!(vocab.get("particles").is_some());
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    for (settings, want) in [
        ("rate = -1.0", "negatives.rate is -1, but must be from 0 to 100"),
        (
            "rate = 1.0\nkinds = { shufled = 1.0 }",
            "negatives.kinds: there is no kind `shufled`, there are antonym,",
        ),
        ("rate = 1.0\nkinds = { shuffled = -2.0 }", "negatives.kinds: the share of `shuffled` is -2"),
        ("rate = 1.0\nweight = 0.0", "negatives.weight is 0, but must be above 0 and at most 10"),
        ("rate = 1.0\nweight = nan", "negatives.weight is NaN"),
        ("rate = 1.0\nkind = { shuffled = 2.0 }", "unknown field `kind`"),
    ] {
        let bench = Bench::new(RECIPE);
        let text = bench.refused(&with(settings), "a");
        assert!(text.contains(want), "{settings}: {text}");
    }
}
