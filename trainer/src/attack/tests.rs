use super::*;
use std::collections::BTreeSet;

const RIGHT: &str = "The water is hot because the sun heats it, so 20 grams of salt dissolve quickly.";

#[test]
fn the_same_seed_gives_the_same_text_and_another_seed_another_one() {
    let wrong =
        ["The salt sinks to the bottom.", "It is magic.", "The cup is made of glass.", "I do not know."];
    let elsewhere = ["A magnet attracts iron nails.", "Birds have hollow bones."];
    let question = "A cup stands in the sun. Why does the salt dissolve quickly in this cup?";
    let source = Source {
        answer: RIGHT,
        question: Some(question),
        right: &[RIGHT],
        wrong: &wrong,
        elsewhere: &elsewhere,
    };
    for kind in &KINDS {
        let texts: Vec<Option<String>> = (0..30).map(|seed| kind.make(&source, Part::Train, seed)).collect();
        let again: Vec<Option<String>> = (0..30).map(|seed| kind.make(&source, Part::Train, seed)).collect();
        assert_eq!(texts, again, "{}", kind.name);
        let distinct: BTreeSet<&String> = texts.iter().flatten().collect();
        let rare = [
            "negation-removed",
            "roles-swapped",
            "same-contractions",
            "same-synonym",
            "same-negated-antonym",
            "other-language-words",
        ];
        assert!(distinct.len() > 1 || rare.contains(&kind.name), "{}: {distinct:?}", kind.name);
    }
}

#[test]
fn no_pair_of_antonyms_of_one_part_is_made_in_the_other() {
    let mut made: [BTreeSet<String>; 2] = Default::default();
    for (place, part) in [Part::Train, Part::Heldout].into_iter().enumerate() {
        for seed in 0..200 {
            for answer in
                [RIGHT, "The pitch is higher when the string is short.", "It will open and close slowly."]
            {
                made[place].extend(find("antonym").unwrap().make(&Source::of(answer), part, seed));
            }
        }
    }
    assert!(made[0].len() > 3 && made[0].is_disjoint(&made[1]), "{made:?}");
}
