internal import PupilEngine

/// A score and the effect of each word.
public struct Explanation: Hashable, Sendable {
    /// The score of the whole answer.
    public let score: Score
    /// The words of the answer, in their order.
    public let words: [WordShare]

    /// Makes a value for previews and tests of the app.
    public init(score: Score, words: [WordShare]) {
        self.score = score
        self.words = words
    }
}

/// The effect of one word: the difference between the scores with it and without it.
public struct WordShare: Hashable, Sendable {
    /// The position of the word in the answer: `answer[word.range]` is the word.
    public let range: Range<String.Index>
    /// For each label of the task, its probability with the word minus that without it.
    public let labels: [Float]
    /// The expected level in points with the word minus that without it, if the task has a scale.
    public let expected: Float?

    /// Makes a value for previews and tests of the app.
    public init(range: Range<String.Index>, labels: [Float], expected: Float? = nil) {
        self.range = range
        self.labels = labels
        self.expected = expected
    }
}

/// A score and the weight of each expert of the task's mixtures.
public struct ExpertUse: Hashable, Sendable {
    /// The score.
    public let score: Score
    /// The blocks of every mixture, in the order of the task's members.
    public let blocks: [Block]

    /// The weights of the experts in one block.
    public struct Block: Hashable, Sendable {
        /// The place of the member of the task that the block belongs to; 0 is the first.
        public let member: Int
        /// One weight per expert. They sum to 1 apart from rounding; those of experts that did not run are 0.
        public let weights: [Float]

        /// Makes a value for previews and tests of the app.
        public init(member: Int = 0, weights: [Float]) {
            self.member = member
            self.weights = weights
        }
    }

    /// Makes a value for previews and tests of the app.
    public init(score: Score, blocks: [Block]) {
        self.score = score
        self.blocks = blocks
    }
}

extension Explanation {
    init(_ explanation: PupilEngine.Explanation, of answer: String) {
        // Each index is found from the previous one. Starting from the beginning would take quadratic time if the
        // string is not stored as UTF-8.
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
        self.init(
            score: Score(use.score),
            blocks: use.blocks.map { Block(member: Int(clamping: $0.member), weights: $0.weights) }
        )
    }
}
