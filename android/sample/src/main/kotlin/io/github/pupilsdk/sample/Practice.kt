package io.github.pupilsdk.sample

import android.content.Context
import android.util.AtomicFile
import io.github.pupilsdk.Mastery
import io.github.pupilsdk.Policy
import io.github.pupilsdk.PupilException
import io.github.pupilsdk.Recommendation
import io.github.pupilsdk.Tracker
import java.io.File
import java.io.IOException

/** One student's practice: what was answered, what to ask next, and the state that outlives the app. */
class Practice(context: Context) : AutoCloseable {
    private var tracker = Tracker.fromAsset(context, MODEL, TRUSTING)

    /** Private to the app; the manifest keeps it out of backups. */
    private val file = AtomicFile(File(context.filesDir, FILE))

    /** Whether there was a state that cannot be used, so that practice begins again. */
    val beginsAgain: Boolean

    init {
        beginsAgain = try {
            tracker.restore(file.readFully())
            false
        } catch (_: IOException) {
            // The first start.
            false
        } catch (_: PupilException) {
            // Of another version of the course, or damaged.
            true
        }
    }

    /** Number of answers so far. */
    val answers: Int get() = tracker.answers

    /** How well each skill is known. */
    fun mastery(): List<Mastery> = tracker.mastery()

    /** The question to ask next; null after the last. */
    fun next(policy: Policy): Recommendation? = tracker.recommend(1, policy).firstOrNull()

    /** Takes in an answer and keeps the state. */
    fun answered(question: String, correct: Boolean) {
        tracker.observe(question, correct)
        keep()
    }

    /** Forgets all answers. */
    fun startAgain() {
        tracker = tracker.use { it.forNewStudent() }
        keep()
    }

    /** Writes beside the old state, which stays until the new one is whole. */
    private fun keep() {
        val stream = file.startWrite()
        try {
            stream.write(tracker.snapshot())
            file.finishWrite(stream)
        } catch (error: IOException) {
            file.failWrite(stream)
            throw error
        }
    }

    override fun close(): Unit = tracker.close()

    companion object {
        private const val MODEL = "practice.pupil"

        /** Name of the file with the state, below the app's private files. */
        const val FILE: String = "practice.snapshot"
    }
}
