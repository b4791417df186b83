package io.github.pupilsdk

/**
 * The score of one answer.
 *
 * @property labels One entry per label of the task, in the order of [Task.labels].
 * @property level The awarded level in points; null where the task has no scale.
 * @property expected The expected level in points, a fraction; null where the task has no scale.
 * @property confidence How sure the model is of the award, from 0 to 1.
 * @property decision Whether the score stands by itself or a person should look.
 * @property words Words of the answer that hold a letter or a digit.
 * @property unknownWords How many of them the model does not know.
 * @property tokens Tokens that the model read, of the reference as well.
 * @property truncated Whether the answer was longer than the model reads.
 * @property repetitive Whether the answer repeats a word or a phrase over and over.
 */
public data class Score(
    val labels: List<LabelScore>,
    val level: Int?,
    val expected: Float?,
    val confidence: Float,
    val decision: Decision,
    val words: Int,
    val unknownWords: Int,
    val tokens: Int,
    val truncated: Boolean,
    val repetitive: Boolean,
)

/**
 * The score of one label.
 *
 * @property name Name of the label.
 * @property probability Calibrated probability, from 0 to 1.
 * @property awarded Whether the label is awarded.
 */
public data class LabelScore(val name: String, val probability: Float, val awarded: Boolean)

/** Whether a score stands by itself. */
public sealed interface Decision {
    /** The score stands. */
    public data object Automatic : Decision

    /**
     * A person should look.
     *
     * @property reason The first reason that applies.
     */
    public data class Review(val reason: ReviewReason) : Decision
}

/** Why a person should look. */
public enum class ReviewReason {
    /** The answer has fewer words than the task asks for, or none at all. */
    TOO_SHORT,

    /** The model does not know most of the words. */
    MOSTLY_UNKNOWN,

    /** The answer repeats a word or a phrase over and over. */
    REPETITIVE,

    /** The answer, or the reference, was longer than the model reads. */
    TRUNCATED,

    /** None of the answers that the model was trained on has the awarded label or level. */
    UNSEEN_LABEL,

    /** The model is less sure than the task asks for. */
    LOW_CONFIDENCE,

    /** A reason that has no name here. */
    OTHER,
}

/**
 * A score and what each word had to do with it.
 *
 * @property score The score of the whole answer.
 * @property words The words of the answer, in their order.
 */
public data class Explanation(val score: Score, val words: List<WordShare>)

/**
 * How one word moved the score: the difference between the answer with it and without it.
 *
 * @property range Where the word lies in the answer: `answer.substring(range)` is the word.
 * @property labels For each label, its probability with the word less that without it, from -1 to 1.
 * @property expected The expected level with the word less that without it, in points; null where the task has no scale.
 */
public data class WordShare(val range: IntRange, val labels: List<Float>, val expected: Float?)

/**
 * A score and the part that each expert of the task's mixture had in it.
 *
 * @property score The score.
 * @property blocks For each block of the mixture one weight per expert; they sum to 1 but for rounding, and are 0 for experts that
 * did not run.
 */
public data class ExpertUse(val score: Score, val blocks: List<List<Float>>)
