"""Fits one model with a Python library, and prints what the fit alone took and how good the model is.

Needs numpy, scikit-learn, pandas and, for that peer, xgboost: `hack/setup peers` installs Debian's.

    peer.py PEER KIND ROWS COLUMNS PREFIX THREADS

PREFIX is what the paths of the files that data.go describes begin with. With the peer "versions" it prints the versions of the libraries instead.
Imports are inside the functions, so that a process loads only what its case needs.
"""
import json
import pickle
import sys
import time

import numpy as np

KNN_QUERIES = 10_000


class Clock:
    """Times a block: CPU of all threads, and wall."""

    def __enter__(self):
        self.start = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_):
        self.cpu = time.process_time() - self.start[0]
        self.wall = time.perf_counter() - self.start[1]


class Data:
    """Files of one width."""

    def __init__(self, prefix, columns):
        self.prefix, self.columns = prefix, columns

    def table(self, part, rows, dtype):
        """The first rows of a part, or all where rows is -1."""
        count = rows * self.columns if rows >= 0 else -1
        x = np.fromfile(f"{self.prefix}{part}.x.f32", "<f4", count).reshape(-1, self.columns)
        return x.astype(dtype, copy=False)

    def labels(self, part, rows):
        return np.fromfile(f"{self.prefix}{part}.label.u8", np.uint8, rows)

    def values(self, part, rows):
        return np.fromfile(f"{self.prefix}{part}.value.f32", "<f4", rows).astype(float)


def auc(y, p):
    """The same for scores in any scale; equal scores share their mean rank."""
    _, inverse, count = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]
    n1 = int((y == 1).sum())
    return (rank[y == 1].sum() - n1 * (n1 + 1) / 2) / (n1 * (len(y) - n1))


def log_loss(y, p):
    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))


def booster(peer, threads, classes=True):
    """Returns fit(x, y) and score(model, x)."""
    if peer == "xgboost":
        import xgboost as xgb

        params = dict(objective="binary:logistic" if classes else "reg:squarederror", tree_method="hist",
                      grow_policy="lossguide", max_leaves=31, max_depth=0, eta=0.1, max_bin=256, nthread=threads)
        return (lambda x, y: xgb.train(params, xgb.DMatrix(x, y, nthread=threads), 100),
                lambda m, x: m.predict(xgb.DMatrix(x, nthread=threads)))
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(max_iter=100, max_leaf_nodes=31, learning_rate=0.1, max_bins=255, early_stopping=False)
    return model.fit, lambda m, x: m.predict_proba(x)[:, 1] if classes else m.predict(x)


def classifier(kind, peer, threads):
    if kind in ("boosting", "flights"):
        return booster(peer, threads)
    if kind == "forest":
        from sklearn.ensemble import RandomForestClassifier

        model = RandomForestClassifier(100, n_jobs=threads, random_state=1)
    elif kind == "knn":
        from sklearn.neighbors import KNeighborsClassifier

        model = KNeighborsClassifier(5, n_jobs=threads)
    else:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1.0, max_iter=200)
    return model.fit, lambda m, x: m.predict_proba(x)[:, 1]


def fit_classifier(kind, peer, rows, data, threads):
    dtype = np.float64 if kind in ("logistic", "knn") else np.float32
    x, y = data.table("train", rows, dtype), data.labels("train", rows)
    fit, score = classifier(kind, peer, threads)
    with Clock() as clock:
        model = fit(x, y)
    p = score(model, data.table("test", -1, dtype))
    y = data.labels("test", -1)
    return clock, log_loss(y, p) if kind == "logistic" else auc(y, p)


def fit_knn(kind, peer, rows, data, threads):
    """Predictions count: they are all that nearest neighbours do."""
    x, y = data.table("train", rows, np.float64), data.labels("train", rows)
    test = data.table("test", KNN_QUERIES, np.float64)
    fit, score = classifier(kind, peer, threads)
    with Clock() as clock:
        p = score(fit(x, y), test)
    return clock, auc(data.labels("test", KNN_QUERIES), p)


def fit_ridge(_kind, _peer, rows, data, _threads):
    from sklearn.linear_model import Ridge

    x, y = data.table("train", rows, np.float64), data.values("train", rows)
    with Clock() as clock:
        model = Ridge(alpha=1.0).fit(x, y)
    p = model.predict(data.table("test", -1, np.float64))
    return clock, np.sqrt(np.mean((p - data.values("test", -1)) ** 2))


def fit_kmeans(_kind, _peer, rows, data, _threads):
    from sklearn.cluster import KMeans

    x = data.table("train", rows, np.float64)
    with Clock() as clock:
        model = KMeans(10, n_init=1, max_iter=50, tol=0, random_state=1).fit(x)
    return clock, model.inertia_ / rows


def fit_pca(_kind, _peer, rows, data, _threads):
    from sklearn.decomposition import PCA

    x = data.table("train", rows, np.float64)
    with Clock() as clock:
        model = PCA(10, random_state=1).fit(x)
    return clock, model.explained_variance_ratio_.sum()


def sweep(_kind, _peer, rows, data, _threads):
    """A grid over five folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = data.table("train", rows, np.float64), data.labels("train", rows)
    search = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression(max_iter=200)), {"logisticregression__C": [100, 10, 1, 0.1, 0.01]},
                          scoring="neg_log_loss", cv=StratifiedKFold(5, shuffle=True, random_state=1), refit=False)
    with Clock() as clock:
        search.fit(x, y)
    return clock, -search.best_score_


def read_csv(kind, _peer, rows, data, _threads):
    """The table that others read from Parquet is read from CSV: Debian's pandas has no reader of Parquet."""
    import pandas as pd

    with Clock() as clock:
        frame = pd.read_csv(f"{data.prefix}train-{rows}.csv")
    return clock, frame["delay" if kind == "parquet" else "f0"].mean()


def flight_numbers(frame):
    """The six numbers of flights.go, and the delay."""
    date, x = frame["date"].dt, np.empty((len(frame), 6), np.float32)
    for j, column in enumerate((date.hour * 60 + date.minute, date.weekday, date.dayofyear, frame["distance"],
                                frame["origin"].astype("category").cat.codes,
                                frame["destination"].astype("category").cat.codes)):
        x[:, j] = column
    return x, frame["delay"].to_numpy(np.float32)


def whole(kind, peer, rows, data, threads):
    """What a script would do: read a file, hold a fifth out, fit, write the model and the held-out predictions."""
    import pandas as pd
    from sklearn.model_selection import train_test_split

    flights = kind == "flights"
    with Clock() as clock:
        if flights:
            x, y = flight_numbers(pd.read_csv(f"{data.prefix}train-{rows}.csv", parse_dates=["date"]))
        else:
            frame = pd.read_csv(f"{data.prefix}train-{rows}.csv")
            x, y = frame.drop(columns="label").to_numpy(), frame["label"].to_numpy()
            del frame
        x, held, y, truth = train_test_split(x, y, test_size=0.2, stratify=None if flights else y, random_state=1)
        if kind == "logistic":
            from sklearn.linear_model import LogisticRegression
            from sklearn.pipeline import make_pipeline
            from sklearn.preprocessing import StandardScaler

            model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=200))
            fit, score = model.fit, lambda m, x: m.predict_proba(x)[:, 1]
        else:
            fit, score = booster(peer, threads, classes=not flights)
        model = fit(x, y)
        p = score(model, held)
        with open(f"{data.prefix}peer.model", "wb") as file:
            pickle.dump(model, file)
        pd.DataFrame({"label": truth, "score": p}).to_csv(f"{data.prefix}peer.csv", index=False)
    return clock, np.sqrt(np.mean((p - truth) ** 2)) if flights else auc(truth, p)


FITS = {"boosting": fit_classifier, "flights": fit_classifier, "forest": fit_classifier, "logistic": fit_classifier,
        "knn": fit_knn, "ridge": fit_ridge, "kmeans": fit_kmeans, "sweep": sweep, "pca": fit_pca, "csv": read_csv, "parquet": read_csv}


def versions():
    """Also of the BLAS, as NumPy uses whichever the system has: the reference one is several times slower."""
    out = {"python": sys.version.split()[0]}
    for name, module in (("numpy", "numpy"), ("scikit-learn", "sklearn"), ("xgboost", "xgboost"), ("pandas", "pandas")):
        try:
            out[name] = __import__(module).__version__
        except ImportError:
            pass
    import threadpoolctl

    for lib in threadpoolctl.threadpool_info():
        if lib["user_api"] == "blas":
            out["blas"] = f"{lib['internal_api']} {lib['version']} {lib.get('architecture', '')}".strip()
    return out


def main():
    if sys.argv[1] == "versions":
        print(json.dumps(versions()))
        return
    peer, kind, rows, columns, prefix, threads = sys.argv[1:7]
    run = whole if kind.startswith("whole-") else FITS[kind]
    clock, metric = run(kind.removeprefix("whole-"), peer, int(rows), Data(prefix, int(columns)), int(threads))
    print(json.dumps({"cpu": clock.cpu, "wall": clock.wall, "metric": float(metric)}))


if __name__ == "__main__":
    main()
