//! Values and gradients at the singular points that are documented.

mod common;

use keops_compiler::diff;
use keops_compiler::formula::{Axes, Axis, Node};

use common::{checked, declare, difference, dot, run};

/// A formula of one pair at a point: its value, and its gradient by `x_i` for the cotangent 1 (2, 3, …
/// for further components).
#[track_caller]
fn at_point(body: &str, x: &[f64], value: &[f64], gradient: &[f64]) {
    let ty = if x.len() == 1 {
        "T".to_string()
    } else {
        format!("[T; {}]", x.len())
    };
    let checked = checked(&format!("fn f<T>(x_i: {ty}, y_j: T) {{ {body} }}"))
        .unwrap_or_else(|e| panic!("{e}"));
    let (mut formula, root) = (checked.formula, checked.results[0].node);
    let shape = formula.shape(root).to_vec();
    let e = declare(&mut formula, "e_i", Axis::I, &shape);
    let variable = formula.variable(0);
    let g = diff::gradients(&mut formula, &[(root, e)], &[variable], Axes::NONE)[0];
    let shape = formula.shape(variable).to_vec();
    let tangent = declare(&mut formula, "u_i", Axis::I, &shape);
    let change = diff::jvp(&mut formula, root, &[(variable, tangent)]);
    let cotangent: Vec<f64> = (1..=value.len()).map(|k| k as f64).collect();
    let direction: Vec<f64> = (1..=x.len()).map(|k| 0.5 + k as f64).collect();
    let inputs = [x.to_vec(), vec![1.0], cotangent.clone(), direction.clone()];
    let wanted = [(root, Axis::I), (g, Axis::I), (change, Axis::I)];
    let found = run(&mut formula, &wanted, &inputs, (1, 1));
    for (what, found, wanted) in [
        ("value", &found[0], value),
        ("gradient", &found[1], gradient),
    ] {
        let fault = difference(found, wanted, 1e-14);
        assert!(
            fault.is_none(),
            "{body} at {x:?}: {what}: {}",
            fault.unwrap_or_default()
        );
    }
    let (forward, reverse) = (dot(&found[2], &cotangent), dot(gradient, &direction));
    let fault = difference(&[forward], &[reverse], 1e-14);
    assert!(
        fault.is_none(),
        "{body} at {x:?}: jvp {forward}, vjp {reverse}"
    );
}

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

#[test]
fn roots_and_norms_at_zero() {
    at_point("sum_j sqrt(x_i)", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j rsqrt(x_i)", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j 1 / sqrt(x_i)", &[0.0], &[INF], &[NAN]);
    at_point("sum_j |x_i|", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j |x_i|", &[0.0, 0.0, 0.0], &[0.0], &[0.0, 0.0, 0.0]);
    at_point("sum_j norm(x_i)", &[0.0, 0.0], &[0.0], &[0.0, 0.0]);
    at_point(
        "sum_j normalize(x_i)",
        &[0.0, 0.0],
        &[0.0, 0.0],
        &[0.0, 0.0],
    );
    at_point("sum_j |x_i|^3", &[0.0, 0.0], &[0.0], &[0.0, 0.0]);
    at_point("sum_j |x_i|^1.5", &[0.0, 0.0], &[0.0], &[0.0, 0.0]);
    at_point("sum_j exp(-|x_i|)", &[0.0, 0.0], &[1.0], &[0.0, 0.0]);
}

#[test]
fn powers_at_zero() {
    at_point("sum_j x_i^0", &[0.0], &[1.0], &[0.0]);
    at_point("sum_j x_i^2", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j x_i^1.5", &[0.0], &[0.0], &[0.0]);
    at_point("sum_j x_i^0.5", &[-1.0], &[NAN], &[NAN]);
    at_point("sum_j y_j^x_i", &[0.0], &[1.0], &[0.0]);
    at_point("sum_j 0^x_i", &[0.0], &[1.0], &[0.0]);
}

#[test]
fn logarithms_and_inverses_at_the_ends() {
    at_point("sum_j log1p(x_i)", &[0.0, -1.0], &[0.0, -INF], &[1.0, INF]);
    at_point(
        "sum_j log2(x_i)",
        &[1.0],
        &[0.0],
        &[1.0 / std::f64::consts::LN_2],
    );
    at_point("sum_j expm1(x_i)", &[0.0, -INF], &[0.0, -1.0], &[1.0, 0.0]);
    at_point("sum_j acosh(x_i)", &[1.0, 0.5], &[0.0, NAN], &[0.0, NAN]);
    at_point("sum_j atanh(x_i)", &[0.0, 1.0], &[0.0, INF], &[1.0, INF]);
    at_point("sum_j grad(acosh(x_i), x_i)", &[1.0], &[0.0], &[0.0]);
    at_point("sum_j asinh(x_i)", &[0.0, INF], &[0.0, INF], &[1.0, 0.0]);
    at_point("sum_j tanh(x_i)", &[0.0, INF], &[0.0, 1.0], &[1.0, 0.0]);
    at_point(
        "sum_j if x_i > 1 { acosh(x_i) } else { 0 }",
        &[1.0, -3.0],
        &[0.0, 0.0],
        &[0.0, 0.0],
    );
    at_point(
        "sum_j if x_i > -1 { log1p(x_i) } else { x_i }",
        &[-1.0, -2.0],
        &[-1.0, -2.0],
        &[1.0, 2.0],
    );
}

#[test]
fn powers_of_negative_numbers() {
    // The exponent is no literal: a variable that is 1.
    at_point("sum_j pow(x_i, 2 + y_j)", &[-2.0], &[-8.0], &[12.0]);
    at_point(
        "sum_j pow(x_i, 1 + y_j)",
        &[-2.0, 0.0],
        &[4.0, 0.0],
        &[-4.0, 0.0],
    );
    at_point("sum_j pow(x_i, y_j / 2)", &[-2.0], &[NAN], &[NAN]);
    at_point(
        "sum_j pow(x_i, y_j - 1)",
        &[0.0, NAN],
        &[1.0, 1.0],
        &[0.0, 0.0],
    );
}

#[test]
fn large_integer_powers() {
    // More factors than are written out: by the logarithm, with the sign of a product.
    at_point("sum_j x_i^257", &[-1.0, 1.0], &[-1.0, 1.0], &[257.0, 514.0]);
    at_point("sum_j x_i^20000", &[-1.0], &[1.0], &[-20000.0]);
    at_point(
        "sum_j x_i^999999999999",
        &[1.0],
        &[1.0],
        &[999_999_999_999.0],
    );
    let half = 0.5f64.powi(300);
    at_point("sum_j x_i^-300", &[-2.0], &[half], &[150.0 * half]);
    at_point("sum_j |x_i|^1000", &[0.0, -1.0], &[1.0], &[0.0, -1000.0]);
}

#[test]
fn steps_and_rounding() {
    at_point(
        "sum_j ceil(x_i)",
        &[-0.5, 2.0, 2.1],
        &[-0.0, 2.0, 3.0],
        &[0.0; 3],
    );
    at_point(
        "sum_j trunc(x_i)",
        &[-2.7, 2.0, 2.9],
        &[-2.0, 2.0, 2.0],
        &[0.0; 3],
    );
    at_point(
        "sum_j sign(x_i)",
        &[0.0, -2.0, 3.0],
        &[0.0, -1.0, 1.0],
        &[0.0; 3],
    );
    at_point(
        "sum_j step(x_i)",
        &[0.0, -2.0, 3.0],
        &[1.0, 0.0, 1.0],
        &[0.0; 3],
    );
    at_point(
        "sum_j floor(x_i)",
        &[-0.5, 2.0, 2.9],
        &[-1.0, 2.0, 2.0],
        &[0.0; 3],
    );
    at_point(
        "sum_j round(x_i)",
        &[0.5, -0.5, 2.5],
        &[1.0, -1.0, 3.0],
        &[0.0; 3],
    );
    at_point("sum_j mod(x_i, 3)", &[-1.0, 4.0], &[2.0, 1.0], &[1.0, 2.0]);
    at_point(
        "sum_j mod(7, x_i)",
        &[-3.0, 2.0],
        &[-2.0, 1.0],
        &[3.0, -6.0],
    );
}

#[test]
fn kinks() {
    at_point(
        "sum_j relu(x_i)",
        &[0.0, NAN, 2.0],
        &[0.0, 0.0, 2.0],
        &[0.0, 0.0, 3.0],
    );
    at_point(
        "sum_j clamp(x_i, -1, 2)",
        &[-1.0, 2.0, 3.0],
        &[-1.0, 2.0, 2.0],
        &[1.0, 2.0, 0.0],
    );
    at_point(
        "sum_j clamp(x_i, -1, 2)",
        &[-2.0, 0.5, NAN],
        &[-1.0, 0.5, -1.0],
        &[0.0, 2.0, 0.0],
    );
    at_point(
        "sum_j min(x_i, y_j)",
        &[1.0, 0.5, 2.0],
        &[1.0, 0.5, 1.0],
        &[0.5, 2.0, 0.0],
    );
    at_point(
        "sum_j max(x_i, y_j)",
        &[1.0, 0.5, 2.0],
        &[1.0, 1.0, 2.0],
        &[0.5, 0.0, 3.0],
    );
    at_point("sum_j min(x_i, y_j)", &[NAN, 0.5], &[1.0, 0.5], &[0.0, 2.0]);
    at_point("sum_j max(x_i, y_j)", &[NAN, 3.0], &[1.0, 3.0], &[0.0, 2.0]);
    at_point(
        "sum_j ifelse(x_i, 2 * x_i, 5 * x_i)",
        &[0.0, -1.0],
        &[0.0, -5.0],
        &[2.0, 10.0],
    );
}

#[test]
fn a_branch_not_taken_reaches_nothing() {
    at_point(
        "sum_j if x_i > 0 { log(x_i) } else { 0 }",
        &[0.0],
        &[0.0],
        &[0.0],
    );
    at_point(
        "sum_j if x_i > 0 { log(x_i) } else { 0 }",
        &[-1.0],
        &[0.0],
        &[0.0],
    );
    at_point(
        "sum_j if x_i != 0 { sin(x_i) / x_i } else { 1 }",
        &[0.0],
        &[1.0],
        &[0.0],
    );
    at_point(
        "sum_j if x_i > 0 { x_i * log(x_i) } else { 0 }",
        &[0.0],
        &[0.0],
        &[0.0],
    );
    at_point(
        "sum_j if x_i < 1 { sqrt(1 - x_i) } else { x_i }",
        &[2.0],
        &[2.0],
        &[1.0],
    );
    at_point(
        "sum_j if x_i < 9 { x_i } else { exp(exp(x_i)) }",
        &[8.0],
        &[8.0],
        &[1.0],
    );
    at_point(
        "sum_j if x_i > 0 { 1 / x_i } else { x_i }",
        &[0.0, 2.0],
        &[0.0, 0.5],
        &[1.0, -0.5],
    );
    at_point(
        "sum_j ifelse(x_i, 3, rsqrt(x_i) * log(x_i))",
        &[0.0],
        &[3.0],
        &[0.0],
    );
    at_point(
        "let d = x_i / x_i; sum_j if x_i[0] == 0 { 1 } else { dot(d, log(x_i)) }",
        &[0.0, 0.0],
        &[1.0],
        &[0.0, 0.0],
    );
    at_point(
        "min_j(if x_i > 0 { log(x_i) } else { 5 })",
        &[-1.0],
        &[5.0],
        &[0.0],
    );
    at_point(
        "sum_j if x_i > 0 { pow(x_i, x_i) } else { 2 }",
        &[-0.5],
        &[2.0],
        &[0.0],
    );
}

#[test]
fn second_derivatives_at_singular_points() {
    at_point(
        "sum_j grad(if x_i > 0 { sqrt(x_i) } else { x_i }, x_i)",
        &[-1.0],
        &[1.0],
        &[0.0],
    );
    at_point(
        "sum_j grad(if x_i > 0 { log(x_i) } else { x_i^2 }, x_i)",
        &[0.0],
        &[0.0],
        &[2.0],
    );
    at_point(
        "sum_j grad(if x_i > 0 { pow(x_i, 0.5) } else { 0 }, x_i)",
        &[-1.0],
        &[0.0],
        &[0.0],
    );
    at_point(
        "sum_j grad(|x_i|, x_i)",
        &[0.0, 0.0],
        &[0.0, 0.0],
        &[0.0, 0.0],
    );
    at_point(
        "sum_j grad(|x_i|^3, x_i)",
        &[0.0, 0.0],
        &[0.0, 0.0],
        &[0.0, 0.0],
    );
    at_point(
        "sum_j laplacian(|x_i|, x_i)",
        &[0.0, 0.0, 0.0],
        &[0.0],
        &[0.0, 0.0, 0.0],
    );
    at_point("sum_j grad(relu(x_i)^2, x_i)", &[0.0], &[0.0], &[0.0]);
}

#[test]
fn reductions_without_an_entry() {
    at_point("min_j(x_i / 0)", &[NAN], &[INF], &[0.0]);
    at_point("max_j(x_i * y_j)", &[NAN], &[f64::NEG_INFINITY], &[0.0]);
    at_point(
        "min_j(if y_j < 0 { x_i } else { inf })",
        &[2.0],
        &[INF],
        &[0.0],
    );
    at_point(
        "logsumexp_j(if y_j < 0 { x_i } else { -inf })",
        &[2.0],
        &[-INF],
        &[0.0],
    );
    at_point("logsumexp_j(x_i - inf)", &[2.0], &[-INF], &[0.0]);
    at_point("logsumexp_j(x_i, 0 * y_j)", &[2.0], &[-INF], &[0.0]);
}

#[test]
fn components_at_singular_points() {
    // The first of equals; a NaN is not selected.
    at_point("sum_j min(x_i)", &[1.0, 1.0, 2.0], &[1.0], &[1.0, 0.0, 0.0]);
    at_point("sum_j max(x_i)", &[1.0, 2.0, 2.0], &[2.0], &[0.0, 1.0, 0.0]);
    at_point("sum_j min(x_i)", &[NAN, 3.0, 2.0], &[2.0], &[0.0, 0.0, 1.0]);
    at_point("sum_j max(x_i)", &[3.0, NAN, 2.0], &[3.0], &[1.0, 0.0, 0.0]);
    let places = "sum_j (x_i[0] + float(argmin(x_i)))";
    at_point(places, &[2.0, 1.0, 1.0], &[3.0], &[1.0, 0.0, 0.0]);
    at_point(
        "sum_j prod(x_i)",
        &[0.0, 3.0, 2.0],
        &[0.0],
        &[6.0, 0.0, 0.0],
    );
    at_point(
        "sum_j prod(x_i)",
        &[0.0, 0.0, 2.0],
        &[0.0],
        &[0.0, 0.0, 0.0],
    );
    at_point("sum_j norm1(x_i)", &[0.0, -2.0], &[2.0], &[0.0, -1.0]);
    at_point("sum_j norminf(x_i)", &[0.0, 0.0], &[0.0], &[0.0, 0.0]);
    at_point(
        "sum_j logsumexp(x_i - inf)",
        &[1.0, 2.0],
        &[-INF],
        &[0.0, 0.0],
    );
    at_point(
        "sum_j logsumexp([x_i, -inf])",
        &[1.0, 1.0],
        &[1.0 + 2_f64.ln()],
        &[0.5, 0.5],
    );
    at_point(
        "sum_j softmax(x_i - inf)",
        &[1.0, 2.0],
        &[0.0, 0.0],
        &[0.0, 0.0],
    );
    at_point("sum_j logsumexp(x_i)", &[1e4, 0.0], &[1e4], &[1.0, 0.0]);
}

#[test]
fn norms_to_any_power_at_zero() {
    // `y_j` is 1: p = 1, 2, 1.5, …
    for power in ["1", "2", "1.5", "y_j", "(y_j + 0.5)", "(2 * y_j)"] {
        at_point(
            &format!("sum_j |x_i|^{power}"),
            &[0.0, 0.0],
            &[0.0],
            &[0.0, 0.0],
        );
    }
}

#[test]
fn singular_matrices_have_no_inverse() {
    let inverse = |n: usize| {
        format!(
            "sum_j reshape(inverse(reshape(x_i, [{n}, {n}])), [{}])",
            n * n
        )
    };
    at_point(&inverse(2), &[1.0, 2.0, 2.0, 4.0], &[NAN; 4], &[NAN; 4]);
    at_point(&inverse(2), &[0.0; 4], &[NAN; 4], &[NAN; 4]);
    let rows = [1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 0.0, 1.0, 0.0];
    at_point(&inverse(3), &rows, &[NAN; 9], &[NAN; 9]);
    at_point(&inverse(4), &[0.0; 16], &[NAN; 16], &[NAN; 16]);
    at_point(
        "sum_j inverse(reshape(x_i[..1], [1, 1]))[0]",
        &[0.0, 1.0],
        &[NAN],
        &[NAN, 0.0],
    );
}

#[test]
fn ties_go_to_the_first() {
    let item = "fn f<T>(x_i: T, y_j: T) { (min_argmin_j(x_i * y_j), max_argmax_j(x_i * y_j)) }";
    let checked = checked(item).unwrap_or_else(|fault| panic!("{fault}"));
    let (mut formula, results) = (checked.formula, checked.results);
    let e = declare(&mut formula, "e_i", Axis::I, &[]);
    let mut wanted: Vec<(Node, Axis)> = results
        .iter()
        .map(|result| (result.node, Axis::I))
        .collect();
    let y = formula.variable(1);
    for k in [0, 2] {
        let root = (results[k].node, e);
        let gradient = diff::gradients(&mut formula, &[root], &[y], Axes::NONE)[0];
        wanted.push((gradient, Axis::J));
    }
    let inputs = [vec![1.0], vec![3.0, NAN, 2.0, 3.0, 2.0], vec![7.0]];
    let found = run(&mut formula, &wanted, &inputs, (1, 5));
    let least = [0.0, 0.0, 7.0, 0.0, 0.0];
    let most = [7.0, 0.0, 0.0, 0.0, 0.0];
    let all: [&[f64]; 6] = [&[2.0], &[2.0], &[3.0], &[0.0], &least, &most];
    for (found, wanted) in found.iter().zip(all) {
        assert_eq!(found, wanted);
    }
}

#[test]
fn inverse_functions_and_roots_where_their_slopes_are_infinite() {
    let half = std::f64::consts::FRAC_PI_2;
    at_point("sum_j asin(x_i)", &[1.0, -1.0], &[half, -half], &[0.0; 2]);
    at_point(
        "sum_j acos(x_i)",
        &[1.0, -1.0],
        &[0.0, 2.0 * half],
        &[0.0; 2],
    );
    at_point("sum_j asin(x_i)", &[1.5], &[NAN], &[NAN]);
    at_point("sum_j atan(x_i)", &[INF, -INF], &[half, -half], &[0.0; 2]);
    at_point(
        "sum_j cbrt(x_i)",
        &[0.0, -8.0],
        &[0.0, -2.0],
        &[0.0, 1.0 / 6.0],
    );
    at_point(
        "sum_j hypot(x_i[0], x_i[1])",
        &[0.0, 0.0],
        &[0.0],
        &[0.0; 2],
    );
    at_point(
        "sum_j hypot(x_i[0], x_i[1])",
        &[3e200, 4e200],
        &[5e200],
        &[0.6, 0.8],
    );
    at_point(
        "sum_j hypot(x_i[0], x_i[1])",
        &[3e-200, 4e-200],
        &[5e-200],
        &[0.6, 0.8],
    );
    at_point(
        "sum_j atan2(x_i[0], x_i[1])",
        &[0.0, 0.0],
        &[0.0],
        &[0.0; 2],
    );
    at_point(
        "sum_j atan2(x_i[0], x_i[1])",
        &[0.0, -0.0],
        &[0.0],
        &[0.0; 2],
    );
    at_point(
        "sum_j atan2(x_i[0], x_i[1])",
        &[0.0, -2.0],
        &[2.0 * half],
        &[-0.5, 0.0],
    );
    at_point(
        "sum_j atan2(x_i[0], x_i[1])",
        &[1e200, 0.0],
        &[half],
        &[0.0, -1e-200],
    );
    at_point("sum_j grad(asin(x_i), x_i)", &[1.0], &[0.0], &[0.0]);
    at_point("sum_j grad(cbrt(x_i), x_i)", &[0.0], &[0.0], &[0.0]);
}

#[test]
fn cardinal_sines_near_zero() {
    use std::f64::consts::PI;
    at_point("sum_j sinc(x_i)", &[0.0, 2.0], &[1.0, 0.0], &[0.0, 1.0]);
    at_point("sum_j sinxdivx(x_i)", &[0.0, -0.0], &[1.0, 1.0], &[0.0; 2]);
    // Both derivatives by their power series, of which no more than two terms count.
    for x in [0.0, 1e-8, 1e-5, -1e-3] {
        let slope = x * (x * x / 30.0 * (1.0 - x * x / 28.0) - 1.0 / 3.0);
        let bend = x * x / 10.0 * (1.0 - 5.0 * x * x / 84.0) - 1.0 / 3.0;
        at_point("sum_j grad(sinxdivx(x_i), x_i)", &[x], &[slope], &[bend]);
        let scaled = format!("sum_j grad(sinc(x_i / {PI:?}), x_i)");
        at_point(&scaled, &[x], &[slope], &[bend]);
    }
}

#[test]
fn activations_far_out() {
    at_point(
        "sum_j softplus(x_i)",
        &[1000.0, -1000.0],
        &[1000.0, 0.0],
        &[1.0, 0.0],
    );
    let tiny = (-40f64).exp();
    at_point("sum_j softplus(x_i)", &[-40.0], &[tiny], &[tiny]);
    // The slope of the sigmoid is the same on both sides.
    at_point("sum_j grad(softplus(x_i), x_i)", &[-40.0], &[tiny], &[tiny]);
    at_point("sum_j grad(softplus(x_i), x_i)", &[40.0], &[1.0], &[tiny]);
    at_point(
        "sum_j silu(x_i)",
        &[-1e300, 1e300],
        &[0.0, 1e300],
        &[0.0, 2.0],
    );
    at_point(
        "sum_j gelu(x_i)",
        &[-1e150, 1e150],
        &[0.0, 1e150],
        &[0.0, 2.0],
    );
    at_point("sum_j xlogx(x_i)", &[0.0, 1.0], &[0.0; 2], &[0.0, 2.0]);
    at_point("sum_j grad(xlogx(x_i), x_i)", &[0.0], &[0.0], &[0.0]);
}

#[test]
fn gamma_functions_at_poles_and_beyond_first_order() {
    let (euler, zeta3) = (0.577_215_664_901_532_9, 1.202_056_903_159_594_2);
    let square = std::f64::consts::PI.powi(2);
    at_point("sum_j lgamma(x_i)", &[1.0], &[0.0], &[-euler]);
    at_point("sum_j digamma(x_i)", &[1.0], &[-euler], &[square / 6.0]);
    at_point(
        "sum_j trigamma(x_i)",
        &[1.0],
        &[square / 6.0],
        &[-2.0 * zeta3],
    );
    // The fourth derivative of log Γ at 1 is π⁴/15, at ½ it is π⁴.
    at_point(
        "sum_j tetragamma(x_i)",
        &[1.0],
        &[-2.0 * zeta3],
        &[square * square / 15.0],
    );
    at_point(
        "sum_j tetragamma(x_i)",
        &[0.5],
        &[-14.0 * zeta3],
        &[square * square],
    );
    at_point("sum_j lgamma(x_i)", &[-2.0], &[INF], &[NAN]);
    at_point("sum_j lgamma(x_i)", &[0.0], &[INF], &[-INF]);
}
