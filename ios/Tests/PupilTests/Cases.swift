import Foundation
import Testing

@testable import Pupil

/// The cases for which every language gives the same bits; `tests/src/api` describes them.
struct Cases: Decodable, Sendable {
    let opens: [Open]
    let scores: [ScoreCase]
    let explanations: [ExplainCase]
    let experts: [ExpertsCase]
    let monitors: [MonitorCase]
    let batches: [BatchCase]
    let trackers: [TrackerCase]

    struct Open: Decodable, Sendable {
        let model: String
        let firstBytes: Int?
        let pack: String?
        let tasks: [String]?
        let members: [[Member]]?
        let guarantees: [Guarantee?]?
        let error: String?
    }

    struct Guarantee: Decodable, Equatable, Sendable {
        let maxErrorBits: String
        let confidenceBits: String
        let adjacent: Bool
        let answers: Int
        let automatic: Int
        let wrong: Int
        let boundBits: String
        let tasks: Int
        let needed: Int?
    }

    struct Member: Decodable, Equatable, Sendable {
        let family: String
        let weightBits: String
    }

    struct Text: Decodable, Sendable {
        let text: String
        let times: Int

        var whole: String { String(repeating: text, count: times) }
    }

    struct Expected: Decodable, Equatable, Sendable {
        let labels: [String]
        let probabilityBits: [String]
        let awarded: [Bool]
        let level: Int?
        let expectedBits: String?
        let confidenceBits: String
        let decision: String
        let promisedBits: String?
        let words: Int
        let unknownWords: Int
        let tokens: Int
        let truncated: Bool
        let repetitive: Bool
    }

    struct ScoreCase: Decodable, Sendable {
        let model: String
        let pack: String?
        let task: String
        let answer: Text
        let reference: String?
        let score: Expected?
        let error: String?
    }

    struct ExplainCase: Decodable, Sendable {
        let model: String
        let pack: String?
        let task: String
        let answer: Text
        let reference: String?
        let words: [Word]
    }

    struct Word: Decodable, Sendable {
        let text: String
        let utf8: [Int]
        let utf16: [Int]
        let scalars: [Int]
        let labelBits: [String]
        let expectedBits: String?
    }

    struct ExpertsCase: Decodable, Sendable {
        let model: String
        let pack: String?
        let task: String
        let answer: Text
        let reference: String?
        let members: [Int]
        let weightBits: [[String]]
        let error: String?
    }

    struct MonitorCase: Decodable, Sendable {
        let model: String
        let added: [Added]
        let changes: [Change]
        let error: String?
    }

    struct Added: Decodable, Sendable {
        let task: String
        let answer: String
        let reference: String?
        let times: Int
    }

    struct Change: Decodable, Equatable, Sendable {
        let task: String?
        let what: String
        let aboveBits: String?
        let calibratedBits: String
        let nowBits: String
        let since: Int
    }

    struct BatchCase: Decodable, Sendable {
        let model: String
        let task: String
        let answers: [String]
        let references: [String]?
        let probabilityBits: [[String]]
        let error: String?
        let errorAnswer: Int?
    }

    struct TrackerCase: Decodable, Sendable {
        let model: String
        let firstBytes: Int?
        let error: String?
        let questions: [Question]
        let steps: [Step]
    }

    struct Question: Decodable, Equatable, Sendable {
        let id: String
        let skills: [String]
        let difficultyBits: String?
    }

    /// A call of a tracker with the arguments that it has, and what it gives.
    struct Step: Decodable, Sendable {
        let call: String
        let question: String?
        let correct: Bool?
        let score: ScoreCase?
        let level: Int?
        let label: String?
        let count: Int?
        let byGain: Bool?
        let rangeBits: [String]?
        let questions: [String]?
        let times: Int?
        let seed: String?
        let snapshot: Text?
        let result: Given
    }

    struct Given: Decodable, Equatable, Sendable {
        var error: String?
        var answers: Int?
        var right: Bool?
        var bits: [String]?
        var mastery: [Skill]?
        var recommended: [Recommended]?
        var drawn: [Drawn]?
        var snapshot: String?
    }

    struct Skill: Decodable, Equatable, Sendable {
        let skill: String
        let name: String
        let bits: String
        let answers: Int
    }

    struct Recommended: Decodable, Equatable, Sendable {
        let question: String
        let bits: String
        let gainBits: String?
    }

    struct Drawn: Decodable, Equatable, Sendable {
        let bits: String
        let correct: Bool
    }

    static func read() throws -> Cases {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Cases.self, from: Data(contentsOf: repository("tests/fixtures/api/cases.json")))
    }
}

/// A file of the repository.
func repository(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../..").appendingPathComponent(path).standardizedFileURL
}

/// A knowledge model of 21 questions, without a meaning.
let knowledge = "tests/fixtures/golden/knowledge.pupil"

/// The shipped knowledge model.
let practice = "models/practice/practice.pupil"

/// Small and fast; its task is `balloons`.
let small = "tests/fixtures/golden/e_lstm.pupil"

/// A transformer of 16 MB; its task `science` compares with a reference.
let science = "models/science/science.pupil"

/// Opens a model of the repository, with a task pack if one is named.
func open(_ model: String, pack: String? = nil) throws -> Scorer {
    let scorer = try Scorer(contentsOf: repository(model))
    return try pack.map { try scorer.attach(contentsOf: repository($0)) } ?? scorer
}

/// Scorers by model and pack, each opened once.
struct Scorers {
    private var opened: [[String?]: Scorer] = [:]

    mutating func of(_ model: String, pack: String?) throws -> Scorer {
        if let scorer = opened[[model, pack]] { return scorer }
        let scorer = try open(model, pack: pack)
        opened[[model, pack]] = scorer
        return scorer
    }
}

/// A number in the format of the cases.
func bits(_ number: Float) -> String {
    let hex = String(number.bitPattern, radix: 16)
    return String(repeating: "0", count: 8 - hex.count) + hex
}

/// The number whose bits the cases write.
func real(_ bits: String) throws -> Float {
    Float(bitPattern: try #require(UInt32(bits, radix: 16)))
}

/// Bytes in hexadecimal.
func hex(_ data: Data) -> String {
    data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The bytes that hexadecimal digits stand for.
func unhex(_ text: String) throws -> Data {
    let digits = Array(text)
    return Data(
        try stride(from: 0, to: digits.count, by: 2).map {
            try #require(UInt8(String(digits[$0..<$0 + 2]), radix: 16))
        })
}

/// The error that a call throws, if any.
func thrown(by call: () throws -> Void) -> (any Error)? {
    do {
        try call()
        return nil
    } catch {
        return error
    }
}

/// The name of an error in the cases.
func name(of error: any Error) -> String {
    switch error as? PupilError {
    case .unreadable: return "unreadable"
    case .notAModel: return "not-a-model"
    case .damaged: return "damaged"
    case .unsupported: return "unsupported"
    case .tooLarge: return "too-large"
    case .untrusted: return "untrusted"
    case .wrongBase: return "wrong-base"
    case .unknownTask: return "unknown-task"
    case .badInput: return "bad-input"
    case .cancelled: return "cancelled"
    case .internal: return "internal"
    case nil: return String(describing: type(of: error))
    }
}

extension Cases.Expected {
    init(_ score: Score) {
        self.init(
            labels: score.labels.map(\.name),
            probabilityBits: score.labels.map { bits($0.probability) },
            awarded: score.labels.map(\.isAwarded),
            level: score.level,
            expectedBits: score.expected.map(bits),
            confidenceBits: bits(score.confidence),
            decision: Self.name(of: score.decision),
            promisedBits: score.guarantee.map { bits($0.maxError) },
            words: score.wordCount,
            unknownWords: score.unknownWordCount,
            tokens: score.tokenCount,
            truncated: score.isTruncated,
            repetitive: score.isRepetitive
        )
    }

    private static func name(of decision: Decision) -> String {
        switch decision {
        case .automatic: return "automatic"
        case .review(.tooShort): return "too-short"
        case .review(.otherLanguage): return "other-language"
        case .review(.gibberish): return "gibberish"
        case .review(.unknownWords): return "unknown-words"
        case .review(.repetition): return "repetition"
        case .review(.copiedQuestion): return "copied-question"
        case .review(.nearReference): return "near-reference"
        case .review(.offTopic): return "off-topic"
        case .review(.wordList): return "word-list"
        case .review(.truncated): return "truncated"
        case .review(.unseenLabel): return "unseen-label"
        case .review(.lowConfidence): return "low-confidence"
        case .review(.noPromise): return "no-promise"
        case .review(.audit): return "audit"
        case .review(.other): return "other"
        }
    }
}

extension Cases.Change {
    init(_ change: Monitor.Change) {
        let what =
            switch change.what {
            case .confidence: "confidence"
            case .words: "words"
            case .unknownWords: "unknown-words"
            }
        self.init(
            task: change.task, what: what, aboveBits: change.above.map(bits), calibratedBits: bits(change.calibrated),
            nowBits: bits(change.now), since: change.since)
    }
}
