import Pupil

/// The publisher whose models this app opens. To change the key, release an app that names both, then models that are
/// signed with the new one, then an app without the old one.
public enum Publisher {
    /// Trusts the publisher, and maps the model: nobody can write to an app's bundle.
    public static let options = Scorer.Options(
        trustedKeys: ["RWRLKSge7J6lVDbUnSvgBEvJhEtdOE1tqPqfkfY4OYFRwwBj5Z9mM8hh"],
        mapUnchangingFile: true
    )
}
