//! The rules of passes and schedules: kinds, sources and results.

use super::{Error, LIMIT, verify};
use crate::program::{Class, Input, Source, Type};
use crate::schedule::{Argument, Axis, Kind, Pass, Schedule};

/// Checks a pass by itself: its program, and that its kind can give its inputs.
pub fn verify_pass(pass: &Pass) -> Result<(), Error> {
    let p = &pass.program;
    verify(p)?;
    match pass.kind {
        Kind::MapReduce(Axis::I | Axis::J) => Ok(()),
        Kind::MapReduce(Axis::Batch) if pass.rows == Axis::Unit => Ok(()),
        Kind::MapReduce(_) => Err(Error::new(
            "kind",
            "a pass reduces over the axis i or j, or, into one row, over the batches",
        )),
        Kind::Map => {
            if let Some(input) = p.inputs.iter().find(|input| input.class == Class::Column) {
                return Err(of_input(input, "a map has no columns"));
            }
            for (name, block) in [
                ("column", &p.column),
                ("update", &p.update),
                ("grouped", &p.grouped),
                ("merge", &p.merge),
            ] {
                if !block.stmts.is_empty() {
                    return Err(Error::new(name, "a map never runs this section"));
                }
            }
            Ok(())
        }
        Kind::Gather {
            axis: Axis::Unit | Axis::Batch,
            ..
        } => Err(Error::new("kind", "a pass gathers from the axis i or j")),
        Kind::Gather { index, .. } => match p.inputs.get(index as usize) {
            None => Err(Error::new(
                "kind",
                format!("there is no input {index} to gather by"),
            )),
            Some(input) if (input.class, input.ty) == (Class::Row, Type::Index) => Ok(()),
            Some(input) => Err(of_input(input, "a pass gathers by indices of the row")),
        },
    }
}

/// Checks a schedule and its passes.
pub fn verify_schedule(schedule: &Schedule) -> Result<(), Error> {
    for argument in &schedule.arguments {
        let error = |message| Err(Error::new(format!("argument {}", argument.name), message));
        if !matches!(argument.ty, Type::Real | Type::Label) {
            return error("an argument is of type real or label");
        }
        let width = argument
            .shape
            .iter()
            .try_fold(1, |w: u32, &n| w.checked_mul(n));
        if width.is_none_or(|width| width > LIMIT) {
            return error("too wide");
        }
    }
    for (k, pass) in schedule.passes.iter().enumerate() {
        let at = |error| Error {
            pass: Some(k),
            ..error
        };
        verify_pass(pass).map_err(at)?;
        if pass.forward && k > 0 {
            return Err(at(Error::new(
                "kind",
                "only the first pass is a forward one",
            )));
        }
        for input in &pass.program.inputs {
            source(schedule, k, input).map_err(|m| at(of_input(input, m)))?;
        }
    }
    for (k, target) in schedule.results.iter().enumerate() {
        let error = |message: String| Err(Error::new(format!("result {k}"), message));
        let Some(pass) = schedule.passes.get(target.pass as usize) else {
            return error(format!("there is no pass {}", target.pass));
        };
        if target.output as usize >= pass.program.outputs.len() {
            return error(format!(
                "pass {} has no output {}",
                target.pass, target.output
            ));
        }
        if let Some(like) = target.like {
            let argument = schedule.arguments.get(like as usize);
            let output = &pass.program.outputs[target.output as usize];
            if argument.is_none_or(|a| (a.axis, a.width()) != (pass.rows, output.width)) {
                return error(format!("it is not like argument {like}"));
            }
        }
    }
    Ok(())
}

/// Checks that an input of a pass has a source that fits.
fn source(schedule: &Schedule, pass: usize, input: &Input) -> Result<(), String> {
    let (axis, ty, width) = match input.source {
        Source::Position | Source::ColumnCount => return Ok(()),
        Source::Argument(k) => {
            let argument: &Argument = (schedule.arguments.get(k as usize))
                .ok_or_else(|| format!("there is no argument {k}"))?;
            (argument.axis, argument.ty, argument.width())
        }
        Source::Output { pass: from, output } => {
            if from as usize >= pass {
                return Err(format!("pass {from} is not earlier"));
            }
            let from = &schedule.passes[from as usize];
            let output = (from.program.outputs.get(output as usize))
                .ok_or_else(|| format!("that pass has no output {output}"))?;
            (from.rows, output.ty, output.width)
        }
    };
    let pass = &schedule.passes[pass];
    let wanted = match (input.class, pass.kind) {
        (Class::Param, _) => Axis::Unit,
        // The row of its own batch.
        (Class::Row, _) if axis == Axis::Batch && pass.rows != Axis::Unit => Axis::Batch,
        (Class::Column, Kind::MapReduce(_) | Kind::Gather { .. }) if axis == Axis::Batch => {
            Axis::Batch
        }
        (Class::Row, _) => pass.rows,
        (Class::Column, Kind::MapReduce(axis) | Kind::Gather { axis, .. }) => axis,
        (Class::Column, Kind::Map) => return Err("a map has no columns".into()),
    };
    if axis != wanted {
        return Err(format!(
            "its source has the rows of axis {axis}, not {wanted}"
        ));
    }
    if (ty, width) != (input.ty, input.width) {
        return Err(format!("its source is {width} of type {ty}"));
    }
    Ok(())
}

fn of_input(input: &Input, message: impl Into<String>) -> Error {
    Error::new(format!("input {}", input.name), message)
}
