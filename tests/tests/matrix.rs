//! Kernel matrices: products with several vectors, entries, gradients, as linear operators.
#![forbid(unsafe_code)]

use keops::{Complex, Error, ErrorKind, LinearOperator, Strided, every, keops};
use keops_tests::{agree, cloud, is_gradient, noise};

const M: usize = 9;
const N: usize = 70;

keops! {
    /// Gaussian.
    pub fn gaussian<T>(x_i: [T; 2], y_j: [T; 2], g: T) -> Matrix<T> { exp(-g * |x_i - y_j|^2) }
    /// Every kind of variable, positions, and a parameter of more than 16 numbers.
    pub fn odd<T>(x_i: T, l_i: u32, y_j: [T; 2], m_j: u32, w: [T; 20]) -> Matrix<T> {
        if i == j || l_i == m_j { sin(x_i * y_j[1]) + w[17] } else { w[3] * y_j[0] - float(i - j) }
    }
    /// Labels alone.
    pub fn same<T>(l_i: u32, m_j: u32) -> Matrix<T> { if l_i == m_j { 2 } else { 0.5 } }
    /// Of complex rows.
    pub fn hermitian<T>(z_i: Complex<T>, w_j: Complex<T>, c: Complex<T>) -> Matrix<T> { re(c * z_i * conj(w_j)) }
    /// In single precision, with entries that are not finite.
    pub fn inverse(x_i: f32, v_j: f32) -> Matrix<f32> { 1 / (x_i - v_j) }
}

fn data() -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
    (cloud(M, 1), cloud(N, 2))
}

fn entry(x: &[f64; 2], y: &[f64; 2]) -> f64 {
    (-0.7 * ((x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2))).exp()
}

/// K v of any width, from the entries.
fn product(k: &[f64], columns: usize, v: &[f64], width: usize) -> Vec<f64> {
    let rows = k.chunks_exact(columns);
    rows.flat_map(|row| {
        (0..width).map(|c| {
            row.iter()
                .enumerate()
                .map(|(j, k)| k * v[j * width + c])
                .sum()
        })
    })
    .collect()
}

fn transposed(k: &[f64], columns: usize) -> Vec<f64> {
    (0..columns)
        .flat_map(|j| k.iter().skip(j).step_by(columns).copied())
        .collect()
}

#[test]
fn products_of_any_width() -> Result<(), Error> {
    let (x, y) = data();
    let k = gaussian(&x, &y, 0.7);
    assert_eq!(k.shape()?, (M, N));
    assert_eq!(k.t().shape()?, (N, M));
    let entries = k.dense().run()?;
    for width in [1, 2, 3, 4, 5, 7, 16, 17, 21, 37] {
        let v = noise(N * width, 3);
        let want = product(&entries, N, &v, width);
        let name = format!("width {width}");
        agree(
            &name,
            &k.matmul(Strided::new(&v, width)).run()?,
            &want,
            1e-13,
        );
        let u = noise(M * width, 4);
        let want = product(&transposed(&entries, N), M, &u, width);
        agree(
            &name,
            &k.t().matmul(Strided::new(&u, width)).run()?,
            &want,
            1e-13,
        );
        let mut out = vec![0.0; N * width];
        k.t().matmul(Strided::new(&u, width)).run_into(&mut out)?;
        agree(&name, &out, &want, 1e-13);
    }
    // Rows in, the same out.
    let v: Vec<[f64; 3]> = cloud(N, 5);
    let flat: Vec<f64> = v.as_flattened().to_vec();
    let rows: Vec<[f64; 3]> = k.matmul(&v).run()?;
    agree(
        "rows",
        &rows.as_flattened().to_vec(),
        &product(&entries, N, &flat, 3),
        1e-13,
    );
    let one: Vec<f64> = k.matmul(&noise(N, 6)).run()?;
    agree("one", &one, &k.matvec(&noise(N, 6)).run()?, 0.0);
    let every: Vec<[f64; 2]> = k.matmul(every([1.0, -1.0])).run()?;
    let sums = k.matvec(&[1.0; N]).run()?;
    agree(
        "every",
        &every,
        &sums.iter().map(|&s| [s, -s]).collect::<Vec<_>>(),
        1e-14,
    );
    let columns = Strided::with_strides(&flat, N, 2, 3, 1)?;
    assert_eq!(k.matmul(columns).run()?.len(), 2 * M);
    Ok(())
}

#[test]
fn in_single_precision() -> Result<(), Error> {
    let (x, y) = data();
    let single = |p: &Vec<[f64; 2]>| p.iter().map(|p| p.map(|x| x as f32)).collect::<Vec<_>>();
    let v: Vec<[f64; 5]> = cloud(N, 5);
    let v32: Vec<[f32; 5]> = v.iter().map(|v| v.map(|x| x as f32)).collect();
    let found: Vec<[f32; 5]> = gaussian(&single(&x), &single(&y), 0.7).matmul(&v32).run()?;
    let found: Vec<[f64; 5]> = found.iter().map(|row| row.map(f64::from)).collect();
    agree(
        "f32",
        &found,
        &gaussian(&x, &y, 0.7).matmul(&v).run()?,
        1e-5,
    );
    Ok(())
}

#[test]
fn entries() -> Result<(), Error> {
    let (x, y) = data();
    let k = gaussian(&x, &y, 0.7);
    let want: Vec<f64> = x
        .iter()
        .flat_map(|x| y.iter().map(|y| entry(x, y)))
        .collect();
    agree("dense", &k.dense().run()?, &want, 1e-14);
    agree(
        "transposed",
        &k.t().dense().run()?,
        &transposed(&want, N),
        1e-14,
    );
    agree("row", &k.row(4).run()?, &want[4 * N..5 * N].to_vec(), 1e-14);
    agree(
        "column",
        &k.t().row(66).run()?,
        &want[66..].iter().step_by(N).copied().collect::<Vec<_>>(),
        1e-14,
    );
    let mut row = vec![0.0; N];
    k.row(0).run_into(&mut row)?;
    agree("row", &row, &want[..N].to_vec(), 1e-14);
    let square = gaussian(&x, &y[..M], 0.7);
    let want: Vec<f64> = x.iter().zip(&y).map(|(x, y)| entry(x, y)).collect();
    agree("diagonal", &square.diagonal().run()?, &want, 1e-14);
    agree("diagonal", &square.t().diagonal().run()?, &want, 1e-14);
    Ok(())
}

#[test]
fn entries_of_every_kind_of_variable() -> Result<(), Error> {
    let (x, y): (Vec<f64>, Vec<[f64; 2]>) = (noise(N, 1), cloud(N, 2));
    let labels = |seed| {
        noise(N, seed)
            .iter()
            .map(|l| (l * 2.0 + 2.0) as u32)
            .collect::<Vec<_>>()
    };
    let (l, m) = (labels(3), labels(4));
    let w: [f64; 20] = noise(20, 5).try_into().unwrap();
    let entry = |i: usize, j: usize| {
        if i == j || l[i] == m[j] {
            (x[i] * y[j][1]).sin() + w[17]
        } else {
            w[3] * y[j][0] - (i as f64 - j as f64)
        }
    };
    let k = odd(&x, &l, &y, &m, w);
    let want: Vec<f64> = (0..N * N).map(|at| entry(at / N, at % N)).collect();
    agree("dense", &k.dense().run()?, &want, 1e-14);
    agree("row", &k.row(7).run()?, &want[7 * N..8 * N].to_vec(), 1e-14);
    agree(
        "transposed",
        &k.t().dense().run()?,
        &transposed(&want, N),
        1e-14,
    );
    agree(
        "diagonal",
        &k.diagonal().run()?,
        &(0..N).map(|i| entry(i, i)).collect::<Vec<_>>(),
        1e-14,
    );
    // Fewer columns than rows.
    let narrow = odd(&x, &l, &y[..3], &m[..3], w);
    let want: Vec<f64> = (0..N * 3).map(|at| entry(at / 3, at % 3)).collect();
    agree("narrow", &narrow.dense().run()?, &want, 1e-14);
    let v = noise(N * 6, 8);
    let gradient = odd(&x, &l, &y, &m, w)
        .matmul(Strided::new(&v, 6))
        .grad_w(Strided::new(&v, 6))
        .run()?;
    is_gradient("w", &gradient, &w, |w| {
        let product = odd(&x, &l, &y, &m, w)
            .matmul(Strided::new(&v, 6))
            .run()
            .unwrap();
        product.iter().zip(&v).map(|(a, e)| a * e).sum()
    });
    let k = same::<f64>(&l, &m);
    let want: Vec<f64> = (0..N * N)
        .map(|at| if l[at / N] == m[at % N] { 2.0 } else { 0.5 })
        .collect();
    agree("labels", &k.dense().run()?, &want, 0.0);
    let v: Vec<[f64; 2]> = cloud(N, 9);
    let adjoint: Vec<[f64; 2]> = k.matmul(&v).grad_v(&v).run()?;
    agree("labels", &adjoint, &k.t().matmul(&v).run()?, 1e-14);
    Ok(())
}

#[test]
fn entries_that_are_not_finite() -> Result<(), Error> {
    let (x, v) = (vec![1.0f32, 2.0, f32::NAN], vec![2.0f32, 3.0, 1.0]);
    let k = inverse(&x, &v).dense().run()?;
    let want = [-1.0, -0.5, f32::INFINITY, f32::INFINITY, -1.0, 1.0];
    assert_eq!(k[..6], want, "{k:?}");
    assert!(k[6..].iter().all(|k| k.is_nan()), "{k:?}");
    // A variable of the kernel called `v`: the vectors have another name.
    let gradient = inverse(&x[..1], &v[..2])
        .matmul(&[1.0f32, 2.0])
        .grad_v_(&[3.0f32])
        .run()?;
    assert_eq!(gradient, [-3.0, -1.5]);
    let gradient = inverse(&x[..1], &v[..2])
        .matmul(&[1.0f32, 2.0])
        .grad_v(&[3.0f32])
        .run()?;
    assert_eq!(gradient, [3.0, 1.5]);
    Ok(())
}

#[test]
fn real_entries_of_complex_rows() -> Result<(), Error> {
    let complex = |count, seed| {
        let rows = cloud::<2>(count, seed).into_iter();
        rows.map(|[re, im]| Complex { re, im }).collect::<Vec<_>>()
    };
    let (z, w, c) = (complex(M, 1), complex(N, 2), complex(1, 3)[0]);
    let k = hermitian(&z, &w, c);
    let entry = |z: &Complex<f64>, w: &Complex<f64>| {
        let (re, im) = (c.re * z.re - c.im * z.im, c.re * z.im + c.im * z.re);
        re * w.re + im * w.im
    };
    let want: Vec<f64> = z
        .iter()
        .flat_map(|z| w.iter().map(|w| entry(z, w)))
        .collect();
    agree("dense", &k.dense().run()?, &want, 1e-14);
    agree(
        "transposed",
        &k.t().dense().run()?,
        &transposed(&want, N),
        1e-14,
    );
    let square = hermitian(&z, &z, c).diagonal().run()?;
    agree(
        "diagonal",
        &square,
        &z.iter().map(|z| entry(z, z)).collect::<Vec<_>>(),
        1e-14,
    );
    for width in [1, 5] {
        let (v, e) = (noise(N * width, 5), noise(M * width, 6));
        let of = |z: &Vec<Complex<f64>>, w: &Vec<Complex<f64>>, c: Complex<f64>| {
            let product = hermitian(z, w, c)
                .matmul(Strided::new(&v, width))
                .run()
                .unwrap();
            product.iter().zip(&e).map(|(a, e)| a * e).sum()
        };
        let all = k
            .matmul(Strided::new(&v, width))
            .vjp(Strided::new(&e, width))
            .run()?;
        is_gradient("z", &all.z, &z, |z| of(z, &w, c));
        is_gradient("w", &all.w, &w, |w| of(&z, w, c));
        is_gradient("c", &all.c, &c, |&c| of(&z, &w, c));
    }
    Ok(())
}

#[test]
fn gradients() -> Result<(), Error> {
    let (x, y) = data();
    for width in [1, 3, 20] {
        let (v, e) = (noise(N * width, 5), noise(M * width, 6));
        let of = |x: &Vec<[f64; 2]>, y: &Vec<[f64; 2]>, g: f64, v: &Vec<f64>| {
            let product = gaussian(x, y, g)
                .matmul(Strided::new(v, width))
                .run()
                .unwrap();
            product.iter().zip(&e).map(|(a, e)| a * e).sum()
        };
        let k = gaussian(&x, &y, 0.7);
        let call = k.matmul(Strided::new(&v, width));
        let e = Strided::new(&e, width);
        let name = format!("width {width}");
        is_gradient(&name, &call.grad_x(e).run()?, &x, |x| of(x, &y, 0.7, &v));
        is_gradient(&name, &call.grad_y(e).run()?, &y, |y| of(&x, y, 0.7, &v));
        is_gradient(&name, &call.grad_g(e).run()?, &0.7, |&g| of(&x, &y, g, &v));
        is_gradient(&name, &call.grad_v(e).run()?, &v, |v| of(&x, &y, 0.7, v));
        let all = call.vjp(e).run()?;
        agree(&name, &all.x, &call.grad_x(e).run()?, 0.0);
        agree(&name, &all.y, &call.grad_y(e).run()?, 0.0);
        agree(&name, &all.g, &call.grad_g(e).run()?, 0.0);
        agree(&name, &all.v, &call.grad_v(e).run()?, 0.0);
        let mut into = vec![[0.0; 2]; N];
        call.grad_y(e).run_into(&mut into)?;
        agree(&name, &into, &all.y, 0.0);
        // Of the transposed matrix: the clouds change their places.
        let u = noise(M * width, 7);
        let e = noise(N * width, 8);
        let swapped = gaussian(&y, &x, 0.7);
        let (u, e) = (Strided::new(&u, width), Strided::new(&e, width));
        let (call, same) = (
            k.t().matmul(u).vjp(e).run()?,
            swapped.matmul(u).vjp(e).run()?,
        );
        agree(&name, &call.x, &same.y, 1e-13);
        agree(&name, &call.y, &same.x, 1e-13);
        agree(&name, &call.g, &same.g, 1e-13);
        agree(&name, &call.v, &same.v, 1e-13);
    }
    Ok(())
}

#[test]
fn as_a_linear_operator() -> Result<(), Error> {
    /// The largest eigenvalue of AᵀA, by power iteration.
    fn largest(a: &impl LinearOperator<f64>) -> Result<f64, Error> {
        let (rows, columns) = a.shape()?;
        let (mut v, mut u) = (vec![1.0; columns], vec![0.0; rows]);
        let mut value = 0.0;
        for _ in 0..200 {
            a.apply(&v, &mut u)?;
            a.apply_transpose(&u, &mut v)?;
            value = v.iter().map(|v| v * v).sum::<f64>().sqrt();
            v.iter_mut().for_each(|v| *v /= value);
        }
        Ok(value)
    }
    let (x, y) = data();
    let k = gaussian(&x, &y, 0.7);
    let value = largest(&k)?;
    agree("transposed", &largest(&k.t())?, &value, 1e-12);
    // In memory.
    let entries = k.dense().run()?;
    let mut v = vec![1.0; N];
    for _ in 0..200 {
        let u = product(&entries, N, &v, 1);
        v = product(&transposed(&entries, N), M, &u, 1);
        let norm = v.iter().map(|v| v * v).sum::<f64>().sqrt();
        agree("norm", &norm.max(value), &norm.min(value).max(norm), 1.0);
        v.iter_mut().for_each(|v| *v /= norm);
    }
    let u = product(&entries, N, &v, 1);
    agree(
        "dense",
        &u.iter().map(|u| u * u).sum::<f64>(),
        &value,
        1e-12,
    );
    let mut out = vec![0.0; 3 * M];
    let block = noise(3 * N, 4);
    k.apply_block(&block, 3, &mut out)?;
    agree("block", &out, &product(&entries, N, &block, 3), 1e-13);
    Ok(())
}

#[test]
fn what_does_not_fit_is_an_error() {
    let (x, y) = data();
    let k = gaussian(&x, &y, 0.7);
    let message = |error: Error, kind| {
        assert_eq!(error.kind(), kind, "{error}");
        error.to_string()
    };
    let error = k.matmul(&[[1.0; 2]; 3]).run().unwrap_err();
    assert_eq!(
        message(error, ErrorKind::Rows),
        "`v` has 3 rows, and the matrix has 70 columns"
    );
    let error = k.diagonal().run().unwrap_err();
    assert_eq!(
        message(error, ErrorKind::Rows),
        "`diagonal`: the matrix has 9 rows and 70 columns; it must be square"
    );
    let error = k.row(9).run().unwrap_err();
    assert_eq!(
        message(error, ErrorKind::Rows),
        "`row(9)`: the matrix has 9 rows, from number 0"
    );
    let error = k.matmul(Strided::new(&[1.0; 141], 2)).run().unwrap_err();
    message(error, ErrorKind::Layout);
    let error = k.matmul(Strided::new(&[], 0)).run().unwrap_err();
    message(error, ErrorKind::Layout);
    let call = k.matmul(&[[1.0; 2]; N]);
    let error = call.grad_x(&[[1.0; 3]; M]).run().unwrap_err();
    assert_eq!(
        message(error, ErrorKind::Width),
        "`e`: expected rows of 2 numbers, found rows of 3"
    );
    let error = call.grad_v(&[[1.0; 2]; N]).run().unwrap_err();
    assert_eq!(
        message(error, ErrorKind::Rows),
        "`e` has 70 rows, and the matrix has 9 rows"
    );
    let error = k.apply(&[0.0; M], &mut [0.0; M]).unwrap_err();
    message(error, ErrorKind::Rows);
    let error = gaussian(&x, every([0.0; 2]), 0.7).shape().unwrap_err();
    assert!(message(error, ErrorKind::Rows).contains("`y`"));
}

#[test]
fn a_dense_matrix_that_memory_does_not_hold_is_an_error() {
    let x = vec![[0.0f64; 2]; 3_000_000];
    let error = gaussian(&x, &x, 0.7).dense().run().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory);
    let text = error.to_string();
    assert!(
        text.contains("3000000 × 3000000 entries are 65.5 TiB"),
        "{text}"
    );
}

#[test]
fn of_no_rows() -> Result<(), Error> {
    let (x, y) = data();
    let none: &[[f64; 2]] = &[];
    let product: Vec<[f64; 5]> = gaussian(none, &y, 0.7).matmul(&[[1.0; 5]; N]).run()?;
    assert!(product.is_empty());
    assert_eq!(gaussian(&x, none, 0.7).matmul(none).run()?, [[0.0; 2]; M]);
    assert!(gaussian(none, &y, 0.7).dense().run()?.is_empty());
    assert!(gaussian(none, none, 0.7).diagonal().run()?.is_empty());
    Ok(())
}
