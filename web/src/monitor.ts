import { Owner } from "./handle.js";
import type { Scorer } from "./scorer.js";
import type { Score } from "./types.js";
import { Writer } from "./wire.js";

/** A number of each score that a monitor watches. */
export type Watched = "confidence" | "words" | "unknown-words";

const WATCHED: readonly Watched[] = ["confidence", "words", "unknown-words"];

/** What a monitor found to have changed. */
export interface Change {
  /** The task; undefined for a change of all tasks together. */
  readonly task: string | undefined;
  /** What has changed. */
  readonly what: Watched;
  /** The number that fewer or more answers are above now; undefined for all tasks together. */
  readonly above: number | undefined;
  /** The share of the calibration answers above it, from 0 to 1. */
  readonly calibrated: number;
  /** The share of the answers so far. */
  readonly now: number;
  /** How many answers there had been when the change was first noticed. */
  readonly since: number;
}

/**
 * Tells when answers are no longer like those that a promise was calibrated on. It keeps counts and no answer, and
 * nothing leaves the device. Add each score once, in the order of time. Close it when it is no longer needed; the scorer
 * may be closed before.
 */
export class Monitor extends Owner {
  /**
   * @param scorer The scorer whose scores are added.
   * @param state The {@link state} of an earlier monitor of the same model; absent to begin.
   * @throws {@link BadInputError} if the model has no distributions of calibration answers, or the state is that of
   * another model.
   */
  constructor(scorer: Scorer, state?: Uint8Array) {
    const { engine, handle } = scorer.inside;
    const args = new Writer();
    args.optional(state, (state) => args.data(state));
    super(engine, "pupil_monitor_close", engine.make("pupil_monitor_open", handle, args));
  }

  /** Adds a score of a task. Scores of tasks without distributions change nothing. */
  add(task: string, score: Pick<Score, "confidence" | "words" | "unknownWords">): void {
    const args = new Writer().text(task, "the name of the task").real(score.confidence);
    args.number(score.words, "the number of words").number(score.unknownWords, "the number of unknown words");
    this.engine.call("pupil_monitor_add", this.handle, args, () => undefined);
  }

  /** What has changed. Empty while the conditions of the promise hold, as far as can be seen. */
  changes(): Change[] {
    return this.engine.call("pupil_monitor_changes", this.handle, new Writer(), (out) =>
      out.list(() => ({
        task: out.optional(() => out.text()),
        what: WATCHED[out.number()] ?? "confidence",
        above: out.optional(() => out.real()),
        calibrated: out.real(),
        now: out.real(),
        since: out.long(),
      })),
    );
  }

  /** The counts so far, to be kept and given to the monitor of another day. */
  state(): Uint8Array {
    return this.engine.call("pupil_monitor_state", this.handle, new Writer(), (out) => out.data());
  }
}
