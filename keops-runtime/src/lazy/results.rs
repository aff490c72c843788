//! From the flat outputs of a call to the types that users see.

use std::marker::PhantomData;

use crate::argument::OutputMut;
use crate::error::{Error, ErrorKind, Result};
use crate::row::{Real, Row, Scalar};

/// The results of a call: `Vec<R>`, [`Single<R>`], and tuples of results.
///
/// `next` in its methods gives for each result in turn its number and its number of rows.
pub trait Results<T: Real>: Sized {
    /// How many results there are.
    const COUNT: usize;
    /// What `.run()` gives.
    type Value;
    /// What `.run_into(…)` takes.
    type Into<'o>;
    /// Memory for what cannot be computed in place.
    type Staging: Default;

    /// Memory of the right size.
    ///
    /// # Errors
    ///
    /// There is not enough.
    fn allocate(next: &mut dyn FnMut() -> (usize, usize)) -> Result<Self>;
    /// That memory, borrowed.
    fn borrow(&mut self) -> Self::Into<'_>;
    /// What the memory holds, given to the user.
    fn value(self) -> Self::Value;
    /// That the user's memory has the right size.
    ///
    /// # Errors
    ///
    /// It has not.
    fn check(into: &Self::Into<'_>, next: &mut dyn FnMut() -> (usize, usize)) -> Result<()>;
    /// Adds where each result goes.
    fn outputs<'s>(
        into: &'s mut Self::Into<'_>,
        staging: &'s mut Self::Staging,
        outputs: &mut Vec<OutputMut<'s, T>>,
    );
    /// Moves what could not be computed in place.
    fn finish(into: Self::Into<'_>, staging: Self::Staging);
}

/// A result of one row that stands for itself: the gradient of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Single<R>(pub R);

/// A number in a result of a formula in `T`: `T`, `u32` or `bool`.
pub trait Element<T>: Scalar {
    /// Memory for what cannot be computed in place.
    type Staging: Default;

    /// Where these results go.
    fn output<'s>(values: &'s mut [Self], staging: &'s mut Self::Staging) -> OutputMut<'s, T>;
    /// Moves what could not be computed in place.
    fn finish(values: &mut [Self], staging: Self::Staging);
}

impl<T: Real> Element<T> for T {
    type Staging = ();

    fn output<'s>(values: &'s mut [T], (): &'s mut ()) -> OutputMut<'s, T> {
        OutputMut::Real(values)
    }
    fn finish(_: &mut [T], (): ()) {}
}

impl<T: Real> Element<T> for u32 {
    type Staging = ();

    fn output<'s>(values: &'s mut [u32], (): &'s mut ()) -> OutputMut<'s, T> {
        OutputMut::Labels(values)
    }
    fn finish(_: &mut [u32], (): ()) {}
}

// Programs store truth values as labels.
impl<T: Real> Element<T> for bool {
    type Staging = Vec<u32>;

    fn output<'s>(values: &'s mut [bool], staging: &'s mut Vec<u32>) -> OutputMut<'s, T> {
        staging.resize(values.len(), 0);
        OutputMut::Labels(staging)
    }
    fn finish(values: &mut [bool], staging: Vec<u32>) {
        for (value, label) in values.iter_mut().zip(staging) {
            *value = label != 0;
        }
    }
}

impl<T: Real, R: Row<Scalar: Element<T>>> Results<T> for Vec<R> {
    const COUNT: usize = 1;
    type Value = Vec<R>;
    type Into<'o> = &'o mut [R];
    type Staging = <R::Scalar as Element<T>>::Staging;

    fn allocate(next: &mut dyn FnMut() -> (usize, usize)) -> Result<Vec<R>> {
        let (result, rows) = next();
        let mut values = Vec::new();
        values.try_reserve_exact(rows).map_err(|error| {
            let bytes = rows as u128 * size_of::<R>() as u128;
            let message = format!(
                "no memory for result {result}: {rows} rows of {} numbers are {bytes} bytes",
                R::WIDTH
            );
            Error::new(ErrorKind::Memory, message).caused_by(error)
        })?;
        values.resize(rows, R::ZERO);
        Ok(values)
    }
    fn borrow(&mut self) -> &mut [R] {
        self
    }
    fn value(self) -> Vec<R> {
        self
    }
    fn check(into: &&mut [R], next: &mut dyn FnMut() -> (usize, usize)) -> Result<()> {
        let (result, rows) = next();
        if into.len() == rows {
            return Ok(());
        }
        let message = format!(
            "`run_into`: the memory for result {result} has {} rows, and the result has {rows}",
            into.len()
        );
        Err(Error::new(ErrorKind::Rows, message))
    }
    fn outputs<'s>(
        into: &'s mut &mut [R],
        staging: &'s mut Self::Staging,
        outputs: &mut Vec<OutputMut<'s, T>>,
    ) {
        outputs.push(R::Scalar::output(R::flatten_mut(into), staging));
    }
    fn finish(into: &mut [R], staging: Self::Staging) {
        R::Scalar::finish(R::flatten_mut(into), staging);
    }
}

impl<T: Real, R: Row<Scalar: Element<T>>> Results<T> for Single<R> {
    const COUNT: usize = 1;
    type Value = R;
    type Into<'o> = &'o mut R;
    type Staging = <R::Scalar as Element<T>>::Staging;

    fn allocate(next: &mut dyn FnMut() -> (usize, usize)) -> Result<Single<R>> {
        single(next)?;
        Ok(Single(R::ZERO))
    }
    fn borrow(&mut self) -> &mut R {
        &mut self.0
    }
    fn value(self) -> R {
        self.0
    }
    fn check(_: &&mut R, next: &mut dyn FnMut() -> (usize, usize)) -> Result<()> {
        single(next)
    }
    fn outputs<'s>(
        into: &'s mut &mut R,
        staging: &'s mut Self::Staging,
        outputs: &mut Vec<OutputMut<'s, T>>,
    ) {
        let values = R::flatten_mut(std::slice::from_mut(&mut **into));
        outputs.push(R::Scalar::output(values, staging));
    }
    fn finish(into: &mut R, staging: Self::Staging) {
        R::Scalar::finish(R::flatten_mut(std::slice::from_mut(into)), staging);
    }
}

/// Results that are given as another type: the gradients of all arguments as a struct.
#[derive(Debug)]
pub struct Made<R, V>(R, PhantomData<fn() -> V>);

impl<T: Real, R: Results<T>, V: From<R::Value>> Results<T> for Made<R, V> {
    const COUNT: usize = R::COUNT;
    type Value = V;
    type Into<'o> = R::Into<'o>;
    type Staging = R::Staging;

    fn allocate(next: &mut dyn FnMut() -> (usize, usize)) -> Result<Made<R, V>> {
        Ok(Made(R::allocate(next)?, PhantomData))
    }
    fn borrow(&mut self) -> R::Into<'_> {
        self.0.borrow()
    }
    fn value(self) -> V {
        self.0.value().into()
    }
    fn check(into: &R::Into<'_>, next: &mut dyn FnMut() -> (usize, usize)) -> Result<()> {
        R::check(into, next)
    }
    fn outputs<'s>(
        into: &'s mut R::Into<'_>,
        staging: &'s mut R::Staging,
        outputs: &mut Vec<OutputMut<'s, T>>,
    ) {
        R::outputs(into, staging, outputs);
    }
    fn finish(into: R::Into<'_>, staging: R::Staging) {
        R::finish(into, staging);
    }
}

/// That the next result has one row.
fn single(next: &mut dyn FnMut() -> (usize, usize)) -> Result<()> {
    match next() {
        (_, 1) => Ok(()),
        (result, rows) => Err(Error::internal(format!(
            "result {result} is one value, and has {rows} rows"
        ))),
    }
}

macro_rules! tuples {
    ($($result:ident $at:tt),*) => {
        impl<T: Real, $($result: Results<T>),*> Results<T> for ($($result,)*) {
            const COUNT: usize = 0 $(+ $result::COUNT)*;
            type Value = ($($result::Value,)*);
            type Into<'o> = ($($result::Into<'o>,)*);
            type Staging = ($($result::Staging,)*);

            fn allocate(next: &mut dyn FnMut() -> (usize, usize)) -> Result<Self> {
                Ok(($($result::allocate(next)?,)*))
            }
            fn borrow(&mut self) -> Self::Into<'_> {
                ($(self.$at.borrow(),)*)
            }
            fn value(self) -> Self::Value {
                ($(self.$at.value(),)*)
            }
            fn check(
                into: &Self::Into<'_>,
                next: &mut dyn FnMut() -> (usize, usize),
            ) -> Result<()> {
                $($result::check(&into.$at, next)?;)*
                Ok(())
            }
            fn outputs<'s>(
                into: &'s mut Self::Into<'_>,
                staging: &'s mut Self::Staging,
                outputs: &mut Vec<OutputMut<'s, T>>,
            ) {
                $($result::outputs(&mut into.$at, &mut staging.$at, outputs);)*
            }
            fn finish(into: Self::Into<'_>, staging: Self::Staging) {
                $($result::finish(into.$at, staging.$at);)*
            }
        }
    };
}
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
