//! What KeOps 2.3 gets wrong (the list at the end of docs/OPERATIONS.md), each as a test.

use keops::{NO_INDEX, Ranges, keops};

keops! {
    fn thirds(x_i: f64, y_j: f64) { sum_j (x_i / 3 + y_j * 0.1) }
    fn power(x_i: f64, y_j: f64) { sum_j x_i ^ 0.3 * y_j }
    fn chosen<T>(x_i: [T; 2], y_j: T) { sum_j ifelse(x_i, [x_i[1], x_i[0]] * y_j, 0) }
    fn at_zero<T>(x_i: T, y_j: T) { (sum_j sinxdivx(x_i * y_j), sum_j xlogx(x_i * y_j), sum_j sinc(x_i * y_j)) }
    fn mass<T>(x_i: T, y_j: T) { logsumexp_j(x_i * y_j) }
    fn nearest<T>(x_i: [T; 2], y_j: [T; 2]) { argmin_j(|x_i - y_j|^2) }
    fn three<T>(x_i: T, y_j: T) { kmin_argkmin_j(3, abs(x_i - y_j)) }
    fn labels<T>(x_i: T, l_j: u32) { sum_j x_i * onehot(l_j, 3) }
    fn last<T>(x_i: T, y_j: T) { argmax_j(x_i * y_j) }
    fn kernel<T>(x_i: T, y_j: T) -> Matrix<T> { exp(-(x_i - y_j)^2) }
    fn total<T>(x_i: T, y_j: T) { sum_j x_i * y_j }
}

#[test]
fn constants_are_read_in_f64() {
    let (x, y) = ([1.0], [1.0]);
    let a = thirds(&x, &y).run().unwrap();
    assert!((a[0] - (1.0 / 3.0 + 0.1)).abs() < 1e-16);
}

#[test]
fn powers_are_computed_in_f64() {
    let (x, y) = ([2.7], [1.0]);
    let a = power(&x, &y).run().unwrap();
    assert!((a[0] / 2.7_f64.powf(0.3) - 1.0).abs() < 1e-15);
}

/// The gradient of `[x1, x0]` where `x >= 0`, for x = (1, -1): the first component chooses x1, so the
/// gradient is (0, 1). KeOps gives (1, 0).
#[test]
fn the_gradient_of_a_choice_goes_to_what_was_chosen() {
    let (x, y) = ([[1.0, -1.0]], [1.0]);
    assert_eq!(chosen(&x, &y).run().unwrap(), [[-1.0, 0.0]]);
    let g = chosen(&x, &y).grad_x(&[[1.0, 1.0]]).run().unwrap();
    assert_eq!(g, [[0.0, 1.0]]);
}

#[test]
fn gradients_at_zero_are_finite() {
    let (x, y) = ([0.0], [1.0, 2.0]);
    let (a, b, c) = at_zero(&x, &y).run().unwrap();
    assert_eq!((a[0], b[0], c[0]), (2.0, 0.0, 2.0));
    let e = ([1.0], [1.0], [1.0]);
    let g = at_zero(&x, &y).grad_x((&e.0, &e.1, &e.2)).run().unwrap();
    assert_eq!(g, [0.0]);
}

#[test]
fn the_logarithm_of_no_mass_is_minus_infinity_and_its_gradient_0() {
    let (x, y) = ([1.0], [f64::NEG_INFINITY; 3]);
    assert_eq!(mass(&x, &y).run().unwrap(), [f64::NEG_INFINITY]);
    assert_eq!(mass(&x, &y).grad_y(&[1.0]).run().unwrap(), [0.0; 3]);
    // One entry that counts.
    let y = [f64::NEG_INFINITY, 2.0];
    assert_eq!(mass(&x, &y).run().unwrap(), [2.0]);
    assert_eq!(mass(&x, &y).grad_y(&[1.0]).run().unwrap(), [0.0, 1.0]);
}

#[test]
fn nothing_is_selected_among_nans() {
    let (x, y) = ([[0.0, 0.0]], [[f32::NAN, 0.0]; 5]);
    assert_eq!(nearest(&x, &y).run().unwrap(), [NO_INDEX]);
}

#[test]
fn entries_beyond_the_columns_are_missing() {
    let (x, y) = ([0.0], [5.0, 4.0]);
    let (values, indices) = three(&x, &y).run().unwrap();
    assert_eq!(values, [[4.0, 5.0, f64::INFINITY]]);
    assert_eq!(indices, [[1, 0, NO_INDEX]]);
}

#[test]
fn wrong_sizes_are_errors_that_name_the_argument() {
    let (x, y) = ([0.0, 1.0], [[0.0; 2]; 3]);
    let error = labels(&x, &[0, 1])
        .grad_x(&[[1.0; 3]; 3])
        .run()
        .unwrap_err();
    assert!(error.to_string().contains("`e`"), "{error}");
    let error = nearest(&y, keops::Strided::new(&x, 1)).run().unwrap_err();
    assert!(error.to_string().contains("`y`"), "{error}");
}

#[test]
fn a_label_outside_has_no_component() {
    let a = labels(&[1.0], &[0, 7, u32::MAX, 2]).run().unwrap();
    assert_eq!(a, [[1.0, 0.0, 1.0]]);
}

#[test]
fn indices_are_exact_beyond_the_integers_of_f32() {
    let count = (1 << 24) + 4;
    let mut y = vec![0.0_f32; count];
    y[count - 1] = 1.0;
    assert_eq!(last(&[1.0], &y).run().unwrap(), [count as u32 - 1]);
}

#[test]
fn rows_in_no_block_have_the_empty_result() {
    let (x, y) = ([1.0, 2.0, 3.0], [1.0, 10.0]);
    let ranges = Ranges::from_blocks(3, 2, &[(1..2, 0..2)]).unwrap();
    assert_eq!(
        total(&x, &y).ranges(&ranges).run().unwrap(),
        [0.0, 22.0, 0.0]
    );
    assert_eq!(
        last(&x, &y).ranges(&ranges).run().unwrap(),
        [NO_INDEX, 1, NO_INDEX]
    );
    let g = total(&x, &y)
        .ranges(&ranges)
        .grad_x(&[1.0; 3])
        .run()
        .unwrap();
    assert_eq!(g, [0.0, 11.0, 0.0]);
}

/// KeOps' 2D scheme, columns cut in parts, has no selections: one row with many columns is cut here.
#[test]
fn selections_work_where_columns_are_cut() {
    let count = 300_000;
    let y: Vec<[f32; 2]> = (0..count)
        .map(|k| [(k as f32 - 200_000.0).abs(), 0.0])
        .collect();
    assert_eq!(nearest(&[[0.0, 0.0]], &y).run().unwrap(), [200_000]);
}

#[test]
fn a_solver_ends() {
    let x: Vec<f64> = (0..50).map(|k| f64::from(k) * 1e-3).collect();
    let b: Vec<f64> = x.iter().map(|x| (50.0 * x).sin()).collect();
    let error = kernel(&x, &x)
        .solve(&b)
        .tolerance(1e-14)
        .max_iterations(20)
        .run()
        .unwrap_err();
    assert!(
        matches!(error.kind(), keops::ErrorKind::NotConverged { .. }),
        "{error}"
    );
    assert_eq!(error.iterate::<f64>().map(|a| a.len()), Some(50));
}
