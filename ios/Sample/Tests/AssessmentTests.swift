import Foundation
import Pupil
import Testing

@testable import SampleModel

private func scorer() throws -> Scorer {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
    return try Scorer(contentsOf: root.appendingPathComponent("models/science/science.pupil").standardizedFileURL)
}

@Suite("The sample's questions and screen")
@MainActor
struct AssessmentTests {
    @Test("each question's own reference is judged correct, and words of another matter are not")
    func references() async throws {
        let assessment = Assessment(scorer: try scorer())
        #expect(assessment.questions.count == 12)
        #expect(Set(assessment.questions.map(\.id)).count == 12)
        for question in assessment.questions {
            for (answer, isRight) in [(question.reference, true), ("My dog likes to play football with Tim.", false)] {
                assessment.question = question
                assessment.answer = answer
                await assessment.judge()
                guard case .judged(let verdict) = assessment.state else {
                    Issue.record("\(question.id): \(assessment.state)")
                    continue
                }
                #expect((verdict.title == "correct") == isRight, "\(question.id): \(verdict.labels)")
                #expect(verdict.labels.first?.name == verdict.title, "\(question.id)")
                #expect(verdict.pieces.map(\.text).joined() == answer, "\(question.id)")
                #expect(verdict.pieces.map { abs($0.strength) }.max() == 1, "\(question.id)")
            }
        }
    }

    @Test("the words that decide are the ones that are highlighted")
    func highlights() async throws {
        let assessment = Assessment(scorer: try scorer())
        assessment.question = try #require(assessment.questions.first { $0.id == "seed" })
        assessment.answer = "  I think: a seed needs water, air and warmth 🌱!"
        await assessment.judge()
        guard case .judged(let verdict) = assessment.state else {
            Issue.record("\(assessment.state)")
            return
        }
        let strongest = verdict.pieces.max { abs($0.strength) < abs($1.strength) }
        #expect(["seed", "needs", "water", "air", "warmth"].contains(strongest?.text))
        #expect(verdict.pieces.first == Verdict.Piece(text: "  ", strength: 0))
        #expect(verdict.pieces.map(\.text).joined() == assessment.answer)
    }

    @Test("nothing written is nothing judged, and another question begins anew")
    func emptying() async throws {
        let assessment = Assessment(scorer: try scorer())
        assessment.answer = " \n\t"
        await assessment.judge()
        #expect(assessment.state == .empty)
        assessment.answer = "A seed needs water."
        await assessment.judge()
        #expect(assessment.state != .empty)
        assessment.question = assessment.questions[1]
        #expect(assessment.answer == "")
        #expect(assessment.state == .empty)
    }

    @Test("a verdict that comes after the answer was written on, or was cancelled, is dropped", arguments: [false, true])
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
        let judging = Task { await assessment.judge() }
        for await _ in begun { break }
        if cancelled { judging.cancel() } else { assessment.answer = "A seed needs" }
        open.yield()
        await judging.value
        #expect(assessment.state == .empty)
    }

    @Test("an answer that is written on within the pause is never judged")
    func pause() async throws {
        let (explained, explain) = AsyncStream.makeStream(of: String.self)
        let assessment = Assessment(questions: Question.all) { answer, _ in
            explain.yield(answer)
            return Explanation(score: Score(labels: [], confidence: 1, wordCount: 1, tokenCount: 1), words: [])
        }
        assessment.answer = "A seed"
        let judging = Task { await assessment.judge(after: .seconds(3600)) }
        await Task.yield()
        judging.cancel()
        await judging.value
        #expect(assessment.state == .empty)

        assessment.answer = "A seed needs"
        await assessment.judge(after: .milliseconds(1))
        #expect(assessment.state != .empty)
        assessment.answer = ""
        // Without an answer there is nothing to wait for.
        await assessment.judge(after: .seconds(3600))
        #expect(assessment.state == .empty)

        explain.finish()
        var answers: [String] = []
        for await answer in explained { answers.append(answer) }
        #expect(answers == ["A seed needs"])
    }

    @Test("a verdict that comes in time is shown")
    func inTime() async throws {
        let assessment = Assessment(questions: Question.all) { _, _ in
            Explanation(score: Score(labels: [], confidence: 1, wordCount: 1, tokenCount: 1), words: [])
        }
        assessment.answer = "A seed"
        await assessment.judge()
        guard case .judged(let verdict) = assessment.state else {
            Issue.record("\(assessment.state)")
            return
        }
        #expect(verdict.title == "no label")
        #expect(verdict.pieces == [Verdict.Piece(text: "A seed", strength: 0)])
    }

    @Test("an error is told without the answer")
    func failing() async throws {
        let assessment = Assessment(scorer: try scorer())
        assessment.answer = String(repeating: "xyzzy ", count: 20_000)
        await assessment.judge()
        guard case .failed(let reason) = assessment.state else {
            Issue.record("\(assessment.state)")
            return
        }
        #expect(reason.contains("120000"))
        #expect(!reason.contains("xyzzy"))
    }

    @Test("each decision has its words")
    func reviews() {
        let rows: [(Decision, String?)] = [
            (.automatic, nil), (.review(.tooShort), "The answer is too short."),
            (.review(.mostlyUnknown), "Most of the words are unknown."),
            (.review(.repetitive), "The answer repeats itself."),
            (.review(.truncated), "The text is too long to be read whole."),
            (.review(.unseenLabel), "The model has never seen an answer of this kind."),
            (.review(.lowConfidence), "The model is not sure."), (.review(.other), "A person should look."),
        ]
        for (decision, review) in rows {
            let labels = [
                LabelScore(name: "no", probability: 0.25, isAwarded: false),
                LabelScore(name: "yes", probability: 0.75, isAwarded: true),
            ]
            let score = Score(labels: labels, level: 2, confidence: 0.75, decision: decision, wordCount: 0, tokenCount: 0)
            let verdict = Verdict(Explanation(score: score, words: []), of: "")
            #expect(verdict.review == review)
            #expect(verdict.title == "Level 2")
            #expect(verdict.labels.map(\.name) == ["yes", "no"])
            #expect(verdict.pieces.isEmpty)
        }
    }
}
