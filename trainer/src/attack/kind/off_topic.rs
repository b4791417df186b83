use super::super::draw::Draw;
use super::super::words::shared;
use super::{Kind, Outcome, Source, joined};

pub(super) const SHORT: Kind = Kind {
    name: "off-topic",
    outcome: Outcome::Wrong,
    english: true,
    about: "One or two sentences about everyday life.",
    make: |source, draw| sentences(source, draw, 1, 2),
};

pub(super) const LONG: Kind = Kind {
    name: "off-topic-long",
    outcome: Outcome::Wrong,
    english: true,
    about: "20 to 60 sentences about everyday life.",
    make: |source, draw| sentences(source, draw, 20, 60),
};

/// From this share of shared words on, a sentence might be on the topic.
const NEAR: f64 = 0.5;

/// Sentences with two slots, so that a long text does not repeat itself. Their keys are the sentences as they are here.
const SENTENCES: [&str; 60] = [
    "My {who} came to visit us on {day}.",
    "On {day} we had {food} for dinner.",
    "I forgot my lunch box at home on {day}.",
    "The bus was twenty minutes late because of {who}.",
    "My favourite food is {food} with a lot of cheese.",
    "We won the football match three to one on {day}.",
    "{who} told me a very funny joke about {food}.",
    "I want a new phone for my birthday next {day}.",
    "My {who} has painted the kitchen yellow.",
    "The shop around the corner sells {food} for two dollars.",
    "Yesterday I watched a film about pirates with my {who}.",
    "I cannot find my blue socks anywhere since {day}.",
    "My {who} plays the trumpet in the school band.",
    "It is nearly {day} and I have not tidied my room.",
    "The cat of my {who} is called Biscuit.",
    "We are going to the seaside on {day}.",
    "Please pass me the {food}, said my {who}.",
    "There was no {food} left in the canteen.",
    "I would rather play a video game with my {who}.",
    "Our teacher wore a green hat on {day}.",
    "My bicycle has a flat tyre, so {who} gave me a lift.",
    "The queue at the cinema on {day} went round the block.",
    "I have read this comic four times, and so has my {who}.",
    "{who} wants to be a famous dancer one day.",
    "My {who} collects stamps and old coins.",
    "The {food} at the fair was far too expensive.",
    "On {day} my alarm clock did not ring.",
    "I lent my umbrella to my {who} and never got it back.",
    "We sang three songs at the party on {day}.",
    "My {who} snores so much that the dog leaves the room.",
    "Last {day} I learned to ride a skateboard.",
    "The new haircut of my {who} looks great.",
    "Nobody in my class likes {food} except me.",
    "I spilled orange juice over the homework of my {who}.",
    "The library is closed on {day}.",
    "My {who} drives a red van to work.",
    "We ordered {food} and sat on the balcony until ten.",
    "I got a card from my {who} in Canada.",
    "Our neighbour mows his lawn every {day}.",
    "My {who} taught me how to knit a scarf.",
    "A clown made balloon dogs for everybody on {day}.",
    "I like the smell of {food} in the morning.",
    "My {who} bought two tickets for the concert on {day}.",
    "The swimming lesson on {day} was cancelled.",
    "I have to call my {who} before eight.",
    "They moved the meeting to {day}.",
    "My {who} cannot stand {food}.",
    "I would like to travel to Rome with my {who}.",
    "We played cards all {day}.",
    "The wedding of my {who} was in a small village.",
    "I ate so much {food} that I had to lie down.",
    "The lift in our house has been out of order since {day}.",
    "My {who} always loses at chess.",
    "The shoes that I saw on {day} are sold out.",
    "There will be a talent show on {day}.",
    "I share a bedroom with my {who}.",
    "The recipe for {food} is from my {who}.",
    "We built a tree house with my {who} on {day}.",
    "The goalkeeper let in five goals on {day}.",
    "My {who} says that {food} is the best thing in the world.",
];

const WHO: [&str; 12] = [
    "uncle",
    "cousin",
    "grandmother",
    "neighbour",
    "best friend",
    "sister",
    "brother",
    "aunt",
    "dentist",
    "coach",
    "stepfather",
    "hairdresser",
];
const FOOD: [&str; 14] = [
    "pizza",
    "noodles",
    "pancakes",
    "chicken soup",
    "strawberries",
    "apple pie",
    "fried rice",
    "popcorn",
    "sandwiches",
    "salad",
    "waffles",
    "dumplings",
    "lasagne",
    "fish and chips",
];
const DAY: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn sentences(source: &Source<'_>, draw: &mut Draw<'_>, least: usize, most: usize) -> Option<String> {
    let count = draw.number(least, most);
    let mut made = Vec::new();
    for _ in 0..count {
        let mut sentence = draw.template(&SENTENCES)?.to_owned();
        for (slot, words) in [("{who}", &WHO[..]), ("{food}", &FOOD), ("{day}", &DAY)] {
            while sentence.contains(slot) {
                let word = draw.one(words)?;
                let begins = sentence.starts_with(slot);
                let word = if begins { format!("My {word}") } else { (*word).to_owned() };
                sentence = sentence.replacen(slot, &word, 1);
            }
        }
        made.push(sentence);
    }
    let text = joined(&made, " ");
    (shared(&text, source.answer) < NEAR).then_some(text)
}
