import Foundation
internal import PupilEngine

/// An error, grouped by what the app can do about it.
///
/// `reason` is a message in English with numbers and never repeats answer text, so it may be logged. In a batch,
/// `answer` is the index of the failed answer, from 0.
public enum PupilError: Error, Hashable, Sendable {
    /// The file is missing or cannot be read: correct the URL or the permission.
    case unreadable(reason: String)
    /// The bytes are not a model: choose another file.
    case notAModel(reason: String)
    /// The file is inconsistent or does not match its hashes: fetch it again.
    case damaged(reason: String)
    /// The file needs a later version of the SDK, or a feature that this build lacks: update the app, or ship another
    /// model.
    case unsupported(reason: String)
    /// The file or the answer exceeds a limit: shorten it, or raise the limit in ``Scorer/Options``.
    case tooLarge(reason: String, answer: Int?)
    /// The file is not signed with a trusted key, or is not the file or the version that was expected: get it from its
    /// publisher, and do not use it meanwhile.
    case untrusted(reason: String)
    /// The task pack, or the snapshot of a student, belongs to another model: use what was made for this one.
    case wrongBase(reason: String)
    /// The model has no task with this name.
    case unknownTask(reason: String)
    /// An argument is invalid.
    case badInput(reason: String, answer: Int?)
    /// The work was cancelled.
    case cancelled(reason: String)
    /// An error inside the engine: please report it.
    case `internal`(reason: String)

    /// The message, in English with numbers.
    public var reason: String {
        switch self {
        case .unreadable(let reason), .notAModel(let reason), .damaged(let reason), .unsupported(let reason),
            .untrusted(let reason), .wrongBase(let reason), .unknownTask(let reason), .cancelled(let reason),
            .internal(let reason), .tooLarge(let reason, _), .badInput(let reason, _):
            return reason
        }
    }

    /// In a batch, the index of the failed answer, from 0.
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
        case .Untrusted(let reason): self = .untrusted(reason: reason)
        case .WrongBase(let reason): self = .wrongBase(reason: reason)
        case .UnknownTask(let reason): self = .unknownTask(reason: reason)
        case .BadInput(let reason, let answer): self = .badInput(reason: reason, answer: answer.map { Int($0) })
        case .Cancelled(let reason): self = .cancelled(reason: reason)
        case .Internal(let reason): self = .internal(reason: reason)
        }
    }
}

/// Runs a call of the engine and translates its errors to public errors.
func translated<T>(_ call: () throws -> T) throws -> T {
    do {
        return try call()
    } catch let error as PupilEngine.PupilError {
        throw PupilError(error)
    } catch let error as PupilError {
        throw error
    } catch {
        // A panic that UniFFI caught. Its message is left out, since it may contain answer text.
        throw PupilError.internal(reason: "the engine panicked; please report it, with the model's name")
    }
}
