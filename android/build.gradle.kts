plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
    alias(libs.plugins.kotlin.android) apply false
}

// The version of the Rust workspace, which all languages share.
val pupilVersion = Regex("""\[workspace\.package][^\[]*?\nversion = "([^"]+)"""")
    .find(file("../Cargo.toml").readText())?.groupValues?.get(1)
    ?: error("../Cargo.toml has no version in [workspace.package]")

allprojects {
    group = "io.github.pupilsdk"
    version = pupilVersion
}
