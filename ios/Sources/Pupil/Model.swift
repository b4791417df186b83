internal import PupilEngine

extension Scorer {
    /// How a model is opened; the defaults suit phones and tablets.
    public struct Options: Hashable, Sendable {
        /// Bytes of precomputed tables at most; what does not fit is computed with each call, slower, with the same result.
        public var foldLimitBytes: Int
        /// Bytes of UTF-8 that an answer, or a reference, may have.
        public var maxAnswerBytes: Int

        /// The defaults: 16 MiB of tables, answers of 64 KiB.
        public init(foldLimitBytes: Int = 16 << 20, maxAnswerBytes: Int = 64 << 10) {
            self.foldLimitBytes = foldLimitBytes
            self.maxAnswerBytes = maxAnswerBytes
        }

        func crossing() throws -> PupilEngine.Options {
            guard let fold = UInt64(exactly: foldLimitBytes), let answer = UInt64(exactly: maxAnswerBytes) else {
                let reason = "a limit is negative: \(foldLimitBytes) bytes of tables, \(maxAnswerBytes) bytes of an answer"
                throw PupilError.badInput(reason: reason, answer: nil)
            }
            return PupilEngine.Options(foldLimitBytes: fold, maxAnswerBytes: answer)
        }
    }

    /// Something that a model can score.
    ///
    /// It stands inside ``Scorer`` so that `Task` keeps its meaning in the app.
    public struct Task: Hashable, Sendable, Identifiable {
        /// The name that `score` takes.
        public let id: String
        /// A name for people.
        public let name: String
        /// The question, where its terms allow to repeat it.
        public let prompt: String?
        /// Whether answers are compared with a reference answer, which must then be given.
        public let needsReference: Bool
        /// The labels, or the levels in rising order.
        public let labels: [Label]
        /// Points of each level, rising, where the task has a scale.
        public let points: [Int]?

        /// A label of a task.
        public struct Label: Hashable, Sendable {
            /// Its name.
            public let name: String
            /// What the rubric says about it.
            public let description: String?
            /// Whether none of the answers that the model was trained on has it: an award of it goes to a person.
            public let isUnseen: Bool
        }
    }

    /// What a model says about itself, and how it runs on this device.
    public struct About: Hashable, Sendable {
        /// Name of the model.
        public let name: String
        /// What it is for.
        public let description: String
        /// Its licence, as an SPDX expression.
        public let licence: String
        /// Whom to name when it is used.
        public let attribution: [String]
        /// BLAKE3 of the whole file, in hexadecimal.
        public let blake3: String
        /// Names of the attached task packs.
        public let packs: [String]
        /// Bytes of the file.
        public let fileBytes: Int
        /// Bytes of packed weights and tables so far; encoders are packed when they are first used.
        public let packedBytes: Int
        /// The chosen instructions of each operation.
        public let variants: [Variant]

        /// An operation and the instructions that were chosen for it.
        public struct Variant: Hashable, Sendable {
            /// Name of the operation.
            public let op: String
            /// Name of the variant.
            public let variant: String
        }
    }
}

extension Scorer.Task {
    init(_ task: PupilEngine.Task) {
        self.init(
            id: task.id,
            name: task.name,
            prompt: task.prompt,
            needsReference: task.needsReference,
            labels: task.labels.map { Label(name: $0.name, description: $0.description, isUnseen: $0.unseen) },
            points: task.points?.map { Int($0) }
        )
    }
}

extension Scorer.About {
    init(_ about: PupilEngine.About) {
        self.init(
            name: about.name,
            description: about.description,
            licence: about.licence,
            attribution: about.attribution,
            blake3: about.blake3,
            packs: about.packs,
            fileBytes: Int(clamping: about.fileBytes),
            packedBytes: Int(clamping: about.packedBytes),
            variants: about.variants.map { Variant(op: $0.op, variant: $0.variant) }
        )
    }
}
