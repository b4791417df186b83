// Median times of one answer through the package, in microseconds: `PupilBenchmark MODEL TASK ANSWER`.
// `cargo xtask swift --bench` runs it beside the same call inside Rust.

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

/// Half of the calls take no longer.
func median(of times: [UInt64]) -> Double {
    Double(times.sorted()[times.count / 2]) / 1000
}

/// Times of calls after some that are not counted.
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

/// From the main actor, which the call leaves and comes back to.
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

/// Per answer of a batch on this thread alone. Time of the processor, as a whole batch is long enough to be interrupted.
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
