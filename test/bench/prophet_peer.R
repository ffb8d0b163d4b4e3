# R's prophet: CPU seconds of the process and its children, the median of some runs after one that is not counted.
# usage: Rscript prophet_peer.R LONG.csv SHORT.csv            files of ds, y
#        Rscript prophet_peer.R --memory LONG.csv             a fit and a forecast with the history; the peak of private memory, in MB
suppressPackageStartupMessages(library(prophet))

read_series <- function(file) {
    series <- read.csv(file)
    series$ds <- as.POSIXct(series$ds, tz = "GMT")
    series
}

cpu_seconds <- function(runs, action) {
    used <- function() sum(proc.time()[c("user.self", "sys.self", "user.child", "sys.child")])
    action()
    median(sapply(seq_len(runs), function(run) {
        start <- used()
        action()
        used() - start
    }))
}

quietly <- function(...) suppressMessages(prophet(...))

report <- function(name, seconds) cat(sprintf("%s %.6f\n", name, seconds))

arguments <- commandArgs(trailingOnly = TRUE)
if (arguments[1] == "--memory") {
    model <- quietly(read_series(arguments[2]))
    forecast <- predict(model, make_future_dataframe(model, periods = 365))
    status <- readLines("/proc/self/status")
    kilobytes <- function(name) as.numeric(gsub("[^0-9]", "", grep(name, status, value = TRUE)))
    cat("memory", (kilobytes("^VmHWM") - kilobytes("^RssFile")) / 1024, "\n")
} else {
    long <- read_series(arguments[1])
    short <- read_series(arguments[2])
    capped <- cbind(long, cap = 1.2 * max(long$y))
    report("fit_long", cpu_seconds(5, function() quietly(long)))
    report("fit_short", cpu_seconds(15, function() quietly(short)))
    report("fit_multiplicative", cpu_seconds(3, function() quietly(long, seasonality.mode = "multiplicative")))
    report("fit_logistic", cpu_seconds(3, function() quietly(capped, growth = "logistic")))
    model <- quietly(long)
    future <- make_future_dataframe(model, periods = 365, include_history = FALSE)
    report("predict", cpu_seconds(3, function() predict(model, future)))
}
