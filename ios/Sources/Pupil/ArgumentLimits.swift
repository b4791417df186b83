import Foundation

/// Limits on the sizes of arguments.
///
/// The generated code stores the size of an argument in 32 bits and crashes if it is larger, before the engine checks
/// its limits.
enum ArgumentLimits {
    /// The engine's limit of a model or a task pack in bytes: 256 MiB.
    static let fileBytes = 256 << 20

    /// Limit of an argument in bytes.
    static let argumentBytes = Int(Int32.max)

    /// Size of the flag before an optional value.
    private static let markBytes = 1

    /// Size of the length before a list, and before each text in it.
    private static let lengthBytes = 4

    /// Limit of one text, which may be optional, in bytes.
    static let textBytes = argumentBytes - markBytes - lengthBytes

    /// Rejects a model or a task pack beyond the engine's limit.
    static func check(_ data: Data) throws {
        guard data.count <= fileBytes else {
            throw PupilError.tooLarge(
                reason: "the data has \(data.count) bytes, at most \(fileBytes) are read", answer: nil)
        }
    }

    /// Rejects texts if one of them is too large.
    static func check(_ texts: String?...) throws {
        // Native Swift strings store the count.
        for text in texts { try check(text: text?.utf8.count ?? 0, at: nil) }
    }

    /// Rejects a list of texts if one of them, or all together, are too large.
    static func check(all texts: [String]) throws {
        try check(all: texts.lazy.map(\.utf8.count))
    }

    /// Like ``check(all:)`` of texts, with the size of each.
    static func check(all counts: some Sequence<Int>) throws {
        var whole = markBytes + lengthBytes
        for (row, count) in counts.enumerated() {
            try check(text: count, at: row)
            whole += lengthBytes + count
        }
        guard whole <= argumentBytes else {
            let reason = "the texts have \(whole) bytes together, at most \(argumentBytes) are allowed: score them in parts"
            throw PupilError.tooLarge(reason: reason, answer: nil)
        }
    }

    private static func check(text count: Int, at answer: Int?) throws {
        guard count <= textBytes else {
            throw PupilError.tooLarge(reason: "a text has \(count) bytes, at most \(textBytes) are allowed", answer: answer)
        }
    }
}
