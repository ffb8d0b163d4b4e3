/*
 * rows.c - the further columns that a model reads: checks of their values, cap and floor.
 */
#include <math.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

static Status
fail_value(const ProphetModel *model, const Series *rows, size_t column, size_t i, const char *rule,
           const char *hint, Failure *failure)
{
    char moment[CIVIL_TEXT];

    civil_format(rows->ds[i], moment);
    if (isnan(rows->columns[column][i]))
        return fail(failure, STATUS_BAD_DATA, "Every row needs a value, those without y too.",
                    "column \"%s\" has no value at %s", model->column_names[column], moment);
    return fail(failure, STATUS_BAD_DATA, hint, "column \"%s\" must be %s, not %g at %s",
                model->column_names[column], rule, rows->columns[column][i], moment);
}

static Status
check_condition(const ProphetModel *model, const Series *rows, size_t column, Failure *failure)
{
    const double *x = rows->columns[column];

    for (size_t i = 0; i < rows->n; i++) {
        if (x[i] != 0 && x[i] != 1)
            return fail_value(model, rows, column, i, "0 or 1", "Cast a boolean to int.", failure);
    }
    return STATUS_SUCCESS;
}

static Status
check_regressor(const ProphetModel *model, const Series *rows, const ProphetComponent *component,
                Failure *failure)
{
    const double *x = rows->columns[component->column];

    for (size_t i = 0; i < rows->n; i++) {
        /* Not above the square root of MODERATE's: the Gram matrix squares it. */
        if (!(fabs((x[i] - component->mean) / component->sd) <= MODERATE))
            return fail_value(model, rows, component->column, i, "a finite number of ordinary size",
                              "Bring the regressor to another unit.", failure);
    }
    return STATUS_SUCCESS;
}

static Status
check_bounds(const ProphetModel *model, const Series *rows, Failure *failure)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (model->floor_column != PROPHET_NO_COLUMN && !isfinite(rows->columns[model->floor_column][i]))
            return fail_value(model, rows, model->floor_column, i, "finite", "It is the floor.", failure);
        if (!isfinite(rows->columns[model->cap_column][i]))
            return fail_value(model, rows, model->cap_column, i, "finite", "It is the cap.", failure);
        if (!(row_cap(model, rows, i) > 0 && row_cap(model, rows, i) <= MODERATE))
            return fail_value(model, rows, model->cap_column, i, "above the floor and within reach of y",
                              "Each row has a cap of its own; without a column floor the floor is 0.",
                              failure);
    }
    return STATUS_SUCCESS;
}

Status
rows_check(const ProphetModel *model, const Series *rows, Failure *failure)
{
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        if (component->kind == PROPHET_REGRESSOR)
            RETURN_IF_FAILED(check_regressor(model, rows, component, failure));
        else if (component->column != PROPHET_NO_COLUMN)
            RETURN_IF_FAILED(check_condition(model, rows, component->column, failure));
    }
    return model->growth == PROPHET_LOGISTIC ? check_bounds(model, rows, failure) : STATUS_SUCCESS;
}

double
row_floor(const ProphetModel *model, const Series *rows, size_t i)
{
    return model->floor_column != PROPHET_NO_COLUMN ? rows->columns[model->floor_column][i] : model->floor;
}

double
row_cap(const ProphetModel *model, const Series *rows, size_t i)
{
    if (model->growth != PROPHET_LOGISTIC)
        return NAN;
    return (rows->columns[model->cap_column][i] - row_floor(model, rows, i)) / model->y_scale;
}
