/** Why a person should review an answer. */
export type ReviewReason =
  | "too-short"
  | "other-language"
  | "gibberish"
  | "unknown-words"
  | "repetition"
  | "copied-question"
  | "near-reference"
  | "off-topic"
  | "word-list"
  | "truncated"
  | "unseen-label"
  | "low-confidence"
  | "no-promise"
  | "audit"
  | "other";

/** The reasons by their number in the engine's output; 0 is automatic. */
export const REASONS: readonly (ReviewReason | undefined)[] = [
  undefined,
  "too-short",
  "other-language",
  "gibberish",
  "unknown-words",
  "repetition",
  "copied-question",
  "near-reference",
  "off-topic",
  "word-list",
  "truncated",
  "unseen-label",
  "low-confidence",
  "no-promise",
  "audit",
];

/** The score of one answer. */
export interface Score {
  /** One entry per label of the task, in the order of the task. */
  readonly labels: readonly LabelScore[];
  /** The awarded level in points, if the task has a scale. */
  readonly level: number | undefined;
  /** The expected level in points, if the task has a scale. */
  readonly expected: number | undefined;
  /** How sure the model is of the award, from 0 to 1. */
  readonly confidence: number;
  /** Why a person should review the answer; undefined if the score can be used without. */
  readonly review: ReviewReason | undefined;
  /** The promise that covers the score: that of its task, if the score is automatic. */
  readonly guarantee: Guarantee | undefined;
  /** Number of words of the answer that contain a letter or a digit. */
  readonly words: number;
  /** Number of words that the model does not know. */
  readonly unknownWords: number;
  /** Number of tokens that the model read, including those of the reference. */
  readonly tokens: number;
  /** Whether the answer was too long and was truncated. */
  readonly truncated: boolean;
  /** Whether the answer repeats a word or a phrase many times. */
  readonly repetitive: boolean;
}

/** The score of one label. */
export interface LabelScore {
  /** Name of the label. */
  readonly name: string;
  /** Calibrated probability, from 0 to 1. */
  readonly probability: number;
  /** Whether the label is awarded. */
  readonly awarded: boolean;
}

/** A score and the effect of each word. */
export interface Explanation {
  /** The score of the whole answer. */
  readonly score: Score;
  /** The words of the answer, in their order. */
  readonly words: readonly WordShare[];
}

/** The effect of one word: the difference between the scores with it and without it. */
export interface WordShare {
  /** Where the word begins: `answer.slice(start, end)` is the word. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** For each label, its probability with the word minus that without it. */
  readonly labels: readonly number[];
  /** The expected level with the word minus that without it, if the task has a scale. */
  readonly expected: number | undefined;
}

/** A score and the weight of each expert of the task's mixtures. */
export interface ExpertUse {
  /** The score. */
  readonly score: Score;
  /** The blocks of every mixture, in the order of the task's members. */
  readonly blocks: readonly BlockUse[];
}

/** The weights of the experts in one block. */
export interface BlockUse {
  /** The place of the member of the task that the block belongs to; 0 is the first. */
  readonly member: number;
  /** One weight per expert; they sum to 1 apart from rounding, and are 0 for experts that did not run. */
  readonly weights: readonly number[];
}

/** A task that a model can score. */
export interface Task {
  /** The id that `score` takes. */
  readonly id: string;
  /** The display name. */
  readonly name: string;
  /** The question, if its licence allows repeating it. */
  readonly prompt: string | undefined;
  /** Whether answers are compared with a reference answer, which is then required. */
  readonly needsReference: boolean;
  /** The labels, or the levels in rising order. */
  readonly labels: readonly Label[];
  /** Points of each level, rising, if the task has a scale. */
  readonly points: readonly number[] | undefined;
  /** The models whose probabilities are combined; most tasks have one. */
  readonly members: readonly Member[];
  /** What is promised about automatic scores, if the model was made with a guarantee. */
  readonly guarantee: Guarantee | undefined;
}

/** A label of a task. */
export interface Label {
  /** Its name. */
  readonly name: string;
  /** Its description in the rubric. */
  readonly description: string | undefined;
  /** Whether no training answer has it; then an answer that is awarded it goes to review. */
  readonly unseen: boolean;
}

/** A model that takes part in a task. */
export interface Member {
  /** The family of its encoder, such as `e-lstm`. */
  readonly family: string;
  /** Its share in the probabilities; those of all members sum to 1. */
  readonly weight: number;
}

/**
 * What is promised about the automatic scores of a task: with the probability `confidence`, at most the share `maxError`
 * of them is wrong, for answers as those that it was calibrated on. If `automatic` is 0, there were too few answers to
 * promise anything, and no score of the task is automatic.
 */
export interface Guarantee {
  /** Largest share of wrong ones among automatic scores, from 0 to 1. */
  readonly maxError: number;
  /** Probability of the promise, from 0 to 1. */
  readonly confidence: number;
  /** Whether a score one level away from a person's counts as right; otherwise it must be the same. */
  readonly adjacent: boolean;
  /** Number of calibration answers. */
  readonly answers: number;
  /** How many of them get an automatic score; their share is what to expect. */
  readonly automatic: number;
  /** How many of these scores are wrong. */
  readonly wrong: number;
  /** Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised. */
  readonly bound: number;
  /** Number of tasks that the promise and the numbers are of, all of them together. */
  readonly tasks: number;
  /** If nothing is promised: about as many graded answers would be enough, if errors stayed as they are. */
  readonly needed: number | undefined;
}

/** The metadata of a model, and how it runs here. */
export interface About {
  /** Name of the model. */
  readonly name: string;
  /** Its purpose. */
  readonly description: string;
  /** Its licence, as an SPDX expression. */
  readonly licence: string;
  /** The credits to show when it is used. */
  readonly attribution: readonly string[];
  /** Its number among the models of its publisher and name, counted up with each; 0 if it is not counted. */
  readonly version: number;
  /** BLAKE3 of the whole file, in hexadecimal. */
  readonly blake3: string;
  /** Names of the attached task packs. */
  readonly packs: readonly string[];
  /** Size of the file in bytes. */
  readonly fileBytes: number;
  /** Size of packed weights and tables so far, in bytes; encoders are packed when they are first used. */
  readonly packedBytes: number;
  /** The chosen kernel variant of each operation. */
  readonly variants: readonly { readonly op: string; readonly variant: string }[];
}
