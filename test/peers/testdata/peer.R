# Fits the R peers: a request in JSON on each line of the input, an answer on each line of the output. What a request holds is
# said in peer.py. The estimator is R code that sees x and y, or d with both.
# It gives the intercept and the coefficients, a list of them, a list of components, or a metric.
suppressPackageStartupMessages({library(jsonlite); library(glmnet)})

# Rounds to float32, as the engine's numbers are.
single <- function(x) readBin(writeBin(as.numeric(x), raw(), size = 4), "numeric", length(x), size = 4)

features <- function(frame, r) {
  columns <- lapply(unlist(r$numbers), function(name) {
    v <- single(frame[[name]])
    if (!r$scale) return(v)
    mean <- mean(v)
    single((single(v - single(mean))) / single(sqrt(mean((v - mean)^2))))
  })
  for (name in unlist(r$categories)) {
    columns <- c(columns, lapply(sort(unique(frame[[name]]), method = "radix"), function(k) as.numeric(frame[[name]] == k)))
  }
  x <- do.call(cbind, columns)
  colnames(x) <- paste0("x", seq_len(ncol(x)))
  x
}

answer <- function(r) {
  frame <- read.csv(r$train, check.names = FALSE, na.strings = c("", "N/A", "NA", "NaN", "null"))
  x <- features(frame, r)
  y <- frame[[r$target]]
  if (r$task == "classification") y <- match(y, sort(unique(y), method = "radix")) - 1
  d <- data.frame(y = y, x)
  fit <- eval(parse(text = r$fit))
  if (is.list(fit)) fit <- lapply(fit, as.numeric) else fit <- list(as.numeric(fit))
  switch(r$ask,
    coefficients = list(coefficients = lapply(unname(fit), function(k) k[-1]), intercepts = I(sapply(unname(fit), function(k) k[1]))),
    components = list(coefficients = unname(fit)),
    list(metric = unbox(fit[[1]])))
}

input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  result <- tryCatch(answer(fromJSON(line)), error = function(e) list(error = unbox(conditionMessage(e))))
  cat(toJSON(result, digits = NA), "\n", sep = "")
}
