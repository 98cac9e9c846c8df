"""Fits one model with a Python library, and prints what the fit alone took and how good the model is.

Needs numpy, scikit-learn, pandas and, for that peer, xgboost: `hack/setup peers` installs Debian's.

    peer.py PEER KIND ROWS FOLDER THREADS

FOLDER has the files that data.go describes. With the peer "versions" it prints the versions of the libraries instead.
Imports are inside the functions, so that a process loads only what its case needs.
"""
import json
import pickle
import sys
import time

import numpy as np

WIDTH, TEST_ROWS = 28, 100_000


class Clock:
    """Times a block: CPU of all threads, and wall."""

    def __enter__(self):
        self.start = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_):
        self.cpu = time.process_time() - self.start[0]
        self.wall = time.perf_counter() - self.start[1]


def table(folder, part, rows, dtype):
    x = np.fromfile(f"{folder}/{part}.x.f32", "<f4", rows * WIDTH).reshape(rows, WIDTH)
    return x.astype(dtype, copy=False)


def labels(folder, part, rows):
    return np.fromfile(f"{folder}/{part}.label.u8", np.uint8, rows)


def values(folder, part, rows):
    return np.fromfile(f"{folder}/{part}.value.f32", "<f4", rows).astype(float)


def auc(y, p):
    """The same for scores in any scale; equal scores share their mean rank."""
    _, inverse, count = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]
    n1 = int((y == 1).sum())
    return (rank[y == 1].sum() - n1 * (n1 + 1) / 2) / (n1 * (len(y) - n1))


def log_loss(y, p):
    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))


def booster(peer, threads):
    """Returns fit(x, y) and score(model, x)."""
    if peer == "xgboost":
        import xgboost as xgb

        params = dict(objective="binary:logistic", tree_method="hist", grow_policy="lossguide", max_leaves=31,
                      max_depth=0, eta=0.1, max_bin=256, nthread=threads)
        return (lambda x, y: xgb.train(params, xgb.DMatrix(x, y, nthread=threads), 100),
                lambda m, x: m.predict(xgb.DMatrix(x, nthread=threads)))
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=31, learning_rate=0.1, max_bins=255,
                                           early_stopping=False)
    return model.fit, lambda m, x: m.predict_proba(x)[:, 1]


def classifier(kind, peer, threads):
    if kind == "boosting":
        return booster(peer, threads)
    if kind == "forest":
        from sklearn.ensemble import RandomForestClassifier

        model = RandomForestClassifier(100, n_jobs=threads, random_state=1)
    else:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1.0, max_iter=200)
    return model.fit, lambda m, x: m.predict_proba(x)[:, 1]


def fit_classifier(kind, peer, rows, folder, threads):
    dtype = np.float64 if kind == "logistic" else np.float32
    x, y = table(folder, "train", rows, dtype), labels(folder, "train", rows)
    fit, score = classifier(kind, peer, threads)
    with Clock() as clock:
        model = fit(x, y)
    y = labels(folder, "test", TEST_ROWS)
    p = score(model, table(folder, "test", TEST_ROWS, dtype))
    return clock, log_loss(y, p) if kind == "logistic" else auc(y, p)


def fit_ridge(_kind, _peer, rows, folder, _threads):
    from sklearn.linear_model import Ridge

    x, y = table(folder, "train", rows, np.float64), values(folder, "train", rows)
    with Clock() as clock:
        model = Ridge(alpha=1.0).fit(x, y)
    p = model.predict(table(folder, "test", TEST_ROWS, np.float64))
    return clock, np.sqrt(np.mean((p - values(folder, "test", TEST_ROWS)) ** 2))


def fit_kmeans(_kind, _peer, rows, folder, _threads):
    from sklearn.cluster import KMeans

    x = table(folder, "train", rows, np.float64)
    with Clock() as clock:
        model = KMeans(10, n_init=1, max_iter=50, tol=0, random_state=1).fit(x)
    return clock, model.inertia_ / rows


def fit_pca(_kind, _peer, rows, folder, _threads):
    from sklearn.decomposition import PCA

    x = table(folder, "train", rows, np.float64)
    with Clock() as clock:
        model = PCA(10, random_state=1).fit(x)
    return clock, model.explained_variance_ratio_.sum()


def read_csv(_kind, _peer, rows, folder, _threads):
    import pandas as pd

    with Clock() as clock:
        frame = pd.read_csv(f"{folder}/train-{rows}.csv")
    return clock, frame["f0"].mean()


def whole(kind, peer, rows, folder, threads):
    """What a script would do: read a CSV file, hold a fifth out, fit, write the model and the held-out predictions."""
    import pandas as pd
    from sklearn.model_selection import train_test_split

    with Clock() as clock:
        frame = pd.read_csv(f"{folder}/train-{rows}.csv")
        x, y = frame.drop(columns="label").to_numpy(), frame["label"].to_numpy()
        x, held, y, truth = train_test_split(x, y, test_size=0.2, stratify=y, random_state=1)
        if kind == "logistic":
            from sklearn.linear_model import LogisticRegression
            from sklearn.pipeline import make_pipeline
            from sklearn.preprocessing import StandardScaler

            model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=200))
            fit, score = model.fit, lambda m, x: m.predict_proba(x)[:, 1]
        else:
            fit, score = classifier(kind, peer, threads)
        model = fit(x, y)
        p = score(model, held)
        with open(f"{folder}/peer.model", "wb") as file:
            pickle.dump(model, file)
        pd.DataFrame({"label": truth, "score": p}).to_csv(f"{folder}/peer.csv", index=False)
    return clock, auc(truth, p)


FITS = {"boosting": fit_classifier, "forest": fit_classifier, "logistic": fit_classifier, "ridge": fit_ridge,
        "kmeans": fit_kmeans, "pca": fit_pca, "csv": read_csv}


def versions():
    out = {"python": sys.version.split()[0]}
    for name, module in (("numpy", "numpy"), ("scikit-learn", "sklearn"), ("xgboost", "xgboost"), ("pandas", "pandas")):
        try:
            out[name] = __import__(module).__version__
        except ImportError:
            pass
    return out


def main():
    if sys.argv[1] == "versions":
        print(json.dumps(versions()))
        return
    peer, kind, rows, folder, threads = sys.argv[1:6]
    run = whole if kind.startswith("whole-") else FITS[kind]
    clock, metric = run(kind.removeprefix("whole-"), peer, int(rows), folder, int(threads))
    print(json.dumps({"cpu": clock.cpu, "wall": clock.wall, "metric": float(metric)}))


if __name__ == "__main__":
    main()
