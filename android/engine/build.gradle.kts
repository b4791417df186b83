// The output of `cargo xtask android`: the native library for each CPU architecture, and the code that UniFFI
// generates.

plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.kotlin.android)
    `maven-publish`
}

android {
    namespace = "io.github.pupilsdk.engine"
    compileSdk = libs.versions.compile.sdk.get().toInt()
    ndkVersion = libs.versions.ndk.get()
    defaultConfig {
        minSdk = libs.versions.min.sdk.get().toInt()
        consumerProguardFiles("consumer-rules.pro")
    }
    sourceSets.named("main") { kotlin.srcDir("../../target/android/kotlin") }
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
}

kotlin { compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17 } }

dependencies {
    implementation(libs.coroutines)
    // The AAR for Android; the JAR contains libraries for desktops.
    implementation("${libs.jna.get()}@aar")
}

val generated = file("../../target/android/kotlin")
tasks.named("preBuild") {
    doFirst {
        check(generated.isDirectory && file("src/main/jniLibs").isDirectory) {
            "the engine is not built: run `cargo xtask android` in the parent folder"
        }
    }
}

afterEvaluate {
    publishing.publications.register<MavenPublication>("release") {
        from(components["release"])
        artifactId = "pupil-engine"
    }
}
