package io.github.pupilsdk.sample

import android.app.Activity
import android.content.res.ColorStateList
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
import android.widget.RadioButton
import android.widget.RadioGroup
import android.widget.ScrollView
import android.widget.TextView
import io.github.pupilsdk.Mastery
import io.github.pupilsdk.Policy
import io.github.pupilsdk.Recommendation
import java.util.Locale
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors

/** One screen for a tablet: answer the question that suits best, see how well each topic is known. */
class PracticeActivity : Activity() {
    /** A single thread opens the model, asks it and writes the state, so the screen never blocks. */
    private val background: ExecutorService = Executors.newSingleThreadExecutor()
    private val screen = Handler(Looper.getMainLooper())

    /** Only the background thread uses and closes it. */
    private var practice: Practice? = null

    private lateinit var topic: TextView
    private lateinit var why: TextView
    private lateinit var count: TextView

    /** Views for tests. */
    lateinit var prompt: TextView
        private set
    lateinit var answer: EditText
        private set
    lateinit var checkButton: Button
        private set
    lateinit var feedback: TextView
        private set
    lateinit var mastery: MasteryView
        private set
    lateinit var policies: RadioGroup
        private set
    lateinit var startAgainButton: Button
        private set
    lateinit var backButton: Button
        private set

    /** What is asked; null until the model is open, and after the last question. */
    private var asked: Asked? = null

    /** Whether the answer was checked, so that the button goes on. */
    private var isChecked = false

    /** A question, with what the screen shows of it. */
    private class Asked(val question: String, val topic: String, val exercise: Exercise, val why: String)

    /** What the practice says after a change. */
    private class State(val answers: Int, val mastery: List<Mastery>, val next: Asked?)

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(page(sidebar(), 400, content()))
        state?.getString(WRITTEN)?.let { answer.append(it) }
        background.execute {
            update {
                val opened = Practice(this)
                practice = opened
                if (opened.beginsAgain) say(BEGINS_AGAIN, Palette.unsure)
                opened
            }
        }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(WRITTEN, if (isChecked) "" else answer.text.toString())
    }

    override fun onDestroy() {
        super.onDestroy()
        screen.removeCallbacksAndMessages(null)
        background.execute { practice?.close() }
        background.shutdown()
    }

    /** Runs a change on the background thread and shows what follows, or why it failed. */
    private fun update(ask: Boolean = true, change: () -> Practice) {
        val policy = if (policies.checkedRadioButtonId == BY_GAIN) Policy.ExpectedGain else Policy.TargetProbability()
        val outcome = runCatching {
            val practice = change()
            val next = if (ask) practice.next(policy)?.let { asked(it, practice.mastery(), policy) } else null
            State(practice.answers, practice.mastery(), next)
        }
        screen.post {
            outcome.onSuccess { show(it, ask) }.onFailure { say("This does not work: ${it.message}", Palette.bad) }
        }
    }

    private fun opened() = checkNotNull(practice) { "the course is not open" }

    private fun asked(next: Recommendation, skills: List<Mastery>, policy: Policy): Asked? {
        val exercise = Exercise.of(next.question) ?: return null
        val skill = skills.first { it.skill == next.question.substringBeforeLast('-') }
        val tenths = Math.round(10 * next.probability)
        val why = when (policy) {
            is Policy.TargetProbability ->
                "Chosen because you will probably get it right, but not surely: about $tenths times in 10."
            Policy.ExpectedGain ->
                "Chosen because you will probably gain most from it. You will get it right about $tenths times in 10."
        }
        return Asked(next.question, skill.name, exercise, why)
    }

    private fun show(state: State, ask: Boolean) {
        count.text = when (state.answers) {
            0 -> "No answers yet"
            1 -> "1 answer, kept on this tablet only"
            else -> String.format(Locale.ROOT, "%d answers, kept on this tablet only", state.answers)
        }
        mastery.show(state.mastery)
        if (ask) ask(state.next)
        checkButton.isEnabled = asked != null
        startAgainButton.isEnabled = true
        for (place in 0 until policies.childCount) policies.getChildAt(place).isEnabled = true
    }

    private fun ask(next: Asked?) {
        if (asked != null && asked?.question != next?.question) answer.text.clear()
        asked = next
        isChecked = false
        topic.text = (next?.topic ?: "Practice").uppercase()
        prompt.text = next?.exercise?.text ?: "You have answered every question of the course."
        why.text = next?.why.orEmpty()
        answer.isEnabled = next != null
        checkButton.text = CHECK
    }

    /** Checks the answer, or goes on to the next question. */
    private fun goOn() {
        val asked = asked ?: return
        val written = answer.text.toString()
        if (!isChecked && written.isBlank()) return say("Write an answer first.", Palette.unsure)
        checkButton.isEnabled = false
        if (isChecked) {
            say("", Palette.text)
            background.execute { update { opened() } }
        } else {
            val correct = asked.exercise.accepts(written)
            isChecked = true
            answer.isEnabled = false
            checkButton.text = NEXT
            if (correct) {
                say("Right.", Palette.good)
            } else {
                say("Not right. The answer is ${asked.exercise.answer}.", Palette.bad)
            }
            background.execute { update(ask = false) { opened().also { it.answered(asked.question, correct) } } }
        }
    }

    private fun startAgain() {
        startAgainButton.isEnabled = false
        checkButton.isEnabled = false
        answer.text.clear()
        say("", Palette.text)
        background.execute { update { opened().also { it.startAgain() } } }
    }

    private fun say(text: String, color: Int) {
        screen.post {
            feedback.text = text
            feedback.setTextColor(color)
        }
    }

    private fun sidebar(): View {
        val bar = card()
        val title = text(20f, Palette.text, bold = true).apply { text = "What you know" }
        count = text(14f, Palette.secondary).apply { text = "Opening the course" }
        mastery = MasteryView(this)
        val legend = text(12f, Palette.secondary).apply {
            text = LEGEND
        }
        startAgainButton = button("Forget all answers", isMain = false) { startAgain() }
        startAgainButton.isEnabled = false
        bar.add(title)
        bar.add(count, above = 2)
        bar.add(ScrollView(this).apply { addView(mastery) }, above = 12, height = 0, weight = 1f)
        bar.add(legend, above = 10)
        bar.add(startAgainButton, above = 10)
        return bar
    }

    private fun content(): View {
        val content = column()
        val question = card()
        topic = text(13f, Palette.accent, bold = true).apply { letterSpacing = 0.08f }
        prompt = text(30f, Palette.text, bold = true)
        answer = EditText(this).apply {
            hint = "Your answer, such as 12, 0.5 or 3/4"
            textSize = 20f
            setTextColor(Palette.text)
            setHintTextColor(Palette.secondary)
            setSingleLine()
            inputType = EditorInfo.TYPE_CLASS_TEXT or EditorInfo.TYPE_TEXT_FLAG_NO_SUGGESTIONS
            imeOptions = EditorInfo.IME_ACTION_DONE
            minHeight = dp(56)
            background = Palette.rounded(context, Palette.card, 12, Palette.line)
            setPadding(dp(16), 0, dp(16), 0)
            setOnEditorActionListener { _, action, _ ->
                val isDone = action == EditorInfo.IME_ACTION_DONE
                if (isDone && checkButton.isEnabled) goOn()
                isDone
            }
        }
        checkButton = button(CHECK, isMain = true) { goOn() }.apply { isEnabled = false }
        feedback = text(18f, Palette.text, bold = true).apply {
            // A screen reader says it without being asked.
            accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        }
        why = text(14f, Palette.secondary)
        question.add(topic)
        question.add(prompt, above = 6)
        question.add(answer, above = 16)
        val foot = LinearLayout(this).apply { gravity = Gravity.CENTER_VERTICAL }
        foot.addView(feedback, LinearLayout.LayoutParams(0, WRAP_CONTENT, 1f))
        foot.addView(checkButton, LinearLayout.LayoutParams(WRAP_CONTENT, dp(48)))
        question.add(foot, above = 16)
        question.add(why, above = 16)
        val choice = card()
        choice.add(text(16f, Palette.text, bold = true).apply { text = "Which question comes next?" })
        policies = RadioGroup(this)
        val ways = listOf(
            BY_LEVEL to "One that is neither too easy nor too hard",
            BY_GAIN to "One that you will probably gain most from",
        )
        for ((name, label) in ways) {
            val option = RadioButton(this).apply {
                id = name
                text = label
                textSize = 16f
                setTextColor(Palette.text)
                buttonTintList = ColorStateList.valueOf(Palette.accent)
                minHeight = dp(48)
                isEnabled = false
            }
            policies.addView(option)
        }
        policies.check(BY_LEVEL)
        policies.setOnCheckedChangeListener { _, _ -> if (!isChecked) background.execute { update { opened() } } }
        choice.add(policies, above = 6)
        backButton = button("Back to written answers", isMain = false) { finish() }
        content.add(question)
        content.add(choice, above = 20)
        content.add(View(this), height = 0, weight = 1f)
        content.add(text(12f, Palette.secondary).apply { text = NOTE })
        content.addView(backButton, LinearLayout.LayoutParams(WRAP_CONTENT, dp(48)).apply { topMargin = dp(12) })
        return ScrollView(this).apply {
            isFillViewport = true
            addView(content)
        }
    }

    private companion object {
        const val WRITTEN = "written"
        const val CHECK = "Check"
        const val NEXT = "Next question"
        const val BY_LEVEL = 1
        const val BY_GAIN = 2
        const val BEGINS_AGAIN = "What was kept does not fit this version of the course. Practice begins again."
        const val LEGEND = "A hollow bar has no answers behind it: it is a guess from your other answers. " +
            "Few answers say little."
        const val NOTE = "The course is made up and its model learned from simulated students: " +
            "it shows how practice works, and says nothing about real students. Nothing leaves this tablet."
    }
}
