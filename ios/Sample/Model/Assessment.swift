import Observation
import Pupil

/// The state of the screen: a question, an answer, and its score.
@available(iOS 17, macOS 14, *)
@MainActor
@Observable
public final class Assessment {
    /// The questions of the sample.
    public let questions: [Question]
    /// The current question. Choosing another question clears the answer.
    public var question: Question {
        didSet {
            guard question != oldValue else { return }
            answer = ""
            state = .empty
        }
    }
    /// The answer so far.
    public var answer = ""
    /// The result for the answer.
    public private(set) var state = State.empty

    /// The result that the screen shows below the answer.
    public enum State: Equatable, Sendable {
        /// The answer is empty.
        case empty
        /// The score of the answer.
        case scored(ScoreSummary)
        /// Why there is no score.
        case failed(String)
    }

    private let explain: @Sendable (_ answer: String, _ reference: String) async throws -> Explanation

    /// Scores with a model whose task compares with a reference.
    public convenience init(scorer: Scorer, task: String = "science", questions: [Question] = Question.all) {
        self.init(questions: questions) { answer, reference in
            try await scorer.explain(task: task, answer: answer, reference: reference)
        }
    }

    /// Scores with any function that returns an explanation.
    init(
        questions: [Question],
        explain: @escaping @Sendable (_ answer: String, _ reference: String) async throws -> Explanation
    ) {
        precondition(!questions.isEmpty, "there must be a question")
        self.explain = explain
        self.questions = questions
        question = questions[0]
    }

    /// Scores the answer after a pause. During the pause, the task can be cancelled before any work is done.
    ///
    /// Once started, scoring runs to its end; the result is dropped if the answer has changed meanwhile.
    public func score(after pause: Duration = .zero) async {
        let (asked, written) = (question, answer)
        guard written.contains(where: { !$0.isWhitespace }) else {
            state = .empty
            return
        }
        let scored: State
        do {
            try await Task.sleep(for: pause)
            scored = .scored(ScoreSummary(try await explain(written, asked.reference), of: written))
        } catch is CancellationError {
            return
        } catch let error as PupilError {
            scored = .failed(error.reason)
        } catch {
            scored = .failed("The answer could not be scored.")
        }
        if asked == question && written == answer { state = scored }
    }
}
