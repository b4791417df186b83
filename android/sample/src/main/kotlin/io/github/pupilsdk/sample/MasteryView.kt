package io.github.pupilsdk.sample

import android.content.Context
import android.view.View
import android.widget.LinearLayout
import io.github.pupilsdk.Mastery

/** How well each skill is known, and how many answers say so. */
class MasteryView(context: Context) : LinearLayout(context) {
    init {
        orientation = VERTICAL
    }

    /** Shows the skills, in the order of the course. */
    fun show(skills: List<Mastery>) {
        removeAllViews()
        skills.forEachIndexed { place, skill -> add(row(skill), above = if (place == 0) 0 else 8) }
    }

    private fun row(skill: Mastery): View = context.column().apply {
        val evidence = inWords(skill.answers)
        val bar = Bar(context, skill.name, skill.probability, Palette.accent, hollow = skill.answers == 0)
        val behind = context.text(12f, Palette.secondary).apply {
            text = evidence
            setPadding(context.dp(120), 0, 0, 0)
        }
        add(bar, height = context.dp(20))
        add(behind)
        // A screen reader reads the row as one sentence.
        contentDescription = "${skill.name}: ${percent(skill.probability)}, $evidence"
        isFocusable = true
        for (part in listOf(bar, behind)) part.importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_NO
    }

    private fun inWords(answers: Int): String = when (answers) {
        0 -> "no answers yet"
        1 -> "from 1 answer"
        else -> "from $answers answers"
    }

    /** What is shown, row by row, for tests. */
    val sentences: List<String> get() = List(childCount) { getChildAt(it).contentDescription.toString() }
}
