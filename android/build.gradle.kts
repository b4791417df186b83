plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.android.library) apply false
    alias(libs.plugins.kotlin.android) apply false
    alias(libs.plugins.kotlin.compose) apply false
}

// The version of the Rust workspace, which all languages share.
val pupilVersion = Regex("""\[workspace\.package][^\[]*?\nversion = "([^"]+)"""")
    .find(file("../Cargo.toml").readText())?.groupValues?.get(1)
    ?: error("../Cargo.toml has no version in [workspace.package]")

allprojects {
    group = "io.github.pupilsdk"
    version = pupilVersion
}

// What Maven Central demands of every publication besides sources and documentation: see README.md.
subprojects {
    plugins.withId("maven-publish") {
        apply(plugin = "signing")
        configure<PublishingExtension> {
            // A folder that has the layout of Maven Central, to be packed and uploaded.
            repositories.maven(rootProject.layout.buildDirectory.dir("bundle")) { name = "Bundle" }
            publications.withType<MavenPublication>().configureEach {
                pom {
                    name = artifactId
                    description = when (artifactId) {
                        "pupil" -> "Scores students' written answers on the device, with the same bits everywhere."
                        else -> "The native engine of Pupil, which the artifact pupil needs; not for direct use."
                    }
                    url = "https://github.com/pupil-sdk/pupil"
                    licenses {
                        license {
                            name = "MIT"
                            url = "https://opensource.org/license/mit"
                            distribution = "repo"
                        }
                        license {
                            name = "Apache-2.0"
                            url = "https://www.apache.org/licenses/LICENSE-2.0.txt"
                            distribution = "repo"
                        }
                    }
                    developers {
                        developer {
                            id = "pupil-sdk"
                            name = "The Pupil authors"
                            url = "https://github.com/pupil-sdk"
                        }
                    }
                    scm {
                        url = "https://github.com/pupil-sdk/pupil"
                        connection = "scm:git:https://github.com/pupil-sdk/pupil.git"
                        developerConnection = "scm:git:ssh://git@github.com/pupil-sdk/pupil.git"
                    }
                }
            }
        }
        configure<SigningExtension> {
            // Both from the environment: ORG_GRADLE_PROJECT_signingKey and ORG_GRADLE_PROJECT_signingPassword. Without
            // them nothing is signed, which is enough for this machine's own repository.
            val key = providers.gradleProperty("signingKey").orNull
            if (key != null) {
                useInMemoryPgpKeys(key, providers.gradleProperty("signingPassword").orNull)
                sign(the<PublishingExtension>().publications)
            }
        }
    }
}
