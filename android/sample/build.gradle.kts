plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
}

android {
    namespace = "io.github.pupilsdk.sample"
    compileSdk = libs.versions.compile.sdk.get().toInt()
    defaultConfig {
        applicationId = "io.github.pupilsdk.sample"
        minSdk = libs.versions.min.sdk.get().toInt()
        targetSdk = libs.versions.compile.sdk.get().toInt()
        versionCode = 1
        versionName = version.toString()
    }
    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
            signingConfig = signingConfigs.getByName("debug")
        }
    }
    // The shipped models, opened directly in the APK. Their cards have the same name, which Gradle would refuse; the
    // models contain what the cards say.
    sourceSets.named("main") {
        assets.srcDirs("../../models/science", "../../models/practice")
        // What the Compose variant has as well.
        kotlin.srcDir("src/shared/kotlin")
    }
    androidResources {
        noCompress += "pupil"
        ignoreAssetsPatterns += "!card.md"
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets.named("test") { kotlin.setSrcDirs(emptyList<String>()) }
}

kotlin { compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17 } }

dependencies {
    implementation(project(":sdk"))
}
