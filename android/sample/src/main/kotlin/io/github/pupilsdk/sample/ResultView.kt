package io.github.pupilsdk.sample

import android.content.Context
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.RectF
import android.text.SpannableString
import android.text.Spanned
import android.text.style.BackgroundColorSpan
import android.util.TypedValue
import android.view.Gravity
import android.view.View
import android.widget.LinearLayout
import android.widget.TextView
import io.github.pupilsdk.Decision
import io.github.pupilsdk.Explanation
import io.github.pupilsdk.ReviewReason
import io.github.pupilsdk.Score
import java.util.Locale
import kotlin.math.abs

/** Shows a score: the verdict, how sure it is, whether a person should look, each label, and the words that moved it. */
class ResultView(context: Context) : LinearLayout(context) {
    private val verdict = context.text(30f, Look.ink, bold = true)
    private val confidence = context.text(15f, Look.quiet)
    private val decision = context.text(14f, Look.ink)
    private val labels = context.column()
    private val caption = context.text(13f, Look.quiet, bold = true).apply { text = "Words that moved the score" }
    private val words = context.text(18f, Look.ink)
    private val legend = context.text(13f, Look.quiet)

    init {
        orientation = VERTICAL
        val heading = LinearLayout(context).apply { gravity = Gravity.CENTER_VERTICAL }
        heading.addView(verdict)
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

    /** Shows what was found out about `answer`. */
    fun show(answer: String, explanation: Explanation) {
        val score = explanation.score
        val best = score.labels.indexOfFirst { it.awarded }
        if (best < 0) return
        val name = score.labels[best].name
        verdict.text = score.level?.let { "$it points" } ?: name.replaceFirstChar { it.titlecase(Locale.ROOT) }
        verdict.setTextColor(Look.ofLabel(name))
        confidence.text = String.format(Locale.ROOT, "%.0f %% confident", 100 * score.confidence)
        showDecision(score)
        labels.removeAllViews()
        score.labels.forEachIndexed { place, label ->
            labels.add(LabelBar(context, label.name, label.probability, Look.ofLabel(label.name)), if (place == 0) 0 else 6, context.dp(24))
        }
        words.text = highlighted(answer, explanation, best)
        val hasWords = if (explanation.words.isEmpty()) GONE else VISIBLE
        for (view in listOf(caption, words, legend)) view.visibility = hasWords
        legend.text = "Green words speak for “$name”, orange ones against it; the stronger the colour, the more."
    }

    private fun showDecision(score: Score) {
        val (text, color) = when (val decision = score.decision) {
            Decision.Automatic -> "The score stands" to Look.good
            is Decision.Review -> inWords(decision.reason) to Look.unsure
        }
        decision.text = text
        decision.setTextColor(color)
        decision.background = Look.rounded(context, color and 0x00FFFFFF or (0x1E shl 24), 16)
    }

    private fun inWords(reason: ReviewReason): String = when (reason) {
        ReviewReason.TOO_SHORT -> "A person should look: the answer is too short"
        ReviewReason.MOSTLY_UNKNOWN -> "A person should look: most words are unknown"
        ReviewReason.REPETITIVE -> "A person should look: the answer repeats itself"
        ReviewReason.TRUNCATED -> "A person should look: the text is too long to be read whole"
        ReviewReason.UNSEEN_LABEL -> "A person should look: the model has never seen an answer of this kind"
        ReviewReason.LOW_CONFIDENCE -> "A person should look: the model is not sure"
        ReviewReason.OTHER -> "A person should look"
    }

    private fun highlighted(answer: String, explanation: Explanation, label: Int): CharSequence {
        val strongest = explanation.words.maxOfOrNull { abs(it.labels[label]) } ?: 0f
        val text = SpannableString(answer)
        for (word in explanation.words) {
            val share = word.labels[label]
            // Below a tenth of the strongest a colour would only be noise.
            if (strongest == 0f || abs(share) < strongest / 10) continue
            val strength = (30 + 130 * abs(share) / strongest).toInt()
            val color = if (share > 0) Color.argb(strength, 38, 166, 91) else Color.argb(strength, 240, 140, 0)
            text.setSpan(BackgroundColorSpan(color), word.range.first, word.range.last + 1, Spanned.SPAN_EXCLUSIVE_EXCLUSIVE)
        }
        return text
    }

    /** The words on the screen, for tests and for screen readers. */
    val verdictText: CharSequence get() = verdict.text
    val decisionText: CharSequence get() = decision.text
    val wordsView: TextView get() = words
}

/** A label's name, its probability as a bar, and as a number. */
private class LabelBar(context: Context, private val name: String, private val probability: Float, private val color: Int) :
    View(context) {
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        textSize = TypedValue.applyDimension(TypedValue.COMPLEX_UNIT_SP, 14f, resources.displayMetrics)
    }
    private val number = String.format(Locale.ROOT, "%.0f %%", 100 * probability)

    init {
        contentDescription = "$name $number"
    }

    override fun onDraw(canvas: Canvas) {
        val middle = height / 2f
        val baseline = middle - (paint.ascent() + paint.descent()) / 2
        val left = context.dp(120).toFloat()
        val right = width - context.dp(60).toFloat()
        paint.color = Look.ink
        canvas.drawText(name, 0f, baseline, paint)
        val half = context.dp(5).toFloat()
        paint.color = Look.page
        canvas.drawRoundRect(RectF(left, middle - half, right, middle + half), half, half, paint)
        paint.color = color
        val end = left + (right - left) * probability
        if (probability > 0.01f) canvas.drawRoundRect(RectF(left, middle - half, end, middle + half), half, half, paint)
        paint.color = Look.quiet
        canvas.drawText(number, width - paint.measureText(number), baseline, paint)
    }
}
