#include "pg/output.h"

#include "utils/memutils.h"

#include "pg/report.h"

char *
output_text(Writer *w, const char *type)
{
    Failure failure;

    write_u8(w, 0);
    if (w->failed)
        report_failure(fail_out_of_memory(&failure), &failure);
    if (!AllocSizeIsValid(w->length))
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("the text form of this %s is longer than 1 GB", type),
                        errhint("Use the binary form, or a shorter series.")));
    return (char *)w->bytes;
}
