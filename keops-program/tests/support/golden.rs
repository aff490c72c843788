//! The golden values of the elementary functions, by MPFR, and errors in units in the last place.
//!
//! The tests of the runtime and of the GPU kernels include this file.

use keops_program::op::{Op, Row};

/// Made by tools/golden/functions.py, whose first lines say what a line holds.
const GOLDEN: &str = include_str!("../golden/functions.txt");

/// A floating type, as errors count it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// Its name.
    pub(crate) name: &'static str,
    /// Binary digits, the leading one included.
    pub(crate) digits: i32,
    /// The exponent of the smallest normal number.
    pub(crate) least: i32,
    /// The largest number.
    pub(crate) largest: f64,
}

/// f32
pub(crate) const F32: Format = Format {
    name: "f32",
    digits: 24,
    least: -126,
    largest: f32::MAX as f64,
};

/// f64
pub(crate) const F64: Format = Format {
    name: "f64",
    digits: 53,
    least: -1022,
    largest: f64::MAX,
};

impl Format {
    /// The smallest normal number.
    pub(crate) fn smallest(self) -> f64 {
        f64::from_bits(((self.least + 1023) as u64) << 52)
    }

    /// Whether it holds a number exactly.
    pub(crate) fn holds(self, a: f64) -> bool {
        self.digits == 53 || a.is_nan() || f64::from(a as f32).to_bits() == a.to_bits()
    }

    /// How far a result is from an exact value, in units in the last place. A value beyond the largest
    /// number is infinite, one below the smallest keeps the smallest's unit.
    pub(crate) fn ulps(self, got: f64, exact: f64) -> f64 {
        self.ulps_beside(got, exact, 0.0)
    }

    /// The same in units of `scale`, where that is larger than the exact value.
    fn ulps_beside(self, got: f64, exact: f64, scale: f64) -> f64 {
        let limit = self.largest * (1.0 + f64::from(self.digits == 24) * 2f64.powi(-25));
        let exact = if exact.abs() >= limit && exact.abs() > self.largest {
            exact * f64::INFINITY
        } else {
            exact
        };
        if got == exact || got.is_nan() && exact.is_nan() {
            return 0.0;
        }
        if !got.is_finite() || !exact.is_finite() {
            return f64::INFINITY;
        }
        let unit = exact.abs().max(scale);
        let exponent = ((unit.to_bits() >> 52) as i32 - 1023).max(self.least);
        // In two steps: the unit of the smallest numbers has no inverse.
        let steps = self.digits - 1 - exponent;
        (got - exact).abs() * 2f64.powi(steps / 2) * 2f64.powi(steps - steps / 2)
    }
}

/// A row's value at a point.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// The arguments.
    pub(crate) arguments: Vec<f64>,
    /// The true value, rounded to f64.
    pub(crate) value: f64,
    /// What it leaves out, in units in its last place.
    pub(crate) rest: f64,
}

impl Point {
    /// The error of a result, in units in the last place. Of a row that flushes, a result that would
    /// be subnormal has to be 0; a zero has to have the true sign.
    pub(crate) fn error(&self, row: &Row, got: f64, format: Format) -> f64 {
        if row.flushes && self.value.abs() < format.smallest() {
            return match got.abs() {
                a if a == 0.0 || a == format.smallest() => 0.0,
                _ => f64::INFINITY,
            };
        }
        let scale = row.scale.map_or(0.0, |scale| scale(&self.arguments));
        if scale.is_finite() && scale > self.value.abs() {
            return format.ulps_beside(got, self.value, scale);
        }
        if got == 0.0 && self.value == 0.0 && self.rest == 0.0 {
            let same = got.is_sign_negative() == self.value.is_sign_negative();
            return if same { 0.0 } else { f64::INFINITY };
        }
        if format.digits < 53 || !got.is_finite() || !self.value.is_finite() || self.rest == 0.0 {
            return format.ulps(got, self.value);
        }
        let unit = f64::from_bits(self.value.abs().to_bits() + 1) - self.value.abs();
        ((got - self.value) / unit - self.rest).abs()
    }

    /// The point in words.
    pub(crate) fn say(&self, row: &Row, got: f64) -> String {
        let arguments: Vec<String> = self.arguments.iter().map(|x| format!("{x:e}")).collect();
        let arguments = arguments.join(", ");
        format!("{}({arguments}) = {got:e}, not {:e}", row.name, self.value)
    }
}

/// The number with these bits.
fn number(word: &str) -> f64 {
    let bits = u64::from_str_radix(word, 16).expect("hexadecimal digits");
    match word.len() {
        8 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits),
    }
}

/// The golden values of a row at arguments that the format holds. Rows that promise to be rounded
/// correctly are IEEE's operations and have none; every other row has to have some.
pub(crate) fn points(op: Op, format: Format) -> Vec<Point> {
    let row = op.row();
    let mut points = Vec::new();
    let mut name = "";
    for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
        if let Some(new) = line.strip_prefix("= ") {
            name = new;
        } else if name == row.name {
            let words: Vec<&str> = line.split(' ').collect();
            let arguments: Vec<f64> = words[..row.arity].iter().map(|word| number(word)).collect();
            let thousandths = words
                .get(row.arity + 1)
                .map_or(0.0, |word| word.parse().expect("thousandths of a unit"));
            if arguments.iter().all(|&x| format.holds(x)) {
                points.push(Point {
                    arguments,
                    value: number(words[row.arity]),
                    rest: thousandths / 1000.0,
                });
            }
        }
    }
    assert!(
        row.ulp <= 0.5 || points.len() > 100,
        "{}: add it to FUNCTIONS in tools/golden/functions.py and run that",
        row.name
    );
    points
}

/// The largest of the errors of results at points, printed beside the promise; what exceeds it.
pub(crate) fn judge(
    op: Op,
    what: &str,
    format: Format,
    promised: f64,
    results: impl Iterator<Item = (Point, f64)>,
) -> Vec<String> {
    let row = op.row();
    let mut worst = (0.0, String::new());
    let mut failures = Vec::new();
    for (point, got) in results {
        let error = point.error(row, got, format);
        let say = || {
            format!(
                "{} {what}: {error:.3} ulp: {}",
                format.name,
                point.say(row, got)
            )
        };
        if error > worst.0 {
            worst = (error, point.say(row, got));
        }
        if error > promised {
            failures.push(say());
        }
    }
    if worst.0 > 0.0 {
        println!(
            "{:10} {} {what:9} {:.3} ulp of {promised}: {}",
            row.name, format.name, worst.0, worst.1
        );
    }
    failures.truncate(5);
    failures
}
