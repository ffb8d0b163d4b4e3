/*
 * levels.c - the categories of a feature: codes for texts, and hashes that name a category in any dictionary.
 */
#include "iforest/iforest_internal.h"

#include <string.h>

#define REST_HASH UINT64_C(0x8d1f6a3b90c4e527) /* of the categories that share the last code */

uint64_t
level_hash(const char *text, size_t length)
{
    uint64_t hash = rng_mix(length), word;

    for (size_t at = 0; at < length; at += sizeof(word)) {
        word = 0;
        for (size_t i = 0; i < sizeof(word) && at + i < length; i++)
            word |= (uint64_t)(unsigned char)text[at + i] << (8 * i);
        hash = rng_hash(hash, word);
    }
    return hash;
}

size_t
levels_n_codes(const IForestColumn *column)
{
    return (size_t)column->levels.n + (column->levels.rest ? 1 : 0);
}

static char *
copy_text(Env *env, const char *text)
{
    size_t length = strlen(text);
    char *copy = ENV_NEW(env, length + 1, char);

    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}

Status
levels_copy(Env *env, const IForestLevels *from, IForestColumn *column, Failure *failure)
{
    column->categorical = true;
    column->levels = *from;
    column->levels.texts = ENV_NEW(env, from->n, char *);
    column->hashes = ENV_NEW(env, levels_n_codes(column), uint64_t);
    if (column->levels.texts == NULL || column->hashes == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t i = 0; i < from->n; i++) {
        column->levels.texts[i] = copy_text(env, from->texts[i]);
        if (column->levels.texts[i] == NULL)
            return fail_out_of_memory(failure);
        column->hashes[i] = level_hash(from->texts[i], strlen(from->texts[i]));
    }
    if (from->rest)
        column->hashes[from->n] = REST_HASH;
    return STATUS_SUCCESS;
}

double
iforest_code(const IForestColumn *column, const char *text)
{
    uint32_t low = 0, high = column->levels.n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(column->levels.texts[middle], text);

        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return column->levels.rest ? column->levels.n : IFOREST_UNSEEN;
}
