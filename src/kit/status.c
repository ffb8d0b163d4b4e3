#include "kit/status.h"

#include <stdarg.h>
#include <stdio.h>

#ifdef __clang_analyzer__
#undef fail
#undef fail_out_of_memory
#undef fail_cancelled
#endif

Status
fail(Failure *failure, Status status, const char *hint, const char *format, ...)
{
    va_list args;

    if (failure == NULL)
        return status;
    failure->status = status;
    va_start(args, format);
    vsnprintf(failure->message, sizeof(failure->message), format, args);
    va_end(args);
    snprintf(failure->hint, sizeof(failure->hint), "%s", hint != NULL ? hint : "");
    return status;
}

Status
fail_out_of_memory(Failure *failure)
{
    return fail(failure, STATUS_OUT_OF_MEMORY, "Use fewer rows, or give the server more memory.",
                "out of memory");
}

Status
fail_cancelled(Failure *failure)
{
    return fail(failure, STATUS_CANCELLED, NULL, "cancelled");
}
