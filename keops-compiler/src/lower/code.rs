//! A block that is being written.

use std::collections::HashMap;

use keops_program::program::{
    Block, Carried, Counter, Expr, Index, Local, Loop, Place, Stmt, Type, Value,
};

use crate::formula::Node;

/// What a memorised value is: a component of a node.
pub(super) type Key = (Node, Index);

/// The statements of the block, or of a loop or a `when` in it that is still open.
struct Frame {
    stmts: Vec<Stmt>,
    /// The loop's counter and number of turns; none for the block itself and for a `when`.
    turns: Option<(Counter, u32)>,
    /// Nothing is written before it: its turns are columns.
    pinned: bool,
    memo: HashMap<Key, Value>,
}

/// A block that is being written: a stack of open loops.
pub(super) struct Code {
    frames: Vec<Frame>,
    /// Frames that wait while something is written before them.
    aside: Vec<Frame>,
    locals: Vec<Local>,
    arrays: HashMap<Node, u32>,
    values: u32,
    counters: u32,
}

impl Code {
    pub(super) fn new() -> Code {
        Code {
            frames: vec![Frame {
                stmts: Vec::new(),
                turns: None,
                pinned: false,
                memo: HashMap::new(),
            }],
            aside: Vec::new(),
            locals: Vec::new(),
            arrays: HashMap::new(),
            values: 0,
            counters: 0,
        }
    }

    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a block has a frame")
    }

    /// A name for a value that is not defined by `push`.
    pub(super) fn fresh(&mut self) -> Value {
        self.values += 1;
        Value(self.values - 1)
    }

    /// Defines a value in the innermost open loop.
    pub(super) fn push(&mut self, ty: Type, expr: Expr) -> Value {
        let value = self.fresh();
        self.top().stmts.push(Stmt::Let { value, ty, expr });
        value
    }

    pub(super) fn store(&mut self, place: Place, index: Index, value: Value) {
        self.top().stmts.push(Stmt::Store {
            place,
            index,
            value,
        });
    }

    /// Begins a loop.
    pub(super) fn open(&mut self, count: u32) -> Counter {
        let counter = Counter(self.counters);
        self.counters += 1;
        let frame = Frame {
            stmts: Vec::new(),
            turns: Some((counter, count)),
            pinned: false,
            memo: HashMap::new(),
        };
        self.frames.push(frame);
        counter
    }

    /// Begins a loop over the columns of a group: what is written in it stays in it.
    pub(super) fn open_columns(&mut self, count: u32) -> Counter {
        let counter = self.open(count);
        self.top().pinned = true;
        counter
    }

    /// A temporary array of reals.
    pub(super) fn local(&mut self, len: u32) -> Place {
        self.locals.push(Local {
            ty: Type::Real,
            len,
        });
        Place::Local(self.locals.len() as u32 - 1)
    }

    /// Begins what is only needed where a mask holds. What is written in it is computed in it.
    pub(super) fn when(&mut self) {
        self.frames.push(Frame {
            stmts: Vec::new(),
            turns: None,
            pinned: true,
            memo: HashMap::new(),
        });
    }

    /// Ends it.
    pub(super) fn close_when(&mut self, mask: Value) {
        let frame = self.frames.pop().expect("a `when` is open");
        let body = frame.stmts;
        self.top().stmts.push(Stmt::When { mask, body });
    }

    /// Ends the innermost loop.
    pub(super) fn close(&mut self, carried: Vec<Carried>) {
        let frame = self.frames.pop().expect("a loop is open");
        let (counter, count) = frame.turns.expect("the block itself is not closed");
        let body = frame.stmts;
        self.top().stmts.push(Stmt::Loop(Loop {
            counter,
            count,
            carried,
            body,
        }));
    }

    /// Sets aside the loops on which an index does not depend, so that what follows is written
    /// before them; gives what [`Code::restore`] wants back.
    pub(super) fn hoist(&mut self, index: &Index) -> usize {
        let needed = |frame: &Frame| {
            let counter = frame.turns.map(|(counter, _)| counter);
            frame.pinned || index.terms.iter().any(|&(c, _)| Some(c) == counter)
        };
        let depth = self.frames.iter().rposition(needed).unwrap_or(0);
        let count = self.frames.len() - depth - 1;
        for _ in 0..count {
            let frame = self.frames.pop().expect("counted");
            self.aside.push(frame);
        }
        count
    }

    /// Takes back the loops that `hoist` has set aside.
    pub(super) fn restore(&mut self, count: usize) {
        for _ in 0..count {
            let frame = self.aside.pop().expect("set aside before");
            self.frames.push(frame);
        }
    }

    /// A component that is known here.
    pub(super) fn known(&self, key: &Key) -> Option<Value> {
        self.frames
            .iter()
            .rev()
            .find_map(|frame| frame.memo.get(key).copied())
    }

    /// Remembers a component for the rest of the innermost open loop.
    pub(super) fn remember(&mut self, key: Key, value: Value) {
        self.top().memo.insert(key, value);
    }

    /// The temporary array of a node, and whether it is new.
    pub(super) fn array(&mut self, node: Node, ty: Type, len: u32) -> (u32, bool) {
        if let Some(&local) = self.arrays.get(&node) {
            return (local, false);
        }
        let local = self.locals.len() as u32;
        self.locals.push(Local { ty, len });
        self.arrays.insert(node, local);
        (local, true)
    }

    pub(super) fn finish(mut self) -> Block {
        let frame = self.frames.pop().expect("a block has a frame");
        debug_assert!(
            self.frames.is_empty() && self.aside.is_empty(),
            "a loop is still open"
        );
        Block {
            locals: self.locals,
            stmts: frame.stmts,
        }
    }
}
