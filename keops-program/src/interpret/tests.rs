//! Small programs against direct loops.

use super::*;
use crate::program::Block;
use crate::schedule::{Pass, Schedule};
use crate::verify::{self, verify_pass, verify_schedule};

fn pass(text: &str) -> Pass {
    let pass: Pass = text.parse().unwrap();
    verify_pass(&pass).unwrap();
    pass
}

fn schedule(text: &str) -> Schedule {
    let schedule: Schedule = text.parse().unwrap();
    verify_schedule(&schedule).unwrap();
    schedule
}

/// Numbers between -1 and 1.
fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut bits = seed;
    std::iter::repeat_with(|| {
        bits = bits
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (bits >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    })
    .take(count)
    .collect()
}

/// Σ_j exp(-γ Σ_d (x_id - y_jd)²) b_j, of a width that is a loop.
fn gaussian(width: usize) -> Pass {
    pass(&format!(
        "pass i reduce j
input x row real {width} = argument 0
input y column real {width} = argument 1
input b column real 1 = argument 2
input g param real 1 = argument 3
param real
row real*{width}
column real*{}
state real=0.0
output a real 1
param {{
v0 = input3[0]
v1 = neg v0
param[0] = v1
}}
row {{
loop k0 0..{width} {{
v0 = input0[k0]
row[k0] = v0
}}
}}
column {{
loop k0 0..{width} {{
v0 = input1[k0]
column[k0] = v0
}}
v1 = input2[0]
column[{width}] = v1
}}
update {{
v0 = 0.0
loop k0 0..{width} (v1 = v0) {{
v2 = row[k0]
v3 = column[k0]
v4 = sub v2 v3
v5 = fma v4 v4 v1
next v5
}}
v6 = param[0]
v7 = mul v6 v1
v8 = exp v7
v9 = column[{width}]
v10 = state[0]
v11 = fma v8 v9 v10
state[0] = v11
}}
merge {{
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}}
finish {{
v0 = state[0]
output0[0] = v0
}}
",
        width + 1
    ))
}

#[test]
fn gaussian_sum_in_blocks() {
    for (width, columns) in [
        (3, 0),
        (3, 1),
        (3, 63),
        (3, 64),
        (3, 65),
        (3, 200),
        (100, 130),
    ] {
        let pass = gaussian(width);
        let (x, y) = (numbers(1, 5 * width), numbers(2, columns * width));
        let b = numbers(3, columns);
        let result = run_pass(&pass, &[&x, &y, &b, &[0.3]], 5, columns, 0, 0);
        let expected: Vec<f64> = (0..5)
            .map(|i| {
                let mut total = 0.0;
                for block in (0..columns).collect::<Vec<_>>().chunks(64) {
                    let mut s = 0.0;
                    for &j in block {
                        let mut d2: f64 = 0.0;
                        for d in 0..width {
                            let t = x[i * width + d] - y[j * width + d];
                            d2 = t.mul_add(t, d2);
                        }
                        s = (-0.3 * d2).exp().mul_add(b[j], s);
                    }
                    total += s;
                }
                total
            })
            .collect();
        assert_eq!(result, [expected], "width {width}, {columns} columns");
    }
}

/// The place and value of the smallest |x_i - y_j|, and NO_INDEX where there is none.
const NEAREST: &str = "pass i reduce j
input x row real 1 = argument 0
input y column real 1 = argument 1
input j column index 1 = position
row real
column real index
state real=inf index=-1.0
output d real 1
output k index 1
row {
v0 = input0[0]
row[0] = v0
}
column {
v0 = input1[0]
column[0] = v0
v1: index = input2[0]
column[1] = v1
}
update {
v0 = row[0]
v1 = column[0]
v2 = sub v0 v1
v3 = abs v2
v4 = state[0]
v5 = v3 < v4
v6 = v5 ? v3 : v4
v7: index = column[1]
v8: index = state[1]
v9: index = v5 ? v7 : v8
state[0] = v6
state[1] = v9
}
merge {
v0 = state[0]
v1 = other[0]
v2 = v1 < v0
v3 = v2 ? v1 : v0
v4: index = state[1]
v5: index = other[1]
v6: index = v2 ? v5 : v4
state[0] = v3
state[1] = v6
}
finish {
v0 = state[0]
output0[0] = v0
v1: index = state[1]
output1[0] = v1
}
";

#[test]
fn the_nearest_has_the_smallest_index() {
    let pass = pass(NEAREST);
    let mut y: Vec<f64> = (0..200).map(f64::from).collect();
    // A tie in a later block, and entries that are never selected.
    y[130] = 7.0;
    y[3] = f64::NAN;
    let x = [7.0, 3.0, 199.5, f64::NAN];
    let [d, k] = &run_pass(&pass, &[&x, &y, &[]], 4, 200, 0, 0)[..] else {
        panic!("two outputs");
    };
    assert_eq!(k, &[7.0, 2.0, 199.0, -1.0]);
    assert_eq!(d, &[0.0, 1.0, 0.5, f64::INFINITY]);
    // Positions count from the offset.
    let shard = run_pass(&pass, &[&x, &y[100..], &[]], 4, 100, 0, 100);
    assert_eq!(shard[1], [130.0, 130.0, 199.0, -1.0]);
    // Nothing to select from.
    assert_eq!(run_pass(&pass, &[&x, &[], &[]], 4, 0, 0, 0)[1], [-1.0; 4]);
}

#[test]
fn logsumexp_merges_shifted_sums() {
    let pass = pass(
        "pass i reduce j
input y column real 1 = argument 0
column real
state real=-inf real=0.0
output a real 1
column {
v0 = input0[0]
column[0] = v0
}
update {
v0 = column[0]
v1 = state[0]
v2 = max v0 v1
v3 = sub v1 v2
v4 = exp v3
v5 = sub v0 v2
v6 = exp v5
v7 = state[1]
v8 = fma v7 v4 v6
state[0] = v2
state[1] = v8
}
merge {
v0 = state[0]
v1 = other[0]
v2 = max v0 v1
v3 = sub v0 v2
v4 = exp v3
v5 = sub v1 v2
v6 = exp v5
v7 = state[1]
v8 = other[1]
v9 = mul v8 v6
v10 = fma v7 v4 v9
state[0] = v2
state[1] = v10
}
finish {
v0 = state[0]
v1 = state[1]
v2 = log v1
v3 = add v0 v2
output0[0] = v3
}
",
    );
    let y: Vec<f64> = numbers(4, 300).iter().map(|y| 1000.0 * y).collect();
    let result = run_pass(&pass, &[&y], 1, 300, 0, 0)[0][0];
    let largest = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let expected = largest + y.iter().map(|y| (y - largest).exp()).sum::<f64>().ln();
    assert!(
        (result - expected).abs() < 1e-12 * expected,
        "{result} {expected}"
    );
}

#[test]
fn passes_feed_each_other() {
    // The nearest y of each x, gathered, and the sum of all distances in one row: a Unit axis.
    let text = format!(
        "argument x i real
argument y j real
{NEAREST}pass i gather j by 0
input k row index 1 = pass 0 output 1
input y column real 1 = argument 1
column real
state real=-5.0
output y real 1
column {{
v0 = input1[0]
column[0] = v0
}}
update {{
v0 = column[0]
state[0] = v0
}}
merge {{
v0 = other[0]
state[0] = v0
}}
finish {{
v0 = state[0]
output0[0] = v0
}}
pass unit reduce i
input d column real 1 = pass 0 output 0
input n param index 1 = columns
column real
state real=0.0
output mean real 1
column {{
v0 = input0[0]
column[0] = v0
}}
update {{
v0 = column[0]
v1 = state[0]
v2 = add v0 v1
state[0] = v2
}}
merge {{
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}}
finish {{
v0 = state[0]
v1: index = input1[0]
v2 = v1 as real
v3 = div v0 v2
output0[0] = v3
}}
pass i map
input x row real 1 = argument 0
input i row index 1 = position
input m param real 1 = pass 2 output 0
output z real 2
finish {{
v0 = input0[0]
v1 = input2[0]
v2 = mul v0 v1
output0[0] = v2
v3: index = input1[0]
v4 = v3 as real
output0[1] = v4
}}
result 1 0
result 2 0
result 3 0
"
    );
    let schedule = schedule(&text);
    let (x, y) = (vec![0.25, 10.0, -3.0], vec![9.0, 0.0, 5.0, -2.0]);
    let results = run_schedule(&schedule, &[x.clone(), y], 3, 4);
    assert_eq!(
        results,
        [
            vec![0.0, 9.0, -2.0],
            vec![0.75],
            vec![0.1875, 0.0, 7.5, 1.0, -2.25, 2.0]
        ]
    );
    // No column: the state that a gather starts at.
    let results = run_schedule(&schedule, &[x, vec![]], 3, 0);
    assert_eq!(results[0], [-5.0; 3]);
}

fn block(text: &str) -> Block {
    let text = format!("update {{\n{text}\n}}");
    text.parse::<Program>().unwrap().update
}

/// The states after a block that starts at these.
fn after<const N: usize>(text: &str, state: [f64; N]) -> Vec<f64> {
    let mut arrays = Arrays {
        state: state.to_vec(),
        ..Arrays::default()
    };
    run_block(&block(text), &mut arrays);
    arrays.state
}

#[test]
fn carried_values_change_at_once() {
    // Fibonacci, by a swap.
    let text = "v0 = state[0]\nv1 = state[1]\nloop k0 0..10 (v2 = v0, v3 = v1) {\n\
        v4 = add v2 v3\nnext v3 v4\n}\nstate[0] = v2\nstate[1] = v3";
    assert_eq!(after(text, [0.0, 1.0]), [55.0, 89.0]);
}

#[test]
fn integers_are_exact() {
    let text = "v0: index = state[0]\nv1: index = state[1]\nv2 = v0 - v1\nstate[0] = v2\n\
        v3: label = 4294967295\nstate[1] = v3";
    // i32 wraps.
    let result = after(text, [f64::from(i32::MIN), 1.0]);
    assert_eq!(result, [f64::from(i32::MAX), 4294967295.0]);
    assert_eq!(after(text, [3.0, 16777217.0])[0], -16777214.0);
}

#[test]
fn comparisons_and_masks() {
    let text = |mask: &str| {
        format!(
            "v0 = state[0]\nv1 = state[1]\n{mask}\nv8 = 1.0\nv9 = 0.0\nv10 = v7 ? v8 : v9\nstate[0] = v10"
        )
    };
    let nan = f64::NAN;
    for (mask, a, b, expected) in [
        ("v7 = v0 < v1", 1.0, 2.0, 1.0),
        ("v7 = v0 < v1", 2.0, 2.0, 0.0),
        ("v7 = v0 <= v1", 2.0, 2.0, 1.0),
        ("v7 = v0 <= v1", nan, 2.0, 0.0),
        ("v7 = v0 == v1", 0.0, -0.0, 1.0),
        ("v7 = v0 == v1", nan, nan, 0.0),
        ("v7 = v0 != v1", nan, nan, 1.0),
        ("v7 = v0 != v1", 1.0, 1.0, 0.0),
        ("v2 = v0 < v1\nv7 = !v2", nan, 1.0, 1.0),
        ("v2 = v0 < v1\nv3 = v1 < v0\nv7 = v2 & v3", 1.0, 2.0, 0.0),
        ("v2 = v0 < v1\nv3 = v1 < v0\nv7 = v2 | v3", 1.0, 2.0, 1.0),
    ] {
        assert_eq!(
            after(&text(mask), [a, b])[0],
            expected,
            "{mask} at {a}, {b}"
        );
    }
}

const GUARDED: &str =
    "v0 = state[0]\nv1 = state[1]\nv2 = v0 < v1\nwhen v2 {\nv3 = v2 ? v0 : v1\nstate[1] = v3\n}";

#[test]
fn what_a_mask_guards_is_done_where_it_holds() {
    assert_eq!(after(GUARDED, [1.0, 2.0]), [1.0, 1.0]);
    assert_eq!(after(GUARDED, [2.0, 1.0]), [2.0, 1.0]);
    assert!(
        verify::verify(
            &format!("state real=0.0*2\nupdate {{\n{GUARDED}\n}}")
                .parse()
                .unwrap()
        )
        .is_ok()
    );
    for (from, to, message) in [
        ("when v2", "when v0", "v0 is of type real, not mask"),
        ("}", "}\nstate[0] = v3", "v3 is not seen outside its loop"),
        ("v3 = v2", "v2 = v2", "v2 is defined twice"),
    ] {
        let text = format!(
            "state real=0.0*2\nupdate {{\n{}\n}}",
            GUARDED.replace(from, to)
        );
        let error = verify::verify(&text.parse().unwrap())
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
#[should_panic(expected = "`when v2` has an effect where the mask does not hold")]
fn what_a_mask_guards_is_done_nowhere_else() {
    after(&GUARDED.replace("v2 ? v0 : v1", "add v0 v1"), [2.0, 1.0]);
}

#[test]
#[should_panic(expected = "local0[1] is loaded before it is stored")]
fn a_local_that_is_read_ahead_is_found() {
    after(
        "local real 3\nv0 = state[0]\nlocal0[0] = v0\nloop k0 0..2 {\nv1 = local0[1 + k0]\nlocal0[1 + k0] = v1\n}",
        [0.0],
    );
}
