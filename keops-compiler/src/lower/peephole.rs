//! The last touches to a program: products that are added become one fused operation, and what
//! nobody reads goes.

use std::collections::HashMap;

use keops_program::op::Op;
use keops_program::program::{Block, Expr, Program, Stmt, Type, Value};

/// Improves every section.
pub(super) fn improve(program: &mut Program) {
    for block in [
        &mut program.param,
        &mut program.row,
        &mut program.column,
        &mut program.update,
        &mut program.grouped,
        &mut program.merge,
        &mut program.finish,
    ] {
        fuse(block);
        while sweep(&mut block.stmts) {}
    }
}

/// How often each value is read.
fn count(stmts: &[Stmt], uses: &mut HashMap<Value, u32>) {
    for stmt in stmts {
        let read = match stmt {
            Stmt::Let { expr, .. } => operands(expr),
            Stmt::Store { value, .. } => vec![*value],
            Stmt::Loop(inner) => {
                count(&inner.body, uses);
                inner
                    .carried
                    .iter()
                    .flat_map(|c| [c.init, c.next])
                    .collect()
            }
            Stmt::When { mask, body } => {
                count(body, uses);
                vec![*mask]
            }
        };
        for value in read {
            *uses.entry(value).or_insert(0) += 1;
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

/// What fusing needs to know of a block.
struct Fusion {
    uses: HashMap<Value, u32>,
    products: HashMap<Value, (Value, Value)>,
    constants: HashMap<Value, f64>,
    next: u32,
}

/// `a · b + c` in one rounding: every product that is only added to something.
fn fuse(block: &mut Block) {
    let mut uses = HashMap::new();
    count(&block.stmts, &mut uses);
    let (products, constants) = (HashMap::new(), HashMap::new());
    let mut fusion = Fusion {
        uses,
        products,
        constants,
        next: unused(&block.stmts),
    };
    fusion.block(&mut block.stmts);
}

/// The first number that names no value.
fn unused(stmts: &[Stmt]) -> u32 {
    let of = |stmt: &Stmt| match stmt {
        Stmt::Let { value, .. } => value.0 + 1,
        Stmt::Store { .. } => 0,
        Stmt::Loop(inner) => {
            let carried = inner
                .carried
                .iter()
                .map(|c| c.value.0 + 1)
                .max()
                .unwrap_or(0);
            carried.max(unused(&inner.body))
        }
        Stmt::When { body, .. } => unused(body),
    };
    stmts.iter().map(of).max().unwrap_or(0)
}

impl Fusion {
    fn block(&mut self, stmts: &mut Vec<Stmt>) {
        let mut fused = Vec::with_capacity(stmts.len());
        for mut stmt in std::mem::take(stmts) {
            match &mut stmt {
                Stmt::Let { value, expr, .. } => {
                    match expr {
                        Expr::Op(Op::Mul, of) => {
                            self.products.insert(*value, (of[0], of[1]));
                        }
                        Expr::Real(constant) => {
                            self.constants.insert(*value, *constant);
                        }
                        _ => {}
                    }
                    if let Some(new) = self.fused(expr, &mut fused) {
                        *expr = new;
                    }
                }
                Stmt::Loop(inner) => self.block(&mut inner.body),
                Stmt::When { body, .. } => self.block(body),
                Stmt::Store { .. } => {}
            }
            fused.push(stmt);
        }
        *stmts = fused;
    }

    fn fused(&mut self, expr: &Expr, before: &mut Vec<Stmt>) -> Option<Expr> {
        let Expr::Op(op, of) = expr else { return None };
        match (op, &of[..]) {
            (Op::Add, &[a, b]) => {
                let (product, rest) = match (self.product(b), self.product(a)) {
                    (Some(product), _) => (product, a),
                    (None, Some(product)) => (product, b),
                    (None, None) => return None,
                };
                Some(Expr::Op(Op::Fma, vec![product.0, product.1, rest]))
            }
            (Op::Sub, &[a, b]) => {
                if let Some((x, y)) = self.product(b) {
                    let x = self.negated(x, before);
                    return Some(Expr::Op(Op::Fma, vec![x, y, a]));
                }
                let (x, y) = self.product(a)?;
                let b = self.negated(b, before);
                Some(Expr::Op(Op::Fma, vec![x, y, b]))
            }
            _ => None,
        }
    }

    /// The factors of a product that is read once.
    fn product(&self, value: Value) -> Option<(Value, Value)> {
        let once = self.uses.get(&value) == Some(&1);
        self.products.get(&value).copied().filter(|_| once)
    }

    fn negated(&mut self, value: Value, before: &mut Vec<Stmt>) -> Value {
        let expr = match self.constants.get(&value) {
            Some(&constant) => Expr::Real(-constant),
            None => Expr::Op(Op::Neg, vec![value]),
        };
        let negated = Value(self.next);
        self.next += 1;
        before.push(Stmt::Let {
            value: negated,
            ty: Type::Real,
            expr,
        });
        negated
    }
}

/// Removes definitions that nobody reads, and loops that do nothing; whether there were any.
fn sweep(stmts: &mut Vec<Stmt>) -> bool {
    let mut uses = HashMap::new();
    count(stmts, &mut uses);
    retain(stmts, &uses)
}

fn retain(stmts: &mut Vec<Stmt>, uses: &HashMap<Value, u32>) -> bool {
    let before = stmts.len();
    let mut changed = false;
    stmts.retain_mut(|stmt| match stmt {
        Stmt::Let { value, .. } => uses.contains_key(value),
        Stmt::Store { .. } => true,
        Stmt::Loop(inner) => {
            changed |= retain(&mut inner.body, uses);
            // A carried value counts itself when it is its own next.
            !(inner.body.is_empty() && inner.carried.iter().all(|c| !uses.contains_key(&c.value)))
        }
        Stmt::When { body, .. } => {
            changed |= retain(body, uses);
            !body.is_empty()
        }
    });
    changed || stmts.len() != before
}
