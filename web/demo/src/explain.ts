// The Worker of explanations: opens each model once, and answers one question after the other.

import { PupilError, Scorer } from "pupil-scorer";

import type { Answer, Question } from "./explainer.js";
import { changesOf } from "./scored.js";

const opened = new Map<string, Promise<Scorer>>();

async function answer({ number, key, source, asked }: Question): Promise<Answer> {
  try {
    let loading = opened.get(key);
    if (loading === undefined) {
      loading = Scorer.load(source);
      opened.set(key, loading);
    }
    const scorer = await loading;
    return { number, changes: changesOf(asked.answer, scorer.explain(asked.task, asked.answer, asked.reference)) };
  } catch (error) {
    if (error instanceof PupilError && error.kind === "too-large") {
      return { number, changes: undefined };
    }
    opened.delete(key);
    return { number, error: error instanceof Error ? error.message : String(error) };
  }
}

self.onmessage = async (event: MessageEvent<Question>) => self.postMessage(await answer(event.data));
