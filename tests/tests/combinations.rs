//! Random combinations of a formula, its derivatives, a reduction, its axis, a mask, ranges, batches, rows repeated for
//! them, a way to accumulate and a floating type, run at every CPU level and on a simulated GPU, which interprets the
//! PTX, against the f64 interpreter of the same schedule.
//!
//! On the GPU a combination is a whole call: its passes with their tables of tasks, one after the
//! other, with columns cut in parts whose states are merged there, or by the states of `partial`.
#![allow(missing_docs, reason = "a test")]

#[path = "combinations/draw.rs"]
mod draw;
mod support;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use keops_compiler::calls::{Call, Calls, calls};
use keops_compiler::diagnostic::Diagnostics;
use keops_compiler::{check, parse};
use keops_program::interpret::{Pairs, run_schedule_over};
use keops_program::schedule::{Axis, Schedule};
use keops_runtime::batch::Batch;
use keops_runtime::cpu::Level;
use keops_runtime::{Device, ErrorKind, Options, Ranges, Real, simulated};

use draw::{Combination, Derivative};
use support::call::{Over, descriptor, precision, run_over, run_parts};
use support::kernel::{FLAVOURS, ptx};
use support::{Faults, bits, difference, round};

const COUNT: u64 = 1000;

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

/// A combination with its numbers, and what the oracle says.
struct Run<'r> {
    one: &'r Combination,
    schedule: &'r Schedule,
    given: Vec<Vec<f64>>,
    wanted: Vec<Vec<f64>>,
    ranges: Option<Ranges>,
    options: Options,
    tolerance: f64,
    what: String,
}

impl<'r> Run<'r> {
    fn new<T: Real>(seed: u64, one: &'r Combination, schedule: &'r Schedule) -> Run<'r> {
        let given = one.given(seed, schedule, precision::<T>());
        let pairs = Pairs {
            m: one.rows(Axis::I),
            n: one.rows(Axis::J),
            batches: one.batches.iter().product(),
            meet: &|i, j| one.meet(i, j),
        };
        let wanted = run_schedule_over(schedule, &one.repeated(schedule, &given), &pairs);
        let mut wanted = one.summed(schedule, wanted);
        // What is too large for a float is infinite.
        let numbers = wanted.iter_mut().flatten();
        numbers.for_each(|x| *x = round(*x, precision::<T>()));
        let ranges = one.blocks.as_ref();
        let mut options = Options::new(true);
        options.accumulate = one.accumulate;
        options.batch = Batch::new(&one.batches);
        Run {
            one,
            schedule,
            wanted,
            given,
            ranges: ranges.map(|blocks| Ranges::from_blocks(pairs.m, pairs.n, blocks).unwrap()),
            options,
            tolerance: if one.single { 3e-4 } else { 1e-10 },
            what: format!("seed {seed}: {one}"),
        }
    }

    fn over(&self) -> Over<'_> {
        Over {
            ranges: self.ranges.as_ref(),
            repeats: &self.one.repeats,
        }
    }

    fn compare(&self, what: &str, found: &[Vec<f64>], faults: &mut Faults) {
        faults.compare(what, found, &self.wanted, |found, wanted| {
            difference(found, wanted, self.tolerance)
        });
    }

    /// On every level of the CPU; those that fuse products with sums give the same bits.
    fn on_cpu<T: Real>(&self, faults: &mut Faults) {
        let descriptor = descriptor::<T>("f", self.schedule, None);
        let mut options = self.options;
        options.device = Some(Device::Cpu);
        let mut fused: Option<Vec<Vec<f64>>> = None;
        for level in Level::available() {
            options.level = Some(level);
            let what = format!("{}, {level:?}", self.what);
            match run_over(
                &descriptor,
                self.schedule,
                &self.given,
                &options,
                &self.over(),
            ) {
                Ok(found) => {
                    self.compare(&what, &found, faults);
                    if level != Level::Baseline {
                        let first = fused.get_or_insert_with(|| found.clone());
                        faults.compare(&what, &found, first, bits);
                    }
                }
                Err(error) => faults.add(&what, Some(error.to_string())),
            }
        }
    }

    /// On a simulated GPU; how it ran there.
    fn on_gpu<T: Real>(&self, faults: &mut Faults) -> Vec<How> {
        let (gpu, mut options, over) = (self.one.gpu, self.options, self.over());
        options.device = Some(Device::Cuda(0));
        options.accurate = gpu.accurate;
        let flavour = FLAVOURS[match (self.one.single, gpu.accurate) {
            (true, accurate) => usize::from(accurate),
            (false, _) => 2,
        }];
        let text = ptx(self.schedule, "f", flavour);
        let descriptor = descriptor::<T>("f", self.schedule, Some(text));
        simulated::install();
        simulated::split(Some(gpu.parts));
        let parts = self.one.parts(self.schedule, &self.given);
        let by_states =
            parts.map(|parts| run_parts(&descriptor, self.schedule, &parts, &options, &over));
        let whole = || run_over(&descriptor, self.schedule, &self.given, &options, &over);
        let (found, by_states) = match by_states {
            // Its passes need each other.
            Some(Err(error)) if error.kind() == ErrorKind::Unsupported => (whole(), false),
            Some(found) => (found, true),
            None => (whole(), false),
        };
        let what = format!("{} on the GPU", self.what);
        match found {
            Ok(found) => self.compare(&what, &found, faults),
            Err(error) => faults.add(&what, Some(error.to_string())),
        }
        let left = (!simulated::is_clean()).then(|| "something is left on the device".into());
        faults.add(&what, left);
        let launches = simulated::launches();
        // A pass whose parts leave states is launched again to merge them.
        let merged = launches.windows(2).any(|two| two[0] == two[1]) && !by_states;
        if launches.is_empty() && self.one.has_pairs() {
            faults.add(&what, Some("nothing was launched".into()));
        }
        let did = [
            (!launches.is_empty(), How::Gpu),
            (merged, How::Merged),
            (by_states, How::ByStates),
        ];
        let did = did.into_iter().filter(|(did, _)| *did);
        did.map(|(_, how)| how).collect()
    }
}

/// How a combination ran.
#[derive(Clone, Copy)]
enum How {
    Cpu,
    Gpu,
    /// On the GPU, the states of parts of the columns merged there.
    Merged,
    /// From the states of parts that `partial` gives, folded on the GPU and merged here.
    ByStates,
}

/// How often each choice ran in each way.
type Covered = BTreeMap<String, [u32; 4]>;

/// Runs the combination of a seed.
fn run_one(seed: u64, covered: &mut Covered, faults: &mut Faults) {
    let mut one = Combination::new(seed);
    let calls = match compiled(&one.text) {
        Ok(calls) => calls,
        Err(message) => return faults.add(&one.to_string(), Some(message)),
    };
    // Positions have no derivatives.
    let call = calls.list.iter().filter(|call| one.derivative.is(call));
    let choices: Vec<&Call> = call.collect();
    let call = match choices[..] {
        [] => {
            one.derivative = Derivative::None;
            &calls.list[0]
        }
        _ => choices[seed as usize % choices.len()],
    };
    one.repeat_given(&calls, call);
    let schedule = &call.schedule;
    let mut did = if one.single {
        let run = Run::new::<f32>(seed, &one, schedule);
        run.on_cpu::<f32>(faults);
        run.on_gpu::<f32>(faults)
    } else {
        let run = Run::new::<f64>(seed, &one, schedule);
        run.on_cpu::<f64>(faults);
        run.on_gpu::<f64>(faults)
    };
    did.push(How::Cpu);
    for part in one.made_of() {
        let counts = covered.entry(part).or_default();
        did.iter().for_each(|&how| counts[how as usize] += 1);
    }
}

#[test]
fn random_combinations_are_the_oracle_s() {
    let next = AtomicU64::new(0);
    let done = Mutex::new((Covered::new(), Faults::default()));
    // Each thread has a simulated driver of its own.
    let work = || {
        let (mut covered, mut faults) = (Covered::new(), Faults::default());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= COUNT {
                break;
            }
            run_one(seed, &mut covered, &mut faults);
        }
        let (all, all_faults) = &mut *done.lock().unwrap();
        for (part, counts) in covered {
            let sum = all.entry(part).or_default();
            sum.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
        all_faults.append(faults);
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, |count| count.get());
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let (covered, faults) = done.into_inner().unwrap();
    println!("  CPU   GPU merged states");
    for (part, [cpu, gpu, merged, states]) in &covered {
        println!("{cpu:5} {gpu:5} {merged:6} {states:6}  {part}");
    }
    drop(faults);
    // Every choice runs on the GPU, with every row of the table, and in every way.
    for part in draw::parts() {
        let [_, gpu, merged, states] = covered.get(&part).copied().unwrap_or_default();
        assert!(
            gpu > 0 && merged > 0,
            "{part} does not run on the GPU, whole and in parts"
        );
        assert!(
            states > 0 || draw::SEVERAL_PASSES.contains(&part.as_str()),
            "{part} is not merged from states"
        );
    }
}
