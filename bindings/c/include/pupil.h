// Pupil: scores students' written answers on the device.
//
// This header is written from bindings/c/src by `cargo xtask c --header`; do not edit it.
//
// A program in five calls: `pupil_open` a model, `pupil_score` an answer, read the `PupilScore`, `pupil_score_free` it,
// `pupil_close` the model. The same model file and the same text give the same bits on every device and in every
// language. Nothing is sent anywhere.
//
// Results and errors. A call that can fail returns a `PupilStatus` and has two places as its last arguments. On success
// the first one is set to what was made, and the second, the error, to NULL; on failure the other way round. Both are
// set in any case, and what was in them before is not freed. The place for the error may be NULL if the status is
// enough; the place for the result must not. No call ends the program, throws, or prints.
//
// Ownership. What a call puts into its place belongs to the caller, who frees it with the function named there, once,
// and never with `free`. What one reaches through a pointer inside a struct belongs to that struct and lives as long as
// it does. Arguments are only read during the call; nothing that the caller owns is kept.
//
// Threads. Any number of threads may use a scorer at the same time. A result may be read by many threads at once, and
// freed by any thread, once.
//
// NULL. Where NULL is allowed, the documentation says so; elsewhere it gives `PUPIL_STATUS_BAD_INPUT`. Bytes and texts
// of length 0 may be NULL. Lists of length 0 are NULL.
//
// Texts are UTF-8. Answers, references and files may contain zero bytes and are given with their length in bytes, or
// with `PUPIL_NUL_TERMINATED` if a zero byte ends them. Ids, names and paths end with a zero byte. Texts that the
// library gives end with one too.
//
// Versions. Structs that the library makes may get further fields at their end, so read them through their pointers.
// Structs that the caller makes begin with their size.


#ifndef PUPIL_H
#define PUPIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The length of a text that ends with a zero byte: the library measures it.
#define PUPIL_NUL_TERMINATED SIZE_MAX

// The defaults of `PupilOptions`.
#define PUPIL_OPTIONS_INIT {sizeof(PupilOptions), 16777216, 65536, NULL, 0, NULL, NULL, 0, false}




// What a call returns: `PUPIL_STATUS_OK`, or the kind of its error, grouped by what the caller can do about it.
//
// A later version may return further kinds; treat those that you do not know like `PUPIL_STATUS_INTERNAL`.
typedef enum PupilStatus {
  // The call succeeded.
  PUPIL_STATUS_OK = 0,
  // The file is missing or cannot be read: correct the path or the permission.
  PUPIL_STATUS_UNREADABLE = 1,
  // The bytes are not a model: choose another file.
  PUPIL_STATUS_NOT_A_MODEL = 2,
  // The file is inconsistent or does not match its hashes: fetch it again.
  PUPIL_STATUS_DAMAGED = 3,
  // The file, or a struct, needs a later version of this library: update it, or use another model.
  PUPIL_STATUS_UNSUPPORTED = 4,
  // The file or the answer exceeds a limit: shorten it, or raise the limit in the options.
  PUPIL_STATUS_TOO_LARGE = 5,
  // The task pack belongs to another model: use one that was made for this one.
  PUPIL_STATUS_WRONG_BASE = 6,
  // The model has no task of that id; the message lists those it has.
  PUPIL_STATUS_UNKNOWN_TASK = 7,
  // An argument is invalid: NULL where that is not allowed, not UTF-8, or against the rules of the task.
  PUPIL_STATUS_BAD_INPUT = 8,
  // The progress function asked for the batch to stop.
  PUPIL_STATUS_CANCELLED = 9,
  // An error inside the engine: please report it.
  PUPIL_STATUS_INTERNAL = 10,
  // The file is not signed by a trusted key, is not the expected one, or is older than allowed: do not use it.
  PUPIL_STATUS_UNTRUSTED = 11,
} PupilStatus;

// Why a person should review an answer: the first reason that applies, or `PUPIL_REVIEW_NONE` if the score can be used
// without review.
//
// A later version may give further reasons; treat those that you do not know as a reason for review.
typedef enum PupilReview {
  // No review is needed: the score is automatic.
  PUPIL_REVIEW_NONE = 0,
  // The answer has fewer words than the task requires, or none.
  PUPIL_REVIEW_TOO_SHORT = 1,
  // The answer is written in another language or script than the training answers.
  PUPIL_REVIEW_OTHER_LANGUAGE = 2,
  // The letters of the answer do not make words.
  PUPIL_REVIEW_GIBBERISH = 3,
  // The model does not know most of the words.
  PUPIL_REVIEW_UNKNOWN_WORDS = 4,
  // The answer repeats a word or a phrase many times.
  PUPIL_REVIEW_REPETITION = 5,
  // The answer repeats the question.
  PUPIL_REVIEW_COPIED_QUESTION = 6,
  // The answer is nearly the reference answer, but not the same.
  PUPIL_REVIEW_NEAR_REFERENCE = 7,
  // The answer is about something else than the question.
  PUPIL_REVIEW_OFF_TOPIC = 8,
  // The answer is a list of words, or words in no order.
  PUPIL_REVIEW_WORD_LIST = 9,
  // The answer or the reference was too long and was truncated.
  PUPIL_REVIEW_TRUNCATED = 10,
  // No training answer of the model has the awarded label or level.
  PUPIL_REVIEW_UNSEEN_LABEL = 11,
  // The confidence is lower than the task requires.
  PUPIL_REVIEW_LOW_CONFIDENCE = 12,
  // Nothing could be promised about automatic scores of the task, so there are none.
  PUPIL_REVIEW_NO_PROMISE = 13,
  // The score would be automatic, but is part of the share that a person reviews anyway.
  PUPIL_REVIEW_AUDIT = 14,
  // A reason that has no name here.
  PUPIL_REVIEW_OTHER = 255,
} PupilReview;

// An open model. It does not change: any number of threads may use it at once, and all calls but `pupil_close` may.
typedef struct PupilScorer PupilScorer;

// The scores of a batch, in the order of its answers.
typedef struct PupilScores PupilScores;

// How a model is opened. Begin with `PupilOptions options = PUPIL_OPTIONS_INIT;` and change what you need.
typedef struct PupilOptions {
  // `sizeof(PupilOptions)`, by which a later library recognises the struct of this version.
  size_t size;
  // Limit of precomputed tables, in bytes: 16 MiB by default. What does not fit is computed with each call, which is
  // slower and gives the same bits.
  size_t fold_limit_bytes;
  // Limit of an answer or a reference, in bytes of UTF-8: 64 KiB by default.
  size_t max_answer_bytes;
  // Public keys of the publishers whose files are opened, each as its line of text; none: anyone's files are. With a
  // key, a file needs a signature in minisign's format, which is verified before anything in the file is read.
  const char *const *trusted_keys;
  // Number of these keys; 0 by default.
  size_t trusted_key_count;
  // The text of the signature. NULL: a file that is opened by its path has its signature beside it, under its own
  // name and `.minisig`.
  const char *signature;
  // The BLAKE3 of the only file that may be opened, in hexadecimal; NULL: any file.
  const char *expected_blake3;
  // The least version of the model, so that a signed file of old is refused; 0 by default.
  uint32_t min_version;
  // Maps the file instead of copying it; false by default. Only for a file that nobody writes to while it is open:
  // if it is shortened, the process ends, and if it is rewritten, anything may happen.
  bool map_unchanging_file;
} PupilOptions;

// An error. The library makes it, the caller frees it with `pupil_error_free`.
typedef struct PupilError {
  // The kind, which is also what the call returned.
  enum PupilStatus kind;
  // A message in English with numbers, in UTF-8, which never repeats text of an answer. Never NULL.
  const char *message;
  // In a batch, the index of the answer that failed, from 0; otherwise -1.
  int64_t answer;
} PupilError;

// What is promised about the automatic scores of a task, and the graded answers that it rests on.
//
// With probability `confidence` over the choice of these answers, at most the share `max_error` of automatic scores is
// wrong. If `automatic` is 0, there were too few answers to promise anything, and no score of the task is automatic.
typedef struct PupilGuarantee {
  // Largest share of wrong ones among automatic scores, from 0 to 1.
  float max_error;
  // Probability of the promise, from 0 to 1.
  float confidence;
  // Whether a score one level away from a person's counts as right; otherwise it must be the same.
  bool adjacent;
  // Number of calibration answers.
  uint32_t answers;
  // How many of them get an automatic score; 0 if nothing is promised.
  uint32_t automatic;
  // How many of these scores are wrong.
  uint32_t wrong;
  // Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised.
  float bound;
  // Number of tasks that the promise and the numbers are of, all of them together.
  uint32_t tasks;
  // If nothing is promised: about as many graded answers would be enough; 0 if that is not known.
  uint32_t needed;
} PupilGuarantee;

// A task that a model can score. It belongs to the scorer and lives as long as it does.
typedef struct PupilTask {
  // The id that the calls take.
  const char *id;
  // The name for people.
  const char *name;
  // The question, or NULL if its licence does not allow repeating it.
  const char *prompt;
  // Whether answers are compared with a reference answer: then the calls that end in `_pair` must be used.
  bool needs_reference;
  // Number of labels.
  uint32_t label_count;
  // The names of the labels, or of the levels in rising order: `label_count` texts.
  const char *const *labels;
  // What the rubric says about each label: `label_count` texts, each NULL if it says nothing.
  const char *const *label_descriptions;
  // Whether no training answer has the label: then an answer that is awarded it goes to review.
  const bool *label_unseen;
  // The points of each level, rising: `label_count` numbers, or NULL if the task has no scale.
  const int32_t *points;
  // Number of models whose probabilities are combined; 1 for most tasks.
  uint32_t member_count;
  // The family of each of them, such as `"e-lstm"`: `member_count` texts.
  const char *const *member_families;
  // The share of each of them in the probabilities: `member_count` numbers that sum to 1.
  const float *member_weights;
  // What is promised about automatic scores, or NULL if the model was made without a guarantee.
  const struct PupilGuarantee *guarantee;
} PupilTask;

// What a model says about itself. It belongs to the scorer and lives as long as it does.
typedef struct PupilModel {
  // Its name.
  const char *name;
  // Its purpose.
  const char *description;
  // Its licence, as an SPDX expression.
  const char *licence;
  // Number of credits.
  uint32_t attribution_count;
  // The credits to show where it is used.
  const char *const *attribution;
  // Number of attached task packs.
  uint32_t pack_count;
  // Their names.
  const char *const *packs;
  // Number of tasks, those of attached packs among them.
  uint32_t task_count;
  // The addresses of the tasks: those of the model, then those of the packs in the order in which they were
  // attached.
  const struct PupilTask *const *tasks;
} PupilModel;

// The score of one answer. The library makes it; read it through its pointer, since a later version may have further
// fields at the end.
typedef struct PupilScore {
  // Number of labels, which is that of the task.
  uint32_t label_count;
  // The calibrated probability of each label, from 0 to 1, in the order of the task: `label_count` numbers.
  const float *probabilities;
  // Whether each label is awarded: `label_count` values.
  const bool *awarded;
  // Whether the task has a scale, so that `level` and `expected` are set.
  bool has_level;
  // The awarded level, in points; 0 without a scale.
  int32_t level;
  // The expected level, in points; 0 without a scale.
  float expected;
  // How sure the model is of the award, from 0 to 1.
  float confidence;
  // Why a person should review the answer, or `PUPIL_REVIEW_NONE`.
  enum PupilReview review;
  // The promise that covers the score: that of its task if the score is automatic, otherwise NULL.
  const struct PupilGuarantee *guarantee;
  // Number of words of the answer that contain a letter or a digit.
  uint32_t words;
  // Number of words that the model does not know.
  uint32_t unknown_words;
  // Number of tokens that the model read, including those of the reference.
  uint32_t tokens;
  // Whether the answer was too long for the model and was truncated.
  bool truncated;
  // Whether the answer repeats a word or a phrase many times.
  bool repetitive;
} PupilScore;

// Is told how far a batch is: answers done, which rises, and all answers. Returns true to go on, false to stop the
// batch, which then gives `PUPIL_STATUS_CANCELLED`.
//
// Any thread of the batch may call it, but only one at a time. It must not throw or jump out.
typedef bool (*PupilProgress)(size_t done, size_t total, void *context);

// Many answers to a task. Set `size`, and everything that you do not need to 0 or NULL:
// `PupilBatch batch = {.size = sizeof(PupilBatch), .answers = answers, .count = 30};`
typedef struct PupilBatch {
  // `sizeof(PupilBatch)`, by which a later library recognises the struct of this version.
  size_t size;
  // The answers: `count` texts in UTF-8.
  const char *const *answers;
  // Their lengths in bytes, or NULL if each ends with a zero byte.
  const size_t *answer_lens;
  // A reference for each answer if the task needs them, otherwise NULL.
  const char *const *references;
  // Their lengths in bytes, or NULL if each ends with a zero byte.
  const size_t *reference_lens;
  // Number of answers.
  size_t count;
  // Number of threads, the calling one among them; 0 means one for each core.
  uint32_t threads;
  // Is told how far the batch is, and may stop it; NULL if nobody wants to know.
  PupilProgress progress;
  // What `progress` is given.
  void *context;
} PupilBatch;

// A score and the effect of each word: the difference between the scores with it and without it. The library makes it,
// the caller frees it with `pupil_explanation_free`.
typedef struct PupilExplanation {
  // The score of the whole answer, which belongs to the explanation.
  const struct PupilScore *score;
  // Number of words, in the order of the answer.
  size_t word_count;
  // Where each word begins in the answer, in bytes of UTF-8: `word_count` numbers.
  const size_t *starts;
  // Where each word ends, in bytes: `word_count` numbers, each that of the first byte after the word.
  const size_t *ends;
  // The probability of each label with the word minus that without it: `word_count * label_count` numbers, word by
  // word.
  const float *label_shares;
  // The expected level with the word minus that without it: `word_count` numbers, or NULL if the task has no scale.
  const float *expected_shares;
} PupilExplanation;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of this library, such as `"0.1.0"`. The text is constant; do not free it.
const char *pupil_version(void);

// Opens a model file. The caller closes the scorer with `pupil_close`.
//
// The file is copied into memory, unless the options map it.
//
// Required: `path` ends with a zero byte and is UTF-8, also on Windows; `options` is NULL (the defaults) or valid; `out` is a
// place for a pointer, and `error` is one or NULL.
enum PupilStatus pupil_open(const char *path,
                            const struct PupilOptions *options,
                            struct PupilScorer **out,
                            struct PupilError **error);

// Opens a model from memory, for example after decryption. The bytes are copied, and need not live longer than the
// call. The caller closes the scorer with `pupil_close`.
//
// Required: `data` has `len` bytes; the others are as for `pupil_open`.
enum PupilStatus pupil_open_bytes(const uint8_t *data,
                                  size_t len,
                                  const struct PupilOptions *options,
                                  struct PupilScorer **out,
                                  struct PupilError **error);

// Attaches a task pack, and gives another scorer that also has the tasks of the pack. Both share the model, and each
// must be closed, in any order.
//
// Of the options, only those about trust and mapping count. NULL: the pack has to be signed with one of the keys that
// the model had to be signed with, if there were any, and its signature lies beside it.
//
// Required: `scorer` is open; the others are as for `pupil_open`.
enum PupilStatus pupil_attach(const struct PupilScorer *scorer,
                              const char *path,
                              const struct PupilOptions *options,
                              struct PupilScorer **out,
                              struct PupilError **error);

// The same with a task pack in memory, whose bytes are copied.
//
// Required: `scorer` is open, `data` has `len` bytes; the others are as for `pupil_open`.
enum PupilStatus pupil_attach_bytes(const struct PupilScorer *scorer,
                                    const uint8_t *data,
                                    size_t len,
                                    const struct PupilOptions *options,
                                    struct PupilScorer **out,
                                    struct PupilError **error);

// What the model says about itself, its tasks and their labels; NULL for NULL. It belongs to the scorer and lives as
// long as it does.
//
// Required: `scorer` is NULL or open.
const struct PupilModel *pupil_model(const struct PupilScorer *scorer);

// Closes a scorer. NULL is allowed and does nothing. No other call may use it at that time or later; scores and
// explanations stay valid.
//
// Required: `scorer` is NULL, or comes from this library, is not closed yet and in no other call.
void pupil_close(struct PupilScorer *scorer);

// The name of a reason for review, such as `"too-short"`: the same word as in the other languages. `"automatic"` for
// 0, `"other"` for a number without a name. The text is constant; do not free it.
const char *pupil_review_name(int review);

// Scores an answer. The caller frees the score with `pupil_score_free`.
//
// Required: `scorer` is open, `task` ends with a zero byte, `answer` has `answer_len` bytes, `out` is a place for a pointer,
// and `error` is one or NULL.
enum PupilStatus pupil_score(const struct PupilScorer *scorer,
                             const char *task,
                             const char *answer,
                             size_t answer_len,
                             struct PupilScore **out,
                             struct PupilError **error);

// Scores an answer to a task that compares it with a reference answer (`needs_reference`). The caller frees the score
// with `pupil_score_free`.
//
// Required: as `pupil_score`; `reference` has `reference_len` bytes.
enum PupilStatus pupil_score_pair(const struct PupilScorer *scorer,
                                  const char *task,
                                  const char *reference,
                                  size_t reference_len,
                                  const char *answer,
                                  size_t answer_len,
                                  struct PupilScore **out,
                                  struct PupilError **error);

// Frees a score that `pupil_score` or `pupil_score_pair` gave. NULL is allowed and does nothing. Do not pass a score
// of a batch or an explanation, which belongs to it.
//
// Required: `score` is NULL, or comes from one of these calls and is not freed yet.
void pupil_score_free(struct PupilScore *score);

// Scores many answers, on several threads. The caller frees the scores with `pupil_scores_free`. If an answer fails,
// there are no scores; the error names the first one that fails.
//
// Required: `scorer` is open, `task` ends with a zero byte, the texts of `batch` are as it says and do not change during the
// call, `out` is a place for a pointer, and `error` is one or NULL.
enum PupilStatus pupil_score_batch(const struct PupilScorer *scorer,
                                   const char *task,
                                   const struct PupilBatch *batch,
                                   struct PupilScores **out,
                                   struct PupilError **error);

// Number of scores: that of the answers of the batch; 0 for NULL.
//
// Required: `scores` is NULL, or comes from `pupil_score_batch` and is not freed.
size_t pupil_scores_count(const struct PupilScores *scores);

// The score of the answer at that index, from 0; NULL if there is none. It belongs to the scores and lives as long as
// they do.
//
// Required: as `pupil_scores_count`.
const struct PupilScore *pupil_scores_at(const struct PupilScores *scores,
                                         size_t index);

// Frees the scores of a batch, with all scores inside. NULL is allowed and does nothing.
//
// Required: `scores` is NULL, or comes from `pupil_score_batch` and is not freed yet.
void pupil_scores_free(struct PupilScores *scores);

// Scores an answer and tells how each word changes the score. The caller frees the explanation with
// `pupil_explanation_free`.
//
// Required: as `pupil_score`.
enum PupilStatus pupil_explain(const struct PupilScorer *scorer,
                               const char *task,
                               const char *answer,
                               size_t answer_len,
                               struct PupilExplanation **out,
                               struct PupilError **error);

// The same for a task that compares the answer with a reference answer (`needs_reference`).
//
// Required: as `pupil_score_pair`.
enum PupilStatus pupil_explain_pair(const struct PupilScorer *scorer,
                                    const char *task,
                                    const char *reference,
                                    size_t reference_len,
                                    const char *answer,
                                    size_t answer_len,
                                    struct PupilExplanation **out,
                                    struct PupilError **error);

// Frees an explanation, with the score inside. NULL is allowed and does nothing.
//
// Required: `explanation` is NULL, or comes from this library and is not freed yet.
void pupil_explanation_free(struct PupilExplanation *explanation);

// The name of a status, such as `"unknown-task"`: the same word as in the other languages. `"ok"` for 0, `"internal"`
// for a number without a name. The text is constant; do not free it.
const char *pupil_status_name(int status);

// Frees an error. NULL is allowed and does nothing.
//
// Required: `error` is NULL, or comes from this library and is not freed yet.
void pupil_error_free(struct PupilError *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* PUPIL_H */
