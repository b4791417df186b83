// What scoring adds to a table, and in which order a person should read. Names, order and texts are those of the command
// line (cli/src/batch), so that both write the same table.

import type { Explanation, Score, Task } from "pupil-scorer";

import { shortest, shortest32, signed } from "./tables/numbers.js";
import type { Column } from "./tables/write.js";

/** An answer with its task, and its score. */
export interface Scored {
  /** Its row below the header. */
  readonly row: number;
  readonly task: Task;
  readonly answer: string;
  readonly reference: string | undefined;
  readonly score: Score;
}

/** The name, with a prefix if the table already has it in any case. */
export function freeName(header: readonly string[], name: string): string {
  const taken = new Set(header.map((one) => one.toLowerCase()));
  let free = name;
  while (taken.has(free.toLowerCase())) {
    free = `pupil_${free}`;
  }
  return free;
}

/** The columns for scored rows, which are all rows of the table. */
export function columnsOf(header: readonly string[], rows: readonly Scored[]): Column[] {
  const columns: Column[] = [];
  const add = (name: string, cell: (one: Scored) => string) =>
    columns.push({ name: freeName(header, name), cells: rows.map(cell) });
  const hasScale = ({ task }: Scored) => task.points !== undefined;
  const number = (value: number | undefined) => (value === undefined ? "" : shortest32(value));
  if (rows.some(hasScale)) {
    add("level", ({ score }) => (score.level === undefined ? "" : shortest(score.level)));
    add("expected", ({ score }) => number(score.expected));
  }
  if (rows.some((one) => !hasScale(one))) {
    add("label", (one) => (hasScale(one) ? "" : awarded(one.score).join("|")));
  }
  add("confidence", ({ score }) => number(score.confidence));
  add("decision", ({ score }) => (score.review === undefined ? "automatic" : "review"));
  add("reason", ({ score }) => score.review ?? "");
  add("words", ({ score }) => shortest(score.words));
  add("unknown_words", ({ score }) => shortest(score.unknownWords));
  add("truncated", ({ score }) => String(score.truncated));
  add("repetitive", ({ score }) => String(score.repetitive));
  const labels = new Set(rows.flatMap(({ score }) => score.labels.map((label) => label.name)));
  for (const name of labels) {
    add(`p_${name}`, ({ score }) => number(score.labels.find((label) => label.name === name)?.probability));
  }
  return columns;
}

/** The column with the words that moved each score. */
export function explanationColumn(header: readonly string[], cells: readonly string[]): Column {
  return { name: freeName(header, "explanation"), cells };
}

/** The names of what is awarded; independent labels may be any number, also none. */
export function awarded(score: Score): string[] {
  return score.labels.filter((label) => label.awarded).map((label) => label.name);
}

/** Words beyond this number are left out, and those that change less than this. */
const MOST_WORDS = 8;
const LEAST_CHANGE = 0.005;

/** A word of an answer and what it changes. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly word: string;
  readonly change: number;
}

/** What each word changes: the expected level, or the probability of what is awarded where the task has no scale. */
export function changesOf(answer: string, { score, words }: Explanation): Change[] {
  const label = explainedLabel(score);
  return words.map(({ start, end, expected, labels }) => ({
    start,
    end,
    word: answer.slice(start, end),
    change: expected ?? labels[label] ?? 0,
  }));
}

/** The label that is explained: the awarded one, or the likeliest if independent labels award none. */
function explainedLabel({ labels }: Score): number {
  const first = labels.findIndex((label) => label.awarded);
  return first >= 0 ? first : labels.reduce((best, label, at) => (label.probability >= labels[best]!.probability ? at : best), 0);
}

/** The words that change most, the strongest first. */
export function strongest(changes: readonly Change[]): Change[] {
  return [...changes]
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
    .filter(({ change }) => Math.abs(change) >= LEAST_CHANGE)
    .slice(0, MOST_WORDS);
}

/** A word without the marks around it, unless it has nothing else. */
export function bare(word: string): string {
  return word.replace(/^[^\p{Alphabetic}\p{N}]+|[^\p{Alphabetic}\p{N}]+$/gu, "") || word;
}

/** The cell of the column `explanation`, as in `greedy +0.542, lies +0.210`. */
export function explanationCell(changes: readonly Change[]): string {
  const words = strongest(changes);
  return words.length === 0 && changes.length > 0
    ? "no single word"
    : words.map(({ word, change }) => `${bare(word)} ${signed(change)}`).join(", ");
}

/** The order in which to read: those for a person first, the least sure first; answers without a word at the end. */
export function readingOrder(rows: readonly Scored[]): Scored[] {
  const isBlank = ({ answer }: Scored) => !/[\p{Alphabetic}\p{N}]/u.test(answer);
  const isAutomatic = ({ score }: Scored) => Number(score.review === undefined);
  const ordered = rows
    .filter((one) => !isBlank(one))
    .sort((a, b) => isAutomatic(a) - isAutomatic(b) || a.score.confidence - b.score.confidence || a.row - b.row);
  return [...ordered, ...rows.filter(isBlank)];
}
