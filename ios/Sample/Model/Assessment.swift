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

    private let scorer: Scorer
    private let task: String

    /// Judges with a model whose task compares with a reference.
    public init(scorer: Scorer, task: String = "science", questions: [Question] = Question.all) {
        precondition(!questions.isEmpty, "there must be a question")
        self.scorer = scorer
        self.task = task
        self.questions = questions
        question = questions[0]
    }

    /// Judges what is written. The verdict is dropped when the student has written on meanwhile.
    public func judge() async {
        let (asked, written) = (question, answer)
        guard written.contains(where: { !$0.isWhitespace }) else {
            state = .empty
            return
        }
        let judged: State
        do {
            let explanation = try await scorer.explain(task: task, answer: written, reference: asked.reference)
            judged = .judged(Verdict(explanation, of: written))
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
