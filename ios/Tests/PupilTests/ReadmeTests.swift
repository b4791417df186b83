import Foundation
import Testing

@testable import Pupil

@Suite("The example of the documents")
struct ReadmeTests {
    @Test("the example runs")
    func runs() throws {
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

    @Test("the example of the documents is the one that runs")
    func isVerbatim() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let begin = "// Begin of the example.\n"
        let body = try #require(source.components(separatedBy: begin).dropFirst().first)
        let example = try #require(body.components(separatedBy: "        // End of").first)
            .components(separatedBy: "\n").map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : $0 }
            .joined(separator: "\n")
        let documents = try ["README.md", "docs/swift.md"].filter { path in
            let text = try String(contentsOf: repository(path), encoding: .utf8)
            let blocks = text.components(separatedBy: "```swift\nimport Pupil\n\n")
            guard let block = blocks.dropFirst().first else { return false }
            #expect(block.hasPrefix(example + "```"), "\(path) has another example")
            return true
        }
        #expect(documents == ["README.md", "docs/swift.md"])
    }
}
