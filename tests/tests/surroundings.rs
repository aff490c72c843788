//! What generated code must bear: lints, names that shadow Rust's, keywords, conditions, macros,
//! every kind of place.
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    warnings,
    rust_2018_idioms,
    elided_lifetimes_in_paths,
    let_underscore_drop
)]
#![deny(
    missing_copy_implementations,
    missing_debug_implementations,
    single_use_lifetimes
)]
#![deny(
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    unused_lifetimes
)]
#![deny(unused_qualifications, variant_size_differences)]

use keops::{every, keops};

/// Names of the prelude mean something else here.
mod shadowed {
    #![allow(
        dead_code,
        non_camel_case_types,
        non_snake_case,
        non_upper_case_globals
    )]

    pub(crate) struct Vec;
    pub(crate) struct Option;
    pub(crate) struct String;
    type Result = ();
    type f64 = u8;
    mod core {}
    mod std {}
    mod keops_runtime {}
    fn Some() {}
    const Ok: u8 = 0;

    keops::keops! {
        fn total<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }
    }

    #[test]
    fn of_an_item() {
        let x: [f32; 2] = [1.0, 2.0];
        assert_eq!(total(&x, &x).grad_x(&x).run().unwrap(), [3.0, 6.0]);
    }

    #[test]
    fn where_it_is_used() {
        let (x, y): ([f32; 2], [f32; 2]) = ([1.0, 2.0], [1.0, 2.0]);
        let call = keops::keops!(sum_j x_i * y_j; x_i: f32, y_j: f32);
        assert_eq!(call.vjp(&y).run().unwrap().x, [3.0, 6.0]);
    }
}

/// Keywords name formulas, variables and parameters.
mod keywords {
    use super::{every, keops};

    keops! {
        fn r#move<T>(x_i: T, fn_j: T, mod: T) -> T { sum_j x_i * fn_j * mod }
        fn type<T>(x_i: T, y_j: T) -> T { 2 * move(x_i, y_j, 1) }
        fn mod<T>(x_i: T, y_j: T) -> Matrix<T> { x_i * y_j }
    }

    #[test]
    fn are_names() {
        let one = [1.0];
        assert_eq!(
            r#move(&one, &one, 2.0).grad_fn_j(every(1.0)).run().unwrap(),
            [2.0]
        );
        assert_eq!(
            r#move(&one, &one, 2.0).vjp(every(1.0)).run().unwrap().mod_,
            1.0
        );
        assert_eq!(r#type(&one, &one).run().unwrap(), [2.0]);
        assert_eq!(r#mod(&one, &one).matvec(&one).run().unwrap(), [1.0]);
        let call = keops!(sum_j x_i * mod; x_i: f64 = &one, y_j: f64 = &one, mod: f64 = 3.0);
        assert_eq!(call.run().unwrap(), [3.0]);
    }
}

/// Variables have the names that generated code uses itself.
mod own_names {
    use super::{every, keops};

    keops! {
        fn product<T>(
            forward_i: T, options_j: T, device_i: T, call_j: T, self_i: T, a_i: T, e_i: T, real: T
        ) -> T {
            sum_j forward_i * options_j * device_i * call_j * self_i * a_i * e_i * real
        }

        #[keops(order = 2)]
        fn squares<T>(e_i: T, y_j: T) -> T { sum_j e_i^2 * y_j^2 }
    }

    #[test]
    fn of_variables() {
        let one = [1.0];
        let call = product(&one, &one, &one, &one, &one, &one, &one, 2.0);
        assert_eq!(call.grad_forward(every(1.0)).run().unwrap(), [2.0]);
        assert_eq!(
            call.forward().grad_options(every(1.0)).run().unwrap(),
            [2.0]
        );
        assert_eq!(call.vjp(every(1.0)).run().unwrap().e, [2.0]);
        let gradient = squares(&[3.0], &one).grad_e(every(1.0));
        assert_eq!(gradient.run().unwrap(), [6.0]);
        assert_eq!(gradient.grad_e(&one).run().unwrap(), [2.0]);
    }
}

/// Attributes and visibilities go where they belong.
mod attributes {
    use super::keops;

    keops! {
        /// Seen in the crate.
        #[must_use]
        pub(crate) fn seen<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }

        #[inline]
        pub(in crate::attributes) fn near<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }

        #[allow(dead_code)]
        fn unused<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }

        #[cfg(not(test))]
        pub(crate) fn either<T>(x_i: T, y_j: T) -> T { 3 * sum_j x_i * y_j }
    }

    keops! {
        #[cfg(test)]
        pub(crate) fn either<T>(x_i: T, y_j: T) -> T { 2 * sum_j x_i * y_j }
    }

    #[test]
    fn are_kept() {
        assert_eq!(near(&[1.0], &[2.0]).run().unwrap(), [2.0]);
        assert_eq!(either(&[1.0], &[2.0]).run().unwrap(), [4.0]);
    }
}

#[test]
fn an_item_is_seen_where_its_visibility_says() {
    assert_eq!(attributes::seen(&[1.0], &[2.0]).run().unwrap(), [2.0]);
}

macro_rules! near {
    ($x:expr, $y:expr) => {
        keops!(sum_j exp(-|x_i - y_j|^2); x_i: [f64; 2] = $x, y_j: [f64; 2] = $y)
    };
}

macro_rules! typed {
    ($ty:ty, $x:expr) => {
        keops!(sum_j exp(-|x_i - y_j|^2); x_i: $ty = $x, y_j: $ty = $x)
    };
}

macro_rules! item {
    ($name:ident, $width:literal, $power:expr) => {
        keops! { fn $name<T>(x_i: [T; $width], y_j: [T; $width]) -> T { sum_j |x_i - y_j|^$power } }
    };
}

item!(first, 2, 1);
item!(second, 3, 2);

#[test]
fn formulas_in_macros() {
    let x = [[0.0, 1.0], [1.0, 0.0]];
    let expected = near!(&x, &x).run().unwrap();
    assert_eq!(typed!([f64; 2], &x).run().unwrap(), expected);
    assert_eq!(first(&[[3f64, 4.0]], &[[0.0, 0.0]]).run().unwrap(), [5.0]);
    assert_eq!(second(&[[1f32; 3]], &[[0f32; 3]]).run().unwrap(), [3.0]);
}

/// A method with formulas in it.
trait Total {
    /// The sum of all products, twice.
    fn total(&self) -> (Vec<f64>, Vec<f64>);
}

impl Total for Vec<f64> {
    fn total(&self) -> (Vec<f64>, Vec<f64>) {
        keops! {
            fn local<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j }
            fn other<T>(x_i: T, y_j: T) -> T { 1 + local(x_i, y_j) }
        }
        let inline = keops!(1 + sum_j x_i * y_j; x_i: f64 = self, y_j: f64 = &self[..]);
        (other(self, self).run().unwrap(), inline.run().unwrap())
    }
}

fn generic<T: keops::Real>(x: &[T]) -> Vec<T> {
    keops! { fn local<U>(x_i: U, y_j: U) -> U { sum_j x_i * y_j } }
    local(x, x).run().unwrap()
}

#[test]
fn formulas_in_functions() {
    assert_eq!(vec![1.0, 2.0].total(), (vec![4.0, 7.0], vec![4.0, 7.0]));
    assert_eq!(generic(&[1f32, 2.0]), [3.0, 6.0]);
    let scaled = |s: f64| {
        keops!(sum_j s * x_i * y_j; x_i: f64 = &[1.0], y_j: f64 = &vec![1.0, 2.0], s: f64).run()
    };
    assert_eq!(
        (scaled(1.0).unwrap(), scaled(2.0).unwrap()),
        (vec![3.0], vec![6.0])
    );
    let gamma = 2.0;
    let x = [1.0];
    let chosen = keops!(sum_j x_i * c; x_i: f64, y_j: f64 = &x, c: f64 = if gamma > 1.0 { 3.0 } else { 4.0 });
    assert_eq!(chosen.run().unwrap(), [3.0]);
    let parts = keops!(let d = x_i - y_j; (sum_j |d|, min_j(d)); x_i: f64, y_j: f64 = &[3.0]);
    assert_eq!(parts.run().unwrap(), (vec![2.0], vec![-2.0]));
}
