#include "kit/arena.h"

#include <stdint.h>

#define ALIGNMENT   _Alignof(max_align_t)
#define FIRST_CHUNK 65536

struct ArenaChunk {
    ArenaChunk *next;
    size_t capacity, used;
    max_align_t bytes[];
};

/* A new chunk at the end of the list, larger than the last one. */
static ArenaChunk *
add_chunk(Arena *arena, size_t size)
{
    ArenaChunk **end = &arena->first, *chunk;
    size_t capacity = FIRST_CHUNK;

    while (*end != NULL) {
        capacity = 2 * (*end)->capacity;
        end = &(*end)->next;
    }
    capacity = size > capacity ? size : capacity;
    if (capacity > SIZE_MAX / 4)
        return NULL;
    chunk = arena->parent->alloc(arena->parent, sizeof(ArenaChunk) + capacity);
    if (chunk == NULL)
        return NULL;
    chunk->next = NULL;
    chunk->capacity = capacity;
    chunk->used = 0;
    *end = chunk;
    return chunk;
}

static void *
arena_alloc(Env *env, size_t size)
{
    Arena *arena = env->context;
    void *memory;

    if (size > SIZE_MAX / 4)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    while (arena->current != NULL && arena->current->capacity - arena->current->used < size)
        arena->current = arena->current->next;
    if (arena->current == NULL)
        arena->current = add_chunk(arena, size);
    if (arena->current == NULL)
        return NULL;
    memory = (char *)arena->current->bytes + arena->current->used;
    arena->current->used += size;
    return memory;
}

static bool
arena_cancelled(Env *env)
{
    return env_cancelled(((Arena *)env->context)->parent);
}

void
arena_init(Arena *arena, Env *parent)
{
    arena->env.alloc = arena_alloc;
    arena->env.cancelled = arena_cancelled;
    arena->env.context = arena;
    arena->parent = parent;
    arena->first = arena->current = NULL;
}

void
arena_reset(Arena *arena)
{
    for (ArenaChunk *chunk = arena->first; chunk != NULL; chunk = chunk->next)
        chunk->used = 0;
    arena->current = arena->first;
}
