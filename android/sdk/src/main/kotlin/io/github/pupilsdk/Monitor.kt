package io.github.pupilsdk

import io.github.pupilsdk.engine.Monitor as EngineMonitor
import io.github.pupilsdk.engine.Watched as EngineWatched

/**
 * Tells when answers are no longer like those that a promise was calibrated on. It keeps counts and no answer, and
 * nothing leaves the device.
 *
 * Add each score once, in the order of time. While nothing changes, [changes] ever tells a change with a probability of
 * 5 % at most, however often you look. A share that moves by less than two percentage points has not changed.
 *
 * Any number of threads may use one monitor at once. Close it when it is no longer needed; the scorer may be closed
 * before.
 *
 * @param scorer The scorer whose scores are added.
 * @param state The [state] of an earlier monitor of the same model; null to begin.
 * @throws PupilException [PupilException.BadInput] if the model has no distributions of calibration answers, or the
 * state is that of another model.
 * @throws IllegalStateException if the scorer is closed.
 */
public class Monitor @JvmOverloads constructor(scorer: Scorer, state: ByteArray? = null) : AutoCloseable {
    private val engine: EngineMonitor = scorer.monitor(state)

    /** Adds a score of a task. Scores of tasks without distributions change nothing. */
    public fun add(task: String, score: Score): Unit = translated {
        val (words, unknown) = Pair(score.words.toUInt(), score.unknownWords.toUInt())
        engine.add(wellFormed(task, "the name of the task"), score.confidence, words, unknown)
    }

    /** What has changed. Empty while the conditions of the promise hold, as far as can be seen. */
    public val changes: List<Change>
        get() = translated { engine.changes() }.map {
            Change(
                it.task,
                when (it.what) {
                    EngineWatched.CONFIDENCE -> Watched.CONFIDENCE
                    EngineWatched.WORDS -> Watched.WORDS
                    EngineWatched.UNKNOWN_WORDS -> Watched.UNKNOWN_WORDS
                },
                it.above,
                it.calibrated,
                it.now,
                it.since.toLong(),
            )
        }

    /** The counts so far, to be kept and given to the monitor of another day. */
    public fun state(): ByteArray = translated { engine.state() }

    /** Frees the counts. */
    override fun close(): Unit = engine.close()
}

/**
 * What a monitor found to have changed.
 *
 * @property task The task; null for a change of all tasks together.
 * @property what What has changed.
 * @property above The number that fewer or more answers are above now; null for all tasks together.
 * @property calibrated The share of the calibration answers above it, from 0 to 1.
 * @property now The share of the answers so far.
 * @property since How many answers there had been when the change was first noticed.
 */
public data class Change(
    val task: String?,
    val what: Watched,
    val above: Float?,
    val calibrated: Float,
    val now: Float,
    val since: Long,
)

/** A number of each score that a monitor watches. */
public enum class Watched {
    /** The confidence. */
    CONFIDENCE,

    /** The number of words. */
    WORDS,

    /** The share of words that the model does not know. */
    UNKNOWN_WORDS,
}
