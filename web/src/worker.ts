// The Worker of a batch: opens the model of its first request, then scores chunks.

import type { Reply, Request } from "./batch.js";
import { scoresOf, type Tasks, tasksOf } from "./calls.js";
import { Engine, type Handle } from "./engine.js";
import { InternalError, PupilError } from "./errors.js";
import { openAll } from "./scorer.js";

let opened: { readonly engine: Engine; readonly scorer: Handle; readonly tasks: Tasks } | undefined;

async function answer(request: Request): Promise<Reply> {
  try {
    if ("open" in request) {
      const engine = await Engine.of(request.open.module);
      const scorer = openAll(engine, request.open.files);
      opened = { engine, scorer, tasks: tasksOf(engine, scorer) };
      return { scores: [] };
    }
    if (opened === undefined) {
      throw new InternalError("internal", "the Worker has no model yet");
    }
    const { task, answers, references, first } = request.chunk;
    return { scores: scoresOf(opened.engine, opened.scorer, opened.tasks, task, answers, references, first) };
  } catch (error) {
    const { kind, message, answer } =
      error instanceof PupilError ? error : new InternalError("internal", "the Worker failed");
    return { error: { kind, message, answer } };
  }
}

if (typeof self !== "undefined" && typeof self.postMessage === "function") {
  self.onmessage = async (event: MessageEvent<Request>) => self.postMessage(await answer(event.data));
} else {
  const name = "node:worker_threads";
  const { parentPort }: typeof import("node:worker_threads") = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  parentPort?.on("message", async (request: Request) => parentPort.postMessage(await answer(request)));
}
