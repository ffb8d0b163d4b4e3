/*
 * input.c - a series as the methods see it, step by step.
 */
#include <math.h>

#include "forecast/grid.h"

const char *
forecast_note_text(ForecastNote note)
{
    static const char *const texts[] = {
        NULL, "gap", "missing", "duplicate", "closed day", "closed weekday", "outlier", "too old"};

    return texts[note];
}

static ForecastNote
note_of_unseen(const CellGrid *grid, const View *view, size_t t)
{
    return grid->daily && view->closed[t % WEEK] ? FORECAST_NOTE_CLOSED_WEEKDAY : FORECAST_NOTE_TOO_OLD;
}

Status
forecast_input(Env *env, const Series *series, const ForecastOptions *options, ForecastInput **rows,
               size_t *n, Failure *failure)
{
    CellGrid grid;
    View view;

    RETURN_IF_FAILED(forecast_options_check(options, failure));
    RETURN_IF_FAILED(cell_grid_build(env, series, options, &grid, failure));
    RETURN_IF_FAILED(view_build(env, &grid, options, grid.n, options->horizon, &view, failure));
    *n = grid.n + grid.lead;
    *rows = ENV_NEW(env, *n, ForecastInput);
    if (*rows == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < grid.n; t++) {
        bool given = grid.note[t] != FORECAST_NOTE_GAP;

        (*rows)[t] =
            (ForecastInput){grid.ds[t], given ? grid.y[t] : NAN, NAN, note_of_unseen(&grid, &view, t)};
    }
    for (size_t i = 0; i < view.train.n; i++) {
        (*rows)[view.cell[i]].value = view.train.y[i];
        (*rows)[view.cell[i]].note = (ForecastNote)view.note[i];
    }
    for (size_t t = grid.n; t < *n; t++)
        (*rows)[t] = (ForecastInput){grid.ds[t], NAN, NAN, FORECAST_NOTE_MISSING};
    return STATUS_SUCCESS;
}
