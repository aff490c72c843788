//! Operations on vectors and tensors: values against loops written here, derivatives against slopes,
//! and wide vectors in programs that stay small.

mod common;

use std::time::{Duration, Instant};

use keops_compiler::diff;
use keops_compiler::formula::{Axes, Axis, Formula, Node};
use keops_program::program::Stmt;
use keops_program::schedule::Schedule;

use common::{checked, count, declare, difference, dot, planned, run, sample};

const SIZE: (usize, usize) = (2, 3);

/// A formula with what its derivatives are computed of.
struct Derived {
    formula: Formula,
    root: Node,
    variables: Vec<Node>,
    value: (Node, Axis),
    gradients: Vec<(Node, Axis)>,
    change: (Node, Axis),
    inputs: Vec<Vec<f64>>,
}

impl Derived {
    fn of(item: &str, domain: (f64, f64)) -> Derived {
        let checked = checked(item).unwrap_or_else(|e| panic!("{e}"));
        let (mut formula, root) = (checked.formula, checked.results[0].node);
        let variables: Vec<Node> = (0..formula.variables().len() as u32)
            .map(|k| formula.variable(k))
            .collect();
        let shape = formula.shape(root).to_vec();
        let e = declare(&mut formula, "e_i", Axis::I, &shape);
        let axis = |formula: &Formula, node| formula.axes(node).single().expect("one axis");
        let gradients = diff::gradients(&mut formula, &[(root, e)], &variables, Axes::NONE);
        let gradients = gradients
            .into_iter()
            .zip(&variables)
            .map(|(g, &v)| (g, axis(&formula, v)))
            .collect();
        let tangents: Vec<(Node, Node)> = variables
            .iter()
            .map(|&v| {
                let (axis, shape) = (axis(&formula, v), formula.shape(v).to_vec());
                (v, declare(&mut formula, "u", axis, &shape))
            })
            .collect();
        let change = diff::jvp(&mut formula, root, &tangents);
        let inputs = (0..formula.variables().len())
            .map(|k| {
                let count = count(&formula, k, SIZE);
                sample(17 + 5 * k as u64, count, domain.0, domain.1)
            })
            .collect();
        Derived {
            formula,
            root,
            variables,
            value: (root, Axis::I),
            gradients,
            change: (change, Axis::I),
            inputs,
        }
    }

    fn values(&mut self) -> Vec<Vec<f64>> {
        let mut wanted = vec![self.value, self.change];
        wanted.extend(self.gradients.iter().copied());
        run(&mut self.formula, &wanted, &self.inputs, SIZE)
    }

    /// Checks the gradients against slopes, and forward mode against reverse mode.
    fn check(&mut self, item: &str, directions: usize) -> Vec<f64> {
        let found = self.values();
        let many = self.variables.len();
        let (e, tangents) = (&self.inputs[many], &self.inputs[many + 1..]);
        let reverse: f64 = found[2..]
            .iter()
            .zip(tangents)
            .map(|(g, u)| dot(g, u))
            .sum();
        let fault = difference(&[dot(&found[1], e)], &[reverse], 1e-11);
        assert!(
            fault.is_none(),
            "{item}: jvp: {}",
            fault.unwrap_or_default()
        );
        let e = e.clone();
        for k in 0..many {
            for direction in 0..directions {
                let step = sample(91 + direction as u64, self.inputs[k].len(), -1.0, 1.0);
                let mut moved = |h: f64| {
                    let mut inputs = self.inputs.clone();
                    inputs[k]
                        .iter_mut()
                        .zip(&step)
                        .for_each(|(x, s)| *x += h * s);
                    dot(
                        &run(&mut self.formula, &[(self.root, Axis::I)], &inputs, SIZE)[0],
                        &e,
                    )
                };
                let h = 1e-5;
                let slope = (moved(h) - moved(-h)) / (2.0 * h);
                let gradient = dot(&found[2 + k], &step);
                let close = (slope - gradient).abs() <= 1e-6 * (1.0 + slope.abs());
                assert!(close, "{item}: by variable {k}: {gradient}, not {slope}");
            }
        }
        found.into_iter().next().expect("the value")
    }
}

#[test]
fn derivatives_are_slopes() {
    for (variables, body) in [
        (
            "x_i: [T; 5], y_j: [T; 5]",
            "norm1(x_i - y_j) + norminf(x_i + y_j)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3]",
            "cross(x_i, y_j) * prod(x_i) * mean(y_j)",
        ),
        (
            "x_i: [T; 7], y_j: [T; 7]",
            "prod(x_i + y_j) + min(x_i * y_j) - max(x_i - y_j)",
        ),
        (
            "x_i: [T; 6], y_j: [T; 6]",
            "softmax(x_i * y_j) + logsumexp(4 * x_i * y_j)",
        ),
        (
            "x_i: [T; 4], y_j: [T; 4]",
            "if argmin(x_i + y_j) == argmax(x_i - y_j) { x_i * y_j } else { x_i }",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3], s: T",
            "weightedsqnorm(s, x_i - y_j)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3], s_j: [T; 3]",
            "weightedsqdist(s_j, x_i, y_j)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3], s: [[T; 3]; 3]",
            "weightedsqdist(s, x_i, y_j)",
        ),
        (
            "m_i: [[T; 4]; 4], n_j: [[T; 4]; 4]",
            "det(m_i + n_j) + trace(m_i @ n_j)",
        ),
        ("m_i: [[T; 3]; 3], n_j: [[T; 3]; 3]", "inverse(m_i + n_j)"),
        (
            "m_i: [[T; 2]; 2], n_j: [[T; 2]; 2]",
            "det(m_i) * inverse(m_i + n_j)",
        ),
        ("m_i: [[T; 4]; 4], n_j: [[T; 4]; 4]", "inverse(m_i + n_j)"),
        (
            "m_i: [[T; 1]; 1], n_j: [[T; 1]; 1]",
            "inverse(m_i) * det(n_j)",
        ),
        (
            "a_i: [[[T; 2]; 3]; 2], b_j: [[T; 3]; 2]",
            "tensordot(a_i, b_j, [1, 2], [1, 0])",
        ),
        (
            "a_i: [[[T; 2]; 3]; 2], b_j: [[T; 3]; 2]",
            "tensordot(a_i, b_j, [1], [1], [2, 0, 1])",
        ),
        ("a_i: [[T; 2]; 3], b_j: [[T; 3]; 2]", "kron(a_i, b_j)"),
        (
            "a_i: [T; 3], b_j: [T; 2]",
            "kron(a_i, b_j) * sum(outer(a_i, b_j))",
        ),
        (
            "a_i: [[[T; 2]; 3]; 4], b_j: [[[T; 2]; 3]; 4]",
            "dot(a_i, b_j) * permute(a_i, [2, 0, 1])",
        ),
        (
            "a_i: [[[T; 2]; 3]; 4], b_j: [[T; 5]; 2]",
            "(a_i @ b_j) * dot(transpose(a_i), transpose(a_i))",
        ),
        (
            "x_i: T, t_j: [T; 7]",
            "bspline([0, 1, 2, 3, 4, 5, 6] + 0.1 * t_j, 2.5 + x_i, 3)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 4], gamma: T",
            "softdtw(x_i, y_j, 0.5 + gamma^2)",
        ),
        (
            "x_i: [T; 4], y_j: [T; 4]",
            "round(10 * x_i, 1) * y_j + mod(x_i, 0.7, 0.1)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3]",
            "jacobian(exp(x_i * y_j) * x_i[0], x_i)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3]",
            "jacobian(dot(x_i, y_j)^3 * y_j[..2], x_i)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3]",
            "trace_of(cross(x_i, y_j) + x_i * y_j, x_i)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3]",
            "adjoint_of(dot(x_i, y_j) * exp(y_j), x_i, y_j + 1)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3]",
            "divergence(inverse(reshape([x_i, y_j * x_i, cross(x_i, y_j) + 1], [3, 3])) @ x_i, x_i)",
        ),
        (
            "x_i: [T; 3], y_j: [T; 3]",
            "laplacian(prod(x_i) * max(y_j), x_i) + laplacian(logsumexp(x_i), x_i)",
        ),
    ] {
        let item = format!("fn f<T>({variables}) {{ sum_j ({body}) }}");
        Derived::of(&item, (0.3, 1.4)).check(&item, 3);
    }
}

/// The statements of a schedule's programs, those of loops once.
fn length(schedule: &Schedule) -> usize {
    fn of(stmts: &[Stmt]) -> usize {
        let one = |stmt: &Stmt| match stmt {
            Stmt::Loop(inner) => 1 + of(&inner.body),
            _ => 1,
        };
        stmts.iter().map(one).sum()
    }
    let blocks = |pass: &keops_program::schedule::Pass| -> usize {
        let sections = pass.program.sections();
        sections.iter().map(|(_, block)| of(&block.stmts)).sum()
    };
    schedule.passes.iter().map(blocks).sum()
}

#[test]
fn wide_vectors_are_right_and_stay_small() {
    for n in [9_usize, 64, 100, 257, 1000] {
        for (body, domain) in [
            ("prod(x_i * y_j + 1)", (0.0, 0.01)),
            ("min(x_i - y_j) + max(x_i * y_j)", (-1.0, 1.0)),
            (
                "float(argmin(x_i - y_j) - argmax(x_i * y_j)) * x_i[0]",
                (-1.0, 1.0),
            ),
            ("logsumexp(x_i * y_j) * norminf(x_i + y_j)", (-3.0, 3.0)),
            ("dot(softmax(x_i * y_j), y_j) + norm1(x_i)", (-3.0, 3.0)),
        ] {
            let item = format!("fn f<T>(x_i: [T; {n}], y_j: [T; {n}]) {{ sum_j ({body}) }}");
            let start = Instant::now();
            let mut derived = Derived::of(&item, domain);
            let mut wanted = vec![derived.value];
            let value = length(&planned(&mut derived.formula, &wanted));
            wanted.extend(derived.gradients.iter().copied());
            wanted.push(derived.change);
            let all = length(&planned(&mut derived.formula, &wanted));
            let took = start.elapsed();
            println!("{n:5} {body}: {value} and {all} statements, {took:?}");
            assert!(value < 50 * (n.isqrt() + 20), "{item}: {value} statements");
            assert!(
                all < 300 * (n.isqrt() + 20),
                "{item}: {all} statements with derivatives"
            );
            assert!(took < Duration::from_secs(4), "{item}: {took:?}");

            let (x, y) = (derived.inputs[0].clone(), derived.inputs[1].clone());
            let found = derived.check(&item, 1);
            let pair = |i: usize, j: usize, f: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
                (0..n).map(|k| f(x[i * n + k], y[j * n + k])).collect()
            };
            for i in 0..SIZE.0 {
                let wanted: f64 = (0..SIZE.1)
                    .map(|j| {
                        let [sum, difference, product, first, second] = [
                            pair(i, j, &|x, y| x + y),
                            pair(i, j, &|x, y| x - y),
                            pair(i, j, &|x, y| x * y),
                            pair(i, j, &|x, _| x),
                            pair(i, j, &|_, y| y),
                        ];
                        let least = |v: &[f64]| v.iter().copied().fold(f64::INFINITY, f64::min);
                        let most = |v: &[f64]| v.iter().copied().fold(-f64::INFINITY, f64::max);
                        let at = |v: &[f64], x: f64| {
                            v.iter().position(|&y| y == x).expect("it is there") as f64
                        };
                        let sizes: Vec<f64> = sum.iter().map(|x| x.abs()).collect();
                        let mass = |v: &[f64]| v.iter().map(|x| x.exp()).sum::<f64>();
                        match body.split('(').next() {
                            Some("prod") => product.iter().map(|x| x + 1.0).product(),
                            Some("min") => least(&difference) + most(&product),
                            Some("float") => {
                                let places = at(&difference, least(&difference))
                                    - at(&product, most(&product));
                                places * first[0]
                            }
                            Some("logsumexp") => mass(&product).ln() * most(&sizes),
                            _ => {
                                let weights: Vec<f64> = product.iter().map(|x| x.exp()).collect();
                                dot(&weights, &second) / mass(&product)
                                    + first.iter().map(|x| x.abs()).sum::<f64>()
                            }
                        }
                    })
                    .sum();
                let fault = difference(&found[i..=i], &[wanted], 1e-12);
                assert!(fault.is_none(), "{item}: {}", fault.unwrap_or_default());
            }
        }
    }
}

/// A formula of parameters alone, at a point.
fn at(variables: &str, value: &str, inputs: &[Vec<f64>]) -> Vec<f64> {
    let item =
        format!("fn f<T>({variables}, x_i: T, y_j: T) {{ ({value}) + 0 * x_i * sum_j y_j }}");
    let checked = checked(&item).unwrap_or_else(|e| panic!("{e}"));
    let (mut formula, root) = (checked.formula, checked.results[0].node);
    let mut inputs = inputs.to_vec();
    inputs.extend([vec![1.0], vec![1.0]]);
    run(&mut formula, &[(root, Axis::I)], &inputs, (1, 1)).remove(0)
}

#[test]
fn splines_are_those_of_scipy() {
    // `BSpline.basis_element` and its derivative; the last by the polynomials.
    let knots = [0.0, 1.0, 2.5, 3.0, 4.5, 6.0, 7.0];
    let clamped = [0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0];
    type Case<'a> = (&'a [f64], f64, u32, &'a [f64], &'a [f64]);
    let cases: [Case<'_>; 5] = [
        (
            &knots,
            3.2,
            3,
            &[
                0.209_238_095_238_095_14,
                0.696_317_460_317_460_2,
                0.094_000_000_000_000_06,
            ],
            &[-0.482_857_142_857_142_65, 0.116_190_476_190_476_19, 0.36],
        ),
        (
            &knots,
            2.5,
            2,
            &[0.25, 0.75, 0.0, 0.0],
            &[-1.0, 1.0, 0.0, 0.0],
        ),
        (
            &clamped,
            0.0,
            2,
            &[1.0, 0.0, 0.0, 0.0],
            &[-2.0, 2.0, 0.0, 0.0],
        ),
        (
            &clamped,
            0.75,
            2,
            &[0.0625, 0.656_25, 0.281_25, 0.0],
            &[-0.5, -0.25, 0.75, 0.0],
        ),
        (&[0.0, 1.0, 2.0], 1.0, 0, &[0.0, 1.0], &[0.0, 0.0]),
    ];
    for (knots, x, degree, value, slope) in cases {
        let variables = format!("t: [T; {}], p: T", knots.len());
        let inputs = [knots.to_vec(), vec![x]];
        let spline = format!("bspline(t, p, {degree})");
        let fault = difference(&at(&variables, &spline, &inputs), value, 1e-14);
        assert!(
            fault.is_none(),
            "{spline} at {x}: {}",
            fault.unwrap_or_default()
        );
        let slopes = at(&variables, &format!("jvp({spline}, p, 1)"), &inputs);
        let fault = difference(&slopes, slope, 1e-14);
        assert!(
            fault.is_none(),
            "{spline}, slope at {x}: {}",
            fault.unwrap_or_default()
        );
    }
}

#[test]
fn tensors_of_rank_5_and_6() {
    // KeOps' test of TensorDot with a permutation: axes [4, 0, 2] of (2, 3, 2, 2, 4) with [1, 4, 2] of
    // (2, 4, 2, 3, 2, 3).
    let variables = "a: [[[[[T; 4]; 2]; 2]; 3]; 2], b: [[[[[[T; 3]; 2]; 3]; 2]; 4]; 2]";
    let (a, b) = (sample(3, 96, -1.0, 1.0), sample(5, 288, -1.0, 1.0));
    let value = "tensordot(a, b, [4, 0, 2], [1, 4, 2], [4, 3, 2, 0, 1])";
    let found = at(variables, value, &[a.clone(), b.clone()]);
    let mut wanted = vec![0.0; 108];
    // Of the result before the permutation: (3, 2, 2, 3, 3) = axes 1, 3 of a, then 0, 3, 5 of b.
    for (k, wanted) in wanted.iter_mut().enumerate() {
        let digits = [k / 36, k / 12 % 3, k / 6 % 2, k / 2 % 3, k % 2];
        let [e, d, c, p, q] = digits;
        for x in 0..4 {
            for y in 0..2 {
                for z in 0..2 {
                    let left = (((y * 3 + p) * 2 + z) * 2 + q) * 4 + x;
                    let right = ((((c * 4 + x) * 2 + z) * 3 + d) * 2 + y) * 3 + e;
                    *wanted += a[left] * b[right];
                }
            }
        }
    }
    let fault = difference(&found, &wanted, 1e-13);
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());

    // Everything element-wise goes with any rank; subscripts and lists too.
    let variables = "t: [[[[[[[[T; 2]; 1]; 2]; 1]; 1]; 3]; 1]; 2]";
    let t = sample(7, 24, 0.5, 2.0);
    let value = "reshape([exp(t) * 2, reshape(t, [2, 1, 3, 1, 1, 2, 1, 2])][1..3, 0, .., 0, 0, 1, 0, 0], [6])";
    let found = at(variables, value, std::slice::from_ref(&t));
    let of = |first: usize, second: usize| t[(first * 3 + second) * 4 + 2];
    let wanted: Vec<f64> = (0..3)
        .map(|k| 2.0 * of(1, k).exp())
        .chain((0..3).map(|k| of(0, k)))
        .collect();
    let fault = difference(&found, &wanted, 1e-14);
    assert!(fault.is_none(), "{}", fault.unwrap_or_default());
}
