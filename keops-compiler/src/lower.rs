//! A pass of formulas → its program.
//!
//! Every node is classed by what it depends on: parameters, the row, the column, or both. What does
//! not depend on the pair is computed in its own section and kept in slots; the largest such parts
//! are. Components are produced where they are used: `sum(square(x_i - y_j))` of width 3 becomes six
//! scalar operations, of width 300 one loop with one carried sum. Vectors of at most [`UNROLL`]
//! components are written out.
//!
//! In: for `sum_j exp(-|x_i - y_j|^2)` the reduction and its result. Out: a [`Program`] whose
//! `update` is
//!
//! ```text
//! v0 = row[0]  v1 = column[0]  v2 = sub v0 v1  …  state[0] = v9
//! ```

mod code;
mod component;
mod lists;
mod peephole;
mod reduction;
mod shift;
mod states;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use keops_program::op::Op;
use keops_program::program::{
    Block, Class, Expr, Index, Input, Output, Place, Program, Source, Type, Value,
};
use keops_program::schedule::Axis;

use crate::formula::{Formula, Kind, Node, width};
use crate::schedule::Plan;
use crate::table::REDUCTIONS;
use code::Code;
use states::States;

/// Vectors and sums of at most so many terms are written out; longer ones are loops.
pub(crate) const UNROLL: u32 = 8;

/// The program of a pass. `arguments` are the numbers of the variables that the call takes, in order;
/// `stored` the reductions that earlier passes give.
pub(crate) fn lower(
    formula: &mut Formula,
    plan: &Plan,
    arguments: &[u32],
    stored: &BTreeMap<Node, Source>,
) -> Program {
    let positions = [formula.position(Axis::I), formula.position(Axis::J)];
    let formula = &*formula;
    let mut lower = Lower {
        formula,
        positions,
        own: own(formula, plan, stored),
        plan,
        arguments,
        stored,
        program: Program::default(),
        inputs: HashMap::new(),
        slots: HashMap::new(),
        pending: Vec::new(),
        states: Rc::new(States::of(formula, &plan.reductions)),
        uses: uses(formula, plan),
        viewed: viewed(formula, plan),
    };
    lower.program.state = lower.states.program();
    lower.program.exact = exact(formula, &plan.reductions);
    lower.program.update = lower.update();
    (lower.program.group, lower.program.grouped) = lower.grouped();
    lower.program.merge = lower.merge();
    lower.program.finish = lower.finish();
    for class in [Class::Column, Class::Row, Class::Param] {
        lower.section(class);
    }
    lower.spread();
    peephole::improve(&mut lower.program);
    lower.program
}

/// Whether all reductions of a pass select or count.
fn exact(formula: &Formula, reductions: &[Node]) -> bool {
    let exact = |&node: &Node| match *formula.kind(node) {
        Kind::Reduce { reduction, .. } => REDUCTIONS[reduction].exact,
        _ => false,
    };
    !reductions.is_empty() && reductions.iter().all(exact)
}

/// The nodes of the pass.
fn reachable(formula: &Formula, plan: &Plan) -> Vec<Node> {
    let mut roots: Vec<Node> = plan.outputs.iter().map(|&(_, node)| node).collect();
    roots.extend_from_slice(&plan.reductions);
    formula.reachable(&roots)
}

/// Of how many components of each node the pass has views.
fn viewed(formula: &Formula, plan: &Plan) -> HashMap<Node, u32> {
    let mut viewed = HashMap::new();
    for node in reachable(formula, plan) {
        if let Kind::View { .. } = formula.kind(node) {
            let picked = width(formula.shape(node));
            *viewed.entry(formula.operands(node)[0]).or_insert(0) += picked;
        }
    }
    viewed
}

/// How often each node is an operand in the pass.
fn uses(formula: &Formula, plan: &Plan) -> HashMap<Node, u32> {
    let mut uses = HashMap::new();
    for node in reachable(formula, plan) {
        for &operand in formula.operands(node) {
            *uses.entry(operand).or_insert(0) += 1;
        }
    }
    uses
}

/// The nodes around the pass's reductions that are made of them.
fn own(formula: &Formula, plan: &Plan, stored: &BTreeMap<Node, Source>) -> HashSet<Node> {
    let outputs: Vec<Node> = plan.outputs.iter().map(|&(_, node)| node).collect();
    let mut own = HashSet::new();
    for node in formula.reachable(&outputs) {
        let is = match formula.kind(node) {
            _ if stored.contains_key(&node) => false,
            Kind::Reduce { .. } => plan.reductions.contains(&node),
            _ => formula.operands(node).iter().any(|n| own.contains(n)),
        };
        if is {
            own.insert(node);
        }
    }
    own
}

/// Where a value is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Param,
    Row,
    Column,
    Update,
    Finish,
}

impl Section {
    fn of(class: Class) -> Section {
        match class {
            Class::Param => Section::Param,
            Class::Row => Section::Row,
            Class::Column => Section::Column,
        }
    }
}

/// What is kept in slots of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Made {
    /// Its components.
    Plain,
    /// The negative of a scalar.
    Negative,
    /// The reciprocal of a scalar.
    Reciprocal,
}

/// Slots that are still to be filled.
struct Pending {
    class: Class,
    node: Node,
    made: Made,
    offset: u32,
}

struct Lower<'a> {
    formula: &'a Formula,
    /// `i` and `j`.
    positions: [Node; 2],
    /// The nodes that are made of what this pass reduces.
    own: HashSet<Node>,
    plan: &'a Plan,
    arguments: &'a [u32],
    stored: &'a BTreeMap<Node, Source>,
    program: Program,
    /// The inputs that exist, by the node that reads them, for rows or for columns.
    inputs: HashMap<(Node, Class), u32>,
    /// Where the slots of what is made of a node begin.
    slots: HashMap<(Node, Made), u32>,
    /// Slots that are still to be filled.
    pending: Vec<Pending>,
    /// The state of the reductions.
    states: Rc<States>,
    uses: HashMap<Node, u32>,
    /// Of how many components of each node there are views.
    viewed: HashMap<Node, u32>,
}

impl Lower<'_> {
    /// What a node depends on, as a section sees it; `None` for the pair, or for a reduction of this
    /// pass.
    fn class(&self, node: Node, section: Section) -> Option<Class> {
        if self.own.contains(&node) {
            return None;
        }
        let axes = self.formula.axes(node);
        if axes.has(Axis::Batch) {
            // Of the batch of the column where the row meets all batches, or there is no row yet.
            let of_column = section == Section::Column || self.plan.rows == Axis::Unit;
            return Some(if of_column { Class::Column } else { Class::Row });
        }
        let row = axes.has(self.plan.rows);
        let column = self.plan.columns.is_some_and(|axis| axes.has(axis));
        match (row, column) {
            (false, false) => Some(Class::Param),
            (true, false) => Some(Class::Row),
            (false, true) => Some(Class::Column),
            (true, true) => None,
        }
    }

    /// The number of the row along an axis.
    fn position(&self, axis: Axis) -> Node {
        self.positions[usize::from(axis == Axis::J)]
    }

    /// The input that a leaf reads.
    fn input(&mut self, node: Node, section: Section) -> u32 {
        let class = self
            .class(node, section)
            .expect("an input depends on one axis at most");
        if let Some(&input) = self.inputs.get(&(node, class)) {
            return input;
        }
        let data = self.formula.data(node);
        let (name, source) = match (&data.kind, self.stored.get(&node)) {
            (_, Some(&source)) => (format!("r{}", self.inputs.len()), source),
            (Kind::Variable(number), None) => {
                let argument = self.arguments.iter().position(|n| n == number);
                let argument = argument.expect("the call takes every variable of its formula");
                let name = self.formula.variables()[*number as usize].name.clone();
                (name, Source::Argument(argument as u32))
            }
            (Kind::Position(Axis::I), None) => ("i".to_string(), Source::Position),
            (Kind::Position(_), None) => ("j".to_string(), Source::Position),
            _ => unreachable!("only leaves are inputs"),
        };
        let input = self.program.inputs.len() as u32;
        let width = width(&data.shape);
        self.program.inputs.push(Input {
            name,
            class,
            ty: data.ty,
            width,
            source,
        });
        self.inputs.insert((node, class), input);
        input
    }

    /// Whether a node is read from memory.
    fn is_input(&self, node: Node) -> bool {
        let kind = self.formula.kind(node);
        self.stored.contains_key(&node) || matches!(kind, Kind::Variable(_) | Kind::Position(_))
    }

    /// Where the slots of what is made of a node begin; they are allotted if there are none.
    fn slots(&mut self, node: Node, class: Class, made: Made) -> u32 {
        if let Some(&offset) = self.slots.get(&(node, made)) {
            return offset;
        }
        let data = self.formula.data(node);
        let list = match class {
            Class::Param => &mut self.program.param_slots,
            Class::Row => &mut self.program.row_slots,
            Class::Column => &mut self.program.column_slots,
        };
        let offset = list.len() as u32;
        list.extend(std::iter::repeat_n(data.ty, width(&data.shape) as usize));
        self.slots.insert((node, made), offset);
        self.pending.push(Pending {
            class,
            node,
            made,
            offset,
        });
        offset
    }

    /// Fills the slots of a class.
    fn section(&mut self, class: Class) {
        let mut code = Code::new();
        while let Some(k) = self
            .pending
            .iter()
            .position(|pending| pending.class == class)
        {
            let Pending {
                node, made, offset, ..
            } = self.pending.remove(k);
            let section = Section::of(class);
            if made == Made::Plain {
                self.store_all(&mut code, section, node, place(class), offset);
                continue;
            }
            let value = self.component(&mut code, section, node, &Index::at(0));
            let expr = match made {
                Made::Reciprocal => {
                    let one = code.push(Type::Real, Expr::Real(1.0));
                    Expr::Op(Op::Div, vec![one, value])
                }
                _ => Expr::Op(Op::Neg, vec![value]),
            };
            let value = code.push(Type::Real, expr);
            code.store(place(class), Index::at(offset), value);
        }
        let block = code.finish();
        match class {
            Class::Param => self.program.param = block,
            Class::Row => self.program.row = block,
            Class::Column => self.program.column = block,
        }
    }

    /// Writes every component of a node to an array, from `offset` on.
    fn store_all(
        &mut self,
        code: &mut Code,
        section: Section,
        node: Node,
        place: Place,
        offset: u32,
    ) {
        let count = width(self.formula.shape(node));
        for_each(code, count, &mut |code, index| {
            let value = self.component(code, section, node, &index);
            code.store(place, shifted(&index, offset), value);
        });
    }

    /// The results, from the states.
    fn finish(&mut self) -> Block {
        let mut code = Code::new();
        for (k, (name, node)) in self.plan.outputs.iter().enumerate() {
            let data = self.formula.data(*node);
            let (ty, width) = (data.ty, width(&data.shape));
            self.program.outputs.push(Output {
                name: name.clone(),
                ty,
                width,
            });
            self.store_all(
                &mut code,
                Section::Finish,
                *node,
                Place::Output(k as u32),
                0,
            );
        }
        code.finish()
    }
}

/// The array of a class's slots.
fn place(class: Class) -> Place {
    match class {
        Class::Param => Place::Param,
        Class::Row => Place::Row,
        Class::Column => Place::Column,
    }
}

/// `index + offset`.
fn shifted(index: &Index, offset: u32) -> Index {
    Index {
        offset: index.offset + offset,
        terms: index.terms.clone(),
    }
}

/// Does something for each of `count` components: one after the other, or in a loop.
fn for_each(code: &mut Code, count: u32, body: &mut dyn FnMut(&mut Code, Index)) {
    if count <= UNROLL {
        for k in 0..count {
            body(code, Index::at(k));
        }
    } else {
        let counter = code.open(count);
        body(
            code,
            Index {
                offset: 0,
                terms: vec![(counter, 1)],
            },
        );
        code.close(Vec::new());
    }
}

/// Shorthand for what the submodules emit.
fn load(code: &mut Code, ty: Type, place: Place, index: Index) -> Value {
    code.push(ty, Expr::Load(place, index))
}
