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

/// A scorer that one thread holds, and that the others may use until it is gone.
final class Held: @unchecked Sendable {
    /// Without a limit on the references, the threads would keep the scorer alive for each other.
    private(set) weak var scorer: Scorer?
    let engine: Weak
    let released = DispatchSemaphore(value: 0)
    private let lock = NSLock()
    private var reference: Scorer?
    private var wasAsked = false

    init(_ scorer: Scorer) {
        self.scorer = scorer
        engine = Weak(scorer.engine)
        reference = scorer
    }

    /// Whether this is the first call.
    func ask() -> Bool {
        lock.withLock {
            defer { wasAsked = true }
            return !wasAsked
        }
    }

    func release() {
        lock.withLock { reference = nil }
        released.signal()
    }

    var isReleased: Bool {
        lock.withLock { reference == nil }
    }
}

/// What threads give each other, in order.
final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [Held?] = []

    func put(_ held: Held?) {
        condition.withLock {
            waiting.append(held)
            condition.signal()
        }
    }

    func take() -> Held? {
        condition.withLock {
            while waiting.isEmpty { condition.wait() }
            return waiting.removeFirst()
        }
    }
}

/// Threads that score with scorers whose references other threads release meanwhile.
final class Races: @unchecked Sendable {
    let failures = Failures()
    let given = Queue()
    let (races, opened, calls, gone) = (Counter(), Counter(), Counter(), Counter())
    private let rounds: Int
    private let model: Data
    private let answers = Array(repeating: "warm air needs more room", count: 40)
    private let score: Score
    private let explanation: Explanation
    private let lock = NSLock()
    /// The latest scorers.
    private var latest: [Held] = []

    init(rounds: Int) throws {
        self.rounds = rounds
        model = try Data(contentsOf: repository(small))
        let scorer = try Scorer(data: model)
        score = try scorer.score(task: "balloons", answer: answers[0])
        explanation = try scorer.explain(task: "balloons", answer: answers[0])
    }

    var last: [Held] {
        lock.withLock { latest }
    }

    /// Releases what it is given.
    func release() {
        while let held = given.take() { held.release() }
    }

    /// Opens scorers, and scores with them and with those of other threads.
    func use() {
        do {
            var round = 0
            while races.value < rounds && failures.all.isEmpty {
                try race(round)
                round += 1
            }
        } catch {
            failures.add("\(error)")
        }
    }

    private func race(_ round: Int) throws {
        let held = Held(try Scorer(data: model))
        opened.add()
        lock.withLock {
            latest.append(held)
            if latest.count > 1_000 { latest.removeFirst(500) }
        }
        try batch(of: held, waits: round % 4 > 0)
        // The scorer of this thread or of another, which may be gone by now or at any time.
        guard let shared = last.last else { return }
        for call in 0..<6 {
            guard let scorer = shared.scorer else {
                gone.add()
                break
            }
            let isSame =
                try call % 3 == 1
                ? scorer.explain(task: "balloons", answer: answers[0]) == explanation
                : scorer.score(task: "balloons", answer: answers[0]) == score
            if !isSame { failures.add("call \(call): another result") }
            calls.add()
        }
        if round % 4 == 0 { held.released.wait() }
    }

    /// Scores a batch during which the reference is released; mostly, so that its rest certainly runs afterwards.
    private func batch(of held: Held, waits: Bool) throws {
        guard let scorer = held.scorer else { return failures.add("a scorer is gone before it is released") }
        let given = given
        let scores = try scorer.scoreBatch(task: "balloons", answers: answers, threads: 1) { _ in
            if held.ask() {
                given.put(held)
                if waits { held.released.wait() }
            }
        }
        if held.isReleased { races.add() }
        if scores.contains(where: { $0 != score }) { failures.add("another score in a batch") }
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
        // PUPIL_ROUNDS=1000000 takes some minutes.
        let rounds = try ProcessInfo.processInfo.environment["PUPIL_ROUNDS"].map { try #require(Int($0)) } ?? 300
        let races = try Races(rounds: rounds)
        let releasers = spread(over: 2) { _ in races.release() }
        let users = spread(over: 6) { _ in races.use() }
        users.wait()
        for _ in 0..<2 { races.given.put(nil) }
        releasers.wait()
        #expect(races.failures.all == [])
        #expect(races.last.allSatisfy { $0.engine.isGone }, "a model is still held")
        #expect(races.last.count > 6)
        print(
            "\(races.races.value) races of \(races.opened.value) scorers, \(races.calls.value) calls of others beside",
            "them, \(races.gone.value) found no scorer any more")
        #expect(races.races.value >= rounds)
        #expect(races.calls.value > 0 && races.gone.value > 0)
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
