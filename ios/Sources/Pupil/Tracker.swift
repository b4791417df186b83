import Foundation
internal import PupilEngine

/// One student's answers so far, and what follows from them: how likely the next answers are right, which skills the
/// student has mastered, what to ask next.
///
/// ```swift
/// let tracker = try Tracker(contentsOf: url)
/// try tracker.observe("add-1", correct: true)
/// let next = try tracker.recommend(3)
/// ```
///
/// A tracker belongs to one student; ``forNewStudent()`` gives one for another student that shares the model. The same
/// file and the same answers give the same bits on every device. Probabilities are what the model expects of students
/// such as those it was trained on; nothing here should decide about a student without a person.
///
/// Calls take a fraction of a millisecond, but for ``recommend(_:policy:)`` by expected gain and ``simulate(_:seed:)``,
/// which add some microseconds per question. Calls from several threads are made one after the other. Opening reads the
/// whole file: with `await` it leaves the caller's actor.
public final class Tracker: Sendable {
    private let engine: StudentTracker

    /// The questions of the model, in the order of ``predictAll()``.
    public let questions: [Question]

    private init(_ engine: StudentTracker, _ questions: [Question]) {
        self.engine = engine
        self.questions = questions
    }

    private init(_ open: () throws -> StudentTracker) throws {
        let engine = try translated(open)
        self.engine = engine
        questions = try translated { try engine.questions().map(Question.init) }
    }

    /// Opens a file with a knowledge model, for a student who has not answered anything.
    ///
    /// - Parameters:
    ///   - url: A file in the app's bundle or its container.
    ///   - options: Whose files are trusted; its limits on answers have no effect.
    /// - Throws: ``PupilError``, as opening a ``Scorer`` does; `badInput` if the file has no knowledge model.
    public convenience init(contentsOf url: URL, options: Scorer.Options = .init()) throws {
        let path = try url.modelPath()
        try self.init { try StudentTracker.open(path: path, options: options.engineOptions()) }
    }

    /// Like the other form, on another thread.
    public convenience init(contentsOf url: URL, options: Scorer.Options = .init()) async throws {
        try _Concurrency.Task.checkCancellation()
        let path = try url.modelPath()
        try self.init { try StudentTracker.open(path: path, options: options.engineOptions()) }
    }

    /// Opens a model from memory. The bytes are copied.
    ///
    /// - Throws: ``PupilError``, as opening a ``Scorer`` does; `badInput` if there is no knowledge model.
    public convenience init(data: Data, options: Scorer.Options = .init()) throws {
        try ArgumentLimits.check(data)
        try self.init { try StudentTracker.fromBytes(bytes: data, options: options.engineOptions()) }
    }

    /// Like the other form, on another thread.
    public convenience init(data: Data, options: Scorer.Options = .init()) async throws {
        try _Concurrency.Task.checkCancellation()
        try ArgumentLimits.check(data)
        try self.init { try StudentTracker.fromBytes(bytes: data, options: options.engineOptions()) }
    }

    /// A tracker for another student, who has not answered anything; it shares the model.
    public func forNewStudent() throws -> Tracker {
        Tracker(try translated { try engine.forNewStudent() }, questions)
    }

    /// Number of answers taken in.
    public var answers: Int {
        get throws { Int(try translated { try engine.answers() }) }
    }

    /// Takes in an answer.
    ///
    /// - Parameters:
    ///   - question: The id of one of ``questions``; nil for a question that the model does not have, such as one that
    ///     was written since.
    ///   - correct: Whether the answer is right.
    /// - Throws: ``PupilError/badInput(reason:answer:)`` for an id that the model does not have.
    public func observe(_ question: String?, correct: Bool) throws {
        try ArgumentLimits.check(question)
        try translated { try engine.observe(question: question, correct: correct) }
    }

    /// Takes in a score as an answer. Whether a score that needs review should count is for the app to decide.
    ///
    /// - Parameters:
    ///   - question: The id of one of ``questions``.
    ///   - score: The score of the answer.
    ///   - mark: When the score counts as a right answer.
    /// - Returns: Whether it counted as right.
    /// - Throws: ``PupilError/badInput(reason:answer:)`` for an id that the model does not have, and for a score
    ///   without levels or without such a label.
    @discardableResult
    public func observe(_ question: String, score: Score, mark: PassMark) throws -> Bool {
        if case .label(let name) = mark { try ArgumentLimits.check(name) }
        try ArgumentLimits.check(question)
        return try translated {
            try engine.observeScore(
                question: question, level: score.level.map { Int32(clamping: $0) },
                labels: score.labels.map {
                    PupilEngine.LabelScore(name: $0.name, probability: $0.probability, awarded: $0.isAwarded)
                }, mark: mark.ofEngine)
        }
    }

    /// The probability that the student's next answer is right if it is to this question, from 0 to 1.
    ///
    /// - Parameter question: As for ``observe(_:correct:)``.
    /// - Throws: ``PupilError/badInput(reason:answer:)`` for an id that the model does not have.
    public func predict(_ question: String?) throws -> Float {
        try ArgumentLimits.check(question)
        return try translated { try engine.predict(question: question) }
    }

    /// The probability of a right answer to each of ``questions``.
    public func predictAll() throws -> [Float] {
        try translated { try engine.predictAll() }
    }

    /// How well the student has mastered each skill, and how many answers stand behind it.
    public func mastery() throws -> [Mastery] {
        try translated { try engine.mastery() }.map(Mastery.init)
    }

    /// The next questions, best first; fewer if fewer are left. A question that was asked is never recommended.
    ///
    /// - Throws: ``PupilError/badInput(reason:answer:)`` for less than one question, and for a range that is not within
    ///   0 to 1.
    public func recommend(_ count: Int, policy: Policy = .targetProbability()) throws -> [Recommendation] {
        guard let number = UInt32(exactly: count) else {
            let reason = "\(count) questions asked for, it must be 1 to \(UInt32.max)"
            throw PupilError.badInput(reason: reason, answer: nil)
        }
        return try translated { try engine.recommend(count: number, policy: policy.ofEngine) }.map(Recommendation.init)
    }

    /// Draws the student's answers to a sequence of questions, each in view of those drawn before. The tracker stays as
    /// it is; the same seed gives the same answers.
    ///
    /// - Throws: ``PupilError/badInput(reason:answer:)`` for an id that the model does not have,
    ///   ``PupilError/tooLarge(reason:answer:)`` for more than 65,536 questions.
    public func simulate(_ questions: [String], seed: UInt64) throws -> [SimulatedAnswer] {
        try ArgumentLimits.check(all: questions)
        return try translated { try engine.simulate(questions: questions, seed: seed) }.map(SimulatedAnswer.init)
    }

    /// The student's state, at most 1 KiB, to be kept until ``restore(_:)``. Store it as carefully as the answers.
    public func snapshot() throws -> Data {
        try translated { try engine.snapshot() }
    }

    /// Goes on from a snapshot. If it is refused, the tracker stays as it is.
    ///
    /// - Throws: ``PupilError``: `wrongBase` if it belongs to another model, `damaged`, `unsupported` if it is from a
    ///   later version, `tooLarge` if no snapshot is so long.
    public func restore(_ snapshot: Data) throws {
        try ArgumentLimits.check(snapshot)
        try translated { try engine.restore(snapshot: snapshot) }
    }

    /// A question that a knowledge model knows.
    public struct Question: Hashable, Sendable, Identifiable {
        /// The id that ``Tracker/observe(_:correct:)`` takes.
        public let id: String
        /// Ids of the skills that it asks for.
        public let skills: [String]
        /// Share of wrong answers among the training answers, from 0 to 1, if it is known.
        public let difficulty: Float?
    }

    /// How well a student has mastered a skill.
    public struct Mastery: Hashable, Sendable {
        /// Id of the skill.
        public let skill: String
        /// Name of the skill for people.
        public let name: String
        /// Probability that the student has mastered it, from 0 to 1.
        public let probability: Float
        /// Number of the student's answers to questions of this skill: what stands behind the probability. With none,
        /// it is what the model expects of any student with such answers to other questions.
        public let answers: Int
    }

    /// A question to ask next.
    public struct Recommendation: Hashable, Sendable {
        /// Id of the question.
        public let question: String
        /// Probability of a right answer, from 0 to 1.
        public let probability: Float
        /// By how much the mean probability of mastery is expected to rise; nil if chosen by probability.
        public let gain: Float?
    }

    /// A simulated answer.
    public struct SimulatedAnswer: Hashable, Sendable {
        /// Probability of a right answer when the question was asked, from 0 to 1.
        public let probability: Float
        /// Whether the drawn answer is right.
        public let isCorrect: Bool
    }

    /// When a score counts as a right answer.
    public enum PassMark: Hashable, Sendable {
        /// If the awarded level has at least so many points.
        case level(Int)
        /// If the label of that name is awarded.
        case label(String)
    }

    /// How the next questions are chosen.
    public enum Policy: Hashable, Sendable {
        /// Questions whose answers are right with a probability in this range, then those nearest to it, spread over
        /// skills.
        case targetProbability(low: Float = 0.7, high: Float = 0.85)
        /// Questions after which the expected mastery has risen most, on average over all skills.
        case expectedGain
    }
}

extension Tracker.Question {
    init(_ question: PupilEngine.Question) {
        self.init(id: question.id, skills: question.skills, difficulty: question.difficulty)
    }
}

extension Tracker.Mastery {
    init(_ mastery: PupilEngine.SkillMastery) {
        self.init(
            skill: mastery.skill, name: mastery.name, probability: mastery.probability, answers: Int(mastery.answers))
    }
}

extension Tracker.Recommendation {
    init(_ one: PupilEngine.Recommendation) {
        self.init(question: one.question, probability: one.probability, gain: one.gain)
    }
}

extension Tracker.SimulatedAnswer {
    init(_ answer: PupilEngine.SimulatedAnswer) {
        self.init(probability: answer.probability, isCorrect: answer.correct)
    }
}

extension Tracker.PassMark {
    var ofEngine: PupilEngine.PassMark {
        switch self {
        case .level(let points): .level(points: Int32(clamping: points))
        case .label(let name): .label(name: name)
        }
    }
}

extension Tracker.Policy {
    var ofEngine: PupilEngine.RecommendationPolicy {
        switch self {
        case .targetProbability(let low, let high): .targetProbability(low: low, high: high)
        case .expectedGain: .expectedGain
        }
    }
}
