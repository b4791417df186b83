package io.github.pupilsdk

import android.content.Context
import android.content.res.AssetFileDescriptor
import io.github.pupilsdk.engine.StudentTracker
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.util.concurrent.atomic.AtomicBoolean
import io.github.pupilsdk.engine.LabelScore as EngineLabelScore
import io.github.pupilsdk.engine.PassMark as EnginePassMark
import io.github.pupilsdk.engine.RecommendationPolicy as EnginePolicy

/**
 * One student's answers so far, and what follows from them: how likely the next answers are right, which skills the
 * student has mastered, what to ask next.
 *
 * A tracker belongs to one student; [forNewStudent] gives one for another student that shares the model. The same file
 * and the same answers give the same bits on every device. Probabilities are what the model expects of students such as
 * those it was trained on; nothing here should decide about a student without a person.
 *
 * Opening blocks the calling thread while the file is read and checked: on Android's main thread, use a function that
 * begins with `await`. The other calls take a fraction of a millisecond, but for [recommend] with [Policy.ExpectedGain]
 * and [simulate], which add some microseconds per question. Calls from several threads are made one after the other.
 *
 * Close a tracker when it is no longer needed. Running calls finish as usual; later calls throw
 * [IllegalStateException].
 */
public class Tracker private constructor(
    private val engine: StudentTracker,
    /** The questions of the model, in the order of [predictAll]. */
    public val questions: List<Question>,
) : AutoCloseable {
    private val closed = AtomicBoolean(false)

    /** Number of answers taken in. */
    public val answers: Int
        get() = call { engine.answers() }.toInt()

    /** A tracker for another student, who has not answered anything. It shares the model; close each separately. */
    public fun forNewStudent(): Tracker = Tracker(call { engine.forNewStudent() }, questions)

    /**
     * Takes in an answer.
     *
     * @param question One of [questions], by its id; null for a question that the model does not have, such as one that
     * was written since.
     * @throws PupilException [PupilException.BadInput] for an id that the model does not have.
     * @throws IllegalStateException if the tracker is closed.
     */
    public fun observe(question: String?, correct: Boolean): Unit =
        call { engine.observe(question?.let(::checked), correct) }

    /**
     * Takes in a score as an answer. Whether a score that needs review should count is for the app to decide.
     *
     * @param mark When the score counts as a right answer.
     * @return whether it counted as right.
     * @throws PupilException [PupilException.BadInput] for an id that the model does not have, and for a score without
     * levels or without such a label.
     * @throws IllegalStateException if the tracker is closed.
     */
    public fun observeScore(question: String, score: Score, mark: PassMark): Boolean = call {
        val labels = score.labels.map { EngineLabelScore(it.name, it.probability, it.awarded) }
        engine.observeScore(checked(question), score.level, labels, mark.forEngine())
    }

    /**
     * The probability that the student's next answer is right if it is to this question, from 0 to 1.
     *
     * @param question As for [observe].
     * @throws PupilException [PupilException.BadInput] for an id that the model does not have.
     * @throws IllegalStateException if the tracker is closed.
     */
    public fun predict(question: String?): Float = call { engine.predict(question?.let(::checked)) }

    /** The probability of a right answer to each of [questions]. */
    public fun predictAll(): List<Float> = call { engine.predictAll() }

    /** How well the student has mastered each skill, and how many answers stand behind it. */
    public fun mastery(): List<Mastery> =
        call { engine.mastery() }.map { Mastery(it.skill, it.name, it.probability, it.answers.toInt()) }

    /**
     * The next questions, best first; fewer if fewer are left. A question that was asked is never recommended.
     *
     * @throws PupilException [PupilException.BadInput] for less than one question, and for a range that is not within 0
     * to 1.
     * @throws IllegalStateException if the tracker is closed.
     */
    @JvmOverloads
    public fun recommend(count: Int, policy: Policy = Policy.TargetProbability()): List<Recommendation> {
        if (count < 1) throw PupilException.BadInput("$count questions asked for, at least 1 is needed")
        val chosen = call { engine.recommend(count.toUInt(), policy.forEngine()) }
        return chosen.map { Recommendation(it.question, it.probability, it.gain) }
    }

    /**
     * Draws the student's answers to a sequence of questions, each in view of those drawn before. The tracker stays as
     * it is; the same seed gives the same answers.
     *
     * @param seed Any number; languages with unsigned numbers read its 64 bits as one.
     * @throws PupilException [PupilException.BadInput] for an id that the model does not have,
     * [PupilException.TooLarge] for more than 65,536 questions.
     * @throws IllegalStateException if the tracker is closed.
     */
    public fun simulate(questions: List<String>, seed: Long): List<SimulatedAnswer> =
        call { engine.simulate(questions.map(::checked), seed.toULong()) }
            .map { SimulatedAnswer(it.probability, it.correct) }

    /** The student's state, at most 1 KiB, to be kept until [restore]. Store it as carefully as the answers. */
    public fun snapshot(): ByteArray = call { engine.snapshot() }

    /**
     * Goes on from a snapshot. If it is refused, the tracker stays as it is.
     *
     * @throws PupilException [PupilException.WrongBase] if it belongs to another model, [PupilException.Damaged],
     * [PupilException.Unsupported] if it is from a later version, [PupilException.TooLarge] if no snapshot is so long.
     * @throws IllegalStateException if the tracker is closed.
     */
    public fun restore(snapshot: ByteArray): Unit =
        direct(snapshot).let { buffer -> call { keepingReachable(buffer) { engine.restore(buffer) } } }

    /** Frees the state, and the model with its last tracker. Closing twice does nothing. */
    override fun close() {
        if (closed.compareAndSet(false, true)) engine.close()
    }

    private fun checked(question: String) = wellFormed(question, "the question")

    private inline fun <T> call(body: () -> T): T {
        check(!closed.get()) { CLOSED_TRACKER }
        return try {
            translated(body)
        } catch (error: IllegalStateException) {
            // Another thread closed the tracker after the check; the generated code has another message for this.
            check(!closed.get()) { CLOSED_TRACKER }
            throw error
        }
    }

    /** Opens trackers. */
    public companion object {
        private const val CLOSED_TRACKER = "this tracker is closed"

        /**
         * Opens a file with a knowledge model, for a student who has not answered anything.
         *
         * @throws PupilException as [Scorer.open] does, and [PupilException.BadInput] if the file has no knowledge
         * model.
         */
        @JvmStatic
        @JvmOverloads
        public fun open(path: String, options: OpenOptions = OpenOptions()): Tracker =
            of { StudentTracker.open(wellFormed(path, "the path"), options.forEngine()) }

        /**
         * Opens a model from memory; the bytes are copied.
         *
         * @throws PupilException as [open] does.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromBytes(bytes: ByteArray, options: OpenOptions = OpenOptions()): Tracker =
            direct(bytes).let { buffer ->
                of { keepingReachable(buffer) { StudentTracker.fromBytes(buffer, options.forEngine()) } }
            }

        /**
         * Opens an asset of the app directly in the APK, where it must be stored uncompressed; see [Scorer.fromAsset].
         *
         * @throws PupilException as [open] does; [PupilException.Unreadable] if the asset does not exist or is
         * compressed.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromAsset(context: Context, name: String, options: OpenOptions = OpenOptions()): Tracker =
            mappable(context, name).use { file ->
                fromDescriptor(file, options.withSignatureOf(context, name).copy(mapUnchangingFile = true))
            }

        /**
         * Opens part of an open file. The caller keeps the descriptor and may close it afterwards.
         *
         * @throws PupilException as [open] does.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromDescriptor(file: AssetFileDescriptor, options: OpenOptions = OpenOptions()): Tracker = of {
            StudentTracker.fromDescriptor(
                file.parcelFileDescriptor.fd,
                file.startOffset.toULong(),
                file.length.toULong(),
                options.forEngine(),
            )
        }

        /** Like [open], on a background thread. */
        public suspend fun awaitOpen(path: String, options: OpenOptions = OpenOptions()): Tracker =
            withContext(Dispatchers.IO) { open(path, options) }

        /** Like [fromAsset], on a background thread. */
        public suspend fun awaitAsset(context: Context, name: String, options: OpenOptions = OpenOptions()): Tracker =
            withContext(Dispatchers.IO) { fromAsset(context, name, options) }

        private fun of(open: () -> StudentTracker): Tracker {
            val engine = translated(open)
            try {
                val questions = translated { engine.questions() }.map { Question(it.id, it.skills, it.difficulty) }
                return Tracker(engine, questions)
            } catch (error: Throwable) {
                engine.close()
                throw error
            }
        }
    }
}

/**
 * A question that a knowledge model knows.
 *
 * @property id The id that [Tracker.observe] takes.
 * @property skills Ids of the skills that it asks for.
 * @property difficulty Share of wrong answers among the training answers, from 0 to 1; null if it is not known.
 */
public data class Question(val id: String, val skills: List<String>, val difficulty: Float?)

/**
 * How well a student has mastered a skill.
 *
 * @property skill Id of the skill.
 * @property name Name of the skill for people.
 * @property probability Probability that the student has mastered it, from 0 to 1.
 * @property answers Number of the student's answers to questions of this skill: what stands behind the probability.
 * With none, it is what the model expects of any student with such answers to other questions.
 */
public data class Mastery(val skill: String, val name: String, val probability: Float, val answers: Int)

/**
 * A question to ask next.
 *
 * @property question Id of the question.
 * @property probability Probability of a right answer, from 0 to 1.
 * @property gain By how much the mean probability of mastery is expected to rise; null if chosen by probability.
 */
public data class Recommendation(val question: String, val probability: Float, val gain: Float?)

/**
 * A simulated answer.
 *
 * @property probability Probability of a right answer when the question was asked, from 0 to 1.
 * @property correct Whether the drawn answer is right.
 */
public data class SimulatedAnswer(val probability: Float, val correct: Boolean)

/** When a score counts as a right answer. */
public sealed interface PassMark {
    /**
     * If the awarded level has at least so many points.
     *
     * @property points How many.
     */
    public data class Level(val points: Int) : PassMark

    /**
     * If the label of that name is awarded.
     *
     * @property name Its name.
     */
    public data class Label(val name: String) : PassMark
}

/** How the next questions are chosen. */
public sealed interface Policy {
    /**
     * Questions whose answers are right with a probability from [low] to [high], then those nearest to it, spread over
     * skills.
     *
     * @property low The least probability, from 0 to 1.
     * @property high The greatest, from [low] to 1.
     */
    public data class TargetProbability @JvmOverloads constructor(val low: Float = 0.7f, val high: Float = 0.85f) : Policy

    /** Questions after which the expected mastery has risen most, on average over all skills. */
    public data object ExpectedGain : Policy
}

private fun PassMark.forEngine(): EnginePassMark = when (this) {
    is PassMark.Level -> EnginePassMark.Level(points)
    is PassMark.Label -> EnginePassMark.Label(wellFormed(name, "the label"))
}

private fun Policy.forEngine(): EnginePolicy = when (this) {
    is Policy.TargetProbability -> EnginePolicy.TargetProbability(low, high)
    Policy.ExpectedGain -> EnginePolicy.ExpectedGain
}
