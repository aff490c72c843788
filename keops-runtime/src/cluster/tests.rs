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
            assert!(ranges.meets(i, j) || distance(&double(*x), &double(*y)) > 2.0);
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
            "the size of a cell is 0.0: it is a positive number",
        ),
        (
            Clusters::grid(&[[0.0], [f64::NAN]], 1.0).unwrap_err(),
            "point 1 is in no cell of size 1.0: a coordinate is not finite, or too large for cells \
             so small",
        ),
        (
            Clusters::grid(&[[1.0]], 1e-300).unwrap_err(),
            "point 0 is in no cell of size 1e-300: a coordinate is not finite, or too large for \
             cells so small",
        ),
        (
            {
                let one = Clusters::of_labels(&[0]).unwrap();
                near(&one, &[[0.0]], &one, &[[0.0]], f64::NAN).unwrap_err()
            },
            "`near`: the distance is NaN: it is a number, or infinite",
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
