"""Searches a grid with scikit-learn: a request in JSON on the input, the mean score of each candidate on the output.

The folds are the engine's own: a number for each row, -1 for one that is held out of the search."""

import json
import sys

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

r = json.load(sys.stdin)
frame = pd.read_csv(r["data"], dtype={r["target"]: str} if r["classes"] else {})
fold = np.array(r["folds"])
frame, fold = frame[fold >= 0], fold[fold >= 0]
x, y = frame.drop(columns=[r["target"], "id"]).to_numpy(np.float32).astype(float), frame[r["target"]]
search = GridSearchCV(make_pipeline(StandardScaler(), eval(r["estimator"])), {r["param"]: r["values"]}, scoring=r["scoring"],
                      cv=PredefinedSplit(fold), refit=False).fit(x, y)
print(json.dumps({"means": list(search.cv_results_["mean_test_score"]), "best": int(search.best_index_)}))
