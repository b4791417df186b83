package io.github.pupilsdk

/**
 * A task that a model can score.
 *
 * @property id The id that [Scorer.score] takes.
 * @property name The display name.
 * @property prompt The question, if its licence allows repeating it.
 * @property needsReference Whether answers are compared with a reference answer, which is then required.
 * @property labels The labels, or the levels in rising order.
 * @property points Points of each level, rising; null if the task has no scale.
 * @property members The models whose probabilities are combined; most tasks have one.
 */
public data class Task(
    val id: String,
    val name: String,
    val prompt: String?,
    val needsReference: Boolean,
    val labels: List<Label>,
    val points: List<Int>?,
    val members: List<Member>,
)

/**
 * A model that takes part in a task.
 *
 * @property family The family of its encoder, such as `e-lstm`.
 * @property weight Its share in the probabilities; those of all members sum to 1.
 */
public data class Member(val family: String, val weight: Float)

/**
 * A label of a task.
 *
 * @property name Its name.
 * @property description Its description in the rubric.
 * @property unseen Whether no training answer has it; then an answer that is awarded it goes to review.
 */
public data class Label(val name: String, val description: String?, val unseen: Boolean)

/**
 * The metadata of a model, and how it runs on this device.
 *
 * @property name Name of the model.
 * @property description Its purpose.
 * @property licence Its licence, as an SPDX expression.
 * @property attribution The credits to show when it is used.
 * @property blake3 BLAKE3 of the whole file, in hexadecimal.
 * @property packs Names of the attached task packs.
 * @property fileBytes Size of the file in bytes.
 * @property packedBytes Size of packed weights and tables so far, in bytes; encoders are packed when they are first
 * used.
 * @property variants For each operation, the kernel variant that was chosen for this CPU.
 */
public data class About(
    val name: String,
    val description: String,
    val licence: String,
    val attribution: List<String>,
    val blake3: String,
    val packs: List<String>,
    val fileBytes: Long,
    val packedBytes: Long,
    val variants: Map<String, String>,
)

/**
 * Options for opening a model; the defaults suit phones and tablets.
 *
 * @property foldLimitBytes Limit of precomputed tables in bytes. Tables beyond the limit are computed with each call,
 * which is slower but gives the same result.
 * @property maxAnswerBytes Limit of an answer or a reference, in bytes of UTF-8.
 */
public data class OpenOptions(val foldLimitBytes: Long = 16L shl 20, val maxAnswerBytes: Long = 64L shl 10)

/**
 * The progress of a batch.
 *
 * @property done Number of finished answers.
 * @property total Number of all answers.
 * @property scores The scores in the order of the answers when the batch is finished; null before.
 */
public data class Progress(val done: Int, val total: Int, val scores: List<Score>?)
