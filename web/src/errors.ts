/** What went wrong, grouped by what an app can do about it. */
export type ErrorKind =
  | "unreadable"
  | "not-a-model"
  | "damaged"
  | "unsupported"
  | "too-large"
  | "wrong-base"
  | "unknown-task"
  | "bad-input"
  | "cancelled"
  | "untrusted"
  | "internal";

/**
 * The error of every call. Its message is English with numbers and never repeats the text of an answer.
 *
 * Each kind has a class of its own, so that `instanceof` works as well as `kind`.
 */
export class PupilError extends Error {
  /** What an app can do about it. */
  readonly kind: ErrorKind;
  /** The place of the answer that failed in a batch, from 0. */
  readonly answer: number | undefined;

  constructor(kind: ErrorKind, message: string, answer?: number) {
    super(message);
    this.name = new.target.name;
    this.kind = kind;
    this.answer = answer;
  }
}

/** The file is missing or cannot be read: correct the address or the permission. */
export class UnreadableError extends PupilError {}
/** The bytes are not a model: choose another file. */
export class NotAModelError extends PupilError {}
/** The file is inconsistent or does not match its hashes: fetch it again. */
export class DamagedError extends PupilError {}
/** The file needs a later version of the package, or the engine cannot run here: update, or ship another model. */
export class UnsupportedError extends PupilError {}
/** The file or the answer exceeds a limit: shorten it, or raise the limit in the options. */
export class TooLargeError extends PupilError {}
/** The file is not signed with a trusted key, or not the expected one: get it from its publisher. */
export class UntrustedError extends PupilError {}
/** The task pack, or the snapshot of a student, belongs to another model: use what was made for this one. */
export class WrongBaseError extends PupilError {}
/** The model has no task with this name. */
export class UnknownTaskError extends PupilError {}
/** An argument is invalid. */
export class BadInputError extends PupilError {}
/** The app cancelled the work. */
export class CancelledError extends PupilError {}
/** An error inside the engine: please report it, and load the model again. */
export class InternalError extends PupilError {}

const CLASSES: readonly [ErrorKind, typeof PupilError][] = [
  ["unreadable", UnreadableError],
  ["not-a-model", NotAModelError],
  ["damaged", DamagedError],
  ["unsupported", UnsupportedError],
  ["too-large", TooLargeError],
  ["wrong-base", WrongBaseError],
  ["unknown-task", UnknownTaskError],
  ["bad-input", BadInputError],
  ["cancelled", CancelledError],
  ["internal", InternalError],
  ["untrusted", UntrustedError],
];

/** The error with that number in the engine's output. */
export function errorOf(number: number, message: string, answer?: number): PupilError {
  const [kind, Class] = CLASSES[number] ?? (["internal", InternalError] as const);
  return new Class(kind, message, answer);
}

/** The error of that kind, as a Worker sends it. */
export function errorOfKind(kind: ErrorKind, message: string, answer?: number): PupilError {
  return errorOf(
    CLASSES.findIndex(([name]) => name === kind),
    message,
    answer,
  );
}
