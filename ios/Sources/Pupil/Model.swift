internal import PupilEngine

extension Scorer {
    /// Options for opening a model; the defaults suit phones and tablets.
    public struct Options: Hashable, Sendable {
        /// Limit of precomputed tables in bytes. Tables beyond the limit are computed with each call, which is slower
        /// but gives the same result.
        public var foldLimitBytes: Int
        /// Limit of an answer or a reference, in bytes of UTF-8.
        public var maxAnswerBytes: Int
        /// Public keys of the publishers whose files are opened, each as its line of text; none of them: anyone's. With
        /// a key, a file needs a signature in minisign's format, which is verified before anything in the file is read.
        /// Name two keys while a publisher changes from one to the next.
        public var trustedKeys: [String]
        /// The text of the signature. Without it, a file has its signature beside it, under its own name and
        /// `.minisig`.
        public var signature: String?
        /// The BLAKE3 of the only file that may be opened, in hexadecimal.
        public var expectedBlake3: String?
        /// The least version of the model, so that a signed file of old is refused; see ``Scorer/About/version``.
        public var minVersion: Int
        /// Maps the file instead of copying it. Only for a file that nobody writes to while it is open, such as one in
        /// the app's bundle: if it is shortened, the process ends, and if it is rewritten, anything may happen.
        public var mapUnchangingFile: Bool

        /// The defaults: 16 MiB of tables, answers of 64 KiB, files by anyone, copied.
        public init(
            foldLimitBytes: Int = 16 << 20, maxAnswerBytes: Int = 64 << 10, trustedKeys: [String] = [],
            signature: String? = nil, expectedBlake3: String? = nil, minVersion: Int = 0, mapUnchangingFile: Bool = false
        ) {
            self.foldLimitBytes = foldLimitBytes
            self.maxAnswerBytes = maxAnswerBytes
            self.trustedKeys = trustedKeys
            self.signature = signature
            self.expectedBlake3 = expectedBlake3
            self.minVersion = minVersion
            self.mapUnchangingFile = mapUnchangingFile
        }

        func engineOptions() throws -> PupilEngine.Options {
            guard let fold = UInt64(exactly: foldLimitBytes), let answer = UInt64(exactly: maxAnswerBytes) else {
                let reason = "a limit is negative: \(foldLimitBytes) bytes of tables, \(maxAnswerBytes) bytes of an answer"
                throw PupilError.badInput(reason: reason, answer: nil)
            }
            guard let version = UInt32(exactly: minVersion) else {
                let reason = "the least version is \(minVersion), it must be from 0 to \(UInt32.max)"
                throw PupilError.badInput(reason: reason, answer: nil)
            }
            for text in trustedKeys + [signature, expectedBlake3].compactMap({ $0 }) {
                try ArgumentLimits.check(text)
            }
            return PupilEngine.Options(
                foldLimitBytes: fold, maxAnswerBytes: answer, trustedKeys: trustedKeys, signature: signature,
                expectedBlake3: expectedBlake3, minVersion: version, mapUnchangingFile: mapUnchangingFile
            )
        }
    }

    /// A task that a model can score.
    ///
    /// It is nested in ``Scorer`` so that `Task` keeps its meaning in the app.
    public struct Task: Hashable, Sendable, Identifiable {
        /// The id that `score` takes.
        public let id: String
        /// The display name.
        public let name: String
        /// The question, if its licence allows repeating it.
        public let prompt: String?
        /// Whether answers are compared with a reference answer, which is then required.
        public let needsReference: Bool
        /// The labels, or the levels in rising order.
        public let labels: [Label]
        /// Points of each level, rising, if the task has a scale.
        public let points: [Int]?
        /// The models whose probabilities are combined; most tasks have one.
        public let members: [Member]
        /// What is promised about automatic scores, if the model was made with a guarantee.
        public let guarantee: Guarantee?

        /// What is promised about the automatic scores of a task, and the calibration answers that it rests on: graded
        /// answers that no other part of the model was made from.
        ///
        /// With probability `confidence` over the choice of these answers, at most the share `maxError` of automatic
        /// scores is wrong. The promise holds for answers as those that it was calibrated on: to the same questions, by
        /// students like those, at the same time and graded in the same way.
        ///
        /// If `automatic` is 0, there were too few answers to promise anything, and no score of the task is automatic.
        public struct Guarantee: Hashable, Sendable {
            /// Largest share of wrong ones among automatic scores, from 0 to 1.
            public let maxError: Float
            /// Probability of the promise, from 0 to 1.
            public let confidence: Float
            /// Whether a score one level away from a person's counts as right; otherwise it must be the same.
            public let isAdjacent: Bool
            /// Number of calibration answers.
            public let answers: Int
            /// How many of them get an automatic score; 0 if nothing is promised.
            public let automatic: Int
            /// How many of these scores are wrong.
            public let wrong: Int
            /// Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised.
            public let bound: Float
            /// Number of tasks that the promise and the numbers are of, all of them together.
            public let tasks: Int
            /// If nothing is promised: about as many graded answers would be enough, if errors stayed as they are; nil
            /// if only a better model would help.
            public let needed: Int?

            /// Whether anything is promised.
            public var isPromised: Bool { automatic > 0 }

            /// The share of answers that are expected to be scored automatically; nil if nothing is promised.
            public var share: Float? { isPromised ? Float(automatic) / Float(answers) : nil }
        }

        /// A model that takes part in a task.
        public struct Member: Hashable, Sendable {
            /// The family of its encoder, such as `e-lstm`.
            public let family: String
            /// Its share in the probabilities; those of all members sum to 1.
            public let weight: Float
        }

        /// A label of a task.
        public struct Label: Hashable, Sendable {
            /// Its name.
            public let name: String
            /// Its description in the rubric.
            public let description: String?
            /// Whether no training answer has it; then an answer that is awarded it goes to review.
            public let isUnseen: Bool
        }
    }

    /// The metadata of a model, and how it runs on this device.
    public struct About: Hashable, Sendable {
        /// Name of the model.
        public let name: String
        /// Its purpose.
        public let description: String
        /// Its licence, as an SPDX expression.
        public let licence: String
        /// The credits to show when it is used.
        public let attribution: [String]
        /// Its number among the models of its publisher and name, counted up with each; 0 if it is not counted.
        public let version: Int
        /// BLAKE3 of the whole file, in hexadecimal.
        public let blake3: String
        /// Names of the attached task packs.
        public let packs: [String]
        /// Size of the file in bytes.
        public let fileBytes: Int
        /// Size of packed weights and tables so far, in bytes; encoders are packed when they are first used.
        public let packedBytes: Int
        /// The chosen kernel variant of each operation.
        public let variants: [Variant]

        /// An operation and the kernel variant that was chosen for it.
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
            points: task.points?.map { Int($0) },
            members: task.members.map { Member(family: $0.family, weight: $0.weight) },
            guarantee: task.guarantee.map(Guarantee.init)
        )
    }
}

extension Scorer.Task.Guarantee {
    init(_ guarantee: PupilEngine.Guarantee) {
        self.init(
            maxError: guarantee.maxError,
            confidence: guarantee.confidence,
            isAdjacent: guarantee.adjacent,
            answers: Int(guarantee.answers),
            automatic: Int(guarantee.automatic),
            wrong: Int(guarantee.wrong),
            bound: guarantee.bound,
            tasks: Int(guarantee.tasks),
            needed: guarantee.needed.map { Int($0) }
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
            version: Int(about.version),
            blake3: about.blake3,
            packs: about.packs,
            fileBytes: Int(clamping: about.fileBytes),
            packedBytes: Int(clamping: about.packedBytes),
            variants: about.variants.map { Variant(op: $0.op, variant: $0.variant) }
        )
    }
}
