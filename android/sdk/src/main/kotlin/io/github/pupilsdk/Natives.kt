package io.github.pupilsdk

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The JNI functions of the library; all other calls use JNA. */
internal object Natives {
    init {
        // The property by which the generated code finds the library outside an app.
        val path = System.getProperty("uniffi.component.pupil.libraryOverride")
        if (path == null) System.loadLibrary("pupil_bindings") else System.load(path)
    }

    /**
     * Scores an answer with the engine that has this number. Null if there is no memory for the score, or after a
     * panic.
     */
    @JvmStatic
    external fun score(number: Long, task: ByteArray, answer: ByteArray, reference: ByteArray?): ByteArray?

    /** Removes the number; running calls finish. */
    @JvmStatic
    external fun release(number: Long)
}

/** First byte of the result of [Natives.score] if the engine with this number is closed. */
internal const val NO_ENGINE: Byte = -1

internal const val CLOSED = "this scorer is closed"

/** Reads the score in the bytes of [Natives.score], or throws the error in them. */
internal fun readScore(bytes: ByteArray?, task: ScoredTask?): Score {
    if (bytes == null) {
        throw PupilException.Internal("the engine gave no score; please report it, with the model's name")
    }
    if (bytes[0] == NO_ENGINE) throw IllegalStateException(CLOSED)
    if (bytes[0].toInt() != 0) throw error(bytes)
    val buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
    val flags = bytes[1].toInt()
    val hasScale = flags and 1 != 0
    val count = buffer.getInt(28)
    val names = task?.labels
    check(names != null && names.size == count) { "the engine gave $count labels, the task has ${names?.size}" }
    val decision = decision(bytes[2].toInt())
    val labels = ArrayList<LabelScore>(count)
    for (place in 0 until count) {
        val awarded = bytes[32 + 4 * count + place].toInt() != 0
        labels.add(LabelScore(names[place], buffer.getFloat(32 + 4 * place), awarded))
    }
    return Score(
        labels,
        level = if (hasScale) buffer.getInt(4) else null,
        expected = if (hasScale) buffer.getFloat(8) else null,
        confidence = buffer.getFloat(12),
        decision = decision,
        guarantee = task.guarantee(decision),
        words = buffer.getInt(16),
        unknownWords = buffer.getInt(20),
        tokens = buffer.getInt(24),
        truncated = flags and 2 != 0,
        repetitive = flags and 4 != 0,
    )
}

/** What all scores of a task have in common. */
internal class ScoredTask(task: Task) {
    val id: ByteArray = task.id.toByteArray()
    val labels: List<String> = task.labels.map { it.name }
    private val promised = task.guarantee?.takeIf { it.isPromised }

    /** The promise that covers a score with this decision. */
    fun guarantee(decision: Decision): Guarantee? = promised.takeIf { decision == Decision.Automatic }
}

private val REVIEWS = ReviewReason.entries.map { Decision.Review(it) }

/**
 * The decision by its number: 0 is automatic, then the reasons in order; any other number is a reason without a name
 * here.
 */
internal fun decision(code: Int): Decision =
    if (code == 0) Decision.Automatic else REVIEWS.getOrElse(code - 1) { REVIEWS.last() }

private fun error(bytes: ByteArray): PupilException {
    val reason = String(bytes, 1, bytes.size - 1, Charsets.UTF_8)
    return when (bytes[0].toInt()) {
        1 -> PupilException.Unreadable(reason)
        2 -> PupilException.NotAModel(reason)
        3 -> PupilException.Damaged(reason)
        4 -> PupilException.Unsupported(reason)
        5 -> PupilException.TooLarge(reason)
        6 -> PupilException.WrongBase(reason)
        7 -> PupilException.UnknownTask(reason)
        8 -> PupilException.BadInput(reason)
        9 -> PupilException.Cancelled(reason)
        11 -> PupilException.Untrusted(reason)
        else -> PupilException.Internal(reason)
    }
}
