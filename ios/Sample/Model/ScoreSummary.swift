import Pupil

/// The parts of a score that the screen shows.
public struct ScoreSummary: Equatable, Sendable {
    /// The awarded label, or the level if the task has a scale.
    public let title: String
    /// The confidence, from 0 to 1.
    public let confidence: Double
    /// Why a person should review the answer; nil if no review is needed.
    public let review: String?
    /// All labels with their probabilities, the most probable first.
    public let labels: [Line]
    /// The answer in pieces, each with its effect on the score.
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
        /// From -1, for the word that counts most against the label, to 1, for the word that supports it most; 0
        /// between words.
        public let strength: Double
    }

    /// Converts an explanation of `answer`.
    public init(_ explanation: Explanation, of answer: String) {
        let score = explanation.score
        let awarded = score.labels.firstIndex(where: \.isAwarded)
        title = score.level.map { "Level \($0)" } ?? awarded.map { score.labels[$0].name } ?? "no label"
        confidence = Double(score.confidence)
        review =
            switch score.decision {
            case .automatic: nil
            case .review(.tooShort): "The answer is too short."
            case .review(.otherLanguage): "The answer is written in another language."
            case .review(.gibberish): "The letters do not make words."
            case .review(.unknownWords): "Most of the words are unknown."
            case .review(.repetition): "The answer repeats itself."
            case .review(.copiedQuestion): "The answer repeats the question."
            case .review(.nearReference): "The answer is nearly the reference answer, but changed."
            case .review(.offTopic): "The answer is about something else."
            case .review(.wordList): "The answer is a list of words."
            case .review(.truncated): "The text was too long and was truncated."
            case .review(.unseenLabel): "No training answer has this label."
            case .review(.lowConfidence): "The model is not sure."
            case .review(.noPromise): "Nothing is promised about this question."
            case .review(.audit): "It was chosen to be checked."
            case .review(.other): "For another reason."
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
