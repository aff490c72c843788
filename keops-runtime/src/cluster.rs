//! Clusters of points, and which of them are near: from clouds to [`Ranges`].
//!
//! A kernel that is small beyond a distance needs no pairs beyond it. Points are sorted by the cell of a
//! grid in which they lie, and two cells whose points are all too far from each other are left out:
//!
//! ```
//! use keops_runtime::cluster::{Clusters, near};
//! # fn main() -> keops_runtime::Result<()> {
//! let x: Vec<[f64; 2]> = (0..400).map(|k| [(k % 20) as f64 / 20.0, (k / 20) as f64 / 20.0]).collect();
//!
//! // Cells of size 0.1; the points of a cell stand together in `sorted`.
//! let clusters = Clusters::grid(&x, 0.1)?;
//! let sorted = clusters.sort(&x)?;
//!
//! // The pairs of clusters that hold points nearer than 0.3.
//! let ranges = near(&clusters, &sorted, &clusters, &sorted, 0.3)?;
//! assert!(ranges.pairs() < 400 * 400 / 2);
//!
//! // A Gaussian of width 0.05 over these pairs is the whole sum to within what is left out: 400 terms
//! // of at most exp(-0.3² / (2 · 0.05²)).
//! let k = |a: [f64; 2], b: [f64; 2]| {
//!     (-((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)) / (2.0 * 0.05 * 0.05)).exp()
//! };
//! let bound = 400.0 * (-0.3f64.powi(2) / (2.0 * 0.05 * 0.05)).exp();
//! // `gaussian(&sorted, &sorted).ranges(&ranges).run()?` gives what `near` is here; results go back to
//! // the order of `x` by `clusters.unsort`.
//! let dense: Vec<f64> = sorted.iter().map(|&a| sorted.iter().map(|&b| k(a, b)).sum()).collect();
//! let near: Vec<f64> = sorted
//!     .iter()
//!     .enumerate()
//!     .map(|(i, &a)| (0..400).filter(|&j| ranges.meets(i, j)).map(|j| k(a, sorted[j])).sum())
//!     .collect();
//! assert!(dense.iter().zip(&near).all(|(dense, near)| (dense - near).abs() <= bound));
//! assert_eq!(clusters.unsort(&sorted)?, x);
//! # Ok(())
//! # }
//! ```

mod tree;

use crate::error::{Error, ErrorKind, Result};
use crate::ranges::Ranges;
use crate::row::Real;
use tree::{Tree, distance};

/// Points in clusters: an order in which the points of a cluster stand together, and where each cluster
/// ends in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters {
    /// The number of the point at each place of the order.
    order: Vec<u32>,
    ends: Vec<usize>,
}

impl Clusters {
    /// The clusters that labels name, in ascending order of the labels; points of one cluster stay in
    /// their order. Labels without points are no clusters.
    ///
    /// ```
    /// use keops_runtime::cluster::Clusters;
    ///
    /// let clusters = Clusters::of_labels(&[7, 2, 7, 2, 9])?;
    /// assert_eq!(clusters.sort(&['a', 'b', 'c', 'd', 'e'])?, ['b', 'd', 'a', 'c', 'e']);
    /// assert_eq!(clusters.ends(), [2, 4, 5]);
    /// # Ok::<(), keops_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There are more than 2³¹ − 1 points.
    pub fn of_labels(labels: &[u32]) -> Result<Clusters> {
        Clusters::by_key(labels.len(), |point| labels[point])
    }

    /// The points of one cell of a grid with cells of `size` in every dimension (a voxel) are a
    /// cluster; cells ascend, the last coordinate running fastest.
    ///
    /// # Errors
    ///
    /// The size is not positive and finite, a coordinate is not finite, or a cell has a number beyond
    /// ±2⁵³: the size is too small for the points. There are more than 2³¹ − 1 points.
    pub fn grid<T: Real, const D: usize>(points: &[[T; D]], size: T) -> Result<Clusters> {
        let size = size.to_f64();
        if !(size > 0.0 && size.is_finite()) {
            let message = format!("the size of a cell is {size:?}: it is a positive number");
            return Err(Error::new(ErrorKind::Option, message));
        }
        let mut cells = Vec::with_capacity(points.len());
        for (number, point) in points.iter().enumerate() {
            let cell = point.map(|coordinate| (coordinate.to_f64() / size).floor());
            if !cell.iter().all(|cell| cell.abs() <= (1u64 << 53) as f64) {
                let message = format!(
                    "point {number} is in no cell of size {size:?}: a coordinate is not finite, or too \
                     large for cells so small"
                );
                return Err(Error::new(ErrorKind::Size, message));
            }
            cells.push(cell.map(|cell| cell as i64));
        }
        Clusters::by_key(points.len(), |point| cells[point])
    }

    fn by_key<K: Ord>(count: usize, key: impl Fn(usize) -> K) -> Result<Clusters> {
        if i32::try_from(count).is_err() {
            return Err(Error::size("points", count));
        }
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_by_key(|&point| key(point as usize));
        let mut ends = Vec::new();
        for place in 1..=count {
            if place == count || key(order[place - 1] as usize) != key(order[place] as usize) {
                ends.push(place);
            }
        }
        Ok(Clusters { order, ends })
    }

    /// How many clusters there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none: there are no points.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where each cluster ends in the sorted order: what [`Ranges::from_mask`] takes.
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// The number of the point at each place of the sorted order.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Rows in the order of the clusters.
    ///
    /// # Errors
    ///
    /// There is not one row for each point.
    pub fn sort<A: Clone>(&self, rows: &[A]) -> Result<Vec<A>> {
        self.check(rows.len())?;
        let row = |&point: &u32| rows[point as usize].clone();
        Ok(self.order.iter().map(row).collect())
    }

    /// Rows in the order of the clusters, back in the order of the points: what undoes
    /// [`sort`](Clusters::sort).
    ///
    /// # Errors
    ///
    /// There is not one row for each point.
    pub fn unsort<A: Clone>(&self, rows: &[A]) -> Result<Vec<A>> {
        self.check(rows.len())?;
        let mut all = rows.to_vec();
        for (row, &point) in rows.iter().zip(&self.order) {
            all[point as usize] = row.clone();
        }
        Ok(all)
    }

    /// The mean of the points of each cluster; the points are in sorted order.
    ///
    /// # Errors
    ///
    /// There is not one point for each that was clustered.
    pub fn centroids<T: Real, const D: usize>(&self, sorted: &[[T; D]]) -> Result<Vec<[T; D]>> {
        let means = self.means(sorted, |_| 1.0)?;
        Ok(means
            .into_iter()
            .map(|mean| mean.map(T::from_f64))
            .collect())
    }

    /// The mean of the points of each cluster by weight, Σ w x / Σ w, both in sorted order. The
    /// centroid of a cluster whose weights sum to 0 is NaN.
    ///
    /// # Errors
    ///
    /// There is not one point and one weight for each that was clustered.
    pub fn weighted_centroids<T: Real, const D: usize>(
        &self,
        sorted: &[[T; D]],
        weights: &[T],
    ) -> Result<Vec<[T; D]>> {
        self.check(weights.len())?;
        let means = self.means(sorted, |place| weights[place].to_f64())?;
        Ok(means
            .into_iter()
            .map(|mean| mean.map(T::from_f64))
            .collect())
    }

    fn means<T: Real, const D: usize>(
        &self,
        sorted: &[[T; D]],
        weight: impl Fn(usize) -> f64,
    ) -> Result<Vec<[f64; D]>> {
        self.check(sorted.len())?;
        let mut start = 0;
        let mean = |&end: &usize| {
            let (mut sum, mut mass) = ([0.0; D], 0.0);
            for (place, point) in (start..end).zip(&sorted[start..end]) {
                let w = weight(place);
                mass += w;
                for (sum, x) in sum.iter_mut().zip(point) {
                    *sum += w * x.to_f64();
                }
            }
            start = end;
            sum.map(|sum| sum / mass)
        };
        Ok(self.ends.iter().map(mean).collect())
    }

    /// How far the farthest point of each cluster is from its centre; the points are in sorted order.
    ///
    /// # Errors
    ///
    /// There is not one point for each that was clustered, or not one centre for each cluster.
    pub fn radii<T: Real, const D: usize>(
        &self,
        sorted: &[[T; D]],
        centres: &[[T; D]],
    ) -> Result<Vec<f64>> {
        self.check(sorted.len())?;
        if centres.len() != self.len() {
            let (found, expected) = (centres.len(), self.len());
            let message = format!("{found} centres for {expected} clusters");
            return Err(Error::new(ErrorKind::Rows, message));
        }
        let centres: Vec<[f64; D]> = centres.iter().map(|&centre| double(centre)).collect();
        Ok(self.reach(sorted, &centres))
    }

    /// How far the farthest point of each cluster is from its centre.
    fn reach<T: Real, const D: usize>(&self, sorted: &[[T; D]], centres: &[[f64; D]]) -> Vec<f64> {
        let mut start = 0;
        let radius = |(&end, centre): (&usize, &[f64; D])| {
            let points = &sorted[start..end];
            start = end;
            let far = points.iter().map(|&point| distance(&double(point), centre));
            far.fold(0.0, f64::max)
        };
        self.ends.iter().zip(centres).map(radius).collect()
    }

    fn check(&self, rows: usize) -> Result<()> {
        if rows == self.order.len() {
            return Ok(());
        }
        let message = format!(
            "the clusters are of {} points, and there are {rows} rows",
            self.order.len()
        );
        Err(Error::new(ErrorKind::Rows, message))
    }
}

/// The pairs of clusters for which `keep` holds of their numbers, as ranges over the sorted points.
///
/// ```
/// use keops_runtime::cluster::{Clusters, pairs};
///
/// let clusters = Clusters::of_labels(&[0, 0, 1, 2])?;
/// let ranges = pairs(&clusters, &clusters, |a, b| a == b)?;
/// assert_eq!(ranges.pairs(), 4 + 1 + 1);
/// # Ok::<(), keops_runtime::Error>(())
/// ```
///
/// Every pair of clusters is asked for once. Where they are too many for that, and what is kept is what
/// is near, [`near`] does not look at most of them.
///
/// # Errors
///
/// The ranges take too much memory: see [`Ranges`].
pub fn pairs(i: &Clusters, j: &Clusters, keep: impl Fn(usize, usize) -> bool) -> Result<Ranges> {
    Ranges::of_clusters(i.ends(), j.ends(), |a, met| {
        met.extend((0..j.len()).filter(|&b| keep(a, b)));
    })
}

/// The pairs of clusters that may hold points no farther from each other than a distance, as ranges over
/// the sorted points: those whose centroids are within it and the radii of the clusters. Every pair of
/// points that is so near is in them.
///
/// Its time grows with the clusters and the pairs that are found, not with all pairs of clusters.
///
/// # Errors
///
/// There is not one point for each that was clustered; the distance is NaN; the ranges take too much
/// memory: see [`Ranges`].
pub fn near<T: Real, const D: usize>(
    i: &Clusters,
    sorted_i: &[[T; D]],
    j: &Clusters,
    sorted_j: &[[T; D]],
    distance: T,
) -> Result<Ranges> {
    let limit = distance.to_f64();
    if limit.is_nan() {
        let message = "`near`: the distance is NaN: it is a number, or infinite";
        return Err(Error::new(ErrorKind::Option, message));
    }
    let (centres_i, centres_j) = (i.means(sorted_i, |_| 1.0)?, j.means(sorted_j, |_| 1.0)?);
    let (radii_i, radii_j) = (i.reach(sorted_i, &centres_i), j.reach(sorted_j, &centres_j));
    let tree = Tree::new(&centres_j, &radii_j);
    Ranges::of_clusters(i.ends(), j.ends(), |a, met| {
        let within = |between: f64, radius: f64| {
            // What rounding may take from the distances, and NaN, is kept.
            let least = (between - radii_i[a] - radius) - 1e-6 * between;
            least <= limit || least.is_nan()
        };
        tree.near(&centres_i[a], within, met);
    })
}

/// The same point in `f64`.
fn double<T: Real, const D: usize>(point: [T; D]) -> [f64; D] {
    point.map(|x| x.to_f64())
}

#[cfg(test)]
mod tests;
