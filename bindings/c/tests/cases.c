/* Runs the cases of all languages: cases FILE, where FILE is what `pupil-cases` prints. A case is a call and the line
 * that its result must make. Afterwards, the rules of pupil.h that no case covers. Ends with 1 if anything differs. */
#include <inttypes.h>
#include <pupil.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

/* Fails at once: the test itself is wrong, or there is no memory. */
static void stop(const char *why)
{
    fprintf(stderr, "cases: %s\n", why);
    exit(2);
}

static void *room(size_t len)
{
    void *made = malloc(len + 1);
    if (made == NULL) {
        stop("no memory");
    }
    return made;
}

/* A line that grows. */
typedef struct {
    char *text;
    size_t len, room;
} Line;

static void put(Line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int needed = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (needed < 0) {
        stop("vsnprintf");
    }
    if (line->len + (size_t)needed + 1 > line->room) {
        line->room = 2 * (line->len + (size_t)needed + 1);
        line->text = realloc(line->text, line->room);
        if (line->text == NULL) {
            stop("no memory");
        }
    }
    va_start(arguments, format);
    vsnprintf(line->text + line->len, (size_t)needed + 1, format, arguments);
    va_end(arguments);
    line->len += (size_t)needed;
}

/* Begins a field. */
static void next(Line *line)
{
    if (line->len > 0) {
        put(line, "\t");
    }
}

static void number(Line *line, int64_t value)
{
    next(line);
    put(line, "%" PRId64, value);
}

static void word(Line *line, const char *text)
{
    next(line);
    put(line, "%s", text);
}

static void hex(Line *line, const char *text)
{
    next(line);
    put(line, "=");
    for (; *text != '\0'; text++) {
        put(line, "%02x", (unsigned)(unsigned char)*text);
    }
}

static void bits(Line *line, float value)
{
    uint32_t found;
    memcpy(&found, &value, sizeof found);
    next(line);
    put(line, "%08" PRIx32, found);
}

static void fault(Line *line, PupilStatus status, PupilError *error)
{
    if (error == NULL || error->kind != status || error->message == NULL || error->message[0] == '\0') {
        stop("a call failed without its error");
    }
    word(line, "error");
    word(line, pupil_status_name(status));
    number(line, error->answer);
    pupil_error_free(error);
}

/* Takes the next field of a line. */
static char *field(char **rest)
{
    char *begin = *rest;
    if (begin == NULL) {
        stop("a line has too few fields");
    }
    char *tab = strchr(begin, '\t');
    *rest = tab == NULL ? NULL : tab + 1;
    if (tab != NULL) {
        *tab = '\0';
    }
    return begin;
}

/* A text of any bytes, with a zero byte behind it. */
typedef struct {
    char *bytes;
    size_t len;
} Text;

static int digit(char written)
{
    const char *digits = "0123456789abcdef";
    const char *found = written == '\0' ? NULL : strchr(digits, written);
    if (found == NULL) {
        stop("a text is not in hexadecimal");
        return 0;
    }
    return (int)(found - digits);
}

/* Reads a text, `times` times; without bytes if it is absent. */
static Text text(const char *written, size_t times)
{
    Text made = {NULL, 0};
    if (written[0] != '=') {
        return made;
    }
    size_t once = strlen(written + 1) / 2;
    made.len = once * times;
    made.bytes = room(made.len);
    for (size_t i = 0; i < made.len; i++) {
        const char *digits = written + 1 + 2 * (i % once);
        made.bytes[i] = (char)(16 * digit(digits[0]) + digit(digits[1]));
    }
    made.bytes[made.len] = '\0';
    return made;
}

/* The open models: few, each with a pack or none. */
static struct {
    char *model, *pack;
    PupilScorer *scorer;
} opened[8];

static PupilStatus open_model(const char *model, const char *pack, PupilScorer **scorer, PupilError **error)
{
    PupilScorer *base;
    PupilStatus status = pupil_open(model, NULL, &base, error);
    if (status != PUPIL_STATUS_OK || pack == NULL) {
        *scorer = base;
        return status;
    }
    status = pupil_attach(base, pack, NULL, scorer, error);
    /* A scorer with a pack does not need the one without. */
    pupil_close(base);
    return status;
}

/* The scorer of a case, which stays open. Takes the texts. */
static const PupilScorer *scorer_of(Text model, Text pack)
{
    for (size_t i = 0; i < sizeof opened / sizeof opened[0]; i++) {
        if (opened[i].scorer == NULL) {
            if (open_model(model.bytes, pack.bytes, &opened[i].scorer, NULL) != PUPIL_STATUS_OK) {
                stop("a model does not open");
            }
            opened[i].model = model.bytes;
            opened[i].pack = pack.bytes;
            return opened[i].scorer;
        }
        bool same_pack = pack.bytes == NULL ? opened[i].pack == NULL
                                            : opened[i].pack != NULL && strcmp(opened[i].pack, pack.bytes) == 0;
        if (same_pack && strcmp(opened[i].model, model.bytes) == 0) {
            free(model.bytes);
            free(pack.bytes);
            return opened[i].scorer;
        }
    }
    stop("the cases have more models than places");
    return NULL;
}

static void close_all(void)
{
    for (size_t i = 0; i < sizeof opened / sizeof opened[0]; i++) {
        pupil_close(opened[i].scorer);
        free(opened[i].model);
        free(opened[i].pack);
    }
}

static const PupilTask *task_of(const PupilScorer *scorer, const char *id)
{
    const PupilModel *model = pupil_model(scorer);
    for (uint32_t i = 0; i < model->task_count; i++) {
        if (strcmp(model->tasks[i]->id, id) == 0) {
            return model->tasks[i];
        }
    }
    stop("a scored task is not listed");
    return NULL;
}

/* The first bytes of a file. */
static Text first_bytes(const char *path, size_t len)
{
    Text made = {room(len), len};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(made.bytes, 1, len, file) != len) {
        stop("a model cannot be read");
    }
    fclose(file);
    return made;
}

static void put_guarantee(Line *line, const PupilGuarantee *guarantee)
{
    if (guarantee == NULL) {
        word(line, "-");
        return;
    }
    bits(line, guarantee->max_error);
    bits(line, guarantee->confidence);
    number(line, guarantee->adjacent);
    number(line, guarantee->answers);
    number(line, guarantee->automatic);
    number(line, guarantee->wrong);
    bits(line, guarantee->bound);
    number(line, guarantee->tasks);
    number(line, guarantee->needed);
}

static void run_open(Line *line, char *rest)
{
    Text model = text(field(&rest), 1), pack = text(field(&rest), 1);
    const char *first = field(&rest);
    PupilScorer *scorer;
    PupilError *error;
    PupilStatus status;
    if (strcmp(first, "-") == 0) {
        status = open_model(model.bytes, pack.bytes, &scorer, &error);
    } else {
        Text data = first_bytes(model.bytes, (size_t)strtoull(first, NULL, 10));
        PupilOptions options = PUPIL_OPTIONS_INIT;
        status = pupil_open_bytes((const uint8_t *)data.bytes, data.len, &options, &scorer, &error);
        free(data.bytes);
    }
    if (status != PUPIL_STATUS_OK) {
        fault(line, status, error);
    } else {
        const PupilModel *about = pupil_model(scorer);
        number(line, about->task_count);
        for (uint32_t i = 0; i < about->task_count; i++) {
            const PupilTask *task = about->tasks[i];
            hex(line, task->id);
            number(line, task->member_count);
            for (uint32_t j = 0; j < task->member_count; j++) {
                hex(line, task->member_families[j]);
                bits(line, task->member_weights[j]);
            }
            put_guarantee(line, task->guarantee);
        }
    }
    pupil_close(scorer);
    free(model.bytes);
    free(pack.bytes);
}

static void put_score(Line *line, const PupilScore *score, const PupilTask *task)
{
    number(line, score->label_count);
    for (uint32_t i = 0; i < score->label_count; i++) {
        hex(line, task->labels[i]);
        bits(line, score->probabilities[i]);
        number(line, score->awarded[i]);
    }
    if (score->has_level) {
        number(line, score->level);
        bits(line, score->expected);
    } else {
        word(line, "-");
        word(line, "-");
    }
    bits(line, score->confidence);
    word(line, pupil_review_name(score->review));
    if (score->guarantee != NULL) {
        bits(line, score->guarantee->max_error);
    } else {
        word(line, "-");
    }
    number(line, score->words);
    number(line, score->unknown_words);
    number(line, score->tokens);
    number(line, score->truncated);
    number(line, score->repetitive);
}

static void run_one(Line *line, char *rest, bool explain)
{
    Text model = text(field(&rest), 1), pack = text(field(&rest), 1);
    const PupilScorer *scorer = scorer_of(model, pack);
    Text task = text(field(&rest), 1), reference = text(field(&rest), 1);
    size_t times = (size_t)strtoull(field(&rest), NULL, 10);
    Text answer = text(field(&rest), times);
    PupilScore *score;
    PupilExplanation *explanation;
    PupilError *error;
    PupilStatus status;
    const char *id = task.bytes;
    if (explain) {
        status = reference.bytes == NULL ? pupil_explain(scorer, id, answer.bytes, answer.len, &explanation, &error)
                                         : pupil_explain_pair(scorer, id, reference.bytes, reference.len, answer.bytes,
                                                              answer.len, &explanation, &error);
    } else {
        status = reference.bytes == NULL ? pupil_score(scorer, id, answer.bytes, answer.len, &score, &error)
                                         : pupil_score_pair(scorer, id, reference.bytes, reference.len, answer.bytes,
                                                            answer.len, &score, &error);
    }
    if (status != PUPIL_STATUS_OK) {
        fault(line, status, error);
    } else if (explain) {
        uint32_t labels = explanation->score->label_count;
        number(line, (int64_t)explanation->word_count);
        for (size_t i = 0; i < explanation->word_count; i++) {
            number(line, (int64_t)explanation->starts[i]);
            number(line, (int64_t)explanation->ends[i]);
            for (uint32_t j = 0; j < labels; j++) {
                bits(line, explanation->label_shares[i * labels + j]);
            }
            if (explanation->expected_shares != NULL) {
                bits(line, explanation->expected_shares[i]);
            } else {
                word(line, "-");
            }
        }
        pupil_explanation_free(explanation);
    } else {
        put_score(line, score, task_of(scorer, id));
        pupil_score_free(score);
    }
    free(task.bytes);
    free(reference.bytes);
    free(answer.bytes);
}

/* How far a batch is. */
typedef struct {
    size_t done, total;
} Told;

static bool tell(size_t done, size_t total, void *context)
{
    Told *told = context;
    if (done < told->done) {
        stop("progress does not rise");
    }
    told->done = done;
    told->total = total;
    return true;
}

static void run_batch(Line *line, char *rest)
{
    Text none = {NULL, 0}, model = text(field(&rest), 1);
    const PupilScorer *scorer = scorer_of(model, none);
    Text task = text(field(&rest), 1);
    bool pairs = strcmp(field(&rest), "1") == 0;
    size_t count = (size_t)strtoull(field(&rest), NULL, 10), all = pairs ? 2 * count : count;
    char **texts = room(all * sizeof *texts);
    size_t *lens = room(all * sizeof *lens);
    for (size_t i = 0; i < all; i++) {
        Text one = text(field(&rest), 1);
        texts[i] = one.bytes;
        lens[i] = one.len;
    }
    Told told = {0, 0};
    PupilBatch batch = {
        .size = sizeof batch,
        .answers = (const char *const *)texts,
        .answer_lens = lens,
        .references = pairs ? (const char *const *)texts + count : NULL,
        .reference_lens = pairs ? lens + count : NULL,
        .count = count,
        .threads = 2,
        .progress = tell,
        .context = &told,
    };
    PupilScores *scores;
    PupilError *error;
    PupilStatus status = pupil_score_batch(scorer, task.bytes, &batch, &scores, &error);
    if (status != PUPIL_STATUS_OK) {
        fault(line, status, error);
    } else {
        if (count > 0 && (told.done != count || told.total != count)) {
            stop("progress does not reach the end");
        }
        number(line, (int64_t)pupil_scores_count(scores));
        for (size_t i = 0; i < pupil_scores_count(scores); i++) {
            const PupilScore *score = pupil_scores_at(scores, i);
            for (uint32_t j = 0; j < score->label_count; j++) {
                bits(line, score->probabilities[j]);
            }
        }
        if (pupil_scores_at(scores, count) != NULL) {
            stop("there is a score behind the last");
        }
        pupil_scores_free(scores);
    }
    for (size_t i = 0; i < all; i++) {
        free(texts[i]);
    }
    free(texts);
    free(lens);
    free(task.bytes);
}

/* Reads a line without its end; false at the end of the file. */
static bool read_line(FILE *file, Line *line)
{
    line->len = 0;
    int c;
    while ((c = fgetc(file)) != EOF && c != '\n') {
        put(line, "%c", c);
    }
    put(line, "%s", "");
    return c != EOF;
}

/* Runs all cases, but of scores and explanations only every `step`th, and counts them by their kind. */
static void run_cases(FILE *file, size_t step)
{
    size_t place = 0, kinds[4] = {0, 0, 0, 0};
    Line call = {NULL, 0, 0}, wanted = {NULL, 0, 0}, got = {NULL, 0, 0};
    while (read_line(file, &call) && read_line(file, &wanted)) {
        place++;
        char *rest = call.text;
        const char *kind = field(&rest);
        got.len = 0;
        bool one = strcmp(kind, "score") == 0 || strcmp(kind, "explain") == 0;
        if (one && place % step != 0) {
            continue;
        }
        if (strcmp(kind, "open") == 0) {
            run_open(&got, rest);
            kinds[0]++;
        } else if (strcmp(kind, "score") == 0) {
            run_one(&got, rest, false);
            kinds[1]++;
        } else if (strcmp(kind, "explain") == 0) {
            run_one(&got, rest, true);
            kinds[2]++;
        } else if (strcmp(kind, "batch") == 0) {
            run_batch(&got, rest);
            kinds[3]++;
        } else {
            stop("a case of an unknown kind");
        }
        if (strcmp(got.text, wanted.text) != 0) {
            failures++;
            fprintf(stderr, "case %zu, %s:\n  got    %.400s\n  wanted %.400s\n", place, kind, got.text, wanted.text);
        }
    }
    close_all();
    free(call.text);
    free(wanted.text);
    free(got.text);
    for (size_t i = 0; i < 4; i++) {
        if (kinds[i] == 0) {
            stop("there are no cases of a kind");
        }
    }
    printf("of %zu cases ran %zu files, %zu scores, %zu explanations, %zu batches: %d differ\n", place, kinds[0], kinds[1],
           kinds[2], kinds[3], failures);
}

static void check(bool holds, const char *rule)
{
    if (!holds) {
        failures++;
        fprintf(stderr, "this does not hold: %s\n", rule);
    }
}

/* Whether a call gave that status, with an error that has a word in its message; frees the error. */
static bool gave(PupilStatus got, PupilError *error, PupilStatus wanted, const char *said)
{
    bool right = got == wanted && error != NULL && error->kind == wanted && strstr(error->message, said) != NULL;
    if (!right) {
        fprintf(stderr, "status %d: %s\n", (int)got, error == NULL ? "no error" : error->message);
    }
    pupil_error_free(error);
    return right;
}

static bool stop_at_once(size_t done, size_t total, void *context)
{
    (void)done;
    (void)total;
    *(int *)context += 1;
    return false;
}

#define LEN PUPIL_NUL_TERMINATED
#define MODEL "tests/fixtures/golden/e_lstm.pupil"

/* What the header promises beside scores. */
static void run_rules(void)
{
    PupilScorer *scorer, *other;
    PupilScore *score, *again;
    PupilScores *scores;
    PupilExplanation *explanation;
    PupilError *error;
    check(strchr(pupil_version(), '.') != NULL, "there is a version");
    check(strcmp(pupil_status_name(-5), "internal") == 0, "an unknown status has a name");
    check(strcmp(pupil_review_name(99), "other") == 0, "an unknown reason has a name");

    PupilStatus status = pupil_open("no/such/file.pupil", NULL, &scorer, &error);
    check(gave(status, error, PUPIL_STATUS_UNREADABLE, "no/such/file"), "a missing file is named");
    check(scorer == NULL, "a failed call sets its result to NULL");
    status = pupil_open(NULL, NULL, &scorer, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "the path is NULL"), "a path must not be NULL");
    status = pupil_open(MODEL, NULL, NULL, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "place for the result"), "the place for the result is needed");
    check(pupil_open("no/such/file", NULL, &scorer, NULL) == PUPIL_STATUS_UNREADABLE, "the place for the error is not");
    PupilOptions options = PUPIL_OPTIONS_INIT;
    options.size = 0;
    status = pupil_open(MODEL, &options, &scorer, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "sizeof(PupilOptions)"), "options have a size");
    options.size = 2 * sizeof options;
    status = pupil_open(MODEL, &options, &scorer, &error);
    check(gave(status, error, PUPIL_STATUS_UNSUPPORTED, "PupilOptions"), "later options are refused");
    status = pupil_open_bytes(NULL, 7, NULL, &scorer, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "the model is NULL"), "bytes must not be NULL");
    status = pupil_open_bytes(NULL, 0, NULL, &scorer, &error);
    check(gave(status, error, PUPIL_STATUS_NOT_A_MODEL, ""), "no bytes are no model");

    PupilOptions strict = PUPIL_OPTIONS_INIT;
    strict.expected_blake3 = "0000000000000000000000000000000000000000000000000000000000000000";
    status = pupil_open(MODEL, &strict, &scorer, &error);
    check(gave(status, error, PUPIL_STATUS_UNTRUSTED, ""), "only the expected file opens");
    const char *keys[] = {"no key"};
    strict.expected_blake3 = NULL;
    strict.trusted_keys = keys;
    strict.trusted_key_count = 1;
    check(pupil_open(MODEL, &strict, &scorer, NULL) == PUPIL_STATUS_BAD_INPUT, "a key must be a key");
    keys[0] = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    status = pupil_open(MODEL, &strict, &scorer, &error);
    check(status != PUPIL_STATUS_OK && error != NULL && scorer == NULL, "with a trusted key, a file needs a signature");
    pupil_error_free(error);

    PupilOptions small = PUPIL_OPTIONS_INIT;
    small.max_answer_bytes = 20;
    small.fold_limit_bytes = 0;
    check(pupil_open(MODEL, NULL, &scorer, &error) == PUPIL_STATUS_OK && error == NULL, "a success clears the error");
    check(pupil_open(MODEL, &small, &other, NULL) == PUPIL_STATUS_OK, "a file opens twice");
    status = pupil_score(other, "balloons", "more than twenty bytes of text", LEN, &score, &error);
    check(gave(status, error, PUPIL_STATUS_TOO_LARGE, "20"), "the limit of answers holds");
    check(pupil_score(other, "balloons", "warm air", LEN, &score, NULL) == PUPIL_STATUS_OK &&
              pupil_score(scorer, "balloons", "warm air and", 8, &again, NULL) == PUPIL_STATUS_OK &&
              memcmp(score->probabilities, again->probabilities, score->label_count * sizeof(float)) == 0,
          "tables and ways to give a length change no bit");
    pupil_score_free(again);
    pupil_close(other);
    check(score->label_count == 3 && score->confidence > 0, "a score outlives its scorer");
    pupil_score_free(score);

    status = pupil_score(scorer, "balloon", "warm", LEN, &score, &error);
    check(gave(status, error, PUPIL_STATUS_UNKNOWN_TASK, "balloons"), "an unknown task is answered with the tasks");
    status = pupil_score(NULL, "balloons", "warm", LEN, &score, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "the scorer is NULL"), "a scorer must not be NULL");
    status = pupil_score(scorer, NULL, "warm", LEN, &score, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "the task is NULL"), "a task must not be NULL");
    status = pupil_score(scorer, "balloons", NULL, LEN, &score, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "the answer is NULL"), "an answer must not be NULL");
    status = pupil_score(scorer, "balloons", "warm", SIZE_MAX / 2 + 1, &score, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "cannot have"), "an impossible length is refused");
    status = pupil_score(scorer, "balloons", "warm \xff", LEN, &score, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "from byte 5"), "an answer must be UTF-8");
    check(pupil_score(scorer, "balloons", NULL, 0, &score, NULL) == PUPIL_STATUS_OK &&
              score->review == PUPIL_REVIEW_TOO_SHORT && score->words == 0,
          "an answer of length 0 may be NULL");
    pupil_score_free(score);
    status = pupil_score(scorer, "compare", "warm", LEN, &score, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "reference"), "a reference is asked for");
    check(pupil_explain(scorer, "balloons", "", LEN, &explanation, NULL) == PUPIL_STATUS_OK &&
              explanation->word_count == 0 && explanation->starts == NULL,
          "an answer without words is explained");
    pupil_explanation_free(explanation);

    const char *answers[40];
    for (size_t i = 0; i < 40; i++) {
        answers[i] = "warm air";
    }
    int calls = 0;
    PupilBatch batch = {.size = sizeof batch, .answers = answers, .count = 40, .threads = 1};
    check(pupil_score_batch(scorer, "balloons", &batch, &scores, NULL) == PUPIL_STATUS_OK &&
              pupil_scores_count(scores) == 40,
          "texts of a batch may end with zero bytes");
    pupil_scores_free(scores);
    batch.progress = stop_at_once;
    batch.context = &calls;
    status = pupil_score_batch(scorer, "balloons", &batch, &scores, &error);
    check(gave(status, error, PUPIL_STATUS_CANCELLED, "") && calls == 1, "progress stops a batch");
    batch.progress = NULL;
    answers[3] = "\xc3";
    status = pupil_score_batch(scorer, "balloons", &batch, &scores, &error);
    check(error != NULL && error->answer == 3, "the error of a batch names the answer");
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "answer 3"), "answers of a batch must be UTF-8");
    batch.answers = NULL;
    status = pupil_score_batch(scorer, "balloons", &batch, &scores, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "answers are NULL"), "the answers must not be NULL");
    batch.size = 0;
    status = pupil_score_batch(scorer, "balloons", &batch, &scores, &error);
    check(gave(status, error, PUPIL_STATUS_BAD_INPUT, "sizeof(PupilBatch)"), "a batch has a size");
    pupil_close(scorer);

    check(pupil_model(NULL) == NULL && pupil_scores_count(NULL) == 0 && pupil_scores_at(NULL, 0) == NULL,
          "nothing is read from NULL");
    pupil_close(NULL);
    pupil_score_free(NULL);
    pupil_scores_free(NULL);
    pupil_explanation_free(NULL);
    pupil_error_free(NULL);
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: cases FILE [STEP]\n");
        return 2;
    }
    FILE *file = fopen(argv[1], "r");
    if (file == NULL) {
        stop("the cases cannot be read");
    }
    size_t step = argc == 3 ? (size_t)strtoull(argv[2], NULL, 10) : 1;
    run_cases(file, step == 0 ? 1 : step);
    fclose(file);
    run_rules();
    printf("%d failures\n", failures);
    return failures == 0 ? 0 : 1;
}
