package io.github.pupilsdk.sample

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.RectF
import android.util.TypedValue
import android.view.View

/** A name, its probability as a bar, and as a number. A hollow bar stands for a probability that little is behind. */
class Bar(
    context: Context,
    private val name: String,
    private val probability: Float,
    private val color: Int,
    private val hollow: Boolean = false,
) : View(context) {
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        textSize = TypedValue.applyDimension(TypedValue.COMPLEX_UNIT_SP, 14f, resources.displayMetrics)
    }
    private val number = percent(probability)

    init {
        contentDescription = "$name $number"
    }

    override fun onDraw(canvas: Canvas) {
        val middle = height / 2f
        val baseline = middle - (paint.ascent() + paint.descent()) / 2
        val left = context.dp(120).toFloat()
        val right = width - context.dp(60).toFloat()
        paint.style = Paint.Style.FILL
        paint.color = Palette.text
        canvas.drawText(name, 0f, baseline, paint)
        val half = context.dp(5).toFloat()
        paint.color = Palette.page
        canvas.drawRoundRect(RectF(left, middle - half, right, middle + half), half, half, paint)
        paint.color = color
        if (hollow) {
            paint.style = Paint.Style.STROKE
            paint.strokeWidth = context.dp(2).toFloat()
        }
        val inside = if (hollow) paint.strokeWidth / 2 else 0f
        val end = left + (right - left) * probability
        val area = RectF(left + inside, middle - half + inside, end - inside, middle + half - inside)
        if (probability > 0.01f && area.width() > 0) canvas.drawRoundRect(area, half, half, paint)
        paint.style = Paint.Style.FILL
        paint.color = Palette.secondary
        canvas.drawText(number, width - paint.measureText(number), baseline, paint)
    }
}
