//! Every operation of the table as PTX, at its golden points: in f64, in f32 with accurate results,
//! and with the hardware's approximations.

use crate::golden::{self, F32, F64, Format, Point};
use keops_gpu::interpret::{Buffer, Launch, Module, Param};
use keops_gpu::kernel::Precision;
use keops_gpu::{ptx, scheme};
use keops_program::op::Op;
use keops_program::schedule::Pass;

/// The promise in f32 where the row names no approximation, or accurate results are asked for.
const ACCURATE: f64 = 4.0;

/// The pass that applies an operation to its operands, one row each.
fn pass(op: Op) -> Pass {
    let row = op.row();
    let mut text = String::from("pass i map\n");
    for k in 0..row.arity {
        text += &format!("input x{k} row real 1 = argument {k}\n");
    }
    text += "output a real 1\nfinish {\n";
    let operands: Vec<String> = (0..row.arity).map(|k| format!("v{k}")).collect();
    for k in 0..row.arity {
        text += &format!("v{k} = input{k}[0]\n");
    }
    let result = row.arity;
    text += &format!("v{result} = {} {}\n", row.name, operands.join(" "));
    text += &format!("output0[0] = v{result}\n}}\n");
    text.parse()
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What the kernel gives at the points.
fn run(op: Op, precision: Precision, accurate: bool, points: &[Point]) -> Vec<f64> {
    let kernel = scheme::kernel(&pass(op), "k", precision, accurate, op.row().name)
        .unwrap_or_else(|error| panic!("{}: {error}", op.row().name));
    let module = Module::parse(&ptx::module(std::slice::from_ref(&kernel)))
        .unwrap_or_else(|error| panic!("{}: {error}", op.row().name));
    let rows = points.len() as u32;
    let grid = rows.div_ceil(kernel.threads * kernel.rows_per_thread);
    let mut launch = Launch::new(&kernel.name, grid, kernel.threads);
    for k in 0..op.row().arity {
        let numbers: Vec<f64> = points.iter().map(|point| point.arguments[k]).collect();
        launch = launch.buffer(match precision {
            Precision::Single => {
                Buffer::input(&numbers.iter().map(|&x| x as f32).collect::<Vec<_>>())
            }
            Precision::Double => Buffer::input(&numbers),
        });
    }
    launch = launch.buffer(match precision {
        Precision::Single => Buffer::output::<f32>(points.len()),
        Precision::Double => Buffer::output::<f64>(points.len()),
    });
    for _ in ["tasks", "intervals", "states", "shifts"] {
        launch = launch.param(Param::U64(0));
    }
    for number in [rows, 0, 0, 0, 6, 0] {
        launch = launch.param(Param::U32(number));
    }
    module
        .launch(&mut launch)
        .unwrap_or_else(|error| panic!("{}: {error}", op.row().name));
    let out = &launch.buffers[op.row().arity];
    match precision {
        Precision::Single => out
            .read::<f32>()
            .map(|values| values.into_iter().map(f64::from).collect()),
        Precision::Double => out.read::<f64>(),
    }
    .unwrap_or_else(|error| panic!("{}: {error}", op.row().name))
}

/// Points of a row: MPFR's, and for operations that are IEEE's the row's own values in its domain.
fn points(op: Op, format: Format) -> Vec<Point> {
    let points = golden::points(op, format);
    if !points.is_empty() {
        return points;
    }
    let fraction = |k: usize| (k as f64 * 0.618_033_988_749_895).fract();
    (0..200)
        .map(|k| {
            let domain = op.row().domain.iter().enumerate();
            let place = |(n, &(low, high)): (usize, &(f64, f64))| {
                let x = low + (high - low) * fraction(k * 7 + n * 100_003 + n);
                f64::from(x as f32)
            };
            let arguments: Vec<f64> = domain.map(place).collect();
            let value = (op.row().eval)(&arguments);
            Point {
                arguments,
                value,
                rest: f64::NAN,
            }
        })
        .collect()
}

/// Where the hardware's approximations are taken, subnormal operands and results count as 0.
fn is_flushed(point: &Point) -> bool {
    let tiny = |x: &f64| *x != 0.0 && x.abs() < F32.smallest();
    point.arguments.iter().any(tiny) || tiny(&point.value)
}

#[test]
fn functions_in_f64_keep_their_promise() {
    let mut failures = Vec::new();
    for &op in Op::ALL {
        let points = points(op, F64);
        let found = run(op, Precision::Double, true, &points);
        let results = points.into_iter().zip(found);
        // A value in the domain is the standard library's.
        let promised = op.row().ulp + 1e-6;
        failures.extend(golden::judge(op, "ptx", F64, promised, results));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn accurate_functions_in_f32_keep_their_promise() {
    let mut failures = Vec::new();
    for &op in Op::ALL {
        let points = points(op, F32);
        let found = run(op, Precision::Single, true, &points);
        let results = points.into_iter().zip(found);
        failures.extend(golden::judge(op, "accurate", F32, ACCURATE, results));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn approximations_in_f32_keep_their_documented_errors() {
    let mut failures = Vec::new();
    for &op in Op::ALL {
        let row = op.row();
        let mut points = points(op, F32);
        points.retain(|point| !is_flushed(point));
        let found = run(op, Precision::Single, false, &points);
        let results = points.into_iter().zip(found);
        let Some(fast) = row.fast else {
            failures.extend(golden::judge(op, "fast", F32, ACCURATE, results));
            continue;
        };
        for (point, got) in results {
            let bound = (fast.error)(&point.arguments, point.value).abs();
            let value = point.value;
            // Rounding the value to f32 and the largest number aside.
            let close = got == value
                || got.is_nan() && value.is_nan()
                || got as f32 == value as f32
                || (got - value).abs() <= bound
                || bound == f64::INFINITY
                || got.is_infinite() && value.abs() > f64::from(f32::MAX) * (1.0 - 1e-4);
            if !close {
                failures.push(format!("{} (bound {bound:e})", point.say(row, got)));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
