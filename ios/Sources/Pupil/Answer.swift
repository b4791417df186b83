internal import PupilEngine

// Calls for one answer. A nonisolated async function runs on the global executor, whichever actor calls it.
extension Scorer {
    /// Scores an answer.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answer: The student's answer. It may be empty and contain any character.
    ///   - reference: The reference answer, if and only if the task needs one.
    /// - Throws: ``PupilError``: the task is unknown, the answer is too long, or the reference is missing or unwanted.
    public func score(task: String, answer: String, reference: String? = nil) throws -> Score {
        try scored(task, answer, reference)
    }

    /// Like the other form, on another thread.
    public func score(task: String, answer: String, reference: String? = nil) async throws -> Score {
        try _Concurrency.Task.checkCancellation()
        return try scored(task, answer, reference)
    }

    /// Scores an answer and returns how each word changes the score.
    ///
    /// The answer is scored once without each of its words, so this takes the time of a score multiplied by the number
    /// of words.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks``.
    ///   - answer: The student's answer; the ranges of the words are its indices.
    ///   - reference: The reference answer, if and only if the task needs one.
    /// - Throws: ``PupilError``, as scoring does.
    public func explain(task: String, answer: String, reference: String? = nil) throws -> Explanation {
        try explained(task, answer, reference)
    }

    /// Like the other form, on another thread.
    public func explain(task: String, answer: String, reference: String? = nil) async throws -> Explanation {
        try _Concurrency.Task.checkCancellation()
        return try explained(task, answer, reference)
    }

    /// Scores an answer and returns the weight of each expert of the task's mixture.
    ///
    /// - Parameters:
    ///   - task: The id of one of ``tasks`` that has a mixture.
    ///   - answer: The student's answer.
    ///   - reference: The reference answer, if and only if the task needs one.
    /// - Throws: ``PupilError``, as scoring does; `badInput` if the task has no mixture.
    public func experts(task: String, answer: String, reference: String? = nil) throws -> ExpertUse {
        try weighed(task, answer, reference)
    }

    /// Like the other form, on another thread.
    public func experts(task: String, answer: String, reference: String? = nil) async throws -> ExpertUse {
        try _Concurrency.Task.checkCancellation()
        return try weighed(task, answer, reference)
    }

    private func scored(_ task: String, _ answer: String, _ reference: String?) throws -> Score {
        try ArgumentLimits.check(task, answer, reference)
        return try translated { Score(try engine.score(task: task, answer: answer, reference: reference)) }
    }

    private func explained(_ task: String, _ answer: String, _ reference: String?) throws -> Explanation {
        try ArgumentLimits.check(task, answer, reference)
        return try translated {
            Explanation(try engine.explain(task: task, answer: answer, reference: reference), of: answer)
        }
    }

    private func weighed(_ task: String, _ answer: String, _ reference: String?) throws -> ExpertUse {
        try ArgumentLimits.check(task, answer, reference)
        return try translated { ExpertUse(try engine.experts(task: task, answer: answer, reference: reference)) }
    }
}
