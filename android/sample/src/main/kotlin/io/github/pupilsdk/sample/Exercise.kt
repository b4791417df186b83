package io.github.pupilsdk.sample

import java.math.BigDecimal

/** The text that the sample shows for a question of the course, and its answer. */
class Exercise(val text: String, val answer: String) {
    /** Whether a written answer has the value of the right one, as a whole number, a decimal or a fraction. */
    fun accepts(written: String): Boolean {
        val (top, bottom) = fraction(written) ?: return false
        val (rightTop, rightBottom) = checkNotNull(fraction(answer)) { "the answer is a number" }
        return (top * rightBottom).compareTo(rightTop * bottom) == 0
    }

    companion object {
        /**
         * The exercise of a question such as `add-fractions-3`; null for a question of another course. The course is
         * made up: its model knows the ids alone, and any text of that skill would do.
         */
        fun of(question: String): Exercise? {
            val n = question.substringAfterLast('-').toIntOrNull()?.takeIf { it in 1..12 } ?: return null
            return when (question.substringBeforeLast('-')) {
                "add" -> (17 + 6 * n).let { Exercise("$it + ${48 - n} = ?", "${it + 48 - n}") }
                "subtract" -> (61 + 4 * n).let { Exercise("$it − ${11 + 3 * n} = ?", "${it - 11 - 3 * n}") }
                "multiply" -> Exercise("${n + 3} × ${13 - n % 5} = ?", "${(n + 3) * (13 - n % 5)}")
                "divide" -> Exercise("${(n + 4) * (3 + n % 6)} ÷ ${3 + n % 6} = ?", "${n + 4}")
                "fractions" -> (3 + n % 4).let { Exercise("What is 2/$it of ${it * (n + 2)}?", "${2 * (n + 2)}") }
                "add-fractions" -> (n + 3).let { Exercise("1/$it + 1/${2 * it} = ?", "3/${2 * it}") }
                "decimals" -> Exercise("0.${n + 10} + 1.5 = ?", "1.${n + 60}")
                "percent" -> Exercise("What is ${5 * n} % of 40?", "${2 * n}")
                "ratio" -> Exercise("3 : ${n + 3} = 12 : ?", "${4 * (n + 3)}")
                "equations" -> Exercise("2x + $n = ${3 * n + 10}. What is x?", "${n + 5}")
                else -> null
            }
        }

        private val FORM = Regex("(-?\\d{1,9}(?:[.,]\\d{1,9})?)(?:\\s*/\\s*(\\d{1,9}))?")

        /** The numerator and the denominator of a number as people write it, or null. */
        private fun fraction(written: String): Pair<BigDecimal, BigDecimal>? {
            val (top, bottom) = FORM.matchEntire(written.trim())?.destructured ?: return null
            val divisor = if (bottom.isEmpty()) BigDecimal.ONE else BigDecimal(bottom)
            return if (divisor.signum() == 0) null else Pair(BigDecimal(top.replace(',', '.')), divisor)
        }
    }
}
