import Foundation
import Pupil
import Testing

@testable import SampleModel

private func scorer() throws -> Scorer {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
    let model = root.appendingPathComponent("models/science/science.pupil").standardizedFileURL
    return try Scorer(contentsOf: model, options: Publisher.options)
}

@Suite("The sample's questions and screen")
@MainActor
struct AssessmentTests {
    @Test("each question's reference is scored correct, and an unrelated answer is not")
    func references() async throws {
        let assessment = Assessment(scorer: try scorer())
        #expect(assessment.questions.count == 12)
        #expect(Set(assessment.questions.map(\.id)).count == 12)
        for question in assessment.questions {
            for (answer, isRight) in [(question.reference, true), ("My dog likes to play football with Tim.", false)] {
                assessment.question = question
                assessment.answer = answer
                await assessment.score()
                guard case .scored(let summary) = assessment.state else {
                    Issue.record("\(question.id): \(assessment.state)")
                    continue
                }
                #expect((summary.title == "correct") == isRight, "\(question.id): \(summary.labels)")
                #expect(summary.labels.first?.name == summary.title, "\(question.id)")
                #expect(summary.pieces.map(\.text).joined() == answer, "\(question.id)")
                #expect(summary.pieces.map { abs($0.strength) }.max() == 1, "\(question.id)")
            }
        }
    }

    @Test("the words with the largest effect are highlighted")
    func highlights() async throws {
        let assessment = Assessment(scorer: try scorer())
        assessment.question = try #require(assessment.questions.first { $0.id == "seed" })
        assessment.answer = "  I think: a seed needs water, air and warmth 🌱!"
        await assessment.score()
        guard case .scored(let summary) = assessment.state else {
            Issue.record("\(assessment.state)")
            return
        }
        let strongest = summary.pieces.max { abs($0.strength) < abs($1.strength) }
        #expect(["seed", "needs", "water", "air", "warmth"].contains(strongest?.text))
        #expect(summary.pieces.first == ScoreSummary.Piece(text: "  ", strength: 0))
        #expect(summary.pieces.map(\.text).joined() == assessment.answer)
    }

    @Test("an empty answer is not scored, and another question clears the answer")
    func emptying() async throws {
        let assessment = Assessment(scorer: try scorer())
        assessment.answer = " \n\t"
        await assessment.score()
        #expect(assessment.state == .empty)
        assessment.answer = "A seed needs water."
        await assessment.score()
        #expect(assessment.state != .empty)
        assessment.question = assessment.questions[1]
        #expect(assessment.answer == "")
        #expect(assessment.state == .empty)
    }

    @Test("a late or cancelled result is dropped", arguments: [false, true])
    func late(cancelled: Bool) async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        let assessment = Assessment(questions: Question.all) { _, _ in
            begin.yield()
            for await _ in opened { break }
            try Task.checkCancellation()
            return Explanation(score: Score(labels: [], confidence: 1, wordCount: 1, tokenCount: 1), words: [])
        }
        assessment.answer = "A seed"
        let scoring = Task { await assessment.score() }
        for await _ in begun { break }
        if cancelled { scoring.cancel() } else { assessment.answer = "A seed needs" }
        open.yield()
        await scoring.value
        #expect(assessment.state == .empty)
    }

    @Test("an answer that changes within the pause is not scored")
    func pause() async throws {
        let (explained, explain) = AsyncStream.makeStream(of: String.self)
        let assessment = Assessment(questions: Question.all) { answer, _ in
            explain.yield(answer)
            return Explanation(score: Score(labels: [], confidence: 1, wordCount: 1, tokenCount: 1), words: [])
        }
        assessment.answer = "A seed"
        let scoring = Task { await assessment.score(after: .seconds(3600)) }
        await Task.yield()
        scoring.cancel()
        await scoring.value
        #expect(assessment.state == .empty)

        assessment.answer = "A seed needs"
        await assessment.score(after: .milliseconds(1))
        #expect(assessment.state != .empty)
        assessment.answer = ""
        // An empty answer does not wait.
        await assessment.score(after: .seconds(3600))
        #expect(assessment.state == .empty)

        explain.finish()
        var answers: [String] = []
        for await answer in explained { answers.append(answer) }
        #expect(answers == ["A seed needs"])
    }

    @Test("a result in time is shown")
    func inTime() async throws {
        let assessment = Assessment(questions: Question.all) { _, _ in
            Explanation(score: Score(labels: [], confidence: 1, wordCount: 1, tokenCount: 1), words: [])
        }
        assessment.answer = "A seed"
        await assessment.score()
        guard case .scored(let summary) = assessment.state else {
            Issue.record("\(assessment.state)")
            return
        }
        #expect(summary.title == "no label")
        #expect(summary.pieces == [ScoreSummary.Piece(text: "A seed", strength: 0)])
    }

    @Test("an error message does not contain the answer")
    func failing() async throws {
        let assessment = Assessment(scorer: try scorer())
        assessment.answer = String(repeating: "xyzzy ", count: 20_000)
        await assessment.score()
        guard case .failed(let reason) = assessment.state else {
            Issue.record("\(assessment.state)")
            return
        }
        #expect(reason.contains("120000"))
        #expect(!reason.contains("xyzzy"))
    }

    @Test("each decision has its text")
    func reviews() {
        let rows: [(Decision, String?)] = [
            (.automatic, nil),
            (.review(.tooShort), "The answer is too short."),
            (.review(.otherLanguage), "The answer is written in another language."),
            (.review(.gibberish), "The letters do not make words."),
            (.review(.unknownWords), "Most of the words are unknown."),
            (.review(.repetition), "The answer repeats itself."),
            (.review(.copiedQuestion), "The answer repeats the question."),
            (.review(.nearReference), "The answer is nearly the reference answer, but changed."),
            (.review(.offTopic), "The answer is about something else."),
            (.review(.wordList), "The answer is a list of words."),
            (.review(.truncated), "The text was too long and was truncated."),
            (.review(.unseenLabel), "No training answer has this label."),
            (.review(.lowConfidence), "The model is not sure."),
            (.review(.noPromise), "Nothing is promised about this question."),
            (.review(.audit), "It was chosen to be checked."),
            (.review(.other), "For another reason."),
        ]
        for (decision, review) in rows {
            let labels = [
                LabelScore(name: "no", probability: 0.25, isAwarded: false),
                LabelScore(name: "yes", probability: 0.75, isAwarded: true),
            ]
            let score = Score(labels: labels, level: 2, confidence: 0.75, decision: decision, wordCount: 0, tokenCount: 0)
            let summary = ScoreSummary(Explanation(score: score, words: []), of: "")
            #expect(summary.review == review)
            #expect(summary.title == "Level 2")
            #expect(summary.labels.map(\.name) == ["yes", "no"])
            #expect(summary.pieces.isEmpty)
        }
    }
}
