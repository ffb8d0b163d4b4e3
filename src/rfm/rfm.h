/*
 * rfm.h - recency, frequency, monetary value: the arithmetic of scores and the names of segments.
 *
 * A score is 1 (worst) to `bins` (best). A segment's name comes from one of two grids over scores 1 to 5.
 */
#ifndef BI_ML_RFM_RFM_H
#define BI_ML_RFM_RFM_H

#include <stdint.h>

#include "kit/status.h"

/* A score finer than one in a thousand is a rank, not a class. */
#define RFM_MAX_BINS 1000

/* The grids have five rows and five columns. */
#define RFM_GRID 5

typedef enum RfmRule {
    RFM_RULE_TIE,  /* equal values share a score, classes may differ in size */
    RFM_RULE_NTILE /* classes of equal size, equal values may be split */
} RfmRule;

typedef enum RfmMap {
    RFM_MAP_SEG11, /* over R and the mean of F and M, 11 names */
    RFM_MAP_SEG10  /* over R and F, 10 names */
} RfmMap;

/* STATUS_BAD_VALUE names the argument and lists what may stand there. */
Status rfm_rule_parse(const char *text, RfmRule *rule, Failure *failure);
Status rfm_map_parse(const char *text, RfmMap *map, Failure *failure);
Status rfm_bins_check(int bins, Failure *failure);

/* The score of a value with `worse` strictly worse ones among n; 0 <= worse < n, 1 <= bins <= RFM_MAX_BINS.
 */
int rfm_score_tie(int bins, int64_t worse, int64_t n);

/* The class of the value at 0-based position `position`, worst first, among n, as SQL's ntile(bins) has it.
 */
int rfm_score_ntile(int bins, int64_t position, int64_t n);

/* The segment's name (static). Scores outside 1..5: STATUS_BAD_VALUE. */
Status rfm_segment_name(int r, int f, int m, RfmMap map, const char **name, Failure *failure);

#endif
