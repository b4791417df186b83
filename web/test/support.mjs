// Support for the tests: the repository's files, and the cases that every language runs.
import { readFile } from "node:fs/promises";

import { Scorer } from "pupil-scorer";

export const ROOT = new URL("../../", import.meta.url);

/** The address of a file of the repository. */
export const at = (path) => new URL(path, ROOT);

export const E_LSTM = at("tests/fixtures/golden/e_lstm.pupil");
export const MIXTURES = at("tests/fixtures/golden/mixtures.pupil");
export const KNOWLEDGE = at("tests/fixtures/golden/knowledge.pupil");
export const PACK = at("tests/fixtures/api/pack.pupil");
export const MIND_CA = at("models/mind-ca/mind-ca.pupil");
export const BURGLAR = "mindca-ss_burglar";
export const FEARED = "He feared that the officer had come to arrest him for the theft.";

/** The cases for which every language must give the same bits. */
export const CASES = JSON.parse(await readFile(at("tests/fixtures/api/cases.json"), "utf8"));

const opened = new Map();

/** The scorer of a case, opened once. */
export async function scorerOf({ model, pack }) {
  const key = `${model} ${pack}`;
  if (!opened.has(key)) {
    const scorer = await Scorer.load(at(model));
    opened.set(key, pack === undefined ? scorer : await scorer.attach(at(pack)));
  }
  return opened.get(key);
}

/** The whole answer of a case. */
export const answerOf = ({ answer }) => answer.text.repeat(answer.times);

const view = new DataView(new ArrayBuffer(4));

/** The bits of a 32-bit float, as the cases write them. */
export function bits(value) {
  view.setFloat32(0, value);
  return view.getUint32(0).toString(16).padStart(8, "0");
}

/** The number whose bits the cases write. */
export function real(digits) {
  view.setUint32(0, Number.parseInt(digits, 16));
  return view.getFloat32(0);
}

/** An object without the fields that are undefined, which JSON does not write. */
export const written = (object) => JSON.parse(JSON.stringify(object));
