import Foundation
internal import PupilEngine

/// Tells when answers are no longer like those that a promise was calibrated on. It keeps counts and no answer, and
/// nothing leaves the device.
///
/// Add each score once, in the order of time. While nothing changes, ``changes()`` ever tells a change with a
/// probability of 5 % at most, however often you look. A share that moves by less than two percentage points has not
/// changed.
///
/// Any number of threads may use one monitor at once.
public final class Monitor: Sendable {
    private let engine: PupilEngine.Monitor

    /// Begins to watch, or goes on.
    ///
    /// - Parameters:
    ///   - scorer: The scorer whose scores are added.
    ///   - state: The ``state()`` of an earlier monitor of the same model; nil to begin.
    /// - Throws: ``PupilError/badInput(reason:answer:)`` if the model has no distributions of calibration answers, or
    ///   the state is that of another model.
    public init(_ scorer: Scorer, state: Data? = nil) throws {
        engine = try translated { try PupilEngine.Monitor(engine: scorer.engine, state: state) }
    }

    /// Adds a score of a task. Scores of tasks without distributions change nothing.
    public func add(task: String, _ score: Score) throws {
        try translated {
            try engine.add(
                task: task, confidence: score.confidence, words: UInt32(clamping: score.wordCount),
                unknownWords: UInt32(clamping: score.unknownWordCount))
        }
    }

    /// What has changed. Empty while the conditions of the promise hold, as far as can be seen.
    public func changes() throws -> [Change] {
        try translated { try engine.changes() }.map(Change.init)
    }

    /// The counts so far, to be kept and given to the monitor of another day.
    public func state() throws -> Data {
        try translated { try engine.state() }
    }

    /// What a monitor found to have changed.
    public struct Change: Hashable, Sendable {
        /// The task; nil for a change of all tasks together.
        public let task: String?
        /// What has changed.
        public let what: Watched
        /// The number that fewer or more answers are above now; nil for all tasks together.
        public let above: Float?
        /// The share of the calibration answers above it, from 0 to 1.
        public let calibrated: Float
        /// The share of the answers so far.
        public let now: Float
        /// How many answers there had been when the change was first noticed.
        public let since: Int
    }

    /// A number of each score that a monitor watches.
    public enum Watched: Hashable, Sendable, CaseIterable {
        /// The confidence.
        case confidence
        /// The number of words.
        case words
        /// The share of words that the model does not know.
        case unknownWords
    }
}

extension Monitor.Change {
    init(_ change: PupilEngine.Change) {
        self.init(
            task: change.task,
            what: Monitor.Watched(change.what),
            above: change.above,
            calibrated: change.calibrated,
            now: change.now,
            since: Int(clamping: change.since)
        )
    }
}

extension Monitor.Watched {
    init(_ watched: PupilEngine.Watched) {
        switch watched {
        case .confidence: self = .confidence
        case .words: self = .words
        case .unknownWords: self = .unknownWords
        }
    }
}
