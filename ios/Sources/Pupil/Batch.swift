import Dispatch
import Foundation
internal import PupilEngine

/// How far a batch is.
public struct BatchProgress: Hashable, Sendable {
    /// Answers scored so far.
    public let done: Int
    /// Answers in all.
    public let total: Int
    /// The scores, in the order of the answers, once all are done; only ``Scorer/scoreAll(task:answers:references:threads:)`` gives them.
    public let scores: [Score]?

    /// The part that is done, from 0 to 1.
    public var fraction: Double { total == 0 ? 1 : Double(done) / Double(total) }
}

extension Scorer {
    /// Scores many answers, in their order, on several threads.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answers: What the students wrote.
    ///   - references: As many right answers, where the task needs them, and only there.
    ///   - threads: How many threads work, the caller's among them; 0 takes one per core.
    ///   - progress: Told how far the batch is, in rising order, by one thread at a time though not always the same.
    ///     What it throws ends the batch and is thrown here; it is not called again.
    /// - Throws: ``PupilError``, with the place of the answer that failed, or what `progress` threw.
    public func scoreBatch(
        task: String,
        answers: [String],
        references: [String]? = nil,
        threads: Int = 0,
        progress: (@Sendable (BatchProgress) throws -> Void)? = nil
    ) throws -> [Score] {
        let batch = Batch(task: task, answers: answers, references: references, threads: threads, progress: progress)
        return try batch.run(on: engine)
    }

    /// As the other form, on threads that are not the caller's.
    ///
    /// When the task is cancelled it stops before the next answer and throws `CancellationError`.
    public func scoreBatch(
        task: String,
        answers: [String],
        references: [String]? = nil,
        threads: Int = 0,
        progress: (@Sendable (BatchProgress) throws -> Void)? = nil
    ) async throws -> [Score] {
        let batch = Batch(task: task, answers: answers, references: references, threads: threads, progress: progress)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                batch.start(on: engine) { continuation.resume(with: $0) }
            }
        } onCancel: {
            batch.cancel()
        }
    }

    /// Scores many answers and tells meanwhile how far it is; the last progress holds the scores.
    ///
    /// ```swift
    /// for try await progress in scorer.scoreAll(task: task, answers: answers) {
    ///     bar = progress.fraction
    ///     if let scores = progress.scores { show(scores) }
    /// }
    /// ```
    ///
    /// The work begins at once, on threads that are not the caller's. It stops before the next answer when the loop is left
    /// and nothing else holds the stream, or when the task of the loop is cancelled, which ends the loop without an error.
    /// A slow loop misses progress, never the last.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answers: What the students wrote.
    ///   - references: As many right answers, where the task needs them, and only there.
    ///   - threads: How many threads work; 0 takes one per core.
    /// - Returns: Progress in rising order. The loop throws ``PupilError``, with the place of the answer that failed.
    public func scoreAll(
        task: String,
        answers: [String],
        references: [String]? = nil,
        threads: Int = 0
    ) -> AsyncThrowingStream<BatchProgress, any Error> {
        stream(of: { progress in
            Batch(task: task, answers: answers, references: references, threads: threads, progress: progress)
        })
    }

    /// A stream of what a batch tells; `ended` is told what became of the batch itself.
    func stream(
        of batch: @escaping (@escaping @Sendable (BatchProgress) -> Void) -> Batch,
        ended: @escaping @Sendable (Result<[Score], any Error>) -> Void = { _ in }
    ) -> AsyncThrowingStream<BatchProgress, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let batch = batch { progress in
                // The end is told together with the scores.
                if progress.done < progress.total { continuation.yield(progress) }
            }
            continuation.onTermination = { _ in batch.cancel() }
            batch.start(on: engine) { result in
                ended(result)
                switch result {
                case .success(let scores):
                    continuation.yield(BatchProgress(done: scores.count, total: scores.count, scores: scores))
                    continuation.finish()
                case .failure(let error):
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}

/// A batch that can be cancelled.
struct Batch: Sendable {
    let task: String
    let answers: [String]
    let references: [String]?
    let threads: Int
    let progress: (@Sendable (BatchProgress) throws -> Void)?
    private let cancellation = CancellationFlag()

    init(
        task: String, answers: [String], references: [String]?, threads: Int,
        progress: (@Sendable (BatchProgress) throws -> Void)?
    ) {
        self.task = task
        self.answers = answers
        self.references = references
        self.threads = threads
        self.progress = progress
    }

    /// Stops it before its next answer.
    func cancel() {
        cancellation.cancel()
    }

    /// Runs it on a thread of Dispatch: it may take seconds, and the threads of Swift's concurrency are few.
    func start(on engine: Engine, _ done: @escaping @Sendable (Result<[Score], any Error>) -> Void) {
        DispatchQueue.global(qos: .userInitiated).async {
            done(
                Result {
                    do {
                        return try run(on: engine)
                    } catch PupilError.cancelled where cancellation.isCancelled {
                        throw CancellationError()
                    }
                })
        }
    }

    /// Runs it on this thread, and on others.
    func run(on engine: Engine) throws -> [Score] {
        guard let threads = UInt32(exactly: threads) else {
            throw PupilError.badInput(reason: "\(threads) threads, there must be 0 or more", answer: nil)
        }
        try Crossing.check(task)
        try Crossing.check(all: answers)
        try Crossing.check(all: references ?? [])
        let listener = progress.map(Listener.init)
        do {
            return try relayed {
                try engine.scoreBatch(
                    task: task, answers: answers, references: references, threads: threads,
                    progress: listener, cancellation: cancellation.engine
                ).map(Score.init)
            }
        } catch {
            throw listener?.thrown ?? error
        }
    }
}

/// The engine's flag, and whether it was set from here.
private final class CancellationFlag: @unchecked Sendable {
    let engine = Cancellation()
    private let lock = NSLock()
    private var cancelled = false

    var isCancelled: Bool {
        lock.withLock { cancelled }
    }

    func cancel() {
        lock.withLock { cancelled = true }
        // It sets a flag and has nothing to fail at; its signature is that of every exported function.
        try? engine.cancel()
    }
}

/// Passes progress on and keeps what was thrown: only the engine's own errors cross the boundary.
///
/// The engine tells progress on one thread at a time.
private final class Listener: PupilEngine.Progress, @unchecked Sendable {
    private let tell: @Sendable (BatchProgress) throws -> Void
    private let lock = NSLock()
    private var error: (any Error)?

    init(_ tell: @escaping @Sendable (BatchProgress) throws -> Void) {
        self.tell = tell
    }

    /// What the app's closure threw.
    var thrown: (any Error)? {
        lock.withLock { error }
    }

    func update(done: UInt64, total: UInt64) throws {
        let stopped = PupilEngine.PupilError.Cancelled(reason: "the listener threw an error")
        // Answers that other threads had begun are told as well, and the app was promised the end.
        guard thrown == nil else { throw stopped }
        do {
            try tell(BatchProgress(done: Int(done), total: Int(total), scores: nil))
        } catch {
            lock.withLock { self.error = error }
            throw stopped
        }
    }
}
