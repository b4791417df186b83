import Dispatch
import Foundation
internal import PupilEngine

/// The progress of a batch.
public struct BatchProgress: Hashable, Sendable {
    /// Number of finished answers.
    public let done: Int
    /// Number of all answers.
    public let total: Int
    /// The scores in the order of the answers when the batch is finished; only set by
    /// ``Scorer/scoreAll(task:answers:references:threads:)``.
    public let scores: [Score]?

    /// The finished fraction, from 0 to 1.
    public var fraction: Double { total == 0 ? 1 : Double(done) / Double(total) }
}

extension Scorer {
    /// Scores many answers on several threads and returns the scores in the same order.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answers: The students' answers.
    ///   - references: One reference answer per answer, if and only if the task needs them.
    ///   - threads: Number of threads, including the calling thread; 0 means one per core.
    ///   - progress: Called with rising progress. Different threads may call it, but only one at a time. If it throws,
    ///     the batch stops and rethrows, and it is not called again.
    /// - Throws: ``PupilError`` with the index of the failed answer, or the error of `progress`.
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

    /// Like the other form, on other threads.
    ///
    /// If the task is cancelled, the batch stops before the next answer and throws `CancellationError`.
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

    /// Scores many answers and reports progress meanwhile; the last progress contains the scores.
    ///
    /// ```swift
    /// for try await progress in scorer.scoreAll(task: task, answers: answers) {
    ///     bar = progress.fraction
    ///     if let scores = progress.scores { show(scores) }
    /// }
    /// ```
    ///
    /// The work begins at once, on other threads. It stops before the next answer if the loop is left and nothing else
    /// holds the stream, or if the task of the loop is cancelled, which ends the loop without an error. A slow loop may
    /// skip progress, but never the last value.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answers: The students' answers.
    ///   - references: One reference answer per answer, if and only if the task needs them.
    ///   - threads: Number of threads; 0 means one per core.
    /// - Returns: Rising progress. The loop throws ``PupilError`` with the index of the failed answer.
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

    /// A stream of the progress of a batch; `ended` receives the result of the batch.
    func stream(
        of batch: @escaping (@escaping @Sendable (BatchProgress) -> Void) -> Batch,
        ended: @escaping @Sendable (Result<[Score], any Error>) -> Void = { _ in }
    ) -> AsyncThrowingStream<BatchProgress, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let batch = batch { progress in
                // The last progress is sent together with the scores.
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

    /// Stops the batch before its next answer.
    func cancel() {
        cancellation.cancel()
    }

    /// Runs the batch on a thread of Dispatch: it may take seconds, and Swift concurrency has few threads.
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

    /// Runs the batch on this thread and others.
    func run(on engine: Engine) throws -> [Score] {
        guard let threads = UInt32(exactly: threads) else {
            throw PupilError.badInput(reason: "\(threads) threads, there must be 0 or more", answer: nil)
        }
        try ArgumentLimits.check(task)
        try ArgumentLimits.check(all: answers)
        try ArgumentLimits.check(all: references ?? [])
        let listener = progress.map(Listener.init)
        do {
            return try translated {
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

/// The engine's cancellation, and whether it was cancelled here.
private final class CancellationFlag: @unchecked Sendable {
    let engine = Cancellation()
    private let lock = NSLock()
    private var cancelled = false

    var isCancelled: Bool {
        lock.withLock { cancelled }
    }

    func cancel() {
        lock.withLock { cancelled = true }
        // It only sets a flag and cannot fail; all exported functions have a throwing signature.
        try? engine.cancel()
    }
}

/// Forwards progress and keeps the thrown error, since only the engine's errors can cross the boundary.
///
/// The engine reports progress on one thread at a time.
private final class Listener: PupilEngine.Progress, @unchecked Sendable {
    private let tell: @Sendable (BatchProgress) throws -> Void
    private let lock = NSLock()
    private var error: (any Error)?

    init(_ tell: @escaping @Sendable (BatchProgress) throws -> Void) {
        self.tell = tell
    }

    /// The error that the app's closure threw.
    var thrown: (any Error)? {
        lock.withLock { error }
    }

    func update(done: UInt64, total: UInt64) throws {
        let stopped = PupilEngine.PupilError.Cancelled(reason: "the listener threw an error")
        // Other threads report the answers that they had started, but the app's closure must not be called again.
        guard thrown == nil else { throw stopped }
        do {
            try tell(BatchProgress(done: Int(done), total: Int(total), scores: nil))
        } catch {
            lock.withLock { self.error = error }
            throw stopped
        }
    }
}
