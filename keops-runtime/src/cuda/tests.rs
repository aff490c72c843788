//! Schedules on a simulated device against the oracle, and what goes wrong.

mod case;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "it is there for the tests of the CPU, too"
)]
#[path = "../../tests/common/passes.rs"]
mod passes;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "it is there for the tests of the CPU, too"
)]
#[path = "../../tests/common/schedules.rs"]
mod schedules;

use super::Call;
use super::choice::choose_with;
use super::driver::{self, Driver};
use super::simulated;
use crate::argument::Argument;
use crate::device::Device;
use crate::error::ErrorKind;
use crate::execute::Offsets;
use crate::row::Real;
use crate::view::View;
use case::{BATCHES, Case, assert_close};
use passes::TWO_PASSES;
use schedules::{GAUSSIAN, LABELS, LOGSUMEXP, NEAREST, WIDE};

const GIGABYTE: usize = 1 << 30;

/// That nothing is left behind but the streams that are kept.
fn assert_clean() {
    simulated::with(|state| {
        assert_eq!((state.buffers(), state.entered), (0, 0));
        assert!(state.streams <= 1);
    });
}

fn agrees<T: Real>(schedule: &str, tolerance: f64) {
    let driver = simulated::driver(1, GIGABYTE);
    for (i, j) in [
        (0, 0),
        (0, 5),
        (5, 0),
        (1, 1),
        (3, 65),
        (129, 64),
        (130, 200),
        // Columns in parts.
        (2, 1100),
    ] {
        let case = Case::<T>::new(schedule, i, j);
        let what = format!("{i} × {j} of {}", std::any::type_name::<T>());
        let found = case.run(driver, &case.arguments(), Vec::new());
        let (found, _) = found.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_close(&found, &case.expected(), tolerance, &what);
        assert_clean();
    }
}

#[test]
fn schedules_agree_with_the_oracle_in_f32() {
    agrees::<f32>(GAUSSIAN, 2e-5);
    agrees::<f32>(WIDE, 2e-5);
    agrees::<f32>(NEAREST, 0.0);
    agrees::<f32>(LOGSUMEXP, 1e-5);
    agrees::<f32>(LABELS, 1e-5);
    agrees::<f32>(TWO_PASSES, 2e-5);
}

#[test]
fn schedules_agree_with_the_oracle_in_f64() {
    agrees::<f64>(GAUSSIAN, 1e-12);
    agrees::<f64>(NEAREST, 0.0);
    agrees::<f64>(LABELS, 1e-12);
    agrees::<f64>(TWO_PASSES, 1e-12);
}

#[test]
fn few_rows_are_split_and_their_states_merged() {
    let driver = simulated::driver(1, GIGABYTE);
    for schedule in [GAUSSIAN, NEAREST, LOGSUMEXP, LABELS] {
        let mut case = Case::<f64>::new(schedule, 3, 1500);
        for block in [64, 1] {
            case.block = block;
            let found = case.run(driver, &case.arguments(), Vec::new());
            let (found, _) = found.unwrap_or_else(|error| panic!("{error}"));
            assert_close(&found, &case.expected(), 1e-12, schedule);
            assert_clean();
        }
        simulated::with(|state| {
            let launches = |name: &str| state.log.iter().filter(|e| e.starts_with(name)).count();
            assert_eq!(launches("case_of_0"), 4, "{:?}", state.log);
            state.log.clear();
        });
    }
}

/// What meets what in a case, against the oracle, in blocks of 64 columns and of one.
fn meets(mut case: Case<f64>, what: &str) {
    let driver = simulated::driver(1, GIGABYTE);
    for block in [64, 1] {
        case.block = block;
        let found = case.run(driver, &case.arguments(), Vec::new());
        let (found, _) = found.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_close(&found, &case.expected(), 1e-12, what);
        assert_clean();
    }
}

#[test]
fn rows_meet_columns_in_ranges() {
    for schedule in [GAUSSIAN, NEAREST, LOGSUMEXP, LABELS, TWO_PASSES, WIDE] {
        let blocks = [
            (0..3, 0..70),
            (0..3, 100..130),
            (3..140, 65..66),
            (150..160, 3..130),
        ];
        meets(Case::ranges(schedule, (160, 130), &blocks), schedule);
        meets(Case::ranges(schedule, (5, 7), &[]), schedule);
        // Columns in parts.
        meets(
            Case::ranges(schedule, (3, 1500), &[(1..3, 7..1500)]),
            schedule,
        );
    }
}

#[test]
fn rows_meet_columns_of_their_batch() {
    for schedule in [GAUSSIAN, NEAREST, LOGSUMEXP, LABELS, TWO_PASSES, BATCHES] {
        for (i, j, batches) in [(6, 9, 3), (260, 130, 2), (4, 0, 4), (2, 1200, 2)] {
            let what = format!("{i} × {j} in {batches}: {schedule}");
            meets(Case::batches(schedule, (i, j), batches), &what);
        }
    }
}

#[test]
fn rows_stand_for_those_of_several_batches() {
    // What of each argument is repeated, of two axes of batches. A batch has at least one row.
    let repeats: [[Option<&[usize]>; 3]; 6] = [
        [None, Some(&[1, 3]), None],
        [None, Some(&[2, 1]), Some(&[1, 1])],
        [Some(&[2, 1]), Some(&[1, 3]), None],
        [Some(&[2, 3]), None, Some(&[2, 1])],
        [None, None, Some(&[1, 3])],
        [None, Some(&[2, 3]), Some(&[2, 3])],
    ];
    for schedule in [GAUSSIAN, NEAREST, LOGSUMEXP, LABELS, BATCHES] {
        for (i, j) in [(6, 12), (780, 6 * 70), (6, 6 * 1100)] {
            // More than a few rows take their time.
            let some = if i > 6 { 2 } else { repeats.len() };
            for repeats in &repeats[..some] {
                let case = Case::batches(schedule, (i, j), 6);
                let arguments = case.schedule.arguments.len();
                let own = &repeats[..arguments.min(3)];
                let what = format!("{i} × {j}, {own:?}: {schedule}");
                meets(case.tiled(&[2, 3], own), &what);
            }
        }
    }
}

#[test]
fn gradients_are_summed_over_repetitions() {
    for (i, j) in [(6, 12), (780, 6 * 70)] {
        // The gradient by y has y's rows.
        let schedule = TWO_PASSES.replace("result 1 0", "result 1 0 like 1");
        let case = Case::<f64>::batches(&schedule, (i, j), 6);
        assert!(case.schedule.results.iter().any(|r| r.like == Some(1)));
        let repeats: [&[usize]; 2] = [&[2, 1], &[1, 3]];
        for repeats in repeats {
            let case = Case::batches(&schedule, (i, j), 6);
            meets(case.tiled(&[2, 3], &[None, Some(repeats)]), &schedule);
        }
    }
}

#[test]
fn a_module_is_compiled_once_and_arguments_are_copied_once() {
    let driver = simulated::driver(1, GIGABYTE);
    let case = Case::<f32>::new(GAUSSIAN, 5, 6);
    for _ in 0..3 {
        case.run(driver, &case.arguments(), Vec::new())
            .expect("a result");
    }
    simulated::with(|state| {
        let count = |what: &str| state.log.iter().filter(|e| e.starts_with(what)).count();
        assert_eq!(
            (count("compile"), count("case_of_0"), count("upload")),
            (1, 3, 12)
        );
        // The results, and the first pass for its own sake.
        assert_eq!(count("download"), 6);
        assert_eq!(state.streams, 1);
    });
}

#[test]
fn what_is_done_is_not_done_again() {
    let driver = simulated::driver(1, GIGABYTE);
    for schedule in [NEAREST, TWO_PASSES] {
        let case = Case::<f64>::new(schedule, 20, 30);
        let (all, kept) = case
            .run(driver, &case.arguments(), Vec::new())
            .expect("a result");
        assert_eq!(kept.len(), 1);
        simulated::with(|state| state.log.clear());
        let (again, _) = case.run(driver, &case.arguments(), kept).expect("a result");
        assert_eq!(all, again);
        simulated::with(|state| {
            assert!(
                !state.log.iter().any(|entry| entry.starts_with("case_of_0")),
                "{:?}",
                state.log
            );
            assert!(
                state.log.iter().any(|entry| entry.starts_with("case_of_1")),
                "{:?}",
                state.log
            );
        });
    }
}

#[test]
fn rows_of_any_layout_are_packed() {
    let driver = simulated::driver(1, GIGABYTE);
    let case = Case::<f32>::new(GAUSSIAN, 40, 33);
    let expected = case
        .run(driver, &case.arguments(), Vec::new())
        .expect("a result")
        .0;
    // The coordinates one after the other.
    let mut columns = vec![0.0; 120];
    for (k, x) in case.reals[0].iter().enumerate() {
        columns[k % 3 * 40 + k / 3] = *x;
    }
    let mut arguments = case.arguments();
    arguments[0] = Argument::Rows(View::strided(&columns, 0, (40, 3), (1, 40)).expect("a layout"));
    assert_eq!(
        case.run(driver, &arguments, Vec::new())
            .expect("a result")
            .0,
        expected
    );

    let ones = vec![1.0; 33];
    arguments[2] = Argument::Rows(View::flat(&ones, 1));
    let expected = case
        .run(driver, &arguments, Vec::new())
        .expect("a result")
        .0;
    arguments[2] = Argument::Rows(View::every(&1.0f32));
    assert_eq!(
        case.run(driver, &arguments, Vec::new())
            .expect("a result")
            .0,
        expected
    );
}

#[test]
fn offsets_are_added_to_positions() {
    let driver = simulated::driver(1, GIGABYTE);
    let mut case = Case::<f64>::new(NEAREST, 10, 20);
    let plain = case
        .run(driver, &case.arguments(), Vec::new())
        .expect("a result")
        .0;
    case.offsets = Offsets { i: 7, j: 1000 };
    let moved = case
        .run(driver, &case.arguments(), Vec::new())
        .expect("a result")
        .0;
    let shifted = |result: &[f64]| result.iter().map(|j| j + 1000.0).collect::<Vec<_>>();
    assert_eq!(
        moved,
        [
            &plain[0][..],
            &shifted(&plain[1]),
            &plain[2],
            &shifted(&plain[3])
        ]
    );
}

fn refused(case: &Case<f32>, driver: &'static Driver, device: Device) -> (ErrorKind, String) {
    let arguments = case.arguments();
    let error = choose_with(|| Ok(driver), Some(device), &case.call(&arguments)).unwrap_err();
    assert_clean();
    (error.kind(), error.to_string())
}

#[test]
fn a_device_that_is_not_there_is_refused_with_those_that_are() {
    let case = Case::<f32>::new(GAUSSIAN, 5, 6);
    for (devices, message) in [
        (
            0,
            "`cuda:4`: there is a driver, but no CUDA device that this process may see",
        ),
        (1, "`cuda:4`: there is one CUDA device, `cuda:0`"),
        (
            3,
            "`cuda:4`: there are 3 CUDA devices, `cuda:0` to `cuda:2`",
        ),
    ] {
        let refused = refused(&case, simulated::driver(devices, GIGABYTE), Device::Cuda(4));
        assert_eq!(refused, (ErrorKind::Device, message.to_owned()));
    }
}

#[test]
fn without_a_driver_the_error_names_what_was_looked_for() {
    let names = ["libkeops-no-such-driver.so.1", "libkeops-no-such-driver.so"];
    let Err(message) = driver::find(&names) else {
        panic!("there is no such library")
    };
    assert!(
        message.starts_with("no NVIDIA driver can be used; looked for `libkeops-no"),
        "{message}"
    );
    for name in names {
        assert!(message.contains(&format!("`{name}` (")), "{message}");
    }
    assert!(
        message.ends_with("Install the driver, or run on `Device::Cpu`"),
        "{message}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_that_is_no_driver_is_refused() {
    let Err(message) = driver::find(&["libc.so.6"]) else {
        panic!("that is no driver")
    };
    assert!(
        message.contains("`libc.so.6` (it lacks the function cuInit)"),
        "{message}"
    );
}

#[test]
fn the_driver_of_this_machine_works_or_says_what_is_wrong() {
    match driver::driver() {
        Ok(driver) => assert_eq!(
            driver.gpu(usize::MAX).unwrap_err().kind(),
            ErrorKind::Device
        ),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Driver);
            for name in driver::NAMES {
                assert!(
                    error.to_string().contains(&format!("`{name}` (")),
                    "{error}"
                );
            }
            // It is looked for once.
            let again = driver::driver().map(|_| ()).unwrap_err();
            assert_eq!(again.to_string(), error.to_string());
        }
    }
}

#[test]
fn kernels_that_are_missing_or_wrong_are_refused() {
    let driver = simulated::driver(1, GIGABYTE);
    let mut case = Case::<f32>::new(GAUSSIAN, 5, 6);
    let arguments = case.arguments();
    let call = Call {
        ptx: None,
        ..case.call(&arguments)
    };
    let error = choose_with(|| Ok(driver), Some(Device::Cuda(0)), &call).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        error
            .to_string()
            .starts_with("`case.of` has no GPU kernels"),
        "{error}"
    );

    case.accurate = true;
    let (kind, message) = refused(&case, driver, Device::Cuda(0));
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(message.contains("no accurate GPU kernels"), "{message}");
    case.accurate = false;

    let ptx = case.ptx.clone();
    case.ptx = ptx.replace("case_of_0", "other").into();
    assert_eq!(
        refused(&case, driver, Device::Cuda(0)).0,
        ErrorKind::Internal
    );

    case.ptx = ptx.replace("ret;", "return;").into();
    let (kind, message) = refused(&case, driver, Device::Cuda(0));
    assert_eq!(kind, ErrorKind::Driver);
    let start = "cuda:0: compiling the kernels failed: CUDA_ERROR_INVALID_PTX (a PTX JIT compilation \
                 failed); the device is Simulated 0, compute capability 9.0\nptxas ";
    assert!(
        message.starts_with(start) && message.contains("return"),
        "{message}"
    );

    case.ptx = "a\0b".into();
    assert_eq!(
        refused(&case, driver, Device::Cuda(0)).0,
        ErrorKind::Internal
    );

    // One parameter more than the schedule has.
    case.ptx = ptx
        .replacen(".param .u64", ".param .u64 more,\n    .param .u64", 1)
        .into();
    let error = case.run(driver, &case.arguments(), Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(
        error
            .to_string()
            .contains("does not take 9 pointers and 6 numbers"),
        "{error}"
    );
    assert_clean();
}

#[test]
fn too_little_memory_is_an_error_that_says_how_much_there_is() {
    let driver = simulated::driver(1, 2000);
    let case = Case::<f32>::new(GAUSSIAN, 50, 100);
    let error = case.run(driver, &case.arguments(), Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory);
    let message = "cuda:0: there is no room for 400 bytes; 200 bytes of 2.0 KiB are free";
    assert_eq!(error.to_string(), message);
    assert_clean();
}

#[test]
fn a_call_that_names_no_device_goes_where_it_is_worth_it() {
    let driver = simulated::driver(1, GIGABYTE);
    let chosen = |case: &Case<f32>, requested| {
        let arguments = case.arguments();
        let target = choose_with(|| Ok(driver), requested, &case.call(&arguments));
        target.expect("a choice").is_some()
    };
    let small = Case::<f32>::new(GAUSSIAN, 100, 100);
    let mut large = Case::<f32>::new(GAUSSIAN, 10_000, 10_000);
    assert!(!chosen(&small, None));
    assert!(chosen(&small, Some(Device::Cuda(0))));
    assert!(chosen(&large, None));
    assert!(!chosen(&large, Some(Device::Cpu)));

    // A few rows with many columns keep the device busy in parts.
    let narrow = Case::<f32>::new(LOGSUMEXP, 200, 1_000_000);
    assert!(chosen(&narrow, None));

    // What fails there runs on the CPU.
    simulated::with(|state| state.room = 1000);
    assert!(!chosen(&large, None));
    simulated::with(|state| state.room = GIGABYTE);
    large.ptx = "no PTX".into();
    assert!(!chosen(&large, None));
    assert_clean();
}

#[test]
fn plans_name_the_device_and_the_kernels() {
    let driver = simulated::driver(2, GIGABYTE);
    let case = Case::<f32>::new(NEAREST, 300, 20);
    let arguments = case.arguments();
    let call = case.call(&arguments);
    let target = choose_with(|| Ok(driver), Some(Device::Cuda(1)), &call).expect("a choice");
    let target = target.expect("a device");
    let plan = target.plan("case.of");
    assert_eq!(
        plan.to_string(),
        "case.of on cuda:1: Simulated 1, compute capability 9.0"
    );
    let (engine, splits) = target.engine(&call, 1);
    assert_eq!(
        engine.to_string(),
        "GPU kernel case_of_1, 3 blocks of 128 threads"
    );
    assert_eq!(splits, 1);
}
