package io.github.pupilsdk

import io.github.pupilsdk.engine.Columns
import java.nio.ByteBuffer
import java.nio.ByteOrder
import io.github.pupilsdk.engine.About as EngineAbout
import io.github.pupilsdk.engine.Decision as EngineDecision
import io.github.pupilsdk.engine.ExpertUse as EngineExpertUse
import io.github.pupilsdk.engine.Explanation as EngineExplanation
import io.github.pupilsdk.engine.Guarantee as EngineGuarantee
import io.github.pupilsdk.engine.Options as EngineOptions
import io.github.pupilsdk.engine.ReviewReason as EngineReason
import io.github.pupilsdk.engine.Score as EngineScore
import io.github.pupilsdk.engine.Task as EngineTask

internal fun OpenOptions.forEngine(): EngineOptions {
    for ((name, bytes) in listOf("foldLimitBytes" to foldLimitBytes, "maxAnswerBytes" to maxAnswerBytes)) {
        if (bytes < 0) throw PupilException.BadInput("$name is $bytes, it must be at least 0")
    }
    if (minVersion !in 0..UInt.MAX_VALUE.toLong()) {
        throw PupilException.BadInput("minVersion is $minVersion, it must be from 0 to ${UInt.MAX_VALUE}")
    }
    return EngineOptions(
        foldLimitBytes.toULong(),
        maxAnswerBytes.toULong(),
        trustedKeys.map { wellFormed(it, "a trusted key") },
        signature?.let { wellFormed(it, "the signature") },
        expectedBlake3?.let { wellFormed(it, "the expected BLAKE3") },
        minVersion.toUInt(),
        mapUnchangingFile,
    )
}

internal fun EngineTask.published() = Task(
    id,
    name,
    prompt,
    needsReference,
    labels.map { Label(it.name, it.description, it.unseen) },
    points,
    members.map { Member(it.family, it.weight) },
    guarantee?.published(),
)

private fun EngineGuarantee.published() = Guarantee(
    maxError,
    confidence,
    adjacent,
    answers.toInt(),
    automatic.toInt(),
    wrong.toInt(),
    bound,
    tasks.toInt(),
    needed?.toInt(),
)

internal fun EngineAbout.published() = About(
    name,
    description,
    licence,
    attribution,
    version.toLong(),
    blake3,
    packs,
    fileBytes.toLong(),
    packedBytes.toLong(),
    variants.associate { it.op to it.variant },
)

internal fun EngineScore.published() = Score(
    labels.map { LabelScore(it.name, it.probability, it.awarded) },
    level,
    expected,
    confidence,
    when (val decision = decision) {
        is EngineDecision.Automatic -> Decision.Automatic
        is EngineDecision.Review -> Decision.Review(
            when (decision.reason) {
                EngineReason.TOO_SHORT -> ReviewReason.TOO_SHORT
                EngineReason.OTHER_LANGUAGE -> ReviewReason.OTHER_LANGUAGE
                EngineReason.GIBBERISH -> ReviewReason.GIBBERISH
                EngineReason.UNKNOWN_WORDS -> ReviewReason.UNKNOWN_WORDS
                EngineReason.REPETITION -> ReviewReason.REPETITION
                EngineReason.COPIED_QUESTION -> ReviewReason.COPIED_QUESTION
                EngineReason.NEAR_REFERENCE -> ReviewReason.NEAR_REFERENCE
                EngineReason.OFF_TOPIC -> ReviewReason.OFF_TOPIC
                EngineReason.WORD_LIST -> ReviewReason.WORD_LIST
                EngineReason.TRUNCATED -> ReviewReason.TRUNCATED
                EngineReason.UNSEEN_LABEL -> ReviewReason.UNSEEN_LABEL
                EngineReason.LOW_CONFIDENCE -> ReviewReason.LOW_CONFIDENCE
                EngineReason.NO_PROMISE -> ReviewReason.NO_PROMISE
                EngineReason.AUDIT -> ReviewReason.AUDIT
                EngineReason.OTHER -> ReviewReason.OTHER
            },
        )
    },
    guarantee?.published(),
    words.toInt(),
    unknownWords.toInt(),
    tokens.toInt(),
    truncated,
    repetitive,
)

internal fun EngineExplanation.published() = Explanation(
    score.published(),
    words.map { WordShare(it.span.utf16Start.toInt() until it.span.utf16End.toInt(), it.labels, it.expected) },
)

internal fun EngineExpertUse.published() =
    ExpertUse(score.published(), blocks.map { BlockUse(it.member.toInt(), it.weights) })

private fun numbers(bytes: ByteArray) = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)

/** Converts columns of numbers to scores of a task. */
internal fun Columns.scores(task: ScoredTask): List<Score> {
    val names = task.labels
    val probabilities = numbers(probabilities).asFloatBuffer()
    val levels = numbers(levels).asIntBuffer()
    val expected = numbers(expected).asFloatBuffer()
    val confidences = numbers(confidences).asFloatBuffer()
    val words = numbers(words).asIntBuffer()
    val unknownWords = numbers(unknownWords).asIntBuffer()
    val tokens = numbers(tokens).asIntBuffer()
    return List(decisions.size) { place ->
        val decision = decision(decisions[place].toInt())
        Score(
            names.mapIndexed { label, name ->
                val at = place * names.size + label
                LabelScore(name, probabilities[at], awarded[at].toInt() != 0)
            },
            level = if (levels.limit() == 0) null else levels[place],
            expected = if (expected.limit() == 0) null else expected[place],
            confidence = confidences[place],
            decision = decision,
            guarantee = task.guarantee(decision),
            words = words[place],
            unknownWords = unknownWords[place],
            tokens = tokens[place],
            truncated = truncated[place].toInt() != 0,
            repetitive = repetitive[place].toInt() != 0,
        )
    }
}
