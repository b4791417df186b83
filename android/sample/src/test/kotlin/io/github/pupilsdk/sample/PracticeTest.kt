package io.github.pupilsdk.sample

import android.os.Looper
import android.view.View
import android.view.inputmethod.EditorInfo
import android.widget.RadioButton
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** Tests the practice screen on a tablet with the real engine and the shipped model, and writes screenshots. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], qualifiers = "w1280dp-h800dp-land-mdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PracticeTest {
    @Test
    fun right_answers_raise_what_is_known_and_no_question_comes_twice() = onScreen { activity ->
        val before = percent(activity)
        assertTrue("$before", activity.mastery.sentences.all { it.endsWith("no answers yet") })
        draw(activity, "practice-start")
        val seen = mutableSetOf<String>()
        repeat(12) {
            assertTrue("asked again: ${activity.prompt.text}", seen.add(activity.prompt.text.toString()))
            check(activity, solve(activity.prompt.text.toString()))
            assertEquals("Right.", activity.feedback.text.toString())
            next(activity)
        }
        val after = percent(activity)
        assertTrue("$before, then $after", before.zip(after).count { (old, new) -> new > old } >= 8)
        assertTrue("an estimate is never certain", after.all { it in 1..99 })
        assertTrue(activity.mastery.sentences.any { it.matches(Regex("[A-Z].*: .*\\d %, from \\d+ answers?")) })
    }

    @Test
    fun wrong_answer_shows_the_right_one_and_lowers_what_is_known() = onScreen { activity ->
        val before = percent(activity)
        val question = activity.prompt.text.toString()
        check(activity, "999")
        assertEquals("Not right. The answer is ${solve(question)}.", activity.feedback.text.toString())
        val after = percent(activity)
        assertTrue("$before, then $after", before.zip(after).count { (old, new) -> new < old } >= 5)
        draw(activity, "practice-wrong")
    }

    @Test
    fun practice_goes_on_where_it_ended_when_the_app_starts_again() {
        var seen = emptyList<String>()
        var asked = ""
        onScreen { activity ->
            repeat(12) {
                val right = it != 4 && it != 10
                check(activity, if (right) solve(activity.prompt.text.toString()) else "0")
                next(activity)
            }
            seen = activity.mastery.sentences
            asked = activity.prompt.text.toString()
        }
        onScreen { activity ->
            assertEquals(seen, activity.mastery.sentences)
            assertEquals(asked, activity.prompt.text.toString())
            assertEquals("", activity.feedback.text.toString())
            draw(activity, "practice")
        }
    }

    @Test
    fun state_that_cannot_be_used_is_left_and_the_student_is_told() {
        val kept = File(RuntimeEnvironment.getApplication().filesDir, Practice.FILE)
        for (bytes in listOf("damaged".toByteArray(), ByteArray(0), ByteArray(5_000))) {
            kept.writeBytes(bytes)
            onScreen { activity ->
                val said = activity.feedback.text.toString()
                assertEquals("What was kept does not fit this version of the course. Practice begins again.", said)
                check(activity, "1")
                next(activity)
            }
            onScreen { activity -> assertEquals("", activity.feedback.text.toString()) }
        }
    }

    @Test
    fun forgetting_begins_again_also_after_a_restart() {
        var first = emptyList<String>()
        onScreen { activity ->
            first = activity.mastery.sentences
            check(activity, "0")
            assertNotEquals(first, activity.mastery.sentences)
            activity.startAgainButton.performClick()
            waitUntil("all is forgotten") { activity.checkButton.isEnabled }
            assertEquals(first, activity.mastery.sentences)
        }
        onScreen { assertEquals(first, it.mastery.sentences) }
    }

    @Test
    fun other_policy_asks_another_question_and_an_empty_answer_is_not_taken() = onScreen { activity ->
        val first = activity.prompt.text.toString()
        activity.checkButton.performClick()
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals("Write an answer first.", activity.feedback.text.toString())
        activity.answer.append("12")
        (activity.policies.getChildAt(1) as RadioButton).performClick()
        waitUntil("another question") { activity.prompt.text.toString() != first }
        assertEquals("the answer was to another question", "", activity.answer.text.toString())
        assertTrue(activity.mastery.sentences.all { it.endsWith("no answers yet") })
    }

    @Test
    fun typed_answer_is_kept_when_the_tablet_is_rotated() = onController<PracticeActivity> { controller ->
        ready(controller.get())
        val asked = controller.get().prompt.text.toString()
        controller.get().answer.append("3/4")
        controller.recreate()
        ready(controller.get())
        assertEquals("3/4", controller.get().answer.text.toString())
        assertEquals(asked, controller.get().prompt.text.toString())
    }

    @Test
    fun keyboard_checks_and_screen_readers_hear_what_is_shown() = onScreen { activity ->
        activity.answer.append(solve(activity.prompt.text.toString()))
        activity.answer.onEditorAction(EditorInfo.IME_ACTION_DONE)
        waitUntil("the answer is checked") { activity.checkButton.isEnabled }
        assertEquals("Right.", activity.feedback.text.toString())
        assertEquals(View.ACCESSIBILITY_LIVE_REGION_POLITE, activity.feedback.accessibilityLiveRegion)
        assertEquals(10, activity.mastery.sentences.size)
        for (view in listOf(activity.checkButton, activity.startAgainButton, activity.backButton, activity.answer)) {
            assertTrue("large enough to touch", view.height >= activity.dp(48) && view.width >= activity.dp(48))
        }
        activity.backButton.performClick()
        assertTrue(activity.isFinishing)
    }

    @Test
    fun every_question_of_the_course_has_an_exercise_that_takes_its_own_answer_alone() {
        val application = RuntimeEnvironment.getApplication()
        assertTrue(application.assets.addAssetPath(System.getProperty("pupil.apk")) != 0)
        val questions = io.github.pupilsdk.Tracker.fromAsset(application, "practice.pupil").use { it.questions }
        assertEquals(120, questions.size)
        val texts = questions.map { question ->
            val exercise = checkNotNull(Exercise.of(question.id)) { question.id }
            val solved = solve(exercise.text)
            assertTrue("${exercise.text} $solved", exercise.accepts(solved) && exercise.accepts(exercise.answer))
            val wrong = listOf("", "seven", "-1", "99999", "1/0", "1e9", "${exercise.answer}1", "${exercise.answer} or 2")
            for (written in wrong) {
                assertFalse("${exercise.text} $written", exercise.accepts(written))
            }
            exercise.text
        }
        assertEquals("every text once", texts.size, texts.toSet().size)
        for (other in listOf("add-0", "add-13", "add", "add-x", "history-1", "", "-")) {
            assertNull(other, Exercise.of(other))
        }
        val half = Exercise("1/4 + 1/4 = ?", "1/2")
        for (form in listOf("1/2", " 2 / 4 ", "0.5", "0,50")) assertTrue(form, half.accepts(form))
    }

    private fun onScreen(body: (PracticeActivity) -> Unit) = onController<PracticeActivity> {
        ready(it.get())
        body(it.get())
    }

    private fun ready(activity: PracticeActivity) = waitUntil("the course is open") { activity.checkButton.isEnabled }

    private fun check(activity: PracticeActivity, written: String) {
        activity.answer.append(written)
        activity.checkButton.performClick()
        waitUntil("the answer is checked") { activity.checkButton.isEnabled }
    }

    private fun next(activity: PracticeActivity) {
        activity.checkButton.performClick()
        waitUntil("the next question is there") { activity.checkButton.isEnabled }
    }

    private fun percent(activity: PracticeActivity): List<Int> =
        activity.mastery.sentences.map { Regex("(\\d+) %").find(it)!!.groupValues[1].toInt() }

    /** Solves an exercise by its text, as a student would. */
    private fun solve(text: String): String {
        val numbers = Regex("\\d+(?:\\.\\d+)?").findAll(text).map { it.value.toBigDecimal() }.toList()
        val (a, b) = numbers
        return when {
            text.startsWith("1/") -> "${numbers[1] + numbers[3]}/${numbers[1] * numbers[3]}"
            " × " in text -> (a * b).toPlainString()
            " ÷ " in text -> a.divideToIntegralValue(b).toPlainString()
            " − " in text -> (a - b).toPlainString()
            " % of " in text -> "${a * b}/100"
            " of " in text -> "${a * numbers[2]}/$b"
            " : " in text -> "${b * numbers[2]}/$a"
            "x + " in text -> "${numbers[2] - b}/$a"
            else -> (a + b).toPlainString()
        }
    }
}
