import Foundation
internal import PupilEngine

/// An open model.
///
/// ```swift
/// let scorer = try Scorer(contentsOf: url)
/// let score = try scorer.score(task: "mindca-ss_burglar", answer: text)
/// ```
///
/// Any number of threads and tasks may use one scorer at once. The same file and the same text give the same bits on
/// every device. The scorer keeps the model in memory until the last reference to it is gone. A running call holds a
/// reference, so there is nothing to close.
///
/// Each call except ``scoreAll(task:answers:references:threads:)`` has two forms with the same name. Without `await`,
/// it runs on the calling thread: a word-level model scores a short answer in a fraction of a millisecond. With
/// `await`, it leaves the caller's actor, so that the main actor stays free while a transformer scores a long answer,
/// and throws `CancellationError` if its task is cancelled before it begins.
public final class Scorer: Sendable {
    let engine: Engine

    /// The tasks of the model and of attached packs.
    public let tasks: [Task]

    init(_ open: () throws -> Engine) throws {
        let engine = try translated(open)
        self.engine = engine
        tasks = try translated { try engine.tasks().map(Task.init) }
    }

    /// Opens a file.
    ///
    /// Every byte is checked. The file is copied, so that nothing done to it later matters, unless
    /// ``Options/mapUnchangingFile`` is set.
    ///
    /// - Parameters:
    ///   - url: A file in the app's bundle or its container.
    ///   - options: Limits on memory and on answers, and whose files are trusted.
    /// - Throws: ``PupilError``: the file cannot be read, is not a model, is damaged, needs a later SDK, or is not
    ///   trusted.
    public convenience init(contentsOf url: URL, options: Options = Options()) throws {
        let path = try url.modelPath()
        try self.init { try Engine.open(path: path, options: options.engineOptions()) }
    }

    /// Like the other form, on another thread.
    public convenience init(contentsOf url: URL, options: Options = Options()) async throws {
        try _Concurrency.Task.checkCancellation()
        let path = try url.modelPath()
        try self.init { try Engine.open(path: path, options: options.engineOptions()) }
    }

    /// Opens a model from memory, for example after decryption. The bytes are copied.
    ///
    /// - Throws: ``PupilError``: the bytes are not a model, are damaged, are more than 256 MiB, or need a later SDK.
    public convenience init(data: Data, options: Options = Options()) throws {
        try ArgumentLimits.check(data)
        try self.init { try Engine.fromBytes(bytes: data, options: options.engineOptions()) }
    }

    /// Like the other form, on another thread.
    public convenience init(data: Data, options: Options = Options()) async throws {
        try _Concurrency.Task.checkCancellation()
        try ArgumentLimits.check(data)
        try self.init { try Engine.fromBytes(bytes: data, options: options.engineOptions()) }
    }

    /// Returns a scorer that also has the tasks of a task pack. It shares the model with this scorer, which does not
    /// change.
    ///
    /// - Parameters:
    ///   - url: The file of the pack.
    ///   - options: Of these, only those about trust and mapping count. Without them, the pack has to be signed with
    ///     one of the keys that the model had to be signed with, if there were any.
    /// - Throws: ``PupilError/wrongBase(reason:)`` if the pack was made for another model, or the errors of opening a
    ///   model.
    public func attach(contentsOf url: URL, options: Options? = nil) throws -> Scorer {
        try attached(url, options)
    }

    /// Like the other form, on another thread.
    public func attach(contentsOf url: URL, options: Options? = nil) async throws -> Scorer {
        try _Concurrency.Task.checkCancellation()
        return try attached(url, options)
    }

    /// Like `attach(contentsOf:options:)`, with a pack from memory.
    public func attach(data: Data, options: Options? = nil) throws -> Scorer {
        try attached(data, options)
    }

    /// Like the other form, on another thread.
    public func attach(data: Data, options: Options? = nil) async throws -> Scorer {
        try _Concurrency.Task.checkCancellation()
        return try attached(data, options)
    }

    /// Returns a scorer without the task pack with this name, one of ``About/packs``.
    ///
    /// - Throws: ``PupilError`` if no such pack is attached.
    public func detach(pack name: String) throws -> Scorer {
        try detached(name)
    }

    /// Like the other form, on another thread.
    public func detach(pack name: String) async throws -> Scorer {
        try _Concurrency.Task.checkCancellation()
        return try detached(name)
    }

    /// The metadata of the model. Reads the whole file once, for its hash.
    public func about() throws -> About {
        try translated { About(try engine.about()) }
    }

    /// Like the other form, on another thread.
    public func about() async throws -> About {
        try _Concurrency.Task.checkCancellation()
        return try translated { About(try engine.about()) }
    }

    private func attached(_ url: URL, _ options: Options?) throws -> Scorer {
        let path = try url.modelPath()
        return try Scorer { try engine.attach(path: path, options: options?.engineOptions()) }
    }

    private func attached(_ data: Data, _ options: Options?) throws -> Scorer {
        try ArgumentLimits.check(data)
        return try Scorer { try engine.attachBytes(bytes: data, options: options?.engineOptions()) }
    }

    private func detached(_ name: String) throws -> Scorer {
        try ArgumentLimits.check(name)
        return try Scorer { try engine.detach(name: name) }
    }
}
