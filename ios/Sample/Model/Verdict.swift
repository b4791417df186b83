import Pupil

/// What the screen shows of a score.
public struct Verdict: Equatable, Sendable {
    /// The awarded label, or the level where the task has a scale.
    public let title: String
    /// How sure the model is, from 0 to 1.
    public let confidence: Double
    /// Why a person should look, where one should.
    public let review: String?
    /// All labels with their probabilities, the most probable first.
    public let labels: [Line]
    /// The answer in pieces, each with its part in the verdict.
    public let pieces: [Piece]

    /// A label and its probability.
    public struct Line: Equatable, Sendable, Identifiable {
        public let name: String
        public let probability: Double

        public var id: String { name }
    }

    /// A piece of the answer.
    public struct Piece: Equatable, Sendable {
        public let text: String
        /// From -1, the word that speaks most against the verdict, to 1, the one that speaks most for it; 0 between words.
        public let strength: Double
    }

    /// Reads an explanation of `answer`.
    public init(_ explanation: Explanation, of answer: String) {
        let score = explanation.score
        let awarded = score.labels.firstIndex(where: \.isAwarded)
        title = score.level.map { "Level \($0)" } ?? awarded.map { score.labels[$0].name } ?? "no label"
        confidence = Double(score.confidence)
        review =
            switch score.decision {
            case .automatic: nil
            case .review(.tooShort): "The answer is too short."
            case .review(.mostlyUnknown): "Most of the words are unknown."
            case .review(.repetitive): "The answer repeats itself."
            case .review(.truncated): "The text is too long to be read whole."
            case .review(.unseenLabel): "The model has never seen an answer of this kind."
            case .review(.lowConfidence): "The model is not sure."
            case .review(.other): "A person should look."
            }
        labels = score.labels
            .map { Line(name: $0.name, probability: Double($0.probability)) }
            .sorted { $0.probability > $1.probability }
        pieces = Self.pieces(of: answer, explanation.words, label: awarded)
    }

    private static func pieces(of answer: String, _ words: [WordShare], label: Int?) -> [Piece] {
        let shares = words.map { word in label.map { Double(word.labels[$0]) } ?? 0 }
        let most = shares.map(abs).max() ?? 0
        var pieces: [Piece] = []
        var end = answer.startIndex
        func add(_ range: Range<String.Index>, _ strength: Double) {
            if !range.isEmpty { pieces.append(Piece(text: String(answer[range]), strength: strength)) }
        }
        for (word, share) in zip(words, shares) {
            add(end..<word.range.lowerBound, 0)
            add(word.range, most > 0 ? share / most : 0)
            end = word.range.upperBound
        }
        add(end..<answer.endIndex, 0)
        return pieces
    }
}
