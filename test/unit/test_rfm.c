/*
 * Unit tests of rfm/: scores and segment grids.
 *
 * Provenance: the edges of 4,334 real customers' order counts, computed with pandas (1,505 customers with one
 * order, 831 with two, 502 with three, 631 with four or five); ntile's rule is that of the SQL standard. The
 * fixture rfm_scores.csv holds segments from an independent program.
 */
#include <stdio.h>
#include <string.h>

#include "rfm/rfm.h"
#include "unit.h"

static void
test_tie(void)
{
    CHECK_EQUAL(rfm_score_tie(5, 0, 4334), 1);
    CHECK_EQUAL(rfm_score_tie(5, 1505, 4334), 2);
    CHECK_EQUAL(rfm_score_tie(5, 1505 + 831, 4334), 3);
    CHECK_EQUAL(rfm_score_tie(5, 1505 + 831 + 502, 4334), 4);
    CHECK_EQUAL(rfm_score_tie(5, 1505 + 831 + 502 + 631, 4334), 5);
    CHECK_EQUAL(rfm_score_tie(5, 0, 1), 1);
    CHECK_EQUAL(rfm_score_tie(RFM_MAX_BINS, 2147483645, 2147483646), RFM_MAX_BINS);
    /* 4 of 10 rows are worse: exactly on the edge of the third class, where floating point may slip. */
    CHECK_EQUAL(rfm_score_tie(5, 4, 10), 3);
}

static void
test_ntile(void)
{
    enum { BINS = 5, MAX_ROWS = 23 };

    for (int n = 1; n <= MAX_ROWS; n++) {
        int size[BINS + 1] = {0}, last = 1;

        for (int i = 0; i < n; i++) {
            int score = rfm_score_ntile(BINS, i, n);

            CHECK(score >= last && score <= BINS);
            last = score;
            size[score]++;
        }
        for (int bin = 1; bin <= BINS; bin++)
            CHECK_EQUAL(size[bin], n / BINS + (bin <= n % BINS));
    }
}

static const char *
name_of(int r, int f, int m, RfmMap map)
{
    const char *name = NULL;

    CHECK_STATUS(rfm_segment_name(r, f, m, map, &name, NULL), STATUS_SUCCESS);
    return name;
}

static void
test_segments(void)
{
    CHECK_TEXT(name_of(5, 5, 5, RFM_MAP_SEG11), "Champions");
    CHECK_TEXT(name_of(1, 5, 4, RFM_MAP_SEG11), "Cannot Lose Them"); /* 4.5 rounds up */
    CHECK_TEXT(name_of(1, 1, 1, RFM_MAP_SEG11), "Lost");
    CHECK_TEXT(name_of(5, 1, 1, RFM_MAP_SEG11), "New Customers");
    CHECK_TEXT(name_of(4, 4, 4, RFM_MAP_SEG11), "Loyal Customers");
    CHECK_TEXT(name_of(1, 1, 5, RFM_MAP_SEG10), "Hibernating");
    CHECK_TEXT(name_of(3, 3, 1, RFM_MAP_SEG10), "Need Attention");
    CHECK_TEXT(name_of(2, 5, 1, RFM_MAP_SEG10), "Cannot Lose Them");
}

static void
test_errors(void)
{
    Failure failure;
    const char *name = NULL;
    RfmMap map;
    RfmRule rule;

    CHECK_STATUS(rfm_segment_name(0, 5, 5, RFM_MAP_SEG11, &name, &failure), STATUS_BAD_VALUE);
    CHECK_TEXT(failure.message, "argument \"r\" must be between 1 and 5, not 0");
    CHECK_STATUS(rfm_segment_name(5, 6, 5, RFM_MAP_SEG11, &name, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(rfm_segment_name(5, 5, -1, RFM_MAP_SEG10, &name, &failure), STATUS_BAD_VALUE);
    CHECK(name == NULL);
    CHECK_STATUS(rfm_map_parse("seg12", &map, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(rfm_rule_parse("TIE", &rule, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(rfm_bins_check(0, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(rfm_bins_check(RFM_MAX_BINS, &failure), STATUS_SUCCESS);
}

static void
test_fixture(void)
{
    const char *folder = unit_fixtures();
    char path[1024], line[512], seg11[64], seg10[64];
    int r, f, m, n = 0, n_wrong = 0;
    FILE *file;

    if (folder == NULL) {
        printf("skipped: rfm_scores.csv is not here\n");
        return;
    }
    snprintf(path, sizeof(path), "%s/analytics/rfm_scores.csv", folder);
    file = fopen(path, "r");
    CHECK(file != NULL);
    if (file == NULL)
        return;
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%d,%d,%d,%*[^,],%63[^,],%63[^,],", &r, &f,
                   &m, seg11, seg10) != 5)
            continue; /* the header */
        n++;
        n_wrong += strcmp(name_of(r, f, m, RFM_MAP_SEG11), seg11) != 0;
        n_wrong += strcmp(name_of(r, f, m, RFM_MAP_SEG10), seg10) != 0;
    }
    fclose(file);
    CHECK(n > 2000);
    CHECK_EQUAL(n_wrong, 0);
}

int
main(void)
{
    unit_begin("rfm");
    test_tie();
    test_ntile();
    test_segments();
    test_errors();
    test_fixture();
    return unit_end();
}
