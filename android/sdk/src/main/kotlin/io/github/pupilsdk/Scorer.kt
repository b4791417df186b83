package io.github.pupilsdk

import android.content.Context
import android.content.res.AssetFileDescriptor
import io.github.pupilsdk.engine.Cancellation
import io.github.pupilsdk.engine.Engine
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.async
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.withContext
import java.io.File
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import java.util.concurrent.atomic.AtomicBoolean
import io.github.pupilsdk.engine.PupilException as EngineException
import io.github.pupilsdk.engine.Monitor as EngineMonitor
import io.github.pupilsdk.engine.Progress as EngineProgress

/**
 * An open model that scores answers on this device.
 *
 * Any number of threads may use one scorer at once. The same file and the same text give the same bits on every device.
 *
 * Opening and scoring block the calling thread. A small model takes some microseconds per answer, a large one
 * milliseconds. On Android's main thread, use [scoreAll] or the functions that begin with `await`.
 *
 * Close a scorer when it is no longer needed. Running calls finish as usual; later calls throw [IllegalStateException].
 */
public class Scorer private constructor(internal val engine: Engine) : AutoCloseable {
    private val number: Long
    private val known: Map<String, ScoredTask>
    private val closed = AtomicBoolean(false)

    /** The tasks of the model and of attached packs. */
    public val tasks: List<Task>

    init {
        try {
            tasks = translated { engine.tasks() }.map { it.published() }
            number = translated { engine.number() }.toLong()
        } catch (error: Throwable) {
            engine.close()
            throw error
        }
        known = tasks.associate { task -> task.id to ScoredTask(task) }
    }

    /**
     * Scores an answer.
     *
     * @param task One of [tasks], by its id.
     * @param reference The reference answer, if and only if the task needs one ([Task.needsReference]).
     * @throws PupilException [PupilException.UnknownTask], [PupilException.TooLarge], or [PupilException.BadInput] for
     * a missing or unwanted reference, and for a text with a lone surrogate.
     * @throws IllegalStateException if the scorer is closed.
     */
    @JvmOverloads
    public fun score(task: String, answer: String, reference: String? = null): Score {
        checkOpen()
        val known = known[task]
        val bytes = Natives.score(
            number,
            known?.id ?: utf8(task, "the name of the task"),
            utf8(answer, "the answer"),
            reference?.let { utf8(it, "the reference") },
        )
        // A number without an engine means closed. This check also keeps the object and its engine reachable during the
        // call.
        if (bytes != null && bytes[0] == NO_ENGINE) checkOpen()
        return readScore(bytes, known)
    }

    /**
     * Scores an answer and returns how each word changes the score. The answer is scored once more for each word.
     *
     * @throws PupilException as [score] does.
     * @throws IllegalStateException if the scorer is closed.
     */
    @JvmOverloads
    public fun explain(task: String, answer: String, reference: String? = null): Explanation =
        call { engine.explain(task(task), wellFormed(answer, "the answer"), reference(reference)) }.published()

    /**
     * Scores an answer and returns the weight of each expert of the task's mixture.
     *
     * @throws PupilException as [score] does, and [PupilException.BadInput] if the task has no mixture of experts.
     * @throws IllegalStateException if the scorer is closed.
     */
    @JvmOverloads
    public fun experts(task: String, answer: String, reference: String? = null): ExpertUse =
        call { engine.experts(task(task), wellFormed(answer, "the answer"), reference(reference)) }.published()

    /**
     * Scores many answers on several threads and waits for the scores.
     *
     * @param references One per answer, if and only if the task needs them.
     * @param threads Number of threads, including the calling thread; 0 means one per core.
     * @param onProgress Called with the number of finished answers, which rises, and the number of all. Different
     * threads may call it, but only one at a time. If it throws, the batch stops and rethrows, and it is not called
     * again.
     * @return the scores, in the order of the answers.
     * @throws PupilException as [score] does; its `answer` is the index of the failed answer.
     * @throws IllegalStateException if the scorer is closed.
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
     * The flow emits the progress of the batch. A slow collector may skip values, but never the last one, which
     * contains the scores. If the collector is cancelled, the batch stops before its next answer.
     *
     * The flow throws the same errors as [scoreBatch].
     *
     * @param references One per answer, if and only if the task needs them.
     * @param threads Number of threads; 0 means one per core.
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
                    // A cancelled coroutine throws CancellationException.
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

    /**
     * Scores many answers in the background, for callers without coroutines, such as Java.
     *
     * Cancelling the future stops the batch before its next answer. A future that is derived from it, for example by
     * `thenApply`, does not pass its cancellation on.
     *
     * @param references One per answer, if and only if the task needs them.
     * @param threads Number of threads, including the executor's; 0 means one per core.
     * @param onProgress Called as by [scoreBatch], on the threads of the batch, and not after the future is done.
     * @param executor One of its threads is busy during the whole batch.
     * @return a future with the scores, in the order of the answers. It fails with the errors of [scoreBatch], which
     * `get` wraps in an `ExecutionException`.
     */
    @JvmOverloads
    public fun scoreAllAsync(
        task: String,
        answers: List<String>,
        references: List<String>? = null,
        threads: Int = 0,
        onProgress: ProgressListener? = null,
        executor: Executor = Dispatchers.Default.asExecutor(),
    ): CompletableFuture<List<Score>> = futureOf(executor) { cancellation, isDone ->
        val tell = onProgress?.let { listener ->
            { done: Int, total: Int -> if (!isDone()) listener.onProgress(done, total) }
        }
        batch(task, answers, references, threads, tell, cancellation)
    }

    /** Like [score], on a background thread. */
    public suspend fun awaitScore(task: String, answer: String, reference: String? = null): Score =
        withContext(Dispatchers.Default) { score(task, answer, reference) }

    /** Like [explain], on a background thread. */
    public suspend fun awaitExplanation(task: String, answer: String, reference: String? = null): Explanation =
        withContext(Dispatchers.Default) { explain(task, answer, reference) }

    /**
     * Returns a scorer that also has the tasks of a task pack. It shares the model with this scorer, which does not
     * change; close each of them separately.
     *
     * @param options Of these, only those about trust and mapping count. Without them, the pack has to be signed with
     * one of the keys that the model had to be signed with, if there were any.
     * @throws PupilException [PupilException.WrongBase] for a pack that was made for another model, and as [open] does.
     * @throws IllegalStateException if the scorer is closed.
     */
    @JvmOverloads
    public fun attach(pack: File, options: OpenOptions? = null): Scorer =
        Scorer(call { engine.attach(wellFormed(pack.path, "the path"), options?.forEngine()) })

    /** Like [attach], with a pack from memory; the bytes are copied. */
    @JvmOverloads
    public fun attach(pack: ByteArray, options: OpenOptions? = null): Scorer = direct(pack).let { buffer ->
        Scorer(call { keepingReachable(buffer) { engine.attachBytes(buffer, options?.forEngine()) } })
    }

    /** Like [attach], with a pack that is part of an open file, such as an asset; see [fromDescriptor]. */
    @JvmOverloads
    public fun attach(pack: AssetFileDescriptor, options: OpenOptions? = null): Scorer = Scorer(
        call {
            engine.attachDescriptor(
                pack.parcelFileDescriptor.fd,
                pack.startOffset.toULong(),
                pack.length.toULong(),
                options?.forEngine(),
            )
        },
    )

    /**
     * Returns a scorer without the task pack with this name, one of [About.packs].
     *
     * @throws PupilException [PupilException.BadInput] if no such pack is attached.
     * @throws IllegalStateException if the scorer is closed.
     */
    public fun detach(pack: String): Scorer = Scorer(call { engine.detach(wellFormed(pack, "the name of the pack")) })

    /**
     * The metadata of the model. Reads the whole file once, for its hash.
     *
     * @throws IllegalStateException if the scorer is closed.
     */
    public fun about(): About = call { engine.about() }.published()

    internal fun monitor(state: ByteArray?): EngineMonitor = call { EngineMonitor(engine, state) }

    /** Frees the model after the last running call has finished. Closing twice does nothing. */
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
            // Another thread closed the scorer after the check; the generated code has another message for this.
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
                "${answers.size} answers and ${references.size} references, the numbers must be equal",
            )
        }
        if (threads < 0) throw PupilException.BadInput("$threads threads, there must be at least 0")
        val texts = PackedTexts(answers, "answer")
        val pairs = PackedTexts(references.orEmpty(), "reference")
        val listener = onProgress?.let(::Listener)
        val columns = try {
            call {
                keepingReachable(texts.text, texts.ends, pairs.text, pairs.ends) {
                    engine.scoreColumns(
                        task(task), texts.text, texts.ends, pairs.text, pairs.ends, threads.toUInt(), listener, cancellation,
                    )
                }
            }
        } catch (error: PupilException) {
            throw listener?.thrown ?: error
        }
        return columns.scores(known.getValue(task))
    }

    /**
     * Forwards the progress, and keeps the first error of the app's listener, which the engine could only report as
     * text.
     */
    private class Listener(private val tell: (Int, Int) -> Unit) : EngineProgress {
        @Volatile
        var thrown: Throwable? = null

        override fun update(done: ULong, total: ULong) {
            // Other threads of the engine finish their current answers and report them.
            if (thrown != null) return
            try {
                tell(done.toInt(), total.toInt())
            } catch (error: Throwable) {
                thrown = error
                throw EngineException.Cancelled("the progress listener threw an error")
            }
        }
    }

    /** Opens scorers. */
    public companion object {
        /**
         * Opens a file, and checks every byte of it against the file's hashes.
         *
         * The file is copied, so that nothing done to it later matters, unless [OpenOptions.mapUnchangingFile] is set.
         *
         * @throws PupilException [PupilException.Unreadable], [PupilException.NotAModel], [PupilException.Damaged],
         * [PupilException.Unsupported], [PupilException.TooLarge] or [PupilException.Untrusted].
         */
        @JvmStatic
        @JvmOverloads
        public fun open(path: String, options: OpenOptions = OpenOptions()): Scorer =
            Scorer(translated { Engine.open(wellFormed(path, "the path"), options.forEngine()) })

        /**
         * Opens a model from memory, for example after decryption; the bytes are copied.
         *
         * @throws PupilException as [open] does.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromBytes(bytes: ByteArray, options: OpenOptions = OpenOptions()): Scorer =
            direct(bytes).let { buffer ->
                Scorer(translated { keepingReachable(buffer) { Engine.fromBytes(buffer, options.forEngine()) } })
            }

        /**
         * Opens an asset of the app directly in the APK. It is memory-mapped, since nobody can write to an installed
         * APK, so the system may drop its pages and read them again. Nothing is unpacked into a file.
         *
         * The asset must be stored uncompressed, which the app's build file sets:
         * `android { androidResources { noCompress += "pupil" } }`.
         *
         * @param name Path of the asset below `assets`.
         * @throws PupilException as [open] does; [PupilException.Unreadable] if the asset does not exist or is
         * compressed.
         */
        @JvmStatic
        @JvmOverloads
        public fun fromAsset(context: Context, name: String, options: OpenOptions = OpenOptions()): Scorer =
            mappable(context, name).use { file ->
                fromDescriptor(file, options.withSignatureOf(context, name).copy(mapUnchangingFile = true))
            }

        /**
         * Opens part of an open file, such as an uncompressed asset or raw resource, copied or mapped as by [open].
         * The caller keeps the descriptor and may close it afterwards.
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

        /** Like [open], on a background thread. */
        public suspend fun awaitOpen(path: String, options: OpenOptions = OpenOptions()): Scorer =
            withContext(Dispatchers.IO) { open(path, options) }

        /** Like [fromAsset], on a background thread. */
        public suspend fun awaitAsset(context: Context, name: String, options: OpenOptions = OpenOptions()): Scorer =
            withContext(Dispatchers.IO) { fromAsset(context, name, options) }
    }
}
