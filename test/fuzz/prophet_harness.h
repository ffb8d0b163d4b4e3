/*
 * prophet_harness.h - one of fuzz_targets (TARGET, its place) for libFuzzer. With FUZZ_SEEDS=FOLDER in the
 * environment it writes its seeds there and ends.
 */
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "prophet_targets.c"
#include "unit.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
write_seeds(const char *folder)
{
    Env *env = unit_env();
    unsigned char *bytes;
    size_t n;

    for (size_t i = 0; (bytes = fuzz_targets[TARGET].seed(env, i, &n)) != NULL; i++) {
        char path[1000];
        FILE *out;

        snprintf(path, sizeof(path), "%s/seed_%zu", folder, i);
        out = fopen(path, "wb");
        if (out == NULL || fwrite(bytes, 1, n, out) != n || fclose(out) != 0)
            abort();
    }
    unit_env_free(env);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("FUZZ_SEEDS");

    (void)argc;
    (void)argv;
    gsl_set_error_handler_off();
    if (folder != NULL) {
        write_seeds(folder);
        exit(0);
    }
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    return fuzz_targets[TARGET].run(bytes, n);
}
