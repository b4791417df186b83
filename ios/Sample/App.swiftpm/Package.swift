// swift-tools-version: 6.0
// An app for Xcode and Swift Playgrounds; `cargo xtask ios` copies the model into Resources.

import AppleProductTypes
import PackageDescription

let package = Package(
    name: "PupilSample",
    platforms: [.iOS("17.0")],
    products: [
        .iOSApplication(
            name: "PupilSample",
            targets: ["PupilSample"],
            bundleIdentifier: "io.github.pupilsdk.sample",
            displayVersion: "1.0",
            bundleVersion: "1",
            appIcon: .placeholder(icon: .pencil),
            accentColor: .presetColor(.blue),
            supportedDeviceFamilies: [.pad, .phone],
            supportedInterfaceOrientations: [.portrait, .landscapeLeft, .landscapeRight]
        )
    ],
    dependencies: [.package(name: "Pupil", path: "../..")],
    targets: [
        .executableTarget(
            name: "PupilSample",
            dependencies: [
                .product(name: "Pupil", package: "Pupil"), .product(name: "SampleModel", package: "Pupil"),
            ],
            path: ".",
            resources: [.copy("Resources/science.pupil"), .copy("Resources/science.pupil.minisig")]
        )
    ]
)
