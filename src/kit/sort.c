#include "kit/sort.h"

#include <stdbool.h>
#include <string.h>

static void
merge(const void **from, const void **to, size_t begin, size_t middle, size_t end,
      int (*compare)(const void *, const void *))
{
    size_t left = begin, right = middle;

    for (size_t i = begin; i < end; i++) {
        bool take_left = right == end || (left < middle && compare(from[left], from[right]) <= 0);

        to[i] = take_left ? from[left++] : from[right++];
    }
}

Status
sort_pointers(Env *env, const void **pointers, size_t n, int (*compare)(const void *, const void *),
              Failure *failure)
{
    const void **from = pointers, **to = ENV_NEW(env, n, const void *);

    if (to == NULL)
        return fail_out_of_memory(failure);
    for (size_t width = 1; width < n; width *= 2) {
        const void **sorted = to;

        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t middle = begin + width < n ? begin + width : n;

            merge(from, to, begin, middle, middle + width < n ? middle + width : n, compare);
        }
        to = from;
        from = sorted;
        if (env_cancelled(env))
            return fail_cancelled(failure);
    }
    if (from != pointers)
        memcpy(pointers, from, n * sizeof(*pointers));
    return STATUS_SUCCESS;
}
