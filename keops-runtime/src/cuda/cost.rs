//! How a kernel is launched: the candidates, a model of the time that each takes, and the choice.
//!
//! Blocks come in waves: as many as the device holds at once. A wave takes as long as its fullest
//! multiprocessor, whose rate grows with the warps that it has to choose from. Splitting the columns
//! fills the device where there are few rows, and costs a merge of the partial states.
//!
//! The choice depends on sizes and the device, never on a measurement, so that results can be
//! reproduced.

/// A device as the model sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hardware {
    multiprocessors: u32,
    /// Warps that a multiprocessor holds.
    warps: u32,
    /// Cycles per second.
    clock: f64,
}

/// What a pass does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Bytes of a row's partial state.
    pub(super) state: usize,
}

/// A kernel that does it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Variant {
    pub(super) threads: u32,
    pub(super) rows_per_thread: u32,
    /// Warps of it that a multiprocessor holds, for its registers.
    pub(super) warps: u32,
    /// Instructions per pair.
    pub(super) instructions: f64,
}

/// How it is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Launch {
    pub(super) threads: u32,
    pub(super) rows_per_thread: u32,
    /// Blocks for all rows, each `splits` times.
    pub(super) blocks: u32,
    /// Parts of the columns.
    pub(super) splits: u32,
}

/// A launch and the time that the model says it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) launch: Launch,
    pub(super) seconds: f64,
}

/// The part of the full rate that a multiprocessor reaches with so many warps (simulated, sm_90).
const SATURATION: [(f64, f64); 8] = [
    (0.0, 0.0),
    (4.0, 0.32),
    (8.0, 0.53),
    (12.0, 0.62),
    (16.0, 0.73),
    (20.0, 0.92),
    (24.0, 0.96),
    (32.0, 1.0),
];
/// Lanes whose instructions a multiprocessor issues in a cycle.
const LANES: f64 = 128.0;
/// Cycles that a wave takes besides its pairs.
const WAVE: f64 = 1500.0;
/// Seconds that a launch takes.
const LAUNCH: f64 = 2.5e-6;
/// Bytes of partial states that are written or read in a second.
const BANDWIDTH: f64 = 1e12;
/// Fewer columns are not worth a part.
const COLUMNS: usize = 256;
/// More parts must be faster by this factor, or they are not worth it.
const GAIN: f64 = 0.97;
/// The numbers of parts that are tried.
const SPLITS: [u32; 24] = [
    2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512,
];
/// Bytes that partial states may take.
const STATES: usize = 256 << 20;
/// Cycles that a thread takes to merge a state: it waits for its memory.
const MERGE: f64 = 300.0;

impl Hardware {
    /// A device; what its driver does not say (0) is taken to be usual.
    pub(super) fn new(multiprocessors: u32, warps: u32, clock: f64) -> Hardware {
        Hardware {
            multiprocessors: multiprocessors.max(1),
            warps: if warps == 0 { 48 } else { warps },
            clock: if clock > 0.0 { clock } else { 1.5e9 },
        }
    }
}

/// The launch that is fastest by the model.
pub(super) fn choose(hardware: &Hardware, work: &Work, variant: Variant) -> Choice {
    let choice = |splits| {
        let launch = launch(work, &variant, splits);
        Choice {
            launch,
            seconds: time(hardware, work, &variant, &launch),
        }
    };
    let mut best = choice(1);
    for splits in SPLITS.iter().copied().filter(|&splits| {
        let states = work
            .rows
            .saturating_mul(work.state)
            .saturating_mul(splits as usize);
        work.columns / splits as usize >= COLUMNS && states <= STATES
    }) {
        let new = choice(splits);
        if new.seconds < best.seconds * GAIN {
            best = new;
        }
    }
    best
}

fn launch(work: &Work, variant: &Variant, splits: u32) -> Launch {
    let rows = variant.threads as usize * variant.rows_per_thread as usize;
    Launch {
        threads: variant.threads,
        rows_per_thread: variant.rows_per_thread,
        // Rows are fewer than 2³¹.
        blocks: u32::try_from(work.rows.div_ceil(rows.max(1))).unwrap_or(u32::MAX),
        splits,
    }
}

/// Seconds that a launch takes.
fn time(hardware: &Hardware, work: &Work, variant: &Variant, launch: &Launch) -> f64 {
    let warps = variant.threads.div_ceil(32).max(1);
    let resident = (variant.warps.min(hardware.warps) / warps).max(1);
    let multiprocessors = u64::from(hardware.multiprocessors);
    let wave = multiprocessors * u64::from(resident);
    let blocks = u64::from(launch.blocks) * u64::from(launch.splits);

    let rows = f64::from(variant.threads) * f64::from(variant.rows_per_thread);
    let pairs = rows * work.columns.div_ceil(launch.splits as usize) as f64;
    let cycles = |blocks: u64| {
        if blocks == 0 {
            return 0.0;
        }
        let fullest = blocks.div_ceil(multiprocessors) as f64;
        let rate = LANES / variant.instructions * saturation(fullest * f64::from(warps));
        fullest * pairs / rate + WAVE
    };
    let seconds = ((blocks / wave) as f64 * cycles(wave) + cycles(blocks % wave)) / hardware.clock;
    let merge = match launch.splits {
        1 => 0.0,
        splits => {
            let bytes = f64::from(splits + 1) * work.rows as f64 * work.state as f64;
            LAUNCH + bytes / BANDWIDTH + f64::from(splits) * MERGE / hardware.clock
        }
    };
    LAUNCH + seconds + merge
}

/// The part of the full rate that a multiprocessor reaches with so many warps.
fn saturation(warps: f64) -> f64 {
    for pair in SATURATION.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        if warps <= to {
            return low + (high - low) * (warps - from) / (to - from);
        }
    }
    1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An H200: 132 multiprocessors of 64 warps, 1.755 GHz.
    fn hardware() -> Hardware {
        Hardware::new(132, 64, 1.755e9)
    }

    /// A kernel of so many rows per thread.
    fn variant(rows_per_thread: u32, instructions: f64) -> Variant {
        Variant {
            threads: 128,
            rows_per_thread,
            warps: if rows_per_thread > 2 { 48 } else { 64 },
            instructions,
        }
    }

    fn work(rows: usize, columns: usize) -> Work {
        Work {
            rows,
            columns,
            state: 4,
        }
    }

    /// The part of the device's rate that a choice reaches.
    fn efficiency(work: &Work, launch: &Launch) -> f64 {
        let pairs = work.rows as f64 * work.columns as f64;
        let ideal = pairs * 8.6 / (128.0 * 132.0) / 1.755e9;
        ideal / time(&hardware(), work, &variant(4, 8.6), launch)
    }

    fn chosen(work: &Work) -> Launch {
        choose(&hardware(), work, variant(4, 8.6)).launch
    }

    #[test]
    fn rows_are_cut_in_blocks() {
        let variant = variant(1, 9.4);
        for (rows, blocks) in [
            (0, 0),
            (1, 1),
            (128, 1),
            (129, 2),
            (i32::MAX as usize, 1 << 24),
        ] {
            let chosen = choose(&hardware(), &work(rows, 200), variant).launch;
            assert_eq!(
                chosen,
                Launch {
                    threads: 128,
                    rows_per_thread: 1,
                    blocks,
                    splits: 1
                }
            );
        }
    }

    #[test]
    fn few_rows_are_split_and_many_are_not() {
        for (rows, columns, least) in [
            (1000, 1_000_000, 0.7),
            (10_000, 1_000_000, 0.8),
            (100_000, 1_000_000, 0.9),
            (1_000_000, 1_000_000, 0.9),
            (10_000, 10_000, 0.3),
        ] {
            let work = work(rows, columns);
            let chosen = chosen(&work);
            let reached = efficiency(&work, &chosen);
            assert!(
                reached > least,
                "{rows} {columns}: {chosen:?} reaches {reached}"
            );
        }
        assert!(chosen(&work(1000, 1_000_000)).splits > 32);
        assert!(chosen(&work(10_000_000, 1_000_000)).splits <= 2);
        // A sum over everything.
        assert!(chosen(&work(1, 1_000_000)).splits >= 64);
        // States that would not fit.
        let wide = Work {
            state: 4096,
            ..work(10_000, 1_000_000)
        };
        let states = chosen(&wide).splits as usize * wide.rows * wide.state;
        assert!(states <= STATES);
    }

    #[test]
    fn a_split_has_columns_enough_and_one_that_gains_nothing_is_not_made() {
        assert_eq!(chosen(&work(100, 511)).splits, 1);
        assert_eq!(chosen(&work(100, 0)).splits, 1);
        for columns in [512, 5000, 100_000] {
            let chosen = chosen(&work(300, columns));
            assert!(columns / chosen.splits as usize >= COLUMNS, "{chosen:?}");
        }
    }

    #[test]
    fn more_of_the_same_is_not_faster() {
        let (hardware, variant) = (hardware(), variant(1, 9.4));
        let mut before = 0.0;
        for rows in [
            1,
            128 * 132,
            128 * 132 * 2,
            128 * 132 * 17,
            1 << 24,
            1 << 30,
        ] {
            let work = work(rows, 4096);
            let time = time(&hardware, &work, &variant, &launch(&work, &variant, 1));
            assert!(
                time.is_finite() && time >= before,
                "{rows}: {time} after {before}"
            );
            before = time;
        }
        assert_eq!(saturation(0.0), 0.0);
        assert_eq!(saturation(4.0), 0.32);
        assert_eq!(saturation(64.0), 1.0);
    }

    #[test]
    fn a_driver_that_says_nothing_does_no_harm() {
        let hardware = Hardware::new(0, 0, 0.0);
        let chosen = choose(&hardware, &work(1000, 1000), variant(1, 9.4));
        assert!(
            chosen.seconds.is_finite() && chosen.launch.blocks > 0,
            "{chosen:?}"
        );
    }
}
