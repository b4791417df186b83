package io.github.pupilsdk

import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.util.Collections
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

/** Tests what the SDK adds to the engine's tracker: closing, threads, texts, errors. The cases test what it says. */
class TrackerTest {
    private fun open(model: String = Fixtures.KNOWLEDGE) = Tracker.open(Fixtures.path(model).path)

    @Test
    fun example_of_the_page_works_as_it_is_printed() {
        val written = mutableListOf<String>()
        fun println(line: Any?) {
            written += line.toString()
        }
        val path = Fixtures.path(Fixtures.PRACTICE).path
        // Example: begin
        Tracker.open(path).use { tracker ->
            tracker.observe("add-1", true)
            tracker.observe("fractions-1", false)
            for (skill in tracker.mastery()) {
                println("${skill.name} ${skill.probability}, from ${skill.answers} answers")
            }
            for (next in tracker.recommend(3)) {
                println("ask ${next.question}: right with a probability of ${next.probability}")
            }
            val kept = tracker.snapshot()
        }
        // Example: end
        assertEquals(13, written.size)
        assertTrue("$written", written.take(10).all { it.matches(Regex("[A-Z].* 0\\.\\d+, from [01] answers")) })
        assertTrue("$written", written.drop(10).all { it.matches(Regex("ask [a-z]+-\\d+: right .* 0\\.\\d+")) })
    }

    @Test
    fun example_of_the_page_is_the_code_of_the_test_above() {
        val test = Fixtures.path("android/sdk/src/test/kotlin/io/github/pupilsdk/TrackerTest.kt").readText()
        val code = test.substringAfter("// Example: begin\n").substringBefore("        // Example: end").trimIndent()
        val page = Fixtures.path("docs/simulator.md").readText()
        assertTrue(code, code.lines().size in 6..12 && page.contains("```kotlin\n$code\n```\n"))
    }

    @Test
    fun call_after_close_throws_that_the_tracker_is_closed() {
        val tracker = open()
        val other = tracker.forNewStudent()
        val snapshot = tracker.snapshot()
        val score = Fixtures.open(Fixtures.E_LSTM).use { it.score("balloons", "warm air expands") }
        tracker.close()
        tracker.close()
        val calls: List<Pair<String, () -> Any?>> = listOf(
            "answers" to { tracker.answers },
            "forNewStudent" to { tracker.forNewStudent() },
            "observe" to { tracker.observe("q0", true) },
            "observeScore" to { tracker.observeScore("q0", score, PassMark.Level(1)) },
            "predict" to { tracker.predict("q0") },
            "predictAll" to { tracker.predictAll() },
            "mastery" to { tracker.mastery() },
            "recommend" to { tracker.recommend(1) },
            "simulate" to { tracker.simulate(listOf("q0"), 1) },
            "snapshot" to { tracker.snapshot() },
            "restore" to { tracker.restore(snapshot) },
        )
        val failures = Failures()
        for ((what, call) in calls) {
            val error = assertThrows(what, IllegalStateException::class.java) { call() }
            failures.check(what, "this tracker is closed", error.message)
        }
        failures.end(calls.size)
        assertEquals("the questions stay known", 21, tracker.questions.size)
        other.use {
            it.observe("q0", true)
            assertEquals("one that shares the model goes on", 1, it.answers)
        }
    }

    @Test
    fun closing_while_other_threads_ask_is_safe() {
        val wrong = Collections.synchronizedList(mutableListOf<String>())
        repeat(100) { round ->
            val tracker = open()
            val running = CountDownLatch(4)
            val threads = List(4) { place ->
                thread {
                    try {
                        for (call in 0..Int.MAX_VALUE) {
                            when (place) {
                                0 -> tracker.observe("q1", true)
                                1 -> tracker.restore(tracker.snapshot())
                                2 -> tracker.recommend(2, Policy.ExpectedGain)
                                else -> tracker.mastery()
                            }
                            if (call == 0) running.countDown()
                        }
                    } catch (error: IllegalStateException) {
                        if (error.message != "this tracker is closed") wrong += "round $round: $error"
                    } catch (error: Throwable) {
                        wrong += "round $round: $error"
                        running.countDown()
                    }
                }
            }
            running.await()
            tracker.close()
            threads.forEach { it.join() }
        }
        assertEquals(emptyList<String>(), wrong)
    }

    @Test
    fun answers_from_several_threads_are_all_taken_in() {
        open().use { tracker ->
            val threads = List(8) { thread { repeat(200) { tracker.observe("q3", true) } } }
            threads.forEach { it.join() }
            open().use { alone ->
                repeat(1_600) { alone.observe("q3", true) }
                assertEquals(1_600, tracker.answers)
                assertArrayEquals(alone.snapshot(), tracker.snapshot())
            }
        }
    }

    @Test
    fun suspending_calls_open_the_same_model() = runBlocking {
        Tracker.awaitOpen(Fixtures.path(Fixtures.PRACTICE).path).use { awaited ->
            open(Fixtures.PRACTICE).use { assertEquals(it.predictAll(), awaited.predictAll()) }
        }
    }

    @Test
    fun errors_name_the_rule_but_no_answer() {
        val secret = "supersecretanswer"
        val score = Fixtures.open(Fixtures.E_LSTM).use { it.score("balloons", "warm air expands") }
        open().use { tracker ->
            val calls: List<Pair<String, () -> Any?>> = listOf(
                "bad-input" to { tracker.observe(secret, true) },
                "bad-input" to { tracker.observe("$secret\ud83d", true) },
                "bad-input" to { tracker.observeScore(secret, score, PassMark.Level(1)) },
                "bad-input" to { tracker.observeScore("q0", score, PassMark.Label(secret)) },
                "bad-input" to { tracker.observeScore("q0", score, PassMark.Label("$secret\ude00")) },
                "bad-input" to { tracker.predict(secret) },
                "bad-input" to { tracker.recommend(-1) },
                "bad-input" to { tracker.simulate(listOf("q0", secret), 1) },
                "bad-input" to { tracker.simulate(listOf("$secret\ud83d"), 1) },
                "damaged" to { tracker.restore(secret.toByteArray()) },
                "too-large" to { tracker.restore(secret.repeat(100).toByteArray()) },
                "not-a-model" to { Tracker.fromBytes(secret.toByteArray()) },
                "unreadable" to { Tracker.open("/no/such/file") },
            )
            val failures = Failures()
            for ((want, call) in calls) {
                val error = assertThrows(PupilException::class.java) { call() }
                failures.check(error.toString(), want, name(error))
                failures.check(error.toString(), false, error.stackTraceToString().contains(secret))
                failures.check(error.toString(), false, error.message.isNullOrBlank())
            }
            failures.end(calls.size)
            assertEquals("nothing was taken in", 0, tracker.answers)
        }
    }

    @Test
    fun each_kind_of_file_says_what_opens_it() {
        val error = assertThrows(PupilException.BadInput::class.java) { open(Fixtures.MIND_CA) }
        assertEquals("the file mind-ca has no knowledge model: open it with a scorer", error.message)
        val other = assertThrows(PupilException.BadInput::class.java) { Fixtures.open(Fixtures.PRACTICE) }
        assertEquals("practice is a knowledge model and has no tasks: open it with a tracker", other.message)
    }
}
