//! Arguments whose rows stand for several batches.

use crate::batch::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::row::Real;
use keops_program::program::Source;

/// Which batches of an argument stand for those of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tiling {
    /// For each batch of the call.
    pub(crate) batches: Vec<u32>,
    /// How often each is repeated.
    pub(crate) repeats: usize,
}

impl Tiling {
    /// Of the argument called `name`, in a call of these batches.
    ///
    /// # Errors
    ///
    /// The repetitions do not fit the batches.
    pub(crate) fn new(name: &str, repeats: &Batch, batch: &Batch) -> Result<Tiling> {
        let called = format!("`{name}`: `tiled`");
        let repeats = repeats.axes(&called)?;
        let axes = batch.axes("`batch`")?;
        batch.batches()?;
        let fits = repeats.len() == axes.len()
            && repeats
                .iter()
                .zip(axes)
                .all(|(repeat, axis)| axis % repeat == 0);
        if !fits {
            let message = if axes.is_empty() {
                format!(
                    "{called} with {repeats:?} is for a call with as many axes of batches: \
                     call `.batch(&[…])`"
                )
            } else {
                format!("{called} with {repeats:?} does not divide the batches {axes:?}")
            };
            return Err(Error::new(ErrorKind::Rows, message));
        }
        // The index of the batch in the argument, axis by axis.
        let mut batches = vec![0u32];
        for (axis, repeat) in axes.iter().zip(repeats) {
            let different = axis / repeat;
            let next = |&at: &u32| (0..*axis).map(move |k| at * different + k % different);
            batches = batches.iter().flat_map(next).collect();
        }
        Ok(Tiling {
            batches,
            repeats: repeats.iter().map(|&repeat| repeat as usize).product(),
        })
    }

    /// That of an input; none where each batch has rows of its own.
    pub(crate) fn of(source: Source, all: &[Option<Tiling>]) -> Option<&Tiling> {
        match source {
            Source::Argument(k) => all.get(k as usize)?.as_ref(),
            Source::Output { .. } | Source::Position | Source::ColumnCount => None,
        }
    }

    /// The sum of rows over the repetitions, into rows of the argument; a batch has so many numbers.
    pub(crate) fn sum<T: Real>(&self, rows: &[T], numbers: usize, to: &mut [T]) {
        // What rounding loses of the sums is added at the end.
        let mut lost = vec![T::default(); to.len()];
        to.fill(T::default());
        for (batch, &at) in self.batches.iter().enumerate() {
            let place = at as usize * numbers..(at as usize + 1) * numbers;
            let terms = rows[batch * numbers..(batch + 1) * numbers].iter();
            for ((sum, lost), &term) in to[place.clone()]
                .iter_mut()
                .zip(&mut lost[place])
                .zip(terms)
            {
                let (a, b) = (sum.to_f64(), term.to_f64());
                *sum = T::from_f64(a + b);
                let s = sum.to_f64();
                let z = s - a;
                *lost = T::from_f64(lost.to_f64() + ((a - (s - z)) + (b - z)));
            }
        }
        for (sum, lost) in to.iter_mut().zip(lost) {
            let whole = sum.to_f64() + lost.to_f64();
            if whole.is_finite() {
                *sum = T::from_f64(whole);
            }
        }
    }
}
