/*
 * severity.c - the calibrated rule from robust z and score quantile to severity.
 *
 * The thresholds were calibrated on planted anomalies in daily metrics of a shop (doc/anomaly.md).
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>

/* A share of days is a ratio of counts; its rounding must not decide. */
#define ROUNDING 1e-12

typedef struct Rule {
    AnomalySeverity severity;
    double min_abs_z;
    double share; /* of the days, from the top score down */
} Rule;

AnomalySeverity
anomaly_severity(double z, double quantile, size_t n)
{
    static const Rule rules[] = {{ANOMALY_CRITICAL, 8, 0.01},
                                 {ANOMALY_HIGH, 5, 0.03},
                                 {ANOMALY_MEDIUM, 3.5, 0.05},
                                 {ANOMALY_LOW, 3, 0.10}};

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        double share = n > 0 ? fmax(rules[i].share, 2 / (double)n) : rules[i].share;

        if (fabs(z) >= rules[i].min_abs_z && quantile >= 1 - share - ROUNDING)
            return rules[i].severity;
    }
    return ANOMALY_NONE;
}
