package io.github.pupilsdk.sample.compose

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.BasicText
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import io.github.pupilsdk.Decision
import io.github.pupilsdk.Explanation
import java.util.Locale
import kotlin.math.abs

/** The awarded label, the confidence, the decision, each label, and the words that changed the score. */
@Composable
internal fun Result(answer: String, explanation: Explanation) {
    val score = explanation.score
    val best = score.labels.indexOfFirst { it.awarded }
    if (best < 0) return
    val name = score.labels[best].name
    Row(Modifier.fillMaxWidth(), Arrangement.spacedBy(16.dp), Alignment.CenterVertically) {
        Words(name.replaceFirstChar { it.titlecase(Locale.ROOT) }, 30, Colors.ofLabel(name), bold = true)
        Words(String.format(Locale.ROOT, "%.0f %% confident", 100 * score.confidence), 15, Colors.secondary, modifier = Modifier.weight(1f))
        val (said, color) = when (val decision = score.decision) {
            Decision.Automatic -> "No review needed" to Colors.good
            is Decision.Review -> "Needs review: ${decision.reason.name.lowercase(Locale.ROOT).replace('_', ' ')}" to Colors.unsure
        }
        Box(Modifier.background(color.copy(alpha = 0.12f), RoundedCornerShape(16.dp)).padding(14.dp, 7.dp)) { Words(said, 14, color) }
    }
    for (label in score.labels) Bar(label.name, label.probability)
    if (explanation.words.isEmpty()) return
    Words("Words that changed the score", 13, Colors.secondary, bold = true)
    BasicText(highlighted(answer, explanation, best), style = TextStyle(color = Colors.text, fontSize = 18.sp, lineHeight = 26.sp))
    Words("Green words support “$name”, orange words count against it; stronger colours mean more effect.", 13, Colors.secondary)
}

@Composable
private fun Bar(name: String, probability: Float) {
    val shape = RoundedCornerShape(6.dp)
    Row(Modifier.fillMaxWidth().height(24.dp), Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
        Words(name, 15, modifier = Modifier.width(130.dp))
        Box(Modifier.weight(1f).height(12.dp).background(Colors.page, shape)) {
            Box(Modifier.fillMaxWidth(probability).fillMaxHeight().background(Colors.ofLabel(name), shape))
        }
        val shown = when {
            probability > 0.99f -> "> 99 %"
            probability < 0.01f -> "< 1 %"
            else -> String.format(Locale.ROOT, "%.0f %%", 100 * probability)
        }
        Words(shown, 15, Colors.secondary, modifier = Modifier.width(64.dp))
    }
}

private fun highlighted(answer: String, explanation: Explanation, label: Int): AnnotatedString = buildAnnotatedString {
    append(answer)
    val strongest = explanation.words.maxOfOrNull { abs(it.labels[label]) } ?: 0f
    for (word in explanation.words) {
        val share = word.labels[label]
        // Effects below a tenth of the strongest are not coloured.
        if (strongest == 0f || abs(share) < strongest / 10) continue
        val color = if (share > 0) Color(0xFF26A65B) else Color(0xFFF08C00)
        val strength = (30 + 130 * abs(share) / strongest) / 255
        addStyle(SpanStyle(background = color.copy(alpha = strength)), word.range.first, word.range.last + 1)
    }
}
