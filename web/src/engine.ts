// One instance of the WebAssembly module, and calls of its C functions: the other side of web/engine/src/lib.rs.

import { BadInputError, errorOf, InternalError, TooLargeError, UnreadableError, UnsupportedError } from "./errors.js";
import { Reader, Writer } from "./wire.js";

/** Bytes of a model, or where they are: a file that a person chose, an address, or what `fetch` gave. */
export type Source = Uint8Array | ArrayBuffer | URL | string | Blob | Response;

/** The functions that take a handle and give an output, or another handle. */
type Exports = {
  readonly memory: WebAssembly.Memory;
  pupil_input(length: number): number;
  pupil_output(): number;
  pupil_output_len(): number;
} & Record<string, (...numbers: number[]) => number>;

/** A handle of something inside the module. */
export type Handle = number;

/** One instance of the module, with memory of its own. A panic ends it: no later call is run. */
export class Engine {
  readonly #exports: Exports;
  #broken = false;

  private constructor(instance: WebAssembly.Instance) {
    this.#exports = instance.exports as unknown as Exports;
  }

  /** Makes an instance of a compiled module. */
  static async of(module: WebAssembly.Module): Promise<Engine> {
    return new Engine(await WebAssembly.instantiate(module, {}));
  }

  /** Calls a function with arguments, and returns what it gives. */
  call<T>(name: string, handle: Handle, args: Writer, read: (output: Reader) => T): T {
    return this.#run(() => {
      this.#write(args.room, (into) => args.write(into));
      this.#check(this.#function(name)(handle));
      return read(new Reader(this.#output()));
    });
  }

  /** Calls a function that returns a handle, with arguments. */
  make(name: string, handle: Handle, args: Writer): Handle {
    return this.#run(() => {
      this.#write(args.room, (into) => args.write(into));
      return this.#check(this.#function(name)(handle));
    });
  }

  /** Calls a function that opens bytes and returns a handle. */
  open(name: string, bytes: Uint8Array, ...numbers: number[]): Handle {
    return this.#run(() => {
      this.#write(bytes.length, (into) => into.set(bytes));
      return this.#check(this.#function(name)(...numbers));
    });
  }

  /** Calls a function that only returns a number. */
  number(name: string, handle: Handle): number {
    return this.#run(() => this.#function(name)(handle));
  }

  /** Frees a handle. */
  free(name: string, handle: Handle): void {
    if (!this.#broken) {
      this.#run(() => this.#function(name)(handle));
    }
  }

  #function(name: string): (...numbers: number[]) => number {
    const found = this.#exports[name];
    if (found === undefined) {
      throw new InternalError("internal", `the module has no function ${name}: it is of another version`);
    }
    return found;
  }

  #write(room: number, write: (into: Uint8Array) => unknown): void {
    const place = this.#exports.pupil_input(room);
    if (place === 0) {
      throw new TooLargeError("too-large", `there is no memory for ${room} bytes`);
    }
    // The buffer is another one whenever the memory has grown.
    write(new Uint8Array(this.#exports.memory.buffer, place, room));
  }

  #output(): Uint8Array {
    const { memory, pupil_output, pupil_output_len } = this.#exports;
    return new Uint8Array(memory.buffer, pupil_output(), pupil_output_len());
  }

  #check(returned: number): number {
    if (returned === 0) {
      const output = new Reader(this.#output());
      const kind = output.byte();
      const answer = output.optional(() => output.number());
      throw errorOf(kind, output.text(), answer);
    }
    return returned;
  }

  #run<T>(body: () => T): T {
    if (this.#broken) {
      throw new InternalError("internal", "the engine ended with an earlier error: load the model again");
    }
    try {
      return body();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) {
        this.#broken = true;
        // What it says is left out, since it may contain text of the answer.
        throw new InternalError("internal", "the engine panicked; please report it, with the model's name");
      }
      throw error;
    }
  }
}

/** Where the module comes from. */
export type ModuleSource = WebAssembly.Module | Source;

let shared: Promise<WebAssembly.Module> | undefined;

/** The compiled module: the one beside this file, compiled once, or another. */
export async function moduleOf(source?: ModuleSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) {
    return source;
  }
  if (source !== undefined) {
    return compile(await bytesOf(source));
  }
  shared ??= bytesOf(new URL("./pupil.wasm", import.meta.url)).then(compile);
  try {
    return await shared;
  } catch (error) {
    // A later attempt may have a network.
    shared = undefined;
    throw error;
  }
}

async function compile(bytes: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes as BufferSource);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new UnsupportedError(
      "unsupported",
      `WebAssembly with vectors of 128 bits cannot be compiled here: ${cause}; it takes Chrome 91, Firefox 89, Safari 16.4 or node 20`,
    );
  }
}

/** The bytes of a source. */
export async function bytesOf(source: Source): Promise<Uint8Array> {
  if (source instanceof Uint8Array) {
    return source;
  }
  if (source instanceof ArrayBuffer) {
    return new Uint8Array(source);
  }
  if (typeof Blob !== "undefined" && source instanceof Blob) {
    return new Uint8Array(await readable("the file", () => source.arrayBuffer()));
  }
  if (typeof Response !== "undefined" && source instanceof Response) {
    return ofResponse(source);
  }
  if (typeof source === "string" || source instanceof URL) {
    return ofAddress(source);
  }
  throw new BadInputError("bad-input", "a model is bytes, a URL, a File, a Blob or a Response");
}

async function ofAddress(address: string | URL): Promise<Uint8Array> {
  const base = typeof document === "undefined" ? undefined : document.baseURI;
  let url: URL;
  try {
    url = new URL(address, base);
  } catch {
    throw new BadInputError("bad-input", `${String(address)} is not a URL; a path becomes one by url.pathToFileURL`);
  }
  if (url.protocol === "file:") {
    // Only node and Deno have files, and a bundler for pages must not look for this module.
    const name = "node:fs/promises";
    return readable(url.href, async () => {
      const files: typeof import("node:fs/promises") = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
      return new Uint8Array(await files.readFile(url));
    });
  }
  return ofResponse(await readable(url.href, () => fetch(url)));
}

async function ofResponse(response: Response): Promise<Uint8Array> {
  if (!response.ok) {
    throw new UnreadableError("unreadable", `${response.url} gives status ${response.status}`);
  }
  return new Uint8Array(await readable(response.url, () => response.arrayBuffer()));
}

async function readable<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new UnreadableError("unreadable", `cannot read ${what}: ${cause}`);
  }
}
