//! Which arrays a section sees, and whether they differ from lane to lane.

use keops_program::program::{Block, Class, Input, Place, Program};

/// A section of a program, as it is run over lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// Once; nothing differs from lane to lane.
    Param,
    /// Lanes are rows.
    Row,
    /// Lanes are columns.
    Column,
    /// Lanes are rows, all with the same column.
    Update,
    /// Lanes are rows, all with the same columns of a group.
    Grouped,
    /// Lanes are rows, each with a column of its own.
    UpdateGathered,
    /// Lanes are rows.
    Merge,
    /// Lanes are rows.
    Finish,
}

/// An array that a section may name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Array {
    pub(super) place: Place,
    pub(super) len: usize,
    /// One scalar for all lanes.
    pub(super) uniform: bool,
}

impl Section {
    /// Its statements.
    pub(super) fn block(self, program: &Program) -> &Block {
        match self {
            Section::Param => &program.param,
            Section::Row => &program.row,
            Section::Column => &program.column,
            Section::Update | Section::UpdateGathered => &program.update,
            Section::Grouped => &program.grouped,
            Section::Merge => &program.merge,
            Section::Finish => &program.finish,
        }
    }

    /// The arrays that it may name.
    pub(super) fn arrays(self, program: &Program) -> Vec<Array> {
        let mut arrays = Vec::new();
        let mut add = |place, len, uniform| {
            arrays.push(Array {
                place,
                len,
                uniform,
            })
        };
        for (number, input) in (0..).zip(&program.inputs) {
            if let Some(uniform) = self.sees(input) {
                add(Place::Input(number), input.width as usize, uniform);
            }
        }
        add(Place::Param, program.param_slots.len(), true);
        if matches!(
            self,
            Section::Row
                | Section::Update
                | Section::Grouped
                | Section::UpdateGathered
                | Section::Finish
        ) {
            add(Place::Row, program.row_slots.len(), false);
        }
        if matches!(
            self,
            Section::Column | Section::Update | Section::Grouped | Section::UpdateGathered
        ) {
            let columns = match self {
                Section::Grouped => program.group as usize,
                _ => 1,
            };
            add(
                Place::Column,
                columns * program.column_slots.len(),
                matches!(self, Section::Update | Section::Grouped),
            );
        }
        if !matches!(self, Section::Param | Section::Row | Section::Column) {
            add(Place::State, program.state.len(), false);
        }
        if self == Section::Merge {
            add(Place::Other, program.state.len(), false);
        }
        if self == Section::Finish {
            for (number, output) in (0..).zip(&program.outputs) {
                add(Place::Output(number), output.width as usize, false);
            }
        }
        for (number, local) in (0..).zip(&self.block(program).locals) {
            add(
                Place::Local(number),
                local.len as usize,
                self == Section::Param,
            );
        }
        arrays
    }

    /// Whether it may read the input, and whether that is uniform.
    fn sees(self, input: &Input) -> Option<bool> {
        match (input.class, self) {
            (Class::Param, _) => Some(true),
            (Class::Row, Section::Row | Section::Finish) => Some(false),
            (Class::Column, Section::Column) => Some(false),
            _ => None,
        }
    }
}
