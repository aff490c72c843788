//! Branches, barriers, votes.

use super::super::code::{Op, Vote, VoteKind};
use super::super::error::{Error, ErrorKind};
use super::super::syntax::{Operand, Symbol};
use super::super::types::Ty;
use super::Decoder;

impl Decoder<'_, '_> {
    pub(super) fn control(&mut self) -> Result<Op, Error> {
        match self.opcode {
            "bra" => self.branch(),
            "vote" => self.vote(),
            "ret" | "exit" => {
                self.flag("uni");
                self.count(0)?;
                Ok(Op::Exit)
            }
            _ => self.barrier(),
        }
    }

    fn branch(&mut self) -> Result<Op, Error> {
        // `.uni` promises that a warp goes one way. It is free advice: nothing depends on it here.
        self.flag("uni");
        self.count(1)?;
        let Operand::Word(label) = self.statement.operands[0] else {
            return self.fail(ErrorKind::Type, "expected a label");
        };
        match self.find(label) {
            Some(Symbol::Label(target)) => Ok(Op::Jump(target)),
            _ => self.fail(ErrorKind::Unknown, format!("there is no label `{label}`")),
        }
    }

    /// `bar.sync 0`, `barrier.sync.aligned 0`: all threads of the block, barrier 0.
    fn barrier(&mut self) -> Result<Op, Error> {
        self.flag("cta");
        let aligned = self.opcode == "bar" || self.flag("aligned");
        if !self.flag("sync") || !aligned {
            return self.not_known();
        }
        self.count(1)?;
        match self.statement.operands[0] {
            Operand::Word("0") if self.statement.guard.is_none() => Ok(Op::Barrier),
            Operand::Word("0") => self.fail(
                ErrorKind::Unknown,
                "a barrier under a predicate is not known",
            ),
            _ => self.fail(ErrorKind::Unknown, "only barrier 0 is known"),
        }
    }

    /// `vote.sync.any.pred p, q, mask`, `vote.sync.ballot.b32 r, q, mask`
    fn vote(&mut self) -> Result<Op, Error> {
        let kind = self.one_of(&[
            ("all", VoteKind::All),
            ("any", VoteKind::Any),
            ("uni", VoteKind::Uniform),
            ("ballot", VoteKind::Ballot),
        ]);
        let (Some(kind), true) = (kind, self.flag("sync")) else {
            return self.not_known();
        };
        let ty = self.ty()?;
        let result = if kind == VoteKind::Ballot {
            Ty::B(32)
        } else {
            Ty::Pred
        };
        if ty != result {
            return self.not_known();
        }
        self.count(3)?;
        let (a, negated) = self.predicate(1)?;
        let (to, mask) = (self.to(0, ty)?, self.from(2, Ty::U(32))?);
        Ok(Op::Vote(Box::new(Vote {
            kind,
            to,
            a,
            negated,
            mask,
        })))
    }
}
