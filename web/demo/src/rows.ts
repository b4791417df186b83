// The rows of a list as answers to score, and their scores.

import { PupilError, type Scorer, type Task } from "pupil-scorer";

import type { Scored } from "./scored.js";
import { TableError } from "./tables/error.js";
import { isNoText } from "./tables/names.js";
import { lineOf, rowCount, type Table, textOf } from "./tables/table.js";

/** What is scored, and how. */
export interface Plan {
  readonly table: Table;
  /** The column of the answers. */
  readonly column: number;
  /** The task of all rows, or the column that names it. */
  readonly task: string | { readonly column: number };
  /** The reference answer of all rows, or the column that has it. */
  readonly reference: string | { readonly column: number } | undefined;
}

type Row = Omit<Scored, "score">;

/** The rows in their order. A marker of a missing value counts as an empty answer. */
export function rowsOf(scorer: Scorer, { table, column, task, reference }: Plan): Row[] {
  const tasks = new Map(scorer.tasks.flatMap((task) => [[task.id, task], [task.name.toLowerCase(), task]] as const));
  return Array.from({ length: rowCount(table) }, (_, row) => {
    const line = `Line ${lineOf(table, row)}`;
    let found: Task | undefined;
    if (typeof task === "string") {
      found = scorer.task(task);
    } else {
      const cell = textOf(table, row, task.column).trim();
      found = tasks.get(cell) ?? tasks.get(cell.toLowerCase());
      if (found === undefined) {
        throw new TableError(`${line}: the column \u201c${table.header[task.column]}\u201d names no question of the model.`);
      }
    }
    const answer = textOf(table, row, column);
    let compared: string | undefined;
    if (found.needsReference) {
      compared = typeof reference === "object" ? textOf(table, row, reference.column) : reference;
      if (compared === undefined || isNoText(compared)) {
        throw new TableError(`${line}: there is no reference answer.`);
      }
    }
    return { row, task: found, answer: isNoText(answer) ? "" : answer, reference: compared };
  });
}

/** Scores rows task by task, in Workers, and gives them in their order. */
export async function scoreRows(
  scorer: Scorer,
  table: Table,
  rows: readonly Row[],
  workers: number,
  onProgress: (done: number) => void,
  signal: AbortSignal,
): Promise<Scored[]> {
  const scored: Scored[] = new Array(rows.length);
  let before = 0;
  const tasks = new Set(rows.map(({ task }) => task));
  for (const task of tasks) {
    const own = rows.filter((row) => row.task === task);
    const references = task.needsReference ? { references: own.map(({ reference }) => reference ?? "") } : {};
    try {
      const scores = await scorer.scoreBatch(task.id, own.map(({ answer }) => answer), {
        ...references,
        onProgress: (done) => onProgress(before + done),
        signal,
        workers,
      });
      own.forEach((row, place) => {
        scored[row.row] = { ...row, score: scores[place]! };
      });
    } catch (error) {
      const failed = error instanceof PupilError && error.answer !== undefined ? own[error.answer] : undefined;
      if (failed === undefined) {
        throw error;
      }
      const message = (error as Error).message.replace(/^(answer|reference) \d+: /, "");
      throw new TableError(`Line ${lineOf(table, failed.row)}: ${message}.`, "Shorten the answer in the list.");
    }
    before += own.length;
  }
  return scored;
}
