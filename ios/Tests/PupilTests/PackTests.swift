import Foundation
import Testing

@testable import Pupil

@Suite("Task packs")
struct PackTests {
    let base = "tests/fixtures/golden/mixtures.pupil"
    let pack = repository("tests/fixtures/api/pack.pupil")

    @Test("an attached pack adds its tasks, and detaching removes them")
    func attaching() throws {
        let scorer = try open(base)
        let attached = try scorer.attach(contentsOf: pack)
        let added = attached.tasks.map(\.id).filter { id in !scorer.tasks.contains { $0.id == id } }
        #expect(!added.isEmpty)
        let cases = try Cases.read().scores.filter { $0.model == base && added.contains($0.task) && $0.score != nil }
        #expect(!cases.isEmpty)
        for call in cases {
            let score: Score = try attached.score(task: call.task, answer: call.answer.whole, reference: call.reference)
            #expect(Cases.Expected(score) == call.score, "\(call.task)")
        }

        let about: Scorer.About = try attached.about()
        let name = try #require(about.packs.first)
        let detached = try attached.detach(pack: name)
        #expect(detached.tasks == scorer.tasks)
        for scorer in [scorer, detached] {
            let error = thrown { let _: Score = try scorer.score(task: added[0], answer: "warm") }
            #expect(error.map(PupilTests.name(of:)) == "unknown-task")
            let about: Scorer.About = try scorer.about()
            #expect(about.packs == [])
        }
        // The scorer with the pack does not change.
        let _: Score = try attached.score(task: added[0], answer: "warm")
    }

    @Test("a pack from memory is the same pack")
    func inMemory() throws {
        let scorer = try Scorer(data: Data(contentsOf: repository(base)))
        let attached = try scorer.attach(data: Data(contentsOf: pack))
        let mapped = try open(base).attach(contentsOf: pack)
        #expect(attached.tasks == mapped.tasks)
    }

    @Test("the awaited calls open, attach and detach the same")
    func awaited() async throws {
        let model = try Data(contentsOf: repository(base))
        let bytes = try Data(contentsOf: pack)
        let scorer = try await Scorer(data: model)
        let tasks = try open(base, pack: "tests/fixtures/api/pack.pupil").tasks
        #expect(tasks.count > scorer.tasks.count)
        for attached in [try await scorer.attach(data: bytes), try await scorer.attach(contentsOf: pack)] {
            #expect(attached.tasks == tasks)
            let name = try #require(try await attached.about().packs.first)
            #expect(try await attached.detach(pack: name).tasks == scorer.tasks)
        }
        await #expect(throws: PupilError.self) { try await open(small).attach(data: bytes) }
        await #expect(throws: PupilError.self) { try await scorer.detach(pack: "no such pack") }
    }

    @Test("a pack is rejected by another model, and an unknown name is not detached")
    func refused() throws {
        let scorer = try open(small)
        let error = thrown { _ = try scorer.attach(contentsOf: pack) }
        #expect(error.map(PupilTests.name(of:)) == "wrong-base")
        #expect(throws: PupilError.self) { try scorer.detach(pack: "no such pack") }
    }

    @Test("only files of trusted publishers are opened")
    func trusted() throws {
        let model = "models/mind-ca/mind-ca.pupil"
        let lines = try String(contentsOf: repository("models/publisher.pub"), encoding: .utf8).split(separator: "\n")
        let key = String(try #require(lines.last))
        let other = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
        let signature = try String(contentsOf: repository(model + ".minisig"), encoding: .utf8)
        let bytes = try Data(contentsOf: repository(model))
        let about: Scorer.About = try open(model).about()
        var options = Scorer.Options(
            trustedKeys: [other, key], expectedBlake3: about.blake3, minVersion: about.version, mapUnchangingFile: true)
        let signed = try Scorer(contentsOf: repository(model), options: options)
        options.signature = signature
        _ = try Scorer(data: bytes, options: options)
        let practice = repository("models/practice/practice.pupil")
        _ = try Tracker(contentsOf: practice, options: Scorer.Options(trustedKeys: [key]))

        let unsigned = Scorer.Options(trustedKeys: [key])
        let another = Scorer.Options(expectedBlake3: String(repeating: "0", count: 64))
        let refused: [(String, () throws -> Void)] = [
            ("without a signature", { _ = try Scorer(data: bytes, options: unsigned) }),
            ("does not belong", { _ = try Scorer(data: bytes.dropLast() + [0], options: options) }),
            ("trusted are", { _ = try Scorer(contentsOf: repository(model), options: .init(trustedKeys: [other])) }),
            ("trusted are", { _ = try Tracker(contentsOf: practice, options: .init(trustedKeys: [other])) }),
            (
                "at least \(about.version + 1)",
                { _ = try Scorer(data: bytes, options: .init(minVersion: about.version + 1)) }
            ),
            (about.blake3, { _ = try Scorer(data: bytes, options: another) }),
            ("without a signature", { _ = try signed.attach(data: Data(contentsOf: pack)) }),
        ]
        for (words, open) in refused {
            let error = thrown(by: open) as? PupilError
            #expect(error.map(PupilTests.name(of:)) == "untrusted", "\(words)")
            #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
        }
    }
}
