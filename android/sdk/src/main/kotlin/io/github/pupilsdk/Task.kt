package io.github.pupilsdk

/**
 * What a model can score.
 *
 * @property id The name that [Scorer.score] takes.
 * @property name A name for people.
 * @property prompt The question, where its terms allow to repeat it.
 * @property needsReference Whether answers are compared with a reference answer, which must then be given.
 * @property labels The labels, or the levels in rising order.
 * @property points Points of each level, rising; null where the task has no scale.
 */
public data class Task(
    val id: String,
    val name: String,
    val prompt: String?,
    val needsReference: Boolean,
    val labels: List<Label>,
    val points: List<Int>?,
)

/**
 * A label of a task.
 *
 * @property name Its name.
 * @property description What the rubric says about it.
 * @property unseen Whether none of the answers that the model was trained on has it: an award of it goes to a person.
 */
public data class Label(val name: String, val description: String?, val unseen: Boolean)

/**
 * What a model says about itself, and how it runs on this device.
 *
 * @property name Name of the model.
 * @property description What it is for.
 * @property licence Its licence, as an SPDX expression.
 * @property attribution Whom to name when it is used.
 * @property blake3 BLAKE3 of the whole file, in hexadecimal.
 * @property packs Names of the attached task packs.
 * @property fileBytes Bytes of the file.
 * @property packedBytes Bytes of packed weights and tables so far; encoders are packed when they are first used.
 * @property variants For each operation the instructions that were chosen for this CPU.
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
 * How a model is opened; the defaults suit phones and tablets.
 *
 * @property foldLimitBytes Bytes of precomputed tables at most; what does not fit is computed with each call, slower, with the same
 * result.
 * @property maxAnswerBytes Bytes of UTF-8 that an answer, or a reference, may have.
 */
public data class OpenOptions(val foldLimitBytes: Long = 16L shl 20, val maxAnswerBytes: Long = 64L shl 10)

/**
 * How far a batch is.
 *
 * @property done Answers that are scored.
 * @property total All answers.
 * @property scores The scores in the order of the answers, once all are there; null until then.
 */
public data class Progress(val done: Int, val total: Int, val scores: List<Score>?)
