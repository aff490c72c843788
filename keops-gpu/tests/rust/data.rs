//! Data for a kernel, and the results of the programs' own interpreter.

use crate::cases::Case;
use keops_gpu::interpret::{Buffer, Launch, Module, Param};
use keops_gpu::kernel::Precision;
use keops_program::interpret::run_pass;
use keops_program::program::{Class, Source, Type};
use keops_program::schedule::Kind;

/// The rows and columns of a call, and what they are counted from.
pub(crate) const FIRST: (usize, usize) = (3, 5);

/// A call of a kernel.
pub(crate) struct Call<'a> {
    pub(crate) case: &'a Case,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// For each input of the program its numbers.
    pub(crate) inputs: Vec<Vec<f64>>,
}

/// Numbers in 0..1 that look random.
fn numbers(seed: usize) -> impl FnMut() -> f64 {
    let mut state = seed as u64 + 7;
    move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl<'a> Call<'a> {
    pub(crate) fn new(case: &'a Case, rows: usize, columns: usize) -> Call<'a> {
        let mut next = numbers(rows * 1000 + columns);
        let positive = case.kernel.name.starts_with("operations");
        let mut inputs = Vec::new();
        for (k, input) in case.pass.program.inputs.iter().enumerate() {
            let count = match (input.source, input.class) {
                (Source::Position | Source::ColumnCount, _) => 0,
                (_, Class::Param) => 1,
                (_, Class::Row) => rows,
                (_, Class::Column) => columns,
            };
            let selects =
                matches!(case.pass.kind, Kind::Gather { index, .. } if index as usize == k);
            let scale = 1.0 / f64::from(input.width).sqrt();
            let mut number = || match input.ty {
                // Some of the columns that are there, and -1.
                _ if selects => (next() * (columns as f64 + 1.0)).floor() - 1.0 + FIRST.1 as f64,
                Type::Real if positive => next() * 3.0 + 0.05,
                Type::Real => (next() * 2.0 - 1.0) * scale,
                _ => (next() * 5.0).floor(),
            };
            let all = (0..count * input.width as usize).map(|_| number());
            inputs.push(match case.kernel.precision {
                Precision::Single => all.map(|a| f64::from(a as f32)).collect(),
                Precision::Double => all.collect(),
            });
        }
        Call {
            case,
            rows,
            columns,
            inputs,
        }
    }

    pub(crate) fn blocks(&self) -> u32 {
        let kernel = &self.case.kernel;
        (self.rows as u32).div_ceil(kernel.threads * kernel.rows_per_thread)
    }

    /// The bytes of the inputs that are buffers.
    pub(crate) fn input_bytes(&self) -> Vec<Vec<u8>> {
        let inputs = self.case.pass.program.inputs.iter().zip(&self.inputs);
        let buffers = inputs.filter(|(input, _)| {
            matches!(input.source, Source::Argument(_) | Source::Output { .. })
        });
        let bytes = |number: &f64, ty: Type| match (ty, self.case.kernel.precision) {
            (Type::Real, Precision::Single) => (*number as f32).to_le_bytes().to_vec(),
            (Type::Real, Precision::Double) => number.to_le_bytes().to_vec(),
            (Type::Index, _) => (*number as i32).to_le_bytes().to_vec(),
            _ => (*number as u32).to_le_bytes().to_vec(),
        };
        buffers
            .map(|(input, numbers)| numbers.iter().flat_map(|a| bytes(a, input.ty)).collect())
            .collect()
    }

    /// For each output its type and how many 32-bit words its rows take.
    pub(crate) fn outputs(&self) -> Vec<(Type, usize)> {
        let words = |ty: Type| match (ty, self.case.kernel.precision) {
            (Type::Real, Precision::Double) => 2,
            _ => 1,
        };
        let outputs = self.case.pass.program.outputs.iter();
        outputs
            .map(|output| {
                (
                    output.ty,
                    self.rows * output.width as usize * words(output.ty),
                )
            })
            .collect()
    }

    /// The numbers behind the pointers.
    pub(crate) fn sizes(&self) -> [u32; 6] {
        [self.rows, self.columns, FIRST.0, FIRST.1, 6, 0].map(|size| size as u32)
    }

    /// The outputs' words, as the interpreter of PTX gives them.
    pub(crate) fn run(&self, module: &Module) -> Result<Vec<Vec<u32>>, String> {
        let kernel = &self.case.kernel;
        let mut launch = Launch::new(&kernel.name, self.blocks(), kernel.threads);
        let words = |bytes: &[u8]| -> Vec<u32> {
            bytes
                .chunks(4)
                .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
                .collect()
        };
        for bytes in self.input_bytes() {
            launch = launch.buffer(Buffer::input(&words(&bytes)));
        }
        let first = launch.buffers.len();
        for (_, words) in self.outputs() {
            launch = launch.buffer(Buffer::output::<u32>(words));
        }
        for _ in ["tasks", "intervals", "states", "shifts"] {
            launch = launch.param(Param::U64(0));
        }
        for size in self.sizes() {
            launch = launch.param(Param::U32(size));
        }
        module
            .launch(&mut launch)
            .map_err(|error| error.to_string())?;
        let outputs = launch.buffers[first..].iter();
        outputs
            .map(|buffer| buffer.read().map_err(|error| error.to_string()))
            .collect()
    }

    /// The words as numbers.
    pub(crate) fn numbers(&self, output: usize, words: &[u32]) -> Vec<f64> {
        let ty = self.outputs()[output].0;
        match (ty, self.case.kernel.precision) {
            (Type::Real, Precision::Single) => words
                .iter()
                .map(|a| f64::from(f32::from_bits(*a)))
                .collect(),
            (Type::Real, Precision::Double) => words
                .chunks(2)
                .map(|a| f64::from_bits(u64::from(a[0]) | u64::from(a[1]) << 32))
                .collect(),
            (Type::Index, _) => words.iter().map(|a| f64::from(*a as i32)).collect(),
            _ => words.iter().map(|a| f64::from(*a)).collect(),
        }
    }

    /// Compares words with others, bit for bit but for NaN.
    pub(crate) fn same(&self, what: &str, expected: &[Vec<u32>], found: &[Vec<u32>]) {
        for (k, (expected, found)) in expected.iter().zip(found).enumerate() {
            let (a, b) = (self.numbers(k, expected), self.numbers(k, found));
            assert_eq!(a.len(), b.len());
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                let same = a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
                assert!(
                    same,
                    "{}: {what}: output {k}, number {i}: {a} and {b}",
                    self.case.kernel.name
                );
            }
        }
    }

    /// Compares words with the f64 results of the programs' own interpreter.
    pub(crate) fn check(&self, words: &[Vec<u32>]) {
        let views: Vec<&[f64]> = self.inputs.iter().map(Vec::as_slice).collect();
        let expected = run_pass(
            &self.case.pass,
            &views,
            self.rows,
            self.columns,
            FIRST.0,
            FIRST.1,
        );
        let tolerance = match (self.case.kernel.precision, self.case.accurate) {
            (Precision::Single, false) => 1e-4,
            (Precision::Single, true) => 1e-5,
            (Precision::Double, _) => 1e-12,
        };
        for (k, (expected, words)) in expected.iter().zip(words).enumerate() {
            for (i, (a, b)) in expected.iter().zip(self.numbers(k, words)).enumerate() {
                let close = *a == b
                    || a.is_nan() && b.is_nan()
                    || (a - b).abs() <= tolerance * (1.0 + a.abs());
                assert!(
                    close,
                    "{}: output {k}, number {i}: {a} and {b}",
                    self.case.kernel.name
                );
            }
        }
    }
}
