//! Random combinations of a formula, a reduction, its axis, a mask, ranges, batches, a way to
//! accumulate and a floating type, run at run time at every CPU level, and some of them as PTX, against
//! the f64 interpreter of the same schedule.
#![allow(missing_docs, reason = "a test")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use keops_compiler::calls::{Calls, calls};
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::table::REDUCTIONS;
use keops_compiler::{check, parse};
use keops_gpu::interpret::Module;
use keops_gpu::ptx;
use keops_program::arith::Precision;
use keops_program::interpret::{Pairs, run_schedule_over};
use keops_program::program::Type;
use keops_program::schedule::{Axis, Schedule};
use keops_runtime::cpu::Level;
use keops_runtime::{Accumulate, Device, Options, Ranges, Real, batch::Batch};
use keops_tests::Random;

use support::call::{descriptor, precision, run_over};
use support::kernel::{FLAVOURS, kernels, stages};
use support::{Faults, bits, difference, round};

const COUNT: u64 = 1000;
/// One in so many is run as PTX, too.
const PTX: u64 = 11;

/// Of the pair, of the column alone, of the batch, of positions; large and small ones.
const TERMS: [&str; 9] = [
    "exp(-g * |x_i - y_j|^2)",
    "dot(x_i, y_j) * s_b",
    "cos(x_i[0] * y_j[1]) + b_j",
    "exp(b_j)",
    "x_i[0] * b_j",
    "1 / (1 + |x_i - y_j - s_b|^2)",
    "float(i - j) * g / 10 + x_i[0] * y_j[1]",
    "b_j * s_b + y_j[0]",
    "sqrt(|x_i - y_j|) / (g + s_b^2)",
];

const MASKS: [&str; 5] = [
    "",
    "i != j",
    "l_i == m_j",
    "j <= i && l_i != m_j",
    "l_i > 5",
];

/// Reductions in their setting: `F` is the term, `M(a)` the term where the mask holds, else `a`, `A`
/// the axis; those of the table come on top.
const SHAPES: [&str; 7] = [
    "sum_A M(0)",
    "sum_A M(0) * b_j / (1 + sum_A square(F))",
    "min_A(M(inf)) * s_b",
    "max_A(M(-inf))",
    "logsumexp_A(M(-inf))",
    "g * logsumexp_A(M(-inf), exp(b_j)) + s_b",
    "(sum_A M(0), max_A(M(-inf)), logsumexp_A(F))",
];

/// What a seed stands for.
struct Combination {
    text: String,
    /// The number of batches along each axis.
    batches: Vec<usize>,
    /// Rows and columns in a batch.
    block: (usize, usize),
    /// Blocks of rows with columns, in the whole arrays.
    blocks: Option<Vec<Block>>,
    accumulate: Accumulate,
    single: bool,
    gradient: bool,
    parts: Vec<String>,
}

type Block = (std::ops::Range<usize>, std::ops::Range<usize>);

impl Combination {
    fn new(seed: u64) -> Combination {
        let mut random = Random::new(seed + 1);
        random.numbers(8);
        let mut pick = |count: usize| (((random.number() + 1.0) / 2.0) * count as f64) as usize;
        let (term, mask) = (TERMS[pick(TERMS.len())], MASKS[pick(MASKS.len())]);
        let own: Vec<&str> = REDUCTIONS
            .iter()
            .filter(|row| row.operands.len() == 1)
            .map(|row| row.name)
            .collect();
        let shape = match pick(SHAPES.len() + 4) {
            k if k < SHAPES.len() => SHAPES[k].to_string(),
            _ => match own[pick(own.len())] {
                name @ ("any" | "all" | "count") => format!("{name}_A(M(0) > 0.5)"),
                name if name.trim_start_matches("arg").starts_with('k') => {
                    format!("{name}_A(3, M(0))")
                }
                name => format!("{name}_A(M(0))"),
            },
        };
        let axis = ["i", "j"][pick(2)];
        let masked = |neutral: &str| match mask {
            "" => format!("({term})"),
            mask => format!("(if {mask} {{ {term} }} else {{ {neutral} }})"),
        };
        let formula = shape
            .replace("_A", &format!("_{axis}"))
            .replace("M(0)", &masked("0"))
            .replace("M(inf)", &masked("inf"))
            .replace("M(-inf)", &masked("-inf"))
            .replace('F', &format!("({term})"));
        let text = format!(
            "fn f<T>(x_i: [T; 2], y_j: [T; 2], b_j: T, l_i: u32, m_j: u32, s_b: T, g: T) {{ {formula} }}"
        );
        let batches = [vec![], vec![1], vec![2], vec![3, 2]][pick(4)].clone();
        let count: usize = batches.iter().product();
        let block = (
            [1, 2, 5, 9, 17, 0, 66][pick(7)],
            [1, 3, 8, 20, 65, 0, 130][pick(7)],
        );
        let blocks = (pick(2) == 1).then(|| {
            let mut blocks: Vec<Block> = Vec::new();
            for batch in 0..count {
                // Disjoint rectangles: a row of the grid of blocks at a time.
                let (mut row, rows) = (batch * block.0, (batch + 1) * block.0);
                while row < rows {
                    let end = rows.min(row + 1 + pick(7));
                    let (mut column, columns) = (batch * block.1, (batch + 1) * block.1);
                    while column < columns {
                        let next = columns.min(column + 1 + pick(40));
                        if pick(3) > 0 {
                            blocks.push((row..end, column..next));
                        }
                        column = next;
                    }
                    row = end;
                }
            }
            blocks
        });
        let accumulate = [Accumulate::Blocked, Accumulate::Kahan][pick(2)];
        // In single precision, what is nearly equal is selected by chance.
        let single = pick(3) == 0 && !shape.contains("arg");
        let gradient = pick(2) == 1;
        let parts = vec![
            format!("term {term}"),
            format!("mask {mask}"),
            format!("reduction {shape}"),
            format!("axis {axis}"),
            format!("batches {batches:?}"),
            format!("ranges {}", blocks.is_some()),
            format!("{accumulate:?}"),
            format!("T = {}", if single { "f32" } else { "f64" }),
            format!("gradient {gradient}"),
        ];
        Combination {
            text,
            batches,
            block,
            blocks,
            accumulate,
            single,
            gradient,
            parts,
        }
    }

    fn rows(&self, axis: Axis) -> usize {
        let batches: usize = self.batches.iter().product();
        match axis {
            Axis::I => batches * self.block.0,
            Axis::J => batches * self.block.1,
            Axis::Batch => batches,
            Axis::Unit => 1,
        }
    }

    /// Numbers for the arguments.
    fn given(&self, seed: u64, schedule: &Schedule, precision: Precision) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed + 77);
        random.numbers(8);
        let of = |argument: &keops_program::schedule::Argument| {
            let numbers = random.numbers(self.rows(argument.axis) * argument.width() as usize);
            match argument.ty {
                Type::Real if argument.axis == Axis::Unit => vec![0.7],
                Type::Real => numbers.into_iter().map(|x| round(x, precision)).collect(),
                _ => numbers
                    .into_iter()
                    .map(|x| (x.abs() * 3.0).floor())
                    .collect(),
            }
        };
        schedule.arguments.iter().map(of).collect()
    }
}

/// What the compiler makes of a formula; what it says where it refuses.
fn compiled(text: &str) -> Result<Calls, String> {
    let tokens = proc_macro2::TokenStream::from_str(text).expect("tokens");
    let mut diagnostics = Diagnostics::new();
    let input = parse::parse(tokens, &mut diagnostics);
    let checked = input.and_then(|input| check::check(&input, &mut diagnostics));
    match diagnostics.propagate() {
        Ok(()) => Ok(calls(&checked.expect("no fault, so a formula")[0])),
        Err(errors) => {
            let messages: Vec<&str> = errors.iter().map(|fault| fault.message.as_str()).collect();
            Err(messages.join("; "))
        }
    }
}

/// Runs a combination on every level; whether it was run as PTX as well.
fn check_one<T: Real>(
    seed: u64,
    one: &Combination,
    schedule: &Schedule,
    faults: &mut Faults,
) -> bool {
    let given = one.given(seed, schedule, precision::<T>());
    let (m, n) = (one.rows(Axis::I), one.rows(Axis::J));
    let inside = |i: usize, j: usize| {
        let blocks = one.blocks.as_ref();
        blocks.is_none_or(|blocks| {
            blocks
                .iter()
                .any(|(rows, columns)| rows.contains(&i) && columns.contains(&j))
        })
    };
    let pairs = Pairs {
        m,
        n,
        batches: one.batches.iter().product(),
        meet: &inside,
    };
    let wanted = run_schedule_over(schedule, &given, &pairs);
    let ranges = one
        .blocks
        .as_ref()
        .map(|blocks| Ranges::from_blocks(m, n, blocks).unwrap());
    let descriptor = descriptor::<T>("f", schedule, None);
    let tolerance = if one.single { 3e-4 } else { 1e-10 };
    let mut fused: Option<Vec<Vec<f64>>> = None;
    let what = format!(
        "seed {seed}: {} with batches {:?} of {:?}, ranges {:?}, {:?}, f32 {}, gradient {}",
        one.text, one.batches, one.block, one.blocks, one.accumulate, one.single, one.gradient
    );
    for level in Level::available() {
        let mut options = Options::new(true);
        options.device = Some(Device::Cpu);
        options.level = Some(level);
        options.accumulate = one.accumulate;
        options.batch = Batch::new(&one.batches);
        let what = format!("{what}, {level:?}");
        match run_over(&descriptor, schedule, &given, &options, ranges.as_ref()) {
            Ok(found) => {
                faults.compare(&what, &found, &wanted, |found, wanted| {
                    difference(found, wanted, tolerance)
                });
                if level != Level::Baseline {
                    let first = fused.get_or_insert_with(|| found.clone());
                    faults.compare(&what, &found, first, bits);
                }
            }
            Err(error) => faults.add(&what, Some(error.to_string())),
        }
    }
    // As PTX: all pairs of one batch.
    let spread = schedule.passes.iter().any(|pass| {
        let by_batch = |source| schedule.axis(source) == Some(Axis::Batch);
        pass.program
            .inputs
            .iter()
            .any(|input| by_batch(input.source))
    });
    let as_ptx = seed.is_multiple_of(PTX) && pairs.batches == 1 && one.blocks.is_none() && !spread;
    if as_ptx {
        let flavour = FLAVOURS[if one.single { 1 } else { 2 }];
        let kernels = kernels(schedule, "f", flavour);
        let module = Module::parse(&ptx::module(&kernels)).expect("the printer's PTX");
        for (stage, kernel) in stages(schedule, &given, (m, n), flavour.0)
            .iter()
            .zip(&kernels)
        {
            match stage.run(&module, kernel) {
                Ok(found) => {
                    faults.compare(&format!("{what} as PTX"), &found, &stage.wanted, |a, b| {
                        difference(a, b, tolerance)
                    })
                }
                Err(error) => faults.add(&format!("{what} as PTX"), Some(error)),
            }
        }
    }
    as_ptx
}

#[test]
fn random_combinations_are_the_oracle_s() {
    let mut known: HashMap<String, Result<Calls, String>> = HashMap::new();
    let (mut faults, mut covered) = (Faults::default(), BTreeMap::<String, u32>::new());
    for seed in 0..COUNT {
        let one = Combination::new(seed);
        let calls = known
            .entry(one.text.clone())
            .or_insert_with(|| compiled(&one.text));
        let calls = match calls {
            Ok(calls) => calls,
            Err(message) => {
                *covered.entry(format!("refused: {message}")).or_default() += 1;
                continue;
            }
        };
        let vjp = calls
            .list
            .iter()
            .find(|call| call.of == Some(0) && call.method == "vjp");
        let schedule = match vjp.filter(|_| one.gradient) {
            Some(vjp) => &vjp.schedule,
            None => &calls.list[0].schedule,
        };
        let as_ptx = if one.single {
            check_one::<f32>(seed, &one, schedule, &mut faults)
        } else {
            check_one::<f64>(seed, &one, schedule, &mut faults)
        };
        for part in &one.parts {
            *covered.entry(part.clone()).or_default() += 1;
        }
        *covered.entry("as PTX".into()).or_default() += u32::from(as_ptx);
    }
    for (part, count) in &covered {
        println!("{count:5}  {part}");
    }
    // Every value of every choice occurs, and hardly anything is refused.
    let refused: u32 = covered
        .iter()
        .filter(|(part, _)| part.starts_with("refused"))
        .map(|(_, count)| count)
        .sum();
    assert!(u64::from(refused) < COUNT / 10, "{covered:?}");
    for part in TERMS
        .iter()
        .map(|term| format!("term {term}"))
        .chain(SHAPES.iter().map(|shape| format!("reduction {shape}")))
    {
        assert!(covered.contains_key(&part), "{part}");
    }
}
