//! Where threads meet: barriers and votes.

use super::super::code::{Op, Slot, VoteKind};
use super::super::error::{Error, ErrorKind};
use super::super::memory::Fault;
use super::{Machine, State, WARP};

impl Machine<'_, '_> {
    /// Lets every vote happen whose warp is there. Whether one did.
    pub(super) fn votes(&mut self) -> Result<bool, Error> {
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
    pub(super) fn barrier(&mut self) -> Result<(), Error> {
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
}
