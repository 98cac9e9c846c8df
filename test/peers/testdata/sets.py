"""Writes scikit-learn's own data sets as CSV: sets.py FOLDER.

A set has its features and then a column named target."""

import sys

from sklearn import datasets

for name in ["iris", "wine", "breast_cancer", "diabetes", "digits"]:
    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, "load_" + name)(as_frame=True, **options)
    frame = bunch.data.join(bunch.target.rename("target"))
    if name not in ("diabetes", "digits"):
        frame["target"] = bunch.target_names[frame["target"]]
    frame.to_csv(f"{sys.argv[1]}/{name}.csv", index=False, lineterminator="\n")
