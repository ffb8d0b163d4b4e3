/*
 * status.h - how the pure core reports what went wrong.
 *
 * Every function that can fail returns a Status and writes its results only when it is STATUS_SUCCESS.
 * A Failure carries the sentence for the user; pg/report.c turns it into ereport(errcode, message, hint).
 */
#ifndef BI_ML_KIT_STATUS_H
#define BI_ML_KIT_STATUS_H

typedef enum Status {
    STATUS_SUCCESS = 0,
    STATUS_BAD_VALUE,     /* 22023: an argument's value is outside its range */
    STATUS_NULL_VALUE,    /* 22004: a NULL where none may be */
    STATUS_BAD_SHAPE,     /* 2202E: an array has the wrong dimensions */
    STATUS_BAD_DATA,      /* 22000: not enough, or unsuitable, data */
    STATUS_BAD_TEXT,      /* 22P02: a text form that cannot be read */
    STATUS_CORRUPT,       /* 22P03: a binary form that cannot be read */
    STATUS_TOO_BIG,       /* 54000: over one of the limits named in the headers */
    STATUS_OUT_OF_MEMORY, /* 53200 */
    STATUS_NOT_SUPPORTED, /* 0A000 */
    STATUS_CANCELLED      /* 57014 */
} Status;

#define FAILURE_TEXT 240

typedef struct Failure {
    Status status;
    char message[FAILURE_TEXT]; /* lower case, one line, no full stop; names the argument and the value */
    char hint[FAILURE_TEXT];    /* a full sentence that says what to do; may be empty */
} Failure;

/* Fills *failure (which may be NULL) and returns status. hint may be NULL. */
Status fail(Failure *failure, Status status, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* fail() for the two statuses that need no words of their own. */
Status fail_out_of_memory(Failure *failure);
Status fail_cancelled(Failure *failure);

#ifdef __clang_analyzer__
/* The analyser sees one file at a time: this tells it that the status goes through, so failure is failure. */
#define fail(failure, status, ...)  ((void)(failure), (status))
#define fail_out_of_memory(failure) ((void)(failure), STATUS_OUT_OF_MEMORY)
#define fail_cancelled(failure)     ((void)(failure), STATUS_CANCELLED)
#endif

/* Leaves the enclosing function with the status unless it is STATUS_SUCCESS. */
#define RETURN_IF_FAILED(expression)                                                                         \
    do {                                                                                                     \
        Status status_ = (expression);                                                                       \
        if (status_ != STATUS_SUCCESS)                                                                       \
            return status_;                                                                                  \
    } while (0)

#endif
