//! What a kernel matrix `K` offers.
//!
//! Its products with one vector are formulas like any other, with all their calls. Those with many
//! vectors are computed some columns at a time, and share what each slab of so many columns needs:
//! the products `K v` and `Kᵀ e`, and by every variable the gradient of `Σ_ij e_i K_ij v_j`, which is
//! that of both products, and of a solution.

use keops_program::op::Op;
use keops_program::program::Type;
use keops_program::schedule::Schedule;

use super::{Calls, Datum, calls, free, suffix};
use crate::ast::Span;
use crate::check::{Argument, Checked, Form, ResultKind, ResultValue};
use crate::diff;
use crate::formula::{Axes, Axis, Formula, Node, Shape, Variable};
use crate::schedule::{self, Wanted};
use crate::table::REDUCTIONS;

/// Columns in a slab, with whether gradients are compiled for it: a few columns of a gradient are as
/// cheap one by one.
const SLABS: [(u32, bool); 2] = [(4, false), (16, true)];

/// What a kernel matrix offers.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Its products with one vector, `matvec` and `rmatvec`.
    pub products: Vec<(&'static str, Calls)>,
    /// What is computed for slabs of columns: narrow ones first.
    pub slabs: Vec<Slab>,
    /// The entries of its diagonal.
    pub diagonal: Schedule,
    /// What the ridge of a solution is called beside the arguments.
    pub ridge: String,
    /// The entry as text, for readers.
    pub text: String,
}

/// What is computed for a slab of columns.
#[derive(Clone, Debug)]
pub struct Slab {
    /// How many columns it has.
    pub width: u32,
    /// `K v`, of the matrix's arguments and `v`.
    pub product: Schedule,
    /// `Kᵀ e`, of the matrix's arguments and `e`.
    pub transposed: Schedule,
    /// The gradients of `Σ_ij e_i K_ij v_j` by the floating arguments, by name: of the matrix's
    /// arguments, `v` and `e`. None where they are not compiled.
    pub gradients: Vec<(String, Schedule)>,
}

impl Matrix {
    /// What the matrix itself takes.
    pub fn arguments(&self) -> &[Datum] {
        let all = &self.products[0].1.arguments;
        &all[..all.len() - 1]
    }

    /// What a product with one vector takes beside it.
    pub fn vector(&self) -> &Datum {
        let all = &self.products[0].1.arguments;
        &all[all.len() - 1]
    }

    /// The schedules beside those of the products, with what they compute as part of a name.
    pub fn schedules(&self) -> Vec<(String, &Schedule)> {
        let mut list = Vec::new();
        for slab in &self.slabs {
            let width = slab.width;
            list.push((format!("matmul{width}"), &slab.product));
            list.push((format!("rmatmul{width}"), &slab.transposed));
            for (name, schedule) in &slab.gradients {
                list.push((format!("matmul{width}_grad_{name}"), schedule));
            }
        }
        list.push(("diagonal".into(), &self.diagonal));
        list
    }
}

/// What a kernel matrix offers.
pub fn matrix(checked: &Checked) -> Matrix {
    Matrix {
        products: vec![
            product(checked, "matvec", Axis::I),
            product(checked, "rmatvec", Axis::J),
        ],
        slabs: SLABS
            .iter()
            .map(|&(width, gradients)| slab(checked, width, gradients))
            .collect(),
        diagonal: diagonal(checked),
        ridge: vector(checked, "ridge"),
        text: checked.formula.show(checked.results[0].node),
    }
}

/// A product with one vector, and its derivatives; `axis` numbers the rows of the product.
fn product(checked: &Checked, method: &'static str, axis: Axis) -> (&'static str, Calls) {
    let mut checked = checked.clone();
    let name = vector(&checked, "v");
    let summed = if axis == Axis::I { Axis::J } else { Axis::I };
    let (variable, node) = declare(&mut checked.formula, &name, summed, Shape::new());
    let entry = checked.results[0].node;
    let node = sum(&mut checked.formula, summed, entry, node);
    let place = Span::from(proc_macro2::Span::call_site());
    checked.arguments.push(Argument {
        variable,
        rust: name,
        name_span: place,
        type_span: place,
        complex: false,
        expression: None,
    });
    checked.results = vec![ResultValue {
        node,
        kind: ResultKind::Real,
        shape: Shape::new(),
    }];
    checked.axis = axis;
    checked.form = Form::MapReduce;
    (method, calls(&checked))
}

/// What is computed for `width` columns.
fn slab(checked: &Checked, width: u32, gradients: bool) -> Slab {
    let mut formula = checked.formula.clone();
    let entry = checked.results[0].node;
    let (v_name, e_name) = (vector(checked, "v"), vector(checked, "e"));
    let (v, v_node) = declare(&mut formula, &v_name, Axis::J, vec![width]);
    let (e, e_node) = declare(&mut formula, &e_name, Axis::I, vec![width]);
    let product = sum(&mut formula, Axis::J, entry, v_node);
    let transposed = sum(&mut formula, Axis::I, entry, e_node);
    let floating: Vec<(u32, &str)> = checked
        .arguments
        .iter()
        .map(|argument| (argument.variable, argument.rust.as_str()))
        .filter(|&(variable, _)| formula.variables()[variable as usize].ty == Type::Real)
        .collect();
    let nodes = match gradients {
        true => {
            let nodes: Vec<Node> = floating.iter().map(|&(v, _)| formula.variable(v)).collect();
            diff::gradients(&mut formula, &[(product, e_node)], &nodes, Axes::NONE)
        }
        false => Vec::new(),
    };
    let mut plan = |node: Node, axis: Axis, like: Option<u32>, given: &[(u32, &str)]| {
        let arguments = checked.arguments.iter();
        let all: Vec<(u32, &str)> = arguments
            .map(|argument| (argument.variable, argument.rust.as_str()))
            .chain(given.iter().copied())
            .collect();
        schedule_of(&mut formula, (node, axis, like), &all)
    };
    let (v, e) = ((v, v_name.as_str()), (e, e_name.as_str()));
    Slab {
        width,
        product: plan(product, Axis::I, None, &[v]),
        transposed: plan(transposed, Axis::J, None, &[e]),
        gradients: floating
            .iter()
            .zip(nodes)
            .map(|(&(variable, name), node)| {
                let axis = checked.formula.variables()[variable as usize].axis;
                let mut arguments = checked.arguments.iter();
                let like = arguments.position(|argument| argument.variable == variable);
                let like = like.map(|number| number as u32);
                (name.to_string(), plan(node, axis, like, &[v, e]))
            })
            .collect(),
    }
}

/// The entries for which `j` is `i`: every variable has a row for each.
fn diagonal(checked: &Checked) -> Schedule {
    let along = |axis| if axis == Axis::J { Axis::I } else { axis };
    let mut formula = Formula::new();
    let mut images = Vec::new();
    for variable in checked.formula.variables() {
        let mut variable = variable.clone();
        variable.axis = along(variable.axis);
        images.push(formula.declare(variable));
    }
    let entry = [checked.results[0].node];
    let entry = formula.copy(
        &checked.formula,
        &entry,
        |number| images[number as usize],
        along,
    )[0];
    let entry = formula.number(entry);
    let all: Vec<(u32, &str)> = checked
        .arguments
        .iter()
        .map(|argument| (argument.variable, argument.rust.as_str()))
        .collect();
    schedule_of(&mut formula, (entry, Axis::I, None), &all)
}

/// How a node is computed of these variables, which have these names; `like` is the number of the one
/// that it is the gradient by.
fn schedule_of(
    formula: &mut Formula,
    (node, axis, like): (Node, Axis, Option<u32>),
    all: &[(u32, &str)],
) -> Schedule {
    let variables: Vec<u32> = all.iter().map(|&(variable, _)| variable).collect();
    let name = "a".into();
    let wanted = [Wanted {
        name,
        node,
        axis,
        like,
    }];
    let mut schedule = schedule::schedule(formula, &variables, &wanted, &[], false);
    for (argument, (_, name)) in schedule.arguments.iter_mut().zip(all) {
        argument.name = (*name).into();
    }
    schedule
}

/// The name of a vector beside the arguments of the matrix.
fn vector(checked: &Checked, name: &str) -> String {
    let names: Vec<&str> = checked.arguments.iter().map(|a| a.rust.as_str()).collect();
    free(&names, name)
}

/// Declares a vector, or a slab of them: its number and its node.
fn declare(formula: &mut Formula, name: &str, axis: Axis, shape: Shape) -> (u32, Node) {
    let number = formula.variables().len() as u32;
    let name = format!("{name}{}", suffix(axis));
    let ty = Type::Real;
    let variable = Variable {
        name,
        axis,
        ty,
        shape,
    };
    (number, formula.declare(variable))
}

/// The sum over an axis of the entries times a vector.
fn sum(formula: &mut Formula, axis: Axis, entry: Node, vector: Node) -> Node {
    let terms = formula.op(Op::Mul, &[entry, vector]);
    let sum = REDUCTIONS
        .iter()
        .position(|row| row.additive)
        .expect("the table has a sum");
    formula.reduce(sum, axis, &[terms])
}
