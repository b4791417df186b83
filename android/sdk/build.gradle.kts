// The hand-written API for apps.

plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "io.github.pupilsdk"
    compileSdk = libs.versions.compile.sdk.get().toInt()
    defaultConfig {
        minSdk = libs.versions.min.sdk.get().toInt()
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    publishing {
        singleVariant("release") {
            withSourcesJar()
            withJavadocJar()
        }
    }
    // The tests in src/test need a library for this machine, which Gradle does not build: `cargo xtask kotlin` runs
    // them.
    sourceSets.named("test") { kotlin.setSrcDirs(emptyList<String>()) }
}

kotlin {
    explicitApi()
    compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17 }
}

dependencies {
    // Apps do not see the engine.
    implementation(project(":engine"))
    api(libs.coroutines)
    runtimeOnly(libs.coroutines.android)
}

afterEvaluate {
    publishing.publications.register<MavenPublication>("release") {
        from(components["release"])
        artifactId = "pupil"
    }
}
