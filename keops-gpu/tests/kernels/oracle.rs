//! Every kernel's PTX, run on the CPU, gives what the programs' own interpreter gives in f64.

use crate::passes;
use keops_gpu::interpret::{Buffer, Launch, Module, Param, Report};
use keops_gpu::kernel::{Kernel, Precision};
use keops_gpu::{ptx, scheme};
use keops_program::interpret::run_pass;
use keops_program::program::{Class, Source, Type};
use keops_program::schedule::{Kind, Pass};

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    /// In 0..1.
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The sizes and offsets of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) first_row: usize,
    pub(crate) first_column: usize,
}

/// Rows for each input of a pass, as f64 that the precision holds.
pub(crate) fn inputs(
    pass: &Pass,
    size: Size,
    precision: Precision,
    positive: bool,
) -> Vec<Vec<f64>> {
    let mut numbers = Numbers(7 + size.rows as u64 * 1000 + size.columns as u64);
    let index = if let Kind::Gather { index, .. } = pass.kind {
        Some(index as usize)
    } else {
        None
    };
    let mut all = Vec::new();
    for (k, input) in pass.program.inputs.iter().enumerate() {
        let count = match (input.source, input.class) {
            (Source::Position | Source::ColumnCount, _) => 0,
            (_, Class::Param) => 1,
            (_, Class::Row) => size.rows,
            (_, Class::Column) => size.columns,
        };
        let scale = 1.0 / f64::from(input.width).sqrt();
        let mut number = || match input.ty {
            _ if index == Some(k) => {
                (numbers.next() * (size.columns as f64 + 2.0)).floor() - 1.0
                    + size.first_column as f64
            }
            Type::Real if positive => numbers.next() * 3.0 + 0.05,
            Type::Real => (numbers.next() * 2.0 - 1.0) * scale,
            _ => (numbers.next() * 5.0).floor(),
        };
        let numbers = (0..count * input.width as usize).map(|_| number());
        all.push(match precision {
            Precision::Single => numbers.map(|a| f64::from(a as f32)).collect(),
            Precision::Double => numbers.collect(),
        });
    }
    all
}

/// A buffer of numbers of a type.
fn buffer(ty: Type, precision: Precision, numbers: &[f64]) -> Buffer {
    match (ty, precision) {
        (Type::Real, Precision::Single) => {
            Buffer::input(&numbers.iter().map(|&a| a as f32).collect::<Vec<_>>())
        }
        (Type::Real, Precision::Double) => Buffer::input(numbers),
        (Type::Index, _) => Buffer::input(&numbers.iter().map(|&a| a as i32).collect::<Vec<_>>()),
        _ => Buffer::input(&numbers.iter().map(|&a| a as u32).collect::<Vec<_>>()),
    }
}

/// What a launch is told besides the inputs.
#[derive(Clone, Default)]
pub(crate) struct Table {
    /// Eight numbers for a task; without tasks, all rows with all columns.
    pub(crate) tasks: Vec<u32>,
    /// Two numbers for an interval.
    pub(crate) intervals: Vec<u32>,
    /// The states of an earlier launch, which are merged.
    pub(crate) states: Option<Buffer>,
    /// Places for states that are written.
    pub(crate) places: usize,
    /// The logarithm of the columns in a block.
    pub(crate) block: u32,
}

/// What the kernel gives, and the states that it leaves; no results where it leaves states.
pub(crate) fn launch(
    pass: &Pass,
    kernel: &Kernel,
    inputs: &[Vec<f64>],
    size: Size,
    table: &Table,
) -> Result<(Vec<Vec<f64>>, Buffer, Report), String> {
    let module =
        Module::parse(&ptx::module(std::slice::from_ref(kernel))).map_err(|e| e.to_string())?;
    let rows = kernel.threads * kernel.rows_per_thread;
    let grid = match table.tasks.len() {
        0 => (size.rows as u32).div_ceil(rows),
        numbers => numbers as u32 / 8,
    };
    let mut launch = Launch::new(&kernel.name, grid, kernel.threads);
    for (input, numbers) in pass.program.inputs.iter().zip(inputs) {
        if matches!(input.source, Source::Argument(_) | Source::Output { .. }) {
            launch = launch.buffer(buffer(input.ty, kernel.precision, numbers));
        }
    }
    let first = launch.buffers.len();
    let real = |len| match kernel.precision {
        Precision::Single => Buffer::output::<f32>(len),
        Precision::Double => Buffer::output::<f64>(len),
    };
    for output in &pass.program.outputs {
        let len = size.rows * output.width as usize;
        launch = launch.buffer(match output.ty {
            Type::Real => real(len),
            _ => Buffer::output::<u32>(len),
        });
    }
    let states = launch.buffers.len() + if table.tasks.is_empty() { 0 } else { 2 };
    if table.tasks.is_empty() {
        launch = launch.param(Param::U64(0)).param(Param::U64(0));
    } else {
        launch = launch.buffer(Buffer::input(&table.tasks));
        launch = launch.buffer(Buffer::input(&table.intervals));
    }
    let room = table.places * pass.program.state.len() * rows as usize;
    launch = launch.buffer(table.states.clone().unwrap_or_else(|| real(room)));
    launch = launch.param(Param::U64(0));
    let sizes = [size.rows, size.columns, size.first_row, size.first_column];
    let merging = u32::from(table.states.is_some());
    for number in sizes
        .map(|n| n as u32)
        .into_iter()
        .chain([table.block, merging])
    {
        launch = launch.param(Param::U32(number));
    }
    let report = module.launch(&mut launch).map_err(|e| e.to_string())?;
    let left = launch.buffers[states].clone();
    if table.places > 0 {
        return Ok((Vec::new(), left, report));
    }
    let outputs = pass.program.outputs.iter();
    let results = outputs
        .zip(&launch.buffers[first..])
        .map(|(output, buffer)| numbers(output.ty, kernel.precision, buffer));
    let results: Result<Vec<Vec<f64>>, String> = results.collect();
    Ok((results?, left, report))
}

/// What a buffer holds.
fn numbers(ty: Type, precision: Precision, buffer: &Buffer) -> Result<Vec<f64>, String> {
    let fault = |error: keops_gpu::interpret::Error| error.to_string();
    Ok(match (ty, precision) {
        (Type::Real, Precision::Single) => {
            let numbers = buffer.read::<f32>().map_err(fault)?;
            numbers.into_iter().map(f64::from).collect()
        }
        (Type::Real, Precision::Double) => buffer.read::<f64>().map_err(fault)?,
        (Type::Index, _) => {
            let numbers = buffer.read::<i32>().map_err(fault)?;
            numbers.into_iter().map(f64::from).collect()
        }
        _ => {
            let numbers = buffer.read::<u32>().map_err(fault)?;
            numbers.into_iter().map(f64::from).collect()
        }
    })
}

/// All rows with all columns, in blocks of 64.
fn dense() -> Table {
    Table {
        block: 6,
        ..Table::default()
    }
}

/// Compares one pass in one precision at one size.
fn check(case: &passes::Case, precision: Precision, accurate: bool, size: Size, spoil: bool) {
    let kernel = scheme::kernel(&case.pass, "k", precision, accurate, &case.name).unwrap();
    let mut inputs = inputs(&case.pass, size, precision, case.name == "operations");
    if spoil {
        for (input, numbers) in case.pass.program.inputs.iter().zip(&mut inputs) {
            if let (Type::Real, Class::Column, [first, .., last]) =
                (input.ty, input.class, &mut numbers[..])
            {
                (*first, *last) = (f64::NAN, f64::INFINITY);
            }
        }
    }
    let views: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
    let Size {
        rows,
        columns,
        first_row,
        first_column,
    } = size;
    let expected = run_pass(&case.pass, &views, rows, columns, first_row, first_column);
    let what = format!("{} {precision:?} accurate {accurate} {size:?}", case.name);
    let (found, ..) = launch(&case.pass, &kernel, &inputs, size, &dense())
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_near(&expected, &found, (precision, accurate), &what);
}

/// That results are those of the oracle, as far as the precision lets them be.
pub(crate) fn assert_near(
    expected: &[Vec<f64>],
    found: &[Vec<f64>],
    flavour: (Precision, bool),
    what: &str,
) {
    let tolerance = match flavour {
        (Precision::Single, false) => 1e-4,
        (Precision::Single, true) => 1e-5,
        (Precision::Double, _) => 1e-12,
    };
    assert_eq!(expected.len(), found.len(), "{what}");
    for (output, (expected, found)) in expected.iter().zip(found).enumerate() {
        assert_eq!(expected.len(), found.len(), "{what}");
        for (k, (a, b)) in expected.iter().zip(found).enumerate() {
            let close =
                a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * (1.0 + a.abs());
            assert!(
                close,
                "{what}: output {output}, number {k}: expected {a}, found {b}"
            );
        }
    }
}

/// All passes of some names, in every precision, at sizes around threads, tiles and blocks.
fn check_all(sizes: &[(usize, usize)], spoil: bool, wanted: impl Fn(&str) -> bool) {
    for case in passes::all().iter().filter(|case| wanted(&case.name)) {
        for &(rows, columns) in sizes {
            let size = Size {
                rows,
                columns,
                first_row: 3,
                first_column: 5,
            };
            check(case, Precision::Single, false, size, spoil);
            check(case, Precision::Single, true, size, spoil);
            check(case, Precision::Double, true, size, spoil);
        }
    }
}

/// Wide passes take their time in the interpreter.
pub(crate) fn wide(name: &str) -> bool {
    let narrow = ["gaussian_3", "gaussian_1", "gaussian_16_4"].contains(&name);
    name.starts_with("gaussian") && !narrow || ["map_70", "bilinear", "carried"].contains(&name)
}

#[test]
fn narrow_passes_match_the_oracle() {
    let sizes = [
        (1, 0),
        (1, 1),
        (3, 7),
        (128, 64),
        (129, 65),
        (5, 127),
        (2, 128),
        (130, 129),
        (3, 321),
    ];
    check_all(&sizes, false, |name| !wide(name));
}

#[test]
fn nan_and_infinite_columns_match_the_oracle() {
    check_all(&[(3, 2), (129, 66)], true, |name| !wide(name));
}

#[test]
fn the_inner_loop_is_tight() {
    let pass: Pass = passes::gaussian(3, 1).parse().unwrap();
    let kernel = scheme::kernel(&pass, "k", Precision::Single, false, "").unwrap();
    let size = Size {
        rows: (kernel.threads * kernel.rows_per_thread) as usize,
        columns: 1280,
        first_row: 0,
        first_column: 0,
    };
    let inputs = inputs(&pass, size, Precision::Single, false);
    let (.., report) = launch(&pass, &kernel, &inputs, size, &dense()).unwrap();
    let pairs = (size.rows * size.columns) as u64;
    assert_eq!(report.count("ex2"), pairs);
    let loads = pairs / u64::from(kernel.rows_per_thread);
    assert_eq!(report.count("ld.shared.v4"), loads);
    // Eleven for the pair (`neg` is folded by ptxas); the rest is loops, tiles and merges.
    let each = report.instructions as f64 / pairs as f64;
    assert!(each < 12.0, "{each} instructions per pair");
}

#[test]
fn wide_passes_match_the_oracle() {
    check_all(&[(1, 0), (2, 3), (5, 70), (130, 2)], false, wide);
}

#[test]
fn a_column_that_is_too_wide_is_refused() {
    let pass: Pass = passes::gaussian(12_300, 1).parse().unwrap();
    let found = scheme::kernel(&pass, "k", Precision::Single, false, "");
    assert_eq!(found, Err(scheme::Unsupported::WideColumn(49_216)));
    let pass: Pass = passes::gaussian(12_280, 1).parse().unwrap();
    assert!(scheme::kernel(&pass, "k", Precision::Single, false, "").is_ok());
    assert!(scheme::kernel(&pass, "k", Precision::Double, false, "").is_err());
}

#[test]
fn kernels_are_the_same_every_time() {
    let texts = || {
        let kernel = |case: &passes::Case| {
            scheme::kernel(&case.pass, &case.name, Precision::Double, false, "").unwrap()
        };
        ptx::module(&passes::all().iter().map(kernel).collect::<Vec<_>>())
    };
    assert!(texts() == texts());
}
