import { bytesOf, Engine, type Handle, type ModuleSource, moduleOf, type Source } from "./engine.js";
import { BadInputError } from "./errors.js";
import { Owner } from "./handle.js";
import type { Score } from "./types.js";
import { Writer } from "./wire.js";

/** A question that a knowledge model knows. */
export interface Question {
  /** Id of the question. */
  readonly id: string;
  /** Ids of the skills that it asks for. */
  readonly skills: readonly string[];
  /** Share of wrong answers among the training answers, if it is known. */
  readonly difficulty: number | undefined;
}

/** How well the student has mastered a skill. */
export interface SkillMastery {
  /** Id of the skill. */
  readonly skill: string;
  /** Name of the skill for people. */
  readonly name: string;
  /** Probability that the student has mastered it, from 0 to 1. */
  readonly probability: number;
  /** Number of the student's answers to questions of this skill. */
  readonly answers: number;
}

/** A question to ask next. */
export interface Recommendation {
  /** Id of the question. */
  readonly question: string;
  /** Probability of a right answer. */
  readonly probability: number;
  /** By how much the mean mastery is expected to rise, if questions were chosen by that. */
  readonly gain: number | undefined;
}

/** A simulated answer. */
export interface SimulatedAnswer {
  /** Probability of a right answer when the question was asked. */
  readonly probability: number;
  /** Whether the drawn answer is right. */
  readonly correct: boolean;
}

/** The range of probabilities from which questions are recommended. */
const DEFAULT_LOW = 0.7;
const DEFAULT_HIGH = 0.85;

/** When a score counts as a right answer: from a level on, or if a label is awarded. */
export type PassMark = { readonly level: number } | { readonly label: string };

/** How the next questions are chosen. */
export type Policy =
  | {
      /** Questions whose answers are right with a probability of at least this, 0.7 if absent. */
      readonly low?: number;
      /** And at most this, 0.85 if absent; then those nearest to the range. */
      readonly high?: number;
      readonly byGain?: false;
    }
  | {
      /** Questions after which the expected mastery has risen most. */
      readonly byGain: true;
    };

/**
 * What one student knows, from the answers so far. Nothing leaves the device; a snapshot is what to keep between visits.
 */
export class Tracker extends Owner {
  private constructor(engine: Engine, handle: Handle) {
    super(engine, "pupil_tracker_close", handle);
  }

  /** Opens a file with a knowledge model, for a student who has not answered anything. */
  static async load(model: Source, options: { readonly module?: ModuleSource } = {}): Promise<Tracker> {
    const [module, bytes] = await Promise.all([moduleOf(options.module), bytesOf(model)]);
    const engine = await Engine.of(module);
    return new Tracker(engine, engine.open("pupil_tracker_open", bytes));
  }

  /** A tracker for another student, who has not answered anything; it shares the model. */
  forNewStudent(): Tracker {
    return new Tracker(this.engine, this.engine.make("pupil_tracker_for_new_student", this.handle, new Writer()));
  }

  /** The questions of the model, in the order of {@link predictAll}. */
  questions(): Question[] {
    return this.engine.call("pupil_tracker_questions", this.handle, new Writer(), (out) =>
      out.list(() => ({
        id: out.text(),
        skills: out.list(() => out.text()),
        difficulty: out.optional(() => out.real()),
      })),
    );
  }

  /** Number of answers taken in. */
  get answers(): number {
    return this.engine.number("pupil_tracker_answers", this.handle);
  }

  /** Takes in an answer; `undefined` is a question that the model does not have. */
  observe(question: string | undefined, correct: boolean): void {
    const args = new Writer();
    args.optional(question, (question) => args.text(question, "the question")).flag(correct);
    this.engine.call("pupil_tracker_observe", this.handle, args, () => undefined);
  }

  /** Takes in a score of an answer, and gives whether it counted as right. */
  observeScore(question: string, score: Pick<Score, "labels" | "level">, mark: PassMark): boolean {
    const args = new Writer().text(question, "the question");
    args.optional(score.level, (level) => args.signed(level, "the level"));
    args.list(score.labels, ({ name, awarded }) => args.text(name, "the name of a label").flag(awarded));
    if ("level" in mark) {
      args.flag(true).signed(mark.level, "the level that counts as right");
    } else {
      args.flag(false).text(mark.label, "the label that counts as right");
    }
    return this.engine.call("pupil_tracker_observe_score", this.handle, args, (out) => out.flag());
  }

  /** The probability of a right answer to a question, or, without one, to one that the model does not have. */
  predict(question?: string): number {
    const args = new Writer();
    args.optional(question, (question) => args.text(question, "the question"));
    return this.engine.call("pupil_tracker_predict", this.handle, args, (out) => out.real());
  }

  /** The probability of a right answer to each question of the model. */
  predictAll(): number[] {
    return this.engine.call("pupil_tracker_predict_all", this.handle, new Writer(), (out) => out.list(() => out.real()));
  }

  /** How well the student has mastered each skill. */
  mastery(): SkillMastery[] {
    return this.engine.call("pupil_tracker_mastery", this.handle, new Writer(), (out) =>
      out.list(() => ({
        skill: out.text(),
        name: out.text(),
        probability: out.real(),
        answers: out.number(),
      })),
    );
  }

  /** The next questions, best first; fewer if fewer are left. A question that was asked is never recommended. */
  recommend(count: number, policy: Policy = {}): Recommendation[] {
    const args = new Writer().number(count, "the number of questions");
    if (policy.byGain === true) {
      args.flag(false);
    } else {
      args.flag(true).real(policy.low ?? DEFAULT_LOW).real(policy.high ?? DEFAULT_HIGH);
    }
    return this.engine.call("pupil_tracker_recommend", this.handle, args, (out) =>
      out.list(() => ({
        question: out.text(),
        probability: out.real(),
        gain: out.optional(() => out.real()),
      })),
    );
  }

  /**
   * Draws the student's answers to a sequence of questions, each in view of those drawn before. The tracker stays as it
   * is; the same seed gives the same answers.
   */
  simulate(questions: readonly string[], seed: bigint | number): SimulatedAnswer[] {
    const whole = typeof seed === "bigint" || Number.isSafeInteger(seed) ? BigInt(seed) : -1n;
    if (whole < 0n || whole >= 1n << 64n) {
      throw new BadInputError("bad-input", `the seed is ${seed}, not a whole number of 64 bits`);
    }
    const args = new Writer();
    args.list(questions, (question) => args.text(question, "a question")).long(whole);
    return this.engine.call("pupil_tracker_simulate", this.handle, args, (out) =>
      out.list(() => ({ probability: out.real(), correct: out.flag() })),
    );
  }

  /** The student's state, at most 1 KiB, to be kept until `restore`. Store it as carefully as the answers themselves. */
  snapshot(): Uint8Array {
    return this.engine.call("pupil_tracker_snapshot", this.handle, new Writer(), (out) => out.data());
  }

  /** Goes on from a snapshot of the same model. */
  restore(snapshot: Uint8Array): void {
    this.engine.call("pupil_tracker_restore", this.handle, new Writer().data(snapshot), () => undefined);
  }
}
