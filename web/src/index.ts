/**
 * Scores written answers on the device: in a page, a Worker or a server, with the same bits as in every other language.
 *
 * @module
 */
export type { BatchOptions } from "./batch.js";
export type { ModuleSource, Source } from "./engine.js";
export * from "./errors.js";
export type { Change, Watched } from "./monitor.js";
export { Monitor } from "./monitor.js";
export type { LoadOptions, Trust } from "./scorer.js";
export { Scorer } from "./scorer.js";
export type { PassMark, Policy, Question, Recommendation, SimulatedAnswer, SkillMastery } from "./tracker.js";
export { Tracker } from "./tracker.js";
export type {
  About,
  BlockUse,
  ExpertUse,
  Explanation,
  Guarantee,
  Label,
  LabelScore,
  Member,
  ReviewReason,
  Score,
  Task,
  WordShare,
} from "./types.js";
