// Something inside an engine that must be freed.

import type { Engine, Handle } from "./engine.js";
import { BadInputError } from "./errors.js";

/** What is freed when the object that owned it is forgotten without being closed. */
interface Owned {
  readonly engine: Engine;
  readonly free: string;
  readonly handle: Handle;
}

const FORGOTTEN = new FinalizationRegistry<Owned>(({ engine, free, handle }) => engine.free(free, handle));

/** An object that owns something inside an engine, until it is closed. */
export abstract class Owner {
  readonly #engine: Engine;
  readonly #free: string;
  #handle: Handle;

  /** @internal */
  protected constructor(engine: Engine, free: string, handle: Handle) {
    this.#engine = engine;
    this.#free = free;
    this.#handle = handle;
    FORGOTTEN.register(this, { engine, free, handle }, this);
  }

  /** @internal */
  protected get engine(): Engine {
    return this.#engine;
  }

  /** @internal */
  protected get handle(): Handle {
    if (this.#handle === 0) {
      throw new BadInputError("bad-input", "the object is closed");
    }
    return this.#handle;
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#handle === 0;
  }

  /** Frees the memory. Later calls fail; closing again does nothing. */
  close(): void {
    const handle = this.#handle;
    this.#handle = 0;
    if (handle !== 0) {
      FORGOTTEN.unregister(this);
      this.#engine.free(this.#free, handle);
    }
  }

  /** `close`, for `using`. Where there is no such symbol, nobody can call it. */
  [Symbol.dispose](): void {
    this.close();
  }
}
