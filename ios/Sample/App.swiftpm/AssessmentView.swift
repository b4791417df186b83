import SampleModel
import SwiftUI

/// A question, a field for the answer, and its score while the user types.
struct AssessmentView: View {
    @Bindable var assessment: Assessment

    var body: some View {
        Form {
            Section("Question") {
                Picker("Question", selection: $assessment.question) {
                    ForEach(assessment.questions) { question in
                        Text(question.text).tag(question)
                    }
                }
                .pickerStyle(.navigationLink)
                .labelsHidden()
            }
            Section("Your answer") {
                TextField("Write in your own words", text: $assessment.answer, axis: .vertical)
                    .lineLimit(3...8)
            }
            switch assessment.state {
            case .empty: EmptyView()
            case .failed(let reason): Section("No score") { Text(reason) }
            case .scored(let summary): ScoreSections(summary: summary)
            }
        }
        // A keystroke cancels scoring only before it begins. Without the pause, every keystroke would start a call.
        .task(id: assessment.answer) { await assessment.score(after: .milliseconds(300)) }
    }
}

/// The score, its labels, and the answer with its words in colour.
private struct ScoreSections: View {
    let summary: ScoreSummary

    var body: some View {
        Section("Score") {
            LabeledContent(summary.title.capitalized) {
                Text(summary.confidence, format: .percent.precision(.fractionLength(0)))
            }
            if let review = summary.review {
                Label("Needs review: \(review)", systemImage: "person.fill.questionmark")
            }
        }
        Section("Labels") {
            ForEach(summary.labels) { label in
                ProgressView(value: label.probability) {
                    LabeledContent(label.name) {
                        Text(label.probability, format: .percent.precision(.fractionLength(0)))
                    }
                }
            }
        }
        Section {
            Text(highlighted)
        } header: {
            Text("Words")
        } footer: {
            Text("Green words support the label, red words count against it.")
        }
    }

    private var highlighted: AttributedString {
        summary.pieces.reduce(into: AttributedString()) { text, piece in
            var part = AttributedString(piece.text)
            if piece.strength != 0 {
                let color: Color = piece.strength > 0 ? .green : .red
                part.backgroundColor = color.opacity(0.5 * abs(piece.strength))
            }
            text += part
        }
    }
}
