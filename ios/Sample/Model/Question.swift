/// A question with its reference answer.
public struct Question: Hashable, Sendable, Identifiable {
    /// A stable identifier.
    public let id: String
    /// The text of the question.
    public let text: String
    /// The reference answer.
    public let reference: String
}

extension Question {
    /// Questions for primary and lower secondary school.
    public static let all: [Question] = [
        Question(
            id: "seed",
            text: "What does a bean seed need before it can sprout?",
            reference: "A seed needs water, air and warmth to sprout."
        ),
        Question(
            id: "ice",
            text: "You put ice into a glass of warm water. Why does the ice melt, and what happens to the water?",
            reference: "The ice takes up heat from the water, so the ice melts and the water becomes colder."
        ),
        Question(
            id: "moon",
            text: "Why can we see the Moon at night?",
            reference: "The Moon makes no light of its own; it reflects light from the Sun."
        ),
        Question(
            id: "spoon",
            text: "A metal spoon and a wooden spoon stand in hot soup. Why does the metal one feel hotter?",
            reference: "Metal conducts heat better than wood, so the heat of the soup reaches the hand faster."
        ),
        Question(
            id: "bell",
            text: "A bell rings in a glass jar. A pump takes out the air, and the bell falls silent. Why?",
            reference: "Sound needs a material such as air to travel through, and the pump has removed the air."
        ),
        Question(
            id: "salt",
            text: "A dish of salt water stands in the sun for a week. What is left, and why?",
            reference: "The water evaporates and the salt stays behind."
        ),
        Question(
            id: "carpet",
            text: "A toy car rolls farther on tiles than on a carpet. Why?",
            reference: "The carpet has more friction than the tiles, so it slows the car down more."
        ),
        Question(
            id: "leaves",
            text: "Why does a plant in a dark cupboard grow weak?",
            reference: "Leaves use light to make the plant's food, and without light the plant cannot make enough."
        ),
        Question(
            id: "wire",
            text: "A lamp lights up when a copper wire closes the circuit, but not with a string. Why?",
            reference: "Copper conducts electricity and string does not, so only the wire closes the circuit."
        ),
        Question(
            id: "magnets",
            text: "You push the north poles of two magnets together. What happens, and why?",
            reference: "Two north poles repel each other, so the magnets push apart."
        ),
        Question(
            id: "night",
            text: "Why does it get dark every evening?",
            reference: "The Earth turns round its axis, so our side faces away from the Sun at night."
        ),
        Question(
            id: "glass",
            text: "Drops appear on the outside of a cold glass. Where do they come from?",
            reference: "Water vapour in the air cools at the cold glass and condenses into drops."
        ),
    ]
}
