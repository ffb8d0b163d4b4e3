/*
 * names.c - the names of components and columns.
 */
#include <string.h>

#include "prophet/prophet_internal.h"

/* Prophet's reserved names; each also with _lower and _upper. */
static const char *const outputs[] = {"trend",
                                      "additive_terms",
                                      "multiplicative_terms",
                                      "daily",
                                      "weekly",
                                      "yearly",
                                      "holidays",
                                      "zeros",
                                      "extra_regressors_additive",
                                      "extra_regressors_multiplicative",
                                      "yhat"};
static const char *const inputs[] = {"ds", "y", "cap", "floor", "y_scaled", "cap_scaled"};

bool
name_is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        size_t length = strlen(outputs[i]);

        if (strncmp(name, outputs[i], length) == 0 &&
            (name[length] == '\0' || strcmp(name + length, "_lower") == 0 ||
             strcmp(name + length, "_upper") == 0))
            return true;
    }
    return name_find(inputs, sizeof(inputs) / sizeof(inputs[0]), name) != PROPHET_NO_COLUMN;
}

bool
name_is_valid(const char *name)
{
    return name[0] != '\0' && strlen(name) <= PROPHET_MAX_NAME;
}

size_t
name_find(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return PROPHET_NO_COLUMN;
}

char *
name_copy(Env *env, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = env_alloc(env, size, 1);

    if (copy != NULL)
        memcpy(copy, name, size);
    return copy;
}
