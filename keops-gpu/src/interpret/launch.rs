//! Launches of a kernel.

use super::Module;
use super::buffer::{Buffer, Param};
use super::code::{Entry, SPECIALS};
use super::error::{Error, ErrorKind};
use super::machine::Machine;
use super::memory::{Global, buffer_address};
use super::syntax::Param as Declared;
use super::types::Ty;

/// What a kernel is run with.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The name of the entry.
    pub entry: String,
    /// Blocks along x, y, z.
    pub grid: [u32; 3],
    /// Threads of a block along x, y, z.
    pub block: [u32; 3],
    /// Global memory; after the run it holds the results.
    pub buffers: Vec<Buffer>,
    /// The parameters, in order.
    pub params: Vec<Param>,
    /// The most instructions that may be done, counted per thread: a loop without end is an error.
    pub limit: u64,
}

impl Launch {
    /// A launch of `grid` blocks of `block` threads, without buffers and parameters.
    pub fn new(entry: impl Into<String>, grid: u32, block: u32) -> Launch {
        Launch {
            entry: entry.into(),
            grid: [grid, 1, 1],
            block: [block, 1, 1],
            buffers: Vec::new(),
            params: Vec::new(),
            limit: 10_000_000_000,
        }
    }

    /// Adds a buffer, and a parameter that points to its beginning.
    pub fn buffer(mut self, buffer: Buffer) -> Launch {
        self.params.push(Param::buffer(self.buffers.len()));
        self.buffers.push(buffer);
        self
    }

    /// Adds a parameter.
    pub fn param(mut self, param: Param) -> Launch {
        self.params.push(param);
        self
    }
}

/// What a run has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Instructions done, counted per thread; those under a predicate that does not hold are not.
    pub instructions: u64,
    /// For each instruction in the order of the text: its line, its opcode with modifiers, and how
    /// often it was done.
    pub counts: Vec<(usize, String, u64)>,
}

impl Report {
    /// How often instructions were done whose name begins so: `ex2`, `ld.shared`.
    pub fn count(&self, prefix: &str) -> u64 {
        self.counts
            .iter()
            .filter(|(_, name, _)| name.starts_with(prefix))
            .map(|(.., n)| n)
            .sum()
    }
}

impl Module {
    /// Runs an entry to its end. The results are in the launch's buffers.
    pub fn launch(&self, launch: &mut Launch) -> Result<Report, Error> {
        let entry = self.entries.iter().find(|entry| entry.name == launch.entry);
        let Some(entry) = entry else {
            return Err(Error::launch(format!(
                "the module has no entry `{}`",
                launch.entry
            )));
        };
        check_block(entry, launch)?;
        let params = parameters(entry, &launch.params, &launch.buffers)?;
        let (grid, block) = (launch.grid, launch.block);
        let global = Global::new(&mut launch.buffers);
        let mut machine = Machine::new(
            entry,
            &self.source,
            global,
            &params,
            grid,
            block,
            launch.limit,
        );
        let mut number = 0;
        for z in 0..grid[2] {
            for y in 0..grid[1] {
                for x in 0..grid[0] {
                    machine.run([x, y, z], number)?;
                    number += 1;
                }
            }
        }
        let mut report = Report::default();
        for (place, count) in entry.places.iter().zip(&machine.counts) {
            let text = &self.source[place.start..place.end];
            let name = text
                .split_whitespace()
                .find(|word| !word.starts_with('@'))
                .unwrap_or_default();
            report.instructions += count;
            report.counts.push((place.line, name.to_owned(), *count));
        }
        // The last is the end that was added to the text.
        report.instructions -= report.counts.pop().map_or(0, |(.., count)| count);
        Ok(report)
    }
}

fn check_block(entry: &Entry, launch: &Launch) -> Result<(), Error> {
    let fail = |message: String| {
        Err(Error::new(
            ErrorKind::Launch,
            entry.line,
            &entry.name,
            message,
        ))
    };
    let size = |sides: [u32; 3]| sides.iter().map(|side| u64::from(*side)).product::<u64>();
    let threads = size(launch.block);
    if threads == 0 || threads > 1024 {
        return fail(format!("a block of {threads} threads; it has 1 to 1024"));
    }
    if let Some(most) = entry.most
        && threads > size(most)
    {
        return fail(format!(
            "a block of {threads} threads, more than `.maxntid` allows"
        ));
    }
    if let Some(exact) = entry.exact
        && exact != launch.block
    {
        return fail(format!(
            "a block of {:?} threads, not `.reqntid`'s {exact:?}",
            launch.block
        ));
    }
    let bytes = threads
        .saturating_mul(entry.local_end + 9 * (u64::from(entry.registers) + SPECIALS.len() as u64));
    if bytes > 1 << 32 {
        return fail(format!("the threads of a block need {bytes} bytes"));
    }
    Ok(())
}

/// The parameter block.
fn parameters(entry: &Entry, params: &[Param], buffers: &[Buffer]) -> Result<Vec<u8>, Error> {
    let fail = |message: String| {
        Err(Error::new(
            ErrorKind::Launch,
            entry.line,
            &entry.name,
            message,
        ))
    };
    if params.len() != entry.params.len() {
        return fail(format!(
            "takes {} parameters, not {}",
            entry.params.len(),
            params.len()
        ));
    }
    let mut bytes = vec![0; entry.param_bytes as usize];
    for (k, (Declared { ty, offset }, param)) in entry.params.iter().zip(params).enumerate() {
        let (own, value) = match *param {
            Param::Pointer { buffer, .. } if buffer >= buffers.len() => {
                return fail(format!(
                    "parameter {k} points to buffer {buffer}, which is not there"
                ));
            }
            Param::Pointer { buffer, offset } => (Ty::U(64), buffer_address(buffer, offset)),
            Param::U32(value) => (Ty::U(32), u64::from(value)),
            Param::U64(value) => (Ty::U(64), value),
            Param::F32(value) => (Ty::F(32), u64::from(value.to_bits())),
            Param::F64(value) => (Ty::F(64), value.to_bits()),
        };
        if !ty.takes(own) {
            return fail(format!("parameter {k} has type {ty}, not {own}"));
        }
        let (start, size) = (*offset as usize, ty.bytes() as usize);
        bytes[start..start + size].copy_from_slice(&value.to_le_bytes()[..size]);
    }
    Ok(bytes)
}
