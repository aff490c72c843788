//! How formulas are called: rows, memory, devices, partial states, errors.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Values and references are both tested.
#![allow(clippy::needless_borrows_for_generic_args)]

use keops::{Accumulate, Device, Error, ErrorKind, Rows, Strided, every, keops};
use keops_tests::{agree, cloud, noise};

const M: usize = 9;
const N: usize = 70;

keops! {
    /// Gaussian.
    pub fn gaussian<T>(x_i: [T; 3], y_j: [T; 3], b_j: T, gamma: T) -> T {
        sum_j exp(-gamma * |x_i - y_j|^2) * b_j
    }
    /// In double precision alone.
    pub fn double(x_i: f64, y_j: f64, v: [f64; 2]) -> [f64; 2] { sum_j v * sin(x_i * y_j) }
    /// In single precision alone.
    pub fn single(x_i: f32, y_j: f32) -> f32 { sum_j cos(x_i * y_j) }
    /// Tuple.
    pub fn pair<T>(x_i: [T; 3], y_j: [T; 3]) -> (T, [u32; 3], [T; 3]) {
        (sum_j |x_i - y_j|, argmin_j(x_i - y_j), logsumexp_j(x_i * y_j))
    }
    /// Shares labels.
    fn labelled<T>(l_i: u32, y_j: T, m_j: u32, k: u32) -> T { sum_j (if l_i == m_j || m_j == k { y_j } else { 0 }) }
    /// A kernel matrix.
    pub fn kernel<T>(x_i: [T; 2], y_j: [T; 2], g: T) -> Matrix<T> { exp(-g * |x_i - y_j|^2) }
}

fn data() -> (Vec<[f64; 3]>, Vec<[f64; 3]>, Vec<f64>) {
    (cloud(M, 1), cloud(N, 2), noise(N, 3))
}

#[test]
fn kinds_of_rows() -> Result<(), Error> {
    let (x, y, b) = data();
    let want = gaussian(&x, &y, &b, 0.5).run()?;
    let array: [[f64; 3]; M] = x.clone().try_into().unwrap();
    agree(
        "slices",
        &gaussian(&x[..], y.as_slice(), b.as_slice(), 0.5).run()?,
        &want,
        0.0,
    );
    agree(
        "array",
        &gaussian(&array, &&y, &&&b, 0.5).run()?,
        &want,
        0.0,
    );
    let flat: Vec<f64> = x.iter().flatten().copied().collect();
    agree(
        "strided",
        &gaussian(Strided::new(&flat, 3), &y, &b, 0.5).run()?,
        &want,
        0.0,
    );
    agree(
        "every",
        &gaussian(&x, &y, every(1.0), 0.5).run()?,
        &gaussian(&x, &y, &vec![1.0; N], 0.5).run()?,
        0.0,
    );
    agree(
        "every point",
        &gaussian(&x, every([0.0; 3]), &b, 0.5).run()?,
        &gaussian(&x, &vec![[0.0; 3]; N], &b, 0.5).run()?,
        0.0,
    );
    Ok(())
}

#[test]
fn into_the_callers_memory() -> Result<(), Error> {
    let (x, y, b) = data();
    let want = gaussian(&x, &y, &b, 0.5).run()?;
    let mut out = vec![f64::NAN; M];
    gaussian(&x, &y, &b, 0.5).run_into(&mut out)?;
    agree("vec", &out, &want, 0.0);
    let mut out = [f64::NAN; M];
    gaussian(&x, &y, &b, 0.5).run_into(&mut out)?;
    agree("array", &out, &want, 0.0);
    let mut out = [f64::NAN; 2 * M];
    gaussian(&x, &y, &b, 0.5).run_into(&mut out[M..])?;
    agree("slice", &out[M..].to_vec(), &want, 0.0);
    assert!(out[0].is_nan());
    let mut short = vec![0.0; M - 1];
    let error = gaussian(&x, &y, &b, 0.5).run_into(&mut short).unwrap_err();
    assert!(
        error.to_string().contains('8') && error.to_string().contains('9'),
        "{error}"
    );
    let (mut a, mut k, mut l) = (vec![0.0; M], vec![[0; 3]; M], vec![[0.0; 3]; M]);
    pair(&x, &y).run_into((&mut a, &mut k, &mut l))?;
    let (a2, k2, l2) = pair(&x, &y).run()?;
    assert_eq!((a, k, l), (a2, k2, l2));
    let mut g = vec![[0.0; 3]; N];
    gaussian(&x, &y, &b, 0.5)
        .grad_y(every(1.0))
        .run_into(&mut g)?;
    assert_eq!(g, gaussian(&x, &y, &b, 0.5).grad_y(every(1.0)).run()?);
    let mut s = 0.0;
    gaussian(&x, &y, &b, 0.5)
        .grad_gamma(every(1.0))
        .run_into(&mut s)?;
    assert_eq!(s, gaussian(&x, &y, &b, 0.5).grad_gamma(every(1.0)).run()?);
    Ok(())
}

#[test]
fn devices_and_plans() -> Result<(), Error> {
    let (x, y, b) = data();
    let call = gaussian(&x, &y, &b, 0.5).on(Device::Cpu);
    let plan = call.plan()?.to_string();
    assert!(plan.to_lowercase().contains("cpu"), "{plan}");
    agree("cpu", &call.run()?, &gaussian(&x, &y, &b, 0.5).run()?, 0.0);
    match gaussian(&x, &y, &b, 0.5).on(Device::Cuda(0)).run() {
        Ok(_) => println!("there is a GPU"),
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::Driver | ErrorKind::Device),
                "{error:?}"
            );
            assert!(error.to_string().contains("libcuda.so"), "{error}");
        }
    }
    agree(
        "blocked",
        &call.accumulate(Accumulate::Blocked).accurate().run()?,
        &call.run()?,
        0.0,
    );
    Ok(())
}

fn sends<C: Copy + Send + Sync>(_: C) {}

#[test]
fn calls_are_values() -> Result<(), Error> {
    let (x, y, b) = data();
    let call = gaussian(&x, &y, &b, 0.5);
    sends(call);
    sends(call.grad_x(every(1.0)));
    sends(call.vjp(every(1.0)));
    let other = call;
    std::thread::scope(|scope| {
        let t = scope.spawn(move || other.run());
        assert_eq!(t.join().unwrap()?, call.run()?);
        Ok(())
    })
}

/// A struct that stores a call.
struct Stored<'a> {
    call: gaussian::Call<'a, f64>,
}
impl Stored<'_> {
    fn run(&self) -> Result<Vec<f64>, Error> {
        self.call.run()
    }
}

#[test]
fn stored_calls() -> Result<(), Error> {
    let (x, y, b) = data();
    let stored = Stored {
        call: gaussian(&x, &y, &b, 0.5),
    };
    agree(
        "stored",
        &stored.run()?,
        &gaussian(&x, &y, &b, 0.5).run()?,
        0.0,
    );
    let gradients: gaussian::Gradients<f64> = stored.call.vjp(every(1.0)).run()?;
    let gaussian::Gradients {
        x: gx,
        y: gy,
        b: gb,
        gamma,
    } = gradients;
    assert_eq!((gx.len(), gy.len(), gb.len()), (M, N, N));
    assert!(gamma.is_finite());
    Ok(())
}

/// A generic function of the user's.
fn smooth<'a, T: keops::Real>(
    x: impl Rows<'a, [T; 3]>,
    y: impl Rows<'a, [T; 3]>,
    b: impl Rows<'a, T>,
    g: T,
) -> Result<Vec<T>, Error> {
    gaussian(x, y, b, g).run()
}
fn smoothed<T: keops::Real>(
    x: &[[T; 3]],
    y: &[[T; 3]],
    b: &[T],
    g: T,
) -> Result<Vec<[T; 3]>, Error> {
    let e = vec![g; x.len()];
    gaussian(x, y, b, g).grad_x(&e).run()
}

#[test]
fn generic_callers() -> Result<(), Error> {
    let (x, y, b) = data();
    agree(
        "generic",
        &smooth(&x, &y, &b, 0.5)?,
        &gaussian(&x, &y, &b, 0.5).run()?,
        0.0,
    );
    agree(
        "generic gradient",
        &smoothed(&x, &y, &b, 0.5)?,
        &gaussian(&x, &y, &b, 0.5).grad_x(every(0.5)).run()?,
        0.0,
    );
    let single = smooth(&[[0f32; 3]], &[[1f32; 3]], &[2f32], 0.0)?;
    assert_eq!(single, [2.0]);
    Ok(())
}

#[test]
fn single_and_double() -> Result<(), Error> {
    let a = double(&[1.0, 2.0], &[0.5, 0.25], [1.0, 10.0]).run()?;
    let s: f64 = 0.5f64.sin() + 0.25f64.sin();
    agree(
        "double",
        &a,
        &vec![
            [s, 10.0 * s],
            [
                1f64.sin() + 0.5f64.sin(),
                10.0 * (1f64.sin() + 0.5f64.sin()),
            ],
        ],
        1e-14,
    );
    let a: Vec<f32> = single(&[0.0], &[0.5, 0.25]).run()?;
    assert_eq!(a, [2.0]);
    assert_eq!(
        labelled(&[1, 2], &[1.0f32, 10.0, 100.0], &[1, 5, 2], 5).run()?,
        [11.0, 110.0]
    );
    Ok(())
}

#[test]
fn partial_states() -> Result<(), Error> {
    let (x, y, b) = data();
    let want = gaussian(&x, &y, &b, 0.5).run()?;
    let mut state = gaussian(&x, &y[..40], &b[..40], 0.5).partial(0)?;
    state.merge(&gaussian(&x, &y[40..], &b[40..], 0.5).partial(40)?)?;
    agree("sum", &state.finish()?, &want, 1e-14);
    let (a, k, l) = pair(&x, &y).run()?;
    let mut state = pair(&x, &y[..64]).partial(0)?;
    state.merge(&pair(&x, &y[64..]).partial(64)?)?;
    let (a2, k2, l2) = state.finish()?;
    agree("a", &a2, &a, 1e-14);
    assert_eq!(k2, k);
    agree("l", &l2, &l, 1e-14);
    Ok(())
}

#[test]
fn kernel_matrices() -> Result<(), Error> {
    let (x, y): (Vec<[f64; 2]>, Vec<[f64; 2]>) = (cloud(M, 1), cloud(N, 2));
    let k = kernel(&x, &y, 0.5);
    let v = noise(N, 4);
    let entry = |i: usize, j: usize| {
        (-0.5 * ((x[i][0] - y[j][0]).powi(2) + (x[i][1] - y[j][1]).powi(2))).exp()
    };
    let want: Vec<f64> = (0..M)
        .map(|i| (0..N).map(|j| entry(i, j) * v[j]).sum())
        .collect();
    agree("matvec", &k.matvec(&v).run()?, &want, 1e-13);
    let u = noise(M, 5);
    let want: Vec<f64> = (0..N)
        .map(|j| (0..M).map(|i| entry(i, j) * u[i]).sum())
        .collect();
    agree("rmatvec", &k.rmatvec(&u).run()?, &want, 1e-13);
    agree("transposed", &k.t().matvec(&u).run()?, &want, 1e-13);
    Ok(())
}

#[test]
fn wrong_lengths() {
    let (x, y, b) = data();
    let error = gaussian(&x, &y, &b[1..], 0.5).run().unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`b`") && text.contains("69") && text.contains("70"),
        "{text}"
    );
    let flat = vec![0.0; 10];
    let error = gaussian(Strided::new(&flat, 3), &y, &b, 0.5)
        .run()
        .unwrap_err();
    assert!(error.to_string().contains("`x`"), "{error}");
    let flat = vec![0.0; 12];
    let error = gaussian(Strided::new(&flat, 4), &y, &b, 0.5)
        .run()
        .unwrap_err();
    assert!(
        error.to_string().contains("`x`")
            && error.to_string().contains('3')
            && error.to_string().contains('4'),
        "{error}"
    );
    let error = gaussian(&x, &y, &b, 0.5).grad_x(&[1.0]).run().unwrap_err();
    assert!(
        error.to_string().contains("`e`") || error.to_string().contains("cotangent"),
        "{error}"
    );
    let error = gaussian(&x, &y, &b, 0.5)
        .jvp(&x[1..], &y, &b, 0.5)
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rows);
    let error = gaussian(&x, every([0.0; 3]), every(1.0), 0.5)
        .run()
        .unwrap_err();
    assert!(error.to_string().contains("`y`"), "{error}");
}
