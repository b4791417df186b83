package io.github.pupilsdk

import org.json.JSONObject
import org.junit.AfterClass
import org.junit.Test

/** Runs the shared cases of all languages: the same results, bit for bit, and the same errors. */
class CasesTest {
    private fun scorer(case: JSONObject): Scorer {
        val key = Pair(case.getString("model"), case.text("pack"))
        return scorers.getOrPut(key) { Fixtures.open(key.first, key.second) }
    }

    private fun answer(case: JSONObject): String =
        case.getJSONObject("answer").let { it.getString("text").repeat(it.getInt("times")) }

    private fun told(case: JSONObject): String =
        "${case.getString("model")} ${case.getString("task")} ${case.getJSONObject("answer")} ${case.text("reference")}"

    /** A score in the format of the cases. */
    private fun seen(score: Score): Map<String, Any?> = mapOf(
        "labels" to score.labels.map { it.name },
        "probability_bits" to score.labels.map { bits(it.probability) },
        "awarded" to score.labels.map { it.awarded },
        "level" to score.level,
        "expected_bits" to score.expected?.let(::bits),
        "confidence_bits" to bits(score.confidence),
        "decision" to when (val decision = score.decision) {
            is Decision.Automatic -> "automatic"
            is Decision.Review -> decision.reason.name.lowercase().replace('_', '-')
        },
        *score.guarantee?.let { arrayOf("promised_bits" to bits(it.maxError)) }.orEmpty(),
        "words" to score.words,
        "unknown_words" to score.unknownWords,
        "tokens" to score.tokens,
        "truncated" to score.truncated,
        "repetitive" to score.repetitive,
    )

    private fun wanted(fields: JSONObject): Map<String, Any?> =
        fields.keys().asSequence().associateWith { plain(fields.get(it)) }

    private fun plain(value: Any): Any? = when (value) {
        is org.json.JSONArray -> List(value.length()) { plain(value.get(it)) }
        is JSONObject -> wanted(value)
        JSONObject.NULL -> null
        else -> value
    }

    @Test
    fun files_open_or_are_rejected_as_the_cases_say() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("opens")
        for (case in cases) {
            val model = case.getString("model")
            val (tasks, error) = outcome {
                val scorer = if (case.has("first_bytes")) {
                    Scorer.fromBytes(Fixtures.path(model).readBytes().copyOf(case.getInt("first_bytes")))
                } else {
                    Fixtures.open(model, case.text("pack"))
                }
                scorer.use { opened -> opened.tasks }
            }
            failures.check(case.toString(), case.optJSONArray("tasks")?.texts(), tasks?.map { it.id })
            val members = case.optJSONArray("members")?.let { all ->
                List(all.length()) { task ->
                    val listed = all.getJSONArray(task)
                    List(listed.length()) { listed.getJSONObject(it) }.map { it.getString("family") to it.getString("weight_bits") }
                }
            }
            val have = tasks?.map { task -> task.members.map { it.family to bits(it.weight) } }
            failures.check(case.toString(), members, have)
            val promised = case.optJSONArray("guarantees")
            for ((place, task) in tasks.orEmpty().withIndex()) {
                val want = promised?.optJSONObject(place)
                val fields = task.guarantee?.let {
                    listOf(
                        bits(it.maxError), bits(it.confidence), it.adjacent, it.answers, it.automatic, it.wrong,
                        bits(it.bound), it.tasks, it.needed,
                    )
                }
                val wanted = want?.let {
                    listOf(
                        it.getString("max_error_bits"), it.getString("confidence_bits"), it.getBoolean("adjacent"),
                        it.getInt("answers"), it.getInt("automatic"), it.getInt("wrong"), it.getString("bound_bits"),
                        it.getInt("tasks"), if (it.has("needed")) it.getInt("needed") else null,
                    )
                }
                failures.check("$case, ${task.id}", wanted, fields)
            }
            failures.check(case.toString(), case.text("error"), error)
        }
        failures.end(cases.size)
    }

    @Test
    fun scores_have_the_bits_of_the_cases_through_jni() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("scores")
        for (case in cases) {
            val (score, error) = outcome {
                scorer(case).score(case.getString("task"), answer(case), case.text("reference"))
            }
            failures.check(told(case), case.optJSONObject("score")?.let(::wanted), score?.let(::seen))
            failures.check(told(case), case.text("error"), error)
        }
        failures.end(cases.size)
    }

    @Test
    fun scores_have_the_bits_of_the_cases_through_jna() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("scores")
        for (case in cases) {
            val (score, error) = outcome {
                scorer(case).scoreThroughJna(case.getString("task"), answer(case), case.text("reference"))
            }
            failures.check(told(case), case.optJSONObject("score")?.let(::wanted), score?.let(::seen))
            failures.check(told(case), case.text("error"), error)
        }
        failures.end(cases.size)
    }

    @Test
    fun monitors_find_what_the_cases_say_also_after_a_pause() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("monitors")
        for (case in cases) {
            val scorer = Fixtures.open(case.getString("model"), null)
            val (changes, error) = outcome {
                var monitor = Monitor(scorer)
                for (added in case.objects("added")) {
                    val state = monitor.state()
                    monitor.close()
                    monitor = Monitor(scorer, state)
                    val task = added.getString("task")
                    val score = scorer.score(task, added.getString("answer"), added.text("reference"))
                    repeat(added.getInt("times")) { monitor.add(task, score) }
                }
                failures.check(case.getString("model"), "bad-input", outcome { Monitor(scorer, ByteArray(3)) }.second)
                monitor.use { watching ->
                    watching.changes.map {
                        val what = it.what.name.lowercase().replace('_', '-')
                        listOf(it.task, what, it.above?.let(::bits), bits(it.calibrated), bits(it.now), it.since.toInt())
                    }
                }
            }
            val wanted = case.objects("changes").map {
                listOf(
                    it.text("task"), it.getString("what"), it.text("above_bits"), it.getString("calibrated_bits"),
                    it.getString("now_bits"), it.getInt("since"),
                )
            }
            failures.check(case.getString("model"), wanted, changes.orEmpty())
            failures.check(case.getString("model"), case.text("error"), error)
        }
        failures.end(cases.size)
    }

    @Test
    fun trackers_give_what_the_cases_say() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("trackers")
        for (case in cases) {
            val model = case.getString("model")
            val (opened, error) = outcome {
                if (case.has("first_bytes")) {
                    Tracker.fromBytes(Fixtures.path(model).readBytes().copyOf(case.getInt("first_bytes")))
                } else {
                    Tracker.open(Fixtures.path(model).path)
                }
            }
            failures.check(model, case.text("error"), error)
            var tracker = opened ?: continue
            val questions = tracker.questions.map {
                Triple(it.id, it.skills, it.difficulty?.let(::bits))
            }
            val wanted = case.objects("questions").map {
                Triple(it.getString("id"), it.getJSONArray("skills").texts(), it.text("difficulty_bits"))
            }
            failures.check(model, wanted, questions)
            for ((place, step) in case.objects("steps").withIndex()) {
                val call = step.getString("call")
                val (result, refused) = outcome {
                    if (call == "for_new_student") {
                        tracker = tracker.use { it.forNewStudent() }
                        emptyMap()
                    } else {
                        given(tracker, step)
                    }
                }
                val have = result ?: mapOf("error" to refused)
                failures.check("$model, step $place $call", wanted(step.getJSONObject("result")), have)
            }
            tracker.close()
        }
        failures.end(cases.size)
    }

    /** What a call of a tracker gives, in the format of the cases. */
    private fun given(tracker: Tracker, step: JSONObject): Map<String, Any?> = when (val call = step.getString("call")) {
        "answers" -> mapOf("answers" to tracker.answers)
        "observe" -> {
            tracker.observe(step.text("question"), step.getBoolean("correct"))
            emptyMap()
        }
        "observe_score" -> {
            val scored = step.getJSONObject("score")
            val score = scorer(scored).score(scored.getString("task"), answer(scored))
            val mark = step.text("label")?.let(PassMark::Label) ?: PassMark.Level(step.getInt("level"))
            mapOf("right" to tracker.observeScore(step.getString("question"), score, mark))
        }
        "predict" -> mapOf("bits" to listOf(bits(tracker.predict(step.text("question")))))
        "predict_all" -> mapOf("bits" to tracker.predictAll().map(::bits))
        "mastery" -> mapOf(
            "mastery" to tracker.mastery().map {
                mapOf("skill" to it.skill, "name" to it.name, "bits" to bits(it.probability), "answers" to it.answers)
            },
        )
        "recommend" -> {
            val count = step.getInt("count")
            val range = step.optJSONArray("range_bits")?.texts()?.map { Float.fromBits(it.toUInt(16).toInt()) }
            val chosen = when {
                step.getBoolean("by_gain") -> tracker.recommend(count, Policy.ExpectedGain)
                range == null -> tracker.recommend(count)
                else -> tracker.recommend(count, Policy.TargetProbability(range[0], range[1]))
            }
            mapOf(
                "recommended" to chosen.map {
                    val gain = it.gain?.let { gain -> mapOf("gain_bits" to bits(gain)) }.orEmpty()
                    mapOf("question" to it.question, "bits" to bits(it.probability)) + gain
                },
            )
        }
        "simulate" -> {
            val questions = step.getJSONArray("questions").texts()
            val repeated = List(step.getInt("times")) { questions }.flatten()
            val drawn = tracker.simulate(repeated, step.getString("seed").toULong().toLong())
            mapOf("drawn" to drawn.map { mapOf("bits" to bits(it.probability), "correct" to it.correct) })
        }
        "snapshot" -> mapOf("snapshot" to hex(tracker.snapshot()))
        "restore" -> {
            val text = step.getJSONObject("snapshot").let { it.getString("text").repeat(it.getInt("times")) }
            tracker.restore(unhex(text))
            emptyMap()
        }
        else -> error("there is no call $call")
    }

    @Test
    fun explanations_have_the_bits_and_the_words_of_the_cases() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("explanations")
        for (case in cases) {
            val answer = answer(case)
            val (explanation, error) = outcome {
                scorer(case).explain(case.getString("task"), answer, case.text("reference"))
            }
            val have = explanation?.words?.map { word ->
                val range = listOf(word.range.first, word.range.last + 1)
                listOf(answer.substring(word.range), range, word.labels.map(::bits), word.expected?.let(::bits))
            }
            val want = case.objects("words").map { word ->
                val utf16 = word.getJSONArray("utf16").let { listOf(it.getInt(0), it.getInt(1)) }
                listOf(word.getString("text"), utf16, word.getJSONArray("label_bits").texts(), word.text("expected_bits"))
            }
            failures.check(told(case), want, have)
            failures.check(told(case), null, error)
            val score = outcome { scorer(case).score(case.getString("task"), answer, case.text("reference")) }.first
            failures.check(told(case), score, explanation?.score)
        }
        failures.end(cases.size)
    }

    @Test
    fun experts_have_the_bits_of_the_cases() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("experts")
        for (case in cases) {
            val (used, error) = outcome {
                scorer(case).experts(case.getString("task"), answer(case), case.text("reference"))
            }
            val weights = case.getJSONArray("weight_bits").let { all -> List(all.length()) { all.getJSONArray(it).texts() } }
            val blocks = used?.blocks.orEmpty()
            failures.check(told(case), weights, blocks.map { block -> block.weights.map(::bits) })
            val members = case.getJSONArray("members").let { all -> List(all.length()) { all.getInt(it) } }
            failures.check(told(case), members, blocks.map { it.member })
            failures.check(told(case), case.text("error"), error)
        }
        failures.end(cases.size)
    }

    @Test
    fun batches_have_the_bits_of_the_cases_on_any_number_of_threads() {
        val failures = Failures()
        val cases = Fixtures.cases.objects("batches")
        for (case in cases) {
            val answers = case.getJSONArray("answers").texts()
            val references = case.optJSONArray("references")?.texts()
            val task = case.getString("task")
            val want = case.getJSONArray("probability_bits").let { all -> List(all.length()) { all.getJSONArray(it).texts() } }
            for (threads in listOf(0, 1, 3)) {
                val told = "${case.getString("model")} $task, ${answers.size} answers, $threads threads"
                var place: Int? = null
                val (scores, error) = outcome {
                    try {
                        scorer(case).scoreBatch(task, answers, references, threads)
                    } catch (error: PupilException.TooLarge) {
                        place = error.answer
                        throw error
                    }
                }
                failures.check(told, want, scores.orEmpty().map { score -> score.labels.map { bits(it.probability) } })
                failures.check(told, case.text("error"), error)
                failures.check(told, if (case.has("error_answer")) case.getInt("error_answer") else null, place)
                if (scores != null) {
                    val single = answers.mapIndexed { at, answer -> scorer(case).score(task, answer, references?.get(at)) }
                    failures.check("$told, one by one", single, scores)
                }
            }
        }
        failures.end(cases.size)
    }

    companion object {
        /** Scorers by model and pack, each opened once. */
        private val scorers = HashMap<Pair<String, String?>, Scorer>()

        @AfterClass
        @JvmStatic
        fun close(): Unit = scorers.values.forEach { it.close() }
    }
}
