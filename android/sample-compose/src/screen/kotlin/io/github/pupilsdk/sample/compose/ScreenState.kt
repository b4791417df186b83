package io.github.pupilsdk.sample.compose

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import io.github.pupilsdk.Explanation
import io.github.pupilsdk.PupilException
import io.github.pupilsdk.Scorer
import io.github.pupilsdk.sample.QUESTIONS
import io.github.pupilsdk.sample.Question

/** What the screen shows. */
class ScreenState {
    private var scorer: Scorer? = null

    var question: Question by mutableStateOf(QUESTIONS.first())
        private set
    var answer: String by mutableStateOf("")
    var credits: String by mutableStateOf("")
        private set
    var isScoring: Boolean by mutableStateOf(false)
        private set

    /** The answer that was scored, and its explanation; null before. */
    var result: Pair<String, Explanation>? by mutableStateOf(null)
        private set

    /** What stands in the place of a result. */
    var note: String by mutableStateOf(HINT)
        private set

    /** Takes a model; the caller keeps and closes it. */
    fun opened(scorer: Scorer) {
        this.scorer = scorer
        val about = scorer.about()
        credits = "${about.name} (${about.licence}), on this device only. " + about.attribution.joinToString(" ")
    }

    /** Shows an error in the place of a result. */
    fun failed(message: String) {
        result = null
        note = message
    }

    fun choose(chosen: Question) {
        question = chosen
        answer = ""
        failed(HINT)
    }

    /** Scores the answer in the background, and shows the result unless another question was chosen meanwhile. */
    suspend fun score() {
        val (asked, text) = question to answer
        isScoring = true
        try {
            val scorer = checkNotNull(scorer) { "the model is not open" }
            val explanation = scorer.awaitExplanation("science", text, asked.reference)
            if (asked === question) result = text to explanation
        } catch (error: PupilException) {
            if (asked === question) failed("The answer cannot be scored: ${error.message}")
        } catch (error: IllegalStateException) {
            if (asked === question) failed("The answer cannot be scored: ${error.message}")
        } finally {
            isScoring = false
        }
    }

    private companion object {
        const val HINT = "The answer is compared with a reference answer, without a network."
    }
}
