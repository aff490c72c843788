//! What a seed stands for.

use std::fmt;

use keops_compiler::calls::{Call, Calls, Datum, Role};
use keops_compiler::table::REDUCTIONS;
use keops_program::arith::Precision;
use keops_program::program::Type;
use keops_program::schedule::{Argument, Axis, Schedule};
use keops_runtime::Accumulate;
use keops_tests::Random;

use crate::support::round;

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
const SHAPES: [&str; 10] = [
    "sum_A M(0)",
    "sum_A M(0) * b_j / (1 + sum_A square(F))",
    "min_A(M(inf)) * s_b",
    "max_A(M(-inf))",
    "logsumexp_A(M(-inf))",
    "g * logsumexp_A(M(-inf), exp(b_j)) + s_b",
    "(sum_A M(0), max_A(M(-inf)), logsumexp_A(F))",
    "(min_A(M(inf)), argmin_A(M(inf)))",
    "softmax_A(M(-inf), b_j * s_b)",
    "sum_A (M(0) * (x_i - y_j))",
];

const BATCHES: [&[usize]; 4] = [&[], &[1], &[2], &[3, 2]];

const ACCUMULATE: [Accumulate; 3] = [Accumulate::Blocked, Accumulate::Kahan, Accumulate::F64];

/// The reductions of the table that have one operand, of the term.
fn own() -> Vec<String> {
    let rows = REDUCTIONS.iter().filter(|row| row.operands.len() == 1);
    let shapes = rows.map(|row| match row.name {
        name if row.conditions => format!("{name}_A(M(0) > 0.5)"),
        name if name.trim_start_matches("arg").starts_with('k') => format!("{name}_A(3, M(0))"),
        name => format!("{name}_A(M(0))"),
    });
    shapes.collect()
}

/// What combinations are made of, in words: every choice of each kind.
pub(crate) fn parts() -> Vec<String> {
    let mut parts: Vec<String> = ["axis i", "axis j", "f32", "f64"]
        .into_iter()
        .chain(["all pairs", "ranges", "rows of their own", "repeated rows"])
        .map(String::from)
        .collect();
    parts.extend(DERIVATIVES.map(|derivative| format!("{derivative:?}")));
    parts.extend(TERMS.map(|term| format!("term {term}")));
    parts.extend(MASKS.map(|mask| format!("mask {mask}")));
    parts.extend(SHAPES.map(|shape| format!("reduction {shape}")));
    parts.extend(own().iter().map(|shape| format!("reduction {shape}")));
    parts.extend(BATCHES.map(|batches| format!("batches {batches:?}")));
    parts.extend(ACCUMULATE.map(|accumulate| format!("{accumulate:?}")));
    parts
}

/// What a seed stands for.
pub(crate) struct Combination {
    pub(crate) text: String,
    /// The axis that is reduced.
    pub(crate) axis: Axis,
    /// The number of batches along each axis.
    pub(crate) batches: Vec<usize>,
    /// Of each of the first arguments, how often its rows are repeated along those axes; nothing: they
    /// are not.
    pub(crate) repeats: Vec<Vec<usize>>,
    /// Rows and columns in a batch.
    pub(crate) block: (usize, usize),
    /// Blocks of rows with columns, in the whole arrays.
    pub(crate) blocks: Option<Vec<Block>>,
    pub(crate) accumulate: Accumulate,
    pub(crate) single: bool,
    pub(crate) derivative: Derivative,
    pub(crate) gpu: Gpu,
    term: &'static str,
    mask: &'static str,
    shape: String,
}

/// Which of a formula's calls runs, where it has any such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Derivative {
    /// The value.
    None,
    /// All gradients at once.
    Vjp,
    /// The gradient by one argument.
    Gradient,
    /// The change of the value with its arguments.
    Jvp,
    /// The gradient of a gradient.
    Second,
}

const DERIVATIVES: [Derivative; 8] = [
    Derivative::None,
    Derivative::None,
    Derivative::None,
    Derivative::Vjp,
    Derivative::Vjp,
    Derivative::Gradient,
    Derivative::Jvp,
    Derivative::Second,
];

/// Those that are not run from the states of parts: their passes need each other, or go over the other
/// axis.
pub(crate) const SEVERAL_PASSES: [&str; 3] = ["Vjp", "Gradient", "Second"];

impl Derivative {
    /// Whether a call is this one.
    pub(crate) fn is(self, call: &Call) -> bool {
        let own = call.of == Some(0);
        match self {
            Derivative::None => call.role == Role::Value,
            Derivative::Vjp => own && call.role == Role::Vjp,
            Derivative::Gradient => own && call.role == Role::Gradient,
            Derivative::Jvp => call.role == Role::Jvp,
            Derivative::Second => !own && call.of.is_some(),
        }
    }
}

/// How a combination runs on a GPU.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gpu {
    /// By the states of two parts of the columns where that can be, or of all.
    pub(crate) partial: bool,
    /// In how many parts the columns are cut.
    pub(crate) parts: u32,
    pub(crate) accurate: bool,
}

/// The number of the first column, and the arguments.
type Part = (u32, Vec<Vec<f64>>);

pub(crate) type Block = (std::ops::Range<usize>, std::ops::Range<usize>);

impl Combination {
    /// The combination of a seed.
    pub(crate) fn new(seed: u64) -> Combination {
        let mut random = Random::new(seed + 1);
        random.numbers(8);
        let mut pick = |count: usize| (((random.number() + 1.0) / 2.0) * count as f64) as usize;
        let (term, mask) = (TERMS[pick(TERMS.len())], MASKS[pick(MASKS.len())]);
        let own = own();
        let shape = match pick(SHAPES.len() + 6) {
            k if k < SHAPES.len() => SHAPES[k].to_string(),
            _ => own[pick(own.len())].clone(),
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
        let derivative = DERIVATIVES[pick(DERIVATIVES.len())];
        // Second derivatives of all formulas would take long to compile.
        let order = match derivative {
            Derivative::Second => "#[keops(order = 2)] ",
            _ => "",
        };
        let text = format!(
            "{order}fn f<T>(x_i: [T; 2], y_j: [T; 2], b_j: T, l_i: u32, m_j: u32, s_b: T, g: T) {{ {formula} }}"
        );
        let batches = BATCHES[pick(BATCHES.len())].to_vec();
        let count: usize = batches.iter().product();
        let block = (
            [1, 2, 5, 9, 17, 0, 66, 130][pick(8)],
            [1, 3, 8, 20, 65, 0, 130, 200][pick(8)],
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
        let accumulate = ACCUMULATE[pick(ACCUMULATE.len())];
        // In single precision, what is nearly equal is selected by chance.
        let single = pick(3) == 0 && !shape.contains("arg");
        let tiled = !batches.is_empty() && pick(2) == 0;
        let repeats = (0..6).map(|_| match tiled && pick(2) == 0 {
            true => match batches[..] {
                [3, 2] => [vec![3, 1], vec![1, 2], vec![3, 2]][pick(3)].clone(),
                _ => batches.clone(),
            },
            false => Vec::new(),
        });
        let repeats = repeats.collect();
        let gpu = Gpu {
            partial: pick(3) == 0,
            parts: [1, 2, 3, 4][pick(4)],
            accurate: pick(2) == 1,
        };
        Combination {
            text,
            axis: [Axis::I, Axis::J][usize::from(axis == "j")],
            batches,
            repeats,
            block,
            blocks,
            accumulate,
            single,
            derivative,
            gpu,
            term,
            mask,
            shape,
        }
    }

    /// Its choices, in words.
    pub(crate) fn made_of(&self) -> Vec<String> {
        let word = |which: bool, [no, yes]: [&str; 2]| (if which { yes } else { no }).to_string();
        vec![
            format!("term {}", self.term),
            format!("mask {}", self.mask),
            format!("reduction {}", self.shape),
            format!("batches {:?}", self.batches),
            format!("{:?}", self.accumulate),
            word(self.axis == Axis::J, ["axis i", "axis j"]),
            word(self.blocks.is_some(), ["all pairs", "ranges"]),
            word(self.is_tiled(), ["rows of their own", "repeated rows"]),
            word(self.single, ["f64", "f32"]),
            format!("{:?}", self.derivative),
        ]
    }

    /// Whether there are rows and columns.
    pub(crate) fn has_pairs(&self) -> bool {
        self.block.0 > 0 && self.block.1 > 0
    }

    /// Whether the ranges have these rows meet.
    pub(crate) fn meet(&self, i: usize, j: usize) -> bool {
        let mut blocks = self.blocks.iter().flatten();
        self.blocks.is_none()
            || blocks.any(|(rows, columns)| rows.contains(&i) && columns.contains(&j))
    }

    /// The numbers of two parts of the columns, each with the number of its first column, or of all of
    /// them; none where the states of parts are not asked for.
    pub(crate) fn parts(&self, schedule: &Schedule, given: &[Vec<f64>]) -> Option<Vec<Part>> {
        let derivative = format!("{:?}", self.derivative);
        if !self.gpu.partial || SEVERAL_PASSES.contains(&derivative.as_str()) {
            return None;
        }
        let count = self.rows(self.axis);
        // A part has columns of every batch, and ranges are of whole axes.
        if self.batches.iter().any(|&batches| batches > 1) || self.blocks.is_some() {
            return Some(vec![(0, given.to_vec())]);
        }
        let part = |columns: std::ops::Range<usize>| {
            let arguments = schedule.arguments.iter().zip(given);
            let numbers = arguments.map(|(argument, numbers)| {
                if argument.axis != self.axis {
                    return numbers.clone();
                }
                let width = argument.width() as usize;
                numbers[columns.start * width..columns.end * width].to_vec()
            });
            (columns.start as u32, numbers.collect())
        };
        let middle = count / 3;
        Some(vec![part(0..middle), part(middle..count)])
    }

    /// The number of rows of an axis.
    pub(crate) fn rows(&self, axis: Axis) -> usize {
        let batches: usize = self.batches.iter().product();
        match axis {
            Axis::I => batches * self.block.0,
            Axis::J => batches * self.block.1,
            Axis::Batch => batches,
            Axis::Unit => 1,
        }
    }

    /// What a call takes beside the formula's arguments is repeated as what it belongs to: a tangent
    /// as its argument, the cotangent of a gradient as what that is by.
    pub(crate) fn repeat_given(&mut self, calls: &Calls, call: &Call) {
        let own = calls.arguments.len();
        self.repeats.resize(own, Vec::new());
        let of = |k: usize| self.repeats.get(k).cloned().unwrap_or_default();
        let given: Vec<Vec<usize>> = match (call.role, call.of) {
            (Role::Jvp, _) => call
                .given
                .iter()
                .map(|tangent| {
                    let named = |argument: &Datum| argument.name == tangent.name;
                    calls
                        .arguments
                        .iter()
                        .position(named)
                        .map_or(Vec::new(), of)
                })
                .collect(),
            (_, Some(gradient)) if gradient > 0 => {
                let first = &calls.list[gradient].schedule;
                let by = first.results[0].like.map_or(Vec::new(), |k| of(k as usize));
                let cotangents = first.arguments.len() - own;
                let mut given = vec![Vec::new(); cotangents];
                given.extend(call.given.iter().map(|_| by.clone()));
                given
            }
            _ => Vec::new(),
        };
        self.repeats.extend(given);
    }

    fn is_tiled(&self) -> bool {
        self.repeats.iter().any(|repeats| !repeats.is_empty())
    }

    /// Which batch of argument `k` stands for each batch of the call.
    fn batches_of(&self, k: usize) -> Vec<usize> {
        let repeats = self.repeats.get(k).map_or(&[][..], Vec::as_slice);
        let mut batches = vec![0];
        for (axis, &count) in self.batches.iter().enumerate() {
            let different = count / repeats.get(axis).unwrap_or(&1);
            let next = |&at: &usize| (0..count).map(move |k| at * different + k % different);
            batches = batches.iter().flat_map(next).collect();
        }
        batches
    }

    /// The arguments with the rows that are repeated written out.
    pub(crate) fn repeated(&self, schedule: &Schedule, given: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let arguments = schedule.arguments.iter().zip(given).enumerate();
        let numbers = arguments.map(|(k, (argument, numbers))| {
            if argument.axis == Axis::Unit {
                return numbers.clone();
            }
            let batch = self.in_batch(argument);
            let batches = self.batches_of(k).into_iter();
            let numbers = batches.flat_map(|from| &numbers[from * batch..][..batch]);
            numbers.copied().collect()
        });
        numbers.collect()
    }

    /// Results with the sums over repetitions in place of the rows of all batches, where they are by
    /// an argument whose rows are repeated.
    pub(crate) fn summed(&self, schedule: &Schedule, results: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
        let results = schedule.results.iter().zip(results);
        let results = results.map(|(target, result)| match target.like {
            Some(k) if self.repeats.get(k as usize).is_some_and(|r| !r.is_empty()) => {
                let batch = self.in_batch(&schedule.arguments[k as usize]);
                let batches = self.batches_of(k as usize);
                let different = batches.iter().max().map_or(0, |last| last + 1);
                let mut sums = vec![0.0; different * batch];
                for (from, &to) in batches.iter().enumerate() {
                    let rows = &result[from * batch..][..batch];
                    let sums = &mut sums[to * batch..][..batch];
                    sums.iter_mut().zip(rows).for_each(|(sum, x)| *sum += x);
                }
                sums
            }
            _ => result,
        });
        results.collect()
    }

    /// The numbers of an argument in a batch.
    fn in_batch(&self, argument: &Argument) -> usize {
        let count: usize = self.batches.iter().product();
        self.rows(argument.axis) / count * argument.width() as usize
    }

    /// Numbers for the arguments.
    pub(crate) fn given(
        &self,
        seed: u64,
        schedule: &Schedule,
        precision: Precision,
    ) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed + 77);
        random.numbers(8);
        let of = |(k, argument): (usize, &Argument)| {
            let repeats = self.repeats.get(k).map_or(1, |r| r.iter().product());
            let count = self.rows(argument.axis) / repeats;
            let numbers = random.numbers(count * argument.width() as usize);
            match argument.ty {
                Type::Real if argument.axis == Axis::Unit => vec![0.7],
                Type::Real => numbers.into_iter().map(|x| round(x, precision)).collect(),
                _ => numbers
                    .into_iter()
                    .map(|x| (x.abs() * 3.0).floor())
                    .collect(),
            }
        };
        schedule.arguments.iter().enumerate().map(of).collect()
    }
}

impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} with batches {:?} of {:?}, rows repeated {:?}, ranges {:?}, {:?}, f32 {}, {:?}, {:?}",
            self.text,
            self.batches,
            self.block,
            self.repeats,
            self.blocks,
            self.accumulate,
            self.single,
            self.derivative,
            self.gpu
        )
    }
}
