package io.github.pupilsdk.sample

import android.content.Context
import android.graphics.Color
import android.graphics.Typeface
import android.graphics.drawable.GradientDrawable
import android.view.View
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.widget.LinearLayout
import android.widget.TextView
import java.util.Locale

/** The colours of the screen; text has a contrast of at least 4.5 to 1 with its background. */
object Palette {
    val page = Color.parseColor("#EEF1F6")
    val card = Color.WHITE
    val text = Color.parseColor("#1B2333")
    val secondary = Color.parseColor("#5A6478")
    val line = Color.parseColor("#D5DBE6")
    val accent = Color.parseColor("#2F4BB3")
    val accentSoft = Color.parseColor("#E6EBFA")
    val good = Color.parseColor("#17734A")
    val bad = Color.parseColor("#AF2B24")
    val unsure = Color.parseColor("#8A5A00")

    /** The colour of a label. */
    fun ofLabel(name: String): Int = when (name) {
        "correct" -> good
        "contradictory" -> bad
        else -> unsure
    }

    fun rounded(context: Context, fill: Int, radius: Int, stroke: Int? = null): GradientDrawable = GradientDrawable().apply {
        setColor(fill)
        cornerRadius = context.dp(radius).toFloat()
        if (stroke != null) setStroke(context.dp(1), stroke)
    }
}

/** A probability as a person reads it; no estimate is shown as certain. */
fun percent(probability: Float): String = when {
    probability > 0.99f -> "> 99 %"
    probability < 0.01f -> "< 1 %"
    else -> String.format(Locale.ROOT, "%.0f %%", 100 * probability)
}

fun Context.dp(value: Int): Int = Math.round(value * resources.displayMetrics.density)

fun Context.text(size: Float, color: Int, bold: Boolean = false): TextView = TextView(this).apply {
    textSize = size
    setTextColor(color)
    if (bold) typeface = Typeface.create("sans-serif-medium", Typeface.NORMAL)
}

fun Context.column(padding: Int = 0): LinearLayout = LinearLayout(this).apply {
    orientation = LinearLayout.VERTICAL
    val space = dp(padding)
    setPadding(space, space, space, space)
}

fun Context.card(): LinearLayout = column(24).apply { background = Palette.rounded(context, Palette.card, 16, Palette.line) }

fun LinearLayout.add(view: View, above: Int = 0, height: Int = WRAP_CONTENT, weight: Float = 0f) {
    val place = LinearLayout.LayoutParams(MATCH_PARENT, height, weight)
    place.topMargin = context.dp(above)
    addView(view, place)
}
