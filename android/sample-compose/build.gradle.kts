// The first screen of the sample, in Compose.

plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.android)
    alias(libs.plugins.kotlin.compose)
}

android {
    namespace = "io.github.pupilsdk.sample.compose"
    compileSdk = libs.versions.compile.sdk.get().toInt()
    defaultConfig {
        applicationId = "io.github.pupilsdk.sample.compose"
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
    sourceSets.named("main") {
        assets.srcDirs("../../models/science")
        // The screen, which is also drawn on a desktop, and the questions.
        kotlin.srcDirs("src/screen/kotlin", "../sample/src/shared/kotlin")
    }
    androidResources { noCompress += "pupil" }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

kotlin { compilerOptions { jvmTarget = org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_17 } }

dependencies {
    implementation(project(":sdk"))
    implementation(libs.activity.compose)
    implementation(libs.compose.foundation)
}
