package io.github.pupilsdk.sample

/** A question with its reference answer. */
class Question(val topic: String, val text: String, val reference: String)

/** The questions of the sample. */
val QUESTIONS: List<Question> = listOf(
    Question(
        "Sound",
        "A guitar string is made shorter by a finger. What happens to the pitch, and why?",
        "The pitch gets higher because the shorter string vibrates faster.",
    ),
    Question(
        "Air",
        "A balloon is placed in warm water. Why does it get bigger?",
        "The air in the balloon gets warm and expands, so it needs more room.",
    ),
    Question(
        "Shadows",
        "Why is a shadow longer in the evening than at noon?",
        "In the evening the sun is low in the sky, so the light meets things at a low angle and the shadow is long.",
    ),
    Question(
        "Magnets",
        "How can you find out whether a nail is made of iron?",
        "Hold a magnet to the nail. If the magnet attracts it, the nail is made of iron.",
    ),
    Question(
        "Circuits",
        "One wire is taken away from a lamp and a battery. Why does the lamp go out?",
        "The circuit is open, so no electric current can flow through the lamp.",
    ),
    Question(
        "Plants",
        "A plant stands in a dark cupboard for a week. Why does it turn yellow?",
        "Without light the plant cannot make food, so it loses its green colour.",
    ),
    Question(
        "Evaporation",
        "Where does the water of a puddle go when the sun shines on it?",
        "The water evaporates. It becomes water vapor and goes into the air.",
    ),
    Question(
        "Friction",
        "Why does a ball roll farther on ice than on grass?",
        "There is less friction on the ice than on the grass, so the ball slows down less.",
    ),
    Question(
        "Floating",
        "A steel ship floats, but a steel nail sinks. Why?",
        "The ship is hollow and full of air, so it is less dense than water. The nail is denser than water.",
    ),
    Question(
        "Food chains",
        "All the rabbits of a valley die. What happens to the foxes, and why?",
        "There will be fewer foxes because they eat rabbits and have less food.",
    ),
    Question(
        "Rocks",
        "How does water break a rock in winter?",
        "Water gets into the cracks and freezes. The ice expands and breaks the rock.",
    ),
    Question(
        "Moon",
        "Why does the moon shine, although it makes no light?",
        "The moon reflects the light of the sun.",
    ),
)
