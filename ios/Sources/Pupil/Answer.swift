internal import PupilEngine

// One answer at a time. A nonisolated async function runs on the global executor, whichever actor calls it.
extension Scorer {
    /// Scores an answer.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answer: What the student wrote. It may be empty and hold any character.
    ///   - reference: A right answer, where the task needs one to compare with, and only there.
    /// - Throws: ``PupilError``: the task is unknown, the answer too long, or the reference missing or needless.
    public func score(task: String, answer: String, reference: String? = nil) throws -> Score {
        try scored(task, answer, reference)
    }

    /// As the other form, on a thread that is not the caller's.
    public func score(task: String, answer: String, reference: String? = nil) async throws -> Score {
        try _Concurrency.Task.checkCancellation()
        return try scored(task, answer, reference)
    }

    /// Tells how each word of an answer moved its score.
    ///
    /// The answer is scored once for each of its words, without it: allow as many times the time of a score.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answer: What the student wrote; the ranges of the words are its indices.
    ///   - reference: A right answer, where the task needs one to compare with, and only there.
    /// - Throws: ``PupilError``, as scoring does.
    public func explain(task: String, answer: String, reference: String? = nil) throws -> Explanation {
        try explained(task, answer, reference)
    }

    /// As the other form, on a thread that is not the caller's.
    public func explain(task: String, answer: String, reference: String? = nil) async throws -> Explanation {
        try _Concurrency.Task.checkCancellation()
        return try explained(task, answer, reference)
    }

    /// Scores an answer and tells how much each expert of the task's mixture took part.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks`` whose model is a mixture.
    ///   - answer: What the student wrote.
    ///   - reference: A right answer, where the task needs one to compare with, and only there.
    /// - Throws: ``PupilError``, as scoring does; `badInput` where the task's model is no mixture.
    public func experts(task: String, answer: String, reference: String? = nil) throws -> ExpertUse {
        try weighed(task, answer, reference)
    }

    /// As the other form, on a thread that is not the caller's.
    public func experts(task: String, answer: String, reference: String? = nil) async throws -> ExpertUse {
        try _Concurrency.Task.checkCancellation()
        return try weighed(task, answer, reference)
    }

    private func scored(_ task: String, _ answer: String, _ reference: String?) throws -> Score {
        try Crossing.check(task, answer, reference)
        return try relayed { Score(try engine.score(task: task, answer: answer, reference: reference)) }
    }

    private func explained(_ task: String, _ answer: String, _ reference: String?) throws -> Explanation {
        try Crossing.check(task, answer, reference)
        return try relayed {
            Explanation(try engine.explain(task: task, answer: answer, reference: reference), of: answer)
        }
    }

    private func weighed(_ task: String, _ answer: String, _ reference: String?) throws -> ExpertUse {
        try Crossing.check(task, answer, reference)
        return try relayed { ExpertUse(try engine.experts(task: task, answer: answer, reference: reference)) }
    }
}
