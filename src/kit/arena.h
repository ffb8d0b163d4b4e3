/*
 * arena.h - memory that is used again: an Env over another Env for work that repeats.
 *
 * The core never frees, so a loop that allocates in every round would grow for ever. Rounds allocate from an
 * arena and arena_reset() hands the same memory to the next; the parent sees only the largest round.
 */
#ifndef BI_ML_KIT_ARENA_H
#define BI_ML_KIT_ARENA_H

#include "kit/env.h"

typedef struct ArenaChunk ArenaChunk;

typedef struct Arena {
    Env env; /* what the rounds are given */
    Env *parent;
    ArenaChunk *first, *current;
} Arena;

/* The arena must not move while it is used. Cancellation is the parent's. */
void arena_init(Arena *arena, Env *parent);

/* Everything allocated since arena_init becomes invalid. */
void arena_reset(Arena *arena);

#endif
