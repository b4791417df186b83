package io.github.pupilsdk.sample.compose

import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.selectable
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicText
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.foundation.verticalScroll
import androidx.compose.runtime.Composable
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import io.github.pupilsdk.sample.QUESTIONS
import kotlinx.coroutines.launch

/** The colours of the screen, those of the sample with views. */
internal object Colors {
    val page = Color(0xFFEEF1F6)
    val card = Color.White
    val text = Color(0xFF1B2333)
    val secondary = Color(0xFF5A6478)
    val line = Color(0xFFD5DBE6)
    val accent = Color(0xFF2F4BB3)
    val accentSoft = Color(0xFFE6EBFA)
    val good = Color(0xFF17734A)
    val bad = Color(0xFFAF2B24)
    val unsure = Color(0xFF8A5A00)

    /** The colour of a label. */
    fun ofLabel(name: String): Color = when (name) {
        "correct" -> good
        "contradictory" -> bad
        else -> unsure
    }
}

/** A text of one size and colour. */
@Composable
internal fun Words(text: String, size: Int, color: Color = Colors.text, bold: Boolean = false, modifier: Modifier = Modifier) {
    val weight = if (bold) FontWeight.SemiBold else FontWeight.Normal
    BasicText(text, modifier, TextStyle(color = color, fontSize = size.sp, fontWeight = weight, lineHeight = (size * 1.35).sp))
}

/** A white card. */
@Composable
internal fun Card(modifier: Modifier = Modifier, content: @Composable () -> Unit) {
    val shape = RoundedCornerShape(16.dp)
    Column(
        modifier.background(Colors.card, shape).border(1.dp, Colors.line, shape).padding(24.dp),
        Arrangement.spacedBy(14.dp),
    ) { content() }
}

/** One screen for a tablet: pick a question, write an answer, see the score and the words that decided it. */
@Composable
fun ScoreScreen(state: ScreenState, modifier: Modifier = Modifier) {
    Row(Modifier.fillMaxSize().background(Colors.page).then(modifier).padding(24.dp), Arrangement.spacedBy(24.dp)) {
        Questions(state, Modifier.width(264.dp))
        Column(Modifier.weight(1f).verticalScroll(rememberScrollState()), Arrangement.spacedBy(20.dp)) {
            Answer(state)
            Card(Modifier.fillMaxWidth()) {
                val result = state.result
                if (result == null) Words(state.note, 16, Colors.secondary) else Result(result.first, result.second)
            }
            Words(state.credits, 12, Colors.secondary)
        }
    }
}

@Composable
private fun Questions(state: ScreenState, modifier: Modifier) {
    Card(modifier) {
        Words("Questions", 20, bold = true)
        Column(Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(2.dp)) {
            for (question in QUESTIONS) {
                val isChosen = question === state.question
                Box(
                    Modifier.fillMaxWidth().heightIn(min = 48.dp)
                        .background(if (isChosen) Colors.accentSoft else Colors.card, RoundedCornerShape(10.dp))
                        .selectable(isChosen, role = Role.RadioButton) { state.choose(question) }
                        .padding(horizontal = 14.dp),
                    Alignment.CenterStart,
                ) { Words(question.topic, 16, if (isChosen) Colors.accent else Colors.text) }
            }
        }
    }
}

@Composable
private fun Answer(state: ScreenState) {
    val scope = rememberCoroutineScope()
    Card(Modifier.fillMaxWidth()) {
        Words(state.question.topic.uppercase(), 13, Colors.accent, bold = true)
        Words(state.question.text, 22, bold = true)
        val shape = RoundedCornerShape(12.dp)
        BasicTextField(
            state.answer,
            { state.answer = it },
            Modifier.fillMaxWidth().heightIn(min = 96.dp).border(1.dp, Colors.line, shape).padding(16.dp, 14.dp)
                .semantics { contentDescription = "Your answer" },
            textStyle = TextStyle(color = Colors.text, fontSize = 18.sp),
            decorationBox = { field ->
                if (state.answer.isEmpty()) Words("Write your answer", 18, Colors.secondary)
                field()
            },
        )
        val label = if (state.isScoring) "Scoring …" else "Score the answer"
        Box(
            Modifier.heightIn(min = 48.dp).background(Colors.accent, shape)
                .clickable(enabled = !state.isScoring, role = Role.Button) { scope.launch { state.score() } }
                .padding(horizontal = 24.dp, vertical = 13.dp),
            Alignment.Center,
        ) { Words(label, 16, Colors.card) }
    }
}
