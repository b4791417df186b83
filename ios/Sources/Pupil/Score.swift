internal import PupilEngine

/// The score of one answer.
public struct Score: Hashable, Sendable {
    /// One entry per label of the task, in the order of the task.
    public let labels: [LabelScore]
    /// The awarded level in points, if the task has a scale.
    public let level: Int?
    /// The expected level in points, if the task has a scale.
    public let expected: Float?
    /// The confidence of the award, from 0 to 1.
    public let confidence: Float
    /// Whether the score can be used without review.
    public let decision: Decision
    /// The promise that covers the score: that of its task, if the decision is automatic.
    public let guarantee: Scorer.Task.Guarantee?
    /// Number of words of the answer that contain a letter or a digit.
    public let wordCount: Int
    /// Number of words that the model does not know.
    public let unknownWordCount: Int
    /// Number of tokens that the model read, including those of the reference.
    public let tokenCount: Int
    /// Whether the answer was too long and was truncated.
    public let isTruncated: Bool
    /// Whether the answer repeats a word or a phrase many times.
    public let isRepetitive: Bool

    /// Makes a value for previews and tests of the app.
    public init(
        labels: [LabelScore],
        level: Int? = nil,
        expected: Float? = nil,
        confidence: Float,
        decision: Decision = .automatic,
        guarantee: Scorer.Task.Guarantee? = nil,
        wordCount: Int,
        unknownWordCount: Int = 0,
        tokenCount: Int,
        isTruncated: Bool = false,
        isRepetitive: Bool = false
    ) {
        self.labels = labels
        self.level = level
        self.expected = expected
        self.confidence = confidence
        self.decision = decision
        self.guarantee = guarantee
        self.wordCount = wordCount
        self.unknownWordCount = unknownWordCount
        self.tokenCount = tokenCount
        self.isTruncated = isTruncated
        self.isRepetitive = isRepetitive
    }
}

/// The score of one label.
public struct LabelScore: Hashable, Sendable {
    /// Name of the label.
    public let name: String
    /// Calibrated probability, from 0 to 1.
    public let probability: Float
    /// Whether the label is awarded.
    public let isAwarded: Bool

    /// Makes a value for previews and tests of the app.
    public init(name: String, probability: Float, isAwarded: Bool) {
        self.name = name
        self.probability = probability
        self.isAwarded = isAwarded
    }
}

/// Whether a score can be used without review.
public enum Decision: Hashable, Sendable {
    /// The score can be used without review.
    case automatic
    /// A person should review the answer, for this reason: the first that applies.
    case review(ReviewReason)
}

/// Why a person should review the answer.
public enum ReviewReason: Hashable, Sendable, CaseIterable {
    /// The answer has fewer words than the task requires, or none.
    case tooShort
    /// The answer is written in another language or script than the training answers.
    case otherLanguage
    /// The letters of the answer do not make words.
    case gibberish
    /// The model does not know most of the words.
    case unknownWords
    /// The answer repeats a word or a phrase many times.
    case repetition
    /// The answer repeats the question.
    case copiedQuestion
    /// The answer is nearly the reference answer word for word, but not the same.
    case nearReference
    /// The answer is about something else than the question.
    case offTopic
    /// The answer is a list of words, or words in no order.
    case wordList
    /// The answer or the reference was too long and was truncated.
    case truncated
    /// No training answer of the model has the awarded label or level.
    case unseenLabel
    /// The confidence is lower than the task requires.
    case lowConfidence
    /// Nothing could be promised about automatic scores of the task, so there are none.
    case noPromise
    /// The score would be automatic, but is part of the share that a person reviews anyway.
    case audit
    /// A reason without a name here.
    case other
}

extension Score {
    init(_ score: PupilEngine.Score) {
        self.init(
            labels: score.labels.map {
                LabelScore(name: $0.name, probability: $0.probability, isAwarded: $0.awarded)
            },
            level: score.level.map { Int($0) },
            expected: score.expected,
            confidence: score.confidence,
            decision: Decision(score.decision),
            guarantee: score.guarantee.map(Scorer.Task.Guarantee.init),
            wordCount: Int(score.words),
            unknownWordCount: Int(score.unknownWords),
            tokenCount: Int(score.tokens),
            isTruncated: score.truncated,
            isRepetitive: score.repetitive
        )
    }
}

extension Decision {
    init(_ decision: PupilEngine.Decision) {
        switch decision {
        case .automatic: self = .automatic
        case .review(.tooShort): self = .review(.tooShort)
        case .review(.otherLanguage): self = .review(.otherLanguage)
        case .review(.gibberish): self = .review(.gibberish)
        case .review(.unknownWords): self = .review(.unknownWords)
        case .review(.repetition): self = .review(.repetition)
        case .review(.copiedQuestion): self = .review(.copiedQuestion)
        case .review(.nearReference): self = .review(.nearReference)
        case .review(.offTopic): self = .review(.offTopic)
        case .review(.wordList): self = .review(.wordList)
        case .review(.truncated): self = .review(.truncated)
        case .review(.unseenLabel): self = .review(.unseenLabel)
        case .review(.lowConfidence): self = .review(.lowConfidence)
        case .review(.noPromise): self = .review(.noPromise)
        case .review(.audit): self = .review(.audit)
        case .review(.other): self = .review(.other)
        }
    }
}
