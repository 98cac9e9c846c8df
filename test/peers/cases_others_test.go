package peers

import (
	"fmt"

	"github.com/modelbuild/modelbuild/train/job"
)

func bayes() []*comparison {
	var all []*comparison
	for _, set := range []string{"iris", "wine", "breast_cancer", "digits", "Satellite", "LetterRecognition"} {
		all = append(all, &comparison{set: set, algorithm: "naive-bayes", in: python, fit: "GaussianNB()", ask: askScores})
	}
	return append(all,
		&comparison{set: "digits", algorithm: "naive-bayes", raw: true, params: job.Params{"distribution": "multinomial"}, in: python,
			fit: "MultinomialNB()", ask: askScores},
		&comparison{set: "digits", algorithm: "naive-bayes", raw: true, params: job.Params{"distribution": "bernoulli", "binarize": 8.0},
			in: python, fit: "BernoulliNB(binarize=8)", ask: askScores})
}

func neighbors() []*comparison {
	var all []*comparison
	for _, set := range []string{"iris", "wine", "breast_cancer", "digits", "Satellite", "LetterRecognition"} {
		all = append(all, &comparison{set: set, algorithm: "k-nearest-neighbors", in: python, fit: "KNeighborsClassifier()", ask: askScores})
	}
	return append(all,
		&comparison{set: "wine", algorithm: "k-nearest-neighbors", params: job.Params{"neighbors": 7, "weights": "distance"}, in: python,
			fit: "KNeighborsClassifier(7, weights='distance')", ask: askScores},
		&comparison{set: "digits", algorithm: "k-nearest-neighbors", params: job.Params{"metric": "manhattan"}, in: python,
			fit: "KNeighborsClassifier(metric='manhattan')", ask: askScores},
		&comparison{set: "diabetes", algorithm: "k-nearest-neighbors", in: python, fit: "KNeighborsRegressor()", ask: askScores},
		&comparison{set: "ames", algorithm: "k-nearest-neighbors", params: job.Params{"weights": "distance"}, in: python,
			fit: "KNeighborsRegressor(weights='distance')", ask: askScores})
}

func neural() []*comparison {
	var all []*comparison
	for _, c := range []struct {
		set          string
		folds, seeds int
	}{{"iris", 25, 1}, {"wine", 25, 1}, {"breast_cancer", 10, 1}, {"digits", 5, 2}} {
		all = append(all, &comparison{set: c.set, algorithm: "mlp", in: python, fit: "MLPClassifier(random_state=SEED)", ask: "accuracy",
			folds: c.folds, seeds: c.seeds})
	}
	return append(all, &comparison{set: "Satellite", algorithm: "mlp", params: job.Params{"hidden": "50", "epochs": 50}, in: python,
		fit: "MLPClassifier([50], max_iter=50, random_state=SEED)", ask: "accuracy", seeds: 4})
}

func clusters() []*comparison {
	var all []*comparison
	for set, k := range map[string]int{"iris": 3, "wine": 3, "breast_cancer": 2, "digits": 10, "Satellite": 6, "LetterRecognition": 26} {
		means := comparison{set: set, algorithm: "k-means", params: job.Params{"clusters": k}, ask: askInertia, seeds: 3}
		all = append(all, means.beside(python, fmt.Sprintf("KMeans(%d, n_init=10, random_state=SEED)", k)))
	}
	for _, c := range []struct {
		set, covariance string
		k               int
	}{{"iris", "full", 3}, {"wine", "diag", 3}, {"breast_cancer", "tied", 2}, {"Satellite", "full", 6}, {"digits", "spherical", 10}} {
		all = append(all, &comparison{set: c.set, algorithm: "gaussian-mixture", ask: askLikelihood, in: python,
			params: job.Params{"components": c.k, "covariance": c.covariance, "restarts": 5}, seeds: 2,
			fit: fmt.Sprintf("GaussianMixture(%d, covariance_type='%s', n_init=5, random_state=SEED)", c.k, c.covariance)})
	}
	for _, c := range []struct {
		set   string
		raw   bool
		eps   float64
		least int
	}{{"iris", false, 0.5, 5}, {"wine", false, 2.2, 6}, {"breast_cancer", false, 2.5, 8}, {"digits", true, 22, 5}, {"Satellite", true, 18, 10}} {
		all = append(all, &comparison{set: c.set, algorithm: "dbscan", raw: c.raw, ask: askLabels, in: python,
			params: job.Params{"eps": c.eps, "min_samples": c.least}, fit: fmt.Sprintf("DBSCAN(eps=%v, min_samples=%d)", c.eps, c.least)})
	}
	return append(all, &comparison{set: "iris", algorithm: "k-means", params: job.Params{"clusters": 3}, ask: askInertia, seeds: 3,
		in: rscript, fit: "{set.seed(SEED); kmeans(x, 3, nstart=10)$tot.withinss}"})
}

func decompositions() []*comparison {
	var all []*comparison
	for _, set := range []string{"iris", "wine", "breast_cancer", "digits", "Satellite", "LetterRecognition", "Shuttle"} {
		pca := comparison{set: set, algorithm: "pca", params: job.Params{"components": 3}, ask: askComponents}
		all = append(all, pca.beside(python, "PCA(3, svd_solver='full')"),
			&comparison{set: set, algorithm: "truncated-svd", params: job.Params{"components": 3}, raw: true, ask: askComponents, in: python,
				fit: "TruncatedSVD(3, algorithm='arpack', tol=1e-14)"})
		if set == "wine" || set == "Satellite" {
			all = append(all, pca.beside(rscript, "as.data.frame(prcomp(x, rank.=3)$rotation)"))
		}
	}
	return all
}

func isolation() []*comparison {
	var all []*comparison
	for _, c := range []struct {
		set       string
		anomalies []string
	}{{"Shuttle", []string{"Bypass", "Fpv.Close", "Fpv.Open", "Bpv.Close", "Bpv.Open"}}, {"Satellite", []string{"cotton crop"}}} {
		all = append(all, &comparison{set: c.set, algorithm: "isolation-forest", anomalies: c.anomalies, ask: "anomaly_auc", seeds: 5,
			in: python, fit: "IsolationForest(random_state=SEED)"})
	}
	return all
}
