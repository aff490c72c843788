//! The corpus through the compiler: parse, check, derivatives, schedule, lower, and the f64
//! interpreter, against JAX and against direct evaluation.

mod common;
#[path = "../../tests/corpus/reader.rs"]
mod reader;

use keops_compiler::calls::{Call, Calls, Role, calls};
use keops_compiler::check::Checked;
use keops_compiler::diff;
use keops_compiler::formula::{Axis, Node};
use keops_program::interpret::{run_pass, run_schedule};
use keops_program::program::{Input, Source};
use keops_program::schedule::{Kind, Schedule};

use common::graph::Graph;
use common::{Size, checked, difference, dot, oracle, rows, run, sound};
use reader::{Case, GOLDEN_SIZE, Golden, Numbers, cases, golden};

/// Of values and gradients, relative to the largest entry.
const TIGHT: f64 = 1e-12;

/// Of second derivatives.
const SECOND: f64 = 1e-11;

/// A case with what the compiler makes of it.
struct Compiled {
    case: Case,
    checked: Checked,
    calls: Calls,
}

impl Compiled {
    fn all() -> Vec<Compiled> {
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        for case in cases() {
            match checked(&case.item()) {
                Ok(checked) => {
                    let calls = calls(&checked);
                    all.push(Compiled {
                        case,
                        checked,
                        calls,
                    });
                }
                Err(fault) => faults.push(fault),
            }
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
        all
    }

    /// The call of a method of another one (of the value, for those of `None`).
    fn call(&self, of: Option<usize>, method: &str) -> Option<(usize, &Call)> {
        let mut calls = self.calls.list.iter().enumerate();
        calls.find(|(_, call)| call.of == of && call.method == method)
    }

    /// The floating arguments, by number, with the name of their gradient.
    fn floating(&self) -> Vec<(usize, String)> {
        let arguments = self.calls.arguments.iter().enumerate();
        let real = arguments.filter(|(_, argument)| argument.kind.is_floating());
        real.map(|(k, argument)| (k, format!("grad_{}", argument.name)))
            .collect()
    }

    /// The inputs of the value, then the cotangents of its floating results.
    fn given(&self, size: Size) -> Vec<Vec<f64>> {
        let mut inputs = self.case.inputs(size);
        inputs.extend(self.cotangents(size));
        inputs
    }

    fn cotangents(&self, size: Size) -> Vec<Vec<f64>> {
        let results = self.calls.list[0].results.iter();
        let smooth = results.filter(|result| result.kind.is_floating());
        smooth
            .enumerate()
            .map(|(k, datum)| {
                self.case
                    .cotangent(k, rows(datum.axis, size) * datum.width() as usize)
            })
            .collect()
    }

    /// The direction of every floating argument.
    fn directions(&self, size: Size) -> Vec<Vec<f64>> {
        let inputs = self.case.inputs(size);
        self.floating()
            .iter()
            .map(|&(k, _)| self.case.direction(k, inputs[k].len()))
            .collect()
    }
}

/// Faults of all cases, so that one run shows them all.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, case: &Case, what: &str, fault: Option<String>) {
        self.0
            .extend(fault.map(|fault| format!("{}: {what}: {fault}", case.name)));
    }
}

impl Drop for Faults {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "\n{}", self.0.join("\n"));
        }
    }
}

fn at(schedule: &Schedule, inputs: &[Vec<f64>], (m, n): Size) -> Vec<Vec<f64>> {
    run_schedule(schedule, inputs, m, n)
}

fn known(list: &[(String, Numbers)], name: &str) -> Numbers {
    let found = list.iter().find(|(known, _)| known == name);
    found
        .unwrap_or_else(|| panic!("no golden numbers for `{name}`: run tools/golden/corpus.py"))
        .1
        .clone()
}

#[test]
fn values_and_gradients_are_those_of_jax() {
    let (mut faults, golden) = (Faults::default(), golden());
    for compiled in Compiled::all() {
        let case = &compiled.case;
        let golden: &Golden = golden.get(&case.name).unwrap_or_else(|| {
            panic!(
                "no golden values of `{}`: run tools/golden/corpus.py",
                case.name
            )
        });
        let inputs = compiled.given(GOLDEN_SIZE);
        let value = at(&compiled.calls.list[0].schedule, &inputs, GOLDEN_SIZE);
        assert_eq!(value.len(), golden.values.len(), "{}: results", case.name);
        for (k, (found, wanted)) in value.iter().zip(&golden.values).enumerate() {
            faults.add(
                case,
                &format!("result {k}"),
                wanted.fault(case.seed, found, TIGHT),
            );
        }
        assert_eq!(
            golden.gradients.is_empty(),
            compiled.call(Some(0), "vjp").is_none(),
            "{}",
            case.name
        );
        if golden.gradients.is_empty() {
            continue;
        }
        let (_, vjp) = compiled.call(Some(0), "vjp").expect("looked up above");
        let all = at(&vjp.schedule, &inputs, GOLDEN_SIZE);
        for ((k, method), shared) in compiled.floating().into_iter().zip(all) {
            let wanted = known(&golden.gradients, &case.variables[k].name);
            let (_, call) = compiled
                .call(Some(0), &method)
                .expect("a gradient by every argument");
            for schedule in [Some(&call.schedule), call.after.as_ref()]
                .into_iter()
                .flatten()
            {
                let found = at(schedule, &inputs, GOLDEN_SIZE);
                faults.add(case, &method, wanted.fault(case.seed, &found[0], TIGHT));
            }
            faults.add(
                case,
                &format!("{method} of vjp"),
                wanted.fault(case.seed, &shared, TIGHT),
            );
        }
    }
}

#[test]
fn forward_mode_agrees_with_reverse_mode() {
    let mut faults = Faults::default();
    for compiled in Compiled::all() {
        let Some((_, jvp)) = compiled.call(Some(0), "jvp") else {
            continue;
        };
        let (_, vjp) = compiled.call(Some(0), "vjp").expect("both modes or none");
        let directions = compiled.directions(GOLDEN_SIZE);
        let mut inputs = compiled.case.inputs(GOLDEN_SIZE);
        inputs.extend(directions.iter().cloned());
        let changes = at(&jvp.schedule, &inputs, GOLDEN_SIZE);
        let gradients = at(&vjp.schedule, &compiled.given(GOLDEN_SIZE), GOLDEN_SIZE);
        let pairs = |a: &[Vec<f64>], b: &[Vec<f64>]| a.iter().zip(b).map(|(a, b)| dot(a, b)).sum();
        let (forward, reverse) = (
            pairs(&changes, &compiled.cotangents(GOLDEN_SIZE)),
            pairs(&gradients, &directions),
        );
        faults.add(
            &compiled.case,
            "jvp",
            difference(&[forward], &[reverse], TIGHT),
        );
    }
}

#[test]
fn second_derivatives_are_those_of_jax() {
    let (mut faults, golden) = (Faults::default(), golden());
    for compiled in Compiled::all()
        .into_iter()
        .filter(|compiled| compiled.case.second)
    {
        let (case, floating) = (&compiled.case, compiled.floating());
        let (inputs, directions) = (
            compiled.given(GOLDEN_SIZE),
            compiled.directions(GOLDEN_SIZE),
        );
        let hessian = &golden[&case.name].hessian;
        assert_eq!(hessian.len(), floating.len(), "{}", case.name);

        // Reverse over reverse: the gradient of each gradient, by every argument.
        let mut sums: Vec<Vec<f64>> = floating
            .iter()
            .map(|&(k, _)| vec![0.0; inputs[k].len()])
            .collect();
        for ((_, method), direction) in floating.iter().zip(&directions) {
            let (first, _) = compiled
                .call(Some(0), method)
                .expect("a gradient by every argument");
            let mut inputs = inputs.clone();
            inputs.push(direction.clone());
            for (sum, (_, method)) in sums.iter_mut().zip(&floating) {
                let (_, call) = compiled.call(Some(first), method).expect("`order = 2`");
                let part = at(&call.schedule, &inputs, GOLDEN_SIZE);
                sum.iter_mut()
                    .zip(&part[0])
                    .for_each(|(sum, part)| *sum += part);
            }
        }

        // Forward over reverse: the change of every gradient.
        let mut graph = Graph::of(&compiled.checked);
        let gradients = graph.gradients();
        let tangents: Vec<(Node, Node)> = graph.tangents();
        let changes: Vec<(Node, Axis)> = gradients
            .iter()
            .map(|&(node, axis)| (diff::jvp(&mut graph.formula, node, &tangents), axis))
            .collect();
        let mut all = inputs.clone();
        all.extend(directions);
        let changes = run(&mut graph.formula, &changes, &all, GOLDEN_SIZE);

        for (((k, _), reverse), forward) in floating.iter().zip(&sums).zip(&changes) {
            let name = &case.variables[*k].name;
            let wanted = known(hessian, name);
            faults.add(
                case,
                &format!("{name}, reverse"),
                wanted.fault(case.seed, reverse, SECOND),
            );
            faults.add(
                case,
                &format!("{name}, forward"),
                wanted.fault(case.seed, forward, SECOND),
            );
        }
    }
}

#[test]
fn every_size_agrees_with_direct_evaluation() {
    let mut faults = Faults::default();
    for compiled in Compiled::all() {
        let case = &compiled.case;
        let mut graph = Graph::of(&compiled.checked);
        let gradients = graph.gradients();
        let vjp = compiled
            .call(Some(0), "vjp")
            .map(|(_, call)| &call.schedule);
        let value = &compiled.calls.list[0].schedule;
        for size in [(0, 3), (3, 0), (1, 1), (2, 64), (3, 65)] {
            let inputs = compiled.given(size);
            let values = at(value, &inputs, size);
            let found = values
                .into_iter()
                .chain(vjp.map(|vjp| at(vjp, &inputs, size)).unwrap_or_default());
            for ((node, axis), found) in graph.results.iter().chain(&gradients).zip(found) {
                let wanted = oracle::evaluate(&graph.formula, *node, *axis, &inputs, size);
                let what = format!("{} at {size:?}", graph.formula.show(*node));
                faults.add(case, &what, difference(&found, &wanted, TIGHT));
            }
        }
    }
}

#[test]
fn every_schedule_is_valid_and_survives_its_text() {
    for compiled in Compiled::all() {
        for call in &compiled.calls.list {
            sound(&call.schedule);
            call.after.iter().for_each(sound);
        }
    }
}

#[test]
fn a_forward_spares_gradients_their_first_pass() {
    let (mut faults, mut spared) = (Faults::default(), 0);
    for compiled in Compiled::all() {
        let Some((_, forward)) = compiled.call(Some(0), "forward") else {
            continue;
        };
        let inputs = compiled.given(GOLDEN_SIZE);
        let value = at(&compiled.calls.list[0].schedule, &inputs, GOLDEN_SIZE);
        let same = at(&forward.schedule, &inputs, GOLDEN_SIZE);
        for (found, wanted) in same.iter().zip(&value) {
            faults.add(&compiled.case, "forward", difference(found, wanted, 0.0));
        }
        let held = outputs(&forward.schedule, Vec::new(), &inputs, GOLDEN_SIZE).remove(0);
        let gradients = compiled.calls.list.iter().filter(|call| call.of == Some(0));
        for call in gradients.filter(|call| matches!(call.role, Role::Gradient | Role::Vjp)) {
            let after = call.after.as_ref().unwrap_or(&call.schedule);
            if !after.passes.first().is_some_and(|pass| pass.forward) {
                continue;
            }
            let (name, method) = (&compiled.case.name, &call.method);
            assert!(
                forward.schedule.passes[0].forward,
                "{name}: {method} finds nothing kept"
            );
            spared += 1;
            let first = outputs(after, Vec::new(), &inputs, GOLDEN_SIZE).remove(0);
            assert!(
                first.len() <= held.len(),
                "{name}: {method} reads what is not kept"
            );
            // In company of other reductions a shifted sum is rounded otherwise than alone.
            for (found, wanted) in held.iter().zip(&first) {
                faults.add(&compiled.case, method, difference(found, wanted, 1e-13));
            }
            let all = outputs(after, vec![held.clone()], &inputs, GOLDEN_SIZE);
            let wanted = at(&call.schedule, &inputs, GOLDEN_SIZE);
            for (target, wanted) in after.results.iter().zip(&wanted) {
                assert_ne!(
                    target.pass, 0,
                    "{name}: {method} is a result of the forward pass"
                );
                let found = &all[target.pass as usize][target.output as usize];
                faults.add(&compiled.case, method, difference(found, wanted, 1e-13));
            }
        }
    }
    assert!(
        spared > 20,
        "hardly any gradient reads what a forward holds"
    );
}

/// The outputs of all passes, after those that are known.
fn outputs(
    schedule: &Schedule,
    mut known: Vec<Vec<Vec<f64>>>,
    arguments: &[Vec<f64>],
    size: Size,
) -> Vec<Vec<Vec<f64>>> {
    for pass in &schedule.passes[known.len()..] {
        let input = |input: &Input| match input.source {
            Source::Argument(k) => &arguments[k as usize][..],
            Source::Output { pass, output } => &known[pass as usize][output as usize],
            Source::Position | Source::ColumnCount => &[],
        };
        let inputs: Vec<&[f64]> = pass.program.inputs.iter().map(input).collect();
        let columns = match pass.kind {
            Kind::MapReduce(axis) | Kind::Gather { axis, .. } => rows(axis, size),
            Kind::Map => 0,
        };
        let computed = run_pass(pass, &inputs, rows(pass.rows, size), columns, 0, 0);
        known.push(computed);
    }
    known
}
