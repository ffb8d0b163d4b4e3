#include "kit/env.h"

#include <stdint.h>
#include <string.h>

void *
env_alloc(Env *env, size_t n, size_t size)
{
    void *memory;

    if (size != 0 && n > SIZE_MAX / 2 / size)
        return NULL;
    memory = env->alloc(env, n * size > 0 ? n * size : 1);
    if (memory != NULL)
        memset(memory, 0, n * size);
    return memory;
}
