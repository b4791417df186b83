package io.github.pupilsdk.sample

import android.graphics.Insets
import android.text.Spanned
import android.text.style.BackgroundColorSpan
import android.view.View
import android.view.ViewGroup
import android.view.WindowInsets
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotSame
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Tests the sample's screen on a tablet with the real engine and the shipped model, and writes screenshots. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], qualifiers = "w1280dp-h800dp-land-mdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class SampleTest {
    @Test
    fun typed_answer_is_scored_and_its_words_are_coloured() = onScreen { activity ->
        write(activity, 0, "The sound gets higher because the string is shorter and vibrates faster.")
        assertEquals("Correct", activity.result.titleText.toString())
        assertEquals("No review needed", activity.result.decisionText.toString())
        val text = activity.result.wordsView.text as Spanned
        val coloured = text.getSpans(0, text.length, BackgroundColorSpan::class.java)
            .map { text.substring(text.getSpanStart(it), text.getSpanEnd(it)) }
        assertTrue("$coloured", "higher" in coloured)
        draw(activity, "correct")
    }

    @Test
    fun opposite_answer_is_contradictory() = onScreen { activity ->
        write(activity, 0, "It gets lower because the string moves slower.")
        assertEquals("Contradictory", activity.result.titleText.toString())
        val text = activity.result.wordsView.text as Spanned
        val colours = text.getSpans(0, text.length, BackgroundColorSpan::class.java).map { it.backgroundColor and 0xFFFFFF }
        assertEquals("words for it and against it", 2, colours.distinct().size)
        draw(activity, "contradictory")
    }

    @Test
    fun empty_answer_goes_to_review() = onScreen { activity ->
        write(activity, 1, "")
        assertEquals("Needs review: the answer is too short", activity.result.decisionText.toString())
        draw(activity, "empty")
    }

    @Test
    fun practice_opens_from_the_questions() = onScreen { activity ->
        activity.practiceButton.performClick()
        assertEquals(PracticeActivity::class.java.name, shadowOf(activity).nextStartedActivity.component?.className)
    }

    @Test
    fun choosing_another_question_clears_the_answer() = onScreen { activity ->
        write(activity, 0, "higher")
        activity.questions[3].performClick()
        assertEquals("", activity.answer.text.toString())
        assertEquals(View.GONE, activity.result.visibility)
        draw(activity, "chosen")
    }

    @Test
    fun question_and_answer_are_kept_when_the_tablet_is_rotated() = onController<SampleActivity> { controller ->
        val before = controller.get()
        write(before, 3, "Hold a magnet to it. 🧲")
        controller.recreate()
        val after = controller.get()
        assertNotSame("another screen", before, after)
        assertEquals("Hold a magnet to it. 🧲", after.answer.text.toString())
        assertEquals(listOf(3), after.questions.indices.filter { after.questions[it].isSelected })
        assertEquals("typing goes on at the end", after.answer.length(), after.answer.selectionStart)
    }

    @Test
    fun nothing_is_covered_by_the_system_bars_or_the_keyboard() = onScreen { activity ->
        val page = activity.findViewById<ViewGroup>(android.R.id.content)!!.getChildAt(0)
        val space = activity.dp(24)
        val bars = WindowInsets.Builder().setInsets(WindowInsets.Type.systemBars(), Insets.of(10, 20, 30, 40))
        page.dispatchApplyWindowInsets(bars.build())
        assertEquals(listOf(10, 20, 30, 40).map { space + it }, padding(page))
        page.dispatchApplyWindowInsets(bars.setInsets(WindowInsets.Type.ime(), Insets.of(0, 0, 0, 300)).build())
        assertEquals(listOf(10, 20, 30, 300).map { space + it }, padding(page))
        page.dispatchApplyWindowInsets(WindowInsets.Builder().build())
        assertEquals("gone with the keyboard and the bars", List(4) { space }, padding(page))
    }

    private fun padding(view: View): List<Int> = listOf(view.paddingLeft, view.paddingTop, view.paddingRight, view.paddingBottom)

    private fun onScreen(body: (SampleActivity) -> Unit) = onController<SampleActivity> { body(it.get()) }

    /** Picks a question, types an answer, presses the button, and waits for the result. */
    private fun write(activity: SampleActivity, question: Int, answer: String) {
        activity.questions[question].performClick()
        activity.answer.append(answer)
        activity.scoreButton.performClick()
        waitUntil("the answer is scored") { activity.scoreButton.isEnabled }
        assertEquals(View.VISIBLE, activity.result.visibility)
    }
}
