//! Second order: Hessian-vector products against JAX's, by the gradient of a gradient that a call
//! offers (`#[keops(order = 2)]`), and by `jvp(grad(…))` in the language.

mod common;
#[allow(dead_code, reason = "the corpus uses the rest")]
#[path = "../../tests/corpus/reader.rs"]
mod reader;

use keops_compiler::calls::{Calls, calls};
use keops_program::interpret::run_schedule;
use keops_program::schedule::Schedule;

use common::{checked, difference};
use reader::numbers;

/// The rows of both clouds; the same in tools/golden/second_order.py.
const SIZE: (usize, usize) = (6, 70);

/// The components of a point.
const WIDTH: usize = 3;

/// Relative to the largest entry.
const TOLERANCE: f64 = 1e-11;

const VARIABLES: &str = "x_i: [T; 3], y_j: [T; 3], b_j: T, g: T, m: [[T; 3]; 2]";

/// A formula with the product of its Hessian and a direction.
struct Case {
    name: String,
    seed: u64,
    formula: String,
    product: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("golden/second_order.txt");
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        let case = cases.last_mut();
        match (first, case) {
            ("case", _) => {
                let (name, seed) = rest.split_once(' ').expect("a name and a seed");
                cases.push(Case {
                    name: name.into(),
                    seed: seed.parse().expect("a seed"),
                    formula: String::new(),
                    product: Vec::new(),
                });
            }
            ("formula", Some(case)) => case.formula = rest.into(),
            ("product", Some(case)) => {
                let (_, numbers) = rest.split_once(": ").expect("numbers");
                let numbers = numbers.split(' ').map(str::parse);
                case.product = numbers.map(|x| x.expect("a number")).collect();
            }
            _ => {}
        }
    }
    cases
}

impl Case {
    /// The rows of every variable, the cotangent of the value, and the direction.
    fn inputs(&self) -> (Vec<Vec<f64>>, Vec<f64>, Vec<f64>) {
        let (m, n) = SIZE;
        let counts = [m * WIDTH, n * WIDTH, n, 1, 2 * WIDTH];
        let data = counts.iter().enumerate().map(|(k, &count)| {
            let (low, high) = if k == 3 { (0.5, 1.5) } else { (-1.0, 1.0) };
            numbers(self.seed, k as u64, count, low, high)
        });
        let e = numbers(self.seed, 100, m, -1.0, 1.0);
        let u = numbers(self.seed, 200, m * WIDTH, -1.0, 1.0);
        (data.collect(), e, u)
    }

    fn calls(&self, attributes: &str, more: &str, formula: &str) -> Calls {
        let text = format!("{attributes} fn f<T>({VARIABLES}{more}) {{ {formula} }}");
        calls(&checked(&text).unwrap_or_else(|fault| panic!("{}: {fault}", self.name)))
    }
}

fn run(schedule: &Schedule, inputs: &[Vec<f64>]) -> Vec<f64> {
    run_schedule(schedule, inputs, SIZE.0, SIZE.1).remove(0)
}

#[test]
fn gradients_of_gradients() {
    assert!(cases().len() >= 10);
    for case in cases() {
        let calls = case.calls("#[keops(order = 2)]", "", &case.formula);
        let of = |of: Option<usize>| {
            let is = |call: &keops_compiler::calls::Call| call.of == of && call.method == "grad_x";
            calls.list.iter().position(is).expect("a gradient by x")
        };
        // The Hessian is symmetric: the gradient of Σ u·∇f is its product with u.
        let second = of(Some(of(Some(0))));
        let (mut inputs, e, u) = case.inputs();
        inputs.extend([e, u]);
        let found = run(&calls.list[second].schedule, &inputs);
        let fault = difference(&found, &case.product, TOLERANCE);
        assert!(
            fault.is_none(),
            "{}: {}",
            case.name,
            fault.unwrap_or_default()
        );
    }
}

#[test]
fn tangents_of_gradients_in_the_language() {
    for case in cases() {
        let (lets, value) = match case.formula.rsplit_once("; ") {
            Some((lets, value)) => (format!("{lets}; "), value),
            None => (String::new(), &*case.formula),
        };
        let formula = format!("{lets}jvp(grad({value}, x_i), x_i, u_i)");
        let calls = case.calls("", ", u_i: [T; 3]", &formula);
        let (mut inputs, e, u) = case.inputs();
        inputs.push(u);
        let mut found = run(&calls.list[0].schedule, &inputs);
        for (row, e) in found.chunks_exact_mut(WIDTH).zip(e) {
            row.iter_mut().for_each(|x| *x *= e);
        }
        let fault = difference(&found, &case.product, TOLERANCE);
        assert!(
            fault.is_none(),
            "{}: {}",
            case.name,
            fault.unwrap_or_default()
        );
    }
}

#[test]
fn products_with_factors_of_zero() {
    let formula = "#[keops(order = 2)] fn f<T>(s_i: T, x_j: T) -> T { s_i * prod_j(x_j) }";
    let calls = calls(&checked(formula).expect("a formula"));
    let of = |of: Option<usize>| {
        let is = |call: &keops_compiler::calls::Call| call.of == of && call.method == "grad_x";
        calls.list.iter().position(is).expect("a gradient by x")
    };
    let second = &calls.list[of(Some(of(Some(0))))].schedule;
    let n = 70;
    let u = numbers(5, 1, n, -1.0, 1.0);
    for zeros in [&[][..], &[3], &[3, 66], &[0, 3, 66]] {
        let mut x = numbers(5, 0, n, 0.8, 1.25);
        zeros.iter().for_each(|&k| x[k] = 0.0);
        let without = |j: usize, l: usize| -> f64 {
            let rest = x.iter().enumerate().filter(|(k, _)| *k != j && *k != l);
            rest.map(|(_, x)| x).product()
        };
        let row = |j: usize| {
            let others = (0..n).filter(|&l| l != j);
            others.map(|l| u[l] * without(j, l)).sum::<f64>()
        };
        let wanted: Vec<f64> = (0..n).map(row).collect();
        assert_eq!(wanted.iter().any(|x| *x != 0.0), zeros.len() < 3);
        let inputs = [vec![1.0], x.clone(), vec![1.0], u.clone()];
        let found = run_schedule(second, &inputs, 1, n).remove(0);
        let fault = difference(&found, &wanted, 1e-12);
        assert!(fault.is_none(), "{zeros:?}: {}", fault.unwrap_or_default());
    }
}
