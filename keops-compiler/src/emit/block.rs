//! A block of a program as Rust over `U` vectors of lanes.
//!
//! What is the same in all lanes is one vector, computed once. The rest is computed for one `u` after
//! the other, and kept in an array over `u` only where a loop over components comes between.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use keops_program::program::{Block, Comparison, Expr, Index, Loop, Place, Stmt, Type, Value};

/// The Rust name of an array that is not a slot's.
pub(super) fn array(place: Place) -> String {
    match place {
        Place::State => "a".into(),
        Place::Other => "b".into(),
        Place::Local(k) => format!("l{k}"),
        Place::Param | Place::Row | Place::Column | Place::Input(_) | Place::Output(_) => {
            unreachable!("no pair work has access to {place:?}")
        }
    }
}

/// The statements of the block; `array` names the arrays.
pub(super) fn print(block: &Block, array: &dyn Fn(Place) -> String) -> String {
    let mut facts = Facts::default();
    facts.body(&block.stmts);
    let mut printer = Printer {
        facts,
        block,
        array,
        text: String::new(),
        needs: [false; 3],
    };
    for (k, local) in block.locals.iter().enumerate() {
        let element = printer.blank(local.ty);
        let _ = write!(
            printer.text,
            "let mut l{k} = [[{element}; U]; {}]; ",
            local.len
        );
    }
    printer.body(&block.stmts);
    let [zero, none, nought] = printer.needs;
    let mut text = String::new();
    if zero || none {
        text += "let zero = s.splat(0.0); ";
    }
    if none {
        text += "let none = s.lt(zero, zero); ";
    }
    if nought {
        text += "let nought = s.int_splat(0); ";
    }
    text + &printer.text
}

/// What is known of the values of a block.
#[derive(Default)]
struct Facts {
    types: HashMap<Value, Type>,
    /// Those that differ between lanes.
    varying: HashSet<Value>,
    /// The run of statements without a loop in which each is defined.
    runs: HashMap<Value, u32>,
    /// Those that differ between lanes and are read in another run.
    crossing: HashSet<Value>,
    run: u32,
}

impl Facts {
    fn body(&mut self, stmts: &[Stmt]) {
        self.run += 1;
        for stmt in stmts {
            match stmt {
                Stmt::Let { value, ty, expr } => {
                    self.types.insert(*value, *ty);
                    self.runs.insert(*value, self.run);
                    let mut varies = match expr {
                        Expr::Load(place, _) => !matches!(place, Place::Param | Place::Column),
                        _ => false,
                    };
                    for operand in operands(expr) {
                        self.read(operand);
                        varies |= self.varying.contains(&operand);
                    }
                    if varies {
                        self.varying.insert(*value);
                    }
                }
                Stmt::Store { value, .. } => self.read(*value),
                Stmt::Loop(inner) => {
                    for carried in &inner.carried {
                        self.types.insert(carried.value, carried.ty);
                        self.varying.insert(carried.value);
                        self.cross(carried.value);
                        self.cross(carried.init);
                    }
                    self.body(&inner.body);
                    for carried in &inner.carried {
                        self.cross(carried.next);
                    }
                    self.run += 1;
                }
                Stmt::When { mask, body } => {
                    self.cross(*mask);
                    self.body(body);
                    self.run += 1;
                }
            }
        }
    }

    fn read(&mut self, value: Value) {
        if self.runs.get(&value) != Some(&self.run) {
            self.cross(value);
        }
    }

    fn cross(&mut self, value: Value) {
        if self.varying.contains(&value) {
            self.crossing.insert(value);
        }
    }
}

fn operands(expr: &Expr) -> Vec<Value> {
    match expr {
        Expr::Real(_) | Expr::Integer(_) | Expr::Load(..) => Vec::new(),
        Expr::Op(_, operands) => operands.clone(),
        Expr::Not(a) | Expr::ToReal(a) => vec![*a],
        Expr::Compare(_, a, b) | Expr::And(a, b) | Expr::Or(a, b) | Expr::Subtract(a, b) => {
            vec![*a, *b]
        }
        Expr::Select(m, a, b) => vec![*m, *a, *b],
    }
}

struct Printer<'b> {
    facts: Facts,
    block: &'b Block,
    array: &'b dyn Fn(Place) -> String,
    text: String,
    /// Which of the values that arrays start out with are needed: of numbers, masks, integers.
    needs: [bool; 3],
}

impl Printer<'_> {
    fn body(&mut self, stmts: &[Stmt]) {
        for run in stmts.chunk_by(|a, b| is_flat(a) && is_flat(b)) {
            match run {
                [Stmt::Loop(inner)] => self.component_loop(inner),
                [Stmt::When { mask, body }] => self.when(*mask, body),
                run => self.run(run),
            }
        }
    }

    /// Statements without a loop.
    fn run(&mut self, run: &[Stmt]) {
        let mut lanes = String::new();
        for stmt in run {
            match stmt {
                Stmt::Let { value, ty, expr } => {
                    let text = self.expr(*ty, expr);
                    if !self.facts.varying.contains(value) {
                        let _ = write!(self.text, "let v{} = {text}; ", value.0);
                    } else if self.facts.crossing.contains(value) {
                        let blank = self.blank(*ty);
                        let _ = write!(self.text, "let mut v{} = [{blank}; U]; ", value.0);
                        let _ = write!(lanes, "v{}[u] = {text}; ", value.0);
                    } else {
                        let _ = write!(lanes, "let v{} = {text}; ", value.0);
                    }
                }
                Stmt::Store {
                    place,
                    index,
                    value,
                } => {
                    let mut text = self.value(*value);
                    let ty = self.facts.types[value];
                    if !matches!(place, Place::Local(_)) && ty != Type::Real {
                        text = format!("s.slot({text})");
                    }
                    let array = (self.array)(*place);
                    let _ = write!(lanes, "{array}[{}][u] = {text}; ", position(index));
                }
                Stmt::Loop(_) | Stmt::When { .. } => unreachable!("a run has no loop"),
            }
        }
        if !lanes.is_empty() {
            let _ = write!(self.text, "for u in 0..U {{ {lanes}}} ");
        }
    }

    /// What is done where the mask holds in any lane.
    fn when(&mut self, mask: Value, body: &[Stmt]) {
        let v = mask.0;
        if self.facts.crossing.contains(&mask) {
            let _ = write!(
                self.text,
                "let mut any = false; for u in 0..U {{ any |= s.any(v{v}[u]); }} if any {{ "
            );
        } else {
            let _ = write!(self.text, "if s.any(v{v}) {{ ");
        }
        self.body(body);
        self.text += "} ";
    }

    fn component_loop(&mut self, inner: &Loop) {
        for carried in &inner.carried {
            let init = self.over_lanes(carried.init);
            let _ = write!(self.text, "let mut v{} = {init}; ", carried.value.0);
        }
        let _ = write!(
            self.text,
            "for k{} in 0..{}usize {{ ",
            inner.counter.0, inner.count
        );
        self.body(&inner.body);
        // All at once: what is carried may be exchanged.
        let values: Vec<String> = inner
            .carried
            .iter()
            .map(|carried| format!("v{}", carried.value.0))
            .collect();
        let next: Vec<String> = inner
            .carried
            .iter()
            .map(|carried| self.over_lanes(carried.next))
            .collect();
        match values.len() {
            0 => {}
            1 => {
                let _ = write!(self.text, "{} = {}; ", values[0], next[0]);
            }
            _ => {
                let _ = write!(
                    self.text,
                    "({}) = ({}); ",
                    values.join(", "),
                    next.join(", ")
                );
            }
        }
        self.text += "} ";
    }

    /// A value in one lane vector.
    fn value(&self, value: Value) -> String {
        if self.facts.crossing.contains(&value) {
            format!("v{}[u]", value.0)
        } else {
            format!("v{}", value.0)
        }
    }

    /// A value as an array over all lane vectors.
    fn over_lanes(&self, value: Value) -> String {
        if self.facts.crossing.contains(&value) {
            format!("v{}", value.0)
        } else {
            format!("[v{}; U]", value.0)
        }
    }

    /// What an array of that type starts out with.
    fn blank(&mut self, ty: Type) -> &'static str {
        let (need, name) = match ty {
            Type::Real => (0, "zero"),
            Type::Mask => (1, "none"),
            Type::Index | Type::Label => (2, "nought"),
        };
        self.needs[need] = true;
        name
    }

    fn expr(&self, ty: Type, expr: &Expr) -> String {
        let v = |value: &Value| self.value(*value);
        match expr {
            Expr::Real(c) => format!("s.splat({})", real(*c)),
            Expr::Integer(c) => format!("s.int_splat({c})"),
            Expr::Load(place, index) => self.load(ty, *place, index),
            Expr::Op(op, operands) => {
                let operands: Vec<String> = operands.iter().map(v).collect();
                let (count, operands) = (operands.len(), operands.join(", "));
                format!("op{count}::<table::{op:?}, S>(s, {operands})")
            }
            Expr::Compare(comparison, a, b) => self.compare(*comparison, *a, *b),
            Expr::And(a, b) => format!("s.and({}, {})", v(a), v(b)),
            Expr::Or(a, b) => format!("s.or({}, {})", v(a), v(b)),
            Expr::Not(a) => format!("s.not({})", v(a)),
            Expr::Select(m, a, b) => {
                let select = if ty == Type::Real {
                    "select"
                } else {
                    "int_select"
                };
                format!("s.{select}({}, {}, {})", v(m), v(a), v(b))
            }
            Expr::Subtract(a, b) => format!("s.int_sub({}, {})", v(a), v(b)),
            Expr::ToReal(a) => match self.facts.types[a] {
                Type::Label => format!("s.label_to_real({})", v(a)),
                _ => format!("s.index_to_real({})", v(a)),
            },
        }
    }

    fn load(&self, ty: Type, place: Place, index: &Index) -> String {
        let array = (self.array)(place);
        let at = position(index);
        let element = match place {
            Place::Param | Place::Column => format!("s.broadcast({array}[{at}])"),
            _ => format!("{array}[{at}][u]"),
        };
        let is_slot = match place {
            Place::Local(k) => {
                debug_assert_eq!(self.block.locals[k as usize].ty, ty);
                false
            }
            _ => ty != Type::Real,
        };
        if is_slot {
            format!("s.integer({element})")
        } else {
            element
        }
    }

    fn compare(&self, comparison: Comparison, a: Value, b: Value) -> String {
        let ty = self.facts.types[&a];
        let (a, b) = (self.value(a), self.value(b));
        let less = match ty {
            Type::Label => "label_lt",
            _ => "index_lt",
        };
        match (comparison, ty) {
            (Comparison::Lt, Type::Real) => format!("s.lt({a}, {b})"),
            (Comparison::Le, Type::Real) => format!("s.le({a}, {b})"),
            (Comparison::Eq, Type::Real) => format!("s.eq({a}, {b})"),
            (Comparison::Ne, Type::Real) => format!("s.not(s.eq({a}, {b}))"),
            (Comparison::Lt, _) => format!("s.{less}({a}, {b})"),
            (Comparison::Le, _) => format!("s.not(s.{less}({b}, {a}))"),
            (Comparison::Eq, _) => format!("s.int_eq({a}, {b})"),
            (Comparison::Ne, _) => format!("s.not(s.int_eq({a}, {b}))"),
        }
    }
}

fn is_flat(stmt: &Stmt) -> bool {
    !matches!(stmt, Stmt::Loop(_) | Stmt::When { .. })
}

/// `3 + 4 * k0`
fn position(index: &Index) -> String {
    let mut terms = Vec::new();
    if index.offset != 0 || index.terms.is_empty() {
        terms.push(index.offset.to_string());
    }
    for (counter, stride) in &index.terms {
        terms.push(match stride {
            1 => format!("k{}", counter.0),
            stride => format!("{stride} * k{}", counter.0),
        });
    }
    terms.join(" + ")
}

/// A floating literal.
fn real(c: f64) -> String {
    if c.is_nan() {
        "f64::NAN".into()
    } else if c.is_infinite() {
        if c > 0.0 {
            "f64::INFINITY".into()
        } else {
            "f64::NEG_INFINITY".into()
        }
    } else {
        format!("{c:?}")
    }
}
