// Explanations in a Worker of their own, since an answer of n words is scored n times.

import type { Asked, Model } from "./models.js";
import type { Change, Scored } from "./scored.js";

/** What the Worker is sent, and what it sends back. */
export interface Question {
  readonly number: number;
  readonly key: string;
  readonly source: string | File;
  readonly asked: Asked;
}
export interface Answer {
  readonly number: number;
  /** Undefined if the answer has too many words. */
  readonly changes?: Change[] | undefined;
  readonly error?: string;
}

/** What is asked about an answer. */
export const askedOf = ({ task, answer, reference }: Scored): Asked => ({ task: task.id, answer, reference });

let worker: Worker | undefined;
let next = 0;
const waiting = new Map<number, { resolve(changes: Change[] | undefined): void; reject(error: Error): void }>();

/** What each word of an answer changes; undefined if it has too many. */
export function explain(model: Model, asked: Asked): Promise<Change[] | undefined> {
  if (worker === undefined) {
    worker = new Worker(new URL("explain.js", document.baseURI), { type: "module", name: "explanations" });
    worker.onmessage = ({ data: { number, changes, error } }: MessageEvent<Answer>) => {
      const one = waiting.get(number);
      waiting.delete(number);
      if (error === undefined) {
        one?.resolve(changes);
      } else {
        one?.reject(new Error(error));
      }
    };
    worker.onerror = () => {
      const all = [...waiting.values()];
      waiting.clear();
      worker?.terminate();
      worker = undefined;
      all.forEach((one) => one.reject(new Error("The Worker for explanations failed.")));
    };
  }
  const number = next++;
  const { key } = model;
  const source = typeof model.source === "string" ? new URL(model.source, document.baseURI).href : model.source;
  return new Promise((resolve, reject) => {
    waiting.set(number, { resolve, reject });
    worker?.postMessage({ number, key, source, asked } satisfies Question);
  });
}
