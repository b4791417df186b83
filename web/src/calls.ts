// Calls of a scorer inside an engine, as both the page's thread and a Worker make them.

import type { Engine, Handle } from "./engine.js";
import { errorOfKind, PupilError } from "./errors.js";
import { type ExpertUse, type Explanation, type Guarantee, REASONS, type Score, type Task } from "./types.js";
import { type Reader, Writer } from "./wire.js";

/** The tasks of a scorer by their ids, in order. */
export type Tasks = ReadonlyMap<string, Task>;

/** Reads the tasks. */
export function tasksOf(engine: Engine, scorer: Handle): Tasks {
  const tasks = engine.call("pupil_tasks", scorer, new Writer(), (out) =>
    out.list(
      (): Task => ({
        id: out.text(),
        name: out.text(),
        prompt: out.optional(() => out.text()),
        needsReference: out.flag(),
        labels: out.list(() => ({
          name: out.text(),
          description: out.optional(() => out.text()),
          unseen: out.flag(),
        })),
        points: out.optional(() => out.list(() => out.signed())),
        members: out.list(() => ({ family: out.text(), weight: out.real() })),
        guarantee: out.optional(() => guarantee(out)),
      }),
    ),
  );
  return new Map(tasks.map((task) => [task.id, task]));
}

function guarantee(out: Reader): Guarantee {
  return {
    maxError: out.real(),
    confidence: out.real(),
    adjacent: out.flag(),
    answers: out.number(),
    automatic: out.number(),
    wrong: out.number(),
    bound: out.real(),
    tasks: out.number(),
    needed: out.optional(() => out.number()),
  };
}

/** Reads a score of that task. */
function score(out: Reader, task: Task | undefined): Score {
  const labels = out.list((place) => ({
    name: task?.labels[place]?.name ?? "",
    probability: out.real(),
    awarded: out.flag(),
  }));
  const level = out.optional(() => out.signed());
  const expected = out.optional(() => out.real());
  const confidence = out.real();
  const reason = out.byte();
  // The engine may get further reasons; they must not appear as automatic.
  const review = reason === 0 ? undefined : (REASONS[reason] ?? "other");
  const guarantee = out.flag() ? task?.guarantee : undefined;
  return {
    labels,
    level,
    expected,
    confidence,
    review,
    guarantee,
    words: out.number(),
    unknownWords: out.number(),
    tokens: out.number(),
    truncated: out.flag(),
    repetitive: out.flag(),
  };
}

/** An answer to be scored. */
export interface Call {
  readonly task: string;
  readonly answer: string;
  readonly reference: string | undefined;
}

function argumentsOf({ task, answer, reference }: Call): Writer {
  const args = new Writer().text(task, "the name of the task");
  args.optional(reference, (reference) => args.text(reference, "the reference"));
  return args.text(answer, "the answer");
}

/** Scores an answer. */
export function scoreOf(engine: Engine, scorer: Handle, tasks: Tasks, call: Call): Score {
  return engine.call("pupil_score", scorer, argumentsOf(call), (out) => score(out, tasks.get(call.task)));
}

/** Scores an answer and tells what each word does. */
export function explanationOf(engine: Engine, scorer: Handle, tasks: Tasks, call: Call): Explanation {
  return engine.call("pupil_explain", scorer, argumentsOf(call), (out) => ({
    score: score(out, tasks.get(call.task)),
    words: out.list(() => ({
      start: out.number(),
      end: out.number(),
      labels: out.list(() => out.real()),
      expected: out.optional(() => out.real()),
    })),
  }));
}

/** Scores an answer and tells which experts ran. */
export function expertsOf(engine: Engine, scorer: Handle, tasks: Tasks, call: Call): ExpertUse {
  return engine.call("pupil_experts", scorer, argumentsOf(call), (out) => ({
    score: score(out, tasks.get(call.task)),
    blocks: out.list(() => ({ member: out.number(), weights: out.list(() => out.real()) })),
  }));
}

/** Scores several answers; the first of them is that of place `first` in a batch. */
export function scoresOf(
  engine: Engine,
  scorer: Handle,
  tasks: Tasks,
  task: string,
  answers: readonly string[],
  references: readonly string[] | undefined,
  first: number,
): Score[] {
  const args = new Writer().text(task, "the name of the task");
  args.list(answers, (answer, place) => args.text(answer, `answer ${first + place}`, first + place));
  args.optional(references, (references) =>
    args.list(references, (reference, place) => args.text(reference, `reference ${first + place}`, first + place)),
  );
  try {
    return engine.call("pupil_score_batch", scorer, args, (out) => out.list(() => score(out, tasks.get(task))));
  } catch (error) {
    if (error instanceof PupilError && error.answer !== undefined) {
      // The engine counts from the first of this call.
      const place = first + error.answer;
      throw errorOfKind(error.kind, error.message.replace(/^answer \d+/, `answer ${place}`), place);
    }
    throw error;
  }
}
