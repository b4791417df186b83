/* Threads open and close scorers while others score, as pupil.h allows it: a scorer is closed while one that shares its
 * model is in a call, threads share a scorer that the last of them closes, and scores outlive their scorer and are freed
 * by other threads. PUPIL_ROUNDS sets the number of races. Ends with 1 if any bit differs. */
#include <pthread.h>
#include <pupil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN PUPIL_NUL_TERMINATED
#define MODEL "tests/fixtures/golden/mixtures.pupil"
#define PACK "tests/fixtures/api/pack.pupil"
#define TASK "lstm"
#define ANSWER "the warm air needs more room"
#define BATCH 40
#define USERS 6
#define CLOSERS 2
/* Once in so many rounds a model is opened, which takes longer than a pack. */
#define WHOLE 10

/* A scorer that threads share. Whoever needs it no longer drops it, and the last one closes it. */
typedef struct {
    PupilScorer *scorer;
    int users, opener;
} Kept;

/* A scorer to be closed by another thread, and a score of it to be freed there. */
typedef struct Given {
    PupilScorer *scorer;
    PupilScore *score;
    bool closed;
    struct Given *next;
} Given;

typedef struct {
    uint8_t *bytes;
    size_t len;
} File;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t was_given = PTHREAD_COND_INITIALIZER, was_closed = PTHREAD_COND_INITIALIZER;
static File model, pack;
static PupilScore *wanted;
static long rounds = 100;

/* What the mutex guards. */
static Given *given = NULL, *last_given = NULL;
static Kept *current = NULL;
static bool ended = false;
static long races = 0, opened = 0, models = 0, calls = 0, closed_by_others = 0, failures = 0;

/* Fails at once: the test itself is wrong, or there is no memory. */
static void stop(const char *why)
{
    fprintf(stderr, "races: %s\n", why);
    exit(2);
}

static void succeed(PupilStatus status, const char *call)
{
    if (status != PUPIL_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", call, pupil_status_name(status));
        stop("a call failed");
    }
}

static File read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        stop("a model cannot be read");
    }
    File made = {NULL, (size_t)ftell(file)};
    rewind(file);
    made.bytes = malloc(made.len);
    if (made.bytes == NULL || fread(made.bytes, 1, made.len, file) != made.len) {
        stop("a model cannot be read");
    }
    fclose(file);
    return made;
}

static void compare(const PupilScore *score)
{
    if (score->label_count != wanted->label_count || score->words != wanted->words ||
        memcmp(score->probabilities, wanted->probabilities, wanted->label_count * sizeof(float)) != 0 ||
        memcmp(&score->confidence, &wanted->confidence, sizeof(float)) != 0) {
        pthread_mutex_lock(&mutex);
        failures++;
        pthread_mutex_unlock(&mutex);
    }
}

/* Closes what it is given, with the scores. */
static void *run_closer(void *context)
{
    (void)context;
    pthread_mutex_lock(&mutex);
    for (;;) {
        while (given == NULL && !ended) {
            pthread_cond_wait(&was_given, &mutex);
        }
        Given *one = given;
        if (one == NULL) {
            break;
        }
        given = one->next;
        pthread_mutex_unlock(&mutex);
        pupil_close(one->scorer);
        compare(one->score);
        pupil_score_free(one->score);
        pthread_mutex_lock(&mutex);
        one->closed = true;
        pthread_cond_broadcast(&was_closed);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* A batch and what is to be closed during it. */
typedef struct {
    Given given;
    bool asked, waits;
} Race;

static void wait_until_closed(Race *race)
{
    pthread_mutex_lock(&mutex);
    while (!race->given.closed) {
        pthread_cond_wait(&was_closed, &mutex);
    }
    pthread_mutex_unlock(&mutex);
}

static bool progress(size_t done, size_t total, void *context)
{
    (void)done;
    (void)total;
    Race *race = context;
    if (!race->asked) {
        race->asked = true;
        pthread_mutex_lock(&mutex);
        if (given == NULL) {
            given = &race->given;
        } else {
            last_given->next = &race->given;
        }
        last_given = &race->given;
        pthread_cond_signal(&was_given);
        pthread_mutex_unlock(&mutex);
        if (race->waits) {
            wait_until_closed(race);
        }
    }
    return true;
}

static void drop(Kept *kept, int user)
{
    pthread_mutex_lock(&mutex);
    bool last = --kept->users == 0;
    closed_by_others += last && kept->opener != user;
    pthread_mutex_unlock(&mutex);
    if (last) {
        pupil_close(kept->scorer);
        free(kept);
    }
}

/* Makes `next` the scorer that all threads share, and drops the one before. */
static void share(PupilScorer *next, int user)
{
    Kept *kept = malloc(sizeof *kept);
    if (kept == NULL) {
        stop("no memory");
    }
    *kept = (Kept){.scorer = next, .users = 1, .opener = user};
    pthread_mutex_lock(&mutex);
    Kept *old = current;
    current = kept;
    pthread_mutex_unlock(&mutex);
    if (old != NULL) {
        drop(old, user);
    }
}

/* One race; `root` is a scorer of this thread. */
static void run_race(PupilScorer *root, int user, long round)
{
    PupilScorer *with_pack, *called = root;
    Race race = {.waits = round % 4 > 0};
    bool whole = round % WHOLE == 0;
    if (whole) {
        succeed(pupil_open_bytes(model.bytes, model.len, NULL, &root, NULL), "pupil_open_bytes");
    }
    succeed(pupil_attach_bytes(root, pack.bytes, pack.len, NULL, &with_pack, NULL), "pupil_attach_bytes");
    /* Of a model and one with a pack that shares it, either is closed while the other is in a call. */
    race.given.scorer = with_pack;
    if (whole) {
        called = with_pack;
        race.given.scorer = root;
    }
    succeed(pupil_score(race.given.scorer, TASK, ANSWER, LEN, &race.given.score, NULL), "pupil_score");

    const char *answers[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        answers[i] = ANSWER;
    }
    PupilBatch batch = {
        .size = sizeof batch,
        .answers = answers,
        .count = BATCH,
        .threads = 1,
        .progress = progress,
        .context = &race,
    };
    PupilScores *scores;
    succeed(pupil_score_batch(called, TASK, &batch, &scores, NULL), "pupil_score_batch");
    pthread_mutex_lock(&mutex);
    opened++;
    races += race.given.closed;
    models += whole;
    pthread_mutex_unlock(&mutex);
    for (size_t i = 0; i < BATCH; i++) {
        compare(pupil_scores_at(scores, i));
    }
    pupil_scores_free(scores);

    if (whole) {
        share(with_pack, user);
    }
    pthread_mutex_lock(&mutex);
    Kept *shared = current;
    shared->users++;
    pthread_mutex_unlock(&mutex);
    for (int call = 0; call < 4; call++) {
        if (call == 1) {
            PupilExplanation *explanation;
            succeed(pupil_explain(shared->scorer, TASK, ANSWER, LEN, &explanation, NULL), "pupil_explain");
            compare(explanation->score);
            pupil_explanation_free(explanation);
        } else {
            PupilScore *score;
            succeed(pupil_score(shared->scorer, TASK, ANSWER, LEN, &score, NULL), "pupil_score");
            compare(score);
            pupil_score_free(score);
        }
    }
    drop(shared, user);
    wait_until_closed(&race);
    pthread_mutex_lock(&mutex);
    calls += 4;
    pthread_mutex_unlock(&mutex);
}

static void *run_user(void *context)
{
    int user = *(int *)context;
    PupilScorer *root;
    succeed(pupil_open_bytes(model.bytes, model.len, NULL, &root, NULL), "pupil_open_bytes");
    for (long round = 0;; round++) {
        pthread_mutex_lock(&mutex);
        bool enough = races >= rounds || failures > 0;
        pthread_mutex_unlock(&mutex);
        if (enough) {
            pupil_close(root);
            return NULL;
        }
        run_race(root, user, round);
    }
}

int main(void)
{
    const char *asked = getenv("PUPIL_ROUNDS");
    if (asked != NULL) {
        rounds = strtol(asked, NULL, 10);
    }
    model = read_file(MODEL);
    pack = read_file(PACK);
    PupilScorer *first;
    succeed(pupil_open_bytes(model.bytes, model.len, NULL, &first, NULL), "pupil_open_bytes");
    succeed(pupil_score(first, TASK, ANSWER, LEN, &wanted, NULL), "pupil_score");
    pupil_close(first);

    pthread_t users[USERS], closers[CLOSERS];
    int places[USERS];
    for (int i = 0; i < USERS; i++) {
        places[i] = i;
        if (pthread_create(&users[i], NULL, run_user, &places[i]) != 0) {
            stop("no thread");
        }
    }
    for (int i = 0; i < CLOSERS; i++) {
        if (pthread_create(&closers[i], NULL, run_closer, NULL) != 0) {
            stop("no thread");
        }
    }
    for (int i = 0; i < USERS; i++) {
        pthread_join(users[i], NULL);
    }
    pthread_mutex_lock(&mutex);
    ended = true;
    pthread_cond_broadcast(&was_given);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < CLOSERS; i++) {
        pthread_join(closers[i], NULL);
    }
    drop(current, -1);
    pupil_score_free(wanted);
    free(model.bytes);
    free(pack.bytes);
    printf("%ld races of %ld opened scorers (%ld models, the others packs), %ld calls of scorers that threads shared; "
           "%ld of these were closed by another thread than their own; %ld failures\n",
           races, opened, models, calls, closed_by_others, failures);
    return failures == 0 && races >= rounds && closed_by_others > 0 ? 0 : 1;
}
