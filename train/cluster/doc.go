// Package cluster says how well rows fall into clusters, whatever found them:
// the silhouette (Rousseeuw, 1987), the index of Davies and Bouldin (1979) and
// that of Caliński and Harabasz (1974).
package cluster
