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

use crate::error::{Error, ErrorKind, Result};
use crate::ranges::Ranges;
use crate::row::Real;

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
            let message = format!("the size of a cell is {size}: it is a positive number");
            return Err(Error::new(ErrorKind::Option, message));
        }
        let mut cells = Vec::with_capacity(points.len());
        for (number, point) in points.iter().enumerate() {
            let cell = point.map(|coordinate| (coordinate.to_f64() / size).floor());
            if !cell.iter().all(|cell| cell.abs() <= (1u64 << 53) as f64) {
                let message = format!(
                    "point {number} is in no cell of size {size}: a coordinate is not finite or \
                     too large"
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
        self.means(sorted, |_| 1.0)
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
        self.means(sorted, |place| weights[place].to_f64())
    }

    fn means<T: Real, const D: usize>(
        &self,
        sorted: &[[T; D]],
        weight: impl Fn(usize) -> f64,
    ) -> Result<Vec<[T; D]>> {
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
            sum.map(|sum| T::from_f64(sum / mass))
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
        let mut start = 0;
        let radius = |(&end, centre): (&usize, &[T; D])| {
            let points = &sorted[start..end];
            start = end;
            let far = points.iter().map(|point| distance(point, centre));
            far.fold(0.0, f64::max)
        };
        Ok(self.ends.iter().zip(centres).map(radius).collect())
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
/// # Errors
///
/// As of [`Ranges::from_mask`].
pub fn pairs(i: &Clusters, j: &Clusters, keep: impl Fn(usize, usize) -> bool) -> Result<Ranges> {
    let mask: Vec<bool> = (0..i.len())
        .flat_map(|a| (0..j.len()).map(move |b| (a, b)))
        .map(|(a, b)| keep(a, b))
        .collect();
    Ranges::from_mask(i.ends(), j.ends(), &mask)
}

/// The pairs of clusters that may hold points nearer than a distance, as ranges over the sorted
/// points: those whose centroids are nearer than it by no more than the radii of the clusters. Every
/// pair of points that is nearer than `distance` is in them.
///
/// # Errors
///
/// There is not one point for each that was clustered.
pub fn near<T: Real, const D: usize>(
    i: &Clusters,
    sorted_i: &[[T; D]],
    j: &Clusters,
    sorted_j: &[[T; D]],
    distance: T,
) -> Result<Ranges> {
    let (centres_i, centres_j) = (i.centroids(sorted_i)?, j.centroids(sorted_j)?);
    let (radii_i, radii_j) = (
        i.radii(sorted_i, &centres_i)?,
        j.radii(sorted_j, &centres_j)?,
    );
    let limit = distance.to_f64();
    pairs(i, j, |a, b| {
        let between = self::distance(&centres_i[a], &centres_j[b]);
        // What rounding may take from the distances, and NaN, is kept.
        let least = (between - radii_i[a] - radii_j[b]) - 1e-6 * between;
        least <= limit || least.is_nan()
    })
}

/// The distance of two points.
fn distance<T: Real, const D: usize>(a: &[T; D], b: &[T; D]) -> f64 {
    let squares = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a.to_f64() - b.to_f64()).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: usize) -> Vec<[f32; 3]> {
        let coordinate = |k: usize| ((k * 7919 + 13) % 1000) as f32 / 100.0 - 5.0;
        (0..count)
            .map(|k| [coordinate(k), coordinate(3 * k + 1), coordinate(5 * k + 2)])
            .collect()
    }

    #[test]
    fn points_of_a_cell_stand_together() {
        let x = points(500);
        let clusters = Clusters::grid(&x, 1.5).unwrap();
        let sorted = clusters.sort(&x).unwrap();
        assert_eq!(clusters.unsort(&sorted).unwrap(), x);
        let cell = |x: &[f32; 3]| x.map(|c| (f64::from(c) / 1.5).floor() as i64);
        let mut start = 0;
        let mut before = None;
        for &end in clusters.ends() {
            let own = cell(&sorted[start]);
            assert!(sorted[start..end].iter().all(|x| cell(x) == own));
            assert!(before.is_none_or(|before| before < own));
            (before, start) = (Some(own), end);
        }
        assert_eq!(start, 500);
    }

    #[test]
    fn near_points_are_in_the_ranges() {
        let (x, y) = (points(300), points(200));
        let (a, b) = (
            Clusters::grid(&x, 0.8).unwrap(),
            Clusters::grid(&y, 1.1).unwrap(),
        );
        let (x, y) = (a.sort(&x).unwrap(), b.sort(&y).unwrap());
        let ranges = near(&a, &x, &b, &y, 2.0).unwrap();
        assert!(ranges.pairs() < 300 * 200 * 2 / 3);
        for (i, x) in x.iter().enumerate() {
            for (j, y) in y.iter().enumerate() {
                assert!(ranges.meets(i, j) || distance(x, y) > 2.0);
            }
        }
    }

    #[test]
    fn centroids_are_means() {
        let clusters = Clusters::of_labels(&[1, 0, 1]).unwrap();
        let sorted = clusters
            .sort(&[[1.0, 2.0], [5.0, 5.0], [3.0, 6.0]])
            .unwrap();
        assert_eq!(
            clusters.centroids(&sorted).unwrap(),
            [[5.0, 5.0], [2.0, 4.0]]
        );
        let weighted = clusters
            .weighted_centroids(&sorted, &[2.0, 1.0, 3.0])
            .unwrap();
        assert_eq!(weighted, [[5.0, 5.0], [2.5, 5.0]]);
        let radii = clusters.radii(&sorted, &weighted).unwrap();
        assert_eq!(radii, [0.0, (1.5f64 * 1.5 + 9.0).sqrt()]);
    }

    #[test]
    fn what_makes_no_cluster_is_an_error() {
        for (error, text) in [
            (
                Clusters::grid(&[[0.0f64]], 0.0).unwrap_err(),
                "the size of a cell is 0: it is a positive number",
            ),
            (
                Clusters::grid(&[[0.0], [f64::NAN]], 1.0).unwrap_err(),
                "point 1 is in no cell of size 1: a coordinate is not finite or too large",
            ),
            (
                Clusters::of_labels(&[1, 2])
                    .unwrap()
                    .sort(&[1])
                    .unwrap_err(),
                "the clusters are of 2 points, and there are 1 rows",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
        let none = Clusters::grid::<f32, 2>(&[], 1.0).unwrap();
        assert!(none.is_empty() && none.centroids::<f32, 2>(&[]).unwrap().is_empty());
        assert_eq!(
            near::<f32, 2>(&none, &[], &none, &[], 1.0).unwrap().pairs(),
            0
        );
    }
}
