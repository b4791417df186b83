use super::super::draw::Draw;
use super::super::verbs::positive;
use super::super::words::{Word, as_cased, capitalised, is_negation, words};
use super::{Kind, Outcome, Source};

pub(super) const KIND: Kind = Kind {
    name: "negation-removed",
    outcome: Outcome::Opposite,
    english: true,
    about: "The only negation of a right answer is taken out.",
    make,
};

fn make(source: &Source<'_>, draw: &mut Draw<'_>) -> Option<String> {
    let text = source.answer;
    let all = words(text);
    let lower: Vec<String> = all.iter().map(Word::lower).collect();
    let negations: Vec<usize> = (0..all.len()).filter(|place| is_negation(&lower[*place])).collect();
    let [place] = negations[..] else { return None };
    let word = &lower[place];
    let (before, after) =
        (place.checked_sub(1).map_or("", |p| &lower[p]), lower.get(place + 1).map_or("", String::as_str));
    // "not only … but also", "whether or not", "No, …": these do not negate the sentence.
    if after == "only" || before == "or" || text[all[place].end()..].starts_with(',') {
        return None;
    }
    // The key is what negates, with the verb that it belongs to.
    if !draw.has(&format!("remove {before} {word}")) {
        return None;
    }
    let whole = |new: &str| {
        let new = as_cased(new, all[place].text);
        format!("{}{new}{}", &text[..all[place].start], &text[all[place].end()..])
    };
    let plain = match &**word {
        "not" | "never" | "no" | "n't" | "nt" => {
            let rest = text[all[place].end()..].trim_start();
            let begins = text[..all[place].start].trim().is_empty();
            return Some(format!(
                "{}{}",
                &text[..all[place].start],
                if begins { capitalised(rest) } else { rest.to_owned() }
            ));
        }
        "without" => "with",
        "nothing" => "something",
        "nobody" => "somebody",
        "cannot" => "can",
        "hardly" | "barely" | "scarcely" | "none" | "nowhere" | "neither" | "nor" => return None,
        contracted => match contracted.strip_suffix("nt").filter(|_| !contracted.contains('\'')) {
            Some(stem) => return Some(whole(positive(&format!("{stem}n't")).unwrap_or(stem))),
            None => positive(contracted)?,
        },
    };
    Some(whole(plain))
}
