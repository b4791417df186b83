package io.github.pupilsdk.sample

import android.content.Context
import android.graphics.Color
import android.text.SpannableString
import android.text.Spanned
import android.text.style.BackgroundColorSpan
import android.view.Gravity
import android.widget.LinearLayout
import android.widget.TextView
import io.github.pupilsdk.Decision
import io.github.pupilsdk.Explanation
import io.github.pupilsdk.ReviewReason
import io.github.pupilsdk.Score
import java.util.Locale
import kotlin.math.abs

/** Shows a score: the awarded label, the confidence, the decision, each label, and the words that changed the score. */
class ResultView(context: Context) : LinearLayout(context) {
    private val title = context.text(30f, Palette.text, bold = true)
    private val confidence = context.text(15f, Palette.secondary)
    private val decision = context.text(14f, Palette.text)
    private val labels = context.column()
    private val caption = context.text(13f, Palette.secondary, bold = true).apply { text = "Words that changed the score" }
    private val words = context.text(18f, Palette.text)
    private val legend = context.text(13f, Palette.secondary)

    init {
        orientation = VERTICAL
        val heading = LinearLayout(context).apply { gravity = Gravity.CENTER_VERTICAL }
        heading.addView(title)
        heading.addView(confidence, LayoutParams(0, LayoutParams.WRAP_CONTENT, 1f).apply { leftMargin = context.dp(16) })
        decision.setPadding(context.dp(14), context.dp(7), context.dp(14), context.dp(7))
        heading.addView(decision)
        add(heading)
        add(labels, above = 14)
        add(caption, above = 18)
        words.setLineSpacing(0f, 1.35f)
        add(words, above = 6)
        add(legend, above = 8)
    }

    /** Shows the explanation of `answer`. */
    fun show(answer: String, explanation: Explanation) {
        val score = explanation.score
        val best = score.labels.indexOfFirst { it.awarded }
        if (best < 0) return
        val name = score.labels[best].name
        title.text = score.level?.let { "$it points" } ?: name.replaceFirstChar { it.titlecase(Locale.ROOT) }
        title.setTextColor(Palette.ofLabel(name))
        confidence.text = String.format(Locale.ROOT, "%.0f %% confident", 100 * score.confidence)
        showDecision(score)
        labels.removeAllViews()
        score.labels.forEachIndexed { place, label ->
            labels.add(Bar(context, label.name, label.probability, Palette.ofLabel(label.name)), if (place == 0) 0 else 6, context.dp(24))
        }
        words.text = highlighted(answer, explanation, best)
        val hasWords = if (explanation.words.isEmpty()) GONE else VISIBLE
        for (view in listOf(caption, words, legend)) view.visibility = hasWords
        legend.text = "Green words support “$name”, orange words count against it; stronger colours mean more effect."
    }

    private fun showDecision(score: Score) {
        val (text, color) = when (val decision = score.decision) {
            Decision.Automatic -> "No review needed" to Palette.good
            is Decision.Review -> inWords(decision.reason) to Palette.unsure
        }
        decision.text = text
        decision.setTextColor(color)
        decision.background = Palette.rounded(context, color and 0x00FFFFFF or (0x1E shl 24), 16)
    }

    private fun inWords(reason: ReviewReason): String = when (reason) {
        ReviewReason.TOO_SHORT -> "Needs review: the answer is too short"
        ReviewReason.OTHER_LANGUAGE -> "Needs review: the answer is written in another language"
        ReviewReason.GIBBERISH -> "Needs review: the letters do not make words"
        ReviewReason.UNKNOWN_WORDS -> "Needs review: most words are unknown"
        ReviewReason.REPETITION -> "Needs review: the answer repeats itself"
        ReviewReason.COPIED_QUESTION -> "Needs review: the answer repeats the question"
        ReviewReason.NEAR_REFERENCE -> "Needs review: nearly the reference answer, but changed"
        ReviewReason.OFF_TOPIC -> "Needs review: the answer is about something else"
        ReviewReason.WORD_LIST -> "Needs review: the answer is a list of words"
        ReviewReason.TRUNCATED -> "Needs review: the text was too long and was truncated"
        ReviewReason.UNSEEN_LABEL -> "Needs review: no training answer has this label"
        ReviewReason.LOW_CONFIDENCE -> "Needs review: the model is not sure"
        ReviewReason.NO_PROMISE -> "Needs review: nothing is promised about this question"
        ReviewReason.AUDIT -> "Needs review: chosen to be checked"
        ReviewReason.OTHER -> "Needs review"
    }

    private fun highlighted(answer: String, explanation: Explanation, label: Int): CharSequence {
        val strongest = explanation.words.maxOfOrNull { abs(it.labels[label]) } ?: 0f
        val text = SpannableString(answer)
        for (word in explanation.words) {
            val share = word.labels[label]
            // Effects below a tenth of the strongest are not coloured.
            if (strongest == 0f || abs(share) < strongest / 10) continue
            val strength = (30 + 130 * abs(share) / strongest).toInt()
            val color = if (share > 0) Color.argb(strength, 38, 166, 91) else Color.argb(strength, 240, 140, 0)
            text.setSpan(BackgroundColorSpan(color), word.range.first, word.range.last + 1, Spanned.SPAN_EXCLUSIVE_EXCLUSIVE)
        }
        return text
    }

    /** Texts for tests and screen readers. */
    val titleText: CharSequence get() = title.text
    val decisionText: CharSequence get() = decision.text
    val wordsView: TextView get() = words
}
