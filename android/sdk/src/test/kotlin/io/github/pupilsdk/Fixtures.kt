package io.github.pupilsdk

import io.github.pupilsdk.engine.Engine
import org.json.JSONArray
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.fail
import java.io.File

/** Support for the tests: the files of the repository, and the cases that all languages share. */
object Fixtures {
    const val E_LSTM: String = "tests/fixtures/golden/e_lstm.pupil"
    const val MIND_CA: String = "models/mind-ca/mind-ca.pupil"
    const val SCIENCE: String = "models/science/science.pupil"
    const val KNOWLEDGE: String = "tests/fixtures/golden/knowledge.pupil"
    const val PRACTICE: String = "models/practice/practice.pupil"

    val root: File = File(checkNotNull(System.getProperty("pupil.root")) { "run the tests by `cargo xtask kotlin`" })

    val cases: JSONObject by lazy { JSONObject(path("tests/fixtures/api/cases.json").readText()) }

    fun path(name: String): File = root.resolve(name)

    fun open(model: String, pack: String? = null): Scorer {
        val scorer = Scorer.open(path(model).path)
        return if (pack == null) scorer else scorer.use { it.attach(path(pack)) }
    }

    /** A few hundred short answers. */
    fun many(): List<String> = List(400) { "warm air $it needs more room" }
}

/** Runs a call of the generated code, with the public errors. */
internal fun <T> Scorer.throughJna(call: (Engine) -> T): T = translated { call(engine) }

/** Like [Scorer.score], through the generated code. */
internal fun Scorer.scoreThroughJna(task: String, answer: String, reference: String?): Score =
    throughJna { it.score(task, answer, reference) }.published()

fun JSONObject.objects(name: String): List<JSONObject> = getJSONArray(name).let { all -> List(all.length()) { all.getJSONObject(it) } }

fun JSONObject.text(name: String): String? = if (isNull(name)) null else getString(name)

fun JSONArray.texts(): List<String> = List(length()) { getString(it) }

fun hex(bytes: ByteArray): String = bytes.joinToString("") { "%02x".format(it) }

fun unhex(text: String): ByteArray = ByteArray(text.length / 2) { text.substring(2 * it, 2 * it + 2).toInt(16).toByte() }

fun bits(value: Float): String = "%08x".format(value.toRawBits())

/** The name of an error in the cases. */
fun name(error: PupilException): String = when (error) {
    is PupilException.Unreadable -> "unreadable"
    is PupilException.NotAModel -> "not-a-model"
    is PupilException.Damaged -> "damaged"
    is PupilException.Unsupported -> "unsupported"
    is PupilException.TooLarge -> "too-large"
    is PupilException.Untrusted -> "untrusted"
    is PupilException.WrongBase -> "wrong-base"
    is PupilException.UnknownTask -> "unknown-task"
    is PupilException.BadInput -> "bad-input"
    is PupilException.Cancelled -> "cancelled"
    is PupilException.Internal -> "internal"
}

/** The result of a call, or the name of its error. */
fun <T> outcome(call: () -> T): Pair<T?, String?> = try {
    Pair(call(), null)
} catch (error: PupilException) {
    Pair(null, name(error))
}

/** Collects every failing case of a table, and fails once at its end. */
class Failures {
    private val lines = mutableListOf<String>()
    private var seen = 0

    fun check(case: String, want: Any?, have: Any?) {
        seen += 1
        if (want != have) lines += "$case\n   want $want\n   have $have"
    }

    fun end(cases: Int) {
        if (lines.isNotEmpty()) fail("${lines.size} of $seen comparisons failed:\n" + lines.joinToString("\n"))
        assertEquals("every case makes a comparison", true, cases in 1..seen)
    }
}
