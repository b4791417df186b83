import Observation
import Pupil

/// The state of the screen: a question, an answer, and what the model says about it.
@available(iOS 17, macOS 14, *)
@MainActor
@Observable
public final class Assessment {
    /// What can be asked.
    public let questions: [Question]
    /// What is asked. Another question begins with an empty answer.
    public var question: Question {
        didSet {
            guard question != oldValue else { return }
            answer = ""
            state = .empty
        }
    }
    /// What the student has written so far.
    public var answer = ""
    /// What the model says about it.
    public private(set) var state = State.empty

    /// What the screen shows below the answer.
    public enum State: Equatable, Sendable {
        /// Nothing was written.
        case empty
        /// The verdict on the answer.
        case judged(Verdict)
        /// Why there is none.
        case failed(String)
    }

    private let explain: @Sendable (_ answer: String, _ reference: String) async throws -> Explanation

    /// Judges with a model whose task compares with a reference.
    public convenience init(scorer: Scorer, task: String = "science", questions: [Question] = Question.all) {
        self.init(questions: questions) { answer, reference in
            try await scorer.explain(task: task, answer: answer, reference: reference)
        }
    }

    /// Judges with any function that explains.
    init(
        questions: [Question],
        explain: @escaping @Sendable (_ answer: String, _ reference: String) async throws -> Explanation
    ) {
        precondition(!questions.isEmpty, "there must be a question")
        self.explain = explain
        self.questions = questions
        question = questions[0]
    }

    /// Judges what is written, after a pause in which the task may be cancelled without any work done.
    ///
    /// A judgement that has begun runs to its end; it is dropped when the student has written on meanwhile.
    public func judge(after pause: Duration = .zero) async {
        let (asked, written) = (question, answer)
        guard written.contains(where: { !$0.isWhitespace }) else {
            state = .empty
            return
        }
        let judged: State
        do {
            try await Task.sleep(for: pause)
            judged = .judged(Verdict(try await explain(written, asked.reference), of: written))
        } catch is CancellationError {
            return
        } catch let error as PupilError {
            judged = .failed(error.reason)
        } catch {
            judged = .failed("The answer could not be judged.")
        }
        if asked == question && written == answer { state = judged }
    }
}
