import SampleModel
import SwiftUI

/// A question, a field for the answer, and what the model says while it is written.
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
            case .failed(let reason): Section("No verdict") { Text(reason) }
            case .judged(let verdict): VerdictSections(verdict: verdict)
            }
        }
        // A keystroke cancels only a judgement that has not begun. Without the pause, quick typing would begin one for each.
        .task(id: assessment.answer) { await assessment.judge(after: .milliseconds(300)) }
    }
}

/// The verdict, its labels, and the answer with its words in colour.
private struct VerdictSections: View {
    let verdict: Verdict

    var body: some View {
        Section("Verdict") {
            LabeledContent(verdict.title.capitalized) {
                Text(verdict.confidence, format: .percent.precision(.fractionLength(0)))
            }
            if let review = verdict.review {
                Label("A teacher should look: \(review)", systemImage: "person.fill.questionmark")
            }
        }
        Section("Labels") {
            ForEach(verdict.labels) { label in
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
            Text("Green words speak for the verdict, red words against it.")
        }
    }

    private var highlighted: AttributedString {
        verdict.pieces.reduce(into: AttributedString()) { text, piece in
            var part = AttributedString(piece.text)
            if piece.strength != 0 {
                let color: Color = piece.strength > 0 ? .green : .red
                part.backgroundColor = color.opacity(0.5 * abs(piece.strength))
            }
            text += part
        }
    }
}
