import Foundation
import Testing

@testable import Pupil

/// A log of the progress that a listener received on any thread.
final class ProgressLog: @unchecked Sendable {
    private let lock = NSLock()
    private var progress: [BatchProgress] = []

    func add(_ log: BatchProgress) {
        lock.withLock { progress.append(log) }
    }

    var all: [BatchProgress] {
        lock.withLock { progress }
    }

    var done: [Int] {
        all.map(\.done)
    }
}

/// An error of the app.
struct ListenerError: Error, Equatable {
    let done: Int
}

/// 400 short answers.
let many = (0..<400).map { "warm air \($0) needs more room" }

@Suite("Batches")
struct BatchTests {
    @Test("progress rises to the end", arguments: [0, 1, 2, 8])
    func progress(threads: Int) throws {
        let log = ProgressLog()
        let scores: [Score] = try open(small).scoreBatch(
            task: "balloons", answers: many, threads: threads, progress: log.add)
        #expect(scores.count == 400)
        #expect(log.done.last == 400)
        #expect(zip(log.done, log.done.dropFirst()).allSatisfy(<), "\(log.done)")
        #expect(log.all.allSatisfy { $0.total == 400 && $0.scores == nil })
    }

    @Test("an error of the listener stops the batch and is rethrown")
    func listenerThrows() async throws {
        let scorer = try open(small)
        let log = ProgressLog()
        let listener: @Sendable (BatchProgress) throws -> Void = { progress in
            log.add(progress)
            if progress.done >= 100 { throw ListenerError(done: progress.done) }
        }
        let call: () throws -> [Score] = {
            try scorer.scoreBatch(task: "balloons", answers: many, threads: 1, progress: listener)
        }
        #expect(throws: ListenerError(done: 112)) { try call() }
        #expect(log.done.last == 112)
        await #expect(throws: ListenerError(done: 112)) {
            try await scorer.scoreBatch(task: "balloons", answers: many, threads: 1, progress: listener)
        }
        let own = PupilError.damaged(reason: "the app's own")
        await #expect(throws: own) {
            try await scorer.scoreBatch(task: "balloons", answers: many) { _ in throw own }
        }
        #expect(try await scorer.score(task: "balloons", answer: "warm").labels.count == 3)
    }

    @Test("a listener that threw is not called again, and its first error is rethrown, on any number of threads")
    func listenerThrowsAmongThreads() throws {
        let scorer = try open(small)
        // Which thread reports which progress varies.
        for turn in 0..<50 {
            let log = ProgressLog()
            let error = thrown {
                let _: [Score] = try scorer.scoreBatch(task: "balloons", answers: many, threads: 4) { progress in
                    log.add(progress)
                    if progress.done >= 100 { throw ListenerError(done: progress.done) }
                }
            }
            let late = log.done.filter { $0 >= 100 }
            #expect(late.count == 1, "turn \(turn): \(log.done)")
            #expect(error as? ListenerError == late.first.map(ListenerError.init), "turn \(turn): \(log.done)")
        }
    }

    @Test("cancelling stops before the next answer")
    func cancelling() throws {
        let log = ProgressLog()
        let box = CancelAction()
        let batch = Batch(task: "balloons", answers: many, references: nil, threads: 1) { progress in
            log.add(progress)
            box.cancel()
        }
        box.onCancel = batch.cancel
        let scorer = try open(small)
        #expect(throws: PupilError.cancelled(reason: "cancelled after 16 of 400 answers")) {
            try batch.run(on: scorer.engine)
        }
        #expect(log.done == [16])
    }

    @Test("a cancelled task's batch stops before the next answer and throws CancellationError")
    func cancelledTask() async throws {
        let scorer = try open(small)
        let log = ProgressLog()
        let box = CancelAction()
        let task = Task {
            // The batch begins after the listener can cancel.
            while box.onCancel == nil { await Task.yield() }
            return try await scorer.scoreBatch(task: "balloons", answers: many, threads: 1) { progress in
                log.add(progress)
                box.cancel()
            }
        }
        box.onCancel = { task.cancel() }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(log.done == [16])
    }

    @Test("a cancelled task scores nothing")
    func cancelledBefore() async throws {
        let scorer = try open(small)
        let log = ProgressLog()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            await #expect(throws: CancellationError.self) {
                try await scorer.scoreBatch(task: "balloons", answers: many, progress: log.add)
            }
            await #expect(throws: CancellationError.self) { try await scorer.score(task: "balloons", answer: "warm") }
            await #expect(throws: CancellationError.self) { try await scorer.explain(task: "balloons", answer: "warm") }
            await #expect(throws: CancellationError.self) { try await scorer.experts(task: "balloons", answer: "warm") }
            await #expect(throws: CancellationError.self) { try await scorer.about() }
            await #expect(throws: CancellationError.self) { try await Scorer(contentsOf: repository(small)) }
            await #expect(throws: CancellationError.self) { try await Scorer(data: Data()) }
            await #expect(throws: CancellationError.self) { try await scorer.attach(contentsOf: repository(small)) }
            await #expect(throws: CancellationError.self) { try await scorer.attach(data: Data()) }
            await #expect(throws: CancellationError.self) { try await scorer.detach(pack: "none") }
        }
        task.cancel()
        await task.value
        #expect(log.all.isEmpty)
    }

    @Test("the stream reports rising progress, and the scores at the end")
    func stream() async throws {
        let scorer = try open(small)
        var seen: [BatchProgress] = []
        for try await progress in scorer.scoreAll(task: "balloons", answers: many) {
            seen.append(progress)
        }
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.done < $1.done })
        #expect(seen.dropLast().allSatisfy { $0.scores == nil && $0.total == 400 && $0.fraction < 1 })
        let last = try #require(seen.last)
        #expect(last.done == 400 && last.fraction == 1)
        let scores = try await scorer.scoreBatch(task: "balloons", answers: many)
        #expect(last.scores == scores)
        for (answer, score) in zip(many, scores) {
            let alone = try await scorer.score(task: "balloons", answer: answer)
            #expect(alone == score, "\(answer)")
        }
    }

    @Test("a stream of no answers ends with no scores")
    func emptyStream() async throws {
        var seen: [BatchProgress] = []
        for try await progress in try open(small).scoreAll(task: "balloons", answers: []) { seen.append(progress) }
        #expect(seen == [BatchProgress(done: 0, total: 0, scores: [])])
        #expect(seen.first?.fraction == 1)
    }

    @Test("the stream compares with references")
    func references() async throws {
        let scorer = try open(science)
        let answers = ["a short string makes a higher sound", "iron is not a magnet"]
        let references = ["When the string is shorter, the pitch is higher.", "Iron is attracted by a magnet."]
        var scores: [Score]?
        for try await progress in scorer.scoreAll(task: "science", answers: answers, references: references) {
            scores = progress.scores
        }
        for (row, score) in try #require(scores).enumerated() {
            let alone = try await scorer.score(task: "science", answer: answers[row], reference: references[row])
            #expect(score == alone, "answer \(row)")
        }
    }

    @Test("the stream throws the error with the index of the answer")
    func streamFails() async throws {
        let answers = many + [String(repeating: "warm air ", count: 8_000)] + many
        do {
            for try await progress in try open(small).scoreAll(task: "balloons", answers: answers) {
                #expect(progress.scores == nil)
            }
            Issue.record("the answer was accepted")
        } catch let error as PupilError {
            #expect(name(of: error) == "too-large")
            #expect(error.answer == 400)
        }
    }

    @Test("leaving the loop stops the batch")
    func leftLoop() async throws {
        let scorer = try open(science)
        let (ends, ended) = AsyncStream.makeStream(of: String.self)
        func first() async throws -> BatchProgress? {
            for try await progress in endless(scorer, ended) { return progress }
            return nil
        }
        let progress = try #require(try await first())
        #expect(progress.done < progress.total)
        #expect(await ends.first { _ in true } == "CancellationError")
    }

    @Test("cancelling the task of the loop stops the batch and ends the loop without an error")
    func cancelledLoop() async throws {
        let scorer = try open(science)
        let (ends, ended) = AsyncStream.makeStream(of: String.self)
        let task = Task {
            var seen: [BatchProgress] = []
            for try await progress in endless(scorer, ended) {
                seen.append(progress)
                withUnsafeCurrentTask { $0?.cancel() }
            }
            return seen
        }
        let seen = try await task.value
        // One more value may have been sent already.
        #expect((1...2).contains(seen.count))
        #expect(seen.allSatisfy { $0.done < $0.total && $0.scores == nil })
        #expect(await ends.first { _ in true } == "CancellationError")
    }

    /// A stream of a batch that takes far longer than any test; `ended` receives the result of the batch.
    private func endless(
        _ scorer: Scorer, _ ended: AsyncStream<String>.Continuation
    ) -> AsyncThrowingStream<BatchProgress, any Error> {
        let answer = "a short string makes a higher sound"
        let texts = Array(repeating: answer, count: 20_000)
        return scorer.stream { progress in
            Batch(task: "science", answers: texts, references: texts, threads: 1, progress: progress)
        } ended: { result in
            switch result {
            case .success: ended.yield("scores")
            case .failure(let error): ended.yield(name(of: error))
            }
        }
    }
}

/// A cancel action that is set later.
final class CancelAction: @unchecked Sendable {
    private let lock = NSLock()
    private var action: (@Sendable () -> Void)?

    var onCancel: (@Sendable () -> Void)? {
        get { lock.withLock { action } }
        set { lock.withLock { action = newValue } }
    }

    func cancel() {
        onCancel?()
    }
}
