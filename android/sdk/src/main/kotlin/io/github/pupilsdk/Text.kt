package io.github.pupilsdk

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.concurrent.ConcurrentHashMap

/** The place of the first surrogate that has no partner, or -1. Java would write it as a question mark without a word. */
internal fun loneSurrogate(text: String): Int {
    var place = 0
    while (place < text.length) {
        val unit = text[place]
        if (unit.isSurrogate()) {
            val paired = unit.isHighSurrogate() && place + 1 < text.length && text[place + 1].isLowSurrogate()
            if (!paired) return place
            place += 1
        }
        place += 1
    }
    return -1
}

/** The text itself, which must be one that UTF-8 can hold. */
internal fun wellFormed(text: String, what: String, answer: Int? = null): String {
    val place = loneSurrogate(text)
    if (place >= 0) {
        throw PupilException.BadInput("$what has half of a surrogate pair at index $place of ${text.length}", answer)
    }
    return text
}

internal fun utf8(text: String, what: String, answer: Int? = null): ByteArray =
    wellFormed(text, what, answer).toByteArray(Charsets.UTF_8)

private val LENT = ConcurrentHashMap<Any, Array<out ByteBuffer>>()

/**
 * Runs a call that reads the memory of direct buffers.
 *
 * The generated code passes their addresses alone, so the virtual machine might take the buffers for garbage and free that memory
 * while the engine reads it. They stay in a table as long. (`Reference.reachabilityFence` would do; Android has it from version 9.)
 */
internal fun <T> lending(vararg buffers: ByteBuffer, call: () -> T): T {
    val key = Any()
    LENT[key] = buffers
    try {
        return call()
    } finally {
        LENT.remove(key)
    }
}

/** The bytes in memory that the engine can read where it is. */
internal fun direct(bytes: ByteArray): ByteBuffer = ByteBuffer.allocateDirect(bytes.size).put(bytes).also { it.flip() }

/** Texts one after the other in memory that the engine reads where it is, and where each ends. */
internal class PackedTexts(texts: List<String>, what: String) {
    val text: ByteBuffer
    val ends: ByteBuffer = ByteBuffer.allocateDirect(8 * texts.size).order(ByteOrder.LITTLE_ENDIAN)

    init {
        val encoded = texts.mapIndexed { place, text -> utf8(text, "$what $place", place) }
        val bytes = encoded.sumOf { it.size.toLong() }
        if (bytes > Int.MAX_VALUE) {
            throw PupilException.BadInput("all texts together have $bytes bytes, ${Int.MAX_VALUE} are the most: split the batch")
        }
        text = ByteBuffer.allocateDirect(bytes.toInt())
        for (one in encoded) {
            text.put(one)
            ends.putLong(text.position().toLong())
        }
        text.flip()
        ends.flip()
    }
}
