//! That every kind of argument is taken, and that types are inferred from the arguments alone.
#![expect(
    clippy::needless_borrows_for_generic_args,
    reason = "references are what is tested"
)]

use super::*;
use crate::argument::Argument;
use crate::every::every;
use crate::row::Real;

/// What a formula's function looks like, with what it would pass on.
struct Call<'a, T> {
    x: View<'a, T>,
    y: View<'a, T>,
    b: View<'a, T>,
    gamma: T,
}

fn gaussian<'a, T: Real>(
    x: impl Rows<'a, [T; 3]>,
    y: impl Rows<'a, [T; 3]>,
    b: impl Rows<'a, T>,
    gamma: T,
) -> Call<'a, T> {
    Call {
        x: x.into_view(),
        y: y.into_view(),
        b: b.into_view(),
        gamma,
    }
}

impl<T: Real> Call<'_, T> {
    /// Everything that was passed.
    fn all(&self) -> Vec<T> {
        let mut all = Vec::new();
        for view in [self.x, self.y, self.b] {
            let rows = view.rows().unwrap_or(1);
            let start = all.len();
            all.resize(start + rows * view.width(), T::ZERO);
            view.copy_rows(0..rows, &mut all[start..]);
        }
        all.push(self.gamma);
        all
    }

    /// A cotangent of a tuple.
    fn grad_x<'a>(&self, e: (impl Rows<'a, T>, impl Rows<'a, [T; 2]>)) -> [View<'a, T>; 2] {
        [e.0.into_view(), e.1.into_view()]
    }
}

const X: [[f32; 3]; 2] = [[0.1, 0.2, 0.3], [1.0, 0.5, 0.25]];
const B: [f32; 3] = [1.0, 2.0, 3.0];

#[test]
fn slices_arrays_vectors_and_references_to_references() {
    let (x, y, b) = (X.to_vec(), X, B.to_vec());
    let all = gaussian(&x, &y, &b, 0.5).all();
    let _: &Vec<f32> = &all;
    assert_eq!(all[..4], [0.1, 0.2, 0.3, 1.0]);
    assert_eq!(all[12..], [1.0, 2.0, 3.0, 0.5]);
    assert_eq!(all, gaussian(&x[..], &y[..], &b[..], 0.5).all());
    fn nested(x: &[[f32; 3]], y: &Vec<[f32; 3]>, b: &[f32]) -> Vec<f32> {
        gaussian(&x, &y, &b, 0.5).all()
    }
    assert_eq!(all, nested(&x, &y.to_vec(), &b));
    fn any<T: Real>(x: &[[T; 3]], b: &[T]) -> Vec<T> {
        gaussian(x, x, b, T::from_f64(0.5)).all()
    }
    assert_eq!(all, any(&x, &b));
    // The number's type is that of the rows.
    let (xd, bd) = (vec![[0.5f64; 3]; 2], [1.0f64; 3]);
    let _: Vec<f64> = gaussian(&xd, &xd, &bd, 0.5).all();
}

#[test]
fn every_and_strided_by_value() {
    let call = gaussian(&X, every([1.0, 2.0, 3.0]), every(7.0), 0.5);
    assert_eq!((call.y.rows(), call.b.rows()), (None, None));
    assert_eq!(call.all()[6..], [1.0, 2.0, 3.0, 7.0, 0.5]);
    // Nothing but a layout tells the type.
    let flat = [0.5f32; 6];
    let rows = Strided::new(&flat, 3);
    let call = gaussian(rows, &rows, Strided::new(&flat, 1), 0.5);
    assert_eq!(
        (call.x.rows(), call.y.rows(), call.b.rows()),
        (Some(2), Some(2), Some(6))
    );
    call.x.check("x", 3).unwrap();
    let call = gaussian(Strided::new(&flat, 2), rows, &B, 0.5);
    let error = call.x.check("x", 3).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`x`: expected rows of 3 numbers, found rows of 2"
    );
}

#[test]
fn matrices_labels_and_parameters() {
    fn transport<'a, T: Real>(
        m: impl Rows<'a, [[T; 3]; 3]>,
        l: impl Rows<'a, u32>,
        s: impl Param<[T; 3]>,
    ) -> (View<'a, T>, View<'a, u32>, [T; 3]) {
        (m.into_view(), l.into_view(), s.into_value())
    }
    let (m, l) = (vec![[[0.0f32; 3]; 3]; 2], [1, 2]);
    let (m1, l1, s1) = transport(&m, &l, [1.0, 2.0, 3.0]);
    assert_eq!((m1.width(), l1.rows()), (9, Some(2)));
    assert_eq!(s1, transport(&m, &l, &[1.0, 2.0, 3.0]).2);
    let flat = [0.0f32; 18];
    assert_eq!(
        transport(Strided::new(&flat, 9), &l[..], s1).0.rows(),
        Some(2)
    );

    let arguments = [
        Argument::Rows(m1),
        Argument::Labels(l1),
        Argument::param(&s1),
    ];
    assert_eq!(arguments.map(|argument| argument.width()), [9, 1, 3]);
    assert_eq!(
        arguments.map(|argument| argument.rows()),
        [Some(2), Some(2), None]
    );
    let error = arguments[2].check("s", 4).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`s`: expected rows of 4 numbers, found rows of 3"
    );
}

#[test]
fn cotangents_of_a_tuple() {
    let call = gaussian(&X, &X, &B, 0.5);
    let e = vec![[0.0f32; 2]; 4];
    let views = call
        .grad_x((&vec![0f32; 4], &e))
        .map(|view| (view.rows(), view.width()));
    assert_eq!(views, [(Some(4), 1), (Some(4), 2)]);
    let views = call
        .grad_x((every(1.0), every([1.0, 0.0])))
        .map(|view| view.rows());
    assert_eq!(views, [None, None]);
}

#[cfg(all(feature = "ndarray", feature = "nalgebra"))]
#[test]
fn matrices_of_other_crates() {
    use nalgebra::{DMatrix, DVector, Point3};
    use ndarray::{Array1, Array2, s};

    let all = gaussian(&X, &X, &B, 0.5).all();
    let xa = Array2::from_shape_fn((2, 3), |(i, k)| X[i][k]);
    let ba = Array1::from(B.to_vec());
    assert_eq!(all, gaussian(&xa, &xa, &ba, 0.5).all());
    assert_eq!(
        all,
        gaussian(xa.view(), xa.slice(s![.., ..]), ba.view(), 0.5).all()
    );
    // A view by value is no temporary.
    let stored = gaussian(xa.view(), &xa, ba.view(), 0.5);
    assert_eq!(all, stored.all());
    let xn = DMatrix::from_fn(2, 3, |i, k| X[i][k]);
    let yn: Vec<Point3<f32>> = X.iter().map(|&row| row.into()).collect();
    let bn = DVector::from_vec(B.to_vec());
    assert_eq!(all, gaussian(&xn, &yn, &bn, 0.5).all());
    let wrong = gaussian(&Array2::<f32>::zeros((2, 2)), &X, &B, 0.5)
        .x
        .check("x", 3);
    assert_eq!(
        wrong.unwrap_err().to_string(),
        "`x`: expected rows of 3 numbers, found rows of 2"
    );
}
