// Measures the median time of one answer, in microseconds: `PupilBenchmark MODEL TASK ANSWER`.
// `cargo xtask swift --bench` runs it and compares it with the same call in Rust.

import Dispatch
import Foundation
import Pupil

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    FileHandle.standardError.write(Data("usage: PupilBenchmark MODEL TASK ANSWER\n".utf8))
    exit(2)
}
let scorer = try Scorer(contentsOf: URL(fileURLWithPath: arguments[1]))
let (task, answer) = (arguments[2], arguments[3])

/// The median, in microseconds.
func median(of times: [UInt64]) -> Double {
    Double(times.sorted()[times.count / 2]) / 1000
}

/// Times of calls after a warm-up.
func warm(_ call: () throws -> Void) rethrows -> [UInt64] {
    for _ in 0..<200 { try call() }
    var times: [UInt64] = []
    for _ in 0..<2000 {
        let start = DispatchTime.now().uptimeNanoseconds
        try call()
        times.append(DispatchTime.now().uptimeNanoseconds - start)
    }
    return times
}

/// Times of awaited calls from the main actor.
@MainActor
func awaited() async throws -> [UInt64] {
    var times: [UInt64] = []
    for turn in 0..<2200 {
        let start = DispatchTime.now().uptimeNanoseconds
        _ = try await scorer.score(task: task, answer: answer)
        if turn >= 200 { times.append(DispatchTime.now().uptimeNanoseconds - start) }
    }
    return times
}

/// CPU time per answer of a batch on this thread, since other programs may interrupt a whole batch.
let answers = Array(repeating: answer, count: 1000)
func batch() throws -> [UInt64] {
    try (0..<5).map { _ in
        let start = clock()
        let scores: [Score] = try scorer.scoreBatch(task: task, answers: answers, threads: 1)
        return UInt64(Double(clock() - start) / Double(CLOCKS_PER_SEC) * 1e9) / UInt64(scores.count)
    }
}

let score = try warm { let _: Score = try scorer.score(task: task, answer: answer) }
print("score", median(of: score))
print("awaited", median(of: try await awaited()))
print("batch", median(of: try batch()))
