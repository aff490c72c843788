//! The state of reductions: update, merge, finish, from the rows of the table.

use std::collections::HashMap;
use std::rc::Rc;

use keops_program::program::{Block, Expr, Index, Place, StateSlot, Type, Value};
use keops_program::schedule::Axis;

use super::code::Code;
use super::component::elementwise;
use super::{Lower, Section, for_each, load, shifted};
use crate::formula::{Formula, Kind, Node, Variable, width};
use crate::notation;
use crate::table::REDUCTIONS;

/// A row of the table as scalar formulas of its own names.
pub(super) struct Template {
    formula: Formula,
    operands: Vec<Node>,
    column: Node,
    states: Vec<Node>,
    others: Vec<Node>,
    update: Vec<Node>,
    merge: Vec<Node>,
    finish: Node,
}

impl Template {
    fn new(reduction: usize) -> Template {
        let row = &REDUCTIONS[reduction];
        let mut formula = Formula::new();
        let mut declare = |name: &str, ty: Type| {
            let (name, shape) = (name.to_string(), Vec::new());
            formula.declare(Variable {
                name,
                axis: Axis::Unit,
                ty,
                shape,
            })
        };
        let operands: Vec<Node> = row
            .operands
            .iter()
            .map(|name| declare(name, Type::Real))
            .collect();
        let column = declare("j", Type::Index);
        let states: Vec<Node> = row.state.iter().map(|s| declare(s.name, s.ty)).collect();
        let later: Vec<String> = row.state.iter().map(|s| format!("{}2", s.name)).collect();
        let others: Vec<Node> = row
            .state
            .iter()
            .zip(&later)
            .map(|(s, name)| declare(name, s.ty))
            .collect();
        let mut names: Vec<(&str, Node)> = vec![("j", column)];
        names.extend(row.operands.iter().copied().zip(operands.iter().copied()));
        names.extend(row.state.iter().map(|s| s.name).zip(states.iter().copied()));
        names.extend(later.iter().map(String::as_str).zip(others.iter().copied()));
        let mut of = |text| notation::instantiate(&mut formula, text, &names, Axis::J);
        let update = row.state.iter().map(|s| of(s.update)).collect();
        let merge = row.state.iter().map(|s| of(s.merge)).collect();
        let finish = of(row.finish);
        Template {
            formula,
            operands,
            column,
            states,
            others,
            update,
            merge,
            finish,
        }
    }
}

/// The templates of the reductions that a pass has.
#[derive(Default)]
pub(super) struct Templates(HashMap<usize, Rc<Template>>);

impl Templates {
    fn get(&mut self, reduction: usize) -> Rc<Template> {
        self.0
            .entry(reduction)
            .or_insert_with(|| Rc::new(Template::new(reduction)))
            .clone()
    }
}

/// Scalars of a template and the values that stand for them.
type Bound = HashMap<Node, Value>;

/// The value of a template's scalar.
fn scalar(code: &mut Code, formula: &Formula, node: Node, bound: &mut Bound) -> Value {
    if let Some(&value) = bound.get(&node) {
        return value;
    }
    let data = formula.data(node).clone();
    let value = match &data.kind {
        Kind::Real(bits) => code.push(Type::Real, Expr::Real(bits.value())),
        Kind::Integer(value) => code.push(data.ty, Expr::Integer(*value)),
        kind => {
            let operands = data
                .operands
                .iter()
                .map(|&n| scalar(code, formula, n, bound))
                .collect();
            code.push(data.ty, elementwise(kind, operands))
        }
    };
    bound.insert(node, value);
    value
}

impl Lower<'_> {
    /// Gives every reduction of the pass its part of the state: for each scalar of the row, one for
    /// each component.
    pub(super) fn allocate_states(&mut self) {
        for &node in &self.plan.reductions {
            let Kind::Reduce { reduction, .. } = *self.formula.kind(node) else {
                continue;
            };
            let count = width(self.formula.shape(node)) as usize;
            self.states.insert(node, self.program.state.len() as u32);
            for state in REDUCTIONS[reduction].state {
                let slot = StateSlot {
                    ty: state.ty,
                    init: state.init,
                };
                self.program.state.extend(std::iter::repeat_n(slot, count));
            }
        }
    }

    /// The row of a reduction of this pass, where its state begins, and its components.
    fn reduction(&mut self, node: Node) -> (Rc<Template>, u32, u32) {
        let Kind::Reduce { reduction, .. } = *self.formula.kind(node) else {
            unreachable!("a pass performs reductions")
        };
        let count = width(self.formula.shape(node));
        (self.templates.get(reduction), self.states[&node], count)
    }

    /// One pair.
    pub(super) fn update(&mut self) -> Block {
        let mut code = Code::new();
        for &node in &self.plan.reductions {
            let (template, start, count) = self.reduction(node);
            let operands = self.formula.operands(node).to_vec();
            for_each(&mut code, count, &mut |code, index| {
                let mut bound = load_states(code, &template, Place::State, start, count, &index);
                for (&name, &operand) in template.operands.iter().zip(&operands) {
                    let value = self.component(code, Section::Update, operand, &index);
                    bound.insert(name, value);
                }
                if depends(&template.formula, &template.update, template.column) {
                    bound.insert(template.column, self.column(code));
                }
                step(
                    code,
                    &template,
                    &template.update,
                    bound,
                    start,
                    count,
                    &index,
                );
            });
        }
        code.finish()
    }

    /// A later block of columns.
    pub(super) fn merge(&mut self) -> Block {
        let mut code = Code::new();
        for &node in &self.plan.reductions {
            let (template, start, count) = self.reduction(node);
            for_each(&mut code, count, &mut |code, index| {
                let mut bound = load_states(code, &template, Place::State, start, count, &index);
                for (k, &other) in template.others.iter().enumerate() {
                    let at = shifted(&index, start + k as u32 * count);
                    let value = load(code, template.formula.ty(other), Place::Other, at);
                    bound.insert(other, value);
                }
                step(
                    code,
                    &template,
                    &template.merge,
                    bound,
                    start,
                    count,
                    &index,
                );
            });
        }
        code.finish()
    }

    /// A component of a reduction's result, in `finish`.
    pub(super) fn finished(&mut self, code: &mut Code, node: Node, index: &Index) -> Value {
        let (template, start, count) = self.reduction(node);
        let mut bound = load_states(code, &template, Place::State, start, count, index);
        scalar(code, &template.formula, template.finish, &mut bound)
    }

    /// The number of the column.
    fn column(&mut self, code: &mut Code) -> Value {
        let axis = self
            .plan
            .columns
            .expect("only a pass with columns has an update");
        let position = self.position(axis);
        self.component(code, Section::Update, position, &Index::at(0))
    }
}

fn load_states(
    code: &mut Code,
    template: &Template,
    place: Place,
    start: u32,
    count: u32,
    index: &Index,
) -> Bound {
    let mut bound = Bound::new();
    for (k, &state) in template.states.iter().enumerate() {
        let at = shifted(index, start + k as u32 * count);
        let value = load(code, template.formula.ty(state), place, at);
        bound.insert(state, value);
    }
    bound
}

/// Computes all new states from the old ones, then writes those that change.
fn step(
    code: &mut Code,
    template: &Template,
    new: &[Node],
    mut bound: Bound,
    start: u32,
    count: u32,
    index: &Index,
) {
    let values: Vec<Value> = new
        .iter()
        .map(|&node| scalar(code, &template.formula, node, &mut bound))
        .collect();
    for (k, value) in values.into_iter().enumerate() {
        if new[k] != template.states[k] {
            code.store(
                Place::State,
                shifted(index, start + k as u32 * count),
                value,
            );
        }
    }
}

/// Whether a template's scalars are made of one.
fn depends(formula: &Formula, roots: &[Node], on: Node) -> bool {
    formula.reachable(roots).contains(&on)
}
