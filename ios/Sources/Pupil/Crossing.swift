import Foundation

/// What is small enough to cross to the engine.
///
/// The generated code counts the bytes of an argument in 32 bits and ends the program where they do not suffice, before the
/// engine's own limits are looked at.
enum Crossing {
    /// Bytes of a model or of a task pack that the engine reads: 256 MiB.
    static let fileBytes = 256 << 20

    /// Bytes of an argument.
    static let argumentBytes = Int(Int32.max)

    /// What stands before a value that may be missing.
    private static let markBytes = 1

    /// What stands before a list, and before each text in it.
    private static let lengthBytes = 4

    /// Bytes of one text, which may be one that may be missing.
    static let textBytes = argumentBytes - markBytes - lengthBytes

    /// Refuses a model or a task pack beyond the engine's limit.
    static func check(_ data: Data) throws {
        guard data.count <= fileBytes else {
            throw PupilError.tooLarge(
                reason: "the data has \(data.count) bytes, at most \(fileBytes) are read", answer: nil)
        }
    }

    /// Refuses texts one of which cannot cross.
    static func check(_ texts: String?...) throws {
        // Of Swift's own strings, the count is stored.
        for text in texts { try check(text: text?.utf8.count ?? 0, at: nil) }
    }

    /// Refuses a list of texts that cannot cross together, or one of which cannot.
    static func check(all texts: [String]) throws {
        try check(all: texts.lazy.map(\.utf8.count))
    }

    /// As ``check(all:)`` of texts, with the bytes of each.
    static func check(all counts: some Sequence<Int>) throws {
        var whole = markBytes + lengthBytes
        for (row, count) in counts.enumerated() {
            try check(text: count, at: row)
            whole += lengthBytes + count
        }
        guard whole <= argumentBytes else {
            let reason = "the texts have \(whole) bytes together, at most \(argumentBytes) are taken: score them in parts"
            throw PupilError.tooLarge(reason: reason, answer: nil)
        }
    }

    private static func check(text count: Int, at answer: Int?) throws {
        guard count <= textBytes else {
            throw PupilError.tooLarge(reason: "a text has \(count) bytes, at most \(textBytes) are taken", answer: answer)
        }
    }
}
