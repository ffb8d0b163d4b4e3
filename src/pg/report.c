#include "pg/report.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

int
report_sqlstate(Status status)
{
    switch (status) {
    case STATUS_SUCCESS:
        return ERRCODE_SUCCESSFUL_COMPLETION;
    case STATUS_BAD_VALUE:
        return ERRCODE_INVALID_PARAMETER_VALUE;
    case STATUS_NULL_VALUE:
        return ERRCODE_NULL_VALUE_NOT_ALLOWED;
    case STATUS_BAD_SHAPE:
        return ERRCODE_ARRAY_SUBSCRIPT_ERROR;
    case STATUS_BAD_DATA:
        return ERRCODE_DATA_EXCEPTION;
    case STATUS_BAD_TEXT:
        return ERRCODE_INVALID_TEXT_REPRESENTATION;
    case STATUS_CORRUPT:
        return ERRCODE_INVALID_BINARY_REPRESENTATION;
    case STATUS_TOO_BIG:
        return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
    case STATUS_OUT_OF_MEMORY:
        return ERRCODE_OUT_OF_MEMORY;
    case STATUS_NOT_SUPPORTED:
        return ERRCODE_FEATURE_NOT_SUPPORTED;
    case STATUS_CANCELLED:
        return ERRCODE_QUERY_CANCELED;
    }
    return ERRCODE_INTERNAL_ERROR;
}

/* The core cuts texts at a number of bytes: what is left of a character becomes question marks. */
static const char *
whole_characters(const char *text)
{
    char *copy = pstrdup(text);
    int left = (int)strlen(copy);

    for (char *at = copy; left > 0;) {
        int length = pg_encoding_verifymbchar(GetDatabaseEncoding(), at, left);

        if (length < 1) {
            *at = '?';
            length = 1;
        }
        at += length;
        left -= length;
    }
    return copy;
}

void
report_failure(Status status, const Failure *failure)
{
    if (status == STATUS_SUCCESS)
        return;
    if (status == STATUS_CANCELLED)
        CHECK_FOR_INTERRUPTS();
    ereport(ERROR, (errcode(report_sqlstate(status)), errmsg("%s", whole_characters(failure->message)),
                    failure->hint[0] != '\0' ? errhint("%s", failure->hint) : 0));
}
