import Foundation
internal import PupilEngine

/// What went wrong, grouped by what the app can do about it.
///
/// `reason` says it in English, with numbers, and never repeats the text of an answer: it may be logged.
/// `answer` is the place of the answer that failed, from 0, where many were scored.
public enum PupilError: Error, Hashable, Sendable {
    /// The file is not there or cannot be read: correct the URL, or see to the permission.
    case unreadable(reason: String)
    /// The bytes are no model at all: choose another file.
    case notAModel(reason: String)
    /// The file contradicts itself or its hashes: fetch it again.
    case damaged(reason: String)
    /// The file needs a later version of the SDK, or a feature that this build lacks: update the app, or ship another model.
    case unsupported(reason: String)
    /// The file or the answer exceeds a limit: shorten it, or raise the limit in ``Scorer/Options``.
    case tooLarge(reason: String, answer: Int?)
    /// The task pack belongs to another model: use the pack that was made for this one.
    case wrongBase(reason: String)
    /// The model has no task of that name.
    case unknownTask(reason: String)
    /// An argument breaks the rules of the function it was given to.
    case badInput(reason: String, answer: Int?)
    /// The work was asked to stop.
    case cancelled(reason: String)
    /// The engine broke a rule of its own: please report it.
    case `internal`(reason: String)

    /// What is known, in English, with numbers.
    public var reason: String {
        switch self {
        case .unreadable(let reason), .notAModel(let reason), .damaged(let reason), .unsupported(let reason),
            .wrongBase(let reason), .unknownTask(let reason), .cancelled(let reason), .internal(let reason),
            .tooLarge(let reason, _), .badInput(let reason, _):
            return reason
        }
    }

    /// The place of the answer that failed, from 0, where many were scored.
    public var answer: Int? {
        switch self {
        case .tooLarge(_, let answer), .badInput(_, let answer): return answer
        default: return nil
        }
    }
}

extension PupilError: LocalizedError {
    /// The same as ``reason``, for `localizedDescription`.
    public var errorDescription: String? { reason }
}

extension PupilError {
    init(_ error: PupilEngine.PupilError) {
        switch error {
        case .Unreadable(let reason): self = .unreadable(reason: reason)
        case .NotAModel(let reason): self = .notAModel(reason: reason)
        case .Damaged(let reason): self = .damaged(reason: reason)
        case .Unsupported(let reason): self = .unsupported(reason: reason)
        case .TooLarge(let reason, let answer): self = .tooLarge(reason: reason, answer: answer.map { Int($0) })
        case .WrongBase(let reason): self = .wrongBase(reason: reason)
        case .UnknownTask(let reason): self = .unknownTask(reason: reason)
        case .BadInput(let reason, let answer): self = .badInput(reason: reason, answer: answer.map { Int($0) })
        case .Cancelled(let reason): self = .cancelled(reason: reason)
        case .Internal(let reason): self = .internal(reason: reason)
        }
    }
}

/// Runs a call of the engine and gives its errors the form that apps see.
func relayed<T>(_ call: () throws -> T) throws -> T {
    do {
        return try call()
    } catch let error as PupilEngine.PupilError {
        throw PupilError(error)
    } catch let error as PupilError {
        throw error
    } catch {
        // A panic that UniFFI caught. Its message is left out: it might hold text of an answer.
        throw PupilError.internal(reason: "the engine panicked; please report it, with the model's name")
    }
}
