package io.github.pupilsdk

import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.util.concurrent.ConcurrentHashMap

/** The index of the first lone surrogate, or -1. Java would silently encode it as a question mark. */
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

/** Returns the text if UTF-8 can encode it. */
internal fun wellFormed(text: String, what: String, answer: Int? = null): String {
    val place = loneSurrogate(text)
    if (place >= 0) {
        throw PupilException.BadInput("$what has a lone surrogate at index $place of ${text.length}", answer)
    }
    return text
}

internal fun utf8(text: String, what: String, answer: Int? = null): ByteArray =
    wellFormed(text, what, answer).toByteArray(Charsets.UTF_8)

private val REACHABLE = ConcurrentHashMap<Any, Array<out ByteBuffer>>()

/**
 * Runs a call that reads the memory of direct buffers.
 *
 * The generated code passes only their addresses, so the garbage collector could free the buffers while the engine
 * reads them. A table keeps them reachable during the call. (`Reference.reachabilityFence` would do, but needs Android
 * 9.)
 */
internal fun <T> keepingReachable(vararg buffers: ByteBuffer, call: () -> T): T {
    val key = Any()
    REACHABLE[key] = buffers
    try {
        return call()
    } finally {
        REACHABLE.remove(key)
    }
}

/** Copies bytes to a direct buffer, which the engine can read in place. */
internal fun direct(bytes: ByteArray): ByteBuffer = ByteBuffer.allocateDirect(bytes.size).put(bytes).also { it.flip() }

/** Concatenated texts and their ends, in direct buffers that the engine reads in place. */
internal class PackedTexts(texts: List<String>, what: String) {
    val text: ByteBuffer
    val ends: ByteBuffer = ByteBuffer.allocateDirect(8 * texts.size).order(ByteOrder.LITTLE_ENDIAN)

    init {
        val encoded = texts.mapIndexed { place, text -> utf8(text, "$what $place", place) }
        val bytes = encoded.sumOf { it.size.toLong() }
        if (bytes > Int.MAX_VALUE) {
            throw PupilException.BadInput("the texts have $bytes bytes together, at most ${Int.MAX_VALUE} are allowed: split the batch")
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
