import Pupil
import SampleModel
import SwiftUI

/// Opens the model in the app's bundle and shows the screen.
@main
struct SampleApp: App {
    @State private var opened: Result<Assessment, any Error>?

    var body: some Scene {
        WindowGroup {
            Group {
                switch opened {
                case .success(let assessment): NavigationStack { AssessmentView(assessment: assessment) }
                case .failure(let error):
                    ContentUnavailableView(
                        "The model cannot be opened", systemImage: "exclamationmark.triangle",
                        description: Text(error.localizedDescription))
                case nil: ProgressView()
                }
            }
            .task { opened = await open() }
        }
    }

    private func open() async -> Result<Assessment, any Error> {
        guard let url = Bundle.module.url(forResource: "science", withExtension: "pupil") else {
            return .failure(PupilError.unreadable(reason: "science.pupil is not in the app: run cargo xtask ios"))
        }
        do {
            return .success(Assessment(scorer: try await Scorer(contentsOf: url, options: Publisher.options)))
        } catch {
            return .failure(error)
        }
    }
}
