package io.github.pupilsdk.sample

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.view.Gravity
import android.view.View
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.view.inputmethod.EditorInfo
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import io.github.pupilsdk.PupilException
import io.github.pupilsdk.Scorer
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors

/** One screen for a tablet: pick a question, write an answer, see the score and the words that decided it. */
class SampleActivity : Activity() {
    /** A single thread opens the model and scores, so the screen never blocks. */
    private val background: ExecutorService = Executors.newSingleThreadExecutor()
    private val screen = Handler(Looper.getMainLooper())

    /** Only the background thread uses and closes it. */
    private var scorer: Scorer? = null

    private lateinit var topic: TextView
    private lateinit var prompt: TextView
    private lateinit var note: TextView
    private lateinit var credits: TextView

    /** Views for tests. */
    lateinit var questions: List<TextView>
        private set
    lateinit var answer: EditText
        private set
    lateinit var scoreButton: Button
        private set
    lateinit var result: ResultView
        private set
    lateinit var practiceButton: Button
        private set

    private var chosen: Question = QUESTIONS.first()

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(page(sidebar(), 264, content()))
        choose(state?.getInt(CHOSEN) ?: 0)
        state?.getString(WRITTEN)?.let { answer.append(it) }
        background.execute {
            try {
                val opened = Scorer.fromAsset(this, MODEL, TRUSTING)
                scorer = opened
                val about = opened.about()
                val line = "${about.name} (${about.licence}), on this device only. " + about.attribution.joinToString(" ")
                screen.post { credits.text = line }
            } catch (error: PupilException) {
                screen.post { tell("The model cannot be opened: ${error.message}") }
            }
        }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putInt(CHOSEN, QUESTIONS.indexOf(chosen))
        state.putString(WRITTEN, answer.text.toString())
    }

    override fun onDestroy() {
        super.onDestroy()
        screen.removeCallbacksAndMessages(null)
        background.execute { scorer?.close() }
        background.shutdown()
    }

    private fun choose(place: Int) {
        chosen = QUESTIONS[place]
        questions.forEachIndexed { at, view ->
            view.isSelected = at == place
            view.background = if (at == place) Palette.rounded(this, Palette.accentSoft, 10) else null
            view.setTextColor(if (at == place) Palette.accent else Palette.text)
        }
        topic.text = chosen.topic.uppercase()
        prompt.text = chosen.text
        answer.text.clear()
        tell("The answer is compared with a reference answer, without a network.")
    }

    private fun score() {
        val question = chosen
        val text = answer.text.toString()
        scoreButton.isEnabled = false
        background.execute {
            val outcome = runCatching {
                checkNotNull(scorer) { "the model is not open" }.explain(TASK, text, question.reference)
            }
            screen.post {
                scoreButton.isEnabled = true
                // The user may have chosen another question meanwhile.
                if (question === chosen) {
                    outcome.onSuccess { explanation ->
                        result.show(text, explanation)
                        result.visibility = View.VISIBLE
                        note.visibility = View.GONE
                    }.onFailure { tell("The answer cannot be scored: ${it.message}") }
                }
            }
        }
    }

    private fun tell(text: String) {
        note.text = text
        note.visibility = View.VISIBLE
        result.visibility = View.GONE
    }

    private fun sidebar(): View {
        val list = column()
        questions = QUESTIONS.mapIndexed { place, question ->
            text(16f, Palette.text).apply {
                text = question.topic
                minHeight = dp(48)
                gravity = Gravity.CENTER_VERTICAL
                setPadding(dp(14), 0, dp(14), 0)
                setOnClickListener { choose(place) }
            }.also { list.add(it, above = if (place == 0) 0 else 2) }
        }
        val bar = card().apply { setPadding(dp(14), dp(20), dp(14), dp(14)) }
        val title = text(20f, Palette.text, bold = true).apply {
            text = "Questions"
            setPadding(dp(14), 0, 0, 0)
        }
        bar.add(title)
        bar.add(ScrollView(this).apply { addView(list) }, above = 10, height = 0, weight = 1f)
        practiceButton = button("Practice arithmetic", isMain = false) {
            startActivity(Intent(this, PracticeActivity::class.java))
        }
        bar.add(practiceButton, above = 10)
        return bar
    }

    private fun content(): View {
        val content = column()
        val question = card()
        topic = text(13f, Palette.accent, bold = true).apply { letterSpacing = 0.08f }
        prompt = text(22f, Palette.text, bold = true)
        answer = EditText(this).apply {
            hint = "Write your answer"
            textSize = 18f
            setTextColor(Palette.text)
            setHintTextColor(Palette.secondary)
            gravity = Gravity.TOP
            minLines = 3
            maxLines = 5
            inputType = EditorInfo.TYPE_CLASS_TEXT or EditorInfo.TYPE_TEXT_FLAG_MULTI_LINE or EditorInfo.TYPE_TEXT_FLAG_CAP_SENTENCES
            background = Palette.rounded(context, Palette.card, 12, Palette.line)
            setPadding(dp(16), dp(14), dp(16), dp(14))
        }
        scoreButton = button("Score the answer", isMain = true) { score() }
        question.add(topic)
        question.add(prompt, above = 6)
        question.add(answer, above = 16)
        question.addView(
            scoreButton,
            LinearLayout.LayoutParams(WRAP_CONTENT, dp(48)).apply {
                topMargin = dp(16)
                gravity = Gravity.END
            },
        )
        val outcome = card()
        note = text(16f, Palette.secondary)
        result = ResultView(this)
        outcome.add(note)
        outcome.add(result)
        credits = text(12f, Palette.secondary)
        content.add(question)
        content.add(outcome, above = 20)
        content.add(View(this), height = 0, weight = 1f)
        content.add(credits, above = 12)
        return ScrollView(this).apply {
            isFillViewport = true
            addView(content)
        }
    }

    private companion object {
        const val MODEL = "science.pupil"
        const val TASK = "science"
        const val CHOSEN = "chosen"
        const val WRITTEN = "written"
    }
}
