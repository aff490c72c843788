//! Kernels as generated code has them, for some of the schedules.

use keops_program::op::{Operation, table};
use keops_runtime::Real;
use keops_runtime::cpu::nest::Kernel;
use keops_runtime::cpu::simd::Simd;

/// Of `GAUSSIAN`.
pub struct Gaussian;

impl<T: Real> Kernel<T, 1, 3, 4, 2> for Gaussian {
    const EXACT: bool = false;

    #[inline(always)]
    fn update<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        p: &[T; 1],
        x: &[[S::F; U]; 3],
        y: &[T; 4],
        a: &mut [[S::F; U]; 2],
    ) {
        let p0 = s.broadcast(p[0]);
        let y = [
            s.broadcast(y[0]),
            s.broadcast(y[1]),
            s.broadcast(y[2]),
            s.broadcast(y[3]),
        ];
        for u in 0..U {
            let v2 = table::Sub::apply(s, &[x[0][u], y[0]]);
            let v5 = table::Sub::apply(s, &[x[1][u], y[1]]);
            let v8 = table::Sub::apply(s, &[x[2][u], y[2]]);
            let v9 = table::Mul::apply(s, &[v2, v2]);
            let v10 = table::Fma::apply(s, &[v5, v5, v9]);
            let v11 = table::Fma::apply(s, &[v8, v8, v10]);
            let v13 = table::Mul::apply(s, &[p0, v11]);
            let v14 = table::Exp::apply(s, &[v13]);
            a[0][u] = table::Fma::apply(s, &[v14, y[3], a[0][u]]);
        }
    }

    #[inline(always)]
    fn merge<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        a: &mut [[S::F; U]; 2],
        b: &[[S::F; U]; 2],
    ) {
        for u in 0..U {
            let (v0, v1) = (a[0][u], b[0][u]);
            let v2 = table::Add::apply(s, &[v0, v1]);
            let v3 = table::Sub::apply(s, &[v2, v0]);
            let v4 = table::Sub::apply(s, &[v2, v3]);
            let v5 = table::Sub::apply(s, &[v0, v4]);
            let v6 = table::Sub::apply(s, &[v1, v3]);
            let v7 = table::Add::apply(s, &[v5, v6]);
            let v10 = table::Add::apply(s, &[a[1][u], b[1][u]]);
            a[0][u] = v2;
            a[1][u] = table::Add::apply(s, &[v10, v7]);
        }
    }
}

/// Of `LOGSUMEXP`.
pub struct LogSumExp;

impl<T: Real> Kernel<T, 0, 1, 1, 2> for LogSumExp {
    const EXACT: bool = false;

    #[inline(always)]
    fn update<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        _: &[T; 0],
        x: &[[S::F; U]; 1],
        y: &[T; 1],
        a: &mut [[S::F; U]; 2],
    ) {
        let y = s.broadcast(y[0]);
        for u in 0..U {
            let v2 = table::Mul::apply(s, &[x[0][u], y]);
            let v4 = table::Max::apply(s, &[a[0][u], v2]);
            let v6 = table::Exp::apply(s, &[table::Sub::apply(s, &[a[0][u], v4])]);
            let v8 = table::Mul::apply(s, &[a[1][u], v6]);
            let v10 = table::Exp::apply(s, &[table::Sub::apply(s, &[v2, v4])]);
            a[0][u] = v4;
            a[1][u] = table::Add::apply(s, &[v8, v10]);
        }
    }

    #[inline(always)]
    fn merge<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        a: &mut [[S::F; U]; 2],
        b: &[[S::F; U]; 2],
    ) {
        for u in 0..U {
            let v2 = table::Max::apply(s, &[a[0][u], b[0][u]]);
            let v4 = table::Exp::apply(s, &[table::Sub::apply(s, &[a[0][u], v2])]);
            let v6 = table::Exp::apply(s, &[table::Sub::apply(s, &[b[0][u], v2])]);
            let v8 = table::Mul::apply(s, &[a[1][u], v4]);
            let v10 = table::Mul::apply(s, &[b[1][u], v6]);
            a[0][u] = v2;
            a[1][u] = table::Add::apply(s, &[v8, v10]);
        }
    }
}

/// Of the first pass of `NEAREST`.
pub struct Nearest;

impl<T: Real> Kernel<T, 0, 2, 3, 2> for Nearest {
    const EXACT: bool = false;

    #[inline(always)]
    fn update<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        _: &[T; 0],
        x: &[[S::F; U]; 2],
        y: &[T; 3],
        a: &mut [[S::F; U]; 2],
    ) {
        let y = [s.broadcast(y[0]), s.broadcast(y[1]), s.broadcast(y[2])];
        let j = s.integer(y[2]);
        for u in 0..U {
            let v2 = table::Sub::apply(s, &[x[0][u], y[0]]);
            let v5 = table::Sub::apply(s, &[x[1][u], y[1]]);
            let v6 = table::Mul::apply(s, &[v2, v2]);
            let v7 = table::Fma::apply(s, &[v5, v5, v6]);
            let v9 = s.lt(v7, a[0][u]);
            a[0][u] = s.select(v9, v7, a[0][u]);
            a[1][u] = s.slot(s.int_select(v9, j, s.integer(a[1][u])));
        }
    }

    #[inline(always)]
    fn merge<S: Simd<Scalar = T>, const U: usize>(
        s: S,
        a: &mut [[S::F; U]; 2],
        b: &[[S::F; U]; 2],
    ) {
        for u in 0..U {
            let v2 = s.lt(b[0][u], a[0][u]);
            a[0][u] = s.select(v2, b[0][u], a[0][u]);
            let (k, l) = (s.integer(a[1][u]), s.integer(b[1][u]));
            a[1][u] = s.slot(s.int_select(v2, l, k));
        }
    }
}
