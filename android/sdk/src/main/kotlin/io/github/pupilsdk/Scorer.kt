package io.github.pupilsdk

import android.content.Context
import android.content.res.AssetFileDescriptor
import io.github.pupilsdk.engine.Cancellation
import io.github.pupilsdk.engine.Engine
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.util.concurrent.atomic.AtomicBoolean
import io.github.pupilsdk.engine.PupilException as EngineException
import io.github.pupilsdk.engine.Progress as EngineProgress

/**
 * An open model that scores answers on this device.
 *
 * Any number of threads may use one scorer at once. The same file and the same text give the same bits on every device.
 *
 * Opening and scoring block the thread that calls. A small model needs some microseconds for an answer, a large one milliseconds:
 * use the functions that begin with `await`, or [scoreAll], on Android's main thread.
 *
 * Close a scorer when it is no longer needed. Calls that are running then end as usual; calls that begin later throw
 * [IllegalStateException].
 */
public class Scorer private constructor(internal val engine: Engine) : AutoCloseable {
    private class Labels(val task: ByteArray, val names: List<String>)

    private val number: Long
    private val labels: Map<String, Labels>
    private val closed = AtomicBoolean(false)

    /** What the model can score, with the tasks of attached packs. */
    public val tasks: List<Task>

    init {
        try {
            tasks = translated { engine.tasks() }.map { it.published() }
            number = translated { engine.number() }.toLong()
        } catch (error: Throwable) {
            engine.close()
            throw error
        }
        labels = tasks.associate { task -> task.id to Labels(task.id.toByteArray(), task.labels.map { it.name }) }
    }

    /**
     * Scores an answer.
     *
     * @param task One of [tasks], by its id.
     * @param reference The reference answer, where the task needs one ([Task.needsReference]), and only there.
     * @throws PupilException [PupilException.UnknownTask], [PupilException.TooLarge], or [PupilException.BadInput] for a reference
     * that is missing or not wanted, and for a text with half of a surrogate pair.
     * @throws IllegalStateException when the scorer is closed.
     */
    @JvmOverloads
    public fun score(task: String, answer: String, reference: String? = null): Score {
        checkOpen()
        val known = labels[task]
        val bytes = Natives.score(
            number,
            known?.task ?: utf8(task, "the name of the task"),
            utf8(answer, "the answer"),
            reference?.let { utf8(it, "the reference") },
        )
        // A number without an engine means closed. Asking this object keeps it, and with it the engine, until the call has ended.
        if (bytes != null && bytes[0] == NO_ENGINE) checkOpen()
        return readScore(bytes, known?.names)
    }

    /**
     * Tells how each word of an answer moved its score. The answer is scored once more for each word.
     *
     * @throws PupilException as [score] does.
     * @throws IllegalStateException when the scorer is closed.
     */
    @JvmOverloads
    public fun explain(task: String, answer: String, reference: String? = null): Explanation =
        call { engine.explain(task(task), wellFormed(answer, "the answer"), reference(reference)) }.published()

    /**
     * Scores an answer and tells how much each expert of the task's mixture took part.
     *
     * @throws PupilException as [score] does, and [PupilException.BadInput] where the task has no mixture of experts.
     * @throws IllegalStateException when the scorer is closed.
     */
    @JvmOverloads
    public fun experts(task: String, answer: String, reference: String? = null): ExpertUse =
        call { engine.experts(task(task), wellFormed(answer, "the answer"), reference(reference)) }.published()

    /**
     * Scores many answers, on several threads, and waits for all.
     *
     * @param references As many as there are answers, where the task needs them.
     * @param threads How many threads work, with the one that calls; 0 takes one per core.
     * @param onProgress Told the number of answers done and of all, in rising order, by one thread at a time though not always the
     * same. What it throws ends the batch and is thrown here; it is not called again.
     * @return the scores, in the order of the answers.
     * @throws PupilException as [score] does; its `answer` tells which answer failed.
     * @throws IllegalStateException when the scorer is closed.
     */
    @JvmOverloads
    public fun scoreBatch(
        task: String,
        answers: List<String>,
        references: List<String>? = null,
        threads: Int = 0,
        onProgress: ((done: Int, total: Int) -> Unit)? = null,
    ): List<Score> = batch(task, answers, references, threads, onProgress, null)

    /**
     * Scores many answers in the background.
     *
     * Whoever collects sees how far the batch is, at its own pace: a slow collector skips numbers, never the last one, which holds
     * the scores. When the collector is cancelled, the batch stops before its next answer.
     *
     * Failures are thrown to the collector, as by [scoreBatch].
     *
     * @param references As many as there are answers, where the task needs them.
     * @param threads How many threads work; 0 takes one per core.
     */
    @JvmOverloads
    public fun scoreAll(
        task: String,
        answers: List<String>,
        references: List<String>? = null,
        threads: Int = 0,
    ): Flow<Progress> = channelFlow {
        Cancellation().use { cancellation ->
            val work = async(Dispatchers.Default) {
                val tell = { done: Int, total: Int ->
                    if (done < total) trySend(Progress(done, total, null))
                    Unit
                }
                try {
                    batch(task, answers, references, threads, tell, cancellation)
                } catch (error: PupilException.Cancelled) {
                    // Whoever cancels a coroutine gets its own kind of exception.
                    ensureActive()
                    throw error
                }
            }
            val scores = try {
                work.await()
            } catch (error: CancellationException) {
                cancellation.cancel()
                withContext(NonCancellable) { work.join() }
                throw error
            }
            send(Progress(scores.size, scores.size, scores))
        }
    }.buffer(Channel.CONFLATED)

    /** As [score], on a thread of the background. */
    public suspend fun awaitScore(task: String, answer: String, reference: String? = null): Score =
        withContext(Dispatchers.Default) { score(task, answer, reference) }

    /** As [explain], on a thread of the background. */
    public suspend fun awaitExplanation(task: String, answer: String, reference: String? = null): Explanation =
        withContext(Dispatchers.Default) { explain(task, answer, reference) }

    /**
     * A scorer that knows the tasks of a task pack as well. It shares the model with this one, which stays as it is; each is closed
     * for itself. The pack's file is mapped from 1 MiB on and copied below, as by [open].
     *
     * @throws PupilException [PupilException.WrongBase] for a pack that was made for another model, and as [open] does.
     * @throws IllegalStateException when the scorer is closed.
     */
    public fun attach(pack: File): Scorer = Scorer(call { engine.attach(wellFormed(pack.path, "the path")) })

    /** As [attach], with a pack that is in memory; the bytes are copied. */
    public fun attach(pack: ByteArray): Scorer =
        direct(pack).let { buffer -> Scorer(call { lending(buffer) { engine.attachBytes(buffer) } }) }

    /** As [attach], with a pack that is a part of an open file, such as an asset; see [fromDescriptor]. */
    public fun attach(pack: AssetFileDescriptor): Scorer = Scorer(
        call { engine.attachDescriptor(pack.parcelFileDescriptor.fd, pack.startOffset.toULong(), pack.length.toULong()) },
    )

    /**
     * A scorer without the task pack of that name, one of [About.packs].
     *
     * @throws PupilException [PupilException.BadInput] when no such pack is attached.
     * @throws IllegalStateException when the scorer is closed.
     */
    public fun detach(pack: String): Scorer = Scorer(call { engine.detach(wellFormed(pack, "the name of the pack")) })

    /**
     * What the model says about itself. Reads the whole file once, for its hash.
     *
     * @throws IllegalStateException when the scorer is closed.
     */
    public fun about(): About = call { engine.about() }.published()

    /** Lets go of the model, once the last running call has ended. Closing twice does nothing. */
    override fun close() {
        if (closed.compareAndSet(false, true)) {
            Natives.release(number)
            engine.close()
        }
    }

    private fun checkOpen() {
        check(!closed.get()) { CLOSED }
    }

    private inline fun <T> call(body: () -> T): T {
        checkOpen()
        return try {
            translated(body)
        } catch (error: IllegalStateException) {
            // Closed by another thread after the check; the generated code has words of its own for it.
            checkOpen()
            throw error
        }
    }

    private fun task(name: String) = wellFormed(name, "the name of the task")

    private fun reference(text: String?) = text?.let { wellFormed(it, "the reference") }

    internal fun batch(
        task: String,
        answers: List<String>,
        references: List<String>?,
        threads: Int,
        onProgress: ((done: Int, total: Int) -> Unit)?,
        cancellation: Cancellation?,
    ): List<Score> {
        if (references != null && references.size != answers.size) {
            throw PupilException.BadInput(
                "${answers.size} answers and ${references.size} references, they must be as many",
            )
        }
        if (threads < 0) throw PupilException.BadInput("$threads threads, there must be at least 0")
        val texts = PackedTexts(answers, "answer")
        val pairs = PackedTexts(references.orEmpty(), "reference")
        val listener = onProgress?.let(::Listener)
        val columns = try {
            call {
                lending(texts.text, texts.ends, pairs.text, pairs.ends) {
                    engine.scoreColumns(
                        task(task), texts.text, texts.ends, pairs.text, pairs.ends, threads.toUInt(), listener, cancellation,
                    )
                }
            }
        } catch (error: PupilException) {
            throw listener?.thrown ?: error
        }
        return columns.scores(labels.getValue(task).names)
    }

    /** Passes the counts on, and keeps what the app's listener throws first, which the engine could only report as text. */
    private class Listener(private val tell: (Int, Int) -> Unit) : EngineProgress {
        @Volatile
        var thrown: Throwable? = null

        override fun update(done: ULong, total: ULong) {
            // The engine's other threads end the answers that they have begun, and tell of them.
            if (thrown != null) return
            try {
                tell(done.toInt(), total.toInt())
            } catch (error: Throwable) {
                thrown = error
                throw EngineException.Cancelled("the progress listener threw")
            }
        }
    }

    public companion object {
        /**
         * Opens a file, and checks every byte of it against the file's hashes.
         *
         * A file of 1 MiB or more is mapped: its pages stay the file's, and the system may drop them and read them again. A smaller
         * one is copied. Nobody may change the file in place while it is open; moving another over it is safe.
         *
         * @throws PupilException [PupilException.Unreadable], [PupilException.NotAModel], [PupilException.Damaged],
         * [PupilException.Unsupported] or [PupilException.TooLarge].
         */
        @JvmStatic
        @JvmOverloads
        public fun open(path: String, options: OpenOptions = OpenOptions()): Scorer =
            Scorer(translated { Engine.open(wellFormed(path, "the path"), options.forEngine()) })

        /**
         * Opens a model that is in memory, perhaps decrypted there; the bytes are copied.
         *
         * @throws PupilException as [open] does.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromBytes(bytes: ByteArray, options: OpenOptions = OpenOptions()): Scorer =
            direct(bytes).let { buffer ->
                Scorer(translated { lending(buffer) { Engine.fromBytes(buffer, options.forEngine()) } })
            }

        /**
         * Opens an asset of the app where it lies in the APK: mapped from 1 MiB on, copied into memory below, as by [open]. Nothing is
         * unpacked into a file.
         *
         * The asset must be stored uncompressed, which the app's build file says:
         * `android { androidResources { noCompress += "pupil" } }`.
         *
         * @param name Path of the asset below `assets`.
         * @throws PupilException as [open] does; [PupilException.Unreadable] when there is no such asset, or it is compressed.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromAsset(context: Context, name: String, options: OpenOptions = OpenOptions()): Scorer {
            val descriptor = try {
                context.assets.openFd(name)
            } catch (error: IOException) {
                throw PupilException.Unreadable(whyNotMapped(context, name), error)
            }
            return descriptor.use { fromDescriptor(it, options) }
        }

        /**
         * Opens a part of an open file, such as an uncompressed asset or raw resource. A part of 1 MiB or more is mapped, a smaller one
         * copied, as by [open]. The descriptor stays the caller's and may be closed afterwards.
         *
         * @throws PupilException as [open] does.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromDescriptor(file: AssetFileDescriptor, options: OpenOptions = OpenOptions()): Scorer = Scorer(
            translated {
                Engine.fromDescriptor(
                    file.parcelFileDescriptor.fd,
                    file.startOffset.toULong(),
                    file.length.toULong(),
                    options.forEngine(),
                )
            },
        )

        /** As [open], on a thread of the background. */
        public suspend fun awaitOpen(path: String, options: OpenOptions = OpenOptions()): Scorer =
            withContext(Dispatchers.IO) { open(path, options) }

        /** As [fromAsset], on a thread of the background. */
        public suspend fun awaitAsset(context: Context, name: String, options: OpenOptions = OpenOptions()): Scorer =
            withContext(Dispatchers.IO) { fromAsset(context, name, options) }

        private fun whyNotMapped(context: Context, name: String): String {
            val readable = try {
                context.assets.open(name).close()
                true
            } catch (_: IOException) {
                false
            }
            return if (readable) {
                "the asset $name is compressed in the APK, so it cannot be mapped: " +
                    "add androidResources { noCompress += \"${name.substringAfterLast('.')}\" } to the app's build file"
            } else {
                "the app has no asset $name"
            }
        }
    }
}
