# Writes models.csv and forecasts.csv of test/oracle/forecast: what R's forecast package makes of the generated series
# of series.csv, which make_forecast_cases.py writes first.
#
# usage: Rscript test/oracle/make_forecast_cases.R        (Debian: r-cran-forecast, version 8.20)
#
# models.csv     a row for each fitted model: ets() with the form given (call XYZ, d for damped) or chosen (ets_auto), and
#                thetaf (alpha, beta = drift). init and last_state: l, b, then the season newest first
# forecasts.csv  mean and 80 % band of each call; further calls: naive, snaive, rwf_drift, croston(alpha = 0.1)
# R's bands for ANA and MNA are wrong (gamma stands at the wrong lag); those are not to be matched.
suppressPackageStartupMessages(library(forecast))
stopifnot(packageVersion("forecast") == "8.20")
folder <- file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))), "forecast")
rows <- read.csv(file.path(folder, "series.csv"))
models <- list()
forecasts <- list()
text <- function(x) paste(format(x, digits = 15, trim = TRUE), collapse = " ")
number <- function(x) if (is.null(x) || is.na(x)) NA else signif(unname(x), 15)

keep_forecast <- function(name, call, f) {
    low <- if (is.null(f$lower)) NA else f$lower[, 1]
    high <- if (is.null(f$upper)) NA else f$upper[, 1]
    forecasts[[length(forecasts) + 1]] <<- data.frame(series = name, call = call, step = seq_along(f$mean),
        mean = signif(as.numeric(f$mean), 15), lo80 = signif(as.numeric(low), 15), hi80 = signif(as.numeric(high), 15))
}

keep_ets <- function(name, call, y, h, ...) {
    fit <- ets(y, opt.crit = "lik", bounds = "both", ...)
    p <- fit$par
    models[[length(models) + 1]] <<- data.frame(series = name, call = call, model = fit$method, alpha = number(p["alpha"]),
        beta = number(p["beta"]), gamma = number(p["gamma"]), phi = number(p["phi"]), loglik = number(fit$loglik),
        aicc = number(fit$aicc), sigma2 = number(fit$sigma2), init = text(fit$initstate), last_state = text(tail(fit$states, 1)))
    keep_forecast(name, call, forecast(fit, h, level = 80, simulate = FALSE))
}

for (name in unique(rows$series)) {
    mine <- rows[rows$series == name, ]
    m <- mine$frequency[1]
    y <- ts(mine$y, frequency = m)
    h <- if (m == 1) 10 else 2 * m
    if (mine$use[1] == "ar") next
    keep_forecast(name, "naive", naive(y, h, level = 80))
    keep_forecast(name, "rwf_drift", rwf(y, h, drift = TRUE, level = 80))
    if (m > 1) keep_forecast(name, "snaive", snaive(y, h, level = 80))
    if (mine$use[1] == "rare") {
        keep_forecast(name, "croston", croston(y, h, alpha = 0.1))
        next
    }
    seasons <- if (m == 1) "N" else "A"
    forms <- outer(c("AN", "AA", "AAd"), seasons, paste0)
    if (min(y) > 0) forms <- c(forms, outer(c("MN", "MA", "MAd"), if (m == 1) "N" else "M", paste0), if (m > 1) "MNA")
    if (m > 12) forms <- intersect(forms, c("ANA", "MNM"))
    for (form in forms)
        keep_ets(name, form, y, h, model = sub("d", "", form), damped = grepl("d", form))
    if (m <= 12) keep_ets(name, "ets_auto", y, h)
    # It takes every season for multiplicative, and divides by values below 0.
    if (m > 1 && min(y) <= 0) next
    theta <- thetaf(y, h, level = 80)
    keep_forecast(name, "thetaf", theta)
    models[[length(models) + 1]] <- data.frame(series = name, call = "thetaf", model = "Theta", alpha = number(theta$model$alpha),
        beta = number(theta$model$drift), gamma = NA, phi = NA, loglik = NA, aicc = NA, sigma2 = number(theta$model$sigma2),
        init = "", last_state = "")
}
write.csv(do.call(rbind, models), file.path(folder, "models.csv"), row.names = FALSE, quote = 3, na = "")
write.csv(do.call(rbind, forecasts), file.path(folder, "forecasts.csv"), row.names = FALSE, quote = FALSE, na = "")
