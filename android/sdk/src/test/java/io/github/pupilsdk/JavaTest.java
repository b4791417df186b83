package io.github.pupilsdk;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.Test;

/** The SDK as an app in Java uses it. */
public class JavaTest {
    private static Scorer open(String model) {
        return Fixtures.INSTANCE.open(model, null);
    }

    @Test
    public void futureHasTheScoresOfTheBatchAndTellsItsProgress() throws Exception {
        try (Scorer scorer = open(Fixtures.E_LSTM)) {
            List<String> answers = Fixtures.INSTANCE.many();
            List<Score> want = scorer.scoreBatch("balloons", answers);
            assertEquals(want, scorer.scoreAllAsync("balloons", answers).get());
            List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
            CompletableFuture<Integer> levels = scorer
                    .scoreAllAsync("balloons", answers, null, 2, (done, total) -> {
                        assertEquals(400, total);
                        seen.add(done);
                    })
                    .thenApply(scores -> scores.stream().mapToInt(Score::getLevel).sum());
            assertEquals(want.stream().mapToInt(Score::getLevel).sum(), (int) levels.get());
            List<Integer> rising = new ArrayList<>(seen);
            Collections.sort(rising);
            assertEquals(rising, seen);
            assertEquals(400, (int) seen.get(seen.size() - 1));
        }
    }

    @Test
    public void cancellingTheFutureStopsTheBatch() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (Scorer scorer = open(Fixtures.MIND_CA)) {
            String task = scorer.getTasks().get(0).getId();
            List<String> answers = Collections.nCopies(400_000, "He feared that the officer had come to arrest him.");
            CountDownLatch started = new CountDownLatch(1);
            AtomicInteger last = new AtomicInteger();
            CompletableFuture<List<Score>> future = scorer.scoreAllAsync(task, answers, null, 1, (done, total) -> {
                last.set(done);
                started.countDown();
            }, executor);
            assertTrue(started.await(1, TimeUnit.MINUTES));
            assertTrue(future.cancel(true));
            assertThrows(CancellationException.class, future::get);
            // The only thread is free again after the batch has stopped, long before its end.
            executor.submit(() -> { }).get(1, TimeUnit.MINUTES);
            assertTrue(last.get() + " answers done", last.get() > 0 && last.get() < 300_000);
            int stopped = last.get();
            // One that is cancelled before it has a thread never begins.
            CountDownLatch busy = new CountDownLatch(1);
            executor.submit(() -> busy.await(1, TimeUnit.MINUTES));
            CompletableFuture<List<Score>> waiting =
                    scorer.scoreAllAsync(task, answers, null, 1, (done, total) -> last.set(done), executor);
            assertTrue(waiting.cancel(false));
            busy.countDown();
            executor.submit(() -> { }).get(1, TimeUnit.MINUTES);
            assertEquals(stopped, last.get());
            assertEquals(1, scorer.scoreAllAsync(task, answers.subList(0, 1)).get().size());
        } finally {
            executor.shutdown();
        }
    }

    @Test
    public void futureFailsWithTheErrorsOfTheBatch() {
        Scorer scorer = open(Fixtures.E_LSTM);
        List<String> answers = Fixtures.INSTANCE.many();
        assertTrue(cause(scorer.scoreAllAsync("no-such-task", answers)) instanceof PupilException.UnknownTask);
        assertTrue(cause(scorer.scoreAllAsync("balloons", answers, answers)) instanceof PupilException.BadInput);
        RuntimeException thrown = new IllegalArgumentException("enough");
        Throwable caught = cause(scorer.scoreAllAsync("balloons", answers, null, 2, (done, total) -> {
            throw thrown;
        }));
        assertEquals(thrown, caught);
        ExecutorService none = Executors.newSingleThreadExecutor();
        none.shutdown();
        assertThrows(
                RejectedExecutionException.class,
                () -> scorer.scoreAllAsync("balloons", answers, null, 0, null, none));
        scorer.close();
        assertEquals("this scorer is closed", cause(scorer.scoreAllAsync("balloons", answers)).getMessage());
    }

    @Test
    public void everyPartOfAScoreHasAPlainName() {
        try (Scorer scorer = open(Fixtures.MIND_CA)) {
            Score score = scorer.score("mindca-ss_burglar", "He feared that the officer had come to arrest him.");
            assertEquals(3, score.getLabels().size());
            assertTrue(score.getConfidence() > 0 && score.getConfidence() <= 1);
            assertFalse(score.getTruncated());
            assertEquals(scorer.explain("mindca-ss_burglar", "He feared him.").getScore(),
                    scorer.score("mindca-ss_burglar", "He feared him."));
        }
    }

    private static Throwable cause(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, future::get).getCause();
    }
}
