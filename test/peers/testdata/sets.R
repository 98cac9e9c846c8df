# Writes the data sets of R's packages as CSV: sets.R FOLDER.
folder <- commandArgs(TRUE)[1]
sets <- c(LetterRecognition = "mlbench", Satellite = "mlbench", Shuttle = "mlbench", diamonds = "ggplot2", ames = "modeldata")
for (name in names(sets)) {
  e <- new.env()
  data(list = name, package = sets[[name]], envir = e)
  file <- file(file.path(folder, paste0(name, ".csv")), "wb")
  write.csv(format(as.data.frame(e[[name]]), digits = 15, trim = TRUE), file, row.names = FALSE)
  close(file)
}
