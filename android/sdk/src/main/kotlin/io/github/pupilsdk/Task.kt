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
 * @property guarantee What is promised about automatic scores; null if the model was made without a guarantee.
 */
public data class Task(
    val id: String,
    val name: String,
    val prompt: String?,
    val needsReference: Boolean,
    val labels: List<Label>,
    val points: List<Int>?,
    val members: List<Member>,
    val guarantee: Guarantee?,
)

/**
 * What is promised about the automatic scores of a task, and the calibration answers that it rests on: graded answers
 * that no other part of the model was made from.
 *
 * With probability [confidence] over the choice of these answers, at most the share [maxError] of automatic scores is
 * wrong. The promise holds for answers as those that it was calibrated on: to the same questions, by students like
 * those, at the same time and graded in the same way.
 *
 * If [automatic] is 0, there were too few answers to promise anything, and no score of the task is automatic.
 *
 * @property maxError Largest share of wrong ones among automatic scores, from 0 to 1.
 * @property confidence Probability of the promise, from 0 to 1.
 * @property adjacent Whether a score one level away from a person's counts as right; otherwise it must be the same.
 * @property answers Number of calibration answers.
 * @property automatic How many of them get an automatic score; 0 if nothing is promised.
 * @property wrong How many of these scores are wrong.
 * @property bound Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised.
 * @property tasks Number of tasks that the promise and the numbers are of, all of them together.
 * @property needed If nothing is promised: about as many graded answers would be enough, if errors stayed as they are;
 * null if only a better model would help.
 */
public data class Guarantee(
    val maxError: Float,
    val confidence: Float,
    val adjacent: Boolean,
    val answers: Int,
    val automatic: Int,
    val wrong: Int,
    val bound: Float,
    val tasks: Int,
    val needed: Int?,
) {
    /** Whether anything is promised. */
    public val isPromised: Boolean get() = automatic > 0

    /** The share of answers that are expected to be scored automatically; null if nothing is promised. */
    public val share: Float? get() = if (isPromised) automatic.toFloat() / answers else null
}

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
 * @property version Number of the model among those of its name; 0 where they are not counted.
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
    val version: Long,
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
 * @property trustedKeys Public keys of the publishers whose files are opened, each as its line of text; none of them:
 * anyone's. With a key, a file needs a signature in minisign's format, which is verified before anything in the file is
 * read. Name two keys while a publisher changes from one to the next.
 * @property signature The text of the signature. Without it, a file has its signature beside it, under its own name and
 * `.minisig`; so does an asset.
 * @property expectedBlake3 The BLAKE3 of the only file that may be opened, in hexadecimal.
 * @property minVersion The least [About.version], so that a signed file of old is refused.
 * @property mapUnchangingFile Maps the file instead of copying it. Only for a file that nobody writes to while it is
 * open: if it is shortened, the process ends, and if it is rewritten, anything may happen. Assets of the installed app
 * are such files.
 */
public data class OpenOptions(
    val foldLimitBytes: Long = 16L shl 20,
    val maxAnswerBytes: Long = 64L shl 10,
    val trustedKeys: List<String> = emptyList(),
    val signature: String? = null,
    val expectedBlake3: String? = null,
    val minVersion: Long = 0,
    val mapUnchangingFile: Boolean = false,
)

/**
 * The progress of a batch.
 *
 * @property done Number of finished answers.
 * @property total Number of all answers.
 * @property scores The scores in the order of the answers when the batch is finished; null before.
 */
public data class Progress(val done: Int, val total: Int, val scores: List<Score>?)

/** Is told how far a batch is. */
public fun interface ProgressListener {
    /** `done` of `total` answers are finished. If it throws, the batch stops and fails with what it threw. */
    public fun onProgress(done: Int, total: Int)
}
