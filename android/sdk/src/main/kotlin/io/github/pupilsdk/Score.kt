package io.github.pupilsdk

/**
 * The score of one answer.
 *
 * @property labels One entry per label of the task, in the order of [Task.labels].
 * @property level The awarded level in points; null if the task has no scale.
 * @property expected The expected level in points, a fraction; null if the task has no scale.
 * @property confidence The confidence of the award, from 0 to 1.
 * @property decision Whether the score can be used without review.
 * @property guarantee The promise that covers the score: that of its task, if the decision is automatic; else null.
 * @property words Number of words of the answer that contain a letter or a digit.
 * @property unknownWords Number of words that the model does not know.
 * @property tokens Number of tokens that the model read, including those of the reference.
 * @property truncated Whether the answer was too long and was truncated.
 * @property repetitive Whether the answer repeats a word or a phrase many times.
 */
public data class Score(
    val labels: List<LabelScore>,
    val level: Int?,
    val expected: Float?,
    val confidence: Float,
    val decision: Decision,
    val guarantee: Guarantee?,
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

/** Whether a score can be used without review. */
public sealed interface Decision {
    /** The score can be used without review. */
    public data object Automatic : Decision

    /**
     * A person should review the answer.
     *
     * @property reason The first reason that applies.
     */
    public data class Review(val reason: ReviewReason) : Decision
}

/** Why a person should review the answer. */
public enum class ReviewReason {
    /** The answer has fewer words than the task requires, or none. */
    TOO_SHORT,

    /** The answer is written in another language or script than the training answers. */
    OTHER_LANGUAGE,

    /** The letters of the answer do not make words. */
    GIBBERISH,

    /** The model does not know most of the words. */
    UNKNOWN_WORDS,

    /** The answer repeats a word or a phrase many times. */
    REPETITION,

    /** The answer repeats the question. */
    COPIED_QUESTION,

    /** The answer is nearly the reference answer word for word, but not the same. */
    NEAR_REFERENCE,

    /** The answer is about something else than the question. */
    OFF_TOPIC,

    /** The answer is a list of words, or words in no order. */
    WORD_LIST,

    /** The answer or the reference was too long and was truncated. */
    TRUNCATED,

    /** No training answer of the model has the awarded label or level. */
    UNSEEN_LABEL,

    /** The confidence is lower than the task requires. */
    LOW_CONFIDENCE,

    /** Nothing could be promised about automatic scores of the task, so there are none. */
    NO_PROMISE,

    /** The score would be automatic, but is part of the share that a person reviews anyway. */
    AUDIT,

    /** A reason without a name here. */
    OTHER,
}

/**
 * A score and the effect of each word.
 *
 * @property score The score of the whole answer.
 * @property words The words of the answer, in their order.
 */
public data class Explanation(val score: Score, val words: List<WordShare>)

/**
 * The effect of one word: the difference between the scores with it and without it.
 *
 * @property range The position of the word in the answer: `answer.substring(range)` is the word.
 * @property labels For each label, its probability with the word minus that without it, from -1 to 1.
 * @property expected The expected level with the word minus that without it, in points; null if the task has no scale.
 */
public data class WordShare(val range: IntRange, val labels: List<Float>, val expected: Float?)

/**
 * A score and the weight of each expert of the task's mixtures.
 *
 * @property score The score.
 * @property blocks The blocks of every mixture, in the order of the task's members.
 */
public data class ExpertUse(val score: Score, val blocks: List<BlockUse>)

/**
 * The weights of the experts in one block.
 *
 * @property member The place of the member of the task that the block belongs to; 0 is the first.
 * @property weights One weight per expert; they sum to 1 apart from rounding, and are 0 for experts that did not run.
 */
public data class BlockUse(val member: Int, val weights: List<Float>)
