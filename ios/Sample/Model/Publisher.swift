import Pupil

/// The publisher whose models this app opens. To change the key, release an app that names both, then models that are
/// signed with the new one, then an app without the old one.
public enum Publisher {
    /// Trusts the publisher, and maps the model: nobody can write to an app's bundle.
    public static let options = Scorer.Options(
        trustedKeys: ["RWSpcqgT8Ia7wHcJ/W/CYoReBXlpdzplJxfEGU61kut8ToMIt8tOlBv1"],
        mapUnchangingFile: true
    )
}
