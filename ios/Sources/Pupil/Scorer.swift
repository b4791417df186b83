import Foundation
internal import PupilEngine

/// An open model.
///
/// ```swift
/// let scorer = try Scorer(contentsOf: url)
/// let score = try scorer.score(task: "mindca-ss_burglar", answer: text)
/// ```
///
/// One scorer serves any number of threads and tasks at once, and the same file and the same text give the same bits on
/// every device. It holds the model's memory until the last reference to it is gone; a call that still runs holds one,
/// so there is nothing to close.
///
/// Each call has two forms of one name, except the stream of ``scoreAll(task:answers:references:threads:)``. Without `await` it
/// works on the caller's thread: a model of words scores a short answer in a fraction of a millisecond. With `await` it leaves
/// the caller's actor, so that the main actor stays free while a transformer reads a long answer, and throws
/// `CancellationError` when its task is cancelled before it begins.
public final class Scorer: Sendable {
    let engine: Engine

    /// What the model can score, with the tasks of attached packs.
    public let tasks: [Task]

    init(_ open: () throws -> Engine) throws {
        let engine = try relayed(open)
        self.engine = engine
        tasks = try relayed { try engine.tasks().map(Task.init) }
    }

    /// Opens a file.
    ///
    /// Every byte is read once, for the hashes. A file of 1 MiB or more is mapped rather than copied: nobody may change it in
    /// place while it is open. Moving another file over it is safe.
    ///
    /// - Parameters:
    ///   - url: A file of the app's bundle or of its container.
    ///   - options: Limits on memory and on answers.
    /// - Throws: ``PupilError``: the file cannot be read, is no model, is damaged, or needs a later SDK.
    public convenience init(contentsOf url: URL, options: Options = Options()) throws {
        let path = try Self.path(of: url)
        try self.init { try Engine.open(path: path, options: options.crossing()) }
    }

    /// As the other form, on a thread that is not the caller's.
    public convenience init(contentsOf url: URL, options: Options = Options()) async throws {
        try _Concurrency.Task.checkCancellation()
        let path = try Self.path(of: url)
        try self.init { try Engine.open(path: path, options: options.crossing()) }
    }

    /// Opens a model that is in memory, perhaps decrypted there. The bytes are copied.
    ///
    /// - Throws: ``PupilError``: the bytes are no model, are damaged, are more than 256 MiB, or need a later SDK.
    public convenience init(data: Data, options: Options = Options()) throws {
        try Crossing.check(data)
        try self.init { try Engine.fromBytes(bytes: data, options: options.crossing()) }
    }

    /// As the other form, on a thread that is not the caller's.
    public convenience init(data: Data, options: Options = Options()) async throws {
        try _Concurrency.Task.checkCancellation()
        try Crossing.check(data)
        try self.init { try Engine.fromBytes(bytes: data, options: options.crossing()) }
    }

    /// A scorer that knows the tasks of a task pack as well. It shares the model with this one, which stays as it is.
    ///
    /// - Throws: ``PupilError/wrongBase(reason:)`` when the pack was made for another model, or what opening throws.
    public func attach(contentsOf url: URL) throws -> Scorer {
        try attached(url)
    }

    /// As the other form, on a thread that is not the caller's.
    public func attach(contentsOf url: URL) async throws -> Scorer {
        try _Concurrency.Task.checkCancellation()
        return try attached(url)
    }

    /// As ``attach(contentsOf:)``, with a pack that is in memory.
    public func attach(data: Data) throws -> Scorer {
        try attached(data)
    }

    /// As the other form, on a thread that is not the caller's.
    public func attach(data: Data) async throws -> Scorer {
        try _Concurrency.Task.checkCancellation()
        return try attached(data)
    }

    /// A scorer without the task pack of that name; ``About/packs`` has the names.
    ///
    /// - Throws: ``PupilError`` when no such pack is attached.
    public func detach(pack name: String) throws -> Scorer {
        try detached(name)
    }

    /// As the other form, on a thread that is not the caller's.
    public func detach(pack name: String) async throws -> Scorer {
        try _Concurrency.Task.checkCancellation()
        return try detached(name)
    }

    /// What the model says about itself. Reads the whole file once, for its hash.
    public func about() throws -> About {
        try relayed { About(try engine.about()) }
    }

    /// As the other form, on a thread that is not the caller's.
    public func about() async throws -> About {
        try _Concurrency.Task.checkCancellation()
        return try relayed { About(try engine.about()) }
    }

    private func attached(_ url: URL) throws -> Scorer {
        let path = try Self.path(of: url)
        return try Scorer { try engine.attach(path: path) }
    }

    private func attached(_ data: Data) throws -> Scorer {
        try Crossing.check(data)
        return try Scorer { try engine.attachBytes(bytes: data) }
    }

    private func detached(_ name: String) throws -> Scorer {
        try Crossing.check(name)
        return try Scorer { try engine.detach(name: name) }
    }

    private static func path(of url: URL) throws -> String {
        guard url.isFileURL else {
            let scheme = url.scheme ?? "none"
            throw PupilError.badInput(reason: "models are opened from files, the URL's scheme is \(scheme)", answer: nil)
        }
        try Crossing.check(url.path)
        return url.path
    }
}
