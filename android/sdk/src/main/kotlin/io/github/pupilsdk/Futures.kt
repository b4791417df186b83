package io.github.pupilsdk

import io.github.pupilsdk.engine.Cancellation
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor

/**
 * Runs a batch on an executor. Cancelling the future cancels the batch.
 *
 * @param work Gets what cancels the batch, and whether the future is done, which a cancelled one is before its batch
 * has stopped.
 */
internal fun <T> futureOf(
    executor: Executor,
    work: (cancellation: Cancellation, isDone: () -> Boolean) -> T,
): CompletableFuture<T> {
    val future = CompletableFuture<T>()
    val batch = RunningBatch()
    future.whenComplete { _, _ -> if (future.isCancelled) batch.cancel() }
    try {
        executor.execute {
            batch.use {
                // If it was cancelled while it waited for a thread, there is nothing to do.
                if (future.isDone) return@execute
                try {
                    future.complete(work(batch.cancellation, future::isDone))
                } catch (error: Throwable) {
                    future.completeExceptionally(error)
                }
            }
        }
    } catch (error: RuntimeException) {
        batch.close()
        throw error
    }
    return future
}

/** A cancellation that another thread may use while the batch frees it. */
private class RunningBatch : AutoCloseable {
    val cancellation = Cancellation()
    private var isClosed = false

    @Synchronized
    fun cancel() {
        if (!isClosed) cancellation.cancel()
    }

    @Synchronized
    override fun close() {
        isClosed = true
        cancellation.close()
    }
}
