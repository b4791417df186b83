import { type BatchOptions, type ModelFiles, Workers } from "./batch.js";
import { expertsOf, explanationOf, scoreOf, scoresOf, type Tasks, tasksOf } from "./calls.js";
import { bytesOf, Engine, type Handle, type ModuleSource, moduleOf, type Source } from "./engine.js";
import { UnknownTaskError, UntrustedError } from "./errors.js";
import { Owner } from "./handle.js";
import type { About, ExpertUse, Explanation, Score, Task } from "./types.js";
import { Writer } from "./wire.js";

/** Whose files are opened; by default, anyone's. A signature is verified before anything in the file is read. */
export interface Trust {
  /**
   * Public keys of the publishers, in minisign's format, each as its line of text. Name two while a publisher changes
   * from one to the next.
   */
  readonly trustedKeys?: readonly string[];
  /** The text of the signature. Without it, a model from an address has its signature there, under its own name and `.minisig`. */
  readonly signature?: string;
  /** The BLAKE3 of the only file that may be opened, in hexadecimal. */
  readonly expectedBlake3?: string;
  /** The least version of the model, so that a signed file of old is refused; see {@link About.version}. */
  readonly minVersion?: number;
}

/** How a model is opened; the defaults suit tablets. */
export interface LoadOptions extends Trust {
  /**
   * Limit of precomputed tables in bytes, 16 MiB if absent. Tables beyond the limit are computed with each call, which is
   * slower but gives the same result.
   */
  readonly foldLimitBytes?: number;
  /** Limit of an answer or a reference in bytes of UTF-8, 64 KiB if absent. */
  readonly maxAnswerBytes?: number;
  /** The WebAssembly module, if a bundler does not keep `pupil.wasm` beside the code: compiled, bytes or an address. */
  readonly module?: ModuleSource;
}

/** The limits of {@link LoadOptions}, complete. */
export interface Limits {
  readonly foldLimitBytes: number;
  readonly maxAnswerBytes: number;
}

/** Whom a file has to be by, as an engine is told. Looks for the signature beside an address. */
async function trustOf(source: Source, trust: Trust): Promise<Writer> {
  const keys = trust.trustedKeys ?? [];
  let signature = trust.signature;
  if (keys.length > 0 && signature === undefined && (typeof source === "string" || source instanceof URL)) {
    const beside = new URL(source, typeof document === "undefined" ? undefined : document.baseURI);
    beside.pathname += ".minisig";
    try {
      signature = new TextDecoder().decode(await bytesOf(beside));
    } catch {
      throw new UntrustedError("untrusted", `only signed files are trusted, and there is no signature ${beside.href}`);
    }
  }
  const input = new Writer();
  return input
    .list(keys, (key) => input.text(key, "a trusted key"))
    .optional(signature, (text) => input.text(text, "the signature"))
    .optional(trust.expectedBlake3, (text) => input.text(text, "the expected BLAKE3"))
    .number(trust.minVersion ?? 0, "the least version");
}

/** Says whom the next file that an engine opens has to be by. That file is to be opened before anything is awaited. */
function expect(engine: Engine, trust: Writer): void {
  engine.call("pupil_trust", 0, trust, () => undefined);
}

/** Opens a model and its packs in an engine. */
export function openAll(engine: Engine, { model, packs, limits }: ModelFiles): Handle {
  let scorer = engine.open("pupil_open", model, limits.foldLimitBytes, limits.maxAnswerBytes);
  for (const { bytes } of packs) {
    const attached = engine.open("pupil_attach", bytes, scorer);
    engine.free("pupil_close", scorer);
    scorer = attached;
  }
  return scorer;
}

/**
 * An open model. The same file and the same text give the same bits here as in every other language and on every device.
 *
 * ```ts
 * using scorer = await Scorer.load(new URL("science.pupil", import.meta.url));
 * const score = scorer.score("science", "A short string vibrates faster.", "Short strings vibrate faster.");
 * ```
 */
export class Scorer extends Owner {
  readonly #module: WebAssembly.Module;
  readonly #files: ModelFiles;
  readonly #tasks: Tasks;
  #workers: Workers | undefined;

  private constructor(module: WebAssembly.Module, engine: Engine, handle: Handle, files: ModelFiles) {
    super(engine, "pupil_close", handle);
    this.#module = module;
    this.#files = files;
    this.#tasks = tasksOf(engine, handle);
  }

  /**
   * Opens a model: bytes, a file that a person chose, or an address. Every byte is checked.
   *
   * @throws {@link PupilError} of the kinds `unreadable`, `not-a-model`, `damaged`, `unsupported`, `too-large`,
   * `untrusted`.
   */
  static async load(model: Source, options: LoadOptions = {}): Promise<Scorer> {
    const limits = {
      foldLimitBytes: options.foldLimitBytes ?? 16 << 20,
      maxAnswerBytes: options.maxAnswerBytes ?? 64 << 10,
    };
    const [module, bytes] = await Promise.all([moduleOf(options.module), bytesOf(model)]);
    const engine = await Engine.of(module);
    // Workers get these bytes, which are trusted then.
    expect(engine, await trustOf(model, options));
    const files = { model: bytes, packs: [], limits };
    return new Scorer(module, engine, openAll(engine, files), files);
  }

  /** The tasks of the model and of attached packs. */
  get tasks(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  /**
   * The task with this id.
   *
   * @throws {@link UnknownTaskError} if there is none.
   */
  task(id: string): Task {
    const task = this.#tasks.get(id);
    if (task === undefined) {
      throw new UnknownTaskError("unknown-task", `there is no such task, the model has ${[...this.#tasks.keys()].join(", ")}`);
    }
    return task;
  }

  /** The metadata of the model. Reads the whole file once, for its hash. */
  about(): About {
    return this.engine.call("pupil_about", this.handle, new Writer(), (out) => ({
      name: out.text(),
      description: out.text(),
      licence: out.text(),
      attribution: out.list(() => out.text()),
      version: out.number(),
      blake3: out.text(),
      packs: out.list(() => out.text()),
      fileBytes: out.number(),
      packedBytes: out.number(),
      variants: out.list(() => ({ op: out.text(), variant: out.text() })),
    }));
  }

  /** Scores an answer, compared with a reference answer if the task needs one. */
  score(task: string, answer: string, reference?: string): Score {
    return scoreOf(this.engine, this.handle, this.#tasks, { task, answer, reference });
  }

  /** Scores an answer and tells how each word changes the score. */
  explain(task: string, answer: string, reference?: string): Explanation {
    return explanationOf(this.engine, this.handle, this.#tasks, { task, answer, reference });
  }

  /** Scores an answer and gives the weight of each expert of the task's mixture. */
  experts(task: string, answer: string, reference?: string): ExpertUse {
    return expertsOf(this.engine, this.handle, this.#tasks, { task, answer, reference });
  }

  /**
   * Scores many answers in Workers, so that the page stays responsive, and gives the scores in the same order: the bits
   * of {@link score}. The Workers stay for the next batch, with a copy of the model each, until the scorer is closed.
   *
   * @throws {@link PupilError}; `answer` is the place of the first answer that failed. {@link CancelledError} if the
   * signal aborts, or if the scorer is closed meanwhile.
   */
  async scoreBatch(task: string, answers: readonly string[], options: BatchOptions = {}): Promise<Score[]> {
    // A closed scorer fails before any Worker starts.
    void this.handle;
    this.#workers ??= new Workers(this.#module, this.#files, (chunk) =>
      scoresOf(this.engine, this.handle, this.#tasks, chunk.task, chunk.answers, chunk.references, chunk.first),
    );
    return this.#workers.score(task, answers, options);
  }

  /** Another scorer that also has the tasks of a task pack. It shares the model; this one does not change. */
  async attach(pack: Source, trust?: Trust): Promise<Scorer> {
    const bytes = await bytesOf(pack);
    const wanted = trust === undefined ? undefined : await trustOf(pack, trust);
    // Meanwhile this scorer may have been closed.
    const own = this.handle;
    if (wanted !== undefined) {
      expect(this.engine, wanted);
    }
    const handle = this.engine.open("pupil_attach", bytes, own);
    const before = this.about().packs;
    const files = { ...this.#files, packs: [...this.#files.packs, { name: "", bytes }] };
    const attached = new Scorer(this.#module, this.engine, handle, files);
    const name = attached.about().packs.find((name) => !before.includes(name)) ?? "";
    files.packs = [...this.#files.packs, { name, bytes }];
    return attached;
  }

  /** Another scorer without the task pack with this name. */
  detach(name: string): Scorer {
    const handle = this.engine.make("pupil_detach", this.handle, new Writer().text(name, "the name of the pack"));
    const packs = this.#files.packs.filter((pack) => pack.name !== name);
    return new Scorer(this.#module, this.engine, handle, { ...this.#files, packs });
  }

  /** Frees the model and ends the Workers. Later calls fail; closing again does nothing. */
  override close(): void {
    this.#workers?.end();
    this.#workers = undefined;
    super.close();
  }

  /** @internal */
  get inside(): { readonly engine: Engine; readonly handle: Handle } {
    return { engine: this.engine, handle: this.handle };
  }
}
