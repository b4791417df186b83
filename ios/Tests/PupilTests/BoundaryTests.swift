import Foundation
import Testing

@testable import Pupil

@Suite("The boundary to the engine")
struct BoundaryTests {
    #if DELIBERATE_PANIC
    @Test("a panic of the engine is an error, and the scorer works afterwards")
    func panics() throws {
        let scorer = try open(small)
        let before: Score = try scorer.score(task: "balloons", answer: "warm air")
        for _ in 0..<3 {
            let inside = thrown { try translated { try scorer.engine.panicInside() } }
            let outside = thrown { try translated { try scorer.engine.panicOutside() } }
            for error in [inside, outside] {
                guard case .internal(let reason) = error as? PupilError else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(!reason.contains("deliberate"), "the message of a panic may contain answer text")
            }
        }
        let after: Score = try scorer.score(task: "balloons", answer: "warm air")
        #expect(after == before)
    }
    #endif

    @Test("lone surrogates are read as the replacement character")
    func loneSurrogates() throws {
        let scorer = try open(small)
        let rows: [(units: [UInt16], text: String)] = [
            ([0x77, 0x61, 0x72, 0x6d, 0x20, 0xd800, 0x20, 0x61, 0x69, 0x72], "warm \u{fffd} air"),
            ([0xdc00, 0x61, 0x69, 0x72], "\u{fffd}air"),
            ([0x61, 0x69, 0x72, 0xd83d], "air\u{fffd}"),
            ([0xd83d, 0xde00, 0xd83d], "😀\u{fffd}"),
        ]
        for row in rows {
            let want: Explanation = try scorer.explain(task: "balloons", answer: row.text)
            let decoded = String(decoding: row.units, as: UTF16.self)
            let explanation: Explanation = try scorer.explain(task: "balloons", answer: decoded)
            #expect(explanation == want, "decoded: \(row.text)")
            let bridged = NSString(characters: row.units, length: row.units.count) as String
            let ofBridged: Explanation = try scorer.explain(task: "balloons", answer: bridged)
            #expect(ofBridged.score == want.score, "bridged: \(row.text)")
            #expect(ofBridged.words.map { String(bridged[$0.range]) } == want.words.map { String(row.text[$0.range]) })
        }
    }

    @Test("any text has the same score alone and in a batch")
    func texts() throws {
        let scorer = try Scorer(contentsOf: repository(small), options: .init(maxAnswerBytes: 2 << 20))
        let texts = [
            "", "\0", "nul \0 inside", "\u{feff}byte order mark first", "😀 👩‍👩‍👧‍👦 the 🎈 expands 🇬🇧",
            "اختبار نص عربي \u{202e}right to left\u{202c} עברית",
            "e\u{301} and é", "\u{1d54f}\u{10ffff}", String(repeating: "é", count: 1 << 19) + " needs more room",
        ]
        let batch: [Score] = try scorer.scoreBatch(task: "balloons", answers: texts)
        for (row, text) in texts.enumerated() {
            let score: Score = try scorer.score(task: "balloons", answer: text)
            #expect(score == batch[row], "text \(row)")
        }
        #expect(batch.last.map { [$0.wordCount, $0.unknownWordCount, $0.tokenCount] } == [4, 1, 4])
    }

    @Test("errors have numbers and never repeat an answer")
    func errors() throws {
        let small = try open(small)
        let science = try open(science)
        let secret = "xyzzy"
        let long = String(repeating: secret + " ", count: 20_000)
        let rows: [(what: String, error: String, number: String?, call: () throws -> Void)] = [
            (
                "a long answer", "too-large", "120000",
                { let _: Score = try small.score(task: "balloons", answer: long) }
            ),
            (
                "a long answer of many", "too-large", "120000",
                { let _: [Score] = try small.scoreBatch(task: "balloons", answers: [secret, long]) }
            ),
            (
                "a long reference", "too-large", "120000",
                { let _: Score = try science.score(task: "science", answer: secret, reference: long) }
            ),
            ("no reference", "bad-input", nil, { let _: Score = try science.score(task: "science", answer: secret) }),
            (
                "a needless reference", "bad-input", nil,
                { let _: Score = try small.score(task: "balloons", answer: secret, reference: secret) }
            ),
            ("an unknown task", "unknown-task", nil, { let _: Score = try small.score(task: "none", answer: secret) }),
            (
                "task and answer exchanged", "unknown-task", nil,
                { let _: Score = try small.score(task: secret, answer: "balloons") }
            ),
            (
                "a long answer explained", "too-large", "120000",
                { let _: Explanation = try small.explain(task: "balloons", answer: long) }
            ),
            (
                "an unknown task of many", "unknown-task", nil,
                { let _: [Score] = try small.scoreBatch(task: secret, answers: [secret]) }
            ),
            ("an answer for a model", "not-a-model", nil, { _ = try Scorer(data: Data(secret.utf8)) }),
            ("an answer for a longer model", "not-a-model", nil, { _ = try Scorer(data: Data(long.utf8)) }),
            ("an answer for a task pack", "not-a-model", nil, { let _: Scorer = try small.attach(data: Data(long.utf8)) }),
            ("an answer for a pack's name", "bad-input", nil, { let _: Scorer = try small.detach(pack: secret) }),
            (
                "a task with a NUL", "unknown-task", nil,
                { let _: Score = try small.score(task: "balloons\0", answer: secret) }
            ),
            (
                "too few references", "bad-input", "2 answers and 1 references",
                {
                    let _: [Score] = try science.scoreBatch(
                        task: "science", answers: [secret, secret], references: [secret])
                }
            ),
            (
                "negative threads", "bad-input", "-1",
                { let _: [Score] = try small.scoreBatch(task: "balloons", answers: [secret], threads: -1) }
            ),
            (
                "no mixture", "bad-input", nil,
                { let _: ExpertUse = try small.experts(task: "balloons", answer: secret) }
            ),
            (
                "a URL of the network", "bad-input", nil,
                { _ = try Scorer(contentsOf: #require(URL(string: "https://example.com/model.pupil"))) }
            ),
            ("a folder", "not-a-model", nil, { _ = try Scorer(contentsOf: repository("models")) }),
            ("a name with a NUL", "unreadable", nil, { _ = try Scorer(contentsOf: repository("models/a\0b")) }),
            ("negative limits", "bad-input", "-2", { _ = try Scorer(data: Data(), options: .init(maxAnswerBytes: -2)) }),
        ]
        for row in rows {
            guard let error = thrown(by: row.call) else {
                Issue.record("\(row.what) was accepted")
                continue
            }
            #expect(name(of: error) == row.error, "\(row.what): \(error)")
            var dumped = ""
            dump(error, to: &dumped)
            let texts = [
                String(describing: error), error.localizedDescription, (error as? PupilError)?.reason ?? "",
                String(reflecting: error), dumped,
            ]
            for text in texts {
                #expect(!text.contains(secret), "\(row.what): \(text)")
                #expect(!text.isEmpty, "\(row.what)")
            }
            if let number = row.number { #expect(texts[1].contains(number), "\(row.what): \(texts[1])") }
        }
    }

    @Test("metadata and tasks of a model")
    func model() async throws {
        let scorer = try open(science)
        let about = try await scorer.about()
        let card = try String(contentsOf: repository("models/science/card.md"), encoding: .utf8)
        #expect(about.name == "science")
        #expect(card.contains(about.blake3))
        #expect(card.contains("\(about.fileBytes) bytes"))
        #expect(about.licence == "CC-BY-SA-4.0")
        #expect(about.attribution.count == 4)
        #expect(about.packs.isEmpty)
        #expect(!about.variants.isEmpty)
        #expect(scorer.tasks.map(\.id).contains("science"))
        let needs = scorer.tasks.map(\.needsReference)
        #expect(needs.allSatisfy { $0 })
        let balloons = try #require(try open(small).tasks.first)
        #expect(balloons.id == "balloons")
        #expect(balloons.points == [0, 1, 2])
        #expect(balloons.labels.allSatisfy { !$0.isUnseen })
        #expect(scorer.tasks.first?.points == nil)
        #expect(balloons.labels.map(\.name) == ["0", "1", "2"])
        #expect(!balloons.needsReference)
    }

    @Test("replacing the file of a model does not change the open scorer")
    func replacing() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (model, update) = (folder.appendingPathComponent("model.pupil"), folder.appendingPathComponent("update.pupil"))
        try FileManager.default.copyItem(at: repository(science), to: model)
        try FileManager.default.copyItem(at: repository(small), to: update)

        let scorer = try Scorer(contentsOf: model)
        let before: Score = try scorer.score(task: "science", answer: "warm air", reference: "warm air")
        #expect(rename(update.path, model.path) == 0)
        let after: Score = try scorer.score(task: "science", answer: "warm air", reference: "warm air")
        #expect(after == before)
        let about: Scorer.About = try scorer.about()
        #expect(about.name == "science")
        #expect(try Scorer(contentsOf: model).tasks.first?.id == "balloons")
    }

    @Test("the privacy manifest states that nothing is tracked or collected")
    func privacy() throws {
        let data = try Data(contentsOf: repository("ios/Sources/Pupil/PrivacyInfo.xcprivacy"))
        let list = try #require(try PropertyListSerialization.propertyList(from: data, format: nil) as? [String: Any])
        #expect(list["NSPrivacyTracking"] as? Bool == false)
        #expect((list["NSPrivacyTrackingDomains"] as? [Any])?.isEmpty == true)
        #expect((list["NSPrivacyCollectedDataTypes"] as? [Any])?.isEmpty == true)
        let used = try #require(list["NSPrivacyAccessedAPITypes"] as? [[String: Any]])
        #expect(used.map { $0["NSPrivacyAccessedAPIType"] as? String } == ["NSPrivacyAccessedAPICategoryFileTimestamp"])
    }
}
