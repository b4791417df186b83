import Foundation
import Testing

@testable import Pupil

@Suite("The shared cases of all languages")
struct CasesTests {
    let cases: Cases

    init() throws {
        cases = try Cases.read()
    }

    @Test("files open or are rejected as the cases say")
    func opens() throws {
        #expect(cases.opens.count >= 9)
        for (row, open) in cases.opens.enumerated() {
            var members: [[Cases.Member]]?
            var guarantees: [Cases.Guarantee?]?
            var tasks: [String]?
            var error: String?
            do {
                let scorer =
                    if let length = open.firstBytes {
                        try Scorer(data: Data(contentsOf: repository(open.model)).prefix(length))
                    } else {
                        try PupilTests.open(open.model, pack: open.pack)
                    }
                tasks = scorer.tasks.map(\.id)
                members = scorer.tasks.map { task in
                    task.members.map { Cases.Member(family: $0.family, weightBits: bits($0.weight)) }
                }
                let promised = scorer.tasks.map { task in
                    task.guarantee.map {
                        Cases.Guarantee(
                            maxErrorBits: bits($0.maxError), confidenceBits: bits($0.confidence), adjacent: $0.isAdjacent,
                            answers: $0.answers, automatic: $0.automatic, wrong: $0.wrong, boundBits: bits($0.bound),
                            tasks: $0.tasks, needed: $0.needed)
                    }
                }
                guarantees = promised.contains { $0 != nil } ? promised : nil
            } catch let thrown {
                error = name(of: thrown)
            }
            #expect(members == open.members, "open \(row): \(open.model)")
            #expect(guarantees == open.guarantees, "open \(row): \(open.model)")
            #expect(tasks == open.tasks, "open \(row): \(open.model)")
            #expect(error == open.error, "open \(row): \(open.model)")
        }
    }

    @Test("scores have the bits of the cases")
    func scores() throws {
        #expect(cases.scores.count >= 282)
        var scorers = Scorers()
        for (row, call) in cases.scores.enumerated() {
            let scorer = try scorers.of(call.model, pack: call.pack)
            var score: Cases.Expected?
            var error: String?
            do {
                let scored: Score = try scorer.score(task: call.task, answer: call.answer.whole, reference: call.reference)
                score = Cases.Expected(scored)
            } catch let thrown {
                error = name(of: thrown)
            }
            #expect(score == call.score, "score \(row): \(call.model), \(call.task)")
            #expect(error == call.error, "score \(row): \(call.model), \(call.task)")
        }
    }

    @Test("explanations have the bits of the cases, and their ranges contain the words")
    func explanations() throws {
        #expect(cases.explanations.count >= 74)
        var scorers = Scorers()
        for (row, call) in cases.explanations.enumerated() {
            let scorer = try scorers.of(call.model, pack: call.pack)
            let answer = call.answer.whole
            let explanation: Explanation = try scorer.explain(task: call.task, answer: answer, reference: call.reference)
            #expect(explanation.words.count == call.words.count, "explanation \(row): \(call.model), \(call.task)")
            for (word, want) in zip(explanation.words, call.words) {
                let at = "explanation \(row): \(call.model), \(call.task), byte \(want.utf8[0])"
                let (start, end) = (word.range.lowerBound, word.range.upperBound)
                // Swift strings that differ only in composition are equal; here the scalars must be the same.
                #expect(Array(answer[word.range].unicodeScalars) == Array(want.text.unicodeScalars), "\(at)")
                #expect([start, end].map { answer.utf8.distance(from: answer.startIndex, to: $0) } == want.utf8, "\(at)")
                #expect([start, end].map { answer.utf16.distance(from: answer.startIndex, to: $0) } == want.utf16, "\(at)")
                #expect(
                    [start, end].map { answer.unicodeScalars.distance(from: answer.startIndex, to: $0) } == want.scalars,
                    "\(at)")
                #expect(word.labels.map(bits) == want.labelBits, "\(at)")
                #expect(word.expected.map(bits) == want.expectedBits, "\(at)")
            }
            let score: Score = try scorer.score(task: call.task, answer: answer, reference: call.reference)
            #expect(Cases.Expected(explanation.score) == Cases.Expected(score), "explanation \(row)")
        }
    }

    @Test("ranges of an answer stored as UTF-16 contain the words")
    func bridgedAnswers() throws {
        var scorers = Scorers()
        for (row, call) in cases.explanations.enumerated() {
            let scorer = try scorers.of(call.model, pack: call.pack)
            let units = Array(call.answer.whole.utf16)
            let answer = NSString(characters: units, length: units.count) as String
            let explanation: Explanation = try scorer.explain(task: call.task, answer: answer, reference: call.reference)
            let words = explanation.words.map { Array(answer[$0.range].unicodeScalars) }
            #expect(words == call.words.map { Array($0.text.unicodeScalars) }, "explanation \(row)")
        }
    }

    @Test("monitors find what the cases say, also after a pause")
    func monitors() throws {
        #expect(cases.monitors.count >= 3)
        for (row, call) in cases.monitors.enumerated() {
            let scorer = try open(call.model)
            var changes: [Cases.Change] = []
            var error: String?
            do {
                var monitor = try Monitor(scorer)
                for added in call.added {
                    monitor = try Monitor(scorer, state: monitor.state())
                    let score: Score = try scorer.score(
                        task: added.task, answer: added.answer, reference: added.reference)
                    for _ in 0..<added.times { try monitor.add(task: added.task, score) }
                }
                changes = try monitor.changes().map(Cases.Change.init)
                #expect(thrown { _ = try Monitor(scorer, state: Data([1, 2, 3])) }.map(name(of:)) == "bad-input")
            } catch let thrown {
                error = name(of: thrown)
            }
            #expect(changes == call.changes, "monitor \(row)")
            #expect(error == call.error, "monitor \(row)")
        }
    }

    @Test("trackers give what the cases say")
    func trackers() throws {
        #expect(cases.trackers.map(\.steps.count).reduce(0, +) > 90)
        for call in cases.trackers {
            var tracker: Tracker
            do {
                tracker =
                    if let length = call.firstBytes {
                        try Tracker(data: Data(contentsOf: repository(call.model)).prefix(length))
                    } else {
                        try Tracker(contentsOf: repository(call.model))
                    }
            } catch let thrown {
                #expect(name(of: thrown) == call.error, "\(call.model)")
                continue
            }
            #expect(call.error == nil, "\(call.model)")
            let questions = tracker.questions.map {
                Cases.Question(id: $0.id, skills: $0.skills, difficultyBits: $0.difficulty.map(bits))
            }
            #expect(questions == call.questions, "\(call.model)")
            for (place, step) in call.steps.enumerated() {
                var result: Cases.Given
                do {
                    result = try given(&tracker, step)
                } catch let thrown as PupilError {
                    result = Cases.Given(error: name(of: thrown))
                }
                #expect(result == step.result, "\(call.model), step \(place) \(step.call)")
            }
        }
    }

    /// What a call of a tracker gives, in the format of the cases.
    private func given(_ tracker: inout Tracker, _ step: Cases.Step) throws -> Cases.Given {
        var given = Cases.Given()
        switch step.call {
        case "for_new_student": tracker = try tracker.forNewStudent()
        case "answers": given.answers = try tracker.answers
        case "observe": try tracker.observe(step.question, correct: #require(step.correct as Bool?))
        case "observe_score":
            let call = try #require(step.score)
            let score: Score = try open(call.model).score(task: call.task, answer: call.answer.whole)
            let mark: Tracker.PassMark = try step.label.map { .label($0) } ?? .level(#require(step.level))
            given.right = try tracker.observe(#require(step.question), score: score, mark: mark)
        case "predict": given.bits = [bits(try tracker.predict(step.question))]
        case "predict_all": given.bits = try tracker.predictAll().map(bits)
        case "mastery":
            given.mastery = try tracker.mastery().map {
                Cases.Skill(skill: $0.skill, name: $0.name, bits: bits($0.probability), answers: $0.answers)
            }
        case "recommend":
            let count = try #require(step.count)
            let range = try step.rangeBits.map { try $0.map(real) }
            let chosen =
                if step.byGain == true {
                    try tracker.recommend(count, policy: .expectedGain)
                } else if let range {
                    try tracker.recommend(count, policy: .targetProbability(low: range[0], high: range[1]))
                } else {
                    try tracker.recommend(count)
                }
            given.recommended = chosen.map {
                Cases.Recommended(question: $0.question, bits: bits($0.probability), gainBits: $0.gain.map(bits))
            }
        case "simulate":
            let questions = try Array(repeating: #require(step.questions), count: #require(step.times)).flatMap { $0 }
            let seed = try #require(step.seed.flatMap { UInt64($0) })
            given.drawn = try tracker.simulate(questions, seed: seed).map {
                Cases.Drawn(bits: bits($0.probability), correct: $0.isCorrect)
            }
        case "snapshot": given.snapshot = hex(try tracker.snapshot())
        case "restore": try tracker.restore(unhex(#require(step.snapshot).whole))
        default: Issue.record("there is no call \(step.call)")
        }
        return given
    }

    @Test("experts have the bits of the cases")
    func experts() throws {
        #expect(cases.experts.count >= 74)
        var scorers = Scorers()
        for (row, call) in cases.experts.enumerated() {
            let scorer = try scorers.of(call.model, pack: call.pack)
            var weights: [[String]] = []
            var members: [Int] = []
            var error: String?
            do {
                let use: ExpertUse = try scorer.experts(
                    task: call.task, answer: call.answer.whole, reference: call.reference)
                weights = use.blocks.map { $0.weights.map(bits) }
                members = use.blocks.map(\.member)
            } catch let thrown {
                error = name(of: thrown)
            }
            #expect(members == call.members, "experts \(row): \(call.model), \(call.task)")
            #expect(weights == call.weightBits, "experts \(row): \(call.model), \(call.task)")
            #expect(error == call.error, "experts \(row): \(call.model), \(call.task)")
        }
    }

    @Test("batches have the bits of the cases, on any number of threads", arguments: [0, 1, 3])
    func batches(threads: Int) throws {
        #expect(cases.batches.count >= 6)
        for (row, batch) in cases.batches.enumerated() {
            let scorer = try open(batch.model)
            var probabilities: [[String]] = []
            var error: (any Error)?
            do {
                let scores: [Score] = try scorer.scoreBatch(
                    task: batch.task, answers: batch.answers, references: batch.references, threads: threads)
                probabilities = scores.map { $0.labels.map { bits($0.probability) } }
            } catch let thrown {
                error = thrown
            }
            #expect(probabilities == batch.probabilityBits, "batch \(row): \(batch.model)")
            #expect(error.map(name(of:)) == batch.error, "batch \(row): \(batch.model)")
            #expect((error as? PupilError)?.answer == batch.errorAnswer, "batch \(row): \(batch.model)")
        }
    }

    @Test("the awaited calls give the same bits")
    func awaited() async throws {
        for (row, call) in cases.scores.enumerated() where call.score != nil && call.model == small {
            let scorer = try await Scorer(contentsOf: repository(call.model))
            let score = try await scorer.score(task: call.task, answer: call.answer.whole, reference: call.reference)
            #expect(Cases.Expected(score) == call.score, "score \(row)")
        }
        for (row, batch) in cases.batches.enumerated() where batch.error == nil {
            let scorer = try await Scorer(contentsOf: repository(batch.model))
            let scores = try await scorer.scoreBatch(
                task: batch.task, answers: batch.answers, references: batch.references)
            #expect(scores.map { $0.labels.map { bits($0.probability) } } == batch.probabilityBits, "batch \(row)")
        }
    }
}
