import Foundation
import Testing

@testable import Pupil

@Suite("The examples of the documentation")
struct ReadmeTests {
    @Test("the first example runs")
    func first() throws {
        let url = repository("models/mind-ca/mind-ca.pupil")
        // Begin of the example.
        let scorer = try Scorer(contentsOf: url)  // Sendable: share it among tasks and threads
        let score = try scorer.score(task: "mindca-ss_burglar", answer: "He feared that the officer had come to arrest him.")
        if let level = score.level { print("level \(level)") }
        print("confidence \(score.confidence), \(score.decision)")
        for label in score.labels {
            print("\(label.name) \(label.probability) \(label.isAwarded)")
        }
        // End of the example.
        #expect(score.labels.filter(\.isAwarded).count == 1)
        #expect(score.wordCount == 10)
    }

    @Test("the example with a reference runs")
    func reference() throws {
        let scorer = try open(science)
        // Begin of the example.
        let score = try scorer.score(
            task: "science", answer: "a short string makes a higher sound",
            reference: "When the string is shorter, the pitch is higher.")
        // End of the example.
        #expect(score.labels.filter(\.isAwarded).count == 1)
        #expect(score.wordCount == 7)
    }

    @Test("the example of a batch runs")
    func batch() async throws {
        let scorer = try open("models/mind-ca/mind-ca.pupil")
        let texts = ["He feared that the officer had come to arrest him.", "he had stolen things"]
        var bar = 0.0
        var shown: [Score] = []
        func show(_ scores: [Score]) { shown = scores }
        // Begin of the example.
        for try await progress in scorer.scoreAll(task: "mindca-ss_burglar", answers: texts) {
            bar = progress.fraction
            if let scores = progress.scores { show(scores) }
        }
        // End of the example.
        #expect(bar == 1)
        #expect(shown.map(\.wordCount) == [10, 4])
    }

    @Test("the example of a tracker runs")
    func tracker() throws {
        let url = repository(practice)
        // Begin of the example.
        let tracker = try Tracker(contentsOf: url)
        try tracker.observe("add-1", correct: true)
        try tracker.observe("fractions-1", correct: false)
        for skill in try tracker.mastery() {
            print("\(skill.name) \(skill.probability), from \(skill.answers) answers")
        }
        for next in try tracker.recommend(3) {
            print("ask \(next.question): right with a probability of \(next.probability)")
        }
        let kept = try tracker.snapshot()
        // End of the example.
        #expect(kept.count <= 1024)
        #expect(try tracker.answers == 2)
    }

    @Test("the documentation contains exactly the examples that run")
    func isVerbatim() throws {
        let examples = try Self.pieces(
            of: String(contentsOfFile: #filePath, encoding: .utf8), from: "        // Begin of the example.\n",
            to: "        // End of"
        ).map { piece in
            piece.components(separatedBy: "\n").map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : $0 }
                .joined(separator: "\n")
        }
        #expect(examples.count == 4)
        let pages = [
            ("README.md", examples.prefix(1)), ("docs/swift.md", examples.prefix(3)),
            ("docs/simulator.md", examples.suffix(1)),
        ]
        for (path, shown) in pages {
            let text = try String(contentsOf: repository(path), encoding: .utf8)
            let head = "import Pupil\n\n"
            let blocks = Self.pieces(of: text, from: "```swift\n", to: "```")
            #expect(blocks.first?.hasPrefix(head) == true, "\(path)")
            #expect(
                blocks.map { $0.hasPrefix(head) ? String($0.dropFirst(head.count)) : $0 } == Array(shown),
                "\(path)")
        }
    }

    /// The parts of a text between each `begin` and the following `end`.
    private static func pieces(of text: String, from begin: String, to end: String) -> [String] {
        text.components(separatedBy: begin).dropFirst().compactMap { $0.components(separatedBy: end).first }
    }
}
