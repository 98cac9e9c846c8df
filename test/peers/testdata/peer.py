"""Fits the Python peers: a request in JSON on each line of the input, an answer on each line of the output.

A request names the files of the two parts, the columns, how they are encoded, an estimator as Python has it, and what is
asked about it. The encoding is the engine's, written anew: numbers first, in float32, then the categories."""

import json
import sys
import time
import traceback
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from sklearn import metrics
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (ExtraTreesClassifier, ExtraTreesRegressor, HistGradientBoostingClassifier,
                              HistGradientBoostingRegressor, IsolationForest, RandomForestClassifier, RandomForestRegressor)
from sklearn.linear_model import (ElasticNet, GammaRegressor, Lasso, LinearRegression, LogisticRegression, PoissonRegressor,
                                  Ridge, TweedieRegressor)
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestNeighbors
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

MISSING = ["", "N/A", "NA", "NaN", "null"]


class GLM:
    """statsmodels' generalised linear models behind scikit-learn's methods."""

    def __init__(self, family):
        self.family = family

    def fit(self, x, y):
        self.result = sm.GLM(y, sm.add_constant(x), family=self.family).fit(tol=1e-14, maxiter=300)
        self.intercept_, self.coef_ = self.result.params[0], self.result.params[1:]
        return self

    def predict(self, x):
        return self.result.predict(sm.add_constant(x))


def read(path, r):
    kinds = {r["target"]: str} if r["task"] in ("classification", "anomaly") else {}
    return pd.read_csv(path, dtype={**{c: np.float32 for c in r["numbers"]}, **{c: str for c in r["categories"]}, **kinds},
                       keep_default_na=False, na_values=MISSING)


def encode(train, test, r):
    """The features of both parts in float64, the engine's own float32 numbers."""
    parts = [], []
    if r["numbers"]:
        for part, frame in zip(parts, (train, test)):
            part.append(frame[r["numbers"]].to_numpy(np.float32))
        if r["scale"]:
            exact = parts[0][0].astype(float)
            mean, spread = exact.mean(axis=0).astype(np.float32), exact.std(axis=0).astype(np.float32)
            spread[spread == 0] = 1
            for part in parts:
                part[0] = (part[0] - mean) / spread
    if r["categories"]:
        one = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        code = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        encoder = (code if r["codes"] else one).fit(train[r["categories"]])
        for part, frame in zip(parts, (train, test)):
            part.append(encoder.transform(frame[r["categories"]]))
    return [np.hstack(part).astype(float) for part in parts]


def targets(train, test, r):
    if r["task"] == "classification":
        names = np.unique(train[r["target"]])
        return np.searchsorted(names, train[r["target"]]), np.searchsorted(names, test[r["target"]])
    if r["task"] == "anomaly":
        return None, test[r["target"]].isin(r["anomalies"]).to_numpy()
    if r["task"] == "regression":
        return train[r["target"]].to_numpy(float), test[r["target"]].to_numpy(float)
    return None, None


def measure(name, m, x, y):
    """A metric of the held-out rows by the peer's own tools."""
    match name:
        case "accuracy":
            return metrics.accuracy_score(y, m.predict(x))
        case "log_loss":
            return metrics.log_loss(y, m.predict_proba(x), labels=m.classes_)
        case "roc_auc":
            p = m.predict_proba(x)
            return metrics.roc_auc_score(y, p[:, 1] if p.shape[1] == 2 else p, multi_class="ovr")
        case "rmse":
            return metrics.mean_squared_error(y, m.predict(x), squared=False)
        case "mae":
            return metrics.mean_absolute_error(y, m.predict(x))
        case "r2":
            return metrics.r2_score(y, m.predict(x))
        case "poisson_deviance":
            return metrics.mean_poisson_deviance(y, m.predict(x))
        case "anomaly_auc":
            return metrics.roc_auc_score(y, -m.score_samples(x))
    return metrics.mean_pinball_loss(y, m.predict(x), alpha=float(name.removeprefix("pinball_")))


def scores(m, x, r):
    """What the engine calls scores, and the rows whose neighbours are not unique."""
    answer = {"scores": (m.predict_proba(x) if r["task"] == "classification" else m.predict(x).reshape(-1, 1)).tolist()}
    if hasattr(m, "kneighbors"):
        d, _ = m.kneighbors(x, m.n_neighbors + 1)
        answer["ambiguous"] = np.flatnonzero(d[:, -1] - d[:, -2] <= 1e-6 * d[:, -1]).tolist()
    return answer


def labels(m, x):
    """The cluster of each row, and all clusters with a core point in its neighbourhood: DBSCAN leaves open in which of them a
    row is that is no core point."""
    cores = m.core_sample_indices_
    near = NearestNeighbors(radius=m.eps).fit(x[cores]).radius_neighbors(x, return_distance=False)
    return {"labels": m.labels_.tolist(), "near": [sorted(set(m.labels_[cores[n]].tolist())) for n in near]}


def answer(r):
    train, test = read(r["train"], r), read(r["test"], r)
    (x, held), (y, truth) = encode(train, test, r), targets(train, test, r)
    m = eval(r["fit"]).fit(x, y)
    match r["ask"]:
        case "coefficients":
            return {"coefficients": np.atleast_2d(m.coef_).tolist(), "intercepts": np.atleast_1d(m.intercept_).tolist()}
        case "components":
            return {"coefficients": m.components_.tolist()}
        case "scores":
            return scores(m, held, r)
        case "labels":
            return labels(m, x)
        case "inertia":
            return {"metric": m.inertia_}
        case "log_likelihood":
            return {"metric": m.score(x)}
    return {"metric": measure(r["ask"], m, held, truth)}


warnings.simplefilter("ignore")
for line in sys.stdin:
    start = time.process_time()
    try:
        result = answer(json.loads(line))
    except Exception:
        result = {"error": traceback.format_exc()}
    print(json.dumps(result | {"seconds": time.process_time() - start}), flush=True)
