//! Runs the threads of one block.
//!
//! Each thread runs alone until it meets the others: at a barrier, at a vote of its warp, or at the
//! end. The order of the threads between barriers does not matter, because two that touch the same
//! word are an error whatever their order.

use super::code::{Entry, Op, SPECIALS, Slot};
use super::error::{Error, ErrorKind};
use super::memory::{Fault, Global, Local, Shared, Who};

/// Threads that run in step on the hardware.
const WARP: usize = 32;

type Checked<T> = Result<T, Box<Fault>>;

mod meet;
mod step;

use step::{Memory, pack, set_predicate, unpack};

/// Where a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It runs, from this instruction on.
    Ready(usize),
    /// It waits at this barrier.
    Barrier(usize),
    /// It waits at this vote.
    Vote(usize),
    /// It has left the kernel at this instruction.
    Left(usize),
}

/// The registers, special registers and constants of one thread.
struct File<'m> {
    values: &'m mut [u64],
    set: &'m mut [bool],
    names: &'m [String],
}

impl File<'_> {
    #[inline(always)]
    fn get(&self, slot: Slot) -> Checked<u64> {
        if self.set[slot as usize] {
            Ok(self.values[slot as usize])
        } else {
            Err(self.unset(slot))
        }
    }

    #[inline(always)]
    fn put(&mut self, slot: Slot, value: u64) {
        self.values[slot as usize] = value;
        self.set[slot as usize] = true;
    }

    #[cold]
    fn unset(&self, slot: Slot) -> Box<Fault> {
        let message = format!(
            "reads `{}`, which nothing has written",
            self.names[slot as usize]
        );
        Fault::new(ErrorKind::Uninitialised, message)
    }
}

/// The machine for one launch.
pub(super) struct Machine<'m, 'b> {
    pub entry: &'m Entry,
    pub source: &'m str,
    pub global: Global<'b>,
    pub params: &'m [u8],
    pub grid: [u32; 3],
    pub block: [u32; 3],
    /// How often each instruction was done.
    pub counts: Vec<u64>,
    /// How many may still be done.
    pub budget: u64,
    shared: Shared,
    local: Local,
    threads: usize,
    /// Slots per thread.
    slots: usize,
    values: Vec<u64>,
    set: Vec<bool>,
    states: Vec<State>,
    block_index: [u32; 3],
    who: Who,
}

impl<'m, 'b> Machine<'m, 'b> {
    pub(super) fn new(
        entry: &'m Entry,
        source: &'m str,
        global: Global<'b>,
        params: &'m [u8],
        grid: [u32; 3],
        block: [u32; 3],
        budget: u64,
    ) -> Self {
        let threads = block.iter().map(|side| *side as usize).product();
        let slots = entry.registers as usize + SPECIALS.len() + entry.constants.len();
        Machine {
            entry,
            source,
            global,
            params,
            grid,
            block,
            counts: vec![0; entry.steps.len()],
            budget,
            shared: Shared::new(entry.shared_end),
            local: Local::new(entry.local_end, threads),
            threads,
            slots,
            values: vec![0; threads * slots],
            set: vec![false; threads * slots],
            states: vec![State::Ready(0); threads],
            block_index: [0; 3],
            who: Who::default(),
        }
    }

    fn position(&self, thread: usize) -> [u32; 3] {
        let [x, y, _] = self.block.map(|side| side as usize);
        [thread % x, thread / x % y, thread / (x * y)].map(|position| position as u32)
    }

    /// Runs one block.
    pub(super) fn run(&mut self, index: [u32; 3], number: u64) -> Result<(), Error> {
        self.block_index = index;
        self.shared.clear();
        self.local.clear();
        self.who.block = number;
        self.who.time += 1;
        for thread in 0..self.threads {
            self.reset(thread);
        }
        loop {
            for thread in 0..self.threads {
                if let State::Ready(step) = self.states[thread] {
                    self.states[thread] = self.run_thread(thread, step)?;
                }
            }
            if self
                .states
                .iter()
                .all(|state| matches!(state, State::Left(_)))
            {
                return Ok(());
            }
            if !self.votes()? {
                self.barrier()?;
            }
        }
    }

    fn reset(&mut self, thread: usize) {
        let position = self.position(thread);
        let registers = self.entry.registers as usize;
        let set = &mut self.set[thread * self.slots..][..self.slots];
        set[..registers].fill(false);
        set[registers..].fill(true);
        let values = &mut self.values[thread * self.slots..][registers..self.slots];
        let lane = (thread % WARP) as u32;
        let specials = [position, self.block, self.block_index, self.grid];
        let specials = specials.as_flattened().iter().chain([&lane]);
        for (value, special) in values.iter_mut().zip(specials) {
            *value = u64::from(*special);
        }
        values[SPECIALS.len()..].copy_from_slice(&self.entry.constants);
        self.states[thread] = State::Ready(0);
    }

    /// Runs one thread until it waits or leaves.
    fn run_thread(&mut self, thread: usize, start: usize) -> Result<State, Error> {
        let entry = self.entry;
        let mut file = File {
            values: &mut self.values[thread * self.slots..][..self.slots],
            set: &mut self.set[thread * self.slots..][..self.slots],
            names: &entry.names,
        };
        let mut who = Who {
            thread: thread as u32,
            ..self.who
        };
        let mut memory = Memory {
            global: &mut self.global,
            shared: &mut self.shared,
            local: &mut self.local,
            params: self.params,
        };
        let mut at = start;
        let fault = loop {
            let step = &entry.steps[at];
            if let Some((predicate, wanted)) = step.guard {
                match file.get(predicate) {
                    Ok(value) if value == wanted => {}
                    Ok(_) => {
                        at += 1;
                        continue;
                    }
                    Err(fault) => break fault,
                }
            }
            self.counts[at] += 1;
            if self.budget == 0 {
                break Fault::new(
                    ErrorKind::Limit,
                    "more instructions than the launch allows".into(),
                );
            }
            self.budget -= 1;
            who.step = at as u32;
            let done = match &step.op {
                Op::Binary { f, to, a, b } => (|| {
                    let value = f(file.get(*a)?, file.get(*b)?);
                    file.put(*to, value);
                    Ok(())
                })(),
                Op::Ternary { f, to, a, b, c } => (|| {
                    let value = f(file.get(*a)?, file.get(*b)?, file.get(*c)?);
                    file.put(*to, value);
                    Ok(())
                })(),
                Op::Unary { f, to, a } => file.get(*a).map(|a| file.put(*to, f(a))),
                Op::Copy { to, a } => file.get(*a).map(|a| file.put(*to, a)),
                Op::Load(access) => memory.load(access, &mut file, who),
                Op::Store(access) => memory.store(access, &mut file, who),
                Op::Compare(compare) => set_predicate(compare, &mut file),
                Op::Pack { to, parts, bits } => pack(&mut file, *to, parts, *bits),
                Op::Unpack { to, a, bits } => unpack(&mut file, to, *a, *bits),
                Op::Jump(target) => {
                    at = *target;
                    continue;
                }
                Op::Barrier => return Ok(State::Barrier(at)),
                Op::Vote(_) => return Ok(State::Vote(at)),
                Op::Exit => return Ok(State::Left(at)),
            };
            match done {
                Ok(()) => at += 1,
                Err(fault) => break fault,
            }
        };
        Err(self.error(thread, at, *fault))
    }

    fn whereabouts(&self, thread: usize) -> String {
        let (verb, step) = match self.states[thread] {
            State::Ready(step) => ("runs", step),
            State::Barrier(step) => ("waits at the barrier", step),
            State::Vote(step) => ("votes", step),
            State::Left(step) => ("has left the kernel", step),
        };
        format!("{verb} at line {}", self.entry.places[step].line)
    }

    fn divergence(&self, thread: usize, step: usize, message: String) -> Error {
        self.error(thread, step, Fault::Plain(ErrorKind::Divergence, message))
    }

    fn error(&self, thread: usize, step: usize, fault: Fault) -> Error {
        let place = self.entry.places[step];
        let text = |place: super::syntax::Place| &self.source[place.start..place.end];
        let (kind, message) = match fault {
            Fault::Plain(kind, message) => (kind, message),
            Fault::Race {
                space,
                offset,
                writes,
                other,
                other_writes,
            } => {
                let verb = |writes| if writes { "writes" } else { "reads" };
                let there = self.entry.places[other.step as usize];
                let message = format!(
                    "{} the word at +{offset} of {space} memory, which thread {:?} of block number {} {} at line {}, `{}`, with no barrier between",
                    verb(writes),
                    self.position(other.thread as usize),
                    other.block,
                    verb(other_writes),
                    there.line,
                    text(there),
                );
                (ErrorKind::Race, message)
            }
        };
        let mut error = Error::new(kind, place.line, text(place), message);
        error.thread = Some((self.block_index, self.position(thread)));
        error
    }
}
