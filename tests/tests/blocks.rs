//! Kernel matrices with ranges, which are block-sparse, and with batches, which are block diagonal: all
//! that they give, against their entries in memory.
#![forbid(unsafe_code)]

use keops::{
    Error, ErrorKind, LinearOperator, Preconditioner, Ranges, Strided, every, keops, tiled,
};
use keops_tests::{agree, cloud, is_gradient, noise};

/// Batches, and rows of each cloud in one.
const BATCHES: usize = 6;
const M: usize = 4;
const N: usize = 7;

keops! {
    /// Gaussian, with a scale for each batch.
    pub fn gaussian<T>(x_i: [T; 2], y_j: [T; 2], s_b: T, g: T) -> Matrix<T> { s_b * exp(-g * |x_i - y_j|^2) }
    /// Every kind of variable, positions, a factor of a row, and a parameter of more than 16 numbers.
    pub fn odd<T>(x_i: T, l_i: u32, y_j: [T; 2], m_j: u32, k_b: u32, s_b: [T; 2], w: [T; 20]) -> Matrix<T> {
        exp(x_i) * (if i == j || l_i == m_j || m_j == k_b { x_i * y_j[1] + w[17] } else { s_b[1] * y_j[0] - float(i - j) })
    }
    /// Of two clouds alone.
    pub fn plain<T>(x_i: [T; 2], y_j: [T; 2], ridge: T) -> Matrix<T> { exp(-ridge * |x_i - y_j|^2) }
}

/// K v of any width, from the entries.
fn product(k: &[f64], columns: usize, v: &[f64], width: usize) -> Vec<f64> {
    let of_row = |row: &[f64], c: usize| -> f64 {
        let terms = row.iter().enumerate();
        terms.map(|(j, k)| k * v[j * width + c]).sum()
    };
    let rows = k.chunks_exact(columns);
    rows.flat_map(|row| (0..width).map(move |c| of_row(row, c)))
        .collect()
}

fn transposed(k: &[f64], columns: usize) -> Vec<f64> {
    (0..columns)
        .flat_map(|j| k.iter().skip(j).step_by(columns).copied())
        .collect()
}

/// That a matrix has these entries, by all that it offers.
macro_rules! is_matrix {
    ($name:expr, $k:expr, $entries:expr, $shape:expr) => {{
        let (k, entries, (rows, columns)) = ($k, &$entries, $shape);
        assert_eq!(k.shape()?, (rows, columns), "{}", $name);
        agree($name, &k.dense().run()?, entries, 1e-14);
        for row in 0..rows {
            let want = entries[row * columns..(row + 1) * columns].to_vec();
            agree($name, &k.row(row).run()?, &want, 1e-14);
        }
        if rows == columns {
            let want: Vec<f64> = entries.iter().step_by(columns + 1).copied().collect();
            agree($name, &k.diagonal().run()?, &want, 1e-14);
            let mut diagonal = vec![1.0; rows];
            k.diagonal_into(&mut diagonal)?;
            agree($name, &diagonal, &want, 1e-14);
        }
        let turned = transposed(entries, columns);
        for width in [1, 2, 5, 16, 23] {
            let (v, u) = (noise(columns * width, 3), noise(rows * width, 4));
            let (kv, ku) = (
                product(entries, columns, &v, width),
                product(&turned, rows, &u, width),
            );
            agree($name, &k.matmul(Strided::new(&v, width)).run()?, &kv, 1e-13);
            agree(
                $name,
                &k.t().matmul(Strided::new(&u, width)).run()?,
                &ku,
                1e-13,
            );
            let mut out = vec![1.0; rows * width];
            k.apply_block(&v, width, &mut out)?;
            agree($name, &out, &kv, 1e-13);
            if width == 1 {
                agree($name, &k.matvec(&v).run()?, &kv, 1e-13);
                agree($name, &k.rmatvec(&u).run()?, &ku, 1e-13);
                k.apply(&v, &mut out)?;
                agree($name, &out, &kv, 1e-13);
                let mut out = vec![1.0; columns];
                k.apply_transpose(&u, &mut out)?;
                agree($name, &out, &ku, 1e-13);
            }
        }
    }};
}

/// That a matrix and its transposed have these entries.
macro_rules! are_matrices {
    ($name:expr, $k:expr, $entries:expr, $shape:expr) => {{
        let (entries, (rows, columns)) = ($entries, $shape);
        is_matrix!($name, $k, entries, (rows, columns));
        let turned = transposed(&entries, columns);
        is_matrix!(
            &format!("{} transposed", $name),
            $k.t(),
            turned,
            (columns, rows)
        );
    }};
}

/// What an entry of a pair of rows is, or 0.
fn entries(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> Option<f64>) -> Vec<f64> {
    let pairs = (0..rows * columns).map(|at| (at / columns, at % columns));
    pairs.map(|(i, j)| entry(i, j).unwrap_or(0.0)).collect()
}

/// Blocks, some of which lie side by side; rows and columns that are in none.
fn ranges(rows: usize, columns: usize) -> Ranges {
    let (m, n) = (rows / 3, columns / 3);
    let blocks = [
        (0..m, 1..n),
        (1..m + 2, n + 1..2 * n),
        (2 * m..rows - 1, 0..2),
        (2 * m..rows - 1, 2..3),
    ];
    Ranges::from_blocks(rows, columns, &blocks).unwrap()
}

#[test]
fn with_ranges() -> Result<(), Error> {
    for (rows, columns) in [(9, 70), (40, 11), (20, 20)] {
        let (x, y) = (cloud::<2>(rows, 1), cloud::<2>(columns, 2));
        let ranges = ranges(rows, columns);
        let entry = |i: usize, j: usize| (-0.7 * keops_tests::square(&x[i], &y[j])).exp();
        let want = entries(rows, columns, |i, j| {
            ranges.meets(i, j).then(|| entry(i, j))
        });
        let k = plain(&x, &y, 0.7).ranges(&ranges);
        are_matrices!("plain", k, want.clone(), (rows, columns));
        // Ranges are of the formula's rows also where they are given to the transposed matrix.
        let same = plain(&x, &y, 0.7).t().ranges(&ranges).dense().run()?;
        agree("of the transposed", &same, &k.t().dense().run()?, 0.0);
        let (l, m): (Vec<u32>, Vec<u32>) = (
            (0..rows as u32).map(|i| i % 3).collect(),
            (0..columns as u32).map(|j| j % 4).collect(),
        );
        let (w, s): ([f64; 20], _) = (noise(20, 6).try_into().unwrap(), [[0.5, -1.5]]);
        let x: Vec<f64> = noise(rows, 5);
        let k = odd(&x, &l, &y, &m, &[1], &s, w).ranges(&ranges);
        let want = entries(rows, columns, |i, j| {
            let near = i == j || l[i] == m[j] || m[j] == 1;
            let far = s[0][1] * y[j][0] - (i as f64 - j as f64);
            let value = x[i].exp() * if near { x[i] * y[j][1] + w[17] } else { far };
            ranges.meets(i, j).then_some(value)
        });
        are_matrices!("odd", k, want, (rows, columns));
    }
    // An entry that is not there is 0, whatever the formula gives there.
    let (none, all) = (
        Ranges::from_blocks(2, 2, &[])?,
        Ranges::from_mask(&[2], &[2], &[true])?,
    );
    let k = plain(&[[1e308; 2], [0.0; 2]], &[[-1e308; 2], [f64::NAN; 2]], 1.0);
    assert_eq!(k.ranges(&none).dense().run()?, [0.0; 4]);
    assert_eq!(k.ranges(&none).diagonal().run()?, [0.0; 2]);
    assert_eq!(k.ranges(&none).matvec(&[1.0; 2]).run()?, [0.0; 2]);
    assert!(k.ranges(&all).dense().run()?[3].is_nan());
    Ok(())
}

/// Of the batch of two rows, what `entry` says, or none where they are of two.
fn batched(m: usize, n: usize, entry: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
    entries(BATCHES * m, BATCHES * n, |i, j| {
        (i / m == j / n).then(|| entry(i / m, i, j))
    })
}

#[test]
fn with_batches() -> Result<(), Error> {
    for (m, n) in [(M, N), (N, M), (M, M), (1, 1)] {
        let (rows, columns) = (BATCHES * m, BATCHES * n);
        let (x, y) = (cloud::<2>(rows, 1), cloud::<2>(columns, 2));
        let s = noise(BATCHES, 3);
        let k = gaussian(&x, &y, &s, 0.7).batch(&[2, 3]);
        let square = |i: usize, j: usize| keops_tests::square(&x[i], &y[j]);
        let want = batched(m, n, |b, i, j| s[b] * (-0.7 * square(i, j)).exp());
        are_matrices!("gaussian", k, want, (rows, columns));
        assert_eq!(LinearOperator::<f64>::blocks(&k)?, BATCHES);
        let (l, labels): (Vec<u32>, Vec<u32>) = (
            (0..rows as u32).map(|i| i % 3).collect(),
            (0..columns as u32).map(|j| j % 4).collect(),
        );
        let (w, s): ([f64; 20], _) = (noise(20, 6).try_into().unwrap(), cloud::<2>(BATCHES, 7));
        let (x, of_batch) = (noise(rows, 5), [0, 1, 2, 0, 1, 2]);
        let k = odd(&x, &l, &y, &labels, &of_batch, &s, w).batch(&[BATCHES]);
        let want = batched(m, n, |b, i, j| {
            let near = i % m == j % n || l[i] == labels[j] || labels[j] == of_batch[b];
            let far = s[b][1] * y[j][0] - ((i % m) as f64 - (j % n) as f64);
            x[i].exp() * if near { x[i] * y[j][1] + w[17] } else { far }
        });
        are_matrices!("odd", k, want, (rows, columns));
    }
    // Rows that are repeated: of two clouds, each for three batches.
    let (x, y, s) = (
        cloud::<2>(BATCHES * M, 1),
        cloud::<2>(2 * N, 2),
        noise(2, 3),
    );
    let k = gaussian(&x, tiled(&y, &[1, 3]), tiled(&s, &[1, 3]), 0.7).batch(&[2, 3]);
    let want = batched(M, N, |b, i, j| {
        let y = y[b / 3 * N + j % N];
        s[b / 3] * (-0.7 * keops_tests::square(&x[i], &y)).exp()
    });
    are_matrices!("tiled", k, want, (BATCHES * M, BATCHES * N));
    // Without batches there is one.
    let one = gaussian(&x, &y, &s[..1], 0.7).dense().run()?;
    let want = gaussian(&x, &y, every(s[0]), 0.7).dense().run()?;
    agree("one", &one, &want, 0.0);
    Ok(())
}

#[test]
fn with_batches_and_ranges() -> Result<(), Error> {
    let (rows, columns) = (BATCHES * M, BATCHES * N);
    let (x, y, s) = (
        cloud::<2>(rows, 1),
        cloud::<2>(columns, 2),
        noise(BATCHES, 3),
    );
    let blocks: Vec<_> = (0..BATCHES - 1)
        .flat_map(|b| {
            let (i, j) = (b * M, b * N);
            [(i..i + b % 3, j + 1..j + 4), (i + 2..i + 4, j + 4..j + N)]
        })
        .collect();
    let ranges = Ranges::from_blocks(rows, columns, &blocks)?;
    let k = gaussian(&x, &y, &s, 0.7).batch(&[3, 2]).ranges(&ranges);
    let want = entries(rows, columns, |i, j| {
        let value = s[i / M] * (-0.7 * keops_tests::square(&x[i], &y[j])).exp();
        ranges.meets(i, j).then_some(value)
    });
    are_matrices!("both", k, want, (rows, columns));
    // What crosses a batch has no entry.
    let across = Ranges::from_blocks(rows, columns, &[(0..M, 0..N + 1)])?;
    let k = gaussian(&x, &y, &s, 0.7).batch(&[BATCHES]).ranges(&across);
    for error in [
        k.matvec(&noise(columns, 1)).run().unwrap_err(),
        k.matmul(&[[0.0; 2]; BATCHES * N]).run().unwrap_err(),
        k.dense().run().unwrap_err(),
        k.t().row(0).run().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Rows);
        assert!(
            error.to_string().contains("which are of several batches"),
            "{error}"
        );
    }
    Ok(())
}

#[test]
fn gradients_of_products() -> Result<(), Error> {
    let (rows, columns) = (BATCHES * M, BATCHES * N);
    let (x, y, s) = (cloud::<2>(rows, 1), cloud::<2>(2 * N, 2), noise(BATCHES, 3));
    let blocks: Vec<_> = (0..BATCHES)
        .map(|b| (b * M..b * M + 1 + b % M, b * N..b * N + N))
        .collect();
    let ranges = Ranges::from_blocks(rows, columns, &blocks)?;
    for (width, few) in [(1, false), (3, true), (18, true)] {
        let (v, e) = (noise(columns * width, 4), noise(rows * width, 5));
        let (v, e) = (Strided::new(&v, width), Strided::new(&e, width));
        macro_rules! call {
            ($x:expr, $y:expr, $s:expr, $g:expr, $v:expr) => {{
                let k = gaussian($x, tiled($y, &[1, 3]), $s, $g).batch(&[2, 3]);
                if few { k.ranges(&ranges) } else { k }.matmul($v)
            }};
        }
        let weighted = |call: gaussian::Matmul<'_, f64, Vec<f64>>| -> f64 {
            let rows = call.run().unwrap();
            rows.iter()
                .zip(noise(rows.len(), 5))
                .map(|(a, e)| a * e)
                .sum()
        };
        let call = call!(&x, &y, &s, 0.7, v);
        let all = call.vjp(e).run()?;
        is_gradient("x", &all.x, &x, |x| weighted(call!(x, &y, &s, 0.7, v)));
        is_gradient("y", &all.y, &y, |y| weighted(call!(&x, y, &s, 0.7, v)));
        is_gradient("s", &all.s, &s, |s| weighted(call!(&x, &y, s, 0.7, v)));
        is_gradient("g", &all.g, &0.7, |&g| weighted(call!(&x, &y, &s, g, v)));
        is_gradient("v", &all.v, &noise(columns * width, 4), |v| {
            weighted(call!(&x, &y, &s, 0.7, Strided::new(v, width)))
        });
        agree("y", &call.grad_y(e).run()?, &all.y, 0.0);
        let mut scales = vec![0.0; BATCHES];
        call.grad_s(e).run_into(&mut scales)?;
        agree("s", &scales, &all.s, 0.0);
        if width == 1 {
            let k = gaussian(&x, tiled(&y, &[1, 3]), &s, 0.7).batch(&[2, 3]);
            let (v, e) = (noise(columns, 4), noise(rows, 5));
            let one = k.matvec(&v).vjp(&e).run()?;
            agree("y", &one.y, &all.y, 1e-13);
            agree("s", &one.s, &all.s, 1e-13);
        }
    }
    Ok(())
}

#[test]
fn what_has_no_meaning_is_an_error_that_says_so() -> Result<(), Error> {
    let (x, s) = (cloud::<2>(12, 1), noise(3, 2));
    let message = |error: Error, kind| {
        assert_eq!(error.kind(), kind, "{error}");
        error.to_string()
    };
    // Ranges of other clouds, and ranges that make a symmetric kernel unsymmetric.
    let other = Ranges::from_blocks(11, 12, &[])?;
    let k = plain(&x, &x, 0.7);
    let error = k.ranges(&other).matvec(&noise(12, 3)).run().unwrap_err();
    let want = "the ranges are of 11 rows of the axis i, and the call has 12";
    assert_eq!(message(error, ErrorKind::Rows), want);
    let error = k.ranges(&other).diagonal().run().unwrap_err();
    assert_eq!(message(error, ErrorKind::Rows), want);
    let upper = Ranges::from_blocks(12, 12, &[(0..4, 0..12), (4..12, 4..12)])?;
    let b = noise(12, 3);
    for error in [
        k.ranges(&upper).solve(&b).run().unwrap_err(),
        k.t().ranges(&upper).solve(&b).run().unwrap_err(),
        k.ranges(&upper)
            .solve(&b)
            .run_into(&mut [0.0; 12])
            .unwrap_err(),
        k.ranges(&upper).solve(&b).grad_b(&b).run().unwrap_err(),
        k.ranges(&upper)
            .solve(&b)
            .grad_ridge_(&b)
            .run()
            .unwrap_err(),
    ] {
        let want = "`solve`: the matrix must be symmetric, and its ranges are not: they have the pair of row 0 \
                    and column 4, and not that of row 4 and column 0";
        assert_eq!(message(error, ErrorKind::Rows), want);
    }
    // Rows that are no batches; parameters of batches that are no batches.
    let error = plain(&x, &x, 0.7).batch(&[5]).dense().run().unwrap_err();
    assert!(message(error, ErrorKind::Rows).contains("12 rows"));
    let error = gaussian(&x, &x, &s, 0.7).dense().run().unwrap_err();
    assert!(message(error, ErrorKind::Rows).contains("`s`"));
    let error = gaussian(&x, &x, &s, 0.7)
        .batch(&[4])
        .solve(&b)
        .run()
        .unwrap_err();
    assert!(message(error, ErrorKind::Rows).contains("`s`"));
    let error = gaussian(&x, &x, &s, 0.7)
        .batch(&[3, 0])
        .shape()
        .unwrap_err();
    message(error, ErrorKind::Size);
    // A diagonal of blocks that are not square.
    let error = gaussian(&x, &x[..6], &s, 0.7)
        .batch(&[3])
        .diagonal()
        .run()
        .unwrap_err();
    let want = "`diagonal`: the matrix has 12 rows and 6 columns; it must be square";
    assert_eq!(message(error, ErrorKind::Rows), want);
    // A block that is not positive definite spoils the whole.
    let error = gaussian(&x, &x, &[1.0, -1.0, 1.0], 0.7)
        .batch(&[3])
        .solve(&b)
        .run()
        .unwrap_err();
    assert!(
        error.to_string().contains("not positive definite"),
        "{error}"
    );
    // No rows at all.
    let none: &[[f64; 2]] = &[];
    let empty: &[f64] = &[];
    let k = gaussian(none, none, &s, 0.7).batch(&[3]);
    assert!(k.dense().run()?.is_empty());
    assert!(
        k.solve(empty)
            .preconditioner(Preconditioner::nystrom(5))
            .run()?
            .is_empty()
    );
    Ok(())
}
