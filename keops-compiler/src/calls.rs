//! What a formula offers: its value and its derivatives, each as a schedule.
//!
//! In: a formula that is sound. Out: the lazy calls that `emit` prints: of `gaussian(x, y, b, gamma)`
//! the value, `grad_x(e)`, …, `grad_gamma(e)`, `vjp(e)`, `jvp(x, y, b, gamma)`, `forward()`, and the
//! gradients of each gradient where they were asked for. [`matrix`]: what a kernel matrix offers.

pub mod matrix;

use keops_program::program::Type;
use keops_program::schedule::Schedule;

use crate::check::{Checked, ResultKind, ResultValue};
use crate::diff;
use crate::formula::{Axes, Axis, Formula, Node, Shape, Variable, width};
use crate::schedule::{self, Wanted};

/// Rows of one type: what a call takes or gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datum {
    /// Its name in Rust.
    pub name: String,
    /// What numbers its rows; `Unit` for one value.
    pub axis: Axis,
    /// The type of its components.
    pub kind: ResultKind,
    /// The shape of one row.
    pub shape: Shape,
}

impl Datum {
    /// How many numbers one row has.
    pub fn width(&self) -> u32 {
        width(&self.kind.stored(&self.shape))
    }
}

/// What a call is of the value that it is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The value itself.
    Value,
    /// The value with the states that gradients need.
    Forward,
    /// A gradient by one argument.
    Gradient,
    /// The gradients by all arguments.
    Vjp,
    /// The change of the value with its arguments.
    Jvp,
}

/// A lazy call.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it is.
    pub role: Role,
    /// The method that makes it: `grad_x`; empty for the value.
    pub method: String,
    /// The number of the call that has the method; none for the value.
    pub of: Option<usize>,
    /// What the method takes.
    pub given: Vec<Datum>,
    /// What it gives.
    pub results: Vec<Datum>,
    /// How it is computed.
    pub schedule: Schedule,
    /// How it is computed of a `Forward`, where that is done otherwise.
    pub after: Option<Schedule>,
}

/// All calls of a formula.
#[derive(Clone, Debug)]
pub struct Calls {
    /// What the value takes, in order.
    pub arguments: Vec<Datum>,
    /// The calls, each after the one that it is made from; the value first.
    pub list: Vec<Call>,
    /// The formula as text, for readers.
    pub text: String,
}

impl Calls {
    /// What a call computes of the formula, as part of a name: `grad_x_grad_y`; empty for the value.
    pub fn what(&self, number: usize) -> String {
        let call = &self.list[number];
        match call.of.filter(|&of| of > 0) {
            Some(of) => format!("{}_{}", self.what(of), call.method),
            None => call.method.clone(),
        }
    }
}

/// The calls of a formula with reductions.
pub fn calls(checked: &Checked) -> Calls {
    let mut builder = Builder {
        formula: checked.formula.clone(),
        given: Vec::new(),
        arguments: Vec::new(),
        kept: Vec::new(),
        list: Vec::new(),
        taken: Vec::new(),
    };
    for argument in &checked.arguments {
        let variable = builder.formula.variables()[argument.variable as usize].clone();
        let kind = match variable.ty {
            Type::Real if argument.complex => ResultKind::Complex,
            Type::Real => ResultKind::Real,
            _ => ResultKind::Label,
        };
        let Variable {
            axis, mut shape, ..
        } = variable;
        // A pair of parts is one component.
        shape.truncate(shape.len() - usize::from(argument.complex));
        builder.arguments.push(Datum {
            name: argument.rust.clone(),
            axis,
            kind,
            shape,
        });
        builder.given.push(argument.variable);
    }
    builder.build(&checked.results, checked.axis, checked.order);
    let text: Vec<String> = checked
        .results
        .iter()
        .map(|result| checked.formula.show(result.node))
        .collect();
    Calls {
        arguments: builder.arguments,
        list: builder.list,
        text: text.join(", "),
    }
}

struct Builder {
    formula: Formula,
    /// The variables that the value takes, in order.
    given: Vec<u32>,
    arguments: Vec<Datum>,
    /// What a `Forward` keeps.
    kept: Vec<Node>,
    list: Vec<Call>,
    /// The variables that each of them takes, in order.
    taken: Vec<Vec<u32>>,
}

/// What a method takes, with its variables.
#[derive(Clone, Default)]
struct Given {
    variables: Vec<u32>,
    data: Vec<Datum>,
}

impl Builder {
    fn build(&mut self, results: &[ResultValue], axis: Axis, order: u32) {
        let values: Vec<(Wanted, Datum)> = results
            .iter()
            .enumerate()
            .map(|(k, result)| {
                let node = self.storable(result);
                let name = numbered("a", k, results.len());
                let (kind, shape) = (result.kind, result.shape.clone());
                wanted(
                    node,
                    Datum {
                        name,
                        axis,
                        kind,
                        shape,
                    },
                )
            })
            .collect();
        // What can be differentiated, with its cotangent.
        let smooth: Vec<&ResultValue> = results
            .iter()
            .filter(|result| result.kind.is_floating())
            .collect();
        let floating: Vec<usize> = (0..self.arguments.len())
            .filter(|&k| self.arguments[k].kind.is_floating())
            .collect();
        if smooth.is_empty() || floating.is_empty() {
            self.push(Role::Value, None, String::new(), Given::default(), &values);
            return;
        }
        let e = self.free("e");
        let mut cotangents = Given::default();
        let mut roots = Vec::new();
        for (k, result) in smooth.iter().enumerate() {
            let name = numbered(&e, k, smooth.len());
            let node = self.declare(&mut cotangents, name, axis, (result.kind, &result.shape));
            roots.push((result.node, node));
        }
        let gradients = self.gradients(&roots, &floating, &Given::default());

        let nodes: Vec<Node> = values.iter().map(|(wanted, _)| wanted.node).collect();
        let all: Vec<Wanted> = gradients.iter().map(|(wanted, _)| wanted.clone()).collect();
        self.kept = schedule::saved(&mut self.formula, &nodes, &all, axis);

        self.push(Role::Value, None, String::new(), Given::default(), &values);
        let mut second = Vec::new();
        for gradient in &gradients {
            let one = std::slice::from_ref(gradient);
            let method = format!("grad_{}", gradient.1.name);
            self.push(Role::Gradient, Some(0), method, cotangents.clone(), one);
            second.push((self.list.len() - 1, gradient.clone()));
        }
        self.push(
            Role::Vjp,
            Some(0),
            "vjp".into(),
            cotangents.clone(),
            &gradients,
        );
        self.jvp(&smooth, axis, &floating);
        self.push(
            Role::Forward,
            Some(0),
            "forward".into(),
            Given::default(),
            &values,
        );
        if order >= 2 {
            for (of, gradient) in second {
                self.second(of, &gradient, (&e, &cotangents), &floating);
            }
        }
    }

    /// The gradients by floating arguments, and by what `also` gives.
    fn gradients(
        &mut self,
        roots: &[(Node, Node)],
        floating: &[usize],
        also: &Given,
    ) -> Vec<(Wanted, Datum)> {
        let data = floating
            .iter()
            .map(|&k| (self.given[k], self.arguments[k].clone()));
        let data: Vec<(u32, Datum)> = data
            .chain(
                also.variables
                    .iter()
                    .copied()
                    .zip(also.data.iter().cloned()),
            )
            .collect();
        let variables: Vec<Node> = data
            .iter()
            .map(|&(number, _)| self.formula.variable(number))
            .collect();
        let gradients = diff::gradients(&mut self.formula, roots, &variables, Axes::NONE);
        // What is given comes after the arguments of the formula.
        let numbers = floating.iter().copied().chain(self.arguments.len()..);
        gradients
            .into_iter()
            .zip(data)
            .zip(numbers)
            .map(|((node, (_, datum)), number)| {
                let (mut wanted, datum) = wanted(node, datum);
                wanted.like = Some(number as u32);
                (wanted, datum)
            })
            .collect()
    }

    /// The change of the value with its arguments.
    fn jvp(&mut self, smooth: &[&ResultValue], axis: Axis, floating: &[usize]) {
        let mut tangents = Given::default();
        let mut pairs = Vec::new();
        for &k in floating {
            let Datum {
                name,
                axis,
                kind,
                shape,
            } = self.arguments[k].clone();
            let variable = self.formula.variable(self.given[k]);
            let tangent = self.declare(&mut tangents, name, axis, (kind, &shape));
            pairs.push((variable, tangent));
        }
        let results: Vec<(Wanted, Datum)> = smooth
            .iter()
            .enumerate()
            .map(|(k, result)| {
                let node = diff::jvp(&mut self.formula, result.node, &pairs);
                let name = numbered("a", k, smooth.len());
                wanted(
                    node,
                    Datum {
                        name,
                        axis,
                        kind: result.kind,
                        shape: result.shape.clone(),
                    },
                )
            })
            .collect();
        self.push(Role::Jvp, Some(0), "jvp".into(), tangents, &results);
    }

    /// The gradients of a gradient.
    fn second(
        &mut self,
        of: usize,
        (first, datum): &(Wanted, Datum),
        (e, cotangents): (&str, &Given),
        floating: &[usize],
    ) {
        let mut given = Given::default();
        let name = self.free(&format!("{e}2"));
        let node = self.declare(&mut given, name, datum.axis, (datum.kind, &datum.shape));
        let gradients = self.gradients(&[(first.node, node)], floating, cotangents);
        for gradient in &gradients[..floating.len()] {
            let one = std::slice::from_ref(gradient);
            let method = format!("grad_{}", gradient.1.name);
            self.push(Role::Gradient, Some(of), method, given.clone(), one);
        }
        // By all cotangents at once: what was given as one tuple.
        self.push(
            Role::Gradient,
            Some(of),
            format!("grad_{e}"),
            given,
            &gradients[floating.len()..],
        );
    }

    fn free(&self, name: &str) -> String {
        let names: Vec<&str> = self.arguments.iter().map(|a| a.name.as_str()).collect();
        free(&names, name)
    }

    /// Declares a cotangent or a tangent.
    fn declare(
        &mut self,
        given: &mut Given,
        name: String,
        axis: Axis,
        (kind, shape): (ResultKind, &[u32]),
    ) -> Node {
        let (ty, suffix) = (Type::Real, suffix(axis));
        given.variables.push(self.formula.variables().len() as u32);
        given.data.push(Datum {
            name: name.clone(),
            axis,
            kind,
            shape: shape.to_vec(),
        });
        self.formula.declare(Variable {
            name: format!("{name}{suffix}"),
            axis,
            ty,
            shape: kind.stored(shape),
        })
    }

    /// The node of a result as it is stored: a truth value as 0 or 1.
    fn storable(&mut self, result: &ResultValue) -> Node {
        if self.formula.ty(result.node) != Type::Mask {
            return result.node;
        }
        let (one, zero) = (
            self.formula.integer(1, Type::Label),
            self.formula.integer(0, Type::Label),
        );
        self.formula.select(result.node, one, zero)
    }

    /// Adds a call.
    fn push(
        &mut self,
        role: Role,
        of: Option<usize>,
        method: String,
        given: Given,
        results: &[(Wanted, Datum)],
    ) {
        let (mut variables, mut names) = match of {
            None => {
                let names: Vec<String> = self.arguments.iter().map(|a| a.name.clone()).collect();
                (self.given.clone(), names)
            }
            Some(of) => {
                let arguments = &self.list[of].schedule.arguments;
                let names = arguments.iter().map(|argument| argument.name.clone());
                (self.taken[of].clone(), names.collect())
            }
        };
        variables.extend(&given.variables);
        names.extend(given.data.iter().map(|datum| match role {
            Role::Jvp => format!("tangent_{}", datum.name),
            _ => datum.name.clone(),
        }));
        let wanted: Vec<Wanted> = results.iter().map(|(wanted, _)| wanted.clone()).collect();
        let mut plan = |kept: &[Node]| {
            let give = role == Role::Forward && !kept.is_empty();
            let mut schedule =
                schedule::schedule(&mut self.formula, &variables, &wanted, kept, give);
            for (argument, name) in schedule.arguments.iter_mut().zip(&names) {
                argument.name.clone_from(name);
            }
            schedule
        };
        let of_value = of == Some(0) && role != Role::Jvp;
        let (schedule, after) = match (of_value && !self.kept.is_empty(), role) {
            (false, _) => (plan(&[]), None),
            (true, Role::Forward) => (plan(&self.kept), None),
            (true, _) => {
                let (all, after) = (plan(&[]), plan(&self.kept));
                // What is stored in between anyway is no more work.
                let same = all.passes.len() == after.passes.len();
                if same {
                    (after, None)
                } else {
                    (all, Some(after))
                }
            }
        };
        let (given, results) = (
            given.data,
            results.iter().map(|(_, datum)| datum.clone()).collect(),
        );
        self.list.push(Call {
            role,
            method,
            of,
            given,
            results,
            schedule,
            after,
        });
        self.taken.push(variables);
    }
}

/// A name that none of these has, numbered or not.
fn free(names: &[&str], name: &str) -> String {
    let mut name = name.to_string();
    let clashes = |name: &str, other: &str| {
        let rest = other.strip_prefix(name);
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    };
    while names.iter().any(|other| clashes(&name, other)) {
        name.push('_');
    }
    name
}

fn wanted(node: Node, datum: Datum) -> (Wanted, Datum) {
    (
        Wanted {
            name: datum.name.clone(),
            node,
            axis: datum.axis,
            like: None,
        },
        datum,
    )
}

/// `name` alone, or numbered where there are several.
fn numbered(name: &str, k: usize, count: usize) -> String {
    if count == 1 {
        name.into()
    } else {
        format!("{name}{k}")
    }
}

/// What the names of variables end in.
fn suffix(axis: Axis) -> &'static str {
    match axis {
        Axis::I => "_i",
        Axis::J => "_j",
        Axis::Batch => "_b",
        Axis::Unit => "",
    }
}
