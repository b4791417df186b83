// swift-tools-version: 6.0
// The package for development; `cargo xtask ios` writes the package for apps.

import Foundation
import PackageDescription

// `cargo xtask test --swift` writes the generated code here and links the library of this machine; `cargo xtask ios`
// writes the generated code and the XCFramework here.
let framework = "Generated/PupilFFI.xcframework"
let hasFramework = FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + framework)
let library = Context.environment["PUPIL_LIBRARY"] ?? Context.packageDirectory + "/../target/debug"

let engine: Target =
    hasFramework
    ? .binaryTarget(name: "PupilFFI", path: framework)
    : .systemLibrary(name: "PupilFFI", path: "Generated/PupilFFI")

let link: [LinkerSetting] =
    hasFramework
    ? []
    : [
        .unsafeFlags(["-L", library, "-Xlinker", "-rpath", "-Xlinker", library]),
        .linkedLibrary("pupil_bindings"),
    ]

// The release has no functions that panic on purpose.
let panics: [SwiftSetting] = hasFramework ? [] : [.define("DELIBERATE_PANIC")]

let package = Package(
    name: "Pupil",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "Pupil", targets: ["Pupil"]),
        .library(name: "SampleModel", targets: ["SampleModel"]),
    ],
    targets: [
        engine,
        .target(name: "PupilEngine", dependencies: ["PupilFFI"], path: "Generated/PupilEngine", linkerSettings: link),
        .target(
            name: "Pupil",
            dependencies: ["PupilEngine"],
            resources: [.copy("PrivacyInfo.xcprivacy")]
        ),
        .target(name: "SampleModel", dependencies: ["Pupil"], path: "Sample/Model"),
        .executableTarget(name: "PupilBenchmark", dependencies: ["Pupil"], path: "Benchmark"),
        .testTarget(name: "PupilTests", dependencies: ["Pupil"], swiftSettings: panics),
        .testTarget(
            name: "SampleTests",
            dependencies: ["SampleModel"],
            path: "Sample/Tests",
            // On Linux, the Observation library of Swift 6.0 refers to a function that does not exist.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--allow-shlib-undefined"], .when(platforms: [.linux]))]
        ),
    ]
)
