//! The code of all sections of a pass.

use super::code::Code;
use super::compile::compile;
use super::layout::Section;
use crate::cpu::nest::LANE_BLOCK;
use crate::cpu::slot::{from_index, from_label};
use crate::row::Real;
use keops_program::program::{Class, Program, Type};
use keops_program::schedule::{Kind, Pass};

/// The most lanes of a block.
const LANES: usize = 256;

/// What the arrays of a block of rows may take of the cache.
const CACHE: usize = 256 << 10;

/// A pass, ready for the lane interpreter.
#[derive(Debug)]
pub(crate) struct Sections<T> {
    pub(crate) param: Code<T>,
    pub(crate) row: Code<T>,
    pub(crate) column: Code<T>,
    pub(crate) update: Code<T>,
    /// With the number of columns of a group; none where there are no groups.
    pub(crate) grouped: Option<(usize, Code<T>)>,
    pub(crate) merge: Code<T>,
    pub(crate) finish: Code<T>,
    /// The scalars of the state that a block of columns takes over from the total.
    pub(crate) carried: Vec<usize>,
    /// The initial state, in slot encoding.
    pub(crate) init: Vec<T>,
    /// The most rows of a block, a multiple of [`LANE_BLOCK`].
    pub(crate) lanes: usize,
}

impl<T: Real> Sections<T> {
    /// The code of a pass; an error says what is wrong with its program.
    pub(crate) fn of(pass: &Pass) -> Result<Sections<T>, String> {
        let program = &pass.program;
        let lanes = lanes::<T>(program);
        let update = match pass.kind {
            Kind::Gather { .. } => Section::UpdateGathered,
            Kind::MapReduce(_) | Kind::Map => Section::Update,
        };
        let code = |section| compile(program, section, lanes);
        let init = program.state.iter().map(|slot| match slot.ty {
            Type::Index => from_index(slot.init as i32),
            Type::Label => from_label(slot.init as u32),
            Type::Real | Type::Mask => T::from_f64(slot.init),
        });
        Ok(Sections {
            param: compile(program, Section::Param, LANE_BLOCK)?,
            row: code(Section::Row)?,
            column: code(Section::Column)?,
            update: code(update)?,
            grouped: match program.group {
                0 => None,
                group => Some((group as usize, code(Section::Grouped)?)),
            },
            merge: code(Section::Merge)?,
            finish: code(Section::Finish)?,
            carried: (0..program.state.len())
                .filter(|&k| program.state[k].carried)
                .collect(),
            init: init.collect(),
            lanes,
        })
    }
}

/// As many lanes as keep the arrays of a block in the cache.
fn lanes<T>(program: &Program) -> usize {
    let rows = program
        .inputs
        .iter()
        .filter(|input| input.class == Class::Row);
    let inputs: usize = rows.map(|input| input.width as usize).sum();
    let outputs: usize = program
        .outputs
        .iter()
        .map(|output| output.width as usize)
        .sum();
    let slots = inputs + outputs + program.row_slots.len() + 3 * program.state.len();
    if slots * LANES * size_of::<T>() > CACHE {
        LANE_BLOCK
    } else {
        LANES
    }
}
