/* Scores an answer: score MODEL TASK ANSWER [REFERENCE] */
#include <pupil.h>
#include <stdio.h>
#include <string.h>

/* Prints what went wrong, and frees it. */
static int failed(PupilError *error)
{
    fprintf(stderr, "score: %s: %s\n", pupil_status_name(error->kind), error->message);
    pupil_error_free(error);
    return 1;
}

/* The task of that id, for its labels; NULL if the model has none. */
static const PupilTask *find(const PupilScorer *scorer, const char *id)
{
    const PupilModel *model = pupil_model(scorer);
    for (uint32_t i = 0; i < model->task_count; i++) {
        if (strcmp(model->tasks[i]->id, id) == 0) {
            return model->tasks[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: score MODEL TASK ANSWER [REFERENCE]\n");
        return 2;
    }
    const char *id = argv[2], *answer = argv[3], *reference = argc == 5 ? argv[4] : NULL;

    PupilScorer *scorer;
    PupilError *error;
    if (pupil_open(argv[1], NULL, &scorer, &error) != PUPIL_STATUS_OK) {
        return failed(error);
    }

    PupilScore *score;
    PupilStatus status =
        reference == NULL
            ? pupil_score(scorer, id, answer, PUPIL_NUL_TERMINATED, &score, &error)
            : pupil_score_pair(scorer, id, reference, PUPIL_NUL_TERMINATED, answer, PUPIL_NUL_TERMINATED, &score, &error);
    if (status != PUPIL_STATUS_OK) {
        pupil_close(scorer);
        return failed(error);
    }

    const PupilTask *task = find(scorer, id);
    for (uint32_t i = 0; i < score->label_count; i++) {
        printf("%s %-24s %.6f\n", score->awarded[i] ? "*" : " ", task->labels[i], score->probabilities[i]);
    }
    if (score->has_level) {
        printf("level %d, expected %.6f\n", (int)score->level, score->expected);
    }
    printf("confidence %.6f, %s\n", score->confidence, pupil_review_name(score->review));

    pupil_score_free(score);
    pupil_close(scorer);
    return 0;
}
