import Foundation
import Testing

@testable import Pupil

@Suite("Trackers")
struct TrackerTests {
    @Test("answers from several threads are all taken in")
    func threads() throws {
        let tracker = try Tracker(contentsOf: repository(knowledge))
        let failures = Failures()
        spread(over: 8) { thread in
            do {
                for _ in 0..<200 { try tracker.observe("q3", correct: true) }
            } catch {
                failures.add("\(thread): \(error)")
            }
        }.wait()
        #expect(failures.all == [])
        let alone = try tracker.forNewStudent()
        for _ in 0..<1_600 { try alone.observe("q3", correct: true) }
        #expect(try tracker.snapshot() == alone.snapshot())
        #expect(try tracker.answers == 1_600)
    }

    @Test("the awaited forms open the same model")
    func awaited() async throws {
        let url = repository(practice)
        let opened: Tracker = try await Tracker(contentsOf: url)
        let held: Tracker = try await Tracker(data: Data(contentsOf: url))
        #expect(try opened.predictAll() == held.predictAll())
        #expect(opened.questions == held.questions)
    }

    @Test("a snapshot outlives the tracker")
    func snapshot() throws {
        let url = repository(practice)
        var kept = Data()
        do {
            let tracker = try Tracker(contentsOf: url)
            try tracker.observe("add-1", correct: true)
            try tracker.observe(nil, correct: false)
            kept = try tracker.snapshot()
        }
        let resumed = try Tracker(contentsOf: url)
        try resumed.restore(kept)
        #expect(try resumed.answers == 2)
        // A slice of other data begins at another index.
        try resumed.restore((Data([0, 0]) + kept).dropFirst(2))
        #expect(try resumed.snapshot() == kept)
    }

    @Test("errors name the rule but no answer")
    func errors() throws {
        let secret = "supersecretanswer"
        let tracker = try Tracker(contentsOf: repository(knowledge))
        let score: Score = try open(small).score(task: "balloons", answer: "warm air")
        let rows: [(error: String, call: () throws -> Void)] = [
            ("bad-input", { try tracker.observe(secret, correct: true) }),
            ("bad-input", { try tracker.observe(secret, score: score, mark: .level(1)) }),
            ("bad-input", { try tracker.observe("q0", score: score, mark: .label(secret)) }),
            ("bad-input", { _ = try tracker.predict(secret) }),
            ("bad-input", { _ = try tracker.recommend(-1) }),
            ("bad-input", { _ = try tracker.recommend(0) }),
            ("bad-input", { _ = try tracker.recommend(1, policy: .targetProbability(low: 2)) }),
            ("bad-input", { _ = try tracker.simulate(["q0", secret], seed: 1) }),
            ("damaged", { try tracker.restore(Data(secret.utf8)) }),
            ("too-large", { try tracker.restore(Data(String(repeating: secret, count: 100).utf8)) }),
            ("not-a-model", { _ = try Tracker(data: Data(secret.utf8)) }),
            ("bad-input", { _ = try Tracker(contentsOf: #require(URL(string: "https://example.com/model.pupil"))) }),
            ("unreadable", { _ = try Tracker(contentsOf: repository("none.pupil")) }),
        ]
        for (place, row) in rows.enumerated() {
            guard let error = thrown(by: row.call) else {
                Issue.record("row \(place) was accepted")
                continue
            }
            #expect(name(of: error) == row.error, "row \(place): \(error)")
            #expect(!String(reflecting: error).contains(secret), "row \(place)")
        }
        #expect(try tracker.answers == 0)
    }

    @Test("each kind of file says what opens it")
    func kinds() throws {
        let scorer = thrown { _ = try Tracker(contentsOf: repository(small)) } as? PupilError
        #expect(scorer?.reason.contains("no knowledge model: open it with a scorer") == true)
        let tracker = thrown { _ = try open(practice) } as? PupilError
        #expect(tracker?.reason == "practice is a knowledge model and has no tasks: open it with a tracker")
    }

    @Test("the level of a score made by the app may be any number")
    func levels() throws {
        let tracker = try Tracker(contentsOf: repository(knowledge))
        let score = Score(labels: [], level: .max, confidence: 1, wordCount: 1, tokenCount: 1)
        #expect(try tracker.observe("q0", score: score, mark: .level(.max)))
        #expect(try tracker.observe("q0", score: score, mark: .level(.min)))
    }
}
