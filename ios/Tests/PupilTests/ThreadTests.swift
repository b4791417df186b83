import Foundation
import Testing

@testable import Pupil

/// The failures of all threads.
final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var texts: [String] = []

    func add(_ text: String) {
        lock.withLock { texts.append(text) }
    }

    var all: [String] {
        lock.withLock { texts }
    }
}

/// A weak reference.
final class Weak: @unchecked Sendable {
    weak var engine: AnyObject?

    init(_ engine: AnyObject) {
        self.engine = engine
    }

    var isGone: Bool { engine == nil }
}

/// Runs the closure on several new threads. Waiting for the returned group joins them.
///
/// Threads of Dispatch would be shared with Swift concurrency, and they are few.
func spread(over threads: Int, _ body: @escaping @Sendable (Int) -> Void) -> DispatchGroup {
    let group = DispatchGroup()
    for thread in 0..<threads {
        group.enter()
        Thread.detachNewThread {
            body(thread)
            group.leave()
        }
    }
    return group
}

/// A thread-safe counter.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func add() {
        lock.withLock { count += 1 }
    }

    var value: Int {
        lock.withLock { count }
    }
}

@Suite("Threads, actors and release")
struct ThreadTests {
    @Test("one scorer gives eight threads the same bits", arguments: [small, "models/mind-ca/mind-ca.pupil", science])
    func sharing(model: String) throws {
        let calls = try Cases.read().scores.filter { $0.model == model && $0.score != nil }
        #expect(calls.count >= 10)
        let scorer = try open(model)
        let failures = Failures()
        let threads = spread(over: 8) { thread in
            for turn in calls.indices {
                // Each thread begins at another place.
                let call = calls[(turn + thread * 7) % calls.count]
                do {
                    let score: Score = try scorer.score(
                        task: call.task, answer: call.answer.whole, reference: call.reference)
                    if Cases.Expected(score) != call.score { failures.add("\(thread): \(call.task), other bits") }
                } catch {
                    failures.add("\(thread): \(call.task), \(error)")
                }
            }
        }
        threads.wait()
        #expect(failures.all == [])
    }

    @Test("the last reference may be released while other threads are in a call")
    func releaseDuringCalls() throws {
        let want: Score = try open(small).score(task: "balloons", answer: "warm air needs more room")
        let failures = Failures()
        let counter = Counter()
        for round in 0..<400 {
            var scorer: Scorer? = try open(small)
            let engine = Weak(try #require(scorer).engine)
            // The release happens before, during and after the first calls.
            let scored = DispatchSemaphore(value: 0)
            let threads = spread(over: 4) { [weak scorer] _ in
                // Each round takes its own reference, and finds none once the last is gone. Without a limit on the
                // rounds, the threads would keep the scorer alive for each other.
                for _ in 0..<10 {
                    guard let scorer else { return }
                    do {
                        let score: Score = try scorer.score(task: "balloons", answer: "warm air needs more room")
                        if score != want { failures.add("round \(round): another score") }
                        counter.add()
                    } catch {
                        failures.add("round \(round): \(error)")
                    }
                    scored.signal()
                }
            }
            for _ in 0..<(round % 4) { scored.wait() }
            scorer = nil
            threads.wait()
            #expect(engine.isGone, "round \(round): the model is still held")
        }
        #expect(failures.all == [])
        #expect(counter.value > 400)
    }

    @Test("scorers that share a model are independent of each other")
    func sharedModels() throws {
        let pack = repository("tests/fixtures/api/pack.pupil")
        let failures = Failures()
        for round in 0..<100 {
            var base: Scorer? = try open("tests/fixtures/golden/mixtures.pupil")
            let task = try #require(base?.tasks.first?.id)
            let attached = try #require(try base?.attach(contentsOf: pack))
            let threads = spread(over: 2) { _ in
                do {
                    for _ in 0..<5 {
                        let _: Score = try attached.score(task: task, answer: "warm air")
                    }
                } catch {
                    failures.add("round \(round): \(error)")
                }
            }
            base = nil
            threads.wait()
        }
        #expect(failures.all == [])
    }

    #if os(Linux)
    @Test("a model that is to be mapped is mapped until the last reference is gone")
    func mapping() throws {
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).pupil")
        try FileManager.default.copyItem(at: repository(science), to: copy)
        defer { try? FileManager.default.removeItem(at: copy) }
        func mapped() throws -> Bool {
            // The reported size is 0, so this reads until the end.
            let stream = try #require(InputStream(fileAtPath: "/proc/self/maps"))
            stream.open()
            defer { stream.close() }
            var text = Data()
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = stream.read(&buffer, maxLength: buffer.count), count > 0 {
                text.append(contentsOf: buffer[..<count])
            }
            return String(decoding: text, as: UTF8.self).contains(copy.lastPathComponent)
        }
        var held = [try Scorer(contentsOf: copy, options: Scorer.Options(mapUnchangingFile: true))]
        held.append(held[0])
        let opened = try mapped()
        held.removeFirst()
        let heldOnce = try mapped()
        let _: Score = try held[0].score(task: "science", answer: "warm", reference: "warm")
        held.removeAll()
        let released = try mapped()
        #expect([opened, heldOnce, released] == [true, true, false])
    }
    #endif

    @Test("an awaited call leaves the main actor free")
    @MainActor
    func mainActor() async throws {
        let scorer = try open(science)
        let turns = Task { @MainActor in
            var count = 0
            while !Task.isCancelled {
                count += 1
                await Task.yield()
            }
            return count
        }
        let answer = String(repeating: "a short string makes a higher sound and ", count: 4)
        let reference = "When the string is shorter, the pitch is higher."
        _ = try await scorer.explain(task: "science", answer: answer, reference: reference)
        turns.cancel()
        // If the call ran on the main actor, the other task would be cancelled before its first round.
        #expect(await turns.value > 0)
    }

    @Test("tasks on many actors share one scorer")
    func tasks() async throws {
        let scorer = try open(small)
        let want = try await scorer.score(task: "balloons", answer: "warm air")
        try await withThrowingTaskGroup(of: Score.self) { group in
            for _ in 0..<64 {
                group.addTask { try await scorer.score(task: "balloons", answer: "warm air") }
            }
            for try await score in group {
                #expect(score == want)
            }
        }
    }
}
