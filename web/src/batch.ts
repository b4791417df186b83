// Batches: chunks of answers, shared out among Workers.

import { BadInputError, CancelledError, errorOfKind, InternalError, PupilError } from "./errors.js";
import type { Limits } from "./scorer.js";
import type { Score } from "./types.js";
import { checkText } from "./wire.js";

/** How a batch is scored. */
export interface BatchOptions {
  /** One reference per answer, if the task needs references. */
  readonly references?: readonly string[];
  /** Called with the number of finished answers, which rises, and the number of all. If it throws, the batch stops. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the batch. */
  readonly signal?: AbortSignal;
  /**
   * Number of Workers, 1 if absent; each has a copy of the model. 0 scores in this thread and lets it breathe in between;
   * so does any other number where there are no Workers.
   */
  readonly workers?: number;
}

/** What a Worker needs to open the same model. */
export interface ModelFiles {
  readonly model: Uint8Array;
  packs: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  readonly limits: Limits;
}

/** Answers that are scored together; `first` is the place of the first in the batch. */
export interface Chunk {
  readonly task: string;
  readonly answers: readonly string[];
  readonly references: readonly string[] | undefined;
  readonly first: number;
}

/** What a Worker is sent. */
export type Request =
  | { readonly open: { readonly module: WebAssembly.Module; readonly files: ModelFiles } }
  | { readonly chunk: Chunk };

/** What a Worker sends back, once for each request. */
export type Reply =
  | { readonly scores: Score[] }
  | { readonly error: { readonly kind: PupilError["kind"]; readonly message: string; readonly answer: number | undefined } };

/** Milliseconds that a chunk should take: often enough for a bar that moves, seldom enough to cost nothing. */
const CHUNK_MS = 60;

/** The size of the first chunk, and the largest one. */
const FIRST_CHUNK = 8;
const LARGEST_CHUNK = 4096;

/** Something that scores a chunk. */
interface Lane {
  /** Waits until the next chunk may begin. Meanwhile the batch may be stopped, or its scorer closed. */
  ready(): Promise<unknown>;
  score(chunk: Chunk): Promise<Score[]>;
  end(): void;
}

/** The Workers of a scorer. */
export class Workers {
  readonly #module: WebAssembly.Module;
  readonly #files: ModelFiles;
  readonly #here: (chunk: Chunk) => Score[];
  #idle: Lane[] = [];
  #isEnded = false;

  constructor(module: WebAssembly.Module, files: ModelFiles, here: (chunk: Chunk) => Score[]) {
    this.#module = module;
    this.#files = files;
    this.#here = here;
  }

  /** Ends all of them. */
  end(): void {
    this.#isEnded = true;
    this.#idle.splice(0).forEach((lane) => lane.end());
  }

  async score(task: string, answers: readonly string[], options: BatchOptions): Promise<Score[]> {
    const { references, onProgress, signal, workers = 1 } = options;
    if (references !== undefined && references.length !== answers.length) {
      const message = `${answers.length} answers and ${references.length} references, the numbers must be equal`;
      throw new BadInputError("bad-input", message);
    }
    if (!Number.isInteger(workers) || workers < 0) {
      throw new BadInputError("bad-input", `the number of Workers is ${workers}, not a whole number from 0 on`);
    }
    answers.forEach((answer, place) => checkText(answer, `answer ${place}`, place));
    references?.forEach((reference, place) => checkText(reference, `reference ${place}`, place));
    const total = answers.length;
    const scores: Score[] = new Array(total);
    let [next, done] = [0, 0];
    let failure: { readonly place: number; readonly error: unknown } | undefined;
    const fail = (place: number, error: unknown) => {
      failure = failure === undefined || place < failure.place ? { place, error } : failure;
    };
    const isStopped = () => failure !== undefined || signal?.aborted === true || this.#isEnded;

    // Chunks are taken in rising order, and all that were taken are finished: the first failure is the one reported.
    const work = async (lane: Lane) => {
      let size = FIRST_CHUNK;
      // Even without answers a task that does not exist is an error.
      while ((next < total || (total === 0 && next++ === 0)) && !isStopped()) {
        await lane.ready();
        if (isStopped() || (total > 0 && next >= total)) {
          return;
        }
        const first = total === 0 ? 0 : next;
        const end = Math.min(total, first + size);
        next = Math.max(next, end);
        const started = performance.now();
        try {
          const chunk = await lane.score({
            task,
            answers: answers.slice(first, end),
            references: references?.slice(first, end),
            first,
          });
          chunk.forEach((score, place) => {
            scores[first + place] = score;
          });
          done += end - first;
        } catch (error) {
          fail(error instanceof PupilError ? (error.answer ?? first) : first, error);
          return;
        }
        try {
          if (!isStopped()) {
            onProgress?.(done, total);
          }
        } catch (error) {
          fail(-1, error);
        }
        const took = Math.max(performance.now() - started, 0.1);
        size = Math.min(LARGEST_CHUNK, Math.max(1, Math.round((end - first) * Math.min(8, CHUNK_MS / took))));
      }
    };

    const lanes = await this.#take(Math.min(workers, Math.max(1, Math.ceil(total / FIRST_CHUNK))));
    try {
      const all = Promise.all(lanes.map(work));
      await (signal === undefined ? all : Promise.race([all, aborted(signal)]));
      // A Worker whose chunk nobody waits for is still busy: it is given back when it is done.
      void all.then(() => this.#giveBack(lanes));
    } catch (error) {
      lanes.forEach((lane) => lane.end());
      throw error;
    }
    if (failure !== undefined) {
      throw (failure as { error: unknown }).error;
    }
    if (done < total) {
      throw new CancelledError("cancelled", `cancelled after ${done} of ${total} answers`);
    }
    return scores;
  }

  async #take(count: number): Promise<Lane[]> {
    const here: Lane = {
      ready: () => new Promise((resolve) => setTimeout(resolve)),
      score: async (chunk) => this.#here(chunk),
      end: () => undefined,
    };
    const lanes = this.#idle.splice(0, count);
    while (lanes.length < count) {
      const lane = await startWorker(this.#module, this.#files);
      if (lane === undefined) {
        break;
      }
      lanes.push(lane);
    }
    return lanes.length === 0 ? [here] : lanes;
  }

  #giveBack(lanes: Lane[]): void {
    if (this.#isEnded) {
      lanes.forEach((lane) => lane.end());
    } else {
      this.#idle.push(...lanes);
    }
  }
}

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** A Worker of a page, or a thread of node. */
interface Port {
  send(request: Request): void;
  receive(reply: (reply: Reply) => void, failed: (message: string) => void): void;
  /** Whether the process may not end while the Worker lives. */
  hold(isHeld: boolean): void;
  end(): void;
}

/** Starts a Worker with the model; nothing where there are none. */
async function startWorker(module: WebAssembly.Module, files: ModelFiles): Promise<Lane | undefined> {
  const port = await startPort();
  if (port === undefined) {
    return undefined;
  }
  let waiting: { resolve(scores: Score[]): void; reject(error: unknown): void } | undefined;
  const settle = (reply: Reply) => {
    const asked = waiting;
    waiting = undefined;
    port.hold(false);
    if ("scores" in reply) {
      asked?.resolve(reply.scores);
    } else {
      asked?.reject(errorOfKind(reply.error.kind, reply.error.message, reply.error.answer));
    }
  };
  port.receive(settle, (message) => settle({ error: { kind: "internal", message, answer: undefined } }));
  const ask = (request: Request) =>
    new Promise<Score[]>((resolve, reject) => {
      waiting = { resolve, reject };
      port.hold(true);
      port.send(request);
    });
  await ask({ open: { module, files } });
  return {
    ready: () => Promise.resolve(),
    score: (chunk) => ask({ chunk }),
    end: () => {
      port.end();
      waiting?.reject(new InternalError("internal", "the Worker was ended"));
    },
  };
}

async function startPort(): Promise<Port | undefined> {
  if (typeof Worker !== "undefined") {
    try {
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "pupil" });
      return {
        send: (request) => worker.postMessage(request),
        receive: (reply, failed) => {
          worker.onmessage = (event: MessageEvent<Reply>) => reply(event.data);
          worker.onerror = (event) => failed(`the Worker failed: ${event.message ?? "it cannot be loaded"}`);
        },
        hold: () => undefined,
        end: () => worker.terminate(),
      };
    } catch {
      // A page whose policy forbids Workers scores in its own thread.
      return undefined;
    }
  }
  const name = "node:worker_threads";
  try {
    const threads: typeof import("node:worker_threads") = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    const worker = new threads.Worker(new URL("./worker.js", import.meta.url));
    worker.unref();
    return {
      send: (request) => worker.postMessage(request),
      receive: (reply, failed) => {
        worker.on("message", reply);
        worker.on("error", (error: Error) => failed(`the Worker failed: ${error.message}`));
      },
      hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    };
  } catch {
    return undefined;
  }
}
