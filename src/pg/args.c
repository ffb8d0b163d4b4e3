#include "pg/args.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

void
arg_is_null(const char *name)
{
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"%s\" must not be null", name),
                    errhint("Leave the argument out to get its default, if it has one.")));
}

void
arg_require(FunctionCallInfo fcinfo, int i, const char *name)
{
    if (PG_ARGISNULL(i))
        arg_is_null(name);
}

int
arg_integer(FunctionCallInfo fcinfo, int i, const char *name, int least, int most)
{
    int value;

    arg_require(fcinfo, i, name);
    value = PG_GETARG_INT32(i);
    if (value < least || value > most)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"%s\" must be between %d and %d, not %d", name, least, most, value),
                        errhint("Pass a number within these limits.")));
    return value;
}

double
arg_number(FunctionCallInfo fcinfo, int i, const char *name)
{
    arg_require(fcinfo, i, name);
    return PG_GETARG_FLOAT8(i);
}

bool
arg_boolean(FunctionCallInfo fcinfo, int i, const char *name)
{
    arg_require(fcinfo, i, name);
    return PG_GETARG_BOOL(i);
}

char *
arg_text(FunctionCallInfo fcinfo, int i, const char *name)
{
    arg_require(fcinfo, i, name);
    return text_to_cstring(PG_GETARG_TEXT_PP(i));
}

int
arg_word(FunctionCallInfo fcinfo, int i, const char *name, const char *const *words, int n)
{
    return arg_word_of(arg_text(fcinfo, i, name), name, words, n);
}

int
arg_word_of(const char *text, const char *name, const char *const *words, int n)
{
    StringInfoData list;

    for (int w = 0; w < n; w++) {
        if (pg_strcasecmp(text, words[w]) == 0)
            return w;
    }
    initStringInfo(&list);
    for (int w = 0; w < n; w++)
        appendStringInfo(&list, "%s'%s'", w == 0 ? "" : w + 1 == n ? " or " : ", ", words[w]);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("argument \"%s\" must be %s, not \"%s\"", name, list.data, text),
                    errhint("Pass one of these words.")));
}
