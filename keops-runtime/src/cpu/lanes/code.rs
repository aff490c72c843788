//! A block as instructions with resolved operands, and their execution.

use super::lanewise::{Addresses, Execute, any};
use crate::cpu::simd::Level;
use crate::row::Real;
use keops_program::program::Place;

/// Where an operand or result lies in the arena: `at + Σ counter · stride`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Operand {
    pub(super) at: usize,
    /// One scalar for all lanes.
    pub(super) uniform: bool,
    /// Its part of [`Code::terms`].
    pub(super) terms: (u32, u32),
}

/// An instruction.
#[derive(Clone, Debug)]
pub(super) struct Apply<T> {
    pub(super) execute: Execute<T>,
    /// The addresses, complete unless counters take part.
    pub(super) addresses: Addresses,
    /// Counters take part: these are the result and the operands.
    pub(super) moving: Option<Box<[Operand; 4]>>,
}

/// A step of the execution.
#[derive(Clone, Debug)]
pub(super) enum Step<T> {
    Apply(Apply<T>),
    /// Unless the mask holds in some lane, the next step is that one.
    Unless {
        mask: Operand,
        to: usize,
    },
    /// A component loop begins.
    Begin {
        counter: usize,
    },
    /// A turn ends; the next starts at that step.
    Turn {
        counter: usize,
        count: u32,
        start: usize,
    },
}

/// An array of the block in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    pub(super) place: Place,
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) uniform: bool,
}

/// A block, ready to run over lanes.
#[derive(Clone, Debug)]
pub(crate) struct Code<T> {
    pub(super) steps: Vec<Step<T>>,
    /// The constants, with their positions in the arena.
    pub(super) constants: Vec<(usize, T)>,
    /// A counter and its stride in the arena.
    pub(super) terms: Vec<(usize, usize)>,
    pub(super) regions: Vec<Region>,
    /// The size of the arena.
    pub(super) size: usize,
    pub(super) counters: usize,
    /// The most lanes of a run.
    pub(super) capacity: usize,
    /// From one component to the next in an array of lanes.
    pub(super) stride: usize,
}

/// Elements to which the arena is aligned: a cache line of the narrower type.
const ALIGN: usize = 16;

/// An execution of a code: its arena, with the arrays that the block reads and writes.
#[derive(Debug)]
pub(crate) struct Machine<'c, T> {
    code: &'c Code<T>,
    memory: Vec<T>,
    start: usize,
    counters: Vec<u32>,
}

impl<T: Real> Code<T> {
    /// Whether the block reads or writes the array.
    pub(crate) fn names(&self, place: Place) -> bool {
        self.region(place).is_some()
    }

    /// About how many instructions one run executes.
    pub(crate) fn work(&self) -> u64 {
        // Steps since the last beginning of a loop are done as often as its turns say.
        let mut counts = vec![0u64];
        for step in &self.steps {
            match step {
                Step::Apply(_) => {
                    if let Some(count) = counts.last_mut() {
                        *count += 1;
                    }
                }
                Step::Unless { .. } => {}
                Step::Begin { .. } => counts.push(0),
                Step::Turn { count, .. } => {
                    let body = counts.pop().unwrap_or_default();
                    if let Some(around) = counts.last_mut() {
                        *around = around.saturating_add(body.saturating_mul(u64::from(*count)));
                    }
                }
            }
        }
        counts.iter().sum()
    }

    fn region(&self, place: Place) -> Option<&Region> {
        self.regions.iter().find(|region| region.place == place)
    }
}

impl<'c, T: Real> Machine<'c, T> {
    pub(crate) fn new(code: &'c Code<T>) -> Machine<'c, T> {
        let memory = vec![T::default(); code.size + ALIGN];
        let misaligned = memory.as_ptr().align_offset(ALIGN * size_of::<T>());
        let start = if misaligned < ALIGN { misaligned } else { 0 };
        let mut machine = Machine {
            code,
            memory,
            start,
            counters: vec![0; code.counters],
        };
        for &(at, constant) in &code.constants {
            machine.arena()[at] = constant;
        }
        machine
    }

    fn arena(&mut self) -> &mut [T] {
        &mut self.memory[self.start..self.start + self.code.size]
    }

    /// Whether the block reads or writes the array.
    pub(crate) fn names(&self, place: Place) -> bool {
        self.code.names(place)
    }

    /// The scalars of an array that is the same in all lanes; empty where the block does not name it.
    pub(crate) fn uniform(&mut self, place: Place) -> &mut [T] {
        match self.code.region(place) {
            Some(&Region {
                at,
                len,
                uniform: true,
                ..
            }) => &mut self.arena()[at..at + len],
            _ => &mut [],
        }
    }

    /// The lanes of one component; empty where the block does not name the array.
    pub(crate) fn lanes(&mut self, place: Place, component: usize) -> &mut [T] {
        match self.code.region(place) {
            Some(&Region {
                at,
                len,
                uniform: false,
                ..
            }) if component < len => {
                let at = at + component * self.code.stride;
                let capacity = self.code.capacity;
                &mut self.arena()[at..at + capacity]
            }
            _ => &mut [],
        }
    }

    /// Copies an array out of a structure of arrays, `lanes` apart.
    pub(crate) fn put(&mut self, place: Place, from: &[T], lanes: usize) {
        if !self.names(place) || lanes == 0 {
            return;
        }
        for (component, from) in from.chunks_exact(lanes).enumerate() {
            self.lanes(place, component)[..lanes].copy_from_slice(from);
        }
    }

    /// Copies an array into a structure of arrays, `lanes` apart.
    pub(crate) fn get(&mut self, place: Place, to: &mut [T], lanes: usize) {
        if !self.names(place) || lanes == 0 {
            return;
        }
        for (component, to) in to.chunks_exact_mut(lanes).enumerate() {
            to.copy_from_slice(&self.lanes(place, component)[..lanes]);
        }
    }

    /// Puts one scalar for each component into all lanes.
    pub(crate) fn fill(&mut self, place: Place, values: &[T], lanes: usize) {
        if self.names(place) {
            for (component, value) in values.iter().enumerate() {
                self.lanes(place, component)[..lanes].fill(*value);
            }
        }
    }

    /// Copies an array into one of another machine, where both blocks name theirs.
    pub(crate) fn hand_over(
        &self,
        from: Place,
        other: &mut Machine<'_, T>,
        to: Place,
        lanes: usize,
    ) {
        let (Some(from), true) = (self.code.region(from), other.names(to)) else {
            return;
        };
        for component in 0..from.len {
            let at = self.start + from.at + component * self.code.stride;
            other.lanes(to, component)[..lanes].copy_from_slice(&self.memory[at..at + lanes]);
        }
    }

    /// Runs the block once over the first `lanes` lanes.
    pub(crate) fn run(&mut self, level: Level, lanes: usize) {
        let code = self.code;
        let arena = &mut self.memory[self.start..self.start + code.size];
        let mut step = 0;
        while let Some(next) = code.steps.get(step) {
            step += 1;
            match next {
                Step::Apply(Apply {
                    execute,
                    addresses,
                    moving: None,
                }) => {
                    execute(level, arena, lanes, addresses);
                }
                Step::Apply(Apply {
                    execute,
                    addresses,
                    moving: Some(moving),
                }) => {
                    let [result, a, b, c] = &**moving;
                    let at = |operand: &Operand| address(code, &self.counters, operand);
                    let addresses = Addresses {
                        result: at(result),
                        operands: [at(a), at(b), at(c)],
                        ..*addresses
                    };
                    execute(level, arena, lanes, &addresses);
                }
                Step::Unless { mask, to } => {
                    let at = address(code, &self.counters, mask);
                    let lanes = if mask.uniform { 1 } else { lanes };
                    if !any(level, &arena[at..at + lanes]) {
                        step = *to;
                    }
                }
                &Step::Begin { counter } => self.counters[counter] = 0,
                &Step::Turn {
                    counter,
                    count,
                    start,
                } => {
                    self.counters[counter] += 1;
                    if self.counters[counter] < count {
                        step = start;
                    }
                }
            }
        }
    }
}

fn address<T>(code: &Code<T>, counters: &[u32], operand: &Operand) -> usize {
    let (from, to) = operand.terms;
    let mut at = operand.at;
    for &(counter, stride) in &code.terms[from as usize..to as usize] {
        at += counters[counter] as usize * stride;
    }
    at
}
