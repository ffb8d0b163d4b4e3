/*
 * env.h - what the pure core may ask of its host: memory and a look at cancellation.
 *
 * The core never frees: the host deletes everything at once when the call is over (a memory context in
 * the server, an arena in the unit tests). In the server alloc returns NULL when memory runs out, so
 * that the core comes back with STATUS_OUT_OF_MEMORY instead of a longjmp.
 */
#ifndef BI_ML_KIT_ENV_H
#define BI_ML_KIT_ENV_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Env Env;

struct Env {
    /* Memory aligned for any type, contents undefined; NULL when there is none. */
    void *(*alloc)(Env *env, size_t size);
    /* True when the caller wants the call to stop; asked at least every 10 ms by long loops. */
    bool (*cancelled)(Env *env);
    /* The host's own. */
    void *context;
};

/* n elements of the given size, set to zero; NULL on overflow, when there is no memory. Zero elements give a
 * valid pointer. */
void *env_alloc(Env *env, size_t n, size_t size);

/* Convenience: a zeroed array of n objects of a type. */
#define ENV_NEW(env, n, type) ((type *)env_alloc((env), (n), sizeof(type)))

static inline bool
env_cancelled(Env *env)
{
    return env->cancelled != NULL && env->cancelled(env);
}

#endif
