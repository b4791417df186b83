package io.github.pupilsdk

import org.junit.Test
import kotlin.math.max

/**
 * Measures one warm `score` call from Kotlin; `bindings/examples/call_time.rs` measures the same calls in Rust:
 * `cargo xtask kotlin --bench`. Because of its name, it does not run as a test.
 */
class CallTime {
    private class Case(val name: String, val model: String, val task: String, val answer: String)

    @Test
    fun print_the_time_of_a_call_by_both_routes() {
        println("%-28s %-10s %12s %12s".format("model", "route", "median us", "least us"))
        for (case in CASES) {
            Fixtures.open(case.model).use { scorer ->
                val engine = scorer.engine
                print(case, "jni") { scorer.score(case.task, case.answer).confidence }
                print(case, "jna") { engine.score(case.task, case.answer, null).confidence }
            }
        }
    }

    /** Measures rounds of calls, each short enough to fit between two interruptions by other programs. */
    private fun print(case: Case, route: String, call: () -> Float) {
        var sum = 0f
        val warm = System.nanoTime() + WARM_NS
        while (System.nanoTime() < warm) sum += call()
        val calls = max(1, (ROUND_NS / max(1L, time(20) { sum += call() })).toInt())
        val times = List(ROUNDS) { time(calls) { sum += call() } }.sorted()
        check(!sum.isNaN())
        println("%-28s %-10s %12.3f %12.3f".format(case.name, route, times[ROUNDS / 2] / 1e3, times[0] / 1e3))
    }

    private inline fun time(calls: Int, call: () -> Unit): Long {
        val started = System.nanoTime()
        repeat(calls) { call() }
        return (System.nanoTime() - started) / calls
    }

    private companion object {
        const val WARM_NS = 3_000_000_000L
        const val ROUND_NS = 500_000L
        const val ROUNDS = 2_001

        val CASES = listOf(
            Case(
                "mind-ca",
                Fixtures.MIND_CA,
                "mindca-ss_burglar",
                "He feared that the officer behind him had come to arrest him for the theft.",
            ),
            Case(
                "fixture e_lstm",
                Fixtures.E_LSTM,
                "balloons",
                "The balloon expands because the warm air inside it needs much more room than before.",
            ),
        )
    }
}
