package io.github.pupilsdk.sample

import android.content.Context
import android.graphics.Rect
import android.os.Build
import android.view.View
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.WindowInsets
import android.widget.Button
import android.widget.LinearLayout

/** A page with a bar of that width in dp at its left. */
fun Context.page(bar: View, width: Int, content: View): View {
    val page = LinearLayout(this).apply {
        setBackgroundColor(Palette.page)
        val space = dp(24)
        setPadding(space, space, space, space)
        // From Android 15 on, a window extends behind the system bars and the keyboard.
        setOnApplyWindowInsetsListener { view, insets ->
            val covered = covered(insets)
            view.setPadding(space + covered.left, space + covered.top, space + covered.right, space + covered.bottom)
            insets
        }
    }
    page.addView(bar, LinearLayout.LayoutParams(dp(width), MATCH_PARENT))
    page.addView(content, LinearLayout.LayoutParams(0, MATCH_PARENT, 1f).apply { leftMargin = dp(24) })
    return page
}

/** The area that the system bars and the keyboard cover at each edge. */
private fun covered(insets: WindowInsets): Rect {
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
        val covered = insets.getInsets(WindowInsets.Type.systemBars() or WindowInsets.Type.ime())
        return Rect(covered.left, covered.top, covered.right, covered.bottom)
    }
    @Suppress("DEPRECATION")
    return with(insets) { Rect(systemWindowInsetLeft, systemWindowInsetTop, systemWindowInsetRight, systemWindowInsetBottom) }
}

/** A button; the main one of a page is filled. */
fun Context.button(label: String, isMain: Boolean, onClick: () -> Unit): Button = Button(this).apply {
    text = label
    isAllCaps = false
    textSize = 16f
    minHeight = dp(48)
    setTextColor(if (isMain) Palette.card else Palette.accent)
    background = Palette.rounded(context, if (isMain) Palette.accent else Palette.accentSoft, 12)
    stateListAnimator = null
    setPadding(dp(24), 0, dp(24), 0)
    setOnClickListener { onClick() }
}
