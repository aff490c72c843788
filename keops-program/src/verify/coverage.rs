//! Arrays that start out empty: what is stored, and that nothing else is loaded.
//!
//! A load in a loop may read what any store of the same outermost loop writes, in whatever turn, so
//! that recurrences over a local are valid; the interpreter finds those that read ahead.

use super::Error;
use super::block::{block, length};
use crate::program::{Counter, Expr, Index, Place, Program, Stmt};

/// Checks what a section stores and, of that, loads. Its other rules hold already.
pub(super) fn verify(program: &Program, section: &'static str) -> Result<(), Error> {
    let block = block(program, section);
    let mut places: Vec<Place> = (0..block.locals.len() as u32).map(Place::Local).collect();
    match section {
        "param" => places.push(Place::Param),
        "row" => places.push(Place::Row),
        "column" => places.push(Place::Column),
        "finish" => places.extend((0..program.outputs.len() as u32).map(Place::Output)),
        _ => {}
    }
    let mut filled = Filled {
        section,
        stored: places
            .into_iter()
            .map(|place| {
                (
                    place,
                    vec![false; length(program, block, place).unwrap_or(0)],
                )
            })
            .collect(),
    };
    for stmt in &block.stmts {
        let turns = &mut Vec::new();
        filled.stores(stmt, turns);
        filled.loads(stmt, turns)?;
    }
    for (place, stored) in &filled.stored {
        let missing = stored.iter().position(|stored| !stored);
        if let (Some(k), false) = (missing, matches!(place, Place::Local(_))) {
            return Err(Error::new(section, format!("{place}[{k}] is not stored")));
        }
    }
    Ok(())
}

struct Filled {
    section: &'static str,
    /// Which elements are stored of each array that starts out empty.
    stored: Vec<(Place, Vec<bool>)>,
}

impl Filled {
    fn stores(&mut self, stmt: &Stmt, turns: &mut Vec<(Counter, u32)>) {
        match stmt {
            Stmt::Let { .. } => {}
            Stmt::Store { place, index, .. } => {
                if let Some((_, stored)) = self.stored.iter_mut().find(|(p, _)| p == place) {
                    positions(index, turns, stored.len()).for_each(|k| stored[k] = true);
                }
            }
            Stmt::Loop(l) => {
                turns.push((l.counter, l.count));
                l.body.iter().for_each(|stmt| self.stores(stmt, turns));
                turns.pop();
            }
            // It may not be run, so it does not fill what starts out empty.
            Stmt::When { .. } => {}
        }
    }

    fn loads(&self, stmt: &Stmt, turns: &mut Vec<(Counter, u32)>) -> Result<(), Error> {
        match stmt {
            Stmt::Let {
                expr: Expr::Load(place, index),
                ..
            } => {
                let Some((_, stored)) = self.stored.iter().find(|(p, _)| p == place) else {
                    return Ok(());
                };
                match positions(index, turns, stored.len()).find(|&k| !stored[k]) {
                    None => Ok(()),
                    Some(k) => Err(Error {
                        statement: Some(stmt.to_string()),
                        ..Error::new(self.section, format!("{place}[{k}] is not stored before"))
                    }),
                }
            }
            Stmt::Let { .. } | Stmt::Store { .. } => Ok(()),
            Stmt::Loop(l) => {
                turns.push((l.counter, l.count));
                l.body.iter().try_for_each(|stmt| self.loads(stmt, turns))?;
                turns.pop();
                Ok(())
            }
            Stmt::When { body, .. } => body.iter().try_for_each(|stmt| self.loads(stmt, turns)),
        }
    }
}

/// The elements of an array of `len` that an index reaches in all turns; it is within bounds.
pub(super) fn positions(
    index: &Index,
    turns: &[(Counter, u32)],
    len: usize,
) -> impl Iterator<Item = usize> + use<> {
    let first = index.offset as usize;
    // A constant position, the usual case, needs no map of the array.
    let mut reached = vec![true];
    if !index.terms.is_empty() {
        reached = vec![false; len - first];
        reached[0] = true;
    }
    for &(counter, stride) in &index.terms {
        let count = turns
            .iter()
            .find(|(c, _)| *c == counter)
            .map_or(1, |&(_, count)| count);
        let count = if stride == 0 { 1 } else { count as usize };
        // Of `done` turns, `done + more` turns are the same again, shifted.
        let mut done = 1;
        while done < count {
            let more = done.min(count - done);
            let shift = more * stride as usize;
            for k in (shift..reached.len()).rev() {
                reached[k] |= reached[k - shift];
            }
            done += more;
        }
    }
    reached
        .into_iter()
        .enumerate()
        .filter(|(_, reached)| *reached)
        .map(move |(k, _)| first + k)
}
