internal import PupilEngine

/// A score and what each word had to do with it.
public struct Explanation: Hashable, Sendable {
    /// The score of the whole answer.
    public let score: Score
    /// The words of the answer, in their order.
    public let words: [WordShare]

    /// Makes one up, for previews and tests of the app's own.
    public init(score: Score, words: [WordShare]) {
        self.score = score
        self.words = words
    }
}

/// How one word moved the score: the difference between the answer with it and without it.
public struct WordShare: Hashable, Sendable {
    /// Where the word lies in the answer: `answer[word.range]` is the word.
    public let range: Range<String.Index>
    /// For each label of the task, its probability with the word less that without it.
    public let labels: [Float]
    /// The expected level in points with the word less that without it, where the task has a scale.
    public let expected: Float?

    /// Makes one up, for previews and tests of the app's own.
    public init(range: Range<String.Index>, labels: [Float], expected: Float? = nil) {
        self.range = range
        self.labels = labels
        self.expected = expected
    }
}

/// A score and the part that each expert of the task's mixture had in it.
public struct ExpertUse: Hashable, Sendable {
    /// The score.
    public let score: Score
    /// For each block of the mixture, one weight per expert. The weights of a block sum to 1 but for rounding;
    /// those of experts that did not run are 0.
    public let weights: [[Float]]

    /// Makes one up, for previews and tests of the app's own.
    public init(score: Score, weights: [[Float]]) {
        self.score = score
        self.weights = weights
    }
}

extension Explanation {
    init(_ explanation: PupilEngine.Explanation, of answer: String) {
        // Indices are found one from the other: from the beginning each time, a long answer would take quadratic time
        // where the string is not stored as UTF-8.
        var offset = 0
        var index = answer.startIndex
        func advance(to target: UInt32) -> String.Index {
            index = answer.utf8.index(index, offsetBy: Int(target) - offset)
            offset = Int(target)
            return index
        }
        self.init(
            score: Score(explanation.score),
            words: explanation.words.map { word in
                let start = advance(to: word.span.utf8Start)
                let end = advance(to: word.span.utf8End)
                return WordShare(range: start..<end, labels: word.labels, expected: word.expected)
            }
        )
    }
}

extension ExpertUse {
    init(_ use: PupilEngine.ExpertUse) {
        self.init(score: Score(use.score), weights: use.blocks.map(\.weights))
    }
}
