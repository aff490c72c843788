//! Where each register is declared: in the innermost body that holds all that touches it.
//!
//! If what touches it first is an instruction of that body that writes it, the instruction is its
//! `let`; else it is declared before the statement in which it is touched first.

use std::collections::HashMap;

use crate::kernel::{Kernel, Operand, Reg, Stmt};

/// A statement: the number of its body, in the order of the text, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Site {
    pub block: usize,
    pub index: usize,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    site: Site,
    /// The statement at the site writes it first.
    direct: bool,
    writes: u32,
}

/// The spans of a kernel's registers.
pub(super) struct Life {
    spans: HashMap<Reg, Span>,
    declared: HashMap<Site, Vec<Reg>>,
}

impl Life {
    pub(super) fn new(kernel: &Kernel) -> Life {
        let mut walk = Walk {
            parents: Vec::new(),
            spans: HashMap::new(),
        };
        walk.block(&kernel.body, None);
        let mut declared: HashMap<Site, Vec<Reg>> = HashMap::new();
        for (reg, span) in &walk.spans {
            if !span.direct {
                declared.entry(span.site).or_default().push(*reg);
            }
        }
        declared
            .values_mut()
            .for_each(|registers| registers.sort_unstable());
        Life {
            spans: walk.spans,
            declared,
        }
    }

    /// The registers that are declared before a statement.
    pub(super) fn declared_at(&self, site: Site) -> Vec<Reg> {
        self.declared.get(&site).cloned().unwrap_or_default()
    }

    /// Whether a statement is the register's `let`.
    pub(super) fn begins_at(&self, reg: Reg, site: Site) -> bool {
        self.spans
            .get(&reg)
            .is_some_and(|span| span.direct && span.site == site)
    }

    /// Whether the register is written more than once.
    pub(super) fn changes(&self, reg: Reg) -> bool {
        self.spans.get(&reg).is_some_and(|span| span.writes > 1)
    }
}

struct Walk {
    /// For each body the statement that holds it.
    parents: Vec<Option<Site>>,
    spans: HashMap<Reg, Span>,
}

impl Walk {
    fn block(&mut self, body: &[Stmt], parent: Option<Site>) {
        let block = self.parents.len();
        self.parents.push(parent);
        for (index, stmt) in body.iter().enumerate() {
            let site = Site { block, index };
            match stmt {
                Stmt::Comment(_) => {}
                Stmt::Instr(instr) => {
                    instr.reads().into_iter().for_each(|a| self.read(a, site));
                    instr
                        .writes()
                        .iter()
                        .for_each(|reg| self.touch(*reg, site, true));
                }
                Stmt::Loop {
                    counter,
                    from,
                    to,
                    body,
                    ..
                } => {
                    self.read(*from, site);
                    self.read(*to, site);
                    // It is set, and stepped.
                    self.touch(*counter, site, true);
                    self.touch(*counter, site, true);
                    self.block(body, Some(site));
                }
                Stmt::If {
                    mask,
                    then,
                    otherwise,
                } => {
                    self.touch(*mask, site, false);
                    self.block(then, Some(site));
                    self.block(otherwise, Some(site));
                }
            }
        }
    }

    fn read(&mut self, operand: Operand, site: Site) {
        if let Operand::Reg(reg) = operand {
            self.touch(reg, site, false);
        }
    }

    fn touch(&mut self, reg: Reg, site: Site, write: bool) {
        let Some(mut span) = self.spans.get(&reg).copied() else {
            self.spans.insert(
                reg,
                Span {
                    site,
                    direct: write,
                    writes: u32::from(write),
                },
            );
            return;
        };
        span.writes += u32::from(write);
        // The statement of an outer body that holds the first touch and this one.
        while !self.holds(span.site.block, site) {
            let Some(outer) = self.parents[span.site.block] else {
                break;
            };
            span = Span {
                site: outer,
                direct: false,
                ..span
            };
        }
        self.spans.insert(reg, span);
    }

    /// Whether a statement is in a body, at any depth.
    fn holds(&self, block: usize, site: Site) -> bool {
        let mut at = Some(site);
        while let Some(site) = at {
            if site.block == block {
                return true;
            }
            at = self.parents[site.block];
        }
        false
    }
}
