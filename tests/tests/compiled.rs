//! A third of the corpus through `keops!`: the compiled kernels at every CPU level, against the lane
//! interpreter bit for bit, and against JAX.
#![allow(missing_docs, reason = "a test")]
#![forbid(unsafe_code)]

mod support;

use keops_program::arith::Precision;
use keops_runtime::cpu::Level;
use keops_runtime::plan::{Engine, Plan, Work};
use keops_runtime::{Device, Options, Row};
use rayon::ThreadPoolBuilder;

use support::reader::{GOLDEN_SIZE, golden};
use support::{CORPUS, Compiled, Faults, Size, bits};

use cases::CASES;

/// How a case is run.
#[derive(Clone, Copy, Debug)]
struct How {
    /// By the compiled kernels, in whatever build; else by the lane interpreter.
    compiled: bool,
    level: Level,
}

impl How {
    fn set(self, options: &mut Options) {
        options.device = Some(Device::Cpu);
        options.level = Some(self.level);
        options.dev = !self.compiled;
    }
}

/// What a case gives.
#[derive(Default)]
struct Results {
    /// The results of the value, then the gradients; an index of no row is -1.
    numbers: Vec<Vec<f64>>,
    plans: Vec<Plan>,
}

impl Results {
    fn plan(&mut self, plan: Plan) {
        self.plans.push(plan);
    }

    fn rows<R: Row>(&mut self, rows: &[R])
    where
        R::Scalar: Number,
    {
        self.numbers
            .push(R::flatten(rows).iter().map(|x| x.number()).collect());
    }

    /// That all pairs were gone over in this way.
    fn ran(&self, how: How) -> Option<String> {
        let engine = if how.compiled {
            Engine::Compiled
        } else {
            Engine::Interpreted
        };
        let steps = self.plans.iter().flat_map(|plan| &plan.passes);
        let mut pairs = steps.filter(|step| matches!(step.work, Work::Pairs(_)));
        pairs
            .find(|step| step.engine != engine)
            .map(|step| format!("{:?} ran it", step.engine))
    }
}

/// A number of a row.
trait Number: Copy {
    fn of(number: f64) -> Self;
    fn number(self) -> f64;
}

macro_rules! numbers {
    ($($ty:ty: $of:expr, $number:expr;)*) => { $(
        impl Number for $ty {
            fn of(number: f64) -> $ty {
                $of(number)
            }
            fn number(self) -> f64 {
                $number(self)
            }
        }
    )* };
}
numbers! {
    f32: |x| x as f32, f64::from;
    f64: |x| x, |x| x;
    u32: |x| x as u32, |x| f64::from(x as i32);
    bool: |x| x != 0.0, |x| f64::from(u8::from(x));
}

/// Numbers as rows.
fn rows<R: Row>(numbers: &[f64]) -> Vec<R>
where
    R::Scalar: Number,
{
    let mut rows = vec![R::ZERO; numbers.len() / R::WIDTH];
    let places = R::flatten_mut(&mut rows).iter_mut().zip(numbers);
    places.for_each(|(place, &number)| *place = Number::of(number));
    rows
}

type Run = fn(&[Vec<f64>], How) -> keops::Result<Results>;

/// A formula of the corpus that was compiled with this test.
struct Case {
    name: &'static str,
    single: Run,
    double: Run,
}

impl Case {
    fn of(&self) -> &'static Compiled {
        let mut all = CORPUS.iter();
        all.find(|compiled| compiled.case.name == self.name)
            .expect("it is of the corpus")
    }

    fn run(&self, precision: Precision, size: Size, how: How) -> Result<Results, String> {
        let given = self.of().given(size, precision);
        let run = match precision {
            Precision::Single => self.single,
            Precision::Double => self.double,
        };
        let results = run(&given, how).map_err(|error| error.to_string())?;
        results.ran(how).map_or(Ok(results), Err)
    }
}

/// The formulas and the functions that run them, written by build.rs.
mod cases {
    use super::{Case, How, Number, Results, rows};
    include!(concat!(env!("OUT_DIR"), "/cases.rs"));
}

const BOTH: [Precision; 2] = [Precision::Single, Precision::Double];

#[test]
fn compiled_kernels_have_the_bits_of_the_interpreter() {
    let mut faults = Faults::default();
    for (number, case) in CASES.iter().enumerate() {
        // All columns of two blocks, and a size that changes from case to case.
        let sizes = [
            (67, 129),
            [(0, 3), (1, 0), (9, 64), (7, 65), (128, 1)][number % 5],
        ];
        for (precision, size) in BOTH.into_iter().flat_map(|p| sizes.map(|size| (p, size))) {
            for level in Level::available() {
                let what = format!("{} {precision:?} at {size:?}, {level:?}", case.name);
                let run = |compiled| case.run(precision, size, How { compiled, level });
                match (run(true), run(false)) {
                    (Ok(found), Ok(wanted)) => {
                        faults.compare(&what, &found.numbers, &wanted.numbers, bits);
                    }
                    (Err(fault), _) | (_, Err(fault)) => faults.add(&what, Some(fault)),
                }
            }
        }
    }
}

#[test]
fn values_and_gradients_are_those_of_jax() {
    let (mut faults, golden) = (Faults::default(), golden());
    for case in CASES {
        let (seed, golden) = (case.of().case.seed, &golden[case.name]);
        let gradients = golden.gradients.iter().map(|(_, numbers)| numbers);
        let wanted: Vec<_> = golden.values.iter().chain(gradients).collect();
        for (precision, tolerance) in BOTH.into_iter().zip([5e-5, 1e-12]) {
            let tolerance = tolerance * case.of().condition(precision);
            for level in Level::available() {
                let what = format!("{} {precision:?}, {level:?}", case.name);
                let how = How {
                    compiled: true,
                    level,
                };
                match case.run(precision, GOLDEN_SIZE, how) {
                    Ok(found) if found.numbers.len() == wanted.len() => {
                        for (k, (found, wanted)) in found.numbers.iter().zip(&wanted).enumerate() {
                            let what = format!("{what}: array {k}");
                            faults.add(&what, wanted.fault(seed, found, tolerance));
                        }
                    }
                    Ok(_) => faults.add(&what, Some("another number of results".into())),
                    Err(fault) => faults.add(&what, Some(fault)),
                }
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let pools = [1, 2].map(|threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads can be started")
    });
    let mut faults = Faults::default();
    for (number, case) in CASES.iter().enumerate() {
        // Several blocks of rows, or several chunks of columns.
        let size = [(600, 70), (3, 2500)][number % 2];
        for precision in BOTH {
            let how = How {
                compiled: true,
                level: Level::best(),
            };
            let [one, two] = pools
                .each_ref()
                .map(|pool| pool.install(|| case.run(precision, size, how)));
            let what = format!("{} {precision:?} at {size:?}", case.name);
            match (one, two) {
                (Ok(one), Ok(two)) => faults.compare(&what, &two.numbers, &one.numbers, bits),
                (Err(fault), _) | (_, Err(fault)) => faults.add(&what, Some(fault)),
            }
        }
    }
}
