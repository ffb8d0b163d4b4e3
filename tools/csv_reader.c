/*
 * csv_reader.c - turns a CSV file of the UCI Online Retail form into what \copy raw_sales takes.
 *
 * usage: csv_reader IN RAGGED >OUT 2>REPORT
 *
 * IN is UTF-8, with or without byte order mark, LF or CRLF. Its first record may name the columns, in any
 * order, with others between them, in the spellings of both editions of the data set; without names the eight
 * columns must stand in the usual order. OUT gets one record per good record: the eight fields with their
 * text unchanged, LF at the end. A record with too few or too many fields, or whose quotes do not match, goes
 * to RAGGED as it stands. The report is one line: records, ragged records, the line of the first ragged one,
 * "header" or "no header".
 *
 * Fields follow RFC 4180. A quote that is never closed would swallow the rest of the file: a record may have
 * MAX_RECORD bytes, and where it has more only its first line is set aside and reading goes on after it.
 * Cost: one pass over the file in memory.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLUMNS = 8, MAX_FIELDS = 256, MAX_RECORD = 65536 };

typedef struct Field {
    const char *start;
    size_t length; /* with its quotes */
    bool quoted;
} Field;

typedef struct Record {
    Field fields[MAX_FIELDS];
    int n_fields;
    bool malformed;
    const char *end; /* behind the line end */
    size_t length;   /* without the line end */
} Record;

/* The spellings of each column, without blanks, underscores and capitals. */
static const char *const column_names[N_COLUMNS][3] = {
    {"invoiceno", "invoice", NULL}, {"stockcode", NULL, NULL},   {"description", NULL, NULL},
    {"quantity", NULL, NULL},       {"invoicedate", NULL, NULL}, {"unitprice", "price", NULL},
    {"customerid", NULL, NULL},     {"country", NULL, NULL},
};
static const char *const column_titles =
    "InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, "
    "CustomerID, Country";

_Noreturn static void
die(const char *message, const char *detail)
{
    fprintf(stderr, "error: %s%s\n", message, detail);
    exit(1);
}

static char *
read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    long size;
    char *text;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
        die("cannot read ", path);
    rewind(file);
    *length = (size_t)size;
    text = malloc(*length + 1);
    if (text == NULL || fread(text, 1, *length, file) != *length)
        die("cannot read all of ", path);
    fclose(file);
    return text;
}

/* The end of a quoted field that starts at at: behind its closing quote, or NULL where there is none. */
static const char *
skip_quoted(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at != '"')
            continue;
        if (at + 1 < end && at[1] == '"')
            at++;
        else
            return at + 1;
    }
    return NULL;
}

static void
end_record(Record *record, const char *start, const char *at, const char *end)
{
    record->length = (size_t)(at - start);
    if (record->length > 0 && at[-1] == '\r')
        record->length--;
    record->end = at < end ? at + 1 : end;
}

/* The first line only: what remains of a record that cannot be read as a whole. */
static void
give_up(Record *record, const char *start, const char *end)
{
    const char *line_end = memchr(start, '\n', (size_t)(end - start));

    record->malformed = true;
    end_record(record, start, line_end != NULL ? line_end : end, end);
}

static void
read_record(Record *record, const char *start, const char *end)
{
    const char *limit = end - start > MAX_RECORD ? start + MAX_RECORD : end;
    const char *at = start;

    record->n_fields = 0;
    record->malformed = false;
    for (;;) {
        Field *field = &record->fields[record->n_fields];

        if (record->n_fields < MAX_FIELDS - 1)
            record->n_fields++;
        field->start = at;
        field->quoted = at < limit && *at == '"';
        if (field->quoted && (at = skip_quoted(at, limit)) == NULL) {
            give_up(record, start, end);
            return;
        }
        field->length = (size_t)(at - field->start);
        while (at < limit && *at != ',' && *at != '\n')
            at++;
        if (!field->quoted) {
            field->length = (size_t)(at - field->start);
        } else if ((size_t)(at - field->start) > field->length + (at[-1] == '\r')) {
            give_up(record, start, end); /* text behind a closing quote */
            return;
        }
        if (at == limit || *at == '\n')
            break;
        at++;
    }
    if (at == limit && limit < end) {
        give_up(record, start, end);
        return;
    }
    end_record(record, start, at, end);
    if (memchr(start, '\0', record->length) != NULL)
        record->malformed = true;
    if (!record->malformed && start + record->length < at) {
        Field *last = &record->fields[record->n_fields - 1];

        if (!last->quoted && last->length > 0)
            last->length--; /* the \r of the line end */
    }
}

static bool
is_named(const Field *field, const char *const *names)
{
    char name[32];
    size_t n = 0;

    for (size_t i = 0; i < field->length && n < sizeof(name) - 1; i++) {
        if (isalnum((unsigned char)field->start[i]))
            name[n++] = (char)tolower((unsigned char)field->start[i]);
    }
    name[n] = '\0';
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

/* Fills places[] from the header's names. False: the record is no header, the columns stand in their usual
 * order. */
static bool
read_header(const Record *record, int *places)
{
    int n_found = 0, missing = 0;

    for (int c = 0; c < N_COLUMNS; c++) {
        places[c] = -1;
        for (int f = record->n_fields - 1; f >= 0; f--) {
            if (is_named(&record->fields[f], column_names[c]))
                places[c] = f;
        }
        if (places[c] >= 0)
            n_found++;
        else
            missing = c;
    }
    if (n_found == 0) {
        if (record->n_fields != N_COLUMNS)
            die("the first line neither names the columns nor has eight fields; expected ", column_titles);
        for (int c = 0; c < N_COLUMNS; c++)
            places[c] = c;
        return false;
    }
    if (n_found < N_COLUMNS)
        die("the header has no column ", column_names[missing][0]);
    return true;
}

/* The server's reader takes a quote anywhere as the start of a quoted part: a stray one is written in quotes.
 */
static void
write_field(const Field *field)
{
    if (field->quoted || memchr(field->start, '"', field->length) == NULL) {
        fwrite(field->start, 1, field->length, stdout);
        return;
    }
    putchar('"');
    for (size_t i = 0; i < field->length; i++) {
        if (field->start[i] == '"')
            putchar('"');
        putchar(field->start[i]);
    }
    putchar('"');
}

static void
write_record(const Record *record, const int *places)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        write_field(&record->fields[places[c]]);
        putchar(c < N_COLUMNS - 1 ? ',' : '\n');
    }
}

typedef struct Counts {
    long good, ragged, first_ragged;
    bool has_header;
} Counts;

static void
read_records(const char *at, const char *end, FILE *ragged, Counts *counts)
{
    static Record record;
    int places[N_COLUMNS], n_fields = 0;

    for (long line = 1; at < end;) {
        const char *start = at;
        bool is_first;

        read_record(&record, start, end);
        at = record.end;
        is_first = n_fields == 0 && record.length > 0;
        if (is_first) {
            counts->has_header = read_header(&record, places);
            n_fields = record.n_fields;
        }
        if (record.length > 0 && !(is_first && counts->has_header)) {
            if (!record.malformed && record.n_fields == n_fields) {
                write_record(&record, places);
                counts->good++;
            } else {
                fwrite(start, 1, (size_t)(at - start), ragged);
                counts->first_ragged = counts->ragged++ == 0 ? line : counts->first_ragged;
            }
        }
        for (; start < at; start++)
            line += *start == '\n';
    }
}

int
main(int argc, char **argv)
{
    Counts counts = {0};
    size_t length;
    const char *text;
    FILE *ragged;
    bool has_mark;

    if (argc != 3)
        die("usage: csv_reader IN RAGGED", "");
    text = read_file(argv[1], &length);
    if ((ragged = fopen(argv[2], "wb")) == NULL)
        die("cannot write ", argv[2]);
    has_mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    read_records(has_mark ? text + 3 : text, text + length, ragged, &counts);
    if (fflush(stdout) != 0 || fclose(ragged) != 0)
        die("cannot write all output", "");
    fprintf(stderr, "%ld %ld %ld %s\n", counts.good, counts.ragged, counts.first_ragged,
            counts.has_header ? "header" : "no header");
    return 0;
}
