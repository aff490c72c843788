//! Rows that a pass computed, and rows that a pass reads.

use super::tiling::Tiling;
use crate::argument::{Argument, OutputMut};
use crate::cpu::lanes::Machine;
use crate::cpu::slot::{from_index, from_label, to_index, to_label};
use crate::row::{Real, Scalar};
use crate::view::View;
use keops_program::program::{Place, Type};
use std::borrow::Cow;
use std::ops::Range;

/// The rows that a pass computed, one after the other.
#[derive(Clone, Debug)]
pub(crate) enum Array<T> {
    Real(Vec<T>),
    /// Labels and row numbers, as u32.
    Integer(Vec<u32>),
}

impl<T: Real> Array<T> {
    pub(crate) fn new(ty: Type, len: usize) -> Array<T> {
        match ty {
            Type::Real => Array::Real(vec![T::default(); len]),
            Type::Index | Type::Label | Type::Mask => Array::Integer(vec![0; len]),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Array::Real(values) => values.len(),
            Array::Integer(values) => values.len(),
        }
    }

    pub(crate) fn as_mut(&mut self) -> OutputMut<'_, T> {
        match self {
            Array::Real(values) => OutputMut::Real(values),
            Array::Integer(values) => OutputMut::Labels(values),
        }
    }

    /// Copies it to a result of the same length and type; says whether it is one.
    pub(crate) fn copy_to(&self, result: &mut OutputMut<'_, T>) -> bool {
        match (self, result) {
            (Array::Real(from), OutputMut::Real(to)) if from.len() == to.len() => {
                to.copy_from_slice(from);
                true
            }
            (Array::Integer(from), OutputMut::Labels(to)) if from.len() == to.len() => {
                to.copy_from_slice(from);
                true
            }
            _ => false,
        }
    }

    /// Copies it to a result of the same type, or sums it over repetitions of batches of so many
    /// numbers; says whether the result is one of this type.
    pub(crate) fn give(
        &self,
        tiling: Option<&Tiling>,
        numbers: usize,
        result: &mut OutputMut<'_, T>,
    ) -> bool {
        match (tiling, self, &mut *result) {
            (Some(tiling), Array::Real(rows), OutputMut::Real(to)) => {
                tiling.sum(rows, numbers, to);
                true
            }
            _ => self.copy_to(result),
        }
    }
}

/// Which row of an array stands for a row of the pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick<'a> {
    /// The row itself.
    Same,
    /// That of its batch, of so many rows.
    Batch(usize),
    /// The row at its place in another batch.
    Tiled {
        /// Rows in a batch.
        block: usize,
        /// Rows of the array in a batch.
        own: usize,
        /// For each batch, the one that stands for it.
        batches: &'a [u32],
    },
}

impl Pick<'_> {
    pub(crate) fn row(self, row: usize) -> usize {
        match self {
            Pick::Same => row,
            Pick::Batch(block) => row / block,
            Pick::Tiled {
                block,
                own,
                batches,
            } => batches[row / block] as usize * own + row % own,
        }
    }
}

/// The rows of an input, wherever they come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Data<'a, T> {
    Real(View<'a, T>, Pick<'a>),
    Label(View<'a, u32>, Pick<'a>),
    Index(View<'a, u32>, Pick<'a>),
    /// The numbers of the rows in their batch, from an offset.
    Position {
        offset: usize,
        /// Rows in a batch.
        block: usize,
    },
    /// One number.
    Count(usize),
}

impl<'a, T: Real> Data<'a, T> {
    pub(crate) fn argument(argument: &Argument<'a, T>, pick: Pick<'a>) -> Data<'a, T> {
        match *argument {
            Argument::Rows(view) => Data::Real(view, pick),
            Argument::Labels(view) => Data::Label(view, pick),
            Argument::Param(values) => Data::Real(View::flat(values, values.len()), pick),
            Argument::LabelParam(values) => Data::Label(View::flat(values, values.len()), pick),
        }
    }

    pub(crate) fn array(
        array: &'a Array<T>,
        ty: Type,
        width: usize,
        pick: Pick<'a>,
    ) -> Data<'a, T> {
        match array {
            Array::Real(values) => Data::Real(View::flat(values, width), pick),
            Array::Integer(values) => {
                let view = View::flat(values, width);
                if ty == Type::Index {
                    Data::Index(view, pick)
                } else {
                    Data::Label(view, pick)
                }
            }
        }
    }

    /// Puts one row, the first, into an array that is the same in all lanes.
    pub(crate) fn put_uniform(&self, machine: &mut Machine<'_, T>, place: Place) {
        let to = machine.uniform(place);
        if to.is_empty() {
            return;
        }
        match self {
            Data::Real(view, _) => view.copy_rows(0..1, to),
            Data::Label(view, _) => (0..to.len()).for_each(|k| to[k] = from_label(view.get(0, k))),
            Data::Index(view, _) => {
                (0..to.len()).for_each(|k| to[k] = from_index(view.get(0, k) as i32));
            }
            Data::Position { offset: number, .. } | Data::Count(number) => {
                to[0] = from_index(*number as i32);
            }
        }
    }

    /// Puts rows into the lanes of an array, and the last row into the lanes after it.
    pub(crate) fn put(
        &self,
        machine: &mut Machine<'_, T>,
        place: Place,
        which: &Which<'_>,
        lanes: usize,
        scratch: &mut Scratch<T>,
    ) {
        if !machine.names(place) || which.len() == 0 {
            return;
        }
        match self {
            Data::Real(view, pick) => {
                let to = (machine, place, lanes);
                put(to, view, which.picked(*pick), &mut scratch.reals, |x| x);
            }
            Data::Label(view, pick) => {
                let to = (machine, place, lanes);
                let which = which.picked(*pick);
                put(to, view, which, &mut scratch.integers, from_label);
            }
            Data::Index(view, pick) => {
                let to = (machine, place, lanes);
                let index = |x: u32| from_index(x as i32);
                put(to, view, which.picked(*pick), &mut scratch.integers, index);
            }
            Data::Position { offset, block } => {
                let to = machine.lanes(place, 0);
                for (lane, slot) in to[..lanes].iter_mut().enumerate() {
                    let row = which.row(lane.min(which.len() - 1)) % block;
                    *slot = from_index((offset + row) as i32);
                }
            }
            Data::Count(count) => machine.lanes(place, 0)[..lanes].fill(from_index(*count as i32)),
        }
    }

    /// The row number in a component of a row.
    pub(crate) fn index(&self, row: usize, component: usize) -> i32 {
        match self {
            Data::Index(view, pick) | Data::Label(view, pick) => {
                view.get(pick.row(row), component) as i32
            }
            Data::Position { offset, block } => (offset + row % block) as i32,
            Data::Real(..) | Data::Count(_) => -1,
        }
    }
}

/// Which rows go into lanes.
#[derive(Clone, Debug)]
pub(crate) enum Which<'a> {
    /// These, in order.
    Run(Range<usize>),
    /// One for each lane.
    Picked(Cow<'a, [usize]>),
    /// One for all of so many lanes.
    One(usize, usize),
}

impl<'a> Which<'a> {
    fn len(&self) -> usize {
        match self {
            Which::Run(range) => range.len(),
            Which::Picked(rows) => rows.len(),
            Which::One(_, lanes) => *lanes,
        }
    }

    /// The rows that stand for these.
    fn picked(&self, pick: Pick<'_>) -> Which<'a> {
        match (self, pick) {
            (_, Pick::Same) => self.clone(),
            (Which::Run(range), Pick::Batch(block) | Pick::Tiled { block, .. })
                if range.start / block == (range.end - 1) / block =>
            {
                let first = pick.row(range.start);
                match pick {
                    Pick::Tiled { own, .. } if own == block => {
                        Which::Run(first..first + range.len())
                    }
                    _ => Which::One(first, range.len()),
                }
            }
            _ => Which::Picked(
                (0..self.len())
                    .map(|lane| pick.row(self.row(lane)))
                    .collect(),
            ),
        }
    }

    fn row(&self, lane: usize) -> usize {
        match self {
            Which::Run(range) => range.start + lane,
            Which::Picked(rows) => rows[lane],
            Which::One(row, _) => *row,
        }
    }
}

/// Memory for rows on their way into lanes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch<T> {
    reals: Vec<T>,
    integers: Vec<u32>,
}

/// Puts rows into the first lanes of an array of a machine, and the last one into those up to a number.
fn put<T: Real, A: Scalar>(
    (machine, place, lanes): (&mut Machine<'_, T>, Place, usize),
    view: &View<'_, A>,
    which: Which<'_>,
    scratch: &mut Vec<A>,
    slot: impl Fn(A) -> T,
) {
    let width = view.width();
    let mut count = which.len();
    let rows: &[A] = match (which, view.contiguous()) {
        (Which::Run(range), Some(all)) => &all[range.start * width..range.end * width],
        (Which::Run(range), None) => {
            scratch.resize(count * width, A::default());
            view.copy_rows(range, scratch);
            scratch
        }
        (Which::One(row, _), _) => {
            count = 1;
            scratch.resize(width, A::default());
            view.copy_rows(row..row + 1, scratch);
            scratch
        }
        (Which::Picked(picked), _) => {
            scratch.resize(count * width, A::default());
            if width > 0 {
                for (&row, to) in picked.iter().zip(scratch.chunks_exact_mut(width)) {
                    view.copy_rows(row..row + 1, to);
                }
            }
            scratch
        }
    };
    for k in 0..width {
        let to = machine.lanes(place, k);
        for (to, from) in to.iter_mut().zip(rows[k..].iter().step_by(width)) {
            *to = slot(*from);
        }
        let last = to[count - 1];
        to[count..lanes].fill(last);
    }
}

/// Writes the lanes of an array to rows.
pub(crate) fn take<T: Real>(
    machine: &mut Machine<'_, T>,
    place: Place,
    ty: Type,
    width: usize,
    rows: &mut OutputMut<'_, T>,
) {
    for k in 0..width {
        let from = machine.lanes(place, k).iter();
        match rows {
            OutputMut::Real(to) => {
                from.zip(to[k..].iter_mut().step_by(width))
                    .for_each(|(from, to)| *to = *from);
            }
            OutputMut::Labels(to) if ty == Type::Index => {
                let to = to[k..].iter_mut().step_by(width);
                from.zip(to)
                    .for_each(|(from, to)| *to = to_index(*from) as u32);
            }
            OutputMut::Labels(to) => {
                let to = to[k..].iter_mut().step_by(width);
                from.zip(to).for_each(|(from, to)| *to = to_label(*from));
            }
        }
    }
}
