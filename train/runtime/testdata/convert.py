"""Trains models with scikit-learn and XGBoost and converts them with skl2onnx and onnxmltools, for TestConverted.

    convert.py FILE.zip

writes NAME.onnx, and NAME.json with what the model is given and what scikit-learn's own predict and predict_proba make of
it. Made with scikit-learn 1.2.1, XGBoost 1.7.4, skl2onnx 1.19.1, onnxmltools 1.17.0 (before its release, at 0934091a) and onnx 1.12.0, to
which onnx.helper.np_dtype_to_tensor_dtype and tensor_dtype_to_np_dtype of later versions were added. Not run by the tests.
"""
import json
import sys
import zipfile

import numpy as np
import pandas as pd
from skl2onnx import convert_sklearn, to_onnx, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes, calculate_linear_regressor_output_shapes
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (AdaBoostClassifier, BaggingClassifier, ExtraTreesClassifier, GradientBoostingClassifier, GradientBoostingRegressor,
                              HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor,
                              StackingClassifier, VotingClassifier)
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (ElasticNet, LinearRegression, LogisticRegression, PoissonRegressor, RidgeClassifier, SGDClassifier)
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.decomposition import PCA
from sklearn.preprocessing import (Binarizer, KBinsDiscretizer, MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder, OrdinalEncoder, PolynomialFeatures,
                                   RobustScaler, StandardScaler)
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

ARCHIVE = zipfile.ZipFile(sys.argv[1], "w")
ROWS = 24


def plain(value):
    """What JSON has of an array: NaN is null."""
    value = np.asarray(value)
    if value.dtype.kind == "f":
        return [None if np.isnan(v) else float(v) for v in value.ravel()]
    return value.ravel().tolist()


def save(name, onx, feeds, model, given):
    out = {"feeds": {}, "predicted": plain(model.predict(given))}
    for key, v in feeds.items():
        v = np.asarray(v)
        out["feeds"][key] = {"dims": list(v.shape), "type": {"f": "float", "i": "int", "O": "string"}[v.dtype.kind], "data": plain(v)}
    if hasattr(model, "predict_proba"):
        out["probabilities"] = plain(model.predict_proba(given))
    elif hasattr(model, "decision_function"):
        out["decision"] = plain(model.decision_function(given))
    for ending, content in ((".onnx", onx.SerializeToString()), (".json", json.dumps(out, separators=(",", ":")))):
        ARCHIVE.writestr(zipfile.ZipInfo(name + ending), content, zipfile.ZIP_DEFLATED, 9)


def sets():
    """Data by name: features, target."""
    iris, cancer, diabetes = load_iris(return_X_y=True), load_breast_cancer(return_X_y=True), load_diabetes(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    return {"iris": iris, "species": (iris[0], names[iris[1]]), "cancer": (cancer[0][:, :6] , cancer[1]),
            "sick": (cancer[0][:, :6], np.where(cancer[1] == 0, "malignant", "benign")), "diabetes": diabetes}


def matrix(name, model, data, options=None, **kwargs):
    """A model of one matrix."""
    x, y = SETS[data]
    x = x.astype(np.float32)
    model.fit(x, y)
    given = x[np.random.RandomState(7).permutation(len(x))[:ROWS]]
    opts = {"zipmap": False} if hasattr(model, "classes_") and options is not False and "LinearSVC" not in str(model) else {}
    opts = {id(model): {**opts, **options}} if options else opts and {id(model): opts}
    onx = to_onnx(model, x[:1], options=opts or None, **kwargs)
    save(name, onx, {"X": given}, model, given)


def table():
    """Passengers of a ship that never was: numbers with gaps, texts, and who survived."""
    r = np.random.RandomState(3)
    n = 300
    age, fare = r.gamma(5, 7, n), r.lognormal(3, 1, n)
    sex, port, deck = r.choice(["female", "male"], n), r.choice(["C", "Q", "S"], n), r.choice(["1", "2", "3"], n)
    score = (sex == "female") * 2 + (deck == "1") - age / 30 + r.normal(0, .7, n)
    age[r.rand(n) < .2] = np.nan
    frame = pd.DataFrame({"age": age.astype(np.float32), "fare": fare.astype(np.float32), "sex": sex, "port": port, "deck": deck.astype(int)})
    return frame, np.where(score > .2, "yes", "no")


def columns(name, classifier, options=None, texts=None, y=None):
    """A pipeline of a column an input."""
    frame, target = table()
    if y is not None:
        target = y(target)
    steps = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["age", "fare"]),
        ("texts", texts or OneHotEncoder(handle_unknown="ignore"), ["sex", "port"]),
        ("whole", OneHotEncoder(handle_unknown="ignore"), ["deck"])])
    model = make_pipeline(steps, classifier).fit(frame, target)
    kinds = {"age": FloatTensorType, "fare": FloatTensorType, "sex": StringTensorType, "port": StringTensorType, "deck": Int64TensorType}
    given = frame[:ROWS].copy()
    given.loc[given.index[0], "port"] = "X" if texts is None else "S"
    onx = convert_sklearn(model, initial_types=[(k, t([None, 1])) for k, t in kinds.items()], options=options and {id(model): options})
    types = {FloatTensorType: np.float32, StringTensorType: object, Int64TensorType: np.int64}
    save(name, onx, {k: given[[k]].to_numpy().astype(types[t]) for k, t in kinds.items()}, model, given)


def scikit():
    lr = dict(max_iter=3000)
    for d in ["iris", "species", "cancer", "sick"]:
        matrix("logistic_" + d, LogisticRegression(**lr), d)
        matrix("tree_" + d, DecisionTreeClassifier(max_depth=3, random_state=0), d)
        matrix("boosting_" + d, GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=0), d)
        matrix("forest_" + d, RandomForestClassifier(n_estimators=4, max_depth=3, random_state=0), d)
        matrix("mlp_" + d, make_pipeline(StandardScaler(), MLPClassifier((5,), max_iter=300, random_state=0)), d)
        matrix("bayes_" + d, GaussianNB(), d)
        matrix("svc_" + d, make_pipeline(StandardScaler(), SVC(C=.3)), d)
        matrix("linear_svm_" + d, LinearSVC(max_iter=90000, random_state=0), d)
    for d in ["species", "cancer"]:
        matrix("logistic_zipmap_" + d, LogisticRegression(**lr), d, options=False)
        matrix("forest_zipmap_" + d, RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0), d, options=False)
        matrix("hist_" + d, HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=5), d)
        matrix("svc_probability_" + d, make_pipeline(StandardScaler(), SVC(C=.3, probability=True, random_state=0)), d)
        matrix("svc_poly_" + d, make_pipeline(StandardScaler(), SVC(kernel="poly", degree=2, C=.3)), d)
        matrix("sgd_" + d, make_pipeline(StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)), d)
        matrix("sgd_huber_" + d, make_pipeline(StandardScaler(), SGDClassifier(loss="modified_huber", random_state=0)), d)
        matrix("ridge_" + d, RidgeClassifier(), d)
        matrix("lda_" + d, LinearDiscriminantAnalysis(), d)
        matrix("qda_" + d, QuadraticDiscriminantAnalysis(), d)
        matrix("multinomial_bayes_" + d, MultinomialNB(), d)
        matrix("bernoulli_bayes_" + d, make_pipeline(StandardScaler(), BernoulliNB()), d)
        matrix("extra_trees_" + d, ExtraTreesClassifier(n_estimators=3, max_depth=3, random_state=0), d)
        matrix("adaboost_" + d, AdaBoostClassifier(n_estimators=3, random_state=0), d)
        matrix("bagging_" + d, BaggingClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=3, random_state=0), d)
        matrix("voting_" + d, VotingClassifier([("a", LogisticRegression(**lr)), ("b", DecisionTreeClassifier(max_depth=2))], voting="soft", flatten_transform=False), d)
        matrix("stacking_" + d, StackingClassifier([("a", LogisticRegression(**lr)), ("b", DecisionTreeClassifier(max_depth=2))], LogisticRegression()), d)
        matrix("calibrated_" + d, CalibratedClassifierCV(LogisticRegression(**lr), cv=2), d)
        matrix("isotonic_" + d, CalibratedClassifierCV(LogisticRegression(**lr), cv=2, method="isotonic"), d)
        matrix("logistic_ovr_" + d, LogisticRegression(multi_class="ovr", **lr), d)
        matrix("logistic_raw_" + d, LogisticRegression(**lr), d, options={"raw_scores": True})
        matrix("logistic_opset12_" + d, make_pipeline(StandardScaler(), LogisticRegression()), d, target_opset={"": 12, "ai.onnx.ml": 1})
        matrix("forest_ml3_" + d, RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0), d, target_opset={"": 17, "ai.onnx.ml": 3})
    prepared = {"poly": PolynomialFeatures(2), "minmax": MinMaxScaler(), "maxabs": MaxAbsScaler(), "robust": RobustScaler(), "normal": Normalizer(),
                "binary": Binarizer(threshold=3), "best": SelectKBest(k=2), "pca": PCA(2), "bins": KBinsDiscretizer(3, encode="onehot-dense")}
    for key, step in prepared.items():
        matrix("prepared_" + key, make_pipeline(step, DecisionTreeClassifier(max_depth=3, random_state=0)), "species")
    for key, model in {"linear": LinearRegression(), "elastic": ElasticNet(), "poisson": make_pipeline(StandardScaler(), PoissonRegressor()),
                       "tree": DecisionTreeRegressor(max_depth=3), "forest": RandomForestRegressor(n_estimators=4, max_depth=3, random_state=0),
                       "boosting": GradientBoostingRegressor(n_estimators=4, random_state=0), "hist": HistGradientBoostingRegressor(max_iter=4, max_leaf_nodes=5),
                       "mlp": MLPRegressor((5,), max_iter=300, random_state=0), "svr": make_pipeline(StandardScaler(), SVR(C=9)),
                       "linear_svr": LinearSVR(random_state=0)}.items():
        matrix("regression_" + key, model, "diabetes")
    columns("columns_logistic", LogisticRegression(), {"zipmap": False})
    columns("columns_zipmap", LogisticRegression())
    columns("columns_columns", RandomForestClassifier(n_estimators=4, max_depth=3, random_state=0), {"zipmap": "columns"})
    columns("columns_boosting", GradientBoostingClassifier(n_estimators=4, random_state=0), {"zipmap": False}, y=lambda y: (y == "yes").astype(int))
    columns("columns_mlp", MLPClassifier((4,), max_iter=300, random_state=0), {"zipmap": False})
    columns("columns_ordinal", DecisionTreeClassifier(max_depth=3, random_state=0), {"zipmap": False}, texts=OrdinalEncoder())


def boosters():
    from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
    from xgboost import XGBClassifier, XGBRegressor
    update_registered_converter(XGBClassifier, "XGBoostXGBClassifier", calculate_linear_classifier_output_shapes, convert_xgboost,
                                options={"nocl": [True, False], "zipmap": [True, False, "columns"]})
    update_registered_converter(XGBRegressor, "XGBoostXGBRegressor", calculate_linear_regressor_output_shapes, convert_xgboost)
    small = dict(n_estimators=5, max_depth=3, n_jobs=1)
    target = {"": 15, "ai.onnx.ml": 3}
    matrix("xgboost_iris", XGBClassifier(**small), "iris", target_opset=target)
    matrix("xgboost_cancer", XGBClassifier(**small), "cancer", target_opset=target)
    matrix("xgboost_regression", XGBRegressor(**small), "diabetes", options=False, target_opset=target)
    matrix("xgboost_poisson", XGBRegressor(objective="count:poisson", **small), "diabetes", options=False, target_opset=target)


SETS = sets()
scikit()
boosters()
ARCHIVE.close()
