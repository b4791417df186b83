package io.github.pupilsdk.sample

import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Looper
import android.text.Spanned
import android.text.style.BackgroundColorSpan
import android.view.View
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File
import java.util.concurrent.TimeUnit

/** The sample's screen on a tablet, with the real engine and the model that ships; what it draws is written as pictures. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], qualifiers = "w1280dp-h800dp-land-mdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class SampleTest {
    @Test
    fun answer_that_is_typed_is_scored_and_its_words_are_coloured() = onScreen { activity ->
        write(activity, 0, "The sound gets higher because the string is shorter and vibrates faster.")
        assertEquals("Correct", activity.result.verdictText.toString())
        assertEquals("The score stands", activity.result.decisionText.toString())
        val text = activity.result.wordsView.text as Spanned
        val coloured = text.getSpans(0, text.length, BackgroundColorSpan::class.java)
            .map { text.substring(text.getSpanStart(it), text.getSpanEnd(it)) }
        assertTrue("$coloured", "higher" in coloured)
        draw(activity, "correct")
    }

    @Test
    fun answer_that_says_the_opposite_is_contradictory() = onScreen { activity ->
        write(activity, 0, "It gets lower because the string moves slower.")
        assertEquals("Contradictory", activity.result.verdictText.toString())
        val text = activity.result.wordsView.text as Spanned
        val colours = text.getSpans(0, text.length, BackgroundColorSpan::class.java).map { it.backgroundColor and 0xFFFFFF }
        assertEquals("words for it and against it", 2, colours.distinct().size)
        draw(activity, "contradictory")
    }

    @Test
    fun answer_of_nothing_goes_to_a_person() = onScreen { activity ->
        write(activity, 1, "")
        assertEquals("A person should look: the answer is too short", activity.result.decisionText.toString())
        draw(activity, "empty")
    }

    @Test
    fun choosing_another_question_clears_the_answer() = onScreen { activity ->
        write(activity, 0, "higher")
        activity.questions[3].performClick()
        assertEquals("", activity.answer.text.toString())
        assertEquals(View.GONE, activity.result.visibility)
        draw(activity, "chosen")
    }

    private fun onScreen(body: (SampleActivity) -> Unit) {
        Robolectric.buildActivity(SampleActivity::class.java).use { controller ->
            // Robolectric has an app's own assets, and its theme, only from a package that Android's build tools have made.
            controller.get().setTheme(android.R.style.Theme_Material_Light_NoActionBar)
            assertTrue(controller.get().assets.addAssetPath(System.getProperty("pupil.apk")) != 0)
            body(controller.setup().get())
        }
    }

    /** Picks a question, types an answer, presses the button, and waits for the result. */
    private fun write(activity: SampleActivity, question: Int, answer: String) {
        activity.questions[question].performClick()
        activity.answer.append(answer)
        activity.scoreButton.performClick()
        val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60)
        while (!activity.scoreButton.isEnabled && System.nanoTime() < end) {
            shadowOf(Looper.getMainLooper()).idle()
            Thread.yield()
        }
        assertTrue("the answer is scored", activity.scoreButton.isEnabled)
        assertEquals(View.VISIBLE, activity.result.visibility)
    }

    private fun draw(activity: SampleActivity, name: String) {
        shadowOf(Looper.getMainLooper()).idle()
        val view = activity.window.decorView
        assertEquals("the size of the tablet", listOf(1280, 800), listOf(view.width, view.height))
        val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(bitmap))
        val file = File(System.getProperty("pupil.pictures"), "android-sample-$name.png")
        file.parentFile!!.mkdirs()
        file.outputStream().use { assertTrue(bitmap.compress(Bitmap.CompressFormat.PNG, 100, it)) }
        val pixels = IntArray(view.width * view.height)
        bitmap.getPixels(pixels, 0, view.width, 0, 0, view.width, view.height)
        assertTrue("many colours, as text and bars have", pixels.distinct().size > 50)
    }
}
