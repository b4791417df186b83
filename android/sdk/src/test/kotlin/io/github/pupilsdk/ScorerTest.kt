package io.github.pupilsdk

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.util.Collections
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread

/** Tests what the SDK adds to the engine: errors, closing, threads, texts, batches, task packs. */
class ScorerTest {
    @Test
    fun readme_example_works_as_it_is_printed() {
        val written = StringBuilder()
        fun println(line: Any?) {
            written.appendLine(line)
        }
        val path = Fixtures.path(Fixtures.MIND_CA).path
        // README: begin
        Scorer.open(path).use { scorer ->
            val score = scorer.score("mindca-ss_burglar", "He feared that the officer had come to arrest him.")
            println("level ${score.level}, confidence ${score.confidence}, ${score.decision}")
            for (label in score.labels) {
                println("${label.name} ${label.probability} ${label.awarded}")
            }
        }
        // README: end
        val score = Fixtures.open(Fixtures.MIND_CA).use {
            it.score("mindca-ss_burglar", "He feared that the officer had come to arrest him.")
        }
        val want = "level ${score.level}, confidence ${score.confidence}, ${score.decision}\n" +
            score.labels.joinToString("") { "${it.name} ${it.probability} ${it.awarded}\n" }
        assertEquals(want, written.toString())
        assertTrue(want, want.matches(Regex("level \\d, confidence 0\\.\\d+, (Automatic|Review.*)\n(\\d 0\\.\\d+ (true|false)\n){2,}")))
    }

    @Test
    fun readme_example_is_the_code_of_the_test_above() {
        val test = Fixtures.path("android/sdk/src/test/kotlin/io/github/pupilsdk/ScorerTest.kt").readText()
        val code = test.substringAfter("// README: begin\n").substringBefore("        // README: end").trimIndent()
        for (page in listOf("README.md", "docs/kotlin.md")) {
            val holds = Fixtures.path(page).readText().contains("```kotlin\n$code\n```\n")
            assertTrue("$page: $code", code.lines().size in 6..12 && holds)
        }
    }

    @Test
    fun panic_of_the_engine_is_an_error_and_the_scorer_works_afterwards() {
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            val before = scorer.score("balloons", "warm air expands")
            val panics: List<Pair<String, () -> Unit>> = listOf(
                "inside, JNA" to { scorer.throughJna { it.panicInside() } },
                "outside, JNA" to { scorer.throughJna { it.panicOutside() } },
                "inside, JNI" to { readScore(PanicNatives.inside(), null) },
                "outside, JNI" to { readScore(PanicNatives.outside(), null) },
            )
            val failures = Failures()
            for ((what, panic) in panics) {
                failures.check(what, "internal", outcome(panic).second)
                failures.check(what, before, scorer.score("balloons", "warm air expands"))
            }
            failures.end(panics.size)
        }
    }

    @Test
    fun call_after_close_throws_that_the_scorer_is_closed() {
        val scorer = Fixtures.open("tests/fixtures/golden/mixtures.pupil")
        val pack = Fixtures.path("tests/fixtures/api/pack.pupil")
        val task = scorer.tasks.first { !it.needsReference }.id
        val other = scorer.attach(pack)
        val tasks = scorer.tasks
        scorer.close()
        scorer.close()
        val calls: List<Pair<String, () -> Any?>> = listOf(
            "score" to { scorer.score(task, "warm") },
            "explain" to { scorer.explain(task, "warm") },
            "experts" to { scorer.experts(task, "warm") },
            "scoreBatch" to { scorer.scoreBatch(task, listOf("warm")) },
            "scoreAll" to { runBlocking { scorer.scoreAll(task, listOf("warm")).toList() } },
            "awaitScore" to { runBlocking { scorer.awaitScore(task, "warm") } },
            "awaitExplanation" to { runBlocking { scorer.awaitExplanation(task, "warm") } },
            "about" to { scorer.about() },
            "attach" to { scorer.attach(pack) },
            "detach" to { scorer.detach("any") },
        )
        val failures = Failures()
        for ((what, call) in calls) {
            val error = assertThrows(what, IllegalStateException::class.java) { call() }
            failures.check(what, "this scorer is closed", error.message)
        }
        failures.end(calls.size)
        assertEquals("the tasks stay known", tasks, scorer.tasks)
        assertNotNull("one that shares the model goes on", other.use { it.score(task, "warm") })
    }

    @Test
    fun closing_while_other_threads_score_is_safe() {
        // PUPIL_ROUNDS=1000000 takes some minutes.
        val rounds = System.getenv("PUPIL_ROUNDS")?.toInt() ?: 300
        val model = Fixtures.path(Fixtures.E_LSTM).readBytes()
        val answers = List(40) { "warm air expands" }
        val first = Scorer.fromBytes(model)
        val (want, explanation) = Pair(first.score("balloons", answers[0]), first.explain("balloons", answers[0]))
        val current = AtomicReference(first)
        val wrong = Collections.synchronizedList(mutableListOf<String>())
        val (races, opened, calls, refused) = List(4) { AtomicInteger() }
        val toClose = LinkedBlockingQueue<() -> Boolean>()

        fun race(round: Int) {
            val scorer = Scorer.fromBytes(model)
            current.set(scorer)
            val closed = CountDownLatch(1)
            val close = {
                scorer.close()
                closed.countDown()
                true
            }
            var asked = false
            val scores = scorer.scoreBatch("balloons", answers, threads = 1) { _, _ ->
                if (!asked) {
                    asked = true
                    toClose.put(close)
                    // Mostly, so that the rest of the batch certainly runs after the closing.
                    if (round % 4 > 0) closed.await()
                }
            }
            if (closed.count == 0L) races.incrementAndGet()
            if (scores.any { it != want }) wrong += "round $round: another score in a batch"
            opened.incrementAndGet()
            // The scorer of this thread or of another, which may be closed by now or at any time.
            val shared = current.get()
            try {
                for (call in 0..5) {
                    val same = if (call % 3 == 1) {
                        shared.explain("balloons", answers[0]) == explanation
                    } else {
                        shared.score("balloons", answers[0]) == want
                    }
                    if (!same) wrong += "round $round, call $call: another result"
                    calls.incrementAndGet()
                }
            } catch (error: IllegalStateException) {
                refused.incrementAndGet()
                if (error.message != "this scorer is closed") wrong += "round $round: $error"
            }
            closed.await()
        }

        fun running(count: Int, body: () -> Unit) = List(count) {
            thread {
                try {
                    body()
                } catch (error: Throwable) {
                    wrong += "$error"
                }
            }
        }
        val closers = running(2) { while (toClose.take()()) Unit }
        val users = running(6) {
            var round = 0
            while (races.get() < rounds && wrong.isEmpty()) race(round++)
        }
        users.forEach { it.join() }
        closers.forEach { _ -> toClose.put { false } }
        closers.forEach { it.join() }
        first.close()
        assertEquals(emptyList<String>(), wrong)
        println("$races races of $opened scorers, $calls calls of others beside them, $refused met a closed scorer")
        assertTrue("$races of $opened", races.get() >= rounds)
        assertTrue("$calls calls, $refused met a closed scorer", calls.get() > 0 && refused.get() > 0)
    }

    @Test
    fun texts_of_a_batch_stay_in_memory_while_garbage_is_collected() {
        val answers = Fixtures.many().take(8)
        val wrong = Collections.synchronizedList(mutableListOf<String>())
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            val want = answers.map { scorer.score("balloons", it) }
            val threads = List(2) {
                thread {
                    repeat(3_000) { round ->
                        val scores = outcome { scorer.scoreBatch("balloons", answers, threads = 1) }
                        if (scores.first != want) wrong += "round $round: $scores"
                    }
                }
            }
            while (threads.any { it.isAlive }) System.gc()
        }
        assertEquals(emptyList<String>(), wrong)
    }

    @Test
    fun eight_threads_that_share_a_scorer_get_the_same_bits() {
        val answers = Fixtures.cases.objects("scores").map { it.getJSONObject("answer") }
            .filter { it.getInt("times") == 1 }.map { it.getString("text") }.distinct()
        Fixtures.open(Fixtures.MIND_CA).use { scorer ->
            val task = scorer.tasks.first().id
            val want = answers.map { scorer.score(task, it) }
            val have = Collections.synchronizedList(mutableListOf<List<Score>>())
            val threads = List(8) { thread { repeat(20) { have += answers.map { scorer.score(task, it) } } } }
            threads.forEach { it.join() }
            assertEquals(160, have.size)
            assertEquals("as those of one thread", setOf(want), have.toSet())
        }
    }

    @Test
    fun every_text_is_passed_on_unchanged_or_rejected_with_its_index() {
        val refused = listOf("\ud83d", "\ude00", "warm \ud83d air", "warm \ude00\ud83d", "\ud83d\ud83d\ude00")
        val places = listOf(0, 0, 5, 5, 0)
        val crossing = listOf("", "\u0000", "a\u0000b", "😀 👩‍👩‍👧‍👦", "עברית عربي \u202eabc\u202c", "e\u0301 \ufffd ??", "\u10ffff")
        val failures = Failures()
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            for ((text, place) in refused.zip(places)) {
                val units = text.map { "%04x".format(it.code) }.toString()
                val calls: List<Pair<String, () -> Any?>> = listOf(
                    "answer" to { scorer.score("balloons", text) },
                    "reference" to { scorer.score("balloons", "warm", text) },
                    "name of the task" to { scorer.score(text, "warm") },
                    "answer" to { scorer.explain("balloons", text) },
                    "answer" to { scorer.experts("balloons", text) },
                    "answer 1" to { scorer.scoreBatch("balloons", listOf("warm", text)) },
                )
                for ((what, call) in calls) {
                    val error = assertThrows(units, PupilException.BadInput::class.java) { call() }
                    val want = "${if (what == "answer 1") "" else "the "}$what has a lone surrogate at index $place of ${text.length}"
                    failures.check(units, want, error.message)
                    failures.check(units, if (what == "answer 1") 1 else null, error.answer)
                }
            }
            for (text in crossing) {
                val score = scorer.score("balloons", text)
                failures.check("JNI as JNA: $text", scorer.scoreThroughJna("balloons", text, null), score)
                failures.check("batch: $text", score, scorer.scoreBatch("balloons", listOf("x", text, "y"))[1])
            }
            val long = "warm air ".repeat(116_509)
            val error = assertThrows(PupilException.TooLarge::class.java) { scorer.score("balloons", long) }
            failures.check("a text of 1 MB", "answer has 1048581 bytes, at most 65536 are read", error.message)
        }
        Scorer.open(Fixtures.path(Fixtures.E_LSTM).path, OpenOptions(maxAnswerBytes = 2L shl 20)).use { scorer ->
            val long = "warm" + " ".repeat(1 shl 20) + "air"
            val score = scorer.score("balloons", long)
            failures.check("words of 1 MB", 2, score.words)
            failures.check("1 MB through JNA", scorer.scoreThroughJna("balloons", long, null), score)
        }
        failures.end(refused.size + crossing.size)
    }

    @Test
    fun only_files_of_trusted_publishers_are_opened() {
        val file = Fixtures.path(Fixtures.MIND_CA)
        val key = Fixtures.path("models/publisher.pub").readLines().last()
        val other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
        val signature = File("${file.path}.minisig").readText()
        val about = Fixtures.open(Fixtures.MIND_CA).use { it.about() }
        val trusting = OpenOptions(
            trustedKeys = listOf(other, key), expectedBlake3 = about.blake3, minVersion = about.version,
        )
        Scorer.open(file.path, trusting.copy(mapUnchangingFile = true)).close()
        Scorer.fromBytes(file.readBytes(), trusting.copy(signature = signature)).close()
        Tracker.open(Fixtures.path(Fixtures.PRACTICE).path, OpenOptions(trustedKeys = listOf(key))).close()
        val refused: List<Pair<String, () -> AutoCloseable>> = listOf(
            "without a signature" to { Scorer.fromBytes(file.readBytes(), trusting) },
            "trusted are E7620F1842B4E81F" to { Scorer.open(file.path, OpenOptions(trustedKeys = listOf(other))) },
            "does not belong" to {
                Scorer.open(Fixtures.path(Fixtures.PRACTICE).path, trusting.copy(signature = signature))
            },
            "at least ${about.version + 1}" to { Scorer.open(file.path, OpenOptions(minVersion = about.version + 1)) },
            about.blake3 to { Scorer.open(file.path, OpenOptions(expectedBlake3 = "0".repeat(64))) },
            "trusted are" to {
                Tracker.open(Fixtures.path(Fixtures.PRACTICE).path, OpenOptions(trustedKeys = listOf(other)))
            },
            "no signature" to { Scorer.open(file.path, trusting).use { it.attach(Fixtures.path("tests/fixtures/api/pack.pupil")) } },
        )
        for ((words, open) in refused) {
            val error = assertThrows(PupilException.Untrusted::class.java) { open() }
            assertTrue(error.message, words in error.message.orEmpty())
        }
    }

    @Test
    fun errors_name_the_rule_and_the_numbers_but_no_answer() {
        val secret = "supersecretanswer"
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            val calls: List<Pair<String, () -> Any?>> = listOf(
                "unknown-task" to { scorer.score("no-such-task", secret) },
                "bad-input" to { scorer.score("balloons", secret, secret) },
                "bad-input" to { scorer.score("balloons", "$secret\ud83d") },
                "too-large" to { scorer.score("balloons", secret.repeat(10_000)) },
                "bad-input" to { scorer.scoreBatch("balloons", listOf(secret), listOf()) },
                "bad-input" to { scorer.scoreBatch("balloons", listOf(secret), threads = -1) },
                "bad-input" to { Scorer.open("x", OpenOptions(maxAnswerBytes = -1)) },
                "unknown-task" to { scorer.score(secret, "balloons") },
                "bad-input" to { scorer.score("balloons\ud83d$secret", secret) },
                "bad-input" to { scorer.explain("balloons", secret, secret) },
                "bad-input" to { scorer.explain("balloons", "$secret\ud83d") },
                "too-large" to { scorer.explain("balloons", secret.repeat(10_000)) },
                "bad-input" to { scorer.experts("balloons", secret) },
                "bad-input" to { scorer.scoreBatch("balloons", listOf(secret, "\ud83d$secret")) },
                "too-large" to { scorer.scoreBatch("balloons", listOf(secret, secret.repeat(10_000))) },
                "unknown-task" to { scorer.scoreBatch(secret, listOf(secret)) },
                "unknown-task" to { runBlocking { scorer.scoreAll(secret, listOf(secret)).toList() } },
                "bad-input" to { scorer.scoreThroughJna("balloons", secret, secret) },
                "not-a-model" to { Scorer.fromBytes(secret.toByteArray()) },
                "not-a-model" to { scorer.attach(secret.repeat(9).toByteArray()) },
                "bad-input" to { scorer.detach(secret) },
                "unreadable" to { Scorer.open("/no/such/file") },
            )
            val failures = Failures()
            for ((want, call) in calls) {
                val error = assertThrows(PupilException::class.java) { call() }
                failures.check(error.toString(), want, name(error))
                failures.check(error.toString(), false, error.stackTraceToString().contains(secret))
                failures.check(error.toString(), false, error.message.isNullOrBlank())
            }
            failures.end(calls.size)
        }
    }

    @Test
    fun progress_rises_to_the_end() {
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            for (threads in listOf(1, 4)) {
                val seen = mutableListOf<Int>()
                val scores = scorer.scoreBatch("balloons", Fixtures.many(), threads = threads) { done, total ->
                    assertEquals(400, total)
                    seen += done
                }
                assertEquals(400, scores.size)
                assertEquals("rising", seen.sorted().distinct(), seen)
                assertEquals(400, seen.last())
            }
        }
    }

    @Test
    fun error_of_the_listener_stops_the_batch_and_is_rethrown() {
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            val failures = Failures()
            for (threads in listOf(1, 4)) {
                // Which thread reports after the first error varies, so this is repeated.
                repeat(50) { round ->
                    val thrown = mutableListOf<IllegalArgumentException>()
                    val caught = assertThrows(IllegalArgumentException::class.java) {
                        scorer.scoreBatch("balloons", Fixtures.many(), threads = threads) { done, _ ->
                            if (done >= 100) throw IllegalArgumentException("enough at $done").also { thrown += it }
                        }
                    }
                    failures.check("$threads threads, round $round: errors", 1, thrown.size)
                    failures.check("$threads threads, round $round: the first arrives", true, caught === thrown[0])
                    // One thread reports after each chunk; several threads may finish many chunks while the listener is
                    // busy.
                    val at = caught.message!!.substringAfterLast(' ').toInt()
                    if (threads == 1) failures.check("round $round: stopped at $at", true, at in 100 until 132)
                }
            }
            failures.end(100)
        }
    }

    @Test
    fun flow_ends_with_the_scores_of_the_batch() = runBlocking {
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            val want = scorer.scoreBatch("balloons", Fixtures.many())
            val seen = scorer.scoreAll("balloons", Fixtures.many()).toList()
            assertEquals("rising", seen.map { it.done }.sorted().distinct(), seen.map { it.done })
            assertTrue(seen.dropLast(1).all { it.scores == null })
            assertEquals(Progress(400, 400, want), seen.last())
            assertEquals(listOf(Progress(0, 0, emptyList())), scorer.scoreAll("balloons", emptyList()).toList())
            val error = outcome { runBlocking { scorer.scoreAll("no-such-task", Fixtures.many()).toList() } }.second
            assertEquals("unknown-task", error)
        }
    }

    @Test
    fun cancelling_the_collector_stops_the_batch_and_frees_the_scorer() = runBlocking {
        Fixtures.open(Fixtures.MIND_CA).use { scorer ->
            val task = scorer.tasks.first().id
            val answers = List(200_000) { "He feared that officer number $it had come to arrest him." }
            val want = scorer.score(task, answers[0])
            val first = scorer.scoreAll(task, answers, threads = 1).first()
            assertTrue("${first.done} answers done", first.done < 100_000)
            val seen = CountDownLatch(1)
            var last = 0
            val job = launch(Dispatchers.Default) {
                scorer.scoreAll(task, answers, threads = 1).collect { progress ->
                    last = progress.done
                    seen.countDown()
                }
            }
            seen.await()
            job.cancelAndJoin()
            assertTrue(job.isCancelled)
            assertTrue("$last answers done", last < 100_000)
            assertEquals(want, scorer.score(task, answers[0]))
        }
    }

    @Test
    fun cancellation_stops_before_the_next_answer() {
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            io.github.pupilsdk.engine.Cancellation().use { cancellation ->
                var last = 0
                val error = assertThrows(PupilException.Cancelled::class.java) {
                    scorer.batch("balloons", Fixtures.many(), null, 1, { done, _ -> last = done; cancellation.cancel() }, cancellation)
                }
                assertEquals("cancelled after $last of 400 answers", error.message)
                assertTrue("$last", last in 1..32)
            }
        }
    }

    @Test
    fun suspending_calls_give_the_same_results_as_blocking_calls() = runBlocking {
        Scorer.awaitOpen(Fixtures.path(Fixtures.MIND_CA).path).use { scorer ->
            val task = scorer.tasks.first().id
            val answer = "He feared that the officer had come to arrest him."
            val want = scorer.score(task, answer)
            val have = List(64) { async { scorer.awaitScore(task, answer) } }.awaitAll()
            assertEquals(setOf(want), have.toSet())
            assertEquals(scorer.explain(task, answer), scorer.awaitExplanation(task, answer))
        }
    }

    @Test
    fun task_pack_is_attached_scored_and_detached() {
        Fixtures.open("tests/fixtures/golden/mixtures.pupil").use { base ->
            val file = Fixtures.path("tests/fixtures/api/pack.pupil")
            for (attach in listOf<() -> Scorer>({ base.attach(file) }, { base.attach(file.readBytes()) })) {
                attach().use { attached ->
                    val added = attached.tasks.map { it.id } - base.tasks.map { it.id }.toSet()
                    assertTrue("$added", added.isNotEmpty())
                    val task = attached.tasks.first { it.id == added.first() }
                    val reference = if (task.needsReference) "Warm air expands." else null
                    assertNotNull(attached.score(task.id, "warm air expands", reference))
                    assertEquals("unknown-task", outcome { base.score(task.id, "warm air expands", reference) }.second)
                    val pack = attached.about().packs.single()
                    attached.detach(pack).use { detached ->
                        assertEquals(base.tasks, detached.tasks)
                        assertEquals("unknown-task", outcome { detached.score(task.id, "warm", reference) }.second)
                    }
                }
            }
        }
    }

    @Test
    fun metadata_of_a_model() {
        Fixtures.open(Fixtures.MIND_CA).use { scorer ->
            val about = scorer.about()
            assertEquals(Fixtures.path(Fixtures.MIND_CA).length(), about.fileBytes)
            assertTrue(about.blake3, about.blake3.matches(Regex("[0-9a-f]{64}")))
            assertEquals(emptyList<String>(), about.packs)
            assertTrue(about.variants.isNotEmpty())
            val task = scorer.tasks.first { it.id == "mindca-ss_burglar" }
            assertNull(task.prompt?.takeIf { it.isBlank() })
            assertEquals(false, task.needsReference)
            assertEquals(listOf(0, 1, 2), task.points)
            assertEquals(listOf("0", "1", "2"), task.labels.map { it.name })
            assertTrue(task.labels.none { it.unseen })
        }
        Fixtures.open(Fixtures.SCIENCE).use { assertNull(it.tasks.first().points) }
    }

    @Test
    fun numbers_of_decisions_have_the_reasons_of_the_engine() {
        val reasons = listOf(
            "TOO_SHORT", "OTHER_LANGUAGE", "GIBBERISH", "UNKNOWN_WORDS", "REPETITION", "COPIED_QUESTION",
            "NEAR_REFERENCE", "OFF_TOPIC", "WORD_LIST", "TRUNCATED", "UNSEEN_LABEL", "LOW_CONFIDENCE", "NO_PROMISE",
            "AUDIT",
        )
        assertEquals(Decision.Automatic, decision(0))
        reasons.forEachIndexed { place, name -> assertEquals(Decision.Review(ReviewReason.valueOf(name)), decision(place + 1)) }
        // 255 is passed as a signed byte. An unknown number must not appear as another reason.
        for (code in listOf(-1, 255, 15, 77)) assertEquals(Decision.Review(ReviewReason.OTHER), decision(code))
        Fixtures.open(Fixtures.E_LSTM).use { scorer ->
            val score = scorer.score("balloons", "warm warm warm warm warm warm")
            assertEquals(true, score.repetitive)
            assertEquals(Decision.Review(ReviewReason.REPETITION), score.decision)
            assertEquals(score, scorer.scoreThroughJna("balloons", "warm warm warm warm warm warm", null))
            assertEquals(score, scorer.scoreBatch("balloons", listOf("warm warm warm warm warm warm")).single())
        }
    }
}
