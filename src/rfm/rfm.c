/*
 * rfm.c - scores by rank and segments by grid.
 *
 * RFM analysis: Hughes, "Strategic Database Marketing" (1994). A customer's recency, frequency and monetary
 * value are each replaced by a class among all customers.
 *
 * Rule 'tie': score = 1 + floor(bins * (strictly worse) / n), in integers. Equal values always get equal
 * scores, and the order of rows has no influence; the price is that classes differ in size where many values
 * are equal (half of a shop's customers have ordered once). Hughes cuts into classes of equal size; rule
 * 'ntile' does that, and splits equal values by the order of rows.
 *
 * The 11-name grid resolves the widespread table of overlapping ranges into one name a cell; its second axis
 * is the mean of F and M, halves rounded up. The 10-name grid is the usual table over R and F.
 */
#include "rfm/rfm.h"

#include <string.h>

#define CHAMPIONS   "Champions"
#define LOYAL       "Loyal Customers"
#define POTENTIAL   "Potential Loyalists"
#define NEW         "New Customers"
#define PROMISING   "Promising"
#define ATTENTION   "Need Attention"
#define SLEEP       "About To Sleep"
#define AT_RISK     "At Risk"
#define CANNOT_LOSE "Cannot Lose Them"
#define HIBERNATING "Hibernating"
#define LOST        "Lost"

/* [map][r - 1][second axis - 1] */
static const char *const segment_grid[2][RFM_GRID][RFM_GRID] = {
    [RFM_MAP_SEG11] = {{LOST, HIBERNATING, AT_RISK, AT_RISK, CANNOT_LOSE},
                       {HIBERNATING, HIBERNATING, AT_RISK, AT_RISK, AT_RISK},
                       {SLEEP, SLEEP, ATTENTION, LOYAL, LOYAL},
                       {PROMISING, POTENTIAL, POTENTIAL, LOYAL, CHAMPIONS},
                       {NEW, POTENTIAL, POTENTIAL, CHAMPIONS, CHAMPIONS}},
    [RFM_MAP_SEG10] = {{HIBERNATING, HIBERNATING, AT_RISK, AT_RISK, CANNOT_LOSE},
                       {HIBERNATING, HIBERNATING, AT_RISK, AT_RISK, CANNOT_LOSE},
                       {SLEEP, SLEEP, ATTENTION, LOYAL, LOYAL},
                       {PROMISING, POTENTIAL, POTENTIAL, LOYAL, LOYAL},
                       {NEW, POTENTIAL, POTENTIAL, CHAMPIONS, CHAMPIONS}},
};

Status
rfm_rule_parse(const char *text, RfmRule *rule, Failure *failure)
{
    if (strcmp(text, "tie") == 0)
        *rule = RFM_RULE_TIE;
    else if (strcmp(text, "ntile") == 0)
        *rule = RFM_RULE_NTILE;
    else
        return fail(failure, STATUS_BAD_VALUE, "Use 'tie' (equal values share a score) or 'ntile'.",
                    "argument \"rule\" must be tie or ntile, not \"%.40s\"", text);
    return STATUS_SUCCESS;
}

Status
rfm_map_parse(const char *text, RfmMap *map, Failure *failure)
{
    if (strcmp(text, "seg11") == 0)
        *map = RFM_MAP_SEG11;
    else if (strcmp(text, "seg10") == 0)
        *map = RFM_MAP_SEG10;
    else
        return fail(failure, STATUS_BAD_VALUE, "Use 'seg11' (over R and the mean of F and M) or 'seg10'.",
                    "argument \"map\" must be seg11 or seg10, not \"%.40s\"", text);
    return STATUS_SUCCESS;
}

Status
rfm_bins_check(int bins, Failure *failure)
{
    if (bins < 1 || bins > RFM_MAX_BINS)
        return fail(failure, STATUS_BAD_VALUE, "Five classes are usual.",
                    "argument \"bins\" must be between 1 and %d, not %d", RFM_MAX_BINS, bins);
    return STATUS_SUCCESS;
}

int
rfm_score_tie(int bins, int64_t worse, int64_t n)
{
    return 1 + (int)(bins * worse / n);
}

int
rfm_score_ntile(int bins, int64_t position, int64_t n)
{
    /* The first n mod bins classes hold one row more than the rest. */
    int64_t size = n / bins, n_larger = n % bins, in_larger = n_larger * (size + 1);

    if (position < in_larger)
        return 1 + (int)(position / (size + 1));
    return 1 + (int)(n_larger + (position - in_larger) / size);
}

static Status
score_check(const char *argument, int score, Failure *failure)
{
    if (score >= 1 && score <= RFM_GRID)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, "The segment grids are made for scores in five classes.",
                "argument \"%s\" must be between 1 and %d, not %d", argument, RFM_GRID, score);
}

Status
rfm_segment_name(int r, int f, int m, RfmMap map, const char **name, Failure *failure)
{
    int second;

    RETURN_IF_FAILED(score_check("r", r, failure));
    RETURN_IF_FAILED(score_check("f", f, failure));
    RETURN_IF_FAILED(score_check("m", m, failure));
    second = map == RFM_MAP_SEG11 ? (f + m + 1) / 2 : f;
    *name = segment_grid[map][r - 1][second - 1];
    return STATUS_SUCCESS;
}
