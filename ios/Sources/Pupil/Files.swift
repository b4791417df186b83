import Foundation

extension URL {
    /// The path to a model's file.
    func modelPath() throws -> String {
        guard isFileURL else {
            let reason = "models are opened from files, the URL's scheme is \(scheme ?? "none")"
            throw PupilError.badInput(reason: reason, answer: nil)
        }
        try ArgumentLimits.check(path)
        return path
    }
}
