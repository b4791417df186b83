// The models of the page: two that come with it, and files that a person opens.

import { PupilError, Scorer, type Task } from "pupil-scorer";

/** Where a model comes from. */
export interface Model {
  readonly key: string;
  /** The heading of its questions. */
  readonly title: string;
  readonly source: string | File;
  /** Its size in MB, if it is only fetched when a person chooses it. */
  readonly later?: number;
}

/** The model that is opened at once. */
export const MIND_CA: Model = {
  key: "mind-ca",
  title: "What people think and feel (mind-ca)",
  source: "models/mind-ca.pupil",
};

/** The model that compares answers with a reference. */
export const SCIENCE: Model = {
  key: "science",
  title: "Science",
  source: __SCIENCE__,
  later: 16,
};

/** The task of {@link SCIENCE}, which can be chosen before its model is here. */
export const SCIENCE_TASK = "science";

declare const __SCIENCE__: string;

const opened = new Map<string, Promise<Scorer>>();

/** Opens a model, once. */
export function open(model: Model): Promise<Scorer> {
  let scorer = opened.get(model.key);
  if (scorer === undefined) {
    const source = typeof model.source === "string" ? new URL(model.source, document.baseURI) : model.source;
    scorer = Scorer.load(source);
    opened.set(model.key, scorer);
    // A later attempt may have a network.
    scorer.catch(() => opened.delete(model.key));
  }
  return scorer;
}

/** The number of Workers that score with it: each has a copy of the model, and the page needs a core, too. */
export function workersFor({ later }: Model): number {
  return Math.max(1, Math.min(later === undefined ? 4 : 2, (navigator.hardwareConcurrency ?? 2) - 1));
}

/** An answer whose words are to be explained. */
export interface Asked {
  readonly task: string;
  readonly answer: string;
  readonly reference: string | undefined;
}

/** The name of a task for people. */
export function taskName(task: Task): string {
  return task.name === "" ? task.id : task.name;
}

/** What a person should be told about an error. */
export function said(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
}

/** Whether a person cancelled. */
export function isCancelled(error: unknown): boolean {
  return error instanceof PupilError && error.kind === "cancelled";
}
