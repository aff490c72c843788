//! Runs the threads of one block.
//!
//! Each thread runs alone until it meets the others: at a barrier, at a vote of its warp, or at the
//! end. The order of the threads between barriers does not matter, because two that touch the same
//! word are an error whatever their order.

use super::code::{Access, Combine, Compare, Entry, Op, SPECIALS, Slot, VoteKind};
use super::error::{Error, ErrorKind};
use super::memory::{Fault, Global, LOCAL_WINDOW, Local, SHARED_WINDOW, Shared, Who};
use super::syntax::Space;

/// Threads that run in step on the hardware.
const WARP: usize = 32;

type Checked<T> = Result<T, Box<Fault>>;

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

    /// Lets every vote happen whose warp is there. Whether one did.
    fn votes(&mut self) -> Result<bool, Error> {
        let mut happened = false;
        for first in (0..self.threads).step_by(WARP) {
            let lanes = first..self.threads.min(first + WARP);
            for thread in lanes.clone() {
                if let State::Vote(step) = self.states[thread] {
                    self.vote(thread, step, lanes.clone())?;
                    happened = true;
                }
            }
        }
        Ok(happened)
    }

    /// The vote at which `thread` waits.
    fn vote(
        &mut self,
        thread: usize,
        step: usize,
        lanes: std::ops::Range<usize>,
    ) -> Result<(), Error> {
        let Op::Vote(vote) = &self.entry.steps[step].op else {
            return Ok(());
        };
        let first = lanes.start;
        let mask = self.get(thread, step, vote.mask)?;
        if mask >> (thread - first) & 1 == 0 {
            return Err(self.divergence(
                thread,
                step,
                "the thread votes, but its mask leaves it out".into(),
            ));
        }
        let (mut all, mut any, mut ballot, mut members) = (true, false, 0, Vec::new());
        for other in lanes {
            if mask >> (other - first) & 1 == 0 || matches!(self.states[other], State::Left(_)) {
                continue;
            }
            if self.states[other] != State::Vote(step) || self.get(other, step, vote.mask)? != mask
            {
                let message = format!(
                    "its warp votes, but thread {:?} {}",
                    self.position(other),
                    self.whereabouts(other)
                );
                return Err(self.divergence(thread, step, message));
            }
            let holds = (self.get(other, step, vote.a)? != 0) != vote.negated;
            all &= holds;
            any |= holds;
            ballot |= u64::from(holds) << (other - first);
            members.push(other);
        }
        let value = match vote.kind {
            VoteKind::All => u64::from(all),
            VoteKind::Any => u64::from(any),
            VoteKind::Uniform => u64::from(all || !any),
            VoteKind::Ballot => ballot,
        };
        for member in members {
            self.values[member * self.slots + vote.to as usize] = value;
            self.set[member * self.slots + vote.to as usize] = true;
            self.states[member] = State::Ready(step + 1);
        }
        Ok(())
    }

    fn get(&self, thread: usize, step: usize, slot: Slot) -> Result<u64, Error> {
        let at = thread * self.slots + slot as usize;
        if self.set[at] {
            return Ok(self.values[at]);
        }
        let message = format!(
            "reads `{}`, which nothing has written",
            self.entry.names[slot as usize]
        );
        Err(self.error(
            thread,
            step,
            Fault::Plain(ErrorKind::Uninitialised, message),
        ))
    }

    /// Nobody runs: everybody must wait at a barrier, within a warp at the same one.
    fn barrier(&mut self) -> Result<(), Error> {
        let mut waiting = (0..self.threads).filter_map(|thread| match self.states[thread] {
            State::Barrier(step) => Some((thread, step)),
            _ => None,
        });
        let Some((thread, step)) = waiting.next() else {
            return Ok(());
        };
        let mut own = step;
        for other in 0..self.threads {
            if other % WARP == 0
                && let State::Barrier(step) = self.states[other]
            {
                own = step;
            }
            if self.states[other] != State::Barrier(own) {
                let step = if matches!(self.states[other], State::Barrier(_)) {
                    own
                } else {
                    step
                };
                let message = format!(
                    "waits, but thread {:?} {}",
                    self.position(other),
                    self.whereabouts(other)
                );
                return Err(self.divergence(thread, step, message));
            }
        }
        self.who.time += 1;
        for state in &mut self.states {
            if let State::Barrier(step) = *state {
                *state = State::Ready(step + 1);
            }
        }
        Ok(())
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

fn set_predicate(compare: &Compare, file: &mut File<'_>) -> Checked<()> {
    let mut holds = (compare.holds)(file.get(compare.a)?, file.get(compare.b)?);
    let mut contrary = holds ^ 1;
    if let Some((how, slot, negated)) = compare.combine {
        let other = file.get(slot)? ^ u64::from(negated);
        (holds, contrary) = match how {
            Combine::And => (holds & other, contrary & other),
            Combine::Or => (holds | other, contrary | other),
            Combine::Xor => (holds ^ other, contrary ^ other),
        };
    }
    if let Some(to) = compare.to {
        file.put(to, holds * compare.truth);
    }
    if let Some(to) = compare.contrary {
        file.put(to, contrary);
    }
    Ok(())
}

fn pack(file: &mut File<'_>, to: Slot, parts: &[Slot], bits: u32) -> Checked<()> {
    let mut value = 0;
    for (k, part) in parts.iter().enumerate() {
        value |= file.get(*part)? << (k as u32 * bits);
    }
    file.put(to, value);
    Ok(())
}

fn unpack(file: &mut File<'_>, to: &[Option<Slot>], a: Slot, bits: u32) -> Checked<()> {
    let value = file.get(a)?;
    for (k, to) in to.iter().enumerate() {
        if let Some(to) = to {
            file.put(*to, value >> (k as u32 * bits) & (u64::MAX >> (64 - bits)));
        }
    }
    Ok(())
}

/// The memories that a thread sees.
struct Memory<'t, 'b> {
    global: &'t mut Global<'b>,
    shared: &'t mut Shared,
    local: &'t mut Local,
    params: &'t [u8],
}

/// The space of a generic address, and the address in it.
fn resolve(space: Space, address: u64) -> (Space, u64) {
    match (space, address & !0xffff_ffff) {
        (Space::Generic, SHARED_WINDOW) => (Space::Shared, address - SHARED_WINDOW),
        (Space::Generic, LOCAL_WINDOW) => (Space::Local, address - LOCAL_WINDOW),
        (Space::Generic, _) => (Space::Global, address),
        _ => (space, address),
    }
}

impl Memory<'_, '_> {
    fn load(&mut self, access: &Access, file: &mut File<'_>, who: Who) -> Checked<()> {
        let address = file.get(access.base)?.wrapping_add_signed(access.offset);
        let size = access.bytes * access.slots.len() as u32;
        let (space, address) = resolve(access.space, address);
        let bytes = match space {
            Space::Shared => self.shared.read(address, size, who)?,
            Space::Local => self.local.read(who.thread, address, size)?,
            Space::Param => &self.params[address as usize..][..size as usize],
            Space::Global | Space::Generic => {
                self.global.read(address, size, access.constant, who)?
            }
        };
        for (bytes, slot) in bytes.chunks_exact(access.bytes as usize).zip(&access.slots) {
            let mut value = [0; 8];
            value[..bytes.len()].copy_from_slice(bytes);
            let mut value = u64::from_le_bytes(value);
            if let Some((from, to)) = access.sign {
                value =
                    ((value << (64 - from)) as i64 >> (64 - from)) as u64 & (u64::MAX >> (64 - to));
            }
            if let Some(slot) = slot {
                file.put(*slot, value);
            }
        }
        Ok(())
    }

    fn store(&mut self, access: &Access, file: &mut File<'_>, who: Who) -> Checked<()> {
        let address = file.get(access.base)?.wrapping_add_signed(access.offset);
        let (space, address) = resolve(access.space, address);
        let mut bytes = [0; 16];
        let mut size = 0;
        for slot in access.slots.iter().flatten() {
            let value = file.get(*slot)?.to_le_bytes();
            let width = access.bytes as usize;
            bytes[size..size + width].copy_from_slice(&value[..width]);
            size += width;
        }
        let bytes = &bytes[..size];
        match space {
            Space::Shared => self.shared.write(address, bytes, who),
            Space::Local => self.local.write(who.thread, address, bytes),
            _ => self.global.write(address, bytes, who),
        }
    }
}
